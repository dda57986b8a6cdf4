"""`Watcher`: follows the lifter from look to look, and decides which part of the next picture the model gets."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from statistics import median

from formcheck.apps.live.look import Look, Seen, lifter_in, whole_box
from formcheck.pose.detection import Detection
from formcheck.pose.locate import crop_around
from formcheck.pose.outline import CompactOutline
from formcheck.pose.people import Box, body_box

#: The model gets the part of the picture in which the lifter was in the last seconds; it is cut anew when the lifter comes
#: within this share of its size of an edge that is not the picture's.
PART_S, PART_EDGE = 8.0, 0.04
#: Looks without the lifter after which everybody is looked for again.
LOST_AFTER = 3
#: Before the set everybody is looked for this often, seconds: others in the picture are told apart before they matter.
SEARCH_EVERY_S = 2.0
#: Seconds of looks that are kept for the framing.
RECENT_S = 2.5

Part = tuple[int, int, int, int]


@dataclass(frozen=True)
class Watched:
    """A look, and who in it is the lifter; None where the lifter is not found."""

    look: Look
    lifter: Detection | None


class Watcher:
    """The lifter, from look to look."""

    def __init__(self) -> None:
        self._recent: deque[Watched] = deque()
        self._boxes: deque[tuple[float, Box, Box]] = deque()  # when, what is visible, and all of the lifter
        self._part: Part | None = None
        self._missing = 0
        self._searched_s = float("-inf")
        self._size = (0, 0)

    @property
    def recent(self) -> tuple[Watched, ...]:
        """The looks of the last `RECENT_S`, in order of time."""
        return tuple(self._recent)

    @property
    def box(self) -> Box | None:
        """Where the lifter is, pixels; None where the last look did not find anybody."""
        return self._boxes[-1][1] if self._boxes and not self._missing else None

    def part(self, now_s: float, *, in_set: bool) -> Part | None:
        """The part of the next picture in which the lifter is looked for; None: look for everybody in all of it."""
        if self._missing >= LOST_AFTER or not self._boxes:
            return None
        if not in_set and now_s - self._searched_s >= SEARCH_EVERY_S:
            return None
        return self._part

    def take(self, look: Look) -> Seen:
        """Take the next look: find the lifter in it."""
        if self._size != (look.width, look.height):  # the phone was turned
            self._recent.clear()
            self._boxes.clear()
            self._part, self._size = None, (look.width, look.height)
        if look.searched:
            self._searched_s = look.time_s
        last = self._boxes[-1][2] if self._boxes and self._missing < LOST_AFTER else None
        usual_size = median(whole.size for _, _, whole in self._boxes) if self._boxes else 0.0
        lifter = lifter_in(look.people, last, usual_size, look.width, look.height)
        if lifter is not None:
            lifter = replace(lifter, outline=CompactOutline.of(lifter.outline))
        change = look.change_since(self._recent[-1].look) if self._recent else 0.0
        self._recent.append(Watched(look, lifter))
        while look.time_s - self._recent[0].look.time_s > RECENT_S:
            self._recent.popleft()
        self._missing = self._missing + 1 if lifter is None else 0
        if lifter is not None:
            self._follow(look, lifter)
        return Seen(look.time_s, lifter, change)

    def _follow(self, look: Look, lifter: Detection) -> None:
        box = body_box(lifter)
        self._boxes.append((look.time_s, box, whole_box(lifter)))
        while look.time_s - self._boxes[0][0] > PART_S:
            self._boxes.popleft()
        if self._part is None or not _inside(box, self._part, look):
            left, top, right, bottom = crop_around([one for _, one, _ in self._boxes], look.width, look.height)
            self._part = (left, top, min(right, look.width), min(bottom, look.height))


def _inside(box: Box, part: Part, look: Look) -> bool:
    """Whether a box is inside a part of the picture and not at an edge beyond which there is more of it."""
    left, top, right, bottom = part
    margin = PART_EDGE * box.size
    return (
        (left == 0 or box.left >= left + margin)
        and (top == 0 or box.top >= top + margin)
        and (right == look.width or box.right <= right - margin)
        and (bottom == look.height or box.bottom <= bottom - margin)
    )

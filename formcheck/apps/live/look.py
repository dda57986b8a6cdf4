"""`Look`: one small picture of the camera, and who is in it; and the pose track that looks make."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from formcheck.motion.bar.candidates import BarCandidates
from formcheck.options import ReadingOptions
from formcheck.pose import worker
from formcheck.pose.detection import Detection
from formcheck.pose.model import MOST_PEOPLE, PoseModel
from formcheck.pose.people import Box, body_box
from formcheck.pose.track import PoseShot, PoseTrack, TrackKey, empty_arrays
from formcheck.runtime.messages import worker_task
from formcheck.video.sampling import THUMBNAIL, find_cuts, find_repeats

#: Longest side of a picture, pixels, and most bytes of its JPEG. The model scales every person to 256 pixels anyway.
LARGEST_PX, MOST_BYTES = 384, 100_000
#: A cut begins a new shot once so many looks have come after it: before that, somebody may have touched the phone.
CUT_AFTER = 2


class NoPictureError(ValueError):
    """The bytes are no JPEG of a size that is expected."""


@dataclass(frozen=True)
class Look:
    """One look of the camera.

    Attributes:
        time_s: when the picture was taken, seconds on the camera's clock.
        width, height: of the picture, pixels.
        people: who was found, in pixels of the picture.
        searched: everybody was looked for, not only one person.
        light: mean brightness, 0-255.
        thumbnail: (THUMBNAIL, THUMBNAIL) grey, in which the phone's own movement, cuts and repeated pictures are seen.
    """

    time_s: float
    width: int
    height: int
    people: list[Detection]
    searched: bool
    light: float
    thumbnail: NDArray[np.uint8]

    def change_since(self, other: Look) -> float:
        """Mean absolute grey difference of the thumbnails."""
        return float(np.abs(self.thumbnail.astype(np.int16) - other.thumbnail).mean())

    def repeats(self, other: Look) -> bool:
        """Whether this is the same picture: cameras repeat pictures in poor light."""
        return bool((self.thumbnail == other.thumbnail).all())


def decoded(jpeg: bytes) -> NDArray[np.uint8]:
    """The (height, width, 3) RGB picture of a JPEG.

    Raises:
        NoPictureError: it is none, or it is larger than `LARGEST_PX`.
    """
    try:
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as picture:  # reads the head only
            if not 16 <= min(picture.size) <= max(picture.size) <= LARGEST_PX:
                raise NoPictureError(f"expected a picture of at most {LARGEST_PX} pixels but got {picture.size}")
            return np.asarray(picture.convert("RGB"))
    except (OSError, ValueError, SyntaxError) as error:
        if isinstance(error, NoPictureError):
            raise
        raise NoPictureError(f"expected a JPEG picture but got something else ({error})") from None


#: The model: people in a (H, W, 3) picture, up to a number of them.
Detect = Callable[[NDArray[np.uint8], int], list[Detection]]


@worker_task
def look_at(jpeg: bytes, time_s: float, part: tuple[int, int, int, int] | None) -> Look:
    """`look_in`, in a pose worker process.

    Raises:
        NoPictureError: it is not a picture.
        PoseModelError: the model failed.
    """
    return look_in(jpeg, time_s, part, lambda picture, people: worker.detect(picture, 0, people, True))


def look_in(jpeg: bytes, time_s: float, part: tuple[int, int, int, int] | None, detect: Detect) -> Look:
    """Find the lifter in a picture.

    Args:
        part: (left, top, right, bottom) in which the one lifter is looked for, pixels; None: everybody, in the whole picture.

    Raises:
        NoPictureError: it is not a picture.
    """
    picture = decoded(jpeg)
    height, width = picture.shape[:2]
    left, top, right, bottom = part or (0, 0, width, height)
    found = detect(np.ascontiguousarray(picture[top:bottom, left:right]), 1 if part is not None else MOST_PEOPLE)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return Look(
        time_s=time_s,
        width=width,
        height=height,
        people=[moved(detection, left, top) for detection in found],
        searched=part is None,
        light=float(grey.mean()),
        thumbnail=cv2.resize(grey, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA),
    )


def moved(detection: Detection, left: float, top: float) -> Detection:
    """A detection in a part of the picture, in pixels of the whole."""
    origin = np.array([left, top])
    outline = tuple((curve + origin).astype(np.float32) for curve in detection.outline)
    return replace(detection, points=detection.points + origin, outline=outline)


# Which of the people is the lifter.

#: A person farther than this from where the lifter was (lifter sizes), or whose size differs by this factor, is another one.
ELSEWHERE, OTHER_SIZE = 0.8, 1.8


def lifter_in(
    people: Sequence[Detection], last: Box | None, usual_size: float, width: int, height: int
) -> Detection | None:
    """The lifter: the person at the lifter's last place (`last`), about as large as usual.

    Without a last place it is the largest and most central person.
    """
    if not people:
        return None
    if last is not None:
        boxes = [whole_box(person) for person in people]
        away = [float(np.linalg.norm(box.center - last.center)) / max(last.size, 1.0) for box in boxes]
        sizes = [max(box.size, 1.0) / max(usual_size, 1.0) for box in boxes]
        near = [
            place for place in range(len(people))
            if away[place] <= ELSEWHERE and 1 / OTHER_SIZE <= sizes[place] <= OTHER_SIZE
        ]  # fmt: skip
        return people[min(near, key=lambda place: away[place])] if near else None
    boxes = [body_box(person) for person in people]
    middle = np.array([width, height]) / 2
    off = [float(np.linalg.norm((box.center - middle) / (width, height))) for box in boxes]
    return people[max(range(len(people)), key=lambda place: boxes[place].size * (1 - off[place]))]


def whole_box(person: Detection) -> Box:
    """The rectangle around all points of a person, also the hidden ones: it stays as large when a plate hides the legs."""
    points = person.points[person.known]
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return Box(left, top, right, bottom)


# The track.


@dataclass(frozen=True)
class Seen:
    """The lifter in one look; `lifter` is None where nobody was found.

    `change`: of the picture since the look before, mean absolute grey difference of the thumbnails (0-255).
    """

    time_s: float
    lifter: Detection | None
    change: float = 0.0


def track_of(seen: Sequence[Seen], model: PoseModel, width: int, height: int) -> PoseTrack:
    """The looks as a pose track, whose times begin with the first look."""
    arrays = empty_arrays(len(seen))
    for row, one in enumerate(seen):
        if one.lifter is not None:
            arrays["points"][row] = one.lifter.points
            arrays["depth"][row] = one.lifter.depth
            arrays["visibility"][row] = one.lifter.visibility
            arrays["world"][row] = one.lifter.world
            arrays["arch"][row] = one.lifter.arch
            arrays["bend"][row] = one.lifter.bend
    times, change = (np.array([getattr(one, name) for one in seen]) for name in ("time_s", "change"))
    shot = np.cumsum(find_cuts(change) & (np.arange(len(seen)) < len(seen) - CUT_AFTER), dtype=np.int64)
    return PoseTrack(
        key=TrackKey("live", model.name, model.sha256, ReadingOptions()),
        width=width,
        height=height,
        frame_times=times - times[0],
        first_index=0,
        samples=np.arange(len(seen)),
        shot=shot,
        repeated=find_repeats(change, times, np.diff(shot, prepend=0) > 0),
        outline=tuple(() if one.lifter is None else one.lifter.outline for one in seen),
        shots=(PoseShot((0, 0, width, height), 0, 1),) * (int(shot[-1]) + 1),
        calibration=model.calibration,
        points=arrays["points"],
        depth=arrays["depth"],
        visibility=arrays["visibility"],
        world=arrays["world"],
        arch=arrays["arch"],
        bend=arrays["bend"],
    )


def no_bar(track: PoseTrack) -> BarCandidates:
    """No bar: live pictures are too small for finding plates, so rules about it are left to the analysis."""
    none = np.zeros((len(track.samples), 0))
    unknown = np.full(len(track.samples), np.nan)
    return BarCandidates(track.key, track.times, unknown, none, none, none, none, track.width, track.height)

"""Before the set: what to change in how the phone stands, as one plain hint each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.apps.live.watcher import Watched
from formcheck.motion.view import find_view
from formcheck.pose.geometry import middle
from formcheck.pose.model import Calibration
from formcheck.pose.people import body_box, without_duplicates
from formcheck.pose.skeleton import SIDES, joint
from formcheck.video.sampling import THUMBNAIL

#: Fewest looks with the lifter from which the framing is judged, and least share of the last looks.
FEWEST, LEAST_SHARE = 5, 0.6
#: A picture darker than this (0-255) hides the joints.
DARK = 45.0
#: The lifter's box is at least this share of the picture's longer side.
FAR = 0.3
#: A joint this close to the picture's edge (share of its side) may be outside.
EDGE = 0.015
#: Somebody else counts from this share of the lifter's size on.
OTHER_SIZE = 0.5
#: A standing lifter leans less than this in a picture that is level; the lifter stands when the legs are this straight.
TILTED_DEG, STRAIGHT_DEG = 9.0, 160.0
#: A standing lifter who seems to lean this much towards the camera or away from it is filmed from above or below.
FROM_ABOVE_DEG = 25.0
#: The phone moves if the background shifts by more than this share of the picture between two looks, in this share of them.
SHIFT, SHAKES = 0.012, 0.4


@dataclass(frozen=True)
class Hint:
    """One thing to change: `key` for the page, `text` for the lifter."""

    key: str
    text: str


def hints(recent: Sequence[Watched], calibration: Calibration) -> list[Hint]:
    """What to change, the most urgent first; empty if the set can be filmed like this.

    Args:
        recent: the looks of the last seconds, in order of time.
    """
    if not recent:
        return [Hint("nobody", "I cannot see anybody yet.")]
    own = [one for one in recent if one.lifter is not None]
    dark = float(np.median([one.look.light for one in recent])) < DARK
    if len(own) < FEWEST or len(own) < LEAST_SHARE * len(recent):
        return [Hint("dark", "Too dark: turn on a light."), NOBODY] if dark else [NOBODY]
    found = [_cut_off(own), _several(recent), _far(own), _view(own, calibration), _tilt(own), _height(own)]
    found += [Hint("dark", "Too dark: turn on a light, or film with the window behind the phone.") if dark else None]
    found += [Hint("shaky", "The phone moves: let it stand on something.") if shakes(recent) else None]
    return [hint for hint in found if hint is not None]


NOBODY = Hint("nobody", "I cannot see anybody: step into the picture, head and feet.")


def _points(own: Sequence[Watched]) -> NDArray[np.float64]:
    """(N, J, 2) pixels."""
    return np.array([one.lifter.points for one in own if one.lifter is not None])


def _cut_off(own: Sequence[Watched]) -> Hint | None:
    """Head or feet at the edge of the picture or beyond."""
    points, look = np.nanmedian(_points(own), axis=0), own[-1].look
    size = np.array([look.width, look.height])
    outside = np.asarray(((points < EDGE * size) | (points > (1 - EDGE) * size)).any(axis=1))
    lost = {
        "head": outside[[joint("ear", side) for side in SIDES]].all(),
        "feet": outside[[joint(name, side) for side in SIDES for name in ("ankle", "toe")]].any(),
        "hands": outside[[joint("wrist", side) for side in SIDES]].all(),
    }
    names = [name for name, gone in lost.items() if gone]
    if not names:
        return None
    near = body_box(own[-1].lifter).size > 0.9 * max(size) if own[-1].lifter is not None else False
    way = "Step back" if near or len(names) > 1 else "Step back, or turn the phone"
    return Hint("near" if near else "cut_off", f"{way}: I cannot see your {' and your '.join(names)}.")


def _several(recent: Sequence[Watched]) -> Hint | None:
    """Somebody else in the picture who is as large as the lifter."""
    searched = [one for one in recent if one.look.searched]
    if not searched or searched[-1].lifter is None:
        return None
    boxes = sorted((body_box(person) for person in without_duplicates(searched[-1].look.people)), key=lambda box: -box.size)
    if sum(box.size >= OTHER_SIZE * boxes[0].size for box in boxes) < 2:
        return None
    return Hint("several", "I see several people: only the lifter should be in the picture.")


def _far(own: Sequence[Watched]) -> Hint | None:
    boxes = [body_box(one.lifter) for one in own if one.lifter is not None]
    longest = max(own[-1].look.width, own[-1].look.height)
    if float(np.median([max(box.right - box.left, box.bottom - box.top) for box in boxes])) >= FAR * longest:
        return None
    return Hint("far", "Come closer: you are small in the picture.")


def _view(own: Sequence[Watched], calibration: Calibration) -> Hint | None:
    """The camera is not at the lifter's side."""
    lifters = [one.lifter for one in own if one.lifter is not None]
    points, visibility, world = (
        np.array([getattr(lifter, name) for lifter in lifters]) for name in ("points", "visibility", "world")
    )
    view = find_view(points, visibility, world, calibration)
    if view.side_on:
        return None
    off = f", it stands about {abs(view.yaw_deg):.0f}° off" if np.isfinite(view.yaw_deg) else ""
    return Hint("view", f"Film from the side{off}: turn until one leg covers the other.")


def _standing(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(N,) looks in which the lifter stands upright with straight legs."""
    hip, knee, ankle, shoulder = (_middles(points, name) for name in ("hip", "knee", "ankle", "shoulder"))
    upper, lower = hip - knee, knee - ankle
    bend = np.abs(np.degrees(np.arctan2(upper[:, 0] * lower[:, 1] - upper[:, 1] * lower[:, 0], (upper * lower).sum(axis=1))))
    above = (ankle[:, 1] - shoulder[:, 1]) > 2 * np.abs(ankle[:, 0] - shoulder[:, 0])
    return np.asarray((180 - bend > STRAIGHT_DEG) & above)


def _middles(points: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    return middle(points[:, joint(name, "left")], points[:, joint(name, "right")])


def _tilt(own: Sequence[Watched]) -> Hint | None:
    """A standing lifter leans in the picture, so the phone does."""
    points = _points(own)
    standing = _standing(points)
    if standing.sum() < FEWEST:
        return None
    line = (_middles(points, "shoulder") - _middles(points, "ankle"))[standing]
    lean = float(np.median(np.degrees(np.arctan2(line[:, 0], -line[:, 1]))))
    if abs(lean) <= TILTED_DEG:
        return None
    # Upright things lean to the right in the picture of a phone that is turned to the left.
    return Hint("level", f"Turn the phone a little to the {'right' if lean > 0 else 'left'}: the picture leans.")


def _height(own: Sequence[Watched]) -> Hint | None:
    """A standing lifter is nearer to the camera at the head or at the feet, so it looks from above or below."""
    points = _points(own)
    standing = _standing(points)
    if standing.sum() < FEWEST:
        return None
    world = np.array([one.lifter.world for one in own if one.lifter is not None])[standing]
    line = (_middles(world, "shoulder") - _middles(world, "ankle"))[:, [1, 2]]
    lean = float(np.median(np.degrees(np.arctan2(line[:, 1], -line[:, 0]))))  # positive: the head is farther away
    if not abs(lean) > FROM_ABOVE_DEG:
        return None
    way = "higher" if lean > 0 else "lower"
    return Hint("height", f"Put the phone {way}, at the height of your hips.")


def shakes(recent: Sequence[Watched]) -> bool:
    """Whether the background moves from look to look."""
    moved = [
        _shift(one, other)
        for one, other in pairwise(recent)
        if not other.look.repeats(one.look)
    ]  # fmt: skip
    return len(moved) >= FEWEST and float(np.mean([shift > SHIFT for shift in moved])) >= SHAKES


def _shift(one: Watched, other: Watched) -> float:
    """How far the background moves between two looks, share of the picture."""
    grey = [watched.look.thumbnail.astype(np.float32) for watched in (one, other)]
    cover = np.zeros((THUMBNAIL, THUMBNAIL), dtype=bool)
    for watched in (one, other):
        if watched.lifter is not None:
            box, look = body_box(watched.lifter), watched.look
            x = np.clip(np.array([box.left, box.right]) / look.width * THUMBNAIL + (-1, 2), 0, THUMBNAIL).astype(int)
            y = np.clip(np.array([box.top, box.bottom]) / look.height * THUMBNAIL + (-1, 2), 0, THUMBNAIL).astype(int)
            cover[y[0] : y[1], x[0] : x[1]] = True
    if cover.mean() > 0.8 or max(part[~cover].std() for part in grey) < 4:
        return 0.0
    grey = [np.where(cover, part[~cover].mean(), part).astype(np.float32) for part in grey]
    (x_shift, y_shift), response = cv2.phaseCorrelate(*grey)
    return float(np.hypot(x_shift, y_shift)) / THUMBNAIL if response > 0.3 else 0.0

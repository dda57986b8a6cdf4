"""Left-right swap correction, and how visible each joint was.

A side view shows two legs that look alike, and the model confuses them: for a few samples or for half of every repetition.
Two things decide. Continuity: a leg does not jump to the position of the other between two samples. Evidence: the near leg
looks larger because the camera is nearer to it, and the model's labels are usually right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.motion.body import Array
from formcheck.pose.geometry import trunk_scale
from formcheck.pose.model import Calibration
from formcheck.pose.skeleton import JOINT_COUNT, SIDES, SYMMETRY, Joint, joint, other_side

#: Groups of paired points that a model swaps together, and the segments whose apparent size distinguishes near from far.
GROUPS: tuple[tuple[str, ...], ...] = (
    ("knee", "ankle", "heel", "toe"),
    ("hip",),
    ("shoulder", "elbow", "wrist", "hand"),
    ("eye", "ear"),
)
LEGS, HIPS = 0, 1
_SIZES: tuple[tuple[tuple[str, str], ...], ...] = ((("knee", "ankle"), ("heel", "toe")), (), (), ())

#: Cost of changing between "as is" and "swapped" from one sample to the next, in trunk lengths of summed movement.
CHANGE_COST = 0.4
#: Evidence per second (trunk lengths of movement): the model's label, and a near segment that looks larger by
#: `SIZE_UNIT`. A segment looks larger by hip width over camera distance: some 6 per cent at three metres.
LABEL_EVIDENCE = 0.3
SIZE_EVIDENCE = 0.75
SIZE_UNIT = 0.06
#: Near and far differ by the perspective alone: a segment off by more than this (logarithm of the ratio; a hip's width at less
#: than a metre and a half) is one that is cut off, covered or guessed, and so is the leg it belongs to. Where that is so in
#: more than half of the samples, the others are of that kind as well.
PLAUSIBLE, MOSTLY_PLAUSIBLE = 0.25, 0.5
#: A foot nearer to the picture's edge than this (trunk lengths) may be cut off there: the model draws what is missing into the
#: picture, and the leg looks short.
EDGE = 0.25
#: From the side the sizes are believed; from a camera farther round than the second (degrees) the two legs are foreshortened
#: differently, and the model, which sees the lifter's front or back there, knows left from right.
SIDE_ON_DEG, OBLIQUE_DEG = 25.0, 45.0
#: Left and right are told when what speaks for them outweighs what speaks against them by this much of what the model's word
#: alone gives where it never changes.
TOLD_SHARE = 0.5
#: Longest time one sample stands for: a gap is no evidence.
LONGEST_SAMPLE_S = 0.25
#: Legs closer together than this share of the trunk cannot be distinguished by size.
APART = 0.25
#: Share of the samples in which the legs must be apart for their sizes to count.
APART_SHARE = 0.15


@dataclass(frozen=True)
class Seen:
    """How a shot shows its lifter: degrees off side-on (NaN: not known), width and height of the picture (None: endless)."""

    yaw_deg: float = 0.0
    picture: tuple[int, int] | None = None

    @property
    def sizes_tell(self) -> float:
        """How far apparent sizes tell near from far, 0-1."""
        if np.isnan(self.yaw_deg):
            return 1.0
        return float(np.interp(abs(self.yaw_deg), [SIDE_ON_DEG, OBLIQUE_DEG], [1.0, 0.0]))


FROM_THE_SIDE = Seen()


def repair_swaps(
    points: Array, visibility: Array, near: str, times: Array, seen: Seen = FROM_THE_SIDE
) -> tuple[Array, NDArray[np.bool_]]:
    """Correct swaps of left and right by the movement and the apparent sizes.

    Args:
        points: (S, J, 2) pixels; NaN where missing. visibility: (S, J) 0-1.
        near: the side nearest the camera. times: (S,) seconds. seen: view and picture.

    Returns:
        (S, J, 2) corrected points, and (S, len(GROUPS)) which group was swapped in which sample.
    """
    swapped = np.zeros((len(points), len(GROUPS)), dtype=bool)
    scale = trunk_scale(points)
    seconds = np.clip(np.gradient(times), 0.0, LONGEST_SAMPLE_S) if len(times) > 1 else np.zeros(len(times))
    for number, group in enumerate(GROUPS):
        if number == HIPS:
            continue
        ours = np.array([joint(name, near) for name in group])
        theirs = np.array([joint(name, other_side(near)) for name in group])
        larger = _near_looks_larger(points, visibility, near, number, scale, seen)
        swapped[:, number] = _exchanged(points[:, ours] / scale, points[:, theirs] / scale, larger, seconds)
    swapped[:, HIPS] = swapped[:, LEGS] & _hips_follow(points, swapped[:, LEGS])
    return swap_sides(points, swapped), swapped


def legs_told(
    points: Array, visibility: Array, near: str, times: Array, swapped: NDArray[np.bool_], seen: Seen = FROM_THE_SIDE
) -> bool:
    """Whether it is known which leg is the left one, once swaps were repaired (`swapped` as `repair_swaps` says).

    The movement keeps each leg one leg; which of them is which only the model's word and the sizes say. Where the model says
    now this and now that and the sizes are silent, nobody knows.
    """
    if len(times) < 2:
        return True
    seconds = np.clip(np.gradient(times), 0.0, LONGEST_SAMPLE_S)
    larger = _near_looks_larger(points, visibility, near, LEGS, trunk_scale(points), seen)
    for_keeping = 2 * SIZE_EVIDENCE * larger + LABEL_EVIDENCE
    margin = np.where(swapped[:, LEGS], -for_keeping, for_keeping)
    return bool(np.sum(margin * seconds) >= TOLD_SHARE * LABEL_EVIDENCE * np.sum(seconds))


def swap_sides(values: Array, swapped: NDArray[np.bool_]) -> Array:
    """Swap left and right rows of (S, J, ...) values in the groups and samples marked by `repair_swaps`."""
    out: Array = values.copy()
    for number, group in enumerate(GROUPS):
        rows = np.flatnonzero(swapped[:, number])
        members = [joint(name, "left") for name in group]
        for left, right in SYMMETRY:
            if left in members:
                out[rows, left], out[rows, right] = values[rows, right], values[rows, left]
    return out


def _hips_follow(points: Array, swapped: NDArray[np.bool_]) -> bool:
    """Whether the hips are swapped together with the legs.

    In a true side view they are (the model mirrors the whole lower body); in an oblique view, where the hips lie apart, only
    the legs are swapped. The hips' own movement at the changes decides.
    """
    changes = np.flatnonzero(np.diff(swapped.astype(int)))
    left, right = points[:, Joint.LEFT_HIP], points[:, Joint.RIGHT_HIP]
    stay = np.linalg.norm(left[changes + 1] - left[changes], axis=1)
    stay += np.linalg.norm(right[changes + 1] - right[changes], axis=1)
    follow = np.linalg.norm(right[changes + 1] - left[changes], axis=1)
    follow += np.linalg.norm(left[changes + 1] - right[changes], axis=1)
    return bool(np.nansum(follow) <= np.nansum(stay))


def _near_looks_larger(points: Array, visibility: Array, near: str, group: int, scale: float, view: Seen) -> Array:
    """(S,) evidence that the near side is the near side: positive when its segments look larger, -2..2."""
    evidence, plausible = np.zeros(len(points)), np.ones(len(points), dtype=bool)
    far = other_side(near)
    for first, second in _SIZES[group]:
        a, b, c, d = (joint(first, near), joint(second, near), joint(first, far), joint(second, far))
        ours = np.linalg.norm(points[:, a] - points[:, b], axis=1)
        theirs = np.linalg.norm(points[:, c] - points[:, d], axis=1)
        ratio = np.log(np.maximum(ours, 1e-3) / np.maximum(theirs, 1e-3))
        apart = np.linalg.norm(points[:, b] - points[:, d], axis=1) / scale
        seen = np.minimum.reduce([visibility[:, k] for k in (a, b, c, d)])
        believed = np.clip(apart / APART - 1, 0, 1) * np.clip(seen, 0, 1)
        plausible &= ~(np.abs(ratio) > PLAUSIBLE)
        if np.mean(believed > 0.3) < APART_SHARE:
            continue
        evidence += np.nan_to_num(np.clip(ratio / SIZE_UNIT, -1, 1) * believed)
    if np.mean(plausible) < MOSTLY_PLAUSIBLE:
        return np.zeros(len(points))
    return np.asarray(view.sizes_tell * evidence * plausible * _feet_inside(points, scale, view))


def _feet_inside(points: Array, scale: float, view: Seen) -> Array:
    """(S,) how far both feet are inside the picture, 0-1."""
    if view.picture is None:
        return np.ones(len(points))
    feet = points[:, [joint(name, side) for name in ("ankle", "heel", "toe") for side in SIDES]]
    inside = np.minimum(feet, np.array(view.picture) - feet).min(axis=2)
    known = np.where(np.isfinite(inside), inside, np.inf).min(axis=1)
    return np.asarray(np.clip(known / (EDGE * scale), 0.0, 1.0))


def _exchanged(ours: Array, theirs: Array, larger: Array, seconds: Array) -> NDArray[np.bool_]:
    """The cheapest series of keep/swap decisions (dynamic programming); `seconds` (S,) is what a sample stands for."""
    count = len(ours)
    pairs = (np.concatenate([ours, theirs], axis=1), np.concatenate([theirs, ours], axis=1))
    # What contradicts the evidence costs: keeping (0) when the far leg looks larger, exchanging (1) against the label.
    unary = np.stack([-SIZE_EVIDENCE * larger, SIZE_EVIDENCE * larger + LABEL_EVIDENCE], axis=1) * seconds[:, None]
    best = unary[0].copy()
    back = np.zeros((count, 2), dtype=np.int64)
    for i in range(1, count):
        move = np.array([[_movement(pairs[a][i - 1], pairs[b][i]) for b in (0, 1)] for a in (0, 1)])
        cost = best[:, None] + move + CHANGE_COST * np.array([[0, 1], [1, 0]])
        back[i] = np.argmin(cost, axis=0)
        best = cost.min(axis=0) + unary[i]
    states = np.zeros(count, dtype=np.int64)
    states[-1] = int(np.argmin(best))
    for i in range(count - 1, 0, -1):
        states[i - 1] = back[i, states[i]]
    return np.asarray(states == 1)


def _movement(before: Array, after: Array) -> float:
    steps = np.linalg.norm(after - before, axis=1)
    steps = steps[np.isfinite(steps)]
    return float(np.minimum(steps, 1.0).sum())


# How visible each joint was: the model's visibility, the edge of the picture, and the plate in front of it.

#: A joint is hidden by the plate within the first share of its radius, and clear of it beyond the second.
COVERED_WITHIN, FREE_BEYOND = 0.9, 1.05
#: A joint at least this share of the picture's size inside its edge is fully visible.
PICTURE_EDGE = 0.01


@dataclass(frozen=True)
class PlateCover:
    """The near plate, which hides joints behind it, on the frames of the body built without it.

    `center` (F, 2) and `radius` (F,) in pixels; NaN where the plate was not seen.
    """

    center: Array
    radius: Array


def free_of_plate(points: Array, center: Array, radius: Array) -> Array:
    """(S, J) how clear (S, J, 2) points are of the plate, 0-1; 1 where the plate was not seen."""
    away = np.linalg.norm(points - center[:, None], axis=2) / radius[:, None]
    free = (away - COVERED_WITHIN) / (FREE_BEYOND - COVERED_WITHIN)
    return np.asarray(np.nan_to_num(np.clip(free, 0.0, 1.0), nan=1.0))


def inside_picture(points: Array, width: int, height: int) -> Array:
    """(S, J) how far (S, J, 2) points lie inside the picture, 0-1."""
    size = np.array([width, height], dtype=np.float64)
    inside = np.minimum(points, size - points).min(axis=2) / (PICTURE_EDGE * size.max())
    return np.asarray(np.nan_to_num(np.clip(0.5 + inside / 2, 0.0, 1.0)))


def calibrated_visibility(visibility: Array, near: str, swapped: NDArray[np.bool_], calibration: Calibration) -> Array:
    """(S, J) the model's (S, J) visibility scaled by its calibration to 0-1.

    In samples with swapped groups (`swapped` from `repair_swaps`) the labels are unreliable: the larger visibility of left and
    right is taken.
    """
    enough = np.full(JOINT_COUNT, calibration.seen_near)
    far = other_side(near).upper()
    enough[[point for pair in SYMMETRY for point in pair if point.name.startswith(far)]] = calibration.seen_far
    best = np.maximum(visibility, swap_sides(visibility, np.ones_like(swapped)))
    confused = np.asarray(swapped.any(axis=1))
    said = np.where(confused[:, None], best, visibility)
    return np.asarray(np.clip(said / enough, 0.0, 1.0))

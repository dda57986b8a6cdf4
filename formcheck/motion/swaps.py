"""Left-right swap correction, and the visibility of each joint.

In a side view both legs look alike, and the model confuses them for a few samples or for half of every rep. The correction
uses continuity (legs do not change places between two samples), apparent size (the near leg looks larger) and the model's
labels, which are usually right.
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
#: Evidence per second, in trunk lengths of movement: the model's label, and a near segment that looks larger by `SIZE_UNIT`.
#: A near segment looks larger by hip width over camera distance: about 6 per cent at three metres.
LABEL_EVIDENCE = 0.3
SIZE_EVIDENCE = 0.75
SIZE_UNIT = 0.06
#: If near and far segment differ by more than this (logarithm of the ratio, more than perspective explains beyond 1.5 m), one
#: of them is cut off, covered or guessed, and the sample is ignored. If fewer samples than the second share remain, all are.
PLAUSIBLE, MOSTLY_PLAUSIBLE = 0.25, 0.5
#: A foot closer to the picture's edge than this (trunk lengths) may be cut off; the model then squeezes the leg into the
#: picture.
EDGE = 0.25
#: Apparent sizes count fully up to the first view angle and not at all from the second on (degrees), where the legs are
#: foreshortened differently and the model can tell left from right by the lifter's front or back.
SIDE_ON_DEG, OBLIQUE_DEG = 25.0, 45.0
#: Left and right are known if the net evidence is at least this share of that of labels that never change.
KNOWN_SHARE = 0.5
#: Sizes make a leg known only if shank and foot agree: each says at least this share of what the other does. A foot behind a
#: plate or a caption is guessed, and looks smaller or larger by chance.
AGREED_SHARE = 0.25
#: Longest time that one sample stands for, seconds: gaps are no evidence.
LONGEST_SAMPLE_S = 0.25
#: Legs closer together than this share of the trunk are not compared by size.
APART = 0.25
#: Sizes count only if the legs are apart in this share of the samples.
APART_SHARE = 0.15


@dataclass(frozen=True)
class Framing:
    """View angle from side-on in degrees (NaN if unknown), and (width, height) of the picture (None: unbounded)."""

    yaw_deg: float = 0.0
    picture: tuple[int, int] | None = None

    @property
    def size_weight(self) -> float:
        """Weight of apparent sizes as evidence, 0-1."""
        if np.isnan(self.yaw_deg):
            return 1.0
        return float(np.interp(abs(self.yaw_deg), [SIDE_ON_DEG, OBLIQUE_DEG], [1.0, 0.0]))


SIDE_ON_FRAMING = Framing()


def repair_swaps(
    points: Array, visibility: Array, near: str, times: Array, framing: Framing = SIDE_ON_FRAMING
) -> tuple[Array, NDArray[np.bool_]]:
    """Correct left-right swaps, group by group.

    Args:
        points: (S, J, 2) pixels; NaN where missing. visibility: (S, J) 0-1.
        near: the side nearest the camera. times: (S,) seconds. framing: view angle and picture size.

    Returns:
        (S, J, 2) corrected points, and (S, len(GROUPS)) which groups were swapped in which samples.
    """
    swapped = np.zeros((len(points), len(GROUPS)), dtype=bool)
    scale = trunk_scale(points)
    seconds = np.clip(np.gradient(times), 0.0, LONGEST_SAMPLE_S) if len(times) > 1 else np.zeros(len(times))
    for number, group in enumerate(GROUPS):
        if number == HIPS:
            continue
        near_part = np.array([joint(name, near) for name in group])
        far_part = np.array([joint(name, other_side(near)) for name in group])
        larger = _near_looks_larger(points, visibility, near, number, scale, framing).sum(axis=1)
        swapped[:, number] = _swap_states(points[:, near_part] / scale, points[:, far_part] / scale, larger, seconds)
    swapped[:, HIPS] = swapped[:, LEGS] & _hips_follow(points, swapped[:, LEGS])
    return swap_sides(points, swapped), swapped


def legs_known(
    points: Array,
    visibility: Array,
    near: str,
    times: Array,
    swapped: NDArray[np.bool_],
    framing: Framing = SIDE_ON_FRAMING,
) -> bool:
    """Whether it is certain which leg is the left one; `swapped` is the result of `repair_swaps`.

    Continuity only keeps each leg the same; which one is left, labels and apparent sizes decide. With changing labels and no
    evidence from sizes, or sizes that contradict each other, it stays unknown.
    """
    if len(times) < 2:
        return True
    seconds = np.clip(np.gradient(times), 0.0, LONGEST_SAMPLE_S) * np.where(swapped[:, LEGS], -1.0, 1.0)
    larger = seconds @ _near_looks_larger(points, visibility, near, LEGS, trunk_scale(points), framing)
    larger = larger[larger != 0]
    agreed = len(larger) > 0 and larger.min() >= AGREED_SHARE * larger.max()
    evidence = 2 * SIZE_EVIDENCE * float(larger.sum()) * agreed + LABEL_EVIDENCE * float(seconds.sum())
    return bool(evidence >= KNOWN_SHARE * LABEL_EVIDENCE * float(np.abs(seconds).sum()))


def swap_sides(values: Array, swapped: NDArray[np.bool_]) -> Array:
    """Swap left and right of (S, J, ...) values in the groups and samples marked in `swapped` (S, len(GROUPS))."""
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

    They are in a true side view, where the model mirrors the whole lower body, but not in an oblique view, where the hips are
    apart. The smaller movement of the hips at the changes decides.
    """
    changes = np.flatnonzero(np.diff(swapped.astype(int)))
    left, right = points[:, Joint.LEFT_HIP], points[:, Joint.RIGHT_HIP]
    stay = np.linalg.norm(left[changes + 1] - left[changes], axis=1)
    stay += np.linalg.norm(right[changes + 1] - right[changes], axis=1)
    follow = np.linalg.norm(right[changes + 1] - left[changes], axis=1)
    follow += np.linalg.norm(left[changes + 1] - right[changes], axis=1)
    return bool(np.nansum(follow) <= np.nansum(stay))


def _near_looks_larger(points: Array, visibility: Array, near: str, group: int, scale: float, framing: Framing) -> Array:
    """(S, segments) evidence from apparent sizes: positive if the segment labelled near looks larger, -1..1."""
    evidence, plausible = np.zeros((len(points), len(_SIZES[group]))), np.ones(len(points), dtype=bool)
    far = other_side(near)
    for number, (first, second) in enumerate(_SIZES[group]):
        a, b, c, d = (joint(first, near), joint(second, near), joint(first, far), joint(second, far))
        near_part = np.linalg.norm(points[:, a] - points[:, b], axis=1)
        far_part = np.linalg.norm(points[:, c] - points[:, d], axis=1)
        ratio = np.log(np.maximum(near_part, 1e-3) / np.maximum(far_part, 1e-3))
        apart = np.linalg.norm(points[:, b] - points[:, d], axis=1) / scale
        seen = np.minimum.reduce([visibility[:, k] for k in (a, b, c, d)])
        weight = np.clip(apart / APART - 1, 0, 1) * np.clip(seen, 0, 1)
        plausible &= ~(np.abs(ratio) > PLAUSIBLE)
        if np.mean(weight > 0.3) < APART_SHARE:
            continue
        evidence[:, number] = np.nan_to_num(np.clip(ratio / SIZE_UNIT, -1, 1) * weight)
    if np.mean(plausible) < MOSTLY_PLAUSIBLE:
        return np.zeros_like(evidence)
    counts = framing.size_weight * plausible * _feet_inside(points, scale, framing)
    return np.asarray(evidence * counts[:, None])


def _feet_inside(points: Array, scale: float, framing: Framing) -> Array:
    """(S,) how well both feet are inside the picture, 0-1."""
    if framing.picture is None:
        return np.ones(len(points))
    feet = points[:, [joint(name, side) for name in ("ankle", "heel", "toe") for side in SIDES]]
    inside = np.minimum(feet, np.array(framing.picture) - feet).min(axis=2)
    known = np.where(np.isfinite(inside), inside, np.inf).min(axis=1)
    return np.asarray(np.clip(known / (EDGE * scale), 0.0, 1.0))


def _swap_states(near_part: Array, far_part: Array, larger: Array, seconds: Array) -> NDArray[np.bool_]:
    """(S,) whether to swap, by dynamic programming; `seconds` (S,) is the time that each sample stands for."""
    count = len(near_part)
    pairs = (np.concatenate([near_part, far_part], axis=1), np.concatenate([far_part, near_part], axis=1))
    # Cost of contradicting the evidence: of keeping (0) if the far leg looks larger, of swapping (1) against the label.
    unary = np.stack([-SIZE_EVIDENCE * larger, SIZE_EVIDENCE * larger + LABEL_EVIDENCE], axis=1) * seconds[:, None]
    # (S - 1, 2, 2) cost of going on from one state (first) to another.
    move = np.stack([[_movement(pairs[a][:-1], pairs[b][1:]) for b in (0, 1)] for a in (0, 1)]).transpose(2, 0, 1)
    move = move + CHANGE_COST * np.array([[0, 1], [1, 0]])
    best = unary[0]
    back = np.zeros((count, 2), dtype=np.int64)
    for i in range(1, count):
        cost = best[:, None] + move[i - 1]
        back[i] = cost.argmin(axis=0)
        best = cost.min(axis=0) + unary[i]
    states = np.zeros(count, dtype=np.int64)
    states[-1] = int(np.argmin(best))
    for i in range(count - 1, 0, -1):
        states[i - 1] = back[i, states[i]]
    return np.asarray(states == 1)


def _movement(before: Array, after: Array) -> Array:
    """(S,) how far (S, J, 2) points move, the sum over the joints that are known."""
    steps = np.linalg.norm(after - before, axis=2)
    return np.asarray(np.where(np.isfinite(steps), np.minimum(steps, 1.0), 0.0).sum(axis=1))


# Visibility of each joint: the model's, the edge of the picture, and the plate in front of it.

#: A joint is hidden within the first share of the plate's radius, and clear of the plate beyond the second.
COVERED_WITHIN, FREE_BEYOND = 0.9, 1.05
#: Distance from the picture's edge, as a share of its size, from which on a joint is fully visible.
PICTURE_EDGE = 0.01


@dataclass(frozen=True)
class PlateCover:
    """The near plate, which hides joints behind it, on the frames of the body built without it.

    `center` (F, 2) and `radius` (F,) in pixels; NaN where the plate was not seen.
    """

    center: Array
    radius: Array


def free_of_plate(points: Array, center: Array, radius: Array) -> Array:
    """(S, J) how clear (S, J, 2) points are of the plate, 0-1; 1 if the plate was not seen."""
    away = np.linalg.norm(points - center[:, None], axis=2) / radius[:, None]
    free = (away - COVERED_WITHIN) / (FREE_BEYOND - COVERED_WITHIN)
    return np.asarray(np.nan_to_num(np.clip(free, 0.0, 1.0), nan=1.0))


def inside_picture(points: Array, width: int, height: int) -> Array:
    """(S, J) how well (S, J, 2) points are inside the picture, 0-1."""
    size = np.array([width, height], dtype=np.float64)
    inside = np.minimum(points, size - points).min(axis=2) / (PICTURE_EDGE * size.max())
    return np.asarray(np.nan_to_num(np.clip(0.5 + inside / 2, 0.0, 1.0)))


def calibrated_visibility(visibility: Array, near: str, swapped: NDArray[np.bool_], calibration: Calibration) -> Array:
    """(S, J) the model's visibility scaled by its calibration to 0-1.

    Samples with swapped groups (see `repair_swaps`) get the larger visibility of left and right, since labels are unreliable.
    """
    enough = np.full(JOINT_COUNT, calibration.seen_near)
    far = other_side(near).upper()
    enough[[point for pair in SYMMETRY for point in pair if point.name.startswith(far)]] = calibration.seen_far
    best = np.maximum(visibility, swap_sides(visibility, np.ones_like(swapped)))
    confused = np.asarray(swapped.any(axis=1))
    scaled = np.where(confused[:, None], best, visibility)
    return np.asarray(np.clip(scaled / enough, 0.0, 1.0))

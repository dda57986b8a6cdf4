"""A hip behind a plate: where the bar lies tells where the joint is.

In a hip thrust the plate hides the hip, and the pose model guesses it, up to 15 per cent of the trunk away. The bar lies
in the crease of the hip, and the crease goes half the way with trunk and thigh: in a frame whose axis halves the angle
between them, the joint stays in the same place as seen from the bar (within 1.5 per cent of the trunk on rendered people).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formcheck.body.types import Array
from formcheck.geometry import unit

#: Where the joint lies from the bar over it, trunk lengths: along the axis and behind it, and how far people and pads
#: differ from that (one standard deviation). True places in six rendered clips of two people (0.32 and 0.38 behind); rounded.
ALONG, BEHIND, PLACE_SPREAD = 0.02, 0.32, 0.06
#: How far the joint wanders in that frame, trunk lengths.
WANDER = 0.02


@dataclass(frozen=True)
class HipHint:
    """The bar over the near hip, as the bar tracker sees it, where the bar rests in the hip crease.

    `points` (F, 2) pixels and `sd` (F,) pixels on the frames of `Body.times`; NaN where the plate was not seen. The
    error is taken to be the same all through the clip: it is that of the way from the plate to the bar's middle.
    """

    points: Array
    sd: Array


def hips_from_plate(
    shoulder: Array, hip: Array, knee: Array, plate: Array, sd: Array, forward: int, trunk: float, guess_sd: float
) -> tuple[Array, Array]:
    """(S, 2) hip joints from the bar over the hip, and their (S,) standard deviation in pixels.

    Two places are unknown: the joint's in the crease's frame, known from other people, and the bar's own constant
    error `sd`. Both are estimated together from where the model guesses the hip on average; a bar whose place is known
    badly still tells how the hip moves.

    Args:
        shoulder, hip, knee: (S, 2) joint centres as known without the plate.
        plate: (S, 2) the bar over the near hip with its standard deviation `sd` (S,); NaN where it was not seen.
        forward: as in `View`. trunk: pixels.
        guess_sd: how far the model's guess of a hidden hip is off on average over a clip, trunk lengths.
    """
    axis = unit(unit(shoulder - hip) + unit(hip - knee))
    back = forward * np.stack([axis[:, 1], -axis[:, 0]], axis=1)
    # (S, 2, 4): what the place along and behind and the bar's error in x and y do to the joint.
    effect = np.concatenate([np.stack([axis, back], axis=2), np.broadcast_to(np.eye(2), (len(axis), 2, 2))], axis=2)
    away = (hip - plate) / trunk
    known = np.isfinite(away).all(axis=1) & np.isfinite(effect).all(axis=(1, 2))
    if not known.any():
        return np.full_like(plate, np.nan), np.full(len(plate), np.nan)
    error = max(float(np.nanmedian(sd[known])) / trunk, 1e-3)
    prior = np.array([PLACE_SPREAD, PLACE_SPREAD, error, error]) ** -2.0
    usual = np.array([ALONG, BEHIND, 0.0, 0.0])
    # The model's guesses err alike all through a clip: all of them together count as one.
    weight = 1 / (known.sum() * guess_sd**2)
    information = np.diag(prior) + weight * np.einsum("sij,sik->jk", effect[known], effect[known])
    pull = prior * usual + weight * np.einsum("sij,si->j", effect[known], away[known])
    place = np.linalg.solve(information, pull)
    spread = np.einsum("sij,jk,sik->s", effect, np.linalg.inv(information), effect) / 2
    return plate + trunk * (effect @ place), trunk * np.hypot(np.sqrt(spread), WANDER)

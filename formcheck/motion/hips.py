"""A hip behind a plate: where the bar lies tells where the joint is.

In a hip thrust the plate hides the hip, and the pose model guesses it, up to 15 per cent of the trunk away. The bar lies
in the crease of the hip, and the crease goes half the way with trunk and thigh: in a frame whose axis halves the angle
between them, the joint stays in the same place as seen from the plate's centre (within 2 and 3 per cent of the trunk
along and across on rendered people).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formcheck.motion.types import Array

#: Where the joint lies from the plate's centre, trunk lengths: along the axis and behind it, and how far people and
#: plates differ from that (one standard deviation). The average of five rendered clips of two people; rounded.
ALONG, BEHIND, PLACE_SPREAD = 0.025, 0.28, 0.05
#: How far the model's guess of a hidden hip is off on average over a clip, trunk lengths.
GUESS_SPREAD = 0.08
#: How far the joint wanders in that frame, trunk lengths.
WANDER = 0.03


@dataclass(frozen=True)
class HipHint:
    """Centre of the near plate of a bar that rests in the hip crease, as the bar tracker saw it.

    `points` (F, 2) pixels and `sd` (F,) pixels on the frames of `Body.times`; NaN where the plate was not seen.
    """

    points: Array
    sd: Array


def hips_from_plate(
    shoulder: Array, hip: Array, knee: Array, plate: Array, sd: Array, forward: int, trunk: float
) -> tuple[Array, Array]:
    """(S, 2) hip joints from the plate's centre, and their (S,) standard deviation in pixels.

    Args:
        shoulder, hip, knee: (S, 2) joint centres as known without the plate.
        plate: (S, 2) centre of the plate with its standard deviation `sd` (S,); NaN where it was not seen.
        forward: as in `View`. trunk: pixels.
    """
    axis = _unit(_unit(shoulder - hip) + _unit(hip - knee))
    back = forward * np.stack([axis[:, 1], -axis[:, 0]], axis=1)
    away = hip - plate
    along, behind = np.nanmedian((away * axis).sum(axis=1)), np.nanmedian((away * back).sum(axis=1))
    # The clip's own place and the usual one, each with the weight it deserves.
    share = PLACE_SPREAD**2 / (PLACE_SPREAD**2 + GUESS_SPREAD**2)
    along = share * along + (1 - share) * ALONG * trunk
    behind = share * behind + (1 - share) * BEHIND * trunk
    return plate + along * axis + behind * back, np.hypot(sd, WANDER * trunk)


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9))

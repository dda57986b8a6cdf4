"""Decisions for the rules `bar_drift` and `overdepth`: a measure against a limit, with room for our own error."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from formcheck.bar.measures import Amount, Overdepth

#: A fault is told only when it is this likely, given the measure's standard deviation.
SURE_ENOUGH = 0.8
#: A hand that stands in for the bar moves away from the leg line by itself: at the top the wrist hangs beside the thigh,
#: at the bottom the bar lies in the fingers in front of the shin. Measured 0.16 trunk lengths (0.08 m) in good reps.
STAND_IN_TRUNK, STAND_IN_M = 0.16, 0.08


@dataclass(frozen=True)
class Decision:
    """`confidence` 0-1 is how likely the limit is exceeded; `reason` says why a rule was not judged."""

    verdict: Literal["pass", "borderline", "fault", "not_judged"]
    confidence: float = float("nan")
    reason: str = ""


def exceeds(amount: Amount, limit: float, borderline: float) -> Decision:
    """Is the amount above the limit?

    Within `borderline` of the limit, or when our own error leaves doubt, the answer is borderline and not a fault. All
    in the amount's unit.
    """
    spread = max(amount.sd, 1e-9)
    likely = 0.5 * (1 + math.erf((amount.value - limit) / (spread * math.sqrt(2))))
    if amount.value <= limit - borderline:
        return Decision("pass", likely)
    if amount.value > limit + borderline and likely >= SURE_ENOUGH:
        return Decision("fault", likely)
    return Decision("borderline", likely)


def judge_bar_drift(
    drift: Amount | None,
    *,
    limit_m: float,
    borderline_m: float,
    limit_trunk: float,
    borderline_trunk: float,
    stand_in: bool = False,
) -> Decision:
    """The bar moved forward away from the leg. The limit of the drift's own unit applies.

    `stand_in`: the bar's position is that of a hand (`Bar.source` is not "plate"); the limit is raised by what the hand
    itself does.
    """
    if drift is None:
        return Decision("not_judged", reason="the bar was not seen through the rep")
    if drift.unit == "m":
        return exceeds(drift, limit_m + (STAND_IN_M if stand_in else 0.0), borderline_m)
    return exceeds(drift, limit_trunk + (STAND_IN_TRUNK if stand_in else 0.0), borderline_trunk)


def judge_overdepth(evidence: Overdepth | None, *, limit_deg: float, borderline_deg: float) -> Decision:
    """The trunk went on down after the hips had stopped moving back."""
    if evidence is None:
        return Decision("not_judged", reason="the hips' way back was not seen or too small")
    return exceeds(evidence.further, limit_deg, borderline_deg)

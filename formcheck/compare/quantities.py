"""What two reps are compared in: each quantity of a rep with its standard deviation, or why it is not known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.body.types import Series
from formcheck.compare.comparison import Group
from formcheck.compare.pairing import Performed
from formcheck.exercises.base import LEAST_SEEN, average
from formcheck.motion.types import Motion
from formcheck.quantity import Quantity
from formcheck.report.shown import main_series
from formcheck.reps.load import bar_drift, concentric_velocity, vertical_travel

#: Standard deviation of a phase's duration, seconds: docs/ACCURACY.md has a mean absolute error of 0.08 s a phase, which
#: is 0.1 s of standard deviation where errors are normal.
TEMPO_SD_S = 0.1


#: What was measured in one rep, or the reason why nothing was: "the knee is hidden".
Read = Callable[[Performed], "Quantity | str"]


@dataclass(frozen=True)
class Comparable:
    """Something to compare. `in_picture`: an angle or length of the picture, which an oblique camera falsifies."""

    name: str
    group: Group
    label: str
    read: Read
    in_picture: bool = True


def quantities(of: Performed) -> Iterator[Comparable]:
    """Everything that reps of this exercise are compared in."""
    exercise, place = of.of.exercise, of.rep.turn_place
    focus = exercise.focus
    yield Comparable("lowering_s", "tempo", "Lowering", _seconds("eccentric_s"), in_picture=False)
    yield Comparable("pause_s", "tempo", f"Hold at the {place}", _seconds("pause_s"), in_picture=False)
    yield Comparable("lifting_s", "tempo", "Lifting", _seconds("concentric_s"), in_picture=False)
    yield Comparable("range_deg", "turn", f"Range of the {focus.label.lower()}", _range)
    for at, where in (("turn", place), ("start", "start")):
        for joint, label in _ANGLES.items():
            # The head is judged lying only; a thigh says at the start what hip and shin say.
            if not (joint == "head" and exercise.on_feet) and not (joint == "thigh" and at == "start"):
                yield Comparable(f"{joint}_at_{at}", _GROUP[at], f"{label} at the {where}", _angle(joint, at, label))
    yield Comparable("back_bend", "back", f"Bend of the back at the {place}, against its own start", _back_bend)
    yield Comparable("bar_drift", "bar", "Bar away from the leg", _bar(bar_drift))
    yield Comparable("bar_travel", "bar", "Travel of the bar", _bar(vertical_travel))
    yield Comparable("lifting_velocity_mean", "bar", "Mean concentric velocity", _bar(_mean_velocity), in_picture=False)


_GROUP: dict[str, Group] = {"turn": "turn", "start": "start"}
_ANGLES = {"trunk": "Trunk from vertical", "hip": "Hip angle", "knee": "Knee angle", "thigh": "Thigh from vertical",
           "shin": "Shin from vertical", "head": "Head against the trunk"}  # fmt: skip
_PARTS = {"trunk": "trunk", "hip": "hip", "knee": "knee", "thigh": "thigh", "shin": "shin", "head": "head"}


def _seconds(name: str) -> Read:
    def read(of: Performed) -> Quantity | str:
        value = float(getattr(of.rep, name))
        return Quantity(value, "s", TEMPO_SD_S) if np.isfinite(value) else "the clip cuts this phase"

    return read


def angle_series(of: Performed, joint: str) -> Series:
    """An angle over the frames of the take: of the working leg, the near trunk, or the head."""
    motion, leg = of.take.motion, of.take.leg(of.rep)
    if joint in ("trunk", "head"):
        own: Series = getattr(motion, joint)
        return own
    # On the back a hip goes on past straight, which is what there is to see; on the feet it folds forward only.
    name = "hip_signed" if joint == "hip" and not of.of.exercise.on_feet else joint
    found: Series = getattr(leg, name)
    return found


def _frames(of: Performed, at: str) -> NDArray[np.bool_]:
    times = of.take.motion.times
    return of.rep.at_turn(times) if at == "turn" else of.rep.at_start(times)


def _angle(joint: str, at: str, label: str) -> Read:
    def read(of: Performed) -> Quantity | str:
        found = average(angle_series(of, joint), _frames(of, at))
        if found.seen < LEAST_SEEN:
            return f"the {_PARTS[joint]} is hidden"
        return Quantity(found.value, "deg", found.sd)

    return read


def _range(of: Performed) -> Quantity | str:
    """The travel of the main angle; its error is that of the angle at both ends."""
    motion, focus = of.take.motion, of.of.exercise.focus
    side = of.take.working[of.rep.index]
    leg = motion.legs[side]
    own = motion.trunk if focus.series == "trunk" else {"hip": leg.hip, "knee": leg.knee, "thigh": leg.thigh}[focus.series]
    values = main_series(motion, focus, side)
    ends = [average(Series(values, own.sd, own.seen), _frames(of, at)) for at in ("start", "turn")]
    if min(end.seen for end in ends) < LEAST_SEEN:
        return f"the {_PARTS[focus.series]} is hidden"
    return Quantity(of.rep.range_deg, "deg", float(np.hypot(ends[0].sd, ends[1].sd)))


def _back_bend(of: Performed) -> Quantity | str:
    """How far the whole back has bent at the turn, rounding positive.

    Its halves share a border whose place is uncertain: their errors are opposed, so the whole has the error of one.
    """
    spine = of.take.motion.spine
    if spine is None:
        return "the back's outline was not seen"
    upper, lower = spine.thoracic, spine.lumbar
    whole = Series(upper.values + lower.values, np.fmax(upper.sd, lower.sd))
    start, turn = (average(whole, _frames(of, at)) for at in ("start", "turn"))
    if min(start.seen, turn.seen) < LEAST_SEEN:
        return "the back's outline is hidden"
    return Quantity(turn.value - start.value, "deg", float(np.hypot(start.sd, turn.sd)))


def _mean_velocity(motion: Motion, rep: object) -> Quantity | None:
    found = concentric_velocity(motion, rep)  # type: ignore[arg-type]
    return None if found is None else found[0]


def _bar(measured: Callable[..., Quantity | None]) -> Read:
    def read(of: Performed) -> Quantity | str:
        bar = of.take.motion.bar
        if bar is None or bar.source == "wrist":
            return "no weight was seen"
        found = measured(of.take.motion, of.rep)
        if found is None or not np.isfinite(found.value):
            return "the weight was not followed well enough, or there is no scale"
        return found

    return read

"""The catalogue: every signal of a shot and every measure of a rep, with its name, label, unit and how it is read.

It is the only list of them. `angles.csv`, `analysis.json`, tables, pages, the video's labels, comparisons and exports are
loops over it, so that a new signal or measure is one entry here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from formcheck.motion.body import Array, LegAngles, Series
from formcheck.motion.motion import Motion
from formcheck.motion.spine.flexion import whole
from formcheck.pose.skeleton import Side
from formcheck.results.load import bar_drift, concentric_velocity, vertical_travel
from formcheck.results.quantity import LEAST_COVERAGE, Quantity, average
from formcheck.results.rep import Rep
from formcheck.units import unit_suffix

# Signals: a quantity over the frames of a shot.

SignalGroup = Literal["leg", "arm", "body", "back", "bar"]


@dataclass(frozen=True)
class Signal:
    """A quantity over the frames of a shot.

    Attributes:
        name: in data, without side and unit.
        label: for people.
        unit: "deg", "px", "m"; "" for a share.
        group: what it belongs to; of legs and arms there are two, and each has its own column.
        read: from the motion, of one side for a leg or arm; NaN where it is not known, None where nothing of it was seen.
        part: the body part to name in "the knee is hidden".
        sd: `angles.csv` also has a column of its standard deviation.
        table: `angles.csv` has a column of it.
        capture: its name in motion capture; exported as 180 degrees minus the angle if `flexion` is
            counted from the straight joint.
    """

    name: str
    label: str
    unit: str
    group: SignalGroup
    read: Callable[[Motion, Side], Series | None]
    part: str = ""
    sd: bool = False
    table: bool = True
    capture: str = ""
    flexion: bool = False

    @property
    def paired(self) -> bool:
        """Whether there is one of the left and one of the right side."""
        return self.group in ("leg", "arm")

    def column(self, side: Side | None = None, *, sd: bool = False) -> str:
        """The name of its column: "left_hip_deg", "trunk_sd_deg", "bar_quality"."""
        parts = (side if self.paired else None, self.name, "sd" if sd else None, unit_suffix(self.unit))
        return "_".join(part for part in parts if part)


def _leg(name: str) -> Callable[[Motion, Side], Series]:
    def read(motion: Motion, side: Side) -> Series:
        found: Series = getattr(motion.legs[side], name)
        return found

    return read


def _back(name: Literal["thoracic", "lumbar", "whole"], motion: Motion, side: Side) -> Series | None:
    if motion.spine is None:
        return None
    return {"thoracic": motion.spine.thoracic, "lumbar": motion.spine.lumbar}.get(name) or whole(motion.spine)


def _bar(row: int, motion: Motion, side: Side) -> Series | None:
    """Place of the bar in the picture (rows 0, 1), metres forward and up from its first place (2, 3), and quality (4)."""
    if motion.bar is None:
        return None
    path, scale = motion.bar.path, motion.scale.px_per_m
    known = np.flatnonzero(np.isfinite(path[:, 0]))
    first = path[known[0]] if len(known) else np.zeros(2)
    forward, up = motion.body.view.forward * (path[:, 0] - first[0]), -(path[:, 1] - first[1])
    values = (path[:, 0], path[:, 1], forward / scale, up / scale, motion.bar.quality)[row]
    return Series(values, np.full(len(values), np.nan))


SIGNALS: tuple[Signal, ...] = (
    Signal("hip", "Hip angle", "deg", "leg", _leg("hip"), "hip", sd=True),
    Signal(
        "hip_signed", "Hip angle, past straight", "deg", "leg", _leg("hip_signed"), "hip", capture="hip_flexion", flexion=True
    ),
    Signal("knee", "Knee angle", "deg", "leg", _leg("knee"), "knee", sd=True, capture="knee_flexion", flexion=True),
    Signal("shin", "Shin from vertical", "deg", "leg", _leg("shin"), "shin", capture="shank_tilt"),
    Signal("thigh", "Thigh from vertical", "deg", "leg", _leg("thigh"), "thigh"),
    Signal(
        "trunk", "Trunk from vertical", "deg", "body", lambda motion, side: motion.trunk, "trunk", sd=True,
        capture="trunk_tilt",
    ),
    Signal("head", "Head against the trunk", "deg", "body", lambda motion, side: motion.head, "head"),
    Signal("thoracic_bend", "Upper back", "deg", "back", partial(_back, "thoracic"), "upper back"),
    Signal("lumbar_bend", "Lower back", "deg", "back", partial(_back, "lumbar"), "lower back"),
    Signal("back_bend", "Whole back", "deg", "back", partial(_back, "whole"), "back", table=False),
    Signal("bar_x", "Bar, right in the picture", "px", "bar", partial(_bar, 0)),
    Signal("bar_y", "Bar, down in the picture", "px", "bar", partial(_bar, 1)),
    Signal("bar_x", "Bar, forward", "m", "bar", partial(_bar, 2)),
    Signal("bar_y", "Bar, up", "m", "bar", partial(_bar, 3)),
    Signal("bar_quality", "Bar, how well it is seen", "", "bar", partial(_bar, 4)),
)


def signal(name: str) -> Signal:
    """A signal by its name; the first one if several units have it."""
    return next(one for one in SIGNALS if one.name == name)


def read_signal(name: str, motion: Motion, side: Side) -> Series:
    """A signal of a shot by its name, of one side where it has two; all NaN where nothing of it was seen."""
    return signal(name).read(motion, side) or _nothing(motion)


def main_signal(name: str, motion: Motion, side: Side) -> Series:
    """The main angle of an exercise, degrees. A hip extended beyond straight goes past 180
    instead of folding back."""
    if name != "hip":
        return read_signal(name, motion, side)
    hip = read_signal("hip_signed", motion, side)
    return Series(np.where(hip.values > 300, hip.values - 360, hip.values), hip.sd, hip.visibility)


def signal_columns(motion: Motion) -> Iterator[tuple[str, Array]]:
    """The columns of `angles.csv` that are signals: (name, (F,) values), left before right; standard deviations after them."""
    sides = get_args(Side)
    for sd in (False, True):
        shown = [one for one in SIGNALS if one.table and (one.sd or not sd)]
        pairs = [(one, side) for side in sides for one in shown if one.paired]
        for one, side in [*pairs, *((one, sides[0]) for one in shown if not one.paired)]:
            found = one.read(motion, side) or _nothing(motion)
            yield one.column(side, sd=sd), found.sd if sd else found.values


def _nothing(motion: Motion) -> Series:
    missing = np.full(len(motion.times), np.nan)
    return Series(missing, missing)


# Measures: a number of a rep.

#: Standard deviation of a phase's duration, seconds: docs/ACCURACY.md has a mean absolute error of 0.08 s a phase, which
#: is 0.1 s of standard deviation where errors are normal.
TEMPO_SD_S = 0.1

MeasureGroup = Literal["tempo", "turn", "start", "back", "bar"]
End = Literal["turn", "start"]


@dataclass(frozen=True)
class RepMotion:
    """A rep with the motion of its shot.

    Attributes:
        side: of the leg that works.
        main: the signal that is the exercise's main angle.
        past_straight: let a hip go past 180: in lifts on the back it extends beyond straight, in standing lifts it only
            flexes.
    """

    motion: Motion
    rep: Rep
    side: Side
    main: str
    past_straight: bool = False

    @property
    def leg(self) -> LegAngles:
        """Angles of the working leg."""
        return self.motion.legs[self.side]

    def series(self, name: str) -> Series:
        """A signal over the frames of the shot."""
        return read_signal("hip_signed" if name == "hip" and self.past_straight else name, self.motion, self.side)

    def frames(self, end: End) -> NDArray[np.bool_]:
        """(F,) the frames of an end of the movement."""
        times = self.motion.times
        return self.rep.at_turn(times) if end == "turn" else self.rep.at_start(times)

    def mean(self, name: str, end: End) -> Quantity:
        """Mean of an angle at an end of the movement; NaN where it is hidden there."""
        return average(self.series(name), self.frames(end), signal(name).unit)


@dataclass(frozen=True)
class RepMeasure:
    """A number of a rep.

    Attributes:
        name: in data.
        label: for people; {turn} stands for the top or bottom at which the rep turns, {main} for the main angle's label.
        unit: "m" where it is "trunk" (trunk lengths) without a scale.
        group: what it belongs to.
        read: the value, or why there is none.
        hidden: why it cannot be compared if it was hidden in most frames.
        reported: listed in a rep's `measures` in `analysis.json` and in every table of reps.
        compared: used when two sets are compared.
        in_picture: an angle or length in the picture, biased by an oblique camera.
        lying_only: compared only in exercises done on the back.
    """

    name: str
    label: str
    unit: str
    group: MeasureGroup
    read: Callable[[RepMotion], Quantity | str]
    hidden: str = ""
    reported: bool = False
    compared: bool = True
    in_picture: bool = True
    lying_only: bool = False


def _seconds(phase: str) -> Callable[[RepMotion], Quantity | str]:
    def read(of: RepMotion) -> Quantity | str:
        value = float(getattr(of.rep, phase))
        return Quantity(value, "s", TEMPO_SD_S) if np.isfinite(value) else "the clip cuts this phase"

    return read


def _range(of: RepMotion) -> Quantity | str:
    """The travel of the main angle; its error combines those at both ends."""
    ends = [average(main_signal(of.main, of.motion, of.side), of.frames(end)) for end in ("start", "turn")]
    if min(end.coverage for end in ends) < LEAST_COVERAGE:
        return f"the {signal(of.main).part} is hidden"
    return Quantity(of.rep.range_deg, "deg", float(np.hypot(ends[0].sd, ends[1].sd)))


def _back_bend(of: RepMotion) -> Quantity | str:
    """How far the whole back has bent at the turn, rounding positive."""
    if of.motion.spine is None:
        return "the back's outline was not seen"
    start, turn = of.mean("back_bend", "start"), of.mean("back_bend", "turn")
    if min(start.coverage, turn.coverage) < LEAST_COVERAGE:
        return "the back's outline is hidden"
    return Quantity(turn.value - start.value, "deg", float(np.hypot(start.sd, turn.sd)))


_NOT_FOLLOWED = "the weight was not followed well enough, or there is no scale"


def _plate(measured: Callable[[RepMotion], Quantity | None]) -> Callable[[RepMotion], Quantity | str]:
    def read(of: RepMotion) -> Quantity | str:
        if of.motion.bar is None or of.motion.bar.source != "plate":
            return "no weight was seen"
        return measured(of) or _NOT_FOLLOWED

    return read


def _bar_drift(of: RepMotion) -> Quantity | None:
    return bar_drift(of.motion, of.rep, of.side)


def _bar_travel(of: RepMotion) -> Quantity | None:
    return vertical_travel(of.motion, of.rep)


def _velocity(which: int) -> Callable[[RepMotion], Quantity | None]:
    def measured(of: RepMotion) -> Quantity | None:
        found = concentric_velocity(of.motion, of.rep)
        return None if found is None else found[which]

    return measured


def _angle(name: str, end: End, *, reported: bool = False, lying_only: bool = False) -> RepMeasure:
    """The mean of an angle at an end of the movement."""
    own = signal(name)
    return RepMeasure(
        f"{name}_at_{end}", f"{own.label} at the {'{turn}' if end == 'turn' else 'start'}", own.unit, end,
        lambda of: of.mean(name, end), f"the {own.part} is hidden", reported=reported, lying_only=lying_only,
    )  # fmt: skip


MEASURES: tuple[RepMeasure, ...] = (
    RepMeasure("eccentric_s", "Lowering", "s", "tempo", _seconds("eccentric_s"), in_picture=False),
    RepMeasure("pause_s", "Hold at the {turn}", "s", "tempo", _seconds("pause_s"), in_picture=False),
    RepMeasure("concentric_s", "Lifting", "s", "tempo", _seconds("concentric_s"), in_picture=False),
    RepMeasure("range_deg", "Range of the {main}", "deg", "turn", _range),
    _angle("trunk", "turn", reported=True),
    _angle("hip", "turn", reported=True),
    _angle("knee", "turn", reported=True),
    _angle("thigh", "turn", reported=True),
    _angle("shin", "turn", reported=True),
    _angle("head", "turn", lying_only=True),
    # A thigh says at the start what hip and shin say.
    _angle("trunk", "start"),
    _angle("hip", "start"),
    _angle("knee", "start"),
    _angle("shin", "start"),
    _angle("head", "start", lying_only=True),
    RepMeasure("back_bend", "Bend of the back at the {turn}, against its own start", "deg", "back", _back_bend),
    RepMeasure("bar_drift", "Bar away from the leg", "m", "bar", _plate(_bar_drift), _NOT_FOLLOWED, reported=True),
    RepMeasure("bar_travel", "Travel of the bar", "m", "bar", _plate(_bar_travel), _NOT_FOLLOWED, reported=True),
    RepMeasure(
        "concentric_velocity_mean", "Mean concentric velocity", "m/s", "bar", _plate(_velocity(0)), _NOT_FOLLOWED,
        reported=True, in_picture=False,
    ),
    RepMeasure(
        "concentric_velocity_peak", "Peak concentric velocity", "m/s", "bar", _plate(_velocity(1)), _NOT_FOLLOWED,
        reported=True, compared=False, in_picture=False,
    ),
)  # fmt: skip

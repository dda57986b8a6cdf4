"""Drawing the lifter: bones of the near side, back line, joint arcs, aims and the bar's trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from formcheck.lifts.exercise import Aim, AimKind, Arc, ArcKind, Focus, Region, Shot
from formcheck.motion.body import Array
from formcheck.motion.motion import Motion
from formcheck.outputs.overlay import draw
from formcheck.outputs.overlay.draw import (
    ACCENT,
    BONE,
    FAR_BONE,
    GOOD,
    MUTED,
    PANEL,
    PHASE_COLOURS,
    SHADOW,
    TEXT,
    Colour,
    bend_colour,
    mix,
)
from formcheck.outputs.overlay.lettering import Lettering, text_width
from formcheck.outputs.overlay.scene import Moment, phase_labels
from formcheck.outputs.shown import drawn_side, regions_of, shown_bar
from formcheck.pose.geometry import wrapped
from formcheck.pose.skeleton import Side
from formcheck.results.analysis import Analysis
from formcheck.results.catalogue import read_signal
from formcheck.results.rep import Rep
from formcheck.video.writer import Picture

#: Signals of arcs and aims.
ARC_SIGNALS: dict[ArcKind, str] = {"hip": "hip_signed", "knee": "knee", "trunk_lean": "trunk", "shin_lean": "shin"}
AIM_SIGNALS: dict[AimKind, str] = {
    "trunk_lean": "trunk", "vertical_shin": "shin", "straight_hip": "hip_signed", "thigh_parallel": "thigh",
}  # fmt: skip

# Colour of the back line: its bend against the rep's start, limited by the verdict.

#: Regions of findings about the back.
ABOUT_THE_BACK: set[Region] = {"upper_back", "lower_back"}


def bend_from_start(motion: Motion, reps: Sequence[Rep]) -> Array:
    """(F,) bend of the back against the start of the frame's rep, less the outline's own error, degrees; NaN if unknown."""
    bend = np.full(len(motion.times), np.nan)
    if motion.spine is None:
        return bend
    whole = read_signal("back_bend", motion, motion.body.view.side)
    values, sd = whole.values, whole.sd
    for rep in reps:
        start = values[rep.at_start(motion.times)]
        if np.isfinite(start).any():
            inside = rep.during(motion.times)
            change = values[inside] - np.nanmedian(start)
            bend[inside] = np.sign(change) * np.maximum(np.abs(change) - np.nan_to_num(sd[inside]), 0.0)
    return bend


def accused_shares(motion: Motion, reps: Sequence[Rep], analysis: Analysis) -> Array:
    """(F, 2) least and greatest share of red in the back's colour, 0-1, so that it never contradicts the verdict."""
    spans = {"fault": (0.5, 1.0), "borderline": (0.3, 0.6), "": (0.0, 0.3)}
    result = np.tile(spans[""], (len(motion.times), 1))
    for rep in reps:
        own = [f for f in analysis.findings if f.rep == rep.index]
        about = {f.severity for f in own if ABOUT_THE_BACK & set(regions_of(analysis.exercise.name, f.rule))}
        grave = "fault" if "fault" in about else "borderline" if "borderline" in about else ""
        result[rep.during(motion.times)] = spans[grave]
    return result


# The figure.


_LEG = (("hip", "knee"), ("knee", "ankle"), ("ankle", "heel"), ("heel", "toe"), ("ankle", "toe"))
_UPPER = (("ear", "shoulder"), ("shoulder", "elbow"), ("elbow", "wrist"), ("shoulder", "hip"))
_ARM = {("shoulder", "elbow"), ("elbow", "wrist")}
_JOINTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
#: Bones that are marked with a region of the body.
_BONES: dict[Region, tuple[tuple[str, str], ...]] = {
    "head": (("ear", "shoulder"),),
    "trunk": (("shoulder", "hip"),),
    "hip": (("shoulder", "hip"), ("hip", "knee")),
    "thigh": (("hip", "knee"),),
    "knee": (("hip", "knee"), ("knee", "ankle")),
    "shin": (("knee", "ankle"),),
    "foot": (("ankle", "heel"), ("heel", "toe"), ("ankle", "toe")),
}
#: Between which points the figure of a finding about a region stands, and which of them are the drawn leg's.
_PLACES: dict[Region, tuple[str, str]] = {
    "head": ("ear", "shoulder"), "trunk": ("shoulder", "hip"), "upper_back": ("shoulder", "hip"),
    "lower_back": ("hip", "hip"), "hip": ("hip", "hip"), "thigh": ("hip", "knee"), "knee": ("knee", "knee"),
    "shin": ("knee", "ankle"), "foot": ("ankle", "ankle"), "bar": ("wrist", "wrist"),
}  # fmt: skip
_ALONG = (0.0, 0.25, 0.5, 0.75, 1.0)
_OF_LEG = ("hip", "knee", "ankle")
#: Half the side of the square that a face fills, trunk lengths; and room for the figure of a finding, units of small text.
_FACE, _SAID_WIDE = 0.2, 24.0
#: How far from its part of the body that figure may stand (trunk lengths), and a number from the tip of its aim (small text).
_SAID_AWAY, _AIM_AWAY = (0.32, 0.6, 0.9, 1.2), (0.4, 3.0)
#: The bar's trail shows the last rep, and at most this many seconds.
TRAIL_S = 6.0
#: Least visible share of a back line that is drawn.
LEAST_BACK = 0.6
_UP = np.asarray([0.0, -1.0])
#: Joints at the lower and upper end of the segments whose lean from vertical is drawn.
_LEANS: dict[str, tuple[str, str]] = {
    "trunk_lean": ("hip", "shoulder"), "shin_lean": ("ankle", "knee"), "vertical_shin": ("ankle", "knee"),
}  # fmt: skip
#: Length of an aim's guide relative to its segment, and distance of a number from its joint in trunk lengths.
_AIM_REACH, _LABEL_AWAY, _JOINT_LABEL_AWAY = 1.15, 0.62, 0.34
#: Room for the number of an angle and of an aim ("aim 45°"), in units of small text.
_ANGLE_WIDE, _AIM_WIDE = 5.0, 9.0
#: Shortest step of the trail that is drawn, share of its width.
_TRAIL_STEP = 0.5


@dataclass(frozen=True)
class _Area:
    """A rectangle of the picture, pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: _Area) -> bool:
        return self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom


@dataclass(frozen=True)
class _Sector:
    """An angle to draw. `start` and `sweep` are degrees in the picture (x right, y down, clockwise positive).

    Its number is `away` pixels from `centre` in the direction `label_at`.
    """

    centre: Array
    radius: float
    start: float
    sweep: float
    label_at: Array
    away: float


class Figure:
    """Draws the lifter of one shot onto pictures `scale` times the clip's size."""

    def __init__(
        self, shot: Shot, analysis: Analysis, focus: Focus, scale: float, unit: int, letters: Lettering
    ) -> None:
        motion, reps = shot.motion, shot.reps
        self._motion, self._focus, self._letters, self._unit = motion, focus, letters, unit
        self._bar = shown_bar(shot, focus)
        self._side, self._near = drawn_side(shot), motion.body.view.side
        self._scale = scale
        self._forward = motion.body.view.forward
        trunk = motion.trunk_px * scale
        self._trunk = trunk if np.isfinite(trunk) else 8.0 * unit
        self._width = max(2, round(self._trunk * 0.034))
        self._phases = phase_labels(motion.times, reps)
        self._bend = bend_from_start(motion, reps)
        self._accused = accused_shares(motion, reps, analysis)
        #: From too far off the side angles are drawn for what they are worth: grey, and with a "~".
        self._sure = motion.body.view.side_on
        self._ink = ACCENT if self._sure else MUTED
        self._taken: list[_Area] = []
        self._shown = _Area(0, 0, 0, 0)

    def draw(
        self, picture: Picture, frame: int, moment: Moment, marks: tuple[Region, ...] = (), mark: Colour = ACCENT,
        said: str = "", within: tuple[float, float, float, float] | None = None,
    ) -> None:  # fmt: skip
        """Draw frame `frame` of the shot.

        Args:
            marks: the regions of the current finding, in colour `mark`.
            said: what it measured and what is accepted, written at the first of them instead of the other numbers.
            within: the part of the picture that is shown as (left, top, right, bottom), pixels; by default all of it.
        """
        self._taken = self._face(frame)
        self._shown = _Area(*within) if within is not None else _Area(0, 0, picture.shape[1], picture.shape[0])
        if moment.closeness > 0 and self._sure:
            for aim in self._focus.aims:
                self._aim(picture, frame, aim, moment.closeness)
        self._trail(picture, frame, moment)
        lit = {bone for region in marks for bone in _BONES.get(region, ())}
        if self._side != self._near:
            self._bones(picture, frame, self._near, _LEG, FAR_BONE, max(2, round(self._width * 0.6)), set(), mark)
        self._bones(picture, frame, self._near, _UPPER, BONE, self._width, lit, mark)
        self._bones(picture, frame, self._side, _LEG, BONE, self._width, lit, mark)
        self._back(picture, frame, ABOUT_THE_BACK & set(marks), mark)
        for arc in self._focus.arcs:
            self._arc(picture, frame, arc, number=not said)
        for name in _JOINTS:
            side = self._side if name in ("hip", "knee", "ankle") else self._near
            share = 0.75 if name in ("elbow", "wrist") else 1.0
            draw.dot(picture, self._point(frame, name, side), self._width * 0.85 * share, BONE)
        self._load(picture, frame, "bar" in marks, mark)
        if said and marks:
            self._said(picture, frame, marks[0], said, mark)

    def reach(self, frame: int, moment: Moment, *, said: bool = False) -> tuple[float, float, float, float] | None:
        """The part of the picture that `draw` changes as (left, top, right, bottom), pixels; None if nothing is drawn."""
        lows, highs = [], []

        def add(points: Array, margin: float) -> None:
            """Include points (NaN if unknown) with a margin, pixels."""
            lows.append(np.fmin.reduce(points, axis=0) - margin)
            highs.append(np.fmax.reduce(points, axis=0) + margin)

        stroke = 3.0 * self._width
        add(self._motion.body.points[frame] * self._scale, stroke)
        if self._motion.spine is not None:
            add(self._motion.spine.dorsal[frame] * self._scale, stroke)
        if self._bar is not None:
            trail = self._bar.center[self._trail_from(frame, moment) : frame + 1] * self._scale
            add(trail, stroke)
            add(trail[-1:], float(np.nan_to_num(self._bar.radius[frame])) * self._scale + stroke)
        joints = self._joints(frame)
        if said:
            add(self._motion.body.points[frame] * self._scale, self._unit * _SAID_WIDE)
        for arc in self._focus.arcs:
            away = self._trunk * (_LABEL_AWAY if arc.kind in _LEANS else _JOINT_LABEL_AWAY)
            centre = joints[_LEANS[arc.kind][0] if arc.kind in _LEANS else arc.kind]
            add(centre[None], away + self._unit * _ANGLE_WIDE)
        if moment.closeness > 0 and self._focus.aims:
            for low, high in (("hip", "shoulder"), ("ankle", "knee")):
                length = float(np.linalg.norm(joints[high] - joints[low]))
                add(joints[low][None], _AIM_REACH * length + self._unit * _AIM_WIDE)
            add(joints["knee"][None], self._trunk + stroke)
        (left, top), (right, bottom) = np.fmin.reduce(lows, axis=0), np.fmax.reduce(highs, axis=0)
        if not np.isfinite([left, top, right, bottom]).all():
            return None
        return float(left), float(top), float(right), float(bottom)

    def _point(self, frame: int, name: str, side: Side) -> Array:
        return np.asarray(self._motion.body.point(name, side)[frame] * self._scale)

    def _value(self, name: str, frame: int) -> float:
        """A signal of the drawn leg at a frame."""
        return float(read_signal(name, self._motion, self._side).values[frame])

    def _bones(
        self, picture: Picture, frame: int, side: Side, bones: Sequence[tuple[str, str]], colour: Colour, width: int,
        lit: set[tuple[str, str]], mark: Colour,
    ) -> None:
        ends = [(bone, self._point(frame, bone[0], side), self._point(frame, bone[1], side)) for bone in bones]
        shadows: dict[int, list[tuple[Array, Array]]] = {}
        strokes: dict[tuple[Colour, int], list[tuple[Array, Array]]] = {}
        for bone, a, b in ends:
            wide = self._bone_width(bone, width)
            shadows.setdefault(wide + max(2, round(width * 0.5)), []).append((a, b))
            stroke = (mark, round(wide * 1.7)) if bone in lit else (colour, wide)
            strokes.setdefault(stroke, []).append((a, b))
        for wide, some in shadows.items():
            draw.lines(picture, some, SHADOW, wide)
        for (ink, wide), some in strokes.items():
            draw.lines(picture, some, ink, wide)

    @staticmethod
    def _bone_width(bone: tuple[str, str], width: int) -> int:
        return max(1, round(width * 0.6)) if bone in _ARM or "heel" in bone or "toe" in bone else width

    def _back(self, picture: Picture, frame: int, marked: set[Region], mark: Colour) -> None:
        """The back line from neck to buttock, coloured by its bend, or thin and grey if that is unknown.

        The regions that are `marked` have the colour `mark`. Benches and plates hide the outline of the lower back, so if only
        that is marked, so is the lower half of the trunk.
        """
        lower_only = marked == {"lower_back"}
        hip, shoulder = self._point(frame, "hip", self._near), self._point(frame, "shoulder", self._near)
        if lower_only and draw.known(hip, shoulder):
            draw.line(picture, hip, (hip + shoulder) / 2, SHADOW, round(self._width * 2.2))
            draw.line(picture, hip, (hip + shoulder) / 2, mark, round(self._width * 1.7))
        spine = self._motion.spine
        if spine is None:
            return
        points = spine.dorsal[frame] * self._scale
        bend = float(self._bend[frame])
        if (lower_only or not marked) and np.isfinite(points).all(axis=1).mean() < LEAST_BACK:
            return
        width = self._width * (1.15 if np.isfinite(bend) else 0.6)
        draw.polyline(picture, points, SHADOW, round(width + self._width * 0.75))
        least, most = self._accused[frame]
        if lower_only or not marked:
            draw.polyline(picture, points, bend_colour(bend, float(least), float(most)), round(width))
        if marked:
            draw.polyline(picture, points[: len(points) // 2 + 1] if lower_only else points, mark, round(width))

    def _joints(self, frame: int) -> dict[str, Array]:
        """Hip, knee and ankle of the drawn leg and the near shoulder, pixels."""
        joints = {name: self._point(frame, name, self._side) for name in ("hip", "knee", "ankle")}
        return joints | {"shoulder": self._point(frame, "shoulder", self._near)}

    def _face(self, frame: int) -> list[_Area]:
        """Where the face is, which no number covers."""
        ear = self._point(frame, "ear", self._near)
        if not draw.known(ear):
            return []
        return [_around(ear + np.asarray([self._forward * _FACE * 0.5, 0.0]) * self._trunk, _FACE * self._trunk)]

    def _said(self, picture: Picture, frame: int, region: Region, text: str, colour: Colour) -> None:
        """What a finding measured and what is accepted, beside the part of the body that it is about."""
        low, high = (self._point(frame, name, self._side if name in _OF_LEG else self._near) for name in _PLACES[region])
        at = (low + high) / 2
        if region == "bar" and self._bar is not None:
            at, radius = self._bar.center[frame] * self._scale, float(np.nan_to_num(self._bar.radius[frame]))
            self._taken.append(_around(at, radius * self._scale))
        if not draw.known(at):
            return
        for side, bones in ((self._near, _UPPER), (self._side, _LEG)):
            for bone in bones:
                ends = [self._point(frame, name, side) for name in bone]
                if draw.known(*ends):
                    self._taken += [_around(ends[0] + (ends[1] - ends[0]) * share, self._width * 1.5) for share in _ALONG]
        if region in ABOUT_THE_BACK and self._motion.spine is not None:
            points = self._motion.spine.dorsal[frame] * self._scale
            self._taken += [_around(point, self._width * 1.5) for point in points if draw.known(point)]
        back = np.asarray([-float(self._forward), 0.0])
        ways = (_UP, back, -back, -_UP) if region in ABOUT_THE_BACK or region == "head" else (back, -back, _UP, -_UP)
        aslant = [(up + along) * 0.7 for up in (_UP, -_UP) for along in (back, -back)]
        spots = [(at + way * self._trunk * far, way) for far in _SAID_AWAY for way in (*ways, *aslant)]
        self._pill(picture, spots, text, colour)

    def _arc(self, picture: Picture, frame: int, arc: Arc, *, number: bool = True) -> None:
        """The angle of a joint, or the lean of a segment from vertical, with its number."""
        joints = self._joints(frame)
        value = self._value(ARC_SIGNALS[arc.kind], frame)
        if arc.kind in _LEANS:
            sector = self._lean(joints, arc)
            low, high = (joints[name] for name in _LEANS[arc.kind])
            if draw.known(low, high):
                draw.dashed(picture, low, low + _UP * sector.away, TEXT, max(1, self._width // 3), self._unit * 0.3)
        else:
            sector = self._joint_angle(joints, arc, value)
        if not np.isfinite(value) or not draw.known(sector.centre) or not np.isfinite(sector.start + sector.sweep):
            return
        edge = draw.sector_points(sector.centre, sector.radius, sector.start, sector.sweep)
        draw.fill(picture, np.vstack([sector.centre[None], edge]), self._ink, 0.28)
        draw.polyline(picture, edge, self._ink, max(2, round(self._width * 0.45)))
        if number:
            label_at = -sector.label_at if arc.inside else sector.label_at
            text, ink = (f"{value:.0f}°", TEXT) if self._sure else (f"~{value:.0f}°", MUTED)
            self._pill(picture, _spots(sector.centre, label_at, sector.away), text, ink)

    def _lean(self, joints: dict[str, Array], arc: Arc) -> _Sector:
        low, high = (joints[name] for name in _LEANS[arc.kind])
        sweep = wrapped(draw.direction(high - low) + 90.0)
        label_at = np.asarray([-self._forward * 0.55, -0.83])
        return _Sector(low, self._trunk * 0.5, -90.0, sweep, label_at, self._trunk * _LABEL_AWAY)

    def _joint_angle(self, joints: dict[str, Array], arc: Arc, value: float) -> _Sector:
        radius, away = self._trunk * 0.26, self._trunk * _JOINT_LABEL_AWAY
        shoulder, hip, knee, ankle = (joints[name] for name in ("shoulder", "hip", "knee", "ankle"))
        if arc.kind == "hip":
            start = draw.direction(knee - hip)
            return _Sector(hip, radius, start, -self._forward * value, _outside(shoulder, knee, self._forward), away)
        start = draw.direction(hip - knee)
        sweep = wrapped(draw.direction(ankle - knee) - start)
        return _Sector(knee, radius, start, sweep, -_outside(hip, ankle, self._forward), away)

    def _pill(self, picture: Picture, spots: Sequence[tuple[Array, Array]], text: str, colour: Colour = TEXT) -> None:
        """A number on a dark pill, at the first of some places where it covers no face and no other number, if there is one.

        `spots` are (at, away): pushed from `at` in the direction `away`, so that it starts where `at` is.
        """
        size = max(12, round(self._unit * 1.12))
        width, height = text_width(text, size, "bold") + size, size * 1.5
        for at, away in spots:
            x = at[0] + away[0] * width / 2 - width / 2
            y = at[1] + away[1] * height / 2 - height / 2
            x = float(np.clip(x, self._shown.left + 4, self._shown.right - width - 4))
            y = float(np.clip(y, self._shown.top + 4, self._shown.bottom - height - 4))
            own = _Area(x, y, x + width, y + height)
            if not any(own.meets(other) for other in self._taken):
                break
        else:
            return
        self._taken.append(own)
        draw.box(picture, x, y, width, height, PANEL, 0.72)
        self._letters.draw(picture, text, x + width / 2, y + height / 2, size, colour, "bold", "middle")

    def _aim(self, picture: Picture, frame: int, aim: Aim, strength: float) -> None:
        """The guide for an aim, green if it is met; `strength` is its opacity, 0-1."""
        value = self._value(AIM_SIGNALS[aim.kind], frame)
        if not np.isfinite(value):
            return
        joints = self._joints(frame)
        met = aim.low <= value <= aim.high
        colour = GOOD if met else TEXT
        if aim.kind in _LEANS:
            self._aimed_lean(picture, joints, aim, colour, (0.4 if met else 0.28) * strength, strength)
        elif aim.kind == "straight_hip" and draw.known(joints["shoulder"], joints["knee"]):
            self._guide(picture, joints["shoulder"], joints["knee"], colour, strength)
        elif aim.kind == "thigh_parallel" and draw.known(joints["knee"]):
            far = np.asarray([self._forward * self._trunk * 0.95, 0.0])
            self._guide(picture, joints["knee"] + far * 0.2, joints["knee"] - far, colour, strength)

    def _aimed_lean(
        self, picture: Picture, joints: dict[str, Array], aim: Aim, colour: Colour, alpha: float, strength: float
    ) -> None:
        """The sector in which a segment should lean, with a guide through its middle."""
        low, high = (joints[name] for name in _LEANS[aim.kind])
        if not draw.known(low, high):
            return
        reach = float(np.linalg.norm(high - low)) * _AIM_REACH
        edge = draw.sector_points(low, reach, -90.0 + self._forward * aim.low, self._forward * (aim.high - aim.low))
        draw.fill(picture, np.vstack([low[None], edge]), colour, alpha)
        middle = (aim.low + aim.high) / 2
        tip = draw.sector_points(low, reach, -90.0 + self._forward * middle, 0.0)[0]
        self._guide(picture, low, tip, colour, strength)
        if aim.kind == "trunk_lean" and strength > 0.5:
            away = (tip - low) / max(reach, 1.0)
            spots = [(tip + away * self._unit * far, away) for far in _AIM_AWAY]
            self._pill(picture, spots, f"aim {middle:.0f}°", colour)

    def _guide(self, picture: Picture, a: Array, b: Array, colour: Colour, strength: float) -> None:
        """A dashed line visible on light and dark backgrounds."""
        width = max(2, round(self._width * 0.55))
        draw.line(picture, a, b, SHADOW, width)
        draw.dashed(picture, a, b, mix(SHADOW, colour, strength), width, self._unit * 0.3)

    def _trail_from(self, frame: int, moment: Moment) -> int:
        """First frame of the trail shown at `frame`."""
        now, rep = self._motion.times[frame], moment.rep
        begun = rep is not None and rep.start_s >= self._motion.times[0]  # not a rep of the previous shot
        since = max(now - TRAIL_S, rep.start_s if rep is not None and begun else now - 1.0)
        return int(np.searchsorted(self._motion.times, since))

    def _trail(self, picture: Picture, frame: int, moment: Moment) -> None:
        bar = self._bar
        if bar is None:
            return
        first = self._trail_from(frame, moment)
        points = bar.center[first : frame + 1] * self._scale
        width = max(2, round(self._width * 0.7))
        step = _TRAIL_STEP * width
        draw.polyline(picture, draw.thinned(points, step), SHADOW, width + 2)
        start = first
        for i in range(first + 1, frame + 2):
            if i == frame + 1 or self._phases[i] != self._phases[start]:
                run = points[start - first : i - first + 1]
                draw.polyline(picture, draw.thinned(run, step), PHASE_COLOURS[self._phases[start]], width)
                start = i

    def _load(self, picture: Picture, frame: int, marked: bool, mark: Colour) -> None:
        bar = self._bar
        if bar is None:
            return
        centre = bar.center[frame] * self._scale
        colour = mark if marked else ACCENT
        if marked and bar.source == "plate" and np.isfinite(bar.radius[frame]):
            draw.ring(picture, centre, float(bar.radius[frame]) * self._scale, mark, self._width)
        draw.dot(picture, centre, self._width * 0.95, colour)


def _around(point: Array, half: float) -> _Area:
    x, y = point.tolist()
    return _Area(x - half, y - half, x + half, y + half)


def _spots(centre: Array, away: Array, far: float) -> list[tuple[Array, Array]]:
    """Places for the number of an angle: in its own direction, then sideways, then opposite."""
    x, y = away.tolist()
    ways = [np.asarray(way) for way in ((x, y), (-y, x), (y, -x), (-x, -y))]
    return [(centre + way * far, way) for way in ways]


def _outside(high: Array, low: Array, forward: int) -> Array:
    """Unit vector towards the lifter's back, perpendicular to the line from `high` to `low`."""
    along = low - high
    length = float(np.linalg.norm(along))
    if not np.isfinite(length) or length < 1e-6:
        return np.asarray([-float(forward), 0.0])
    return np.asarray([-along[1], along[0]]) / length * forward

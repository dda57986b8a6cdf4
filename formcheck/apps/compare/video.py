"""The video of a comparison: two panels, both lifters facing the same way, with the same trunk length, foot and clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from formcheck.apps.compare.differences import ComparedSet, Comparison
from formcheck.apps.compare.pairing import PairClock, Performed
from formcheck.errors import ClipError
from formcheck.lifts.exercise import Region, Shot
from formcheck.motion.body import Array, View
from formcheck.motion.motion import Motion
from formcheck.motion.timeseries import interpolated, running_median
from formcheck.outputs.overlay import draw
from formcheck.outputs.overlay.draw import (
    ACCENT,
    CARD,
    MUTED,
    PANEL,
    PHASE_COLOURS,
    SEVERITY_COLOURS,
    SHADOW,
    TEXT,
    Colour,
    mix,
)
from formcheck.outputs.overlay.figure import Figure
from formcheck.outputs.overlay.lettering import Lettering, fit, text_width
from formcheck.outputs.overlay.render import save_snapshot
from formcheck.outputs.overlay.scene import SHORTEST_HOLD_S, moment_of
from formcheck.outputs.shown import drawn_side, regions_of
from formcheck.pipeline import AnalysedClip
from formcheck.pose.skeleton import LEG, SEGMENTS, Side, joint
from formcheck.results.catalogue import main_signal
from formcheck.video.colours import written_tags
from formcheck.video.frame import Frame
from formcheck.video.reader import ClipReader
from formcheck.video.writer import Canvas, Paintable, Picture, VideoWriter, YuvConverter

#: Margin around both lifters' movements, trunk lengths.
AROUND = 0.4
#: Points further from the foot than this are errors, trunk lengths.
FARTHEST = 5.0
#: Window of the median of the foot's position, seconds.
FOOT_WINDOW_S = 0.8
_OPPOSITE: dict[Side, Side] = {"left": "right", "right": "left"}


@dataclass(frozen=True)
class Fit:
    """From pixels of a clip to pixels of a panel: ``x' = across * x + left``, ``y' = down * y + top``."""

    across: float
    down: float
    left: float
    top: float

    def points(self, points: Array) -> Array:
        """(..., 2) pixels of the clip as pixels of the panel."""
        return np.asarray(points * [self.across, self.down] + [self.left, self.top])

    @property
    def matrix(self) -> Array:
        """(2, 3) for OpenCV's warps."""
        return np.asarray([[self.across, 0.0, self.left], [0.0, self.down, self.top]])

    @property
    def mirrored(self) -> bool:
        return self.across < 0


@dataclass(frozen=True)
class Stage:
    """Size of a panel, pixels of a trunk length, and position of the lifters' foot in it."""

    width: int
    height: int
    trunk_px: float
    foot: tuple[float, float]

    def fit(self, of: Performed, facing: Side) -> Fit:
        """The fit that puts a rep on the stage, with its lifter facing `facing`."""
        motion = of.shot.motion
        scale = self.trunk_px / motion.trunk_px
        across = scale if motion.body.view.facing == facing else -scale
        x, y = np.nanmedian(foot_path(of)[of.rep.during(motion.times)], axis=0)
        return Fit(across, scale, self.foot[0] - across * x, self.foot[1] - scale * y)


def stage_for(performed: Sequence[Performed], facing: Side, *, most: tuple[int, int]) -> Stage:
    """The stage, at most `most` (width, height), that shows all movements of the reps."""
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    for of in performed:
        motion = of.shot.motion
        across = (1.0 if motion.body.view.facing == facing else -1.0) / motion.trunk_px
        during = of.rep.during(motion.times)
        foot = np.nanmedian(foot_path(of)[during], axis=0)
        parts = [motion.body.points[during].reshape(-1, 2)]
        if motion.bar is not None and motion.bar.source == "plate":
            centre, radius = motion.bar.center[during], np.nan_to_num(motion.bar.radius[during])[:, None]
            parts += [centre - radius, centre + radius]
        points = (np.concatenate(parts) - foot) * [across, 1 / motion.trunk_px]
        points = points[np.isfinite(points).all(axis=1) & (np.abs(points) < FARTHEST).all(axis=1)]
        if len(points):
            low, high = np.minimum(low, np.percentile(points, 1, axis=0)), np.maximum(high, np.percentile(points, 99, axis=0))
    if not np.isfinite(low).all():
        low, high = np.full(2, -FARTHEST / 2), np.full(2, FARTHEST / 2)
    low, high = low - AROUND, high + AROUND
    trunk_px = float(np.min(np.asarray(most) / (high - low)))
    width, height = (2 * round(length / 2) for length in (high - low) * trunk_px)
    x, y = -low * trunk_px
    return Stage(width, height, trunk_px, (float(x), float(y)))


def foot_path(of: Performed) -> Array:
    """(F, 2) pixels of the working ankle, with gaps filled and steadied; of the hip if the ankle is never seen."""
    motion = of.shot.motion
    points = motion.body.point("ankle", of.shot.working[of.rep.index])
    known = np.isfinite(points).all(axis=1)
    if not known.any():
        points = motion.body.near("hip")
        known = np.isfinite(points).all(axis=1)
    if not known.any():
        return np.zeros_like(points)
    rows = np.arange(len(points), dtype=np.float64)
    step = float(np.median(np.diff(motion.times))) if len(motion.times) > 1 else FOOT_WINDOW_S
    return running_median(interpolated(rows, rows, points), max(1, round(FOOT_WINDOW_S / max(step, 1e-3))))


def placed(shot: Shot, fit: Fit) -> Shot:
    """The shot with all pixel values converted to those of the panel."""
    motion, scale = shot.motion, fit.down
    body = motion.body
    view = replace(body.view, facing=_OPPOSITE[body.view.facing]) if fit.mirrored else body.view
    spine, bar = motion.spine, motion.bar
    moved = replace(
        motion,
        body=replace(body, points=fit.points(body.points), sd=body.sd * scale, view=view),
        trunk_px=motion.trunk_px * scale,
        scale=replace(motion.scale, px_per_m=motion.scale.px_per_m * scale),
        spine=None if spine is None else replace(spine, dorsal=fit.points(spine.dorsal)),
        bar=None if bar is None else replace(
            bar, center=fit.points(bar.center), radius=bar.radius * scale, path=fit.points(bar.path),
            path_sd=bar.path_sd * scale,
        ),
    )  # fmt: skip
    return replace(shot, motion=moved)


@dataclass(frozen=True)
class Ghost:
    """One lifter's points in the other's panel, with the same foot, trunk length and foreshortening."""

    of: Performed
    onto: Performed
    fit: Fit
    onto_fit: Fit

    def points(self, time_s: float, onto_s: float) -> Array:
        """(J, 2) pixels of the panel at `time_s` of its own clip and `onto_s` of the other; NaN if unknown."""
        own, other = self.of.shot.motion, self.onto.shot.motion
        foot = self.fit.points(_at(own.times, foot_path(self.of), time_s))
        under = self.onto_fit.points(_at(other.times, foot_path(self.onto), onto_s))
        points = self.fit.points(_at(own.times, own.body.points, time_s))
        wide = _stretch(own.body.view) / _stretch(other.body.view)
        return np.asarray((points - foot) * [wide, 1.0] + under)


def _stretch(view: View) -> float:
    return view.stretch if np.isfinite(view.stretch) else 1.0


def _at(times: Array, values: Array, time_s: float) -> Array:
    """Values interpolated between the frames around a time; those of the nearest frame if the other is unknown."""
    after = int(np.clip(np.searchsorted(times, time_s), 1, max(len(times) - 1, 1)))
    if len(times) < 2:
        return np.asarray(values[0])
    before = after - 1
    share = float(np.clip((time_s - times[before]) / max(times[after] - times[before], 1e-9), 0.0, 1.0))
    mixed = (1 - share) * values[before] + share * values[after]
    return np.asarray(np.where(np.isfinite(mixed), mixed, values[after if share > 0.5 else before]))


def nearest_frame(motion: Motion, time_s: float) -> int:
    """The frame of the motion nearest to a time."""
    return int(np.argmin(np.abs(motion.times - time_s)))


# One lifter's panel: the clip's picture, the lifter drawn on it, and the other's ghost over it.


#: Colour and opacity of the ghost.
GHOST: Colour = (255, 120, 230)
GHOST_ALPHA = 0.8
#: Closeness to the turn (see `Moment`) from which on the regions of the rep's fault are marked.
MARKED_FROM = 0.5


class Backdrop:
    """The clip's pictures fitted to a stage, in RGB; one per reader, caching the last picture."""

    def __init__(self, stage: Stage, size: tuple[int, int]) -> None:
        self._stage, self._size = stage, size
        self._buffer, self._paintable = YuvConverter(), Paintable()
        self._canvas: Canvas | None = None
        self._rgb: Picture = np.empty((0, 0, 3), dtype=np.uint8)
        self._last: tuple[float, Fit] | None = None
        self._picture: Picture = np.empty((stage.height, stage.width, 3), dtype=np.uint8)

    def picture(self, frame: Frame, fit: Fit) -> Picture:
        """(height, width, 3) picture of the stage at a frame, dark outside the clip's picture; copy it before drawing."""
        if self._last != (frame.time_s, fit):
            # Shrunk by the decoder's scaler first, which averages pixels; OpenCV's warp would skip some.
            share = min(1.0, abs(fit.down))
            width, height = (max(2, 2 * round(side * share / 2)) for side in self._size)
            if self._canvas is None or self._canvas.planes.size != (width, height):
                self._canvas = Canvas(width, height)
                self._rgb = np.empty((height, width, 3), dtype=np.uint8)
            self._buffer.put(frame, self._canvas.planes)
            self._paintable.to_rgb(self._canvas.planes, self._rgb)
            shrunk = np.diag([self._size[0] / width, self._size[1] / height, 1.0])
            cv2.warpAffine(
                self._rgb, fit.matrix @ shrunk, (self._stage.width, self._stage.height), dst=self._picture,
                flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=CARD,
            )  # fmt: skip
            self._last = (frame.time_s, fit)
        return self._picture


class Panel:
    """Draws one rep on its stage, with the ghost of the other rep if given."""

    def __init__(
        self, of: Performed, fit: Fit, stage: Stage, unit: int, letters: Lettering, ghost: Ghost | None = None
    ) -> None:
        self._of, self._ghost = of, ghost
        self._take = placed(of.shot, fit)
        analysis = of.of.analysis
        self._figure = Figure(self._take, analysis, of.of.exercise.focus, 1.0, unit, letters)
        self._ghost_width = max(3, round(stage.trunk_px * 0.07))
        own = [f for f in analysis.findings if f.rep == of.rep.index and f.severity in ("fault", "borderline")]
        own.sort(key=lambda finding: ("fault", "borderline").index(finding.severity))
        self._mark = SEVERITY_COLOURS[own[0].severity if own else "info"]
        marks = [region for f in own if f.severity == own[0].severity for region in regions_of(analysis.exercise.name, f.rule)]
        self._marks: tuple[Region, ...] = tuple(dict.fromkeys(marks))

    def draw(self, picture: Picture, time_s: float, other_s: float) -> None:
        """Draw the lifter at `time_s` of its clip onto a picture of the stage; the other is at `other_s` of its own."""
        moment = moment_of(self._of.rep, time_s)
        marks = self._marks if moment.closeness >= MARKED_FROM else ()
        if self._ghost is not None:
            draw_ghost(picture, self._ghost, self._ghost.points(other_s, time_s), self._ghost_width)
        self._figure.draw(picture, nearest_frame(self._take.motion, time_s), moment, marks, self._mark)


def draw_ghost(picture: Picture, ghost: Ghost, points: Array, width: int) -> None:
    """Draw the bones of a ghost's near side and working leg at (J, 2) `points`, translucent."""
    near, working = ghost.of.shot.motion.body.view.side, drawn_side(ghost.of.shot)
    bones: list[tuple[Array, Array]] = []
    for first, second in SEGMENTS:
        side = working if second in LEG else near
        ends = points[joint(first, side)], points[joint(second, side)]
        if draw.known(*ends):
            bones.append(ends)
    if not bones:
        return

    def paint(copy: Picture, offset: Array) -> None:
        for a, b in bones:
            draw.line(copy, a - offset, b - offset, SHADOW, width + 4)
        for a, b in bones:
            draw.line(copy, a - offset, b - offset, GHOST, width)

    drawn = np.concatenate(bones).reshape(-1, 2)
    draw.translucent(picture, np.vstack([drawn - 2 * width, drawn + 2 * width]), paint, GHOST_ALPHA)


# One picture of the comparison: both panels with names above, and phases, tempo, angle and differences below.

#: The colours of A (whose ghost is drawn) and B.
COLOURS: tuple[Colour, Colour] = (GHOST, ACCENT)
_HEAD, _FOOT, _GAP = 3.5, 7.6, 0.4


@dataclass(frozen=True)
class Plan:
    """Layout: two stages side by side between a head and a foot, in multiples of `unit`."""

    stage: Stage
    unit: int

    @property
    def gap(self) -> int:
        return 2 * round(self.unit * _GAP / 2)

    @property
    def head(self) -> int:
        return 2 * round(self.unit * _HEAD / 2)

    @property
    def width(self) -> int:
        return 2 * self.stage.width + self.gap

    @property
    def height(self) -> int:
        return self.head + self.stage.height + 2 * round(self.unit * _FOOT / 2)

    def left(self, place: int) -> int:
        """Left edge of the panel of A (0) or B (1)."""
        return place * (self.stage.width + self.gap)


def plan_for(stage: Stage) -> Plan:
    """A plan with text that is legible on an upright phone."""
    return Plan(stage, max(16, round((2 * stage.width) * 0.021)))


class Sheet:
    """Paints everything around the panels for one pair."""

    def __init__(self, plan: Plan, clock: PairClock, comparison: Comparison, letters: Lettering) -> None:
        self._plan, self._clock, self._letters = plan, clock, letters
        self._both = (clock.pair.a, clock.pair.b)
        focus = clock.pair.a.of.exercise.focus
        self._label = focus.label
        self._angles = [
            main_signal(focus.series, one.shot.motion, one.shot.working[one.rep.index]).values for one in self._both
        ]
        self._still = np.empty((plan.height, plan.width, 3), dtype=np.uint8)
        self._still[:] = PANEL
        for place, side in enumerate((comparison.a, comparison.b)):
            self._head(place, side)
            self._tempo(place)
        beyond = comparison.beyond
        words = [one.words for one in beyond[:2]] or ["Nothing differs beyond our own measuring error"]
        size = round(plan.unit * 0.92)
        for line, text in enumerate(words):
            y = self._foot + plan.unit * (3.75 + 1.35 * line)
            text = fit(text, plan.width - plan.unit, size)
            letters.draw(self._still, text, plan.unit * 0.6, y, size, TEXT if beyond else MUTED)

    @property
    def _foot(self) -> int:
        return self._plan.head + self._plan.stage.height

    def _head(self, place: int, side: ComparedSet) -> None:
        plan, unit, left = self._plan, self._plan.unit, self._plan.left(place)
        size = round(unit * 1.15)
        draw.box(self._still, left + unit * 0.5, unit * 0.5, unit * 1.7, unit * 1.7, COLOURS[place], radius=unit * 0.4)
        self._letters.draw(self._still, "AB"[place], left + unit * 1.35, unit * 1.35, size, PANEL, "bold", "middle")
        rep = self._both[place].rep.index
        lines = [(side.name, size, TEXT, 1.1), (f"rep {rep} of {side.of_reps}{_aside(side)}", round(unit * 0.9), MUTED, 2.55)]
        for text, own, colour, y in lines:
            shown = fit(text, round(plan.stage.width - unit * 3.2), own, "bold")
            self._letters.draw(self._still, shown, left + unit * 2.6, unit * y, own, colour, "bold")

    def _tempo(self, place: int) -> None:
        """Duration of each phase, in the phases' colours."""
        unit, size = self._plan.unit, round(self._plan.unit * 0.92)
        x = self._plan.left(place) + unit * 0.6
        rep, words = self._both[place].rep, self._both[place].of.exercise.focus.phases
        spans = {"eccentric": rep.eccentric_s, "hold": rep.pause_s, "concentric": rep.concentric_s}
        order = (rep.first, "hold", rep.second)
        for name in order:
            if name == "hold" and spans[name] < SHORTEST_HOLD_S:
                continue
            value = f"{spans[name]:.1f} s" if np.isfinite(spans[name]) else "cut"
            y = self._foot + unit * 2.35
            draw.dot(self._still, np.asarray([x + unit * 0.3, y]), unit * 0.28, PHASE_COLOURS[name], None)
            x += unit * 0.85
            x += self._letters.draw(self._still, f"{words.of(name)} {value}", x, y, size, TEXT) + unit * 0.7

    def paint(self, picture: Picture, common_s: float, times_s: tuple[float, float]) -> tuple[Picture, Picture]:
        """Fill a picture of the plan's size with everything but the panels; return views of the two panels."""
        plan = self._plan
        picture[:] = self._still
        values = [_value(one, series, time_s) for one, series, time_s in zip(self._both, self._angles, times_s, strict=True)]
        for place, value in enumerate(values):
            self._angle(picture, place, value, values)
        self._track(picture, common_s)
        panels = [picture[plan.head : self._foot, plan.left(i) : plan.left(i) + plan.stage.width] for i in (0, 1)]
        return panels[0], panels[1]

    def _angle(self, picture: Picture, place: int, value: float, values: list[float]) -> None:
        unit, y = self._plan.unit, self._foot + self._plan.unit * 0.95
        x = self._plan.left(place) + unit * 0.6
        size = round(unit * 0.92)
        x += self._letters.draw(picture, self._label, x, y, size, MUTED) + unit * 0.5
        shown = f"{value:.0f}°" if np.isfinite(value) else "–"
        x += self._letters.draw(picture, shown, x, y, round(unit * 1.2), COLOURS[place], "bold") + unit * 0.5
        apart = values[1] - values[0]
        if place == 1 and np.isfinite(apart):
            text = f"{apart:+.0f}° against A"
            if x + text_width(text, size) < self._plan.width - unit * 0.4:
                self._letters.draw(picture, text, x, y, size, MUTED)

    def _track(self, picture: Picture, common_s: float) -> None:
        """The phases of the pair on the common clock, with a playhead."""
        plan, unit, clock = self._plan, self._plan.unit, self._clock
        left, wide = unit * 0.6, plan.width - 1.2 * unit
        y, tall = self._foot + unit * 6.15, unit * 0.8
        rate = wide / (clock.end_s - clock.start_s)
        for part in clock.stretches:
            x, length = left + (part.start_s - clock.start_s) * rate, (part.end_s - part.start_s) * rate
            now = part.start_s <= common_s < part.end_s
            colour = mix(CARD, PHASE_COLOURS[part.phase], 0.25 if part.phase == "rest" else 1.0 if now else 0.5)
            if length >= 1:
                draw.box(picture, x, y, max(length - 2, 1.0), tall, colour, radius=unit * 0.2)
        x = left + (np.clip(common_s, clock.start_s, clock.end_s) - clock.start_s) * rate
        draw.line(picture, np.asarray([x, y - unit * 0.2]), np.asarray([x, y + tall + unit * 0.2]), TEXT, max(2, unit // 8))


def _aside(side: ComparedSet) -> str:
    parts = [f"{side.working_leg} leg in front"] if side.working_leg else []
    parts += [f"{side.load_kg:g} kg"] if side.load_kg else []
    parts += ["mirrored"] if side.mirrored else []
    return "".join(f" · {part}" for part in parts)


def _value(one: Performed, series: Array, time_s: float) -> float:
    return float(series[nearest_frame(one.shot.motion, time_s)])


#: Frame rate of the video.
FPS = 30.0
#: Greatest size of a panel, pixels.
MOST_PANEL = (900, 760)


def opened(one: AnalysedClip) -> ClipReader:
    """Open the analysed part of the clip of a set.

    Raises:
        UsageError: it does not exist, or is another clip of that name.
    """
    name = "--clip-a or --clip-b, or leave the video out with --no-video"
    return one.open(
        missing=f"the clip {one.path.name} is not beside {one.folder.name}; put it there, give its place with {name}.",
        other=f"{one.path.name} is not the clip that {one.folder.name} was made from; name the right one with {name}.",
    )


def stage_of(clocks: Sequence[PairClock]) -> Stage:
    """The stage for all reps of the clocks, facing the way of the first lifter."""
    performed = [one for clock in clocks for one in (clock.pair.a, clock.pair.b)]
    return stage_for(performed, performed[0].shot.motion.body.view.facing, most=MOST_PANEL)


def common_times(clocks: Sequence[PairClock]) -> Array:
    """(F,) times of the pictures on the common clock, seconds."""
    return np.asarray(np.arange(0.0, clocks[-1].end_s, 1 / FPS))


def turn_picture(number: int) -> str:
    """File name of the picture of a pair's turn; `number` counts from 1."""
    return f"turn-{number}.png"


def render_comparison(
    clocks: Sequence[PairClock],
    comparison: Comparison,
    out: Path,
    *,
    pictures: Path | None = None,
    progress: Callable[[float], None] | None = None,
) -> None:
    """Write the comparison's video to `out`, without sound, and a picture of each pair's turn into `pictures`.

    Raises:
        UsageError: a clip is missing, or `out` cannot be written.
        ClipError: a clip ends before the compared reps.
    """
    stage = stage_of(clocks)
    plan, letters = plan_for(stage), Lettering()
    times = common_times(clocks)
    first = clocks[0].pair
    with ExitStack() as stack:
        readers = [stack.enter_context(opened(one.of)) for one in (first.a, first.b)]
        backdrops = [Backdrop(stage, (reader.info.width, reader.info.height)) for reader in readers]
        tags = written_tags(next(readers[0].frames()).source)
        writer = stack.enter_context(VideoWriter(out, plan.width, plan.height, FPS, tags=tags))
        picture = np.empty((plan.height, plan.width, 3), dtype=np.uint8)
        for number, clock in enumerate(clocks, 1):
            own = times[(times >= clock.start_s) & (times < clock.end_s)]
            wanted = int(np.argmin(np.abs(own - clock.turn_s)))
            scene = _Scene(plan, stage, clock, comparison, letters)
            shown = zip(*(_frames_at(reader, at) for reader, at in zip(readers, clock.times(own), strict=True)), strict=True)
            for place, frames in enumerate(shown):
                scene.paint(picture, float(own[place]), backdrops, frames)
                if place == wanted and pictures is not None:
                    pictures.mkdir(parents=True, exist_ok=True)
                    save_snapshot(picture[: plan.head + stage.height], pictures / turn_picture(number))
                writer.write(picture, float(own[place]))
                if progress is not None:
                    progress(float(own[place]) / float(times[-1]))


class _Scene:
    """Draws one pair."""

    def __init__(
        self, plan: Plan, stage: Stage, clock: PairClock, comparison: Comparison, letters: Lettering
    ) -> None:
        a, b = clock.pair.a, clock.pair.b
        facing = a.shot.motion.body.view.facing
        self._clock = clock
        self._fits = (stage.fit(a, facing), stage.fit(b, facing))
        self._sheet = Sheet(plan, clock, comparison, letters)
        ghost = Ghost(a, b, *self._fits)
        self._panels = (
            Panel(a, self._fits[0], stage, plan.unit, letters),
            Panel(b, self._fits[1], stage, plan.unit, letters, ghost),
        )

    def paint(
        self, picture: Picture, common_s: float, backdrops: Sequence[Backdrop], frames: tuple[Frame, ...]
    ) -> None:
        """Draw the picture at a time of the common clock, with the clips' frames at that time."""
        a_s, b_s = (float(at[0]) for at in self._clock.times(np.asarray([common_s])))
        places = self._sheet.paint(picture, common_s, (a_s, b_s))
        for i, (place, other_s) in enumerate(zip(places, (b_s, a_s), strict=True)):
            place[:] = backdrops[i].picture(frames[i], self._fits[i])
            # The skeleton belongs to the visible frame, not to the time between two frames.
            self._panels[i].draw(place, frames[i].time_s, other_s)


def _frames_at(reader: ClipReader, times_s: Array) -> Iterator[Frame]:
    """The frame nearest to each of the ascending times.

    Raises:
        ClipError: the clip has no frame there.
    """
    frames = reader.frames(float(times_s[0]) - 0.5, float(times_s[-1]) + 0.5)
    shown = next(frames, None)
    if shown is None:
        raise ClipError(f"{reader.info.path.name} has no frame at {times_s[0]:.1f} s; is it the whole clip that was analysed?")
    following = next(frames, None)
    for wanted in times_s:
        while following is not None and abs(following.time_s - wanted) <= abs(shown.time_s - wanted):
            shown, following = following, next(frames, None)
        yield shown

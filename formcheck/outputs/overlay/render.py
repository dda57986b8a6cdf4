"""Annotating pictures: lifter and panel, `render_video` for a whole clip in overlapping threads, and pictures of findings."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain, takewhile
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.errors import ClipError, output_error
from formcheck.lifts.exercise import Focus, Shot
from formcheck.options import END, START, Encoder, PanelPlace, Style
from formcheck.outputs.overlay.draw import SEVERITY_COLOURS
from formcheck.outputs.overlay.figure import Figure
from formcheck.outputs.overlay.layout import Layout, plan
from formcheck.outputs.overlay.lettering import Lettering
from formcheck.outputs.overlay.panel import Line, Panel
from formcheck.outputs.overlay.scene import Card, Moment, Scene
from formcheck.outputs.shown import (
    Place,
    drawn_side,
    exercise_title,
    focus_of,
    gaps_between,
    joined,
    joined_times,
    place_at,
    regions_of,
    reps_of,
    shown_span,
)
from formcheck.outputs.words import beside_limit, grouped
from formcheck.results.analysis import Analysis, Finding
from formcheck.results.catalogue import main_signal
from formcheck.runtime.files import write_bytes
from formcheck.video.colours import written_tags
from formcheck.video.frame import Frame
from formcheck.video.reader import ClipReader
from formcheck.video.sampling import DRAWN_HZ, drawn_frames
from formcheck.video.writer import Canvas, Paintable, Picture, Planes, VideoWriter, YuvConverter, even_aligned

T = TypeVar("T")

#: Queue length: enough to even out slow frames at little memory.
ROOM = 3


def ahead(items: Iterable[T], room: int = ROOM) -> Generator[T, None, None]:
    """The items, prefetched by a thread, whose errors are raised here.

    Close the iterator (`contextlib.closing`) when it is not exhausted: that ends the thread.
    """
    rest, end = iter(items), object()
    with ThreadPoolExecutor(1) as thread:
        waiting: deque[Future[T | object]] = deque(thread.submit(next, rest, end) for _ in range(room))
        try:
            while (item := waiting.popleft().result()) is not end:
                waiting.append(thread.submit(next, rest, end))
                yield item  # type: ignore[misc]
        finally:
            thread.shutdown(cancel_futures=True)


class Behind(Generic[T]):
    """A worker thread that handles items in order; use it as a context manager.

    Errors of that thread are raised by a later `put` or at the end. After an error in the caller, waiting items are dropped.
    """

    def __init__(self, work: Callable[[T], None], room: int = ROOM) -> None:
        self._work, self._room = work, room
        self._thread = ThreadPoolExecutor(1)
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> Behind[T]:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        try:
            while kind is None and self._waiting:
                self._waiting.popleft().result()
        finally:
            self._thread.shutdown(cancel_futures=True)

    def put(self, item: T) -> None:
        """Queue an item; blocks while the queue is full."""
        while len(self._waiting) > self._room:
            self._waiting.popleft().result()
        self._waiting.append(self._thread.submit(self._work, item))


def with_next(items: Iterable[T]) -> Iterator[tuple[T, T | None]]:
    """Each item with the one after it; None after the last."""
    before: T | None = None
    for item in items:
        if before is not None:
            yield before, item
        before = item
    if before is not None:
        yield before, None


#: So long before and after its moment the figure of a finding is shown, seconds of the lifter.
FIGURE_S = 0.6
#: Size of a snapshot relative to the lifter.
CLOSE_UP = 1.35


class Painter:
    """Draws lifter and panel onto pictures of the clip."""

    def __init__(
        self, size: tuple[int, int], shots: Sequence[Shot], analysis: Analysis, focus: Focus, style: Style,
        *, full_size: bool = False, panel: PanelPlace = "auto",
    ) -> None:  # fmt: skip
        self.layout = plan(*size, style, full_size=full_size, panel=panel)
        self.scene = Scene(analysis, reps_of(shots), gaps_between(shots))
        letters = Lettering()
        self._shots = shots
        self._figures = [Figure(shot, analysis, focus, self.layout.scale, self.layout.unit, letters) for shot in shots]
        values = joined(shots, lambda shot: main_signal(focus.series, shot.motion, drawn_side(shot)).values)
        line = Line(joined_times(shots), values, *shown_span(shots, analysis))
        self._panel = Panel(self.layout, self.scene, focus, _title(analysis), line, letters)
        self._area = np.zeros((self.layout.picture.height, self.layout.picture.width, 3), dtype=np.uint8)
        self._paintable = Paintable()

    def paint(
        self, planes: Planes, time_s: float, finding: Finding | None = None, *, replay: bool = False
    ) -> None:
        """Annotate a picture of the written video that already contains the clip's picture.

        Only the part around the lifter is converted to RGB. `finding` replaces the scheduled one (in a replay).
        """
        moment, card = self._now(time_s, finding)
        place = place_at(self._shots, time_s)
        picture = planes.part(*self.layout.picture.edges)
        said = bool(self._said(card, time_s))
        reach = self._figures[place.shot].reach(place.frame, moment, said=said) if place.shown else None
        if reach is not None:
            left, top, right, bottom = edges = even_aligned(*reach, picture.size)
            if right > left and bottom > top:
                self._paintable.to_rgb(picture.part(*edges), self._area[top:bottom, left:right])
                self._draw(place, moment, card, time_s)
                self._paintable.to_planes(self._area[top:bottom, left:right], picture.part(*edges))
        self._panel.draw(planes.part(*self.layout.panel.edges), time_s, moment, card, replay)

    def snapshot(self, planes: Planes, time_s: float, finding: Finding | None) -> Picture:
        """The part of the picture in `planes` around the lifter, annotated, in RGB; `planes` are not changed."""
        self._paintable.to_rgb(planes.part(*self.layout.picture.edges), self._area)
        moment, card = self._now(time_s, finding)
        place, shown = place_at(self._shots, time_s), self.close_up(time_s)
        if place.shown:
            self._draw(place, moment, card, time_s, shown)
        left, top, right, bottom = shown
        return self._area[top:bottom, left:right]

    def _now(self, time_s: float, finding: Finding | None) -> tuple[Moment, Card | None]:
        card = Card(finding, time_s, time_s) if finding else self.scene.card(time_s)
        return self.scene.moment(time_s), card

    @staticmethod
    def _said(card: Card | None, time_s: float) -> str:
        """What stands at the part of the body that the shown finding is about, around its moment."""
        if card is None or card.finding.severity == "info" or abs(time_s - card.finding.time_s) > FIGURE_S:
            return ""
        return beside_limit(card.finding)

    def _draw(
        self, place: Place, moment: Moment, card: Card | None, time_s: float, within: tuple[int, int, int, int] | None = None
    ) -> None:
        accused = card is not None and card.finding.severity != "info" and not card.is_past(moment)
        marks = regions_of(self.scene.analysis.exercise.name, card.finding.rule) if card and accused else ()
        colour = SEVERITY_COLOURS[card.finding.severity] if card else SEVERITY_COLOURS["info"]
        self._figures[place.shot].draw(self._area, place.frame, moment, marks, colour, self._said(card, time_s), within)

    def close_up(self, time_s: float) -> tuple[int, int, int, int]:
        """The part of the picture around the lifter at a time as (left, top, right, bottom), 4:3 if there is room."""
        height, width = self._area.shape[:2]
        place = place_at(self._shots, time_s)
        points = self._shots[place.shot].motion.body.points[place.frame] * self.layout.scale
        points = points[np.isfinite(points).all(axis=1)]
        if not len(points):
            return 0, 0, width, height
        low, high = points.min(axis=0), points.max(axis=0)
        around = (high - low) + (CLOSE_UP - 1) * (high - low).max()
        tall = min(float(height), around[1])
        wide = min(float(width), max(around[0], tall * 4 / 3))
        tall = min(float(height), max(tall, wide * 3 / 4))
        left = float(np.clip((low[0] + high[0]) / 2 - wide / 2, 0, width - wide))
        top = float(np.clip((low[1] + high[1]) / 2 - tall / 2, 0, height - tall))
        return int(left), int(top), int(left + wide), int(top + tall)


def _title(analysis: Analysis) -> str:
    """The exercise, and of a clip with several sets which one is drawn."""
    which = f" · set {analysis.set_number} of {len(analysis.sets)}" if analysis.sets else ""
    return exercise_title(analysis.exercise) + which


#: Time before and after a fault in its replay, in the lifter's seconds, and the factor by which it is slower.
REPLAY_BEFORE_S, REPLAY_AFTER_S, REPLAY_SLOWER = 0.9, 0.5, 4.0
#: Long side of a snapshot, pixels.
SNAPSHOT_LONG_SIDE = 1280


def render_video(
    reader: ClipReader,
    shots: Sequence[Shot],
    analysis: Analysis,
    out: Path,
    *,
    style: Style = "full",
    full_size: bool = False,
    panel: PanelPlace = "auto",
    full_rate: bool = False,
    encoder: Encoder = "x264",
    slow_faults: bool = False,
    snapshots: Path | None = None,
    progress: Callable[[float], None] | None = None,
) -> float:
    """Write the annotated clip to `out`, with its own speed and sound, and text beside or below the picture.

    Args:
        reader: the opened clip, limited to the analysed part.
        shots: the analysed shots in order of time, at least one.
        style: "full" (skeleton and panel) or "minimal" (skeleton, rep count and findings).
        full_size: keep the size of large clips.
        panel: where the text goes; "below" is legible on a phone held upright, "auto" depends on the clip's shape.
        full_rate: keep all pictures; else at most 30 a second, except in slow motion.
        encoder: "hardware" encodes on the graphics hardware where it can.
        slow_faults: replay the worst moment of each fault at quarter speed after the clip.
        snapshots: folder for a PNG of every finding, named by `snapshot_name`; created if missing.
        progress: called with the progress, 0-1.

    Returns:
        The lifter's time of the video's first picture. All pictures keep their timing.

    Raises:
        ClipError: the wanted part of the clip has no frame, or the file changed meanwhile.
        OutputError: the video or a snapshot cannot be written; nothing is left behind.
    """
    info = reader.info
    focus = focus_of(analysis)
    painter = Painter((info.width, info.height), shots, analysis, focus, style, full_size=full_size, panel=panel)
    wanted = snapshots_wanted(analysis, snapshots)
    fps = info.fps / info.slow_motion if info.fps > 0 else 30.0
    fps = fps if full_rate or info.slow_motion != 1 else min(fps, DRAWN_HZ)
    first, frames = _begun(reader, full_rate=full_rate)
    layout = painter.layout
    sound_from_s = reader.origin_s + first.time_s * info.slow_motion
    with single_threaded(), VideoWriter(
        out, layout.width, layout.height, fps, tags=written_tags(first.source),
        sound=info.path if info.has_audio else None, sound_from_s=sound_from_s,
        hardware=encoder == "hardware",
    ) as writer, reader.unchanged():  # fmt: skip
        canvases = Canvases(layout)
        last_s = first.time_s

        def write(ready: tuple[Canvas, float]) -> None:
            writer.write_canvas(*ready)
            canvases.free(ready[0])

        with Behind(write) as written:
            with closing(ahead(canvases.filled(frames))) as pictures:
                for (canvas, time_s), following in with_next(pictures):
                    while wanted and (following is None or following[1] > wanted[0][0].time_s):
                        finding, path = wanted.pop(0)
                        save_snapshot(painter.snapshot(canvas.planes, time_s, finding), path)
                    painter.paint(canvas.planes, time_s)
                    written.put((canvas, (time_s - first.time_s) * info.slow_motion))
                    last_s = time_s
                    if progress is not None:
                        progress(min(1.0, time_s / max(info.duration_s, 1e-6)))
            if slow_faults:
                at_s = (last_s - first.time_s) * info.slow_motion + 1 / fps
                _write_replays(reader, painter, canvases, written, at_s)
    return first.time_s


@contextmanager
def single_threaded() -> Iterator[None]:
    """Run OpenCV without threads, which would compete with decoding and encoding."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def _begun(reader: ClipReader, *, full_rate: bool) -> tuple[Frame, Iterator[Frame]]:
    """The first frame to draw, and all of them with it."""
    frames = reader.frames() if full_rate else drawn_frames(reader)
    first = next(frames, None)
    if first is None:
        raise ClipError(f"{reader.info.path.name} has no frame in the wanted part; check {START} and {END}.", START, END)
    return first, chain([first], frames)


class Canvases:
    """Reusable buffers for pictures of the written video."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._free: SimpleQueue[Canvas] = SimpleQueue()

    def filled(self, frames: Iterable[Frame]) -> Iterator[tuple[Canvas, float]]:
        """A canvas with the clip's picture, and the time, of each frame."""
        buffer = YuvConverter()
        for frame in frames:
            try:
                canvas = self._free.get_nowait()
            except Empty:
                canvas = Canvas(self._layout.width, self._layout.height)
            buffer.put(frame, canvas.planes.part(*self._layout.picture.edges))
            yield canvas, frame.time_s

    def free(self, canvas: Canvas) -> None:
        """Release a canvas for reuse."""
        self._free.put(canvas)


@dataclass(frozen=True)
class Replay:
    """A part of the clip to replay, in the lifter's seconds, with its faults."""

    start_s: float
    end_s: float
    findings: tuple[Finding, ...]

    def finding(self, time_s: float) -> Finding:
        """The fault shown at a time; each gets an equal share of the replay."""
        share = (time_s - self.start_s) / max(self.end_s - self.start_s, 1e-6)
        return self.findings[min(int(max(share, 0.0) * len(self.findings)), len(self.findings) - 1)]


def replays(findings: Sequence[Finding]) -> list[Replay]:
    """The parts to replay in order of time: the worst moment of each fault, merged where they overlap."""
    result: list[Replay] = []
    worst = [group[0] for group in grouped(findings) if group[0].severity == "fault"]
    for finding in sorted(worst, key=lambda finding: finding.time_s):
        start, end = finding.time_s - REPLAY_BEFORE_S, finding.time_s + REPLAY_AFTER_S
        if result and start < result[-1].end_s:
            last = result.pop()
            result.append(Replay(last.start_s, max(end, last.end_s), (*last.findings, finding)))
        else:
            result.append(Replay(start, end, (finding,)))
    return result


def _write_replays(
    reader: ClipReader, painter: Painter, canvases: Canvases, written: Behind[tuple[Canvas, float]], at_s: float
) -> None:
    shown = replays(painter.scene.analysis.findings)
    if not shown:
        return
    frames = (
        frame
        for frame in takewhile(lambda frame: frame.time_s <= shown[-1].end_s, reader.frames())
        if any(replay.start_s <= frame.time_s <= replay.end_s for replay in shown)
    )
    slower = reader.info.slow_motion * REPLAY_SLOWER
    step = slower / max(reader.info.fps, 1.0)
    before: tuple[Replay, float] | None = None
    with closing(ahead(canvases.filled(frames))) as pictures:
        for canvas, time_s in pictures:
            replay = next(replay for replay in shown if time_s <= replay.end_s)
            at_s += step if before is None or before[0] is not replay else (time_s - before[1]) * slower
            before = replay, time_s
            painter.paint(canvas.planes, time_s, replay.finding(time_s), replay=True)
            written.put((canvas, at_s))


def snapshot_name(index: int, finding: Finding) -> str:
    """File name of a finding's picture: its number in `Analysis.findings` from 1, the rep and the rule."""
    rule = "".join(c if c.isalnum() or c in "_-" else "_" for c in finding.rule)
    return f"finding-{index:02d}-rep{finding.rep}-{rule}.png"


def snapshots_wanted(analysis: Analysis, folder: Path | None) -> list[tuple[Finding, Path]]:
    if folder is None or not analysis.findings:
        return []
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(folder, error) from None
    named = [(finding, folder / snapshot_name(i, finding)) for i, finding in enumerate(analysis.findings, start=1)]
    return sorted(named, key=lambda pair: pair[0].time_s)


def save_snapshot(picture: Picture, path: Path) -> None:
    """Write an RGB picture as a PNG of at most `SNAPSHOT_LONG_SIDE` pixels.

    Raises:
        OutputError: it cannot be written; nothing is left behind.
    """
    share = SNAPSHOT_LONG_SIDE / max(picture.shape[:2])
    bgr: Any = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    if share < 1:
        bgr = cv2.resize(bgr, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".png", bgr)
    write_bytes(path, data.tobytes())


# Pictures of the findings without the video.

def render_snapshots(
    reader: ClipReader,
    shots: Sequence[Shot],
    analysis: Analysis,
    folder: Path,
    *,
    style: Style = "full",
    progress: Callable[[float], None] | None = None,
) -> None:
    """Write a PNG of every finding into `folder`, named by `snapshot_name`; only pictures near them are decoded."""
    info = reader.info
    wanted = snapshots_wanted(analysis, folder)
    if not wanted:
        return
    painter = Painter((info.width, info.height), shots, analysis, focus_of(analysis), style)
    canvases = Canvases(painter.layout)
    times = sorted({finding.time_s for finding, _ in wanted})
    for place, time_s in enumerate(times, 1):
        for canvas, shown_s in canvases.filled(reader.frames_near([time_s])):
            for finding, path in wanted:
                if finding.time_s == time_s:
                    save_snapshot(painter.snapshot(canvas.planes, shown_s, finding), path)
            canvases.free(canvas)
        if progress is not None:
            progress(place / len(times))


# One annotated picture of a clip, at a finding or at the turn of a rep.

def draw_still(
    reader: ClipReader, shots: Sequence[Shot], analysis: Analysis, finding: Finding | None = None
) -> NDArray[np.uint8]:
    """(H, W, 3) RGB picture of the lifter, annotated, at `finding`, or by default at the turn of the first rep.

    Raises:
        ClipError: the clip has no picture there.
    """
    time_s = analysis.reps[0].turn_s if finding is None else finding.time_s
    painter = Painter((reader.info.width, reader.info.height), shots, analysis, focus_of(analysis), "full")
    for canvas, _ in Canvases(painter.layout).filled(reader.frames_near([time_s])):
        return np.array(painter.snapshot(canvas.planes, time_s, finding))
    raise ClipError(f"{reader.info.path.name} has no picture at {time_s:.1f} s; is it the clip that was analysed?")

"""`render_video`: the annotated video, from a clip and what is known about it. The pose is never estimated again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.analysis import Analysis, Finding
from formcheck.errors import ClipError
from formcheck.exercises import FilmedSet
from formcheck.exercises.focus import Focus
from formcheck.report.focus import drawn_side, exercise_title, focus_of, main_series, regions_of
from formcheck.report.overlay.figure import Figure
from formcheck.report.overlay.layout import plan
from formcheck.report.overlay.lettering import Lettering
from formcheck.report.overlay.palette import SEVERITY_COLOURS
from formcheck.report.overlay.panel import Panel
from formcheck.report.overlay.scene import Card, Scene
from formcheck.report.overlay.strip import Line
from formcheck.report.takes import gaps_between, joined, joined_times, place_at, reps_of, shown_span
from formcheck.video.pictures import PictureBuffer
from formcheck.video.reader import ClipReader
from formcheck.video.writer import VideoWriter

Picture = NDArray[np.uint8]
Style = Literal["full", "minimal"]

#: A replay shows this much before and after a fault, in the lifter's seconds, so many times slower.
REPLAY_BEFORE_S, REPLAY_AFTER_S, REPLAY_SLOWER = 0.9, 0.5, 4.0
#: A snapshot shows so many times the lifter's size.
CLOSE_UP = 1.35
#: Long side of a snapshot in pixels: sharp on a page, small on a disk.
SNAPSHOT_LONG_SIDE = 1280


class Painter:
    """Turns a clip's picture at a time into the annotated one. Not a drawing of the text alone: the lifter too."""

    def __init__(
        self, size: tuple[int, int], takes: Sequence[FilmedSet], analysis: Analysis, focus: Focus, style: Style
    ) -> None:
        self.layout = plan(*size, style)
        self.scene = Scene(analysis, reps_of(takes), gaps_between(takes))
        letters = Lettering()
        self._takes = takes
        self._figures = [Figure(take, analysis, focus, self.layout.scale, self.layout.unit, letters) for take in takes]
        values = joined(takes, lambda take: main_series(take.motion, focus, drawn_side(take)))
        line = Line(joined_times(takes), values, *shown_span(takes, analysis))
        self._panel = Panel(self.layout, self.scene, focus, exercise_title(analysis.exercise), line, letters)
        self._canvas = np.zeros((self.layout.height, self.layout.width, 3), dtype=np.uint8)

    @property
    def area(self) -> Picture:
        """Where the clip's picture goes: fill it before `paint`."""
        box = self.layout.picture
        return self._canvas[: box.height, : box.width]

    def paint(
        self, time_s: float, finding: Finding | None = None, *, replay: bool = False
    ) -> Picture:
        """Annotate the picture that is in `area`; the array is used again by the next call.

        `finding` is shown instead of the one whose turn it is (in a replay or a snapshot).
        """
        target = self.area
        moment = self.scene.moment(time_s)
        card = Card(finding, time_s, time_s) if finding else self.scene.card(time_s)
        place = place_at(self._takes, time_s)
        if place.shown:
            accused = card is not None and card.finding.severity != "info"
            marks = regions_of(self.scene.analysis.exercise.name, card.finding.rule) if card and accused else ()
            colour = SEVERITY_COLOURS[card.finding.severity] if card else SEVERITY_COLOURS["info"]
            self._figures[place.take].draw(target, place.frame, moment, marks, colour)
        self._panel.draw(self._canvas, time_s, moment, card, replay)
        return self._canvas

    def close_up(self, time_s: float) -> Picture:
        """The part of the picture around the lifter at a time, as a view: a landscape one of 4:3 where there is room."""
        height, width = self.area.shape[:2]
        place = place_at(self._takes, time_s)
        points = self._takes[place.take].motion.body.points[place.frame] * self.layout.scale
        points = points[np.isfinite(points).all(axis=1)]
        if not len(points):
            return self.area
        low, high = points.min(axis=0), points.max(axis=0)
        around = (high - low) + (CLOSE_UP - 1) * (high - low).max()
        tall = min(float(height), around[1])
        wide = min(float(width), max(around[0], tall * 4 / 3))
        tall = min(float(height), max(tall, wide * 3 / 4))
        left = float(np.clip((low[0] + high[0]) / 2 - wide / 2, 0, width - wide))
        top = float(np.clip((low[1] + high[1]) / 2 - tall / 2, 0, height - tall))
        return self.area[int(top) : int(top + tall), int(left) : int(left + wide)]


def render_video(
    reader: ClipReader,
    takes: Sequence[FilmedSet],
    analysis: Analysis,
    out: Path,
    *,
    style: Style = "full",
    slow_faults: bool = False,
    snapshots: Path | None = None,
    progress: Callable[[float], None] | None = None,
    focus: Focus | None = None,
) -> float:
    """Write the annotated clip to `out`: its own timing and sound, all text beside or below the picture.

    Args:
        reader: the opened clip, with the same part of it that was analysed.
        takes: the analysed shots in order of time, at least one; the lifter is drawn in these.
        style: "full" (skeleton and panel) or "minimal" (skeleton, rep count and findings).
        slow_faults: replay every fault at quarter speed after the clip.
        snapshots: folder for a PNG of every finding, named by `snapshot_name`; made when it is not there.
        progress: called with the share of the clip that is done, 0-1.
        focus: what to draw; by default that of the analysed exercise.

    Returns the lifter's time of the video's first picture, which is the reader's first frame. The clip's frames and
    their timing are kept as they are: nothing is frozen or left out.

    Raises:
        ClipError: the wanted part of the clip has no frame.
        UsageError: `out` cannot be written.
    """
    info = reader.info
    focus = focus or focus_of(analysis.exercise.name)
    painter = Painter((info.width, info.height), takes, analysis, focus, style)
    wanted = _snapshots_wanted(analysis, snapshots)
    slower = info.slow_motion
    fps = info.fps / slower if info.fps > 0 else 30.0
    sound = info.path if info.has_audio else None
    layout = painter.layout
    frames = reader.frames()
    frame = next(frames, None)
    if frame is None:
        raise ClipError(f"{info.path.name} has no frame in the wanted part; check --start and --end.")
    first_s = last_s = frame.time_s
    sound_from_s = reader.origin_s + first_s * slower
    buffer = PictureBuffer()
    buffer.copy(frame, painter.area)
    with VideoWriter(
        out, layout.width, layout.height, fps, tags=buffer.tags, sound=sound, sound_from_s=sound_from_s
    ) as writer:
        while frame is not None:
            last_s, shown = frame.time_s, frame
            buffer.copy(shown, painter.area)
            writer.write(painter.paint(last_s), (last_s - first_s) * slower)
            frame = next(frames, None)
            while wanted and (frame is None or frame.time_s > wanted[0][0].time_s):
                finding, path = wanted.pop(0)
                buffer.copy(shown, painter.area)
                painter.paint(last_s, finding)
                save_snapshot(painter.close_up(last_s), path)
            if progress is not None:
                progress(min(1.0, last_s / max(info.duration_s, 1e-6)))
        at_s = (last_s - first_s) * slower
        if slow_faults:
            _write_replays(reader, painter, buffer, writer, at_s + 1 / fps)
    return first_s


@dataclass(frozen=True)
class Replay:
    """A part of the clip to show again, in the lifter's seconds, with the faults that fall into it."""

    start_s: float
    end_s: float
    findings: tuple[Finding, ...]

    def finding(self, time_s: float) -> Finding:
        """Which fault is shown at a time: each has its equal share of the part."""
        share = (time_s - self.start_s) / max(self.end_s - self.start_s, 1e-6)
        return self.findings[min(int(max(share, 0.0) * len(self.findings)), len(self.findings) - 1)]


def replays(findings: Sequence[Finding]) -> list[Replay]:
    """The parts to show again in order of time: around every fault, those that overlap joined into one."""
    result: list[Replay] = []
    for finding in sorted((f for f in findings if f.severity == "fault"), key=lambda f: f.time_s):
        start, end = finding.time_s - REPLAY_BEFORE_S, finding.time_s + REPLAY_AFTER_S
        if result and start < result[-1].end_s:
            last = result.pop()
            result.append(Replay(last.start_s, max(end, last.end_s), (*last.findings, finding)))
        else:
            result.append(Replay(start, end, (finding,)))
    return result


def _write_replays(
    reader: ClipReader, painter: Painter, buffer: PictureBuffer, writer: VideoWriter, at_s: float
) -> None:
    pending = replays(painter.scene.analysis.findings)
    slower = reader.info.slow_motion * REPLAY_SLOWER
    step = slower / max(reader.info.fps, 1.0)
    before: float | None = None
    for frame in reader.frames() if pending else ():
        if pending and frame.time_s > pending[0].end_s:
            pending.pop(0)
            before = None
        if not pending:
            return
        if frame.time_s < pending[0].start_s:
            continue
        at_s += step if before is None else (frame.time_s - before) * slower
        before = frame.time_s
        finding = pending[0].finding(frame.time_s)
        buffer.copy(frame, painter.area)
        writer.write(painter.paint(frame.time_s, finding, replay=True), at_s)


def snapshot_name(index: int, finding: Finding) -> str:
    """File name of a finding's picture: its place in `Analysis.findings` from 1, the rep and the rule."""
    rule = "".join(c if c.isalnum() or c in "_-" else "_" for c in finding.rule)
    return f"finding-{index:02d}-rep{finding.rep}-{rule}.png"


def _snapshots_wanted(analysis: Analysis, folder: Path | None) -> list[tuple[Finding, Path]]:
    if folder is None or not analysis.findings:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    named = [(finding, folder / snapshot_name(i, finding)) for i, finding in enumerate(analysis.findings, start=1)]
    return sorted(named, key=lambda pair: pair[0].time_s)


def save_snapshot(picture: Picture, path: Path) -> None:
    """Write an RGB picture as a PNG of at most `SNAPSHOT_LONG_SIDE` pixels."""
    share = SNAPSHOT_LONG_SIDE / max(picture.shape[:2])
    bgr: Any = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    if share < 1:
        bgr = cv2.resize(bgr, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".png", bgr)
    if done:
        path.write_bytes(data.tobytes())

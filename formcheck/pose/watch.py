"""One pass over a clip's pictures: each sampled frame is cut small, shown to the model, and to whoever else looks at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.detector import Detection
from formcheck.pose.locate import PICTURE_SIZE, Located, placed
from formcheck.pose.pool import PoseJob, PosePool
from formcheck.video import ClipReader, Frame
from formcheck.video.convert import Cutout
from formcheck.video.survey import Changes, Plan

Progress = Callable[[str, float], None]


class SurpriseError(Exception):
    """The frames are not those that were planned for, or a cut was passed where none was expected."""


class Companion(Protocol):
    """Looks at the pictures of a pass for other things than people."""

    def begin(self, located: list[Located], size: tuple[int, int], step_s: float) -> None:
        """A pass begins over pictures of a size, sampled every `step_s`; what an earlier one showed is forgotten."""

    def frame(self, row: int, shot: int, frame: Frame) -> None:
        """Sample `row` has been decoded."""

    def seen(self, row: int, shot: int, time_s: float, detections: list[Detection]) -> None:
        """The people in a sample, in pixels of the whole picture; samples come in their order."""


@dataclass(frozen=True)
class _Sample:
    """Which sample a picture belongs to, and which part of the whole it shows."""

    row: int
    shot: int
    time_s: float
    part: Cutout


def watch(
    reader: ClipReader,
    pool: PosePool,
    plan: Plan,
    shot: NDArray[np.int64],
    located: list[Located],
    companion: Companion | None,
    report: Progress,
    changes: Changes | None = None,
) -> list[list[Detection]]:
    """The people in every sample of the plan, in pixels of the whole picture.

    Args:
        shot: (S,) number of the shot of each sample; `located` has them by number.
        changes: takes note of how much the pictures change; the pass then expects a single shot.

    Raises:
        SurpriseError: with `changes`, when a cut was passed or the frames are not the planned ones.
        PoseCrashError: MediaPipe aborted on this clip.
    """
    times = plan.times[plan.samples]
    if companion is not None:
        step_s = float(np.median(np.diff(times))) if len(times) > 1 else 0.1
        companion.begin(located, (reader.info.width, reader.info.height), step_s)
    people: list[list[Detection]] = [[] for _ in plan.samples]
    for sample, found in pool.map(_jobs(reader, plan, shot, located, companion, changes)):
        people[sample.row] = [placed(detection, sample.part) for detection in found]
        if companion is not None:
            companion.seen(sample.row, sample.shot, sample.time_s, people[sample.row])
        report("watching", (sample.row + 1) / len(people))
    return people


def _jobs(
    reader: ClipReader,
    plan: Plan,
    shot: NDArray[np.int64],
    located: list[Located],
    companion: Companion | None,
    changes: Changes | None,
) -> Iterator[PoseJob[_Sample]]:
    rows = {int(frame): row for row, frame in enumerate(plan.samples)}
    number = -1
    for number, frame in enumerate(reader.frames()):
        if changes is not None:
            if number >= len(plan.times) or frame.time_s != plan.times[number]:
                raise SurpriseError
            changes.add(number, frame)
            if changes.cut_passed():
                raise SurpriseError
        row = rows.get(number)
        if row is None:
            continue
        place = located[int(shot[row])]
        crop = place.shot.crop
        if crop is None:
            continue
        part = frame.cut(crop, min(1.0, PICTURE_SIZE / max(crop[2] - crop[0], crop[3] - crop[1])))
        if companion is not None:
            companion.frame(row, int(shot[row]), frame)
        yield PoseJob(
            _Sample(row, int(shot[row]), frame.time_s, part), part.picture, place.shot.turns, place.people_at(frame.time_s)
        )
    if changes is not None and number + 1 != len(plan.times):
        raise SurpriseError

"""One pass over a clip's pictures: each sampled frame is cut small, shown to the model, and to whoever else looks at it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.curves import CompactOutline
from formcheck.pose.detection import Detection
from formcheck.pose.locate import PICTURE_SIZE, Located, placed
from formcheck.pose.pool import PosePool, PoseRun
from formcheck.video import ClipReader, Frame
from formcheck.video.convert import Cutout
from formcheck.video.plan import Plan
from formcheck.video.survey import Changes

#: Pictures that a worker gets at once.
RUN = 16

Progress = Callable[[str, float], None]


class SurpriseError(Exception):
    """The frames are not those that were planned for, or a cut was passed where none was expected."""


class Companion(Protocol):
    """Looks at the pictures of a pass for other things than people."""

    def begin(self, located: list[Located], size: tuple[int, int], step_s: float) -> None:
        """A pass begins over pictures of a size, sampled every `step_s`; what an earlier one showed is forgotten."""

    def frame(self, row: int, shot: int, frame: Frame, part: Cutout) -> None:
        """Sample `row` has been decoded; `part` is what the model is shown of it."""

    def seen(self, row: int, shot: int, time_s: float, detections: list[Detection] | None) -> None:
        """The people in a sample, in pixels of the whole picture, None when it was left out; samples come in their order."""


@dataclass(frozen=True)
class _Sample:
    """Which sample a picture belongs to, and which part of the whole it shows."""

    row: int
    shot: int
    turns: int
    people: int
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
    *,
    thin: bool = False,
) -> list[list[Detection] | None]:
    """The people in every sample of the plan, in pixels of the whole picture; None where it was left out.

    Args:
        shot: (S,) number of the shot of each sample; `located` has them by number.
        changes: takes note of how much the pictures change; the pass then expects a single shot.
        thin: leave out samples in which little happens.

    Raises:
        SurpriseError: with `changes`, when a cut was passed or the frames are not the planned ones.
        PoseCrashError: the pose model aborted on this clip.
    """
    times = plan.times[plan.samples]
    if companion is not None:
        step_s = float(np.median(np.diff(times))) if len(times) > 1 else 0.1
        companion.begin(located, (reader.info.width, reader.info.height), step_s * (2 if thin else 1))
    # A shot without a lifter keeps its samples, with nobody in them.
    people: list[list[Detection] | None] = [[] for _ in plan.samples]
    samples = _pictures(reader, plan, shot, located, companion, changes)
    for sample, found in pool.map_runs(_runs(samples, thin=thin)):
        seen = None if found is None else [_kept(placed(detection, sample.part)) for detection in found]
        people[sample.row] = seen
        if companion is not None:
            companion.seen(sample.row, sample.shot, sample.time_s, seen)
        report("watching", (sample.row + 1) / len(people))
    return people


def _kept(detection: Detection) -> Detection:
    """As it is kept until the whole clip has been seen: half an hour of outlines would fill the memory."""
    return replace(detection, outline=CompactOutline.of(detection.outline))


def _runs(samples: Iterable[_Sample], *, thin: bool) -> Iterator[PoseRun[_Sample]]:
    """Samples that follow each other, of one shot and with as many people."""
    for (_, turns, people), same in itertools.groupby(samples, lambda sample: (sample.shot, sample.turns, sample.people)):
        for run in batched(same, RUN):
            times = np.array([sample.time_s for sample in run])
            yield PoseRun(run, [sample.part.picture for sample in run], times, turns, people, thin)


def batched(things: Iterable[_Sample], count: int) -> Iterator[list[_Sample]]:
    """Lists of `count` things one after the other, the last one shorter."""
    rest = iter(things)
    while run := list(itertools.islice(rest, count)):
        yield run


def _pictures(
    reader: ClipReader,
    plan: Plan,
    shot: NDArray[np.int64],
    located: list[Located],
    companion: Companion | None,
    changes: Changes | None,
) -> Iterator[_Sample]:
    rows = {int(frame): row for row, frame in enumerate(plan.samples)}
    failures, number = reader.failures, -1
    for number, frame in enumerate(reader.frames(sparing=plan.sparing)):
        if changes is not None and not plan.promised(number, frame):
            raise SurpriseError
        if number >= len(plan.passed):
            return
        planned = int(plan.passed[number])
        if changes is not None:
            changes.add(planned, frame)
            if changes.cut_passed():
                raise SurpriseError
        row = rows.get(planned)
        if row is None:
            continue
        place = located[int(shot[row])]
        crop = place.shot.crop
        if crop is None:
            continue
        part = frame.cut(crop, min(1.0, PICTURE_SIZE / max(crop[2] - crop[0], crop[3] - crop[1])))
        if companion is not None:
            companion.frame(row, int(shot[row]), frame, part)
        people = place.people_at(frame.time_s)
        yield _Sample(row, int(shot[row]), place.shot.turns, people, frame.time_s, part)
    if changes is not None and (reader.failures > failures or not changes.end(number + 1)):
        raise SurpriseError

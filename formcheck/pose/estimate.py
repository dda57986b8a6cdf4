"""The pose pass: every sampled frame is cropped and given to the model and to an observer; from a clip to its `PoseTrack`."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import ClipError
from formcheck.options import ReadingOptions
from formcheck.pose.detection import Detection, Outline
from formcheck.pose.geometry import on_its_side, stretches_out, upside_down
from formcheck.pose.lifter import ambiguous_lifter
from formcheck.pose.locate import PICTURE_SIZE, Located, locate_lifter, placed
from formcheck.pose.model import PoseModel
from formcheck.pose.outline import CompactOutline
from formcheck.pose.people import follow
from formcheck.pose.pool import PosePool, PoseRun
from formcheck.pose.track import PoseTrack, TrackKey, empty_arrays
from formcheck.pose.worker import DENSE_HZ, merged_repeats
from formcheck.video.frame import Cutout, Frame
from formcheck.video.reader import ClipInfo, ClipReader
from formcheck.video.sampling import CUT_DIFFERENCE, Changes, Plan, Survey, plan_clip, survey_clip

#: Number of pictures that a worker gets at once.
RUN = 16

Progress = Callable[[str, float], None]


class PassObserver(Protocol):
    """Receives the pictures of a pose pass, to look for other things than people."""

    def begin(self, located: list[Located], size: tuple[int, int], step_s: float) -> None:
        """Start a pass over pictures of `size`, sampled every `step_s` seconds, and discard earlier results."""

    def frame(self, row: int, shot: int, frame: Frame, part: Cutout) -> None:
        """Receive the decoded sample `row`; `part` is the crop that the model gets."""

    def people(self, row: int, shot: int, time_s: float, detections: list[Detection] | None) -> None:
        """Receive the people in a sample, in pixels of the whole picture (None: skipped); samples come in order."""


@dataclass(frozen=True)
class _Sample:
    """A sample, and the part of its picture that is given to the model."""

    row: int
    shot: int
    turns: int
    people: int
    time_s: float
    part: Cutout


def pose_pass(
    reader: ClipReader,
    pool: PosePool,
    plan: Plan,
    shot: NDArray[np.int64],
    located: list[Located],
    observer: PassObserver | None,
    report: Progress,
    changes: Changes | None = None,
    *,
    adaptive: bool = False,
) -> list[list[Detection] | None]:
    """The people in every sample of the plan, in pixels of the whole picture; None for skipped samples.

    Args:
        shot: (S,) number of the shot of each sample; `located` has them by number.
        changes: records changes between pictures; the pass then expects a single shot, and ends early (`changes.unexpected`)
            at a cut or if the frames are not the planned ones.
        adaptive: skip samples with little movement.

    Raises:
        PoseCrashError: the pose model aborted on this clip.
    """
    times = plan.times[plan.samples]
    if observer is not None:
        step_s = float(np.median(np.diff(times))) if len(times) > 1 else 0.1
        observer.begin(located, (reader.info.width, reader.info.height), step_s * (2 if adaptive else 1))
    # Shots without a lifter keep their samples, without people.
    people: list[list[Detection] | None] = [[] for _ in plan.samples]
    samples = _pictures(reader, plan, shot, located, observer, changes)
    for sample, found in pool.map_runs(_runs(samples, adaptive=adaptive)):
        seen = None if found is None else [_kept(placed(detection, sample.part)) for detection in found]
        people[sample.row] = seen
        if observer is not None:
            observer.people(sample.row, sample.shot, sample.time_s, seen)
        report("watching", (sample.row + 1) / len(people))
    return people


def _kept(detection: Detection) -> Detection:
    """The detection with its outline in compact form, to save memory in long clips."""
    return replace(detection, outline=CompactOutline.of(detection.outline))


def _runs(samples: Iterable[_Sample], *, adaptive: bool) -> Iterator[PoseRun[_Sample]]:
    """Consecutive samples of the same shot and number of people."""
    for (_, turns, people), same in itertools.groupby(samples, lambda sample: (sample.shot, sample.turns, sample.people)):
        for run in batched(same, RUN):
            times = np.array([sample.time_s for sample in run])
            yield PoseRun(run, [sample.part.picture for sample in run], times, turns, people, adaptive)


def batched(things: Iterable[_Sample], count: int) -> Iterator[list[_Sample]]:
    """Consecutive lists of `count` things; the last may be shorter."""
    rest = iter(things)
    while run := list(itertools.islice(rest, count)):
        yield run


def _pictures(
    reader: ClipReader,
    plan: Plan,
    shot: NDArray[np.int64],
    located: list[Located],
    observer: PassObserver | None,
    changes: Changes | None,
) -> Iterator[_Sample]:
    rows = {int(frame): row for row, frame in enumerate(plan.samples)}
    failures, number = reader.failures, -1
    for number, frame in enumerate(reader.frames(skip_nonref=plan.skip_nonref)):
        if changes is not None and not plan.promised(number, frame):
            changes.unexpected = True
            return
        if number >= len(plan.passed):
            return
        planned = int(plan.passed[number])
        if changes is not None:
            changes.add(planned, frame)
            if changes.cut_passed():
                changes.unexpected = True
                return
        row = rows.get(planned)
        if row is None:
            continue
        place = located[int(shot[row])]
        crop = place.shot.crop
        if crop is None:
            continue
        part = frame.cut(crop, min(1.0, PICTURE_SIZE / max(crop[2] - crop[0], crop[3] - crop[1])))
        if observer is not None:
            observer.frame(row, int(shot[row]), frame, part)
        people = place.people_at(frame.time_s)
        yield _Sample(row, int(shot[row]), place.shot.turns, people, frame.time_s, part)
    if changes is not None:
        changes.unexpected = reader.failures > failures or not changes.end(number + 1)


# From a clip to a `PoseTrack`: plan, locate the lifter, pose pass.

Times = NDArray[np.float64]
#: The people in every sample; None for skipped ones.
Seen = list[list[Detection] | None]

#: Pictures of the sparse pass that differ by this much show several scenes, so cuts are searched first. (A large moving lifter
#: changes the picture as much as a weak cut.)
OTHER_SCENE = 2 * CUT_DIFFERENCE


def track_key(info: ClipInfo, model: PoseModel, options: ReadingOptions) -> TrackKey:
    """The key of this clip's track with this model and these options."""
    return TrackKey(info.sha256, model.name, model.sha256, options)


def estimate_pose(
    reader: ClipReader,
    pool: PosePool,
    options: ReadingOptions,
    report: Progress = lambda what, share: None,
    observer: PassObserver | None = None,
) -> PoseTrack:
    """Find the lifter in every sampled frame of the clip.

    The clip is first taken as one continuous shot. If the sparse pass or the pose pass finds a cut, or other frames than the
    file's packets announce, the frames are surveyed and the pass is repeated shot by shot.

    `report` is called with the name of the current step and its progress, 0-1.

    Raises:
        ClipError: nobody was found, the lifter cannot be told from others, or no frame lies in the wanted part.
        PoseCrashError: the pose model aborted on this clip.
    """
    return _Estimation(reader, pool, options, report, observer).track()


@dataclass(frozen=True)
class _Estimation:
    """The arguments of `estimate_pose`, and its steps."""

    reader: ClipReader
    pool: PosePool
    options: ReadingOptions
    report: Progress
    observer: PassObserver | None

    def track(self) -> PoseTrack:
        plan = plan_clip(self.reader, self._rate_hz, self._reading)
        whole = self._upright(plan, self._locate(plan, plan.times[plan.samples]))
        self.report("finding the lifter", 1.0)
        return self._one_shot(plan, whole) or self._shot_by_shot(plan)

    @property
    def _rate_hz(self) -> float:
        return self.options.pose_rate_hz or DENSE_HZ

    def _share(self, time_s: float) -> float:
        return time_s / max(self.reader.info.duration_s, 1e-6)

    def _reading(self, time_s: float) -> None:
        self.report("reading", self._share(time_s))

    def _locate(self, plan: Plan, times: Times) -> Located:
        return locate_lifter(self.reader, times, self.pool, self.options.lifter, skip_nonref=plan.skip_nonref)

    def _upright(self, plan: Plan, whole: Located) -> Located:
        """Turn the clip over and locate the lifter again if it is upside down.

        Raises:
            ClipError: the picture lies on its side.
        """
        looks = np.array([] if whole.lifter is None else [detection.points for detection in whole.lifter.detections])
        if not len(looks) or not upside_down(looks):
            return whole
        aside = on_its_side(looks)
        if aside and stretches_out(looks):
            raise ClipError(
                f"the picture of {self.reader.info.path.name} lies on its side; turn the clip upright, as a phone's gallery"
                " can, and analyse it again."
            )
        if aside:  # lifters who sit with their feet up have them above the hips
            return whole
        self.reader.turn_over()
        return self._locate(plan, plan.times[plan.samples])

    def _pass(self, plan: Plan, shot: NDArray[np.int64], located: list[Located], changes: Changes | None = None) -> Seen:
        adaptive = self.options.pose_rate_hz is None
        return pose_pass(
            self.reader, self.pool, plan, shot, located, self.observer, self.report, changes, adaptive=adaptive
        )

    def _one_shot(self, plan: Plan, whole: Located) -> PoseTrack | None:
        """The track of a clip that is one continuous shot with one lifter; None if it is not."""
        if whole.change >= OTHER_SCENE or whole.lifter is None or whole.shot.rivals or whole.lifter_change is not None:
            return None
        changes = Changes(plan)
        people = self._pass(plan, np.zeros(len(plan.samples), dtype=np.int64), [whole], changes)
        if changes.unexpected:
            return None
        passed = changes.survey(self.reader.info)
        return None if passed.shot.any() else self._track(passed, [whole], people)

    def _shot_by_shot(self, plan: Plan) -> PoseTrack:
        """The track of a clip with cuts, or whose frames differ from those that its packets announce."""
        name = self.reader.info.path.name
        survey = survey_clip(self.reader, plan, self._reading)
        if survey is None:
            plan = plan_clip(self.reader, self._rate_hz, self._reading, decode=True)
            survey = survey_clip(self.reader, plan, self._reading)
        if survey is None:
            raise ClipError(f"{name} gives other pictures each time it is read; save it again with another program.")
        survey, located = locate_in_turn(
            survey,
            lambda times: self._locate(plan, times),
            lambda time_s: self.report("finding the lifter", self._share(time_s)),
        )
        if all(item.lifter is None for item in located):
            raise ClipError(
                f"nobody was found in {name}; expected one lifter, filmed whole from the side. Film closer or in better light."
            )
        rivals = [item.shot.rivals for item in located if item.lifter is not None]
        if min(rivals):
            raise ambiguous_lifter(max(rivals))  # in every shot
        return self._track(survey, located, self._pass(plan, survey.shot, located))

    def _track(self, survey: Survey, located: list[Located], people: Seen) -> PoseTrack:
        return _track(self.reader, self.pool, survey, located, people[: len(survey.samples)], self.options)


def locate_in_turn(
    survey: Survey, locate: Callable[[Times], Located], report_until: Callable[[float], None]
) -> tuple[Survey, list[Located]]:
    """Locate the lifter in each shot, and split shots in which two people lift in turn.

    Args:
        locate: locates the lifter in frames at the given times.
        report_until: called with the time up to which shots have been searched, seconds.
    """
    located: list[Located] = []
    begins: list[float] = []
    left = [survey.sample_times[survey.shot == number] for number in range(int(survey.shot.max()) + 1)]
    while left:
        times = left.pop(0)
        item = locate(times)
        at = item.lifter_change
        if at is not None and times[0] < at <= times[-1]:
            left[:0] = [times[times < at], times[times >= at]]
            continue
        located.append(item)
        begins.append(float(times[0]))
        report_until(float(times[-1]))
    return replace(survey, shot=np.searchsorted(begins, survey.sample_times, side="right") - 1), located


def _track(
    reader: ClipReader,
    pool: PosePool,
    survey: Survey,
    located: list[Located],
    detected: list[list[Detection] | None],
    options: ReadingOptions,
) -> PoseTrack:
    """The track of the lifter, followed among the people in every sample (None: skipped)."""
    kept = np.flatnonzero([found is not None for found in detected])
    survey = replace(
        survey,
        samples=survey.samples[kept],
        shot=survey.shot[kept],
        repeated=merged_repeats(survey.repeated, kept),
    )
    people = [found for found in detected if found is not None]
    count = len(survey.samples)
    arrays = empty_arrays(count)
    outlines: list[Outline] = [()] * count
    for number, item in enumerate(located):
        if item.lifter is None:
            continue
        rows = np.flatnonzero(survey.shot == number)
        chosen = follow(
            item.lifter,
            survey.sample_times[rows],
            survey.repeated[rows],
            [people[row] for row in rows],
            alone=item.shot.people == 1,
            others=item.others,
        )
        for row, choice in zip(rows, chosen, strict=True):
            if choice is not None:
                lifter = people[row][choice]
                arrays["points"][row] = lifter.points
                arrays["depth"][row] = lifter.depth
                arrays["visibility"][row] = lifter.visibility
                arrays["world"][row] = lifter.world
                arrays["arch"][row] = lifter.arch
                arrays["bend"][row] = lifter.bend
                outlines[row] = lifter.outline
    return PoseTrack(
        key=track_key(reader.info, pool.model, options),
        width=reader.info.width,
        height=reader.info.height,
        frame_times=survey.frame_times,
        first_index=survey.first_index,
        samples=survey.samples,
        shot=survey.shot,
        repeated=survey.repeated,
        outline=tuple(outlines),
        shots=tuple(item.shot for item in located),
        turned_over=reader.turned_over,
        calibration=pool.model.calibration,
        points=arrays["points"],
        depth=arrays["depth"],
        visibility=arrays["visibility"],
        world=arrays["world"],
        arch=arrays["arch"],
        bend=arrays["bend"],
        damage=survey.damage,
    )

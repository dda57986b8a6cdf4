"""A small part of `scripts/evaluate.py` on rendered samples, with the real model: is any stage broken?

The floors are two to three times the error of a sound version, so they never flake, and still catch a stage that does
something else than it should: the breakages at the end of this file prove it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from evaluation.judging import Evaluation, judge
from evaluation.labels import ClipLabel, read_labels
from evaluation.outcome import Outcome, read_outcome, with_joints
from formcheck import pipeline
from formcheck.lifts import lift_set as filmed
from formcheck.motion.bar.candidates import BarCandidates
from formcheck.motion.motion import Motion
from formcheck.motion.view import leg_angles
from formcheck.options import DrawingOptions
from formcheck.pipeline import analyze_clip
from formcheck.pose.pool import PosePool
from formcheck.pose.registry import find_model
from formcheck.pose.skeleton import LEG, SIDES, joint
from formcheck.pose.track import PoseTrack

SAMPLES = Path(__file__).parents[2] / "samples"
#: One of each main exercise: a plate in front of the hips, a hinge, and two legs that a model confuses.
CLIPS = ("hip_thrust_head_back_f", "rdl_good_m", "split_squat_upright_f")


@dataclass(frozen=True)
class Floor:
    """Largest mean absolute error (degrees) of an angle that a clip of the exercise may have."""

    hip: float
    knee: float
    trunk: float
    shin: float


FLOORS = {
    "hip_thrust": Floor(hip=13, knee=15, trunk=9, shin=6),
    "romanian_deadlift": Floor(hip=8, knee=7, trunk=5, shin=5),
    "split_squat": Floor(hip=8, knee=6, trunk=6, shin=5),
}
#: Mean distance from the truth, percent of the trunk's length.
JOINT_FLOOR = {"near_shoulder": 10, "near_hip": 20, "near_knee": 12, "near_ankle": 15, "far_knee": 25, "far_ankle": 30}
#: Seconds, mean absolute error over all reps.
TIME_FLOOR = {"start": 0.25, "turn": 0.25, "turn end": 0.3, "end": 0.25}
DURATION_PERCENT = 2.0
#: Findings that are plain to see in these clips, and must stay so.
CERTAIN = {("hip_thrust_head_back_f", "chin_not_tucked"), ("split_squat_upright_f", "torso_upright")}


@pytest.fixture(scope="module")
def labels() -> list[ClipLabel]:
    return [label for label in read_labels(SAMPLES) if label.name in CLIPS]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("accuracy")


@pytest.fixture(scope="module")
def intact(labels: list[ClipLabel], folder: Path) -> Evaluation:
    """The samples as they are judged; leaves the pose tracks in `folder` for the breakages."""
    with PosePool(find_model("heavy")) as pool:
        return judge([(label, analysed(label, folder, pool)) for label in labels])


def analysed(label: ClipLabel, folder: Path, pool: PosePool) -> Outcome:
    out = folder / label.name
    out.mkdir(exist_ok=True)
    scored = analyze_clip(label.path, out, pool=pool)
    scored.write(out, DrawingOptions(video=False, report=False))
    return with_joints(read_outcome(out), out)


def complaints(evaluation: Evaluation) -> list[str]:
    """What is worse than its floor, in words; empty when all is well."""
    said = []
    for clip in evaluation.clips:
        name, truth = clip.label.name, clip.label.truth
        assert truth is not None
        if not clip.outcome.analysed:
            said.append(f"{name}: {clip.outcome.message}")
            continue
        found = len(clip.outcome.reps)
        if found != clip.label.reps:
            said.append(f"{name}: {found} reps instead of {clip.label.reps}")
        if not clip.exercise_right or not clip.side_right or clip.outcome.facing != truth.facing:
            said.append(f"{name}: {clip.outcome.exercise}, near {clip.outcome.side}, facing {clip.outcome.facing}")
        if abs(clip.outcome.duration_s / truth.duration_s - 1) * 100 > DURATION_PERCENT:
            said.append(f"{name}: lasts {clip.outcome.duration_s:.2f} s instead of {truth.duration_s:.2f} s")
        if clip.outcome.coverage < 0.9:
            said.append(f"{name}: coverage {clip.outcome.coverage:.2f}")
        for angle, floor in vars(FLOORS[clip.label.exercise]).items():
            if not clip.angles[angle].mae <= floor:
                said.append(f"{name}: {angle} is off by {clip.angles[angle].mae:.1f} degrees, floor {floor}")
        for point, limit in JOINT_FLOOR.items():
            if not clip.joints[point].mae <= limit:
                said.append(f"{name}: {point} is off by {clip.joints[point].mae:.0f} % of the trunk, floor {limit}")
        for answer in clip.answers:
            missed = (name, answer.rule) in CERTAIN and answer.answer != "hit"
            if missed or answer.answer == "false accusation":
                said.append(f"{name}: {answer.rule} is a {answer.answer}")
    for event, floor in TIME_FLOOR.items():
        if not evaluation.timing.events[event].mae <= floor:
            said.append(f"{event} is off by {evaluation.timing.events[event].mae:.2f} s, floor {floor}")
    return said


def test_samples_are_analysed_as_well_as_ever(intact: Evaluation) -> None:
    assert {clip.label.name for clip in intact.clips} == set(CLIPS)
    assert complaints(intact) == []


def break_motion(monkeypatch: pytest.MonkeyPatch, breakage: Callable[[Motion], Motion]) -> None:
    sound = filmed.full_motion

    def broken_motion(*given: Any, **named: Any) -> Motion:
        return breakage(sound(*given, **named))

    monkeypatch.setattr(filmed, "full_motion", broken_motion)  # what the analysis and the judge's joints are made with


def swap_legs(monkeypatch: pytest.MonkeyPatch) -> None:
    break_motion(monkeypatch, with_legs_swapped)


def shrink_knee(monkeypatch: pytest.MonkeyPatch) -> None:
    break_motion(monkeypatch, with_smaller_knee)


def stretch_time(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = pipeline.watch_clip

    def slow_watch(*given: Any) -> tuple[PoseTrack, BarCandidates, bool]:
        track, candidates, reused = sound(*given)
        return replace(track, frame_times=1.1 * track.frame_times), candidates, reused

    monkeypatch.setattr(pipeline, "watch_clip", slow_watch)


def with_legs_swapped(motion: Motion) -> Motion:
    body = motion.body
    points, sd = body.points.copy(), body.sd.copy()
    for name in LEG:
        left, right = (joint(name, side) for side in SIDES)
        points[:, [left, right]] = points[:, [right, left]]
        sd[:, [left, right]] = sd[:, [right, left]]
    swapped = replace(body, points=points, sd=sd)
    return replace(motion, body=swapped, legs={side: leg_angles(swapped, side) for side in SIDES})


def with_smaller_knee(motion: Motion) -> Motion:
    legs = {
        side: replace(leg, knee=replace(leg.knee, values=0.9 * leg.knee.values)) for side, leg in motion.legs.items()
    }
    return replace(motion, legs=legs)


@pytest.mark.parametrize(
    ("breakage", "noticed"),
    [
        (swap_legs, "split_squat_upright_f: near_ankle"),
        (stretch_time, "rdl_good_m: hip"),
        (shrink_knee, "rdl_good_m: knee"),
    ],
    ids=["near and far leg swapped", "timestamps 10 % longer", "knee angle times 0.9"],
)
def test_a_broken_stage_is_noticed(
    breakage: Callable[[pytest.MonkeyPatch], None],
    noticed: str,
    intact: Evaluation,  # its pose tracks are used again
    labels: list[ClipLabel],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    breakage(monkeypatch)
    with PosePool(find_model("heavy")) as pool:
        clip = next(label for label in labels if label.name == noticed.split(":")[0])
        broken = judge([(clip, analysed(clip, folder, pool))])
    assert any(line.startswith(noticed) for line in complaints(broken)), complaints(broken)

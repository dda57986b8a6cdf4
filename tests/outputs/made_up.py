"""A made-up set: a clip of a drawn figure, its motion, reps and an analysis with hostile names, for the report's tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from formcheck.lifts.exercise import Shot
from formcheck.motion.bar.bar import Bar
from formcheck.motion.body import Body, Series
from formcheck.motion.motion import Motion
from formcheck.motion.spine.spine import Spine
from formcheck.results.analysis import (
    Analysis,
    CameraView,
    Finding,
    JudgedRep,
    Measure,
    NotJudged,
    PerformedExercise,
    PictureScale,
    RejectedMovement,
    ShotSummary,
    Software,
    SourceClip,
    Summary,
)
from formcheck.results.rep import Rep
from formcheck.video.writer import VideoWriter
from tests.lifters import between, make_body, motion_of, tempo

FPS = 15.0
SIZE = (640, 720)
HOSTILE_REASON = "the <b>hip</b> & more"
HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(2)</script>&\"'.mp4"


def made_up_body(reps: int, facing: str = "right") -> tuple[Body, list[Rep]]:
    """Upright split squats and their true reps."""
    times, share, marks = tempo(reps, lowering=1.0, pause=0.4, lifting=0.6, rest=0.6, fps=FPS)
    body = make_body(
        times, shin=between(share, 5, 18), thigh=between(share, 10, 88), trunk=between(share, 4, 8),
        rear_foot=(165.0, 70.0), facing=facing,
    )  # fmt: skip
    found = [
        Rep(i + 1, start, turn, turn_end, end, 75.0, "eccentric") for i, (start, turn, turn_end, end) in enumerate(marks)
    ]
    return body, found


def made_up_motion(reps: int = 2) -> tuple[Motion, list[Rep]]:
    """The same with a back line and a bar."""
    body, found = made_up_body(reps)
    motion = motion_of(body)
    neck, hip = body.near("shoulder"), body.near("hip")
    along = np.linspace(0, 1, 9)[None, :, None]
    dorsal = hip[:, None] * (1 - along) + neck[:, None] * along - [25.0, 0.0]
    still = np.zeros(len(body.times))
    bend = np.interp(motion.near.thigh.values, [10, 88], [0, 12])
    spine = Spine(Series(bend, still + 2), Series(still, still + 2), still + 1, dorsal)
    wrist = body.near("wrist")
    bar = Bar("plate", wrist, still + 40, still + 1, wrist, still + 2)
    return replace(motion, spine=spine, bar=bar), found


def shot_of(motion: Motion, reps: Sequence[Rep], *, shot: int = 1) -> Shot:
    """The motion as one shot of the set: the near leg works."""
    return Shot(motion, tuple(reps), "bulgarian", {rep.index: motion.body.view.side for rep in reps}, shot)


def made_up_take(reps: int = 2) -> tuple[Shot]:
    """The set in one shot."""
    return (shot_of(*made_up_motion(reps)),)


#: Seconds of the clip between the two takes of an edited set, in which something else is seen.
BREAK_S = 1.0


def two_shots(reps: int = 2) -> tuple[Shot, Shot]:
    """The set filmed from the right, and after a second of something else once more from the left, without a bar or back."""
    first = shot_of(*made_up_motion(reps))
    body, own = made_up_body(reps, "left")
    later = float(first.motion.times[-1]) + 1 / FPS + BREAK_S
    shifted = [
        replace(
            rep, index=rep.index + reps, start_s=rep.start_s + later, turn_start_s=rep.turn_start_s + later,
            turn_end_s=rep.turn_end_s + later, end_s=rep.end_s + later,
        )
        for rep in own
    ]  # fmt: skip
    return first, shot_of(motion_of(replace(body, times=body.times + later)), shifted, shot=3)


def edited_analysis(shots: tuple[Shot, ...]) -> Analysis:
    """What is said of `two_shots`: a close runner-up, two reps that are not judged, setting up before the second shot."""
    reps = [rep for shot in shots for rep in shot.reps]
    last = float(shots[-1].motion.times[-1])
    plain = made_up_analysis(reps, last)
    facts = tuple(
        replace(
            rep, shot=shot.number, verdict="fault" if rep.index == 1 else "not_judged" if shot.number == 3 else "clean",
            not_judged_because=f"{HOSTILE_REASON} is hidden" if shot.number == 3 else None,
        )
        for shot in shots
        for rep in plain.reps
        if any(rep.index == own.index for own in shot.reps)
    )  # fmt: skip
    first, second = (shot.motion.times for shot in shots)
    view, other = CameraView("right", "right", 22.0, 0.8), CameraView("left", "left", 5.0, 0.9)
    return replace(
        plain,
        exercise=replace(plain.exercise, confidence=0.62, runner_up="goblet_squat", runner_up_confidence=0.31),
        reps=facts,
        findings=plain.findings[:1],
        summary=replace(plain.summary, reps=len(facts), clean_reps=sum(rep.verdict == "clean" for rep in facts)),
        not_counted=(
            RejectedMovement(0.0, 0.5, "walking to the bench"),
            RejectedMovement(float(second[0]), float(second[0]) + 0.5, f"setting up {HOSTILE_REASON}", shot=3),
        ),
        shots=(
            ShotSummary(1, 0.0, float(first[-1]), True, len(shots[0].reps), 0.8, view),
            ShotSummary(2, float(first[-1]), float(second[0]), False, 0, 1.0, view, "no repetition was found"),
            ShotSummary(3, float(second[0]), last, True, len(shots[1].reps), 0.9, other),
        ),
    )


def made_up_analysis(reps: list[Rep], duration_s: float, *, slow_motion: float = 1.0) -> Analysis:
    """One fault, one borderline finding, one note, and something not judged; names that would break a careless page."""
    facts = tuple(
        JudgedRep(
            r.index, r.start_s, r.turn_s, r.turn_end_s, r.end_s, r.eccentric_s, r.pause_s, r.concentric_s, r.range_deg,
            {"trunk_at_turn": Measure(8.0, "deg")}, "fault" if r.index == 1 else "borderline",
        )
        for r in reps
    )  # fmt: skip
    first, last = reps[0], reps[-1]
    findings = (
        Finding(
            "torso_upright", "fault", first.index, first.turn_s, round(first.turn_s * FPS), 8.0, 20.0, "deg", 0.97,
            "the trunk leans 8 degrees at the bottom </script><b>bold</b>", "Let your chest travel over the front thigh.",
        ),
        Finding(
            "torso_upright", "borderline", last.index, last.turn_s, round(last.turn_s * FPS), 18.0, 20.0, "deg", 0.55,
            "the trunk leans 18 degrees at the bottom", "Let your chest travel over the front thigh.",
        ),
        Finding(
            "rushed", "info", last.index, last.end_s - 0.1, round(last.end_s * FPS), 1.0, 3.0, "s", 0.9,
            "lowered in 1.0 s", "Take three seconds on the way down.",
        ),
    )  # fmt: skip
    return Analysis(
        clip=SourceClip(
            HOSTILE, "0" * 64, duration_s, round(duration_s * FPS), FPS, *SIZE, slow_motion=slow_motion
        ),
        exercise=PerformedExercise("split_squat", "split_squat", "auto", 0.93, "bulgarian", working_leg="right"),
        view=CameraView("right", "right", 22.0, 0.8),
        scale=PictureScale(None, None),
        coverage=0.8,
        repaired_frames=12,
        reps=facts,
        findings=findings,
        not_judged=(
            NotJudged("bar_drift", 1, "the plate is hidden & <unknown>", "load_not_seen"),
            NotJudged("bar_drift", 2, "the plate is hidden & <unknown>", "load_not_seen"),
            NotJudged("heels_lift", None, "the camera is not side-on", "oblique_view"),
        ),
        summary=Summary(len(reps), 0, {"torso_upright": 1}, {"range_cv_percent": 1.5, "eccentric_cv_percent": None}),
        software=Software("0.0", "heavy", "0" * 64, {}),
    )


def small_analysis() -> Analysis:
    """One rep with a fault, of which the way up is cut off, and a rule that was not judged."""
    finding = Finding(
        "torso_upright", "fault", 1, 2.5, 75, 3.0, 20.0, "deg", 0.97, "the trunk leans 3 degrees", "Lean forward."
    )
    rep = JudgedRep(1, 1.0, 2.5, 2.7, 4.0, 1.5, 0.2, float("nan"), 80.0, {"knee_at_turn": Measure(70.0, "deg")}, "fault")
    return Analysis(
        clip=SourceClip("set.mp4", "0" * 64, 5.0, 150, 30.0, 640, 480),
        exercise=PerformedExercise("split_squat", "split_squat", "auto", 0.9, "bulgarian", working_leg="right"),
        view=CameraView("right", "right", None, 0.9),
        scale=PictureScale(None, None),
        coverage=1.0,
        repaired_frames=7,
        reps=(rep,),
        findings=(finding,),
        not_judged=(NotJudged("stance_too_narrow", None, "the front foot is hidden", "hidden"),),
        summary=Summary(1, 0, {"torso_upright": 1}, {"range_cv_percent": None}),
        software=Software("0", "heavy", "0" * 64, {}),
    )


def write_clip(path: Path, shots: Sequence[Shot], *, slow_motion: float = 1.0) -> Path:
    """A clip of the figure: a light background, dark bones; only background between the shots."""
    shown = {round(time * FPS): points for shot in shots for time, points in zip(shot.motion.times, shot.motion.body.points,
                                                                                strict=True)}  # fmt: skip
    with VideoWriter(path, *SIZE, FPS / slow_motion) as writer:
        for frame in range(max(shown) + 1):
            points = shown.get(frame, np.empty((0, 2)))
            picture = np.full((SIZE[1], SIZE[0], 3), 190, dtype=np.uint8)
            for x, y in points[np.isfinite(points).all(axis=1)]:
                cv2.circle(picture, (int(x), int(y)), 22, (60, 70, 90), cv2.FILLED)
            writer.write(picture, frame / FPS * slow_motion)
    return path

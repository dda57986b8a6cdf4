"""A made-up set: a clip of a drawn figure, its motion, reps and an analysis with hostile names, for the report's tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from formcheck.analysis import (
    Analysis,
    ClipFacts,
    ExerciseFacts,
    Finding,
    Measure,
    NotJudged,
    RepFacts,
    ScaleFacts,
    SoftwareFacts,
    Summary,
    ViewFacts,
)
from formcheck.motion.types import Bar, Motion, Series, Spine
from formcheck.reps.types import Rep
from formcheck.video import VideoWriter
from tests.lifters import between, make_body, motion_of, tempo

FPS = 15.0
SIZE = (640, 720)
HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(2)</script>&\"'.mp4"


def made_up_motion(reps: int = 2) -> tuple[Motion, list[Rep]]:
    """Upright split squats with a back line and a bar, and their true reps."""
    times, share, marks = tempo(reps, lowering=1.0, pause=0.4, lifting=0.6, rest=0.6, fps=FPS)
    body = make_body(
        times, shin=between(share, 5, 18), thigh=between(share, 10, 88), trunk=between(share, 4, 8), rear_foot=(165.0, 70.0)
    )
    motion = motion_of(body)
    neck, hip = body.near("shoulder"), body.near("hip")
    along = np.linspace(0, 1, 9)[None, :, None]
    dorsal = neck[:, None] * (1 - along) + hip[:, None] * along - [25.0, 0.0]
    still = np.zeros(len(times))
    spine = Spine(Series(12 * share, still + 2), Series(still, still + 2), still + 1, dorsal)
    wrist = body.near("wrist")
    bar = Bar("plate", wrist, still + 40, still + 1, wrist, still + 2)
    found = [
        Rep(i + 1, start, turn, turn_end, end, 75.0, "lowering") for i, (start, turn, turn_end, end) in enumerate(marks)
    ]
    return replace(motion, spine=spine, bar=bar), found


def made_up_analysis(reps: list[Rep], duration_s: float, *, slow_motion: float = 1.0) -> Analysis:
    """One fault, one borderline finding, one note, and something not judged; names that would break a careless page."""
    facts = tuple(
        RepFacts(
            r.index, r.start_s, r.turn_s, r.turn_end_s, r.end_s, r.lowering_s, r.pause_s, r.lifting_s, r.range_deg,
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
        clip=ClipFacts(
            HOSTILE, "0" * 64, duration_s, round(duration_s * FPS), FPS, *SIZE, slow_motion=slow_motion
        ),
        exercise=ExerciseFacts("split_squat", "auto", 0.93, "bulgarian", "right"),
        view=ViewFacts("right", "right", 22.0, 0.8),
        scale=ScaleFacts(None, None),
        coverage=0.8,
        repaired_frames=12,
        reps=facts,
        findings=findings,
        not_judged=(
            NotJudged("bar_drift", 1, "the plate is hidden & <unknown>"),
            NotJudged("bar_drift", 2, "the plate is hidden & <unknown>"),
            NotJudged("heels_lift", None, "the camera is not side-on"),
        ),
        summary=Summary(len(reps), 0, {"torso_upright": 1}, {"range_cv_percent": 1.5, "lowering_cv_percent": None}),
        software=SoftwareFacts("0.0", "heavy", "0" * 64, {}),
    )


def write_clip(path: Path, motion: Motion, *, slow_motion: float = 1.0) -> Path:
    """A clip of the figure: a light background, dark bones."""
    with VideoWriter(path, *SIZE, FPS / slow_motion) as writer:
        for points, time_s in zip(motion.body.points, motion.times, strict=True):
            picture = np.full((SIZE[1], SIZE[0], 3), 190, dtype=np.uint8)
            for x, y in points[np.isfinite(points).all(axis=1)]:
                cv2.circle(picture, (int(x), int(y)), 22, (60, 70, 90), cv2.FILLED)
            writer.write(picture, float(time_s) * slow_motion)
    return path

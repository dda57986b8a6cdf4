"""A made-up motion judged as the pipeline judges a clip of one shot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from formcheck.lifts.exercise import Shot
from formcheck.lifts.judge import Judged, judge_set
from formcheck.lifts.lift_set import choose_exercise
from formcheck.lifts.limits import load_limits
from formcheck.lifts.registry import exercise_named
from formcheck.lifts.reps import typical_range
from formcheck.motion.motion import Motion


def filmed(motion: Motion, name: str, *, named: bool = True) -> Shot:
    found = choose_exercise([motion], name if named else "auto")
    reps = found.shots[0].reps
    working = {rep.index: found.exercise.working_side(motion, rep) for rep in reps}
    usual = typical_range([rep.range_deg for rep in reps]) if len(reps) > 1 else float("nan")
    return Shot(motion, reps, found.variant, working, 1, usual, named=named)


def judged(motion: Motion, name: str, *, named: bool = True) -> Judged:
    """Judged by the rules of `name`; its reps found as those of the named exercise or of the one that is recognised."""
    return judge_set(exercise_named(name), [filmed(motion, name, named=named)], load_limits()[name], round)


def faults(result: Judged) -> set[str]:
    return {finding.rule for finding in result.findings if finding.severity == "fault"}


def faulty_reps(result: Judged, rule: str) -> list[int]:
    return [finding.rep for finding in result.findings if finding.rule == rule and finding.severity == "fault"]


def cut(motion: Motion, begin_s: float, end_s: float) -> Motion:
    """The motion between two times, as a shot of its own."""
    from formcheck.motion.motion import build_motion

    rows = (motion.times >= begin_s) & (motion.times <= end_s)
    body = motion.body
    arrays = {name: getattr(body, name)[rows] for name in ("times", "points", "sd", "repaired", "visibility")}
    part = replace(body, **arrays)
    assert np.isfinite(part.points).any()
    return build_motion(None, body=part)

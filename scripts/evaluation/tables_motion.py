"""Tables of angles, joints, the load and coverage."""

from __future__ import annotations

import numpy as np

from evaluation.judge import LOW_COVERAGE, Evaluation
from evaluation.score_motion import ErrorStats
from evaluation.table import Table, number, percent, signed


def angle_table(evaluation: Evaluation) -> Table:
    """Angles against rendered truth, mean over clips."""
    rows = [
        (f"{name}, {group}", number(s.mae, 1), number(s.mae_no_offset, 1), signed(s.bias, 1), number(s.p95, 1),
         percent(s.seen))
        for group, angles in evaluation.angles.items()
        for name, s in angles.items()
    ]
    return Table(
        "Angles against rendered truth, degrees, mean over clips",
        ("angle", "mean absolute error", "offset removed", "bias", "95th percentile", "frames seen"),
        rows,
        "Offset removed: the clip's own mean error taken off first (the model's hip point is not the femoral head)."
        f" Within two of formcheck's own stated standard deviations: {_within(evaluation)} of the frames.",
    )


def angle_clip_table(evaluation: Evaluation) -> Table:
    """Angles clip by clip: error and, in brackets, with the offset removed."""
    clips = [clip for clip in evaluation.rendered if clip.angles]
    names = list(dict.fromkeys(name for clip in clips for name in clip.angles))
    rows = [
        (clip.label.name, *(_pair(clip.angles[name]) if name in clip.angles else "" for name in names))
        for clip in clips
    ]
    return Table(
        "Angles clip by clip, mean absolute error in degrees (offset removed)", ("rendered clip", *names), rows
    )


def joint_table(evaluation: Evaluation) -> Table:
    """Joint positions in percent of the trunk's length."""
    rows = [
        (name.replace("_", " "), number(s.mae, 1), number(s.p95, 1), percent(s.seen))
        for name, s in evaluation.joints.items()
    ]
    return Table(
        "Joints against rendered truth, percent of the trunk's length, mean over clips",
        ("joint", "mean distance", "95th percentile", "frames seen"),
        rows,
    )


def bar_table(evaluation: Evaluation) -> Table:
    """The load in centimetres, by kind and clip by clip."""
    rows = [
        (f"{name}, {load}", number(s.mae, 1), number(s.p95, 1), percent(s.seen))
        for load, parts in evaluation.bar.items()
        for name, s in parts.items()
    ]
    rows += [
        (f"{clip.label.name}: centre", number(s.mae, 1), number(s.p95, 1), percent(s.seen))
        for clip in evaluation.rendered
        for name, s in clip.bar.items()
        if name == "centre"
    ]
    return Table(
        "Load against rendered truth, centimetres",
        ("what", "mean error", "95th percentile", "frames seen"),
        rows,
        "Path: displacement since the start in the lifter's plane, level and upright. Pixels a metre, where known, are off"
        f" by {number(evaluation.scale_percent, 1)} percent.",
    )


def coverage_table(evaluation: Evaluation) -> Table:
    """Share of frames with a usable pose."""
    rows = [(f"{kind}, mean", percent(value)) for kind, value in evaluation.coverage.items() if np.isfinite(value)]
    rows += [
        (clip.label.name, percent(clip.outcome.coverage))
        for clip in evaluation.clips
        if clip.outcome.analysed and clip.outcome.coverage < LOW_COVERAGE
    ]
    return Table("Frames with a usable pose", ("clips", "share"), rows)


def _within(evaluation: Evaluation) -> str:
    return ", ".join(f"{name} {percent(share)}" for name, share in evaluation.within.items())


def _pair(stats: ErrorStats) -> str:
    if not np.isfinite(stats.mae):
        return "–"
    return f"{stats.mae:.1f} ({stats.mae_no_offset:.1f})"

"""Writes docs/ACCURACY.md: the tables of an evaluation with what they rest on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from evaluation.judge import Evaluation
from evaluation.tables import (
    Table,
    aim_table,
    angle_clip_table,
    angle_table,
    answer_table,
    bar_table,
    clip_table,
    coverage_table,
    joint_table,
    markdown,
    recognition_table,
    rep_table,
    rule_table,
    timing_table,
)

#: Figures that others published, with what they were measured on. Ours stand beside them where they can be compared.
_PUBLISHED = (
    ("knee angle, 2D pose against marker motion capture (squat, hip hinge, lunge)", "RMSE 6-12 degrees", "knee"),
    ("hip angle, the same studies", "RMSE 11-17 degrees", "hip"),
    ("repetition counting from pose, MM-Fit", "mean absolute error 0.06, off by at most one 94 %", "reps"),
    ("bar tracking with a phone", "1-5 cm", "bar"),
    ("fault detection, Fitness-AQA", "F1 0.44 (knees inward) to 0.87 (shallow squat)", "rules"),
)


def software_facts(model: str) -> dict[str, Any]:
    """Versions an evaluation was made with."""
    import cv2
    import mediapipe

    from formcheck import __version__
    from formcheck.pose import find_model

    bundle = find_model(model)
    return {
        "formcheck": __version__,
        "model": bundle.name,
        "model_sha256": bundle.sha256,
        "mediapipe": mediapipe.__version__,
        "opencv": cv2.__version__,
        "numpy": np.__version__,
        "python": ".".join(str(part) for part in sys.version_info[:3]),
    }


def accuracy_page(evaluation: Evaluation, software: dict[str, Any], speed: dict[str, Any] | None = None) -> str:
    """The whole page as Markdown; `speed` is what `scripts/benchmark.py --json` wrote."""
    real = sum(clip.label.kind == "real" for clip in evaluation.clips)
    rendered = len(evaluation.rendered)
    parts = [
        "# How good formcheck is",
        "",
        "This page is generated; do not edit it. With the labelled clips in `../shared/clips`:",
        "",
        "```",
        "python scripts/evaluate.py ../shared/clips --write docs/ACCURACY.md",
        "```",
        "",
        "`python scripts/evaluate.py samples` runs the same checks on the rendered clips that come with the source.",
        "",
        f"Made with formcheck {software['formcheck']}, model `{software['model']}` (SHA-256"
        f" `{software['model_sha256'][:12]}…`), mediapipe {software['mediapipe']}, OpenCV {software['opencv']}.",
        "",
        "## What was measured on what",
        "",
        f"{len(evaluation.clips)} clips: {real} real ones (phones, gyms, studios, edited videos; labelled by eye) and"
        f" {rendered} rendered ones, in which two computer-made people lift and every joint is known exactly.",
        "",
        "- **Rendered clips** are exact about geometry and easy in every other way: tripod, sharp, one person, the same"
        " pictures again in every repetition. Errors in degrees and centimetres come from them alone and are a lower"
        " bound for real clips, not a forecast. They are few, and their repetitions are not independent.",
        "- **Real clips** have counts, exercise, side and faults labelled by a person. Few are textbook side views;"
        " deadlifts from the floor and body-weight thrusts stand in for barbell sets.",
        "- Limits and methods were developed while looking at these same clips. On other clips, expect worse.",
        "- A fault counts as found in a clip when it is found in at least half of its repetitions. *Not judged* is"
        " counted apart: it is neither right nor wrong.",
        "",
        "## In short",
        "",
        *_short(evaluation),
        "",
        _published(evaluation),
        "## What formcheck is not good at",
        "",
        *_weak(evaluation),
        "",
        "## The tables",
        "",
    ]
    tables = (rep_table, timing_table, recognition_table, rule_table, answer_table, angle_table, angle_clip_table,
              joint_table, bar_table, coverage_table, clip_table, aim_table)
    parts += [markdown(table) for table in (make(evaluation) for make in tables) if table.rows]
    if speed is not None:
        parts += _speed(speed)
    return "\n".join(parts).rstrip() + "\n"


def _busy(speed: dict[str, Any]) -> str:
    load = speed["load_at_start"]
    return f", shared with other work (load {load:.0f} when it began)" if load is not None and load > 1 else ""


def _speed(speed: dict[str, Any]) -> list[str]:
    rows = [
        (name, f"{speed[f'{key}_fps']:.1f}", f"{speed[f'{key}_fps'] / speed['frame_rate']:.2f}",
         f"{speed[f'{key}_fps'] / speed['plain_fps']:.2f}")
        for name, key in (
            ("formcheck, analysis alone", "analysis"), ("formcheck, with annotated video", "with_video"),
            ("drawing alone, poses reused", "drawing"), ("plain loop: OpenCV and the heavy model, every frame", "plain"),
        )
    ]
    memory = [
        (f"{seconds:.0f} s clip", *(f"{speed['runs'][f'{name}, {what}']['peak_mb']:.0f}" for what in ("analysis", "drawing")))
        for name, seconds in (("short", speed["short_s"]), ("long", speed["long_s"]))
    ]
    width, height = speed["size"]
    return [
        "## Speed and memory",
        "",
        f"`python scripts/benchmark.py`, {speed['long_s']:.0f} s of `{speed['sample']}` in a loop, {width}x{height},"
        f" {speed['cores']} cores{_busy(speed)}.",
        "",
        markdown(Table("Speed", ("", "frames a second", "times real time", "times the plain loop"), rows)),
        markdown(
            Table("Peak memory of all processes, MB", ("", "analysis", "drawing"), memory,
                  f"First progress is shown after {speed['first_progress_s'] or float('nan'):.1f} s.")
        ),
    ]


def _short(evaluation: Evaluation) -> list[str]:
    side = evaluation.counts["side view"]
    share = evaluation.exercise["side view"]
    rules = evaluation.all_rules
    lines = [
        f"- Repetitions: exact in {_percent(side.exact)} of {side.clips} side-view clips, off by at most one in"
        f" {_percent(side.off_by_one)}, mean absolute error {side.mae:.2f}.",
        f"- Exercise recognised in {share.right} of {share.of} side-view clips.",
        f"- Faults: {rules.hits} of {rules.hits + rules.misses + rules.not_judged_faulty} labelled ones found,"
        f" {rules.misses} missed, {rules.not_judged_faulty} not judged. Falsely accused: {rules.false_accusations} of"
        f" {rules.false_accusations + rules.clear} judged cases that are certainly clean.",
    ]
    for group in ("hinges and split squats", "hip thrusts"):
        angles = evaluation.angles[group]
        said = [f"{name} {angles[name].mae:.1f} ({angles[name].mae_no_offset:.1f})" for name in ("hip", "knee", "trunk")
                if name in angles]
        if said:
            lines.append(f"- Angles in rendered {group}, mean absolute error in degrees (constant offset removed):"
                         f" {', '.join(said)}.")
    return lines


def _published(evaluation: Evaluation) -> str:
    ours = {"knee": _angle(evaluation, "knee"), "hip": _angle(evaluation, "hip"), "reps": _reps(evaluation),
            "bar": _bar(evaluation), "rules": _f1(evaluation)}
    rows = [(what, figure, ours[key]) for what, figure, key in _PUBLISHED]
    return markdown(
        Table(
            "Beside published figures",
            ("what", "published", "here"),
            rows,
            "Different people, cameras and measures: this says whether we are in the right region, not who is better."
            " Published angle errors are on real people against markers, ours on rendered ones.",
        ),
        heading="##",
    )


def _angle(evaluation: Evaluation, name: str) -> str:
    stats = evaluation.angles["all rendered"].get(name)
    return f"mean absolute error {stats.mae:.1f} degrees, 95th percentile {stats.p95:.1f} (rendered)" if stats else "–"


def _reps(evaluation: Evaluation) -> str:
    count = evaluation.counts["all clips"]
    return f"mean absolute error {count.mae:.2f}, off by at most one {_percent(count.off_by_one)}"


def _bar(evaluation: Evaluation) -> str:
    parts = [f"{load} {parts['centre'].mae:.1f} cm" for load, parts in evaluation.bar.items()
             if "centre" in parts and np.isfinite(parts["centre"].mae)]
    return f"{', '.join(parts)} (rendered)" if parts else "–"


def _f1(evaluation: Evaluation) -> str:
    rules = evaluation.all_rules
    wrong = rules.misses + rules.not_judged_faulty + rules.false_accusations
    if not rules.hits + wrong:
        return "–"
    return f"F1 {2 * rules.hits / (2 * rules.hits + wrong):.2f} over all labelled rules (not judged counted as missed)"


def _weak(evaluation: Evaluation) -> list[str]:
    """Known weaknesses in words, the ones that this evaluation shows first."""
    lines = [
        *_named("Miscounted by more than the label allows", _miscounted(evaluation)),
        *_named("Taken for another exercise or refused", [
            f"{c.label.name} ({c.outcome.exercise or 'refused'})"
            for c in evaluation.clips if not c.exercise_right
        ]),
        *_named("Faults missed", _answers(evaluation, "miss")),
        *_named("False accusations", _answers(evaluation, "false accusation")),
        *_named("Faults not judged", [
            f"{a.rule} in {a.clip}" for c in evaluation.clips for a in c.answers
            if a.answer == "not judged" and a.rule in c.label.faults
        ]),
    ]
    return [
        *lines,
        "- Anything that is not filmed from the side: angles shrink with the camera's turn, and rules are not judged.",
        "- Hips behind a 45 cm plate: the model guesses the joint, and the back cannot be seen at all.",
        "- Depth: knees falling inward, a twisted pelvis or an uneven bar do not show in a side view.",
        "- Loose clothing hides the back's outline; small bends of the spine stay within the measuring error.",
    ]


def _named(what: str, clips: Sequence[str]) -> list[str]:
    return [f"- {what}: {'; '.join(clips)}."] if clips else []


def _miscounted(evaluation: Evaluation) -> list[str]:
    return [
        f"{c.label.name} ({len(c.outcome.reps)} instead of {c.label.reps})" for c in evaluation.clips
        if abs(len(c.outcome.reps) - c.label.reps) > c.label.reps_tolerance
    ]


def _answers(evaluation: Evaluation, answer: str) -> list[str]:
    return [f"{a.rule} in {a.clip}" for c in evaluation.clips for a in c.answers if a.answer == answer]


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %" if np.isfinite(value) else "–"

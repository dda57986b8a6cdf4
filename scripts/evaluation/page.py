"""Writes docs/ACCURACY.md: the tables of an evaluation with what they rest on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from evaluation.judging import (
    ACCUSED,
    ALL,
    CALLED_CLEAN,
    EXACT,
    EXACT_CERTAIN,
    FAULTS_IN_PLACE,
    NAMED_REFUSED,
    OFF_BY_ONE,
    RECOGNISED,
    REPS_FOUND,
    Evaluation,
)
from evaluation.scores import called_clean
from evaluation.tables import (
    Table,
    aim_table,
    angle_clip_table,
    angle_table,
    answer_table,
    bar_table,
    case_table,
    clip_table,
    confidence_table,
    coverage_table,
    each_table,
    figure_table,
    joint_table,
    left_out_table,
    markdown,
    percent,
    recognition_table,
    rep_table,
    rule_table,
    timing_table,
    with_interval,
)


def _busy(speed: dict[str, Any]) -> str:
    load = speed["load_at_start"]
    return f", shared with other work (load {load:.0f} when it began)" if load is not None and load > 1 else ""


def speed_section(speed: dict[str, Any]) -> list[str]:
    """The section as lines of Markdown; `speed` is what `scripts/benchmark.py --json` wrote."""
    clips = list(speed["clips"].values())
    rows = [
        (f"{clip['kind']}, {clip['seconds']:.0f} s", f"{clip['ratio_analysis']:.1f}", f"{clip['ratio_with_video']:.1f}",
         f"{clip['with_video_fps'] / clip['frame_rate']:.2f}", f"{clip['run']['first_progress_s'] or float('nan'):.1f} s",
         f"{clip['run']['peak_mb']:.0f}", f"{clip['plain_peak_mb']:.0f}")
        for clip in clips
    ]
    columns = ("clip", "analysis, times the plain loop", "with annotated video", "with video, times real time",
               "first progress", "peak memory, MB", "the loop's")  # fmt: skip
    note = "The plain loop reads every frame with OpenCV and gives it to the heavy model; it ran right after each clip."
    flat = speed.get("flat")
    longer = (
        f" {flat['long_s']:.0f} s of {flat['name']} take {flat['ratio']:.2f} times the memory of {flat['short_s']:.0f} s."
        if flat else ""
    )  # fmt: skip
    return [
        "## Speed and memory",
        "",
        f"`python scripts/benchmark.py`, clips made from `{speed['sample']}`, {speed['cores']} cores{_busy(speed)}.",
        "",
        markdown(Table("Speed", columns, rows, note + longer)),
    ]


# Writes docs/ACCURACY.md: the tables of an evaluation with what they rest on.

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

    from formcheck.pose.registry import find_model
    from formcheck.version import __version__

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
    drawn = len(evaluation.clips) - real - rendered
    with_drawn = f", {drawn} drawn ones (counted with the real ones below)" if drawn else ""
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
        f"{len(evaluation.clips)} clips: {real} real ones (phones, gyms, studios, edited videos; labelled by eye)"
        f"{with_drawn} and {rendered} rendered ones, in which two computer-made people lift and every joint is known exactly.",
        "",
        "- **Rendered clips** are exact about geometry and easy in every other way: tripod, sharp, one person, the same"
        " pictures again in every repetition. Errors in degrees and centimetres come from them alone and are a lower"
        " bound for real clips, not a forecast. They are few, and their repetitions are not independent.",
        "- **Real clips** have counts, exercise, side and faults labelled by a person. Few are textbook side views;"
        " deadlifts from the floor and body-weight thrusts stand in for barbell sets.",
        "- **Two halves.** A fixed hash of each real clip's name (SHA-256, first byte even or odd) puts it into the tune half"
        f" ({_in_half(evaluation, 'tune')} clips) or the check half ({_in_half(evaluation, 'check')}). Methods and limits are"
        " chosen while looking at the tune half and the rendered clips; the check half is not looked at while tuning, only"
        " scored. Clips that were already here before the halves were made have been looked at in earlier work,"
        " in whichever half they are. On other clips, expect worse.",
        "- **Fitted on the rendered clips:** several limits, error bands and correction shares (where joint centres lie"
        " beside the model's points, how chest and thigh taper, how wrong an angle may be) are engineering choices fitted"
        " on these rendered people. Figures on rendered clips are therefore a test of the machinery and no proof for"
        " other bodies.",
        "- Every share stands with its number of cases and Wilson's 95 % interval. Repetitions of one clip are not"
        " independent of each other, so that intervals over repetitions are too narrow.",
        "- A fault counts as found in a clip when it is found in at least half of its repetitions; rep by rep it must be"
        " found in the very one that has it. *Not judged* is counted apart: it is neither right nor wrong.",
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
    tables = (figure_table, aim_table, each_table, case_table, confidence_table, rep_table, timing_table,
              recognition_table, left_out_table, rule_table, answer_table, angle_table, angle_clip_table, joint_table,
              bar_table, coverage_table, clip_table)
    parts += [markdown(table) for table in (make(evaluation) for make in tables) if table.rows]
    if speed is not None:
        parts += speed_section(speed)
    return "\n".join(parts).rstrip() + "\n"


def _in_half(evaluation: Evaluation, half: str) -> int:
    return sum(clip.label.half == half for clip in evaluation.clips)


def _short(evaluation: Evaluation) -> list[str]:
    figures = {name: with_interval(share) for name, share in evaluation.sets[ALL].figures.items()}
    rules = evaluation.all_rules
    lines = [
        f"- Exercise recognised in side-view clips: {figures[RECOGNISED]}.",
        f"- Repetitions in side-view clips: exact {figures[EXACT]}, where the labelled count is certain"
        f" {figures[EXACT_CERTAIN]}, off by at most one {figures[OFF_BY_ONE]}.",
        f"- With the exercise named, clips that are refused all the same: {figures[NAMED_REFUSED]}.",
        f"- Rep by rep: labelled repetitions found {figures[REPS_FOUND]}, faults in the right one"
        f" {figures[FAULTS_IN_PLACE]}, clean ones accused {figures[ACCUSED]}, faulty ones called clean"
        f" {figures[CALLED_CLEAN]}.",
        f"- Clip by clip, faults: {rules.hits} of {rules.hits + rules.misses + rules.not_judged_faulty} labelled ones found,"
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
    return f"mean absolute error {count.mae:.2f}, off by at most one {percent(count.off_by_one.value)}"


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
        *_named("Refused even with the exercise named", [c.label.name for c in evaluation.clips if c.refused_by_name]),
        *_named("Faulty repetitions called clean", [
            f"{share.right} of {share.of} in {c.label.name}" for c in evaluation.clips
            if (share := called_clean(c.pairing)).right
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

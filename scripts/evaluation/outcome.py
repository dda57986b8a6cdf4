"""What formcheck says about a clip: run as a user would, and read back from the files it wrote."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evaluation.labels import TRUE_JOINTS, Array, ClipLabel
from formcheck.errors import UsageError
from formcheck.lifts.registry import exercise_named
from formcheck.results.analysis import Finding, JudgedRep, NotJudged, RejectedMovement
from formcheck.results.encoding import read_analysis
from processes import environment, formcheck

#: Exit codes as `formcheck analyze` gives them; CRASHED is ours for an exception that is no formcheck error.
ANALYSED, REFUSED, CRASHED = 0, 3, 70


@dataclass(frozen=True)
class RuleValue:
    """What a rule measured in a rep, with its stated standard deviation and the limit's borderline band, all in `unit`."""

    value: float
    sd: float
    unit: str
    band: float


@dataclass(frozen=True)
class Outcome:
    """Everything the scores need about one analysed (or refused) clip.

    `columns` are the numeric columns of angles.csv, (F,) each. `points` are the cleaned joints by name ("near_hip") and
    the tracked "load", (F, 2) pixels on the times `point_times` (F,). All are empty when the clip was not analysed.
    `limits` names the rules that formcheck has for the recognised exercise (None when it does not say). `measured` is what
    its rules measured, by rule and rep, whether or not they found anything; empty for real clips.
    """

    exit_code: int
    message: str = ""
    exercise: str | None = None
    variant: str | None = None
    confidence: float = float("nan")
    working_leg: str | None = None
    side: str | None = None
    facing: str | None = None
    px_per_m: float = float("nan")
    coverage: float = float("nan")
    duration_s: float = float("nan")
    reps: tuple[JudgedRep, ...] = ()
    findings: tuple[Finding, ...] = ()
    not_judged: tuple[NotJudged, ...] = ()
    not_counted: tuple[RejectedMovement, ...] = ()
    limits: frozenset[str] | None = None
    columns: Mapping[str, Array] = field(default_factory=dict)
    points: Mapping[str, Array] = field(default_factory=dict)
    point_times: Array = field(default_factory=lambda: np.zeros(0))
    measured: Mapping[tuple[str, int], RuleValue] = field(default_factory=dict)
    seconds: float = float("nan")

    @property
    def analysed(self) -> bool:
        return self.exit_code in (ANALYSED, 1)

    def column(self, name: str) -> Array:
        """(F,) a column of angles.csv, all NaN when formcheck did not write it."""
        count = len(self.columns.get("time_s", np.zeros(0)))
        return self.columns.get(name, np.full(count, np.nan))

    def accused(self, rule: str) -> set[int]:
        """Reps in which the rule was found broken (severity fault)."""
        return {said.rep for said in self.findings if said.rule == rule and said.severity == "fault"}

    def severities(self, rule: str, rep: int) -> set[str]:
        """How bad the rule's findings in a rep are, empty where it found nothing."""
        return {said.severity for said in self.findings if said.rule == rule and said.rep == rep}


def read_outcome(folder: Path, exit_code: int = ANALYSED) -> Outcome:
    """Read `analysis.json` and `angles.csv` of an output folder (without joint positions).

    Raises:
        UsageError: analysis.json is missing or does not follow its schema.
    """
    analysis = read_analysis(folder / "analysis.json")
    return Outcome(
        exit_code=exit_code,
        exercise=analysis.exercise.family,
        variant=analysis.exercise.variant,
        confidence=analysis.exercise.confidence,
        working_leg=analysis.exercise.working_leg,
        side=analysis.view.side,
        facing=analysis.view.facing,
        px_per_m=float("nan") if analysis.scale.px_per_m is None else analysis.scale.px_per_m,
        coverage=analysis.coverage,
        duration_s=analysis.clip.duration_s,
        reps=analysis.reps,
        findings=analysis.findings,
        not_judged=analysis.not_judged,
        not_counted=analysis.not_counted,
        limits=frozenset(analysis.software.limits) | _rules(analysis.exercise.name),
        columns=read_columns(folder / "angles.csv"),
    )


def _rules(exercise: str) -> frozenset[str]:
    """Rules of the exercise: the limit of one may have another name than the rule itself."""
    return frozenset(rule.id for rule in exercise_named(exercise).rules)


def read_columns(path: Path) -> dict[str, Array]:
    """The numeric columns of `angles.csv`, empty cells as NaN; columns with words (the phase) are left out.

    Columns such as `hip_deg` are added: of the leg that formcheck measures, the working one in a rep and the near one
    elsewhere.
    """
    table = pd.read_csv(path)
    columns = {name: values.to_numpy(np.float64) for name, values in table.select_dtypes("number").items()}
    if "working_leg" in table:
        left = (table["working_leg"].fillna(table["near_side"]) == "left").to_numpy()
        names = [name.removeprefix("left_") for name in columns if name.startswith("left_")]
        columns |= {name: np.where(left, columns[f"left_{name}"], columns[f"right_{name}"]) for name in names}
    return columns


# Running it on every labelled clip, as a user would: `formcheck analyze`, each in a process of its own.

if TYPE_CHECKING:
    from formcheck.lifts.lift_set import LiftSet
    from formcheck.motion.motion import Motion

#: A clip that has not been answered after this time counts as a crash.
PATIENCE_S = 1800.0

#: Files of an analysis from which the next one of the same clip goes on.
SAVED = ("track.npz", "bar.npz")

Report = Callable[[ClipLabel, Outcome], None]


@dataclass(frozen=True)
class RunOptions:
    """`cache` keeps one output folder a clip; `fresh` repeats the pose estimation; `jobs` clips run side by side.

    `extra` are further arguments for `formcheck analyze`, the same for every clip. With `named` each clip is analysed as
    the exercise of its label, from what an earlier run without it has saved.
    """

    cache: Path
    fresh: bool = False
    jobs: int = 1
    extra: tuple[str, ...] = ()
    named: bool = False


def run_clips(labels: Iterable[ClipLabel], options: RunOptions, report: Report) -> list[tuple[ClipLabel, Outcome]]:
    """Analyse all clips; `report` is called as each one ends. The results keep the order of `labels`."""
    listed = list(labels)
    results: dict[str, Outcome] = {}
    with ThreadPoolExecutor(max(1, options.jobs)) as threads:
        running = {threads.submit(run_clip, label, options): label for label in listed}
        for done in as_completed(running):
            label = running[done]
            results[label.file] = done.result()
            report(label, results[label.file])
    return [(label, results[label.file]) for label in listed]


def run_clip(label: ClipLabel, options: RunOptions) -> Outcome:
    """Analyse one clip. A refusal is a result; so is a crash."""
    folder = output_folder(label, options)
    folder.mkdir(parents=True, exist_ok=True)
    extra = options.extra
    if options.named:
        _take_saved(output_folder(label, replace(options, named=False)), folder)
        extra = (*extra, "--exercise", label.exercise.replace("_", "-"))
    elif options.fresh:
        (folder / "track.npz").unlink(missing_ok=True)
    started = time.monotonic()
    code, message = _analyze(label.path, folder, extra)
    seconds = time.monotonic() - started
    if code not in (0, 1):
        return Outcome(code, message, seconds=seconds)
    try:
        outcome = replace(read_outcome(folder, code), seconds=seconds)
        return with_joints(outcome, folder) if label.truth is not None and not options.named else outcome
    except (OSError, ValueError, UsageError) as error:
        return Outcome(CRASHED, str(error), seconds=seconds)


def output_folder(label: ClipLabel, options: RunOptions) -> Path:
    """Where a clip's outputs are kept between evaluations; those with the exercise named stand apart."""
    root = options.cache / "named" if options.named else options.cache
    return (root / label.file).with_suffix("")


def _take_saved(source: Path, folder: Path) -> None:
    """Poses and bar do not depend on the exercise: what one run has saved serves the other (which checks that it fits)."""
    for name in SAVED:
        (folder / name).unlink(missing_ok=True)
        if (source / name).is_file():
            shutil.copyfile(source / name, folder / name)


def with_joints(outcome: Outcome, folder: Path) -> Outcome:
    """Add joints and load in pixels, which no output file carries: they are built again from what is saved."""
    from formcheck.lifts.sets import find_sets
    from formcheck.motion.bar.candidates import load_bar
    from formcheck.pose.track import load_track

    track, candidates = load_track(folder / "track.npz"), load_bar(folder / "bar.npz")
    assert track is not None  # without a key they are loaded or an error is raised
    assert candidates is not None
    filmed = find_sets(track, candidates)[0].found
    motion = max(filmed.shots, key=lambda shot: len(shot.reps)).motion
    measured = _rule_values(filmed)
    return replace(outcome, points=joint_points(motion), point_times=np.asarray(motion.times), measured=measured)


def _rule_values(filmed: LiftSet) -> dict[tuple[str, int], RuleValue]:
    from formcheck.lifts.exercise import Observation
    from formcheck.lifts.limits import load_limits

    limits, found = load_limits()[filmed.exercise.name], {}
    for shot in filmed.shots:
        for rep in shot.reps:
            for rule in filmed.exercise.rules:
                seen = rule.judge(shot, rep, limits)
                if isinstance(seen, Observation) and np.isfinite(seen.measured.value):
                    quantity, band = seen.measured, seen.limit.borderline
                    found[rule.id, rep.index] = RuleValue(quantity.value, quantity.sd, quantity.unit, band)
    return found


def joint_points(motion: Motion) -> dict[str, Array]:
    """Joints under the names of the truth files ("near_hip") and the "load" where one was found, (F, 2) pixels."""
    body = motion.body
    points = {f"near_{name}": body.near(name) for name in TRUE_JOINTS}
    points |= {f"far_{name}": body.far(name) for name in TRUE_JOINTS}
    if motion.bar is not None:
        points["load"] = motion.bar.center
    return points


def _analyze(clip: Path, folder: Path, extra: tuple[str, ...]) -> tuple[int, str]:
    """Run the command; its exit code and, when it failed, the sentence it ended with."""
    command = formcheck("analyze", str(clip), "--out", str(folder), "--no-video", "--no-report", "--quiet", *extra)
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, env=environment())
    except subprocess.TimeoutExpired:
        return CRASHED, f"no answer within {PATIENCE_S:.0f} s"
    said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    if done.returncode == 1 and "Traceback (most recent call last):" in done.stderr:
        return CRASHED, said[-1] if said else "traceback"
    if done.returncode in (0, 1):
        return done.returncode, ""
    sentence = said[-1].removeprefix("formcheck: ") if said else f"exit code {done.returncode}"
    return (REFUSED if done.returncode == REFUSED else CRASHED), sentence

"""What people (or the renderer) say about each clip: `labels.csv`, or truth files alone where there is no table."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from evaluation.rep_labels import RepLabel, from_truth, read_cell, rep_label
from evaluation.truth import Truth, read_truth
from formcheck.errors import UsageError
from formcheck.lifts.registry import exercise_named

#: Exercises that count as one for recognition: what is hard to tell apart in a picture and has the same rules.
FAMILIES = {
    "hip_thrust": "hip thrust",
    "glute_bridge": "hip thrust",
    "romanian_deadlift": "hinge",
    "split_squat": "split squat",
    "goblet_squat": "squat",
}

#: Faults the renderer can make, by exercise. A rendered clip is certainly free of those that its truth does not list.
RENDERED_FAULTS = {
    "hip_thrust": ("lumbar_arch", "chin_not_tucked", "shins_not_vertical", "short_range"),
    "romanian_deadlift": ("bar_drift", "overdepth", "back_rounding"),
    "split_squat": ("torso_upright",),
}

#: Rendered clips without a table are side views up to this yaw, degrees.
SIDE_YAW_DEG = 20.0

_NEEDED = ("file", "kind", "exercise", "reps", "reps_tolerance", "view", "near_side", "faults", "clean_of")

#: The real clips that methods and limits are chosen with, and those that are kept for checking them.
Half = Literal["tune", "check"]


@dataclass(frozen=True)
class ClipLabel:
    """A row of `labels.csv`. `near_side` is None where it was not labelled; `truth` only for rendered clips.

    `own` has the reps that the label tells apart from the others.
    """

    file: str
    path: Path
    kind: str
    exercise: str
    variant: str
    reps: int
    reps_tolerance: int
    view: str
    near_side: str | None
    faults: tuple[str, ...]
    clean_of: tuple[str, ...]
    truth: Truth | None = None
    own: Mapping[int, RepLabel] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The clip's name without folder and ending: how tables call it."""
        return self.path.stem

    @property
    def family(self) -> str:
        return family(self.exercise)

    @property
    def side_view(self) -> bool:
        return self.view == "side"

    @property
    def certain(self) -> bool:
        """Whether the number of reps is beyond doubt."""
        return self.reps_tolerance == 0

    @property
    def half(self) -> Half | None:
        """Which half a real clip belongs to, by a hash of its name that nobody can choose; None for rendered clips."""
        if self.kind == "rendered":
            return None
        return "check" if hashlib.sha256(self.name.encode()).digest()[0] % 2 else "tune"

    @property
    def rep_labels(self) -> dict[int, RepLabel]:
        """What is known of each labelled rep, by number from 1."""
        return {n: rep_label(self.own.get(n), self.faults, self.clean_of) for n in range(1, self.reps + 1)}


def family(exercise: str) -> str:
    """The family of a formcheck exercise name (the name itself when it has none)."""
    if exercise in FAMILIES:
        return FAMILIES[exercise]
    try:
        own = exercise_named(exercise).family
    except UsageError:
        return exercise
    return FAMILIES.get(own, own)


def read_labels(folder: Path) -> list[ClipLabel]:
    """Labels of the clips in a folder: its `labels.csv`, else every clip that has a truth file beside it.

    Rendered clips take reps, faults and sides from their truth files.

    Raises:
        ValueError: no label at all, a missing column, or a clip or truth file that is named but not there.
    """
    table = folder / "labels.csv"
    labels = _from_table(table) if table.is_file() else _from_truth_files(folder)
    if not labels:
        raise ValueError(f"{folder} has neither labels.csv nor clips with a NAME.truth.json; expected labelled clips.")
    return labels


def _from_table(table: Path) -> list[ClipLabel]:
    with table.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    lacking = [name for name in _NEEDED if rows and name not in rows[0]]
    if lacking:
        raise ValueError(f"{table} lacks the column {lacking[0]}; expected {', '.join(_NEEDED)}.")
    return [_label(table.parent, row) for row in rows]


def _label(folder: Path, row: dict[str, str]) -> ClipLabel:
    path = folder / row["file"]
    if not path.is_file():
        raise ValueError(f"{path} does not exist but labels.csv names it; put the clip there or remove its row.")
    label = ClipLabel(
        file=row["file"],
        path=path,
        kind=row["kind"],
        exercise=row["exercise"],
        variant=row.get("variant", ""),
        reps=int(row["reps"]),
        reps_tolerance=int(row["reps_tolerance"]),
        view=row["view"],
        near_side=row["near_side"] or None,
        faults=_listed(row["faults"]),
        clean_of=_listed(row["clean_of"]),
    )
    if label.kind == "rendered":
        label = _with_truth(label)
    if label.own:
        return label
    try:
        return replace(label, own=read_cell(row.get("rep_faults") or "", label.reps))
    except ValueError as error:
        raise ValueError(f"labels.csv, {label.file}: {error}") from None


def _from_truth_files(folder: Path) -> list[ClipLabel]:
    labels = []
    for file in sorted(folder.rglob("*.truth.json")):
        path = file.with_name(file.name.replace(".truth.json", ".mp4"))
        if not path.is_file():
            raise ValueError(f"{path} does not exist but {file.name} describes it; put the clip beside its truth file.")
        label = ClipLabel(
            file=path.relative_to(folder).as_posix(),
            path=path,
            kind="rendered",
            exercise="",
            variant="",
            reps=0,
            reps_tolerance=0,
            view="side",
            near_side=None,
            faults=(),
            clean_of=(),
        )
        label = _with_truth(label)
        oblique = label.truth is not None and abs(label.truth.yaw_deg) > SIDE_YAW_DEG
        labels.append(replace(label, view="oblique") if oblique else label)
    return labels


def _with_truth(label: ClipLabel) -> ClipLabel:
    file = label.path.with_name(f"{label.path.stem}.truth.json")
    if not file.is_file():
        raise ValueError(f"{file} does not exist; a clip of kind rendered needs its truth file beside it.")
    truth = read_truth(file)
    own = from_truth([rep.faults for rep in truth.reps], [rep.clean_of for rep in truth.reps])
    anywhere = frozenset(truth.faults).union(*(rep.faulty for rep in own.values()))
    return replace(
        label,
        exercise=truth.exercise,
        reps=len(truth.reps),
        near_side=truth.near_side,
        faults=truth.faults,
        clean_of=label.clean_of or _kept(truth, anywhere),
        truth=truth,
        own=own,
    )


def _kept(truth: Truth, faulty: frozenset[str]) -> tuple[str, ...]:
    """Rules that no rep of a rendered clip breaks."""
    if truth.clean_of is not None:
        return truth.clean_of
    return tuple(rule for rule in RENDERED_FAULTS.get(truth.exercise, ()) if rule not in faulty)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())

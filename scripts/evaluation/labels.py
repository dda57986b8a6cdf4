"""What people (or the renderer) say about each clip: `labels.csv`, or truth files alone where there is no table."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path

from evaluation.truth import Truth, read_truth

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

_NEEDED = ("file", "kind", "exercise", "reps", "reps_tolerance", "view", "near_side", "faults", "clean_of")


@dataclass(frozen=True)
class ClipLabel:
    """A row of `labels.csv`. `near_side` is None where it was not labelled; `truth` only for rendered clips."""

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


def family(exercise: str) -> str:
    """The family of a formcheck exercise name (the name itself when it has none)."""
    return FAMILIES.get(exercise, exercise)


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
    return _with_truth(label) if label.kind == "rendered" else label


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
        labels.append(_with_truth(label))
    return labels


def _with_truth(label: ClipLabel) -> ClipLabel:
    file = label.path.with_name(f"{label.path.stem}.truth.json")
    if not file.is_file():
        raise ValueError(f"{file} does not exist; a clip of kind rendered needs its truth file beside it.")
    truth = read_truth(file)
    known = RENDERED_FAULTS.get(truth.exercise, ())
    return replace(
        label,
        exercise=truth.exercise,
        reps=len(truth.reps),
        near_side=truth.near_side,
        faults=truth.faults,
        clean_of=label.clean_of or tuple(rule for rule in known if rule not in truth.faults),
        truth=truth,
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())

"""What people (or the renderer) say about each clip: `labels.csv`, what it says of single reps, and the truth files of
rendered clips."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import UsageError
from formcheck.lifts.registry import exercise_named

Array = NDArray[np.float64]

#: Joints whose true pixel positions are compared, as named in the truth files (near and far side alike).
TRUE_JOINTS = ("ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", "toe")


@dataclass(frozen=True)
class TrueRep:
    """When a rendered repetition really happened, seconds; `turn_s` to `turn_end_s` is the pause at the turn.

    `faults` are those of this rep, None in a truth whose reps are all alike. `clean_of` are rules it certainly keeps; None
    where every rule that is not a fault is kept. `severity` is the true value behind each rule, in a clip of the studio.
    """

    start_s: float
    turn_s: float
    turn_end_s: float
    end_s: float
    faults: tuple[str, ...] | None = None
    clean_of: tuple[str, ...] | None = None
    severity: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Studio:
    """How the studio filmed a clip: its own name of the exercise, the body, the plates (metres, None without any), the unit
    of each rule's severity, and the conditions by name."""

    kind: str
    body: str
    plate_m: float | None
    units: Mapping[str, str]
    conditions: Mapping[str, Any]


@dataclass(frozen=True)
class Truth:
    """The truth of a rendered clip on its F frames.

    Attributes:
        times: (F,) seconds from the clip's first frame.
        angles: name -> (F,) degrees, named as in the truth file; NaN where it has none.
        points: "near_hip", "far_ankle", ... -> (F, 2) pixels, x right, y down.
        load_px: (F, 2) pixels of the near plate's centre or of the near dumbbell; NaN without either.
        load_px_per_m: pixels a metre where the load is (nearer to the camera than the lifter's middle).
        bar_px: (F, 2) pixels of the bar in the lifter's sagittal plane; NaN without a bar.
        px_per_m: pixels a metre in that plane.
        front_leg: "near" or "far" in a split squat, None elsewhere.
        clean_of: rules that every rep certainly keeps; None where every rule that is not a fault is kept.
        studio: how it was filmed, for clips of the studio.
    """

    name: str
    exercise: str
    faults: tuple[str, ...]
    near_side: str
    facing: str
    yaw_deg: float
    reps: tuple[TrueRep, ...]
    times: Array
    angles: dict[str, Array]
    points: dict[str, Array]
    load: str
    load_px: Array
    load_px_per_m: float
    bar_px: Array
    px_per_m: float
    front_leg: str | None
    clean_of: tuple[str, ...] | None = None
    studio: Studio | None = None

    @property
    def duration_s(self) -> float:
        """Seconds from the first frame to the end of the last one."""
        return float(self.times[-1] + np.median(np.diff(self.times)))

    @property
    def trunk_px(self) -> float:
        """Median length of the near shoulder-hip line, pixels: the unit of joint errors."""
        return float(np.median(np.linalg.norm(self.points["near_shoulder"] - self.points["near_hip"], axis=1)))


def read_truth(path: Path) -> Truth:
    """Read `NAME.truth.json`.

    Raises:
        ValueError: the file is not a truth file; says which key is missing.
    """
    raw = json.loads(path.read_text(encoding="utf-8"))
    frames = raw.get("frames")
    if not frames:
        raise ValueError(f"{path.name} has no `frames`; expected the truth file of a rendered clip.")
    try:
        plates = raw["px_per_m_near_plate"] is not None
        return Truth(
            name=path.name.removesuffix(".truth.json"),
            exercise=raw["exercise"],
            faults=tuple(raw["faults"]),
            near_side=raw["near_side"],
            facing=raw["facing"],
            yaw_deg=float(raw["camera_yaw_deg"]),
            reps=tuple(_rep(rep) for rep in raw["reps"]),
            times=np.array([frame["time_s"] for frame in frames], dtype=np.float64),
            angles=_angles(frames),
            points={
                f"{side}_{name}": _pairs([frame.get(f"{side}_{name}") for frame in frames])
                for side in ("near", "far")
                for name in TRUE_JOINTS
            },
            load=raw["load"],
            load_px=_pairs([frame.get("near_plate_px" if plates else "near_dumbbell_px") for frame in frames]),
            load_px_per_m=float(raw["px_per_m_near_plate"] if plates else raw["px_per_m"]),
            bar_px=_pairs([frame.get("bar_px") for frame in frames]),
            px_per_m=float(raw["px_per_m"]),
            front_leg=raw.get("front_leg"),
            clean_of=None if raw.get("clean_of") is None else tuple(raw["clean_of"]),
            studio=_studio(raw) if "kind" in raw else None,
        )
    except KeyError as missing:
        raise ValueError(f"{path.name} lacks {missing}; expected the truth file of a rendered clip.") from None


def at_times(times: Array, values: Array, wanted: Array) -> Array:
    """The true `values` (F,) or (F, 2) at other times, linear between frames, NaN more than a frame outside them."""
    columns = values[:, None] if values.ndim == 1 else values
    result = np.column_stack([np.interp(wanted, times, columns[:, k]) for k in range(columns.shape[1])])
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    result[(wanted < times[0] - step) | (wanted > times[-1] + step)] = np.nan
    return result[:, 0] if values.ndim == 1 else result


def _rep(raw: dict[str, Any]) -> TrueRep:
    start, turn, turn_end, end = (float(raw[name]) for name in ("start_s", "turn_s", "turn_end_s", "end_s"))
    faults, clean = (None if raw.get(name) is None else tuple(raw[name]) for name in ("faults", "clean_of"))
    return TrueRep(start, turn, turn_end, end, faults, clean, raw.get("severity") or {})


def _studio(raw: dict[str, Any]) -> Studio:
    return Studio(raw["kind"], raw["body"], raw["plate_diameter_m"], raw["severity_units"], raw["conditions"])


def _angles(frames: list[dict[str, Any]]) -> dict[str, Array]:
    names = {name for frame in frames for name in frame["angles"]}
    return {
        name: np.array([_number(frame["angles"].get(name)) for frame in frames], dtype=np.float64)
        for name in sorted(names)
    }


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _pairs(values: list[list[float] | None]) -> Array:
    return np.array([[np.nan, np.nan] if value is None else value for value in values], dtype=np.float64)


# What a label says of each repetition: the column `rep_faults`, and the faults of each rep of a rendered truth.

#: In a cell: the rep is clean of every fault that the cell names.
NONE = "none"

_ENTRY = re.compile(r"(\d+)\s*:\s*([a-z_]+(?:\s*\+\s*[a-z_]+)*)")


@dataclass(frozen=True)
class RepLabel:
    """Rules that are certainly broken in a rep and rules that are certainly kept; of all others nothing is known."""

    faulty: frozenset[str] = frozenset()
    clean: frozenset[str] = frozenset()


def read_cell(cell: str, reps: int) -> dict[int, RepLabel]:
    """The reps that a cell such as `1:none;3:short_range+bar_drift` speaks of, by number.

    A rep with faults is known to have these; whether it has another one that the cell names is not said.

    Raises:
        ValueError: the cell does not follow this form, or names a rep twice or one beyond `reps`.
    """
    entries: dict[int, tuple[str, ...]] = {}
    for part in (part.strip() for part in cell.split(";") if part.strip()):
        found = _ENTRY.fullmatch(part)
        if not found:
            raise ValueError(f"rep_faults has {part!r}; expected REP:FAULT+FAULT or REP:{NONE}, with ; between reps.")
        number, names = int(found[1]), tuple(name.strip() for name in found[2].split("+"))
        if not 1 <= number <= reps:
            raise ValueError(f"rep_faults names rep {number}; expected a number from 1 to {reps}, the labelled reps.")
        if number in entries:
            raise ValueError(f"rep_faults names rep {number} twice; expected each rep once.")
        if NONE in names and len(names) > 1:
            raise ValueError(f"rep_faults has {part!r}; expected {NONE} or faults, not both.")
        entries[number] = names
    named = frozenset(name for names in entries.values() for name in names) - {NONE}
    return {
        number: RepLabel(clean=named) if names == (NONE,) else RepLabel(faulty=frozenset(names))
        for number, names in entries.items()
    }


def cell_of(own: Mapping[int, RepLabel]) -> str:
    """The cell that `read_cell` reads these entries from."""
    return ";".join(f"{number}:{'+'.join(sorted(known.faulty)) or NONE}" for number, known in sorted(own.items()))


def from_truth(
    faults: Sequence[Sequence[str] | None], clean_of: Sequence[Sequence[str] | None] = ()
) -> dict[int, RepLabel]:
    """The reps of a rendered truth, whose lists are complete: what one rep has and another does not is clean there.

    `faults` has a list a rep, or None where the truth does not say. A truth with a grey zone lists in `clean_of` what each
    rep certainly keeps; then nothing else counts as clean.
    """
    named = frozenset(name for names in faults for name in names or ())
    kept = [None if names is None else frozenset(names) for names in clean_of] or [None] * len(faults)
    return {
        number: RepLabel(frozenset(names), named - frozenset(names) if clean is None else clean)
        for number, (names, clean) in enumerate(zip(faults, kept, strict=True), start=1)
        if names is not None
    }


def rep_label(own: RepLabel | None, faults: Sequence[str], clean_of: Sequence[str]) -> RepLabel:
    """What is known of a rep from its `own` entry and from what holds for the whole clip; its own entry comes first.

    The clip's faults hold for every rep, but not for one whose entry names no fault (`none`): there they are unknown.
    """
    if own is None:
        return RepLabel(frozenset(faults), frozenset(clean_of))
    broken = own.faulty | (frozenset(faults) - own.clean if own.faulty else frozenset())
    return RepLabel(broken, (own.clean | frozenset(clean_of)) - broken)


def uniform(labels: Mapping[int, RepLabel]) -> RepLabel:
    """What holds for every one of the reps."""
    listed = list(labels.values())
    if not listed:
        return RepLabel()
    return RepLabel(
        frozenset.intersection(*(label.faulty for label in listed)),
        frozenset.intersection(*(label.clean for label in listed)),
    )


# What people (or the renderer) say about each clip: `labels.csv`, or truth files alone where there is no table.

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

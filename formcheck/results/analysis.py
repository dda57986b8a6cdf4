"""`Analysis`: the results of a clip as frozen dataclasses, the contents of `analysis.json`.

The types define the format: `formcheck.results.encoding` writes, reads and validates them, and derives the JSON schema.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import Annotated, Any, Literal

from msgspec import Meta

from formcheck.results.quantity import Quantity

#: Highest reported confidence (0-1): camera, network and tables were not tested on enough people to rule out one error in
#: a hundred.
MOST_SURE = 0.99

SCHEMA: Literal["formcheck.analysis/2"] = "formcheck.analysis/2"

#: 0-1.
Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0)]
#: Numbers of reps and shots, counted from 1.
Number = Annotated[int, Meta(ge=1)]
NotNegative = Annotated[float, Meta(ge=0)]
Text = Annotated[str, Meta(min_length=1)]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
SideName = Literal["left", "right"]


@dataclass(frozen=True)
class Measure:
    """A reported `Quantity` of a rep: rounded to three digits, null if it could not be measured. `sd` is its standard
    deviation. (Rules use `Quantity`, in which unknown is NaN; JSON has no NaN.)

    `unit` is "deg", "s", "m", "m/s", "trunk" (trunk lengths), "%leg" or "%set".
    """

    value: float | None
    unit: Text
    sd: float | None = None

    @classmethod
    def of(cls, quantity: Quantity) -> Measure:
        """A quantity rounded to three digits."""
        value, sd = (round(number, 3) if isfinite(number) else None for number in (quantity.value, quantity.sd))
        return cls(value, quantity.unit, sd)


#: Coverage below which the lifter was too often hidden, cut off or small.
LOW_COVERAGE = 0.9

Severity = Literal["fault", "borderline", "info"]
RepVerdict = Literal["clean", "fault", "borderline", "not_judged"]

#: Why a rule could not be judged, for programs; `reason` beside it is for people.
#:
#: not_applicable: the rule is not meant for this variant. oblique_view: not filmed from the side. hidden: a body part is.
#: outline_hidden: the outline is hidden. no_outline: the pose model gives no outline. no_keypoint: it lacks a needed point.
#: load_not_seen: neither bar nor hands with a load could be followed. cut_off: the clip does not show the whole rep.
#: exercise_unsure: it depends on the exercise, which is unclear. too_unsure: seen, but too poorly to decide. contradictory: of
#: earlier versions. nothing_to_compare: the rep lacks what the rule compares. damaged_file: its frames are missing or corrupt.
#: unknown_speed: the playback speed is unknown. switched_off: by the user. refused: a person says that the finding is wrong.
ReasonCode = Literal[
    "not_applicable", "oblique_view", "hidden", "outline_hidden", "no_outline", "no_keypoint", "load_not_seen", "cut_off",
    "exercise_unsure", "too_unsure", "contradictory", "nothing_to_compare", "damaged_file", "unknown_speed", "switched_off",
    "refused",
]  # fmt: skip


@dataclass(frozen=True)
class DamagedPart:
    """A part of the file with missing or corrupt frames; reps in it are not judged."""

    start_s: NotNegative
    end_s: NotNegative
    lost_frames: Count


@dataclass(frozen=True)
class SourceClip:
    """`frames` and `duration_s` are those of the analysed part as the file holds it, damaged or not."""

    path: str
    sha256: Sha256
    duration_s: NotNegative
    frames: Number
    fps: NotNegative
    width: Number
    height: Number
    #: How many times slower the file plays than life; all times of the analysis are the lifter's own.
    slow_motion: Annotated[float, Meta(gt=0)] = 1.0
    #: Number of `frames` that could not be decoded, and the damaged parts of the file.
    lost_frames: Count = 0
    damaged: tuple[DamagedPart, ...] = ()
    #: Start of the analysed part, to which `duration_s` and `frames` refer; not 0 with --start.
    start_s: NotNegative = 0.0
    #: The clip was filmed upside down without metadata that says so, and was rotated.
    turned_over: bool = False
    #: Why tempo is not judged, as half a sentence (possible slow motion); null if the speed is known.
    speed_doubt: str | None = None


@dataclass(frozen=True)
class PerformedExercise:
    """What was lifted: `name` is the exercise whose rules were applied, `family` the main exercise of those that are hard to
    tell from it (often itself), and `variant` what it is among them (e.g. "bulgarian")."""

    name: Text
    family: Text
    source: Literal["auto", "user"]
    confidence: Share
    variant: str | None = None
    #: The next likely exercise where the recognition was close, and how likely (0-1); None where it was not, or where the
    #: user named the exercise.
    runner_up: str | None = None
    runner_up_confidence: Share | None = None
    #: The working (front) leg of a split squat, None where both legs work alike.
    working_leg: SideName | None = None
    #: False if one leg works and it is unknown which.
    working_leg_told: bool = True
    #: The load given by the user, kilograms.
    load_kg: float | None = None


@dataclass(frozen=True)
class CameraView:
    """The camera's view: the lifter's `side` nearest to it, the side of the picture the lifter faces, its angle off the side
    view (null: unknown), and the quality of the view, 0-1."""

    side: SideName
    facing: SideName
    yaw_deg: float | None
    quality: Share


@dataclass(frozen=True)
class PictureScale:
    """Pixels per metre in the lifter's plane, and the source of that scale; null: unknown."""

    px_per_m: float | None
    source: Literal["plate", "height"] | None


@dataclass(frozen=True)
class JudgedRep:
    """A reported repetition: a `Rep` in round numbers, with measures and verdict.

    Times in seconds from the clip's first frame: it starts, turns, stays until `turn_end_s`, and ends.

    `eccentric_s` is how long the load went down, `concentric_s` up, `pause_s` how long it was held between; null for a phase
    that the clip cuts. `range_deg` is the travel of the exercise's main angle. `measures` by name.
    """

    index: Number
    start_s: float
    turn_s: float
    turn_end_s: float
    end_s: float
    eccentric_s: float | None
    pause_s: float | None
    concentric_s: float | None
    range_deg: float
    measures: dict[str, Measure]
    verdict: RepVerdict
    #: Why a rep without a fault is not clean: the core rules that could not be judged, in words; else None.
    not_judged_because: str | None = None
    #: Number of its shot, from 1.
    shot: Number = 1


@dataclass(frozen=True)
class Finding:
    """A finding of a rule in a rep: when, by how much, against which limit, and how sure."""

    rule: str
    severity: Severity
    rep: Number
    time_s: float
    frame: Count
    value: float
    limit: float
    unit: str
    confidence: Share
    message: str
    cue: str


@dataclass(frozen=True)
class NotJudged:
    """A rule that could not be judged, in one rep or (`rep` null) in the whole set. That is not a pass."""

    rule: str
    rep: int | None
    reason: Text
    #: None in files of earlier versions.
    code: ReasonCode | None = None


@dataclass(frozen=True)
class RejectedMovement:
    """A movement that is not counted as a rep: setting up, walking, racking, or too small."""

    start_s: float
    end_s: float
    shot: Number = field(default=1, kw_only=True)
    reason: Text


@dataclass(frozen=True)
class ShotSummary:
    """One continuous shot of the clip in which the lifter is seen.

    `analysed`: reps were found in it. `view` and `coverage` are those of the shot; `reason` says why nothing was found.
    """

    number: Number
    start_s: float
    end_s: float
    analysed: bool
    reps: Count
    coverage: Share
    view: CameraView
    reason: str | None = None


@dataclass(frozen=True)
class Summary:
    """The set in numbers; `faults` counts findings by rule."""

    reps: Count
    clean_reps: Count
    faults: dict[str, Number]
    #: Rep-to-rep spread (coefficient of variation, percent) of range and tempo; None with fewer than two reps. With bar
    #: velocities known, `velocity_loss_percent` of the last rep against the fastest.
    consistency: dict[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class ClipSet:
    """One of several sets in a clip; each has an analysis and a folder of its own.

    The options `--start` and `--end` with `start_s` and `end_s` (null: the clip's own start or end) judge it alone.
    """

    number: Number
    start_s: float | None
    end_s: float | None
    #: When its first rep begins and its last one ends.
    first_s: float
    last_s: float
    exercise: Text
    variant: str | None
    reps: Count
    clean_reps: Count
    faults: dict[str, Number]


@dataclass(frozen=True)
class Software:
    """What made the analysis: the version of formcheck, the pose model, and the limits and options that it was made with."""

    version: str
    model: str
    model_sha256: str
    limits: dict[str, Any]
    #: The user's options, kept by `render`; empty in files of earlier versions.
    options: dict[str, Any] = field(default_factory=dict)
    #: Source of the model's calibration, in words; "" in files of earlier versions.
    calibration: str = ""


@dataclass(frozen=True)
class Analysis:
    """The results of a clip."""

    schema: Literal["formcheck.analysis/2"] = field(default=SCHEMA, kw_only=True)
    clip: SourceClip
    exercise: PerformedExercise
    view: CameraView
    scale: PictureScale
    coverage: Share
    #: Number of frames in which a left-right swap of the pose model was corrected.
    repaired_frames: Count
    reps: tuple[JudgedRep, ...]
    findings: tuple[Finding, ...]
    not_judged: tuple[NotJudged, ...]
    summary: Summary
    software: Software
    #: Movements that are not counted, in order of time.
    not_counted: tuple[RejectedMovement, ...] = ()
    #: Every shot in which the lifter is seen; `view` and `coverage` above refer to all analysed shots.
    shots: tuple[ShotSummary, ...] = ()
    #: All sets of the clip, and the number of this one; empty for a clip of one set.
    sets: tuple[ClipSet, ...] = ()
    set_number: Number = 1

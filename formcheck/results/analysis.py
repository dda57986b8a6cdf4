"""`Analysis`: everything formcheck says about a clip, as frozen dataclasses. `analysis.json` is this, and so is the report.

The types are the format: `formcheck.results.encoding` writes and reads them, checks what they say of their fields, and makes
the JSON schema from them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import Annotated, Any, Literal

from msgspec import Meta

from formcheck.results.quantity import Quantity

#: Nothing is said to be surer than this (0-1): a camera, a network and a table stand between a lifter and a verdict, and
#: none of them was tried on so many people that one error in a hundred could be ruled out.
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
    """A `Quantity` of a rep as it is reported: to three digits, null where it could not be measured. `sd` is its standard
    deviation. (Rules reckon with quantities, in which what is unknown is NaN: JSON has no NaN, and NaN equals nothing.)

    `unit` is "deg", "s", "m", "m/s", "trunk" (trunk lengths), "%leg" or "%set".
    """

    value: float | None
    unit: Text
    sd: float | None = None

    @classmethod
    def of(cls, quantity: Quantity) -> Measure:
        """A measured quantity as it is reported: to three digits."""
        value, sd = (round(number, 3) if isfinite(number) else None for number in (quantity.value, quantity.sd))
        return cls(value, quantity.unit, sd)


#: Below this share of frames with a usable pose the lifter was too often hidden, cut off or small.
LOW_COVERAGE = 0.9

Severity = Literal["fault", "borderline", "info"]
RepVerdict = Literal["clean", "fault", "borderline", "not_judged"]

#: Why a rule could not be judged, in one word for programs; `reason` beside it says it to people.
#: not_applicable: the rule has nothing to say about this variant. oblique_view: not filmed from the side. hidden: a part of
#: the body is not seen. outline_hidden: the outline is not; no_outline: the keypoints came without one. no_keypoint: the pose
#: model does not have a point that it needs. load_not_seen: neither bar nor hands with a load are.
#: cut_off: the clip does not show all of the rep. exercise_unsure: it depends on which
#: exercise it is, which the clip does not show. too_unsure: seen, but too poorly to decide. contradictory: said by
#: earlier versions. nothing_to_compare: this rep shows nothing that the rule could be held against. damaged_file: the
#: pictures of this rep are missing or spoiled. unknown_speed: the clip may not play at the lifter's
#: own speed. switched_off: the user does not want it judged.
#: refused: it found something, and a person says that this is no fault.
ReasonCode = Literal[
    "not_applicable", "oblique_view", "hidden", "outline_hidden", "no_outline", "no_keypoint", "load_not_seen", "cut_off",
    "exercise_unsure",
    "too_unsure", "contradictory", "nothing_to_compare", "damaged_file", "unknown_speed", "switched_off", "refused",
]  # fmt: skip


@dataclass(frozen=True)
class DamagedPart:
    """A stretch of the file whose pictures are missing or made from damaged ones; reps in it are not judged."""

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
    #: How many of `frames` could not be decoded, and where the file is damaged.
    lost_frames: Count = 0
    damaged: tuple[DamagedPart, ...] = ()
    #: Where the analysed part begins, which `duration_s` and `frames` speak of; not 0 with --start.
    start_s: NotNegative = 0.0
    #: The file holds its pictures upside down without saying so: they were turned, and are shown so.
    turned_over: bool = False
    #: Why the lifter's own speed is not known, as half a sentence (slow motion that nobody spoke of): there is no tempo then.
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
    #: False where one leg works and nothing tells which.
    working_leg_told: bool = True
    #: The load as the user told it, kilograms.
    load_kg: float | None = None


@dataclass(frozen=True)
class CameraView:
    """How the camera saw the lifter: the `side` nearest to it, which side of the picture the lifter faced, how far it stood
    off side-on (null: unknown), and how well the view suits the rules, 0-1."""

    side: SideName
    facing: SideName
    yaw_deg: float | None
    quality: Share


@dataclass(frozen=True)
class PictureScale:
    """How many pixels a metre has in the lifter's plane, and what that was found from; null: unknown."""

    px_per_m: float | None
    source: Literal["plate", "height"] | None


@dataclass(frozen=True)
class JudgedRep:
    """One repetition as it is reported: a `Rep` in round numbers, with its measures and verdict.

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
    #: Why a rep without a fault is not called clean: the core rules that could not be judged, in words. None otherwise.
    not_judged_because: str | None = None
    #: Number of the continuous shot of the clip that shows it, from 1.
    shot: Number = 1


@dataclass(frozen=True)
class Finding:
    """What a rule found in a rep: at which moment and frame of the clip, by how much, against which limit, how surely."""

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
    """Movement that looks like a rep at first and is none (setting up, walking, racking), or is too small to tell."""

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
    """The set in numbers; `faults` are findings by rule."""

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
    #: What the user said (`formcheck.options.options_as_data`), which drawing again keeps; empty in files of earlier versions.
    options: dict[str, Any] = field(default_factory=dict)
    #: Where the sizes of the model's errors come from, in words; "" in files of earlier versions.
    calibration: str = ""


@dataclass(frozen=True)
class Analysis:
    """Everything that formcheck says about a clip."""

    schema: Literal["formcheck.analysis/2"] = field(default=SCHEMA, kw_only=True)
    clip: SourceClip
    exercise: PerformedExercise
    view: CameraView
    scale: PictureScale
    coverage: Share
    #: Frames in which the pose model had taken left for right and formcheck put it back.
    repaired_frames: Count
    reps: tuple[JudgedRep, ...]
    findings: tuple[Finding, ...]
    not_judged: tuple[NotJudged, ...]
    summary: Summary
    software: Software
    #: What moved and is not among the reps, in order of time.
    not_counted: tuple[RejectedMovement, ...] = ()
    #: Every continuous shot in which the lifter is seen; `view` and `coverage` above are those of all analysed ones.
    shots: tuple[ShotSummary, ...] = ()
    #: All sets of a clip that shows several, and which of them this analysis is of; empty for a clip of one set.
    sets: tuple[ClipSet, ...] = ()
    set_number: Number = 1

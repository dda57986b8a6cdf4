"""A measured number: what every stage means by a value with a unit."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Literal

NAN = float("nan")
#: Nothing is said to be surer than this (0-1): a camera, a network and a table stand between a lifter and a verdict, and
#: none of them was tried on so many people that one error in a hundred could be ruled out.
MOST_SURE = 0.99


@dataclass(frozen=True)
class Quantity:
    """A value with its unit and how well it is known.

    Attributes:
        value: in `unit`; NaN where it could not be measured.
        unit: "deg", "s", "m", "m/s", "trunk" (trunk lengths), "%leg", "%set".
        sd: standard deviation in the same unit; NaN where it is not known.
        time_s: when it was reached, seconds; NaN: not at one time.
        seen: share of the wanted frames that it was measured in, 0-1.
    """

    value: float
    unit: str
    sd: float = NAN
    time_s: float = NAN
    seen: float = 1.0

    @property
    def known(self) -> float | None:
        """The value, or None where it could not be measured."""
        return self.value if isfinite(self.value) else None


# `Analysis`: everything formcheck says about a clip, as frozen dataclasses. `analysis.json` is this, and so is the
# report.

SCHEMA = "formcheck.analysis/1"

#: Below this share of frames with a usable pose the lifter was too often hidden, cut off or small.
LOW_COVERAGE = 0.9

Severity = Literal["fault", "borderline", "info"]
RepVerdict = Literal["clean", "fault", "borderline", "not_judged"]

#: Why a rule could not be judged, in one word for programs; `reason` beside it says it to people.
#: not_applicable: the rule has nothing to say about this variant. oblique_view: not filmed from the side. hidden: a part of
#: the body is not seen. outline_hidden: the outline is not; no_outline: the keypoints came without one. no_keypoint: the pose
#: model does not have a point that it needs. load_not_seen: neither bar nor hands with a load are.
#: cut_off: the clip does not show all of the rep. too_unsure: seen, but too poorly to decide. contradictory: said by
#: earlier versions. nothing_to_compare: this rep shows nothing that the rule could be held against. damaged_file: the
#: pictures of this rep are missing or spoiled.
ReasonCode = Literal[
    "not_applicable", "oblique_view", "hidden", "outline_hidden", "no_outline", "no_keypoint", "load_not_seen", "cut_off",
    "too_unsure", "contradictory", "nothing_to_compare", "damaged_file",
]  # fmt: skip


@dataclass(frozen=True)
class DamagedPart:
    """A stretch of the file whose pictures are missing or made from damaged ones; reps in it are not judged."""

    start_s: float
    end_s: float
    lost_frames: int


@dataclass(frozen=True)
class ClipFacts:
    """`frames` and `duration_s` are those of the analysed part as the file holds it, damaged or not."""

    path: str
    sha256: str
    duration_s: float
    frames: int
    fps: float
    width: int
    height: int
    #: How many times slower the file plays than life; all times of the analysis are the lifter's own.
    slow_motion: float = 1.0
    #: How many of `frames` could not be decoded, and where the file is damaged.
    lost_frames: int = 0
    damaged: tuple[DamagedPart, ...] = ()
    #: Where the analysed part begins, which `duration_s` and `frames` speak of; not 0 with --start.
    start_s: float = 0.0
    #: The file holds its pictures upside down without saying so: they were turned, and are shown so.
    turned_over: bool = False


@dataclass(frozen=True)
class ExerciseFacts:
    """`name` is the exercise whose rules were applied, `main` the one that it is a kind of (None: of none), and
    `variant` what it is within the family (e.g. "bulgarian")."""

    name: str
    source: Literal["auto", "user"]
    confidence: float
    variant: str | None = None
    main: str | None = None
    #: The next likely exercise where the recognition was close, and how likely (0-1); None where it was not, or where the
    #: user named the exercise.
    runner_up: str | None = None
    runner_up_confidence: float | None = None
    #: The working (front) leg of a split squat, None where both legs work alike.
    working_leg: Literal["left", "right"] | None = None
    #: False where one leg works and nothing tells which.
    working_leg_told: bool = True
    #: The load as the user told it, kilograms.
    load_kg: float | None = None


@dataclass(frozen=True)
class ViewFacts:
    side: Literal["left", "right"]
    facing: Literal["left", "right"]
    yaw_deg: float | None
    quality: float


@dataclass(frozen=True)
class ScaleFacts:
    px_per_m: float | None
    source: Literal["plate", "height"] | None


@dataclass(frozen=True)
class RepFacts:
    index: int
    start_s: float
    turn_s: float
    turn_end_s: float
    end_s: float
    lowering_s: float | None
    pause_s: float | None
    lifting_s: float | None
    range_deg: float
    measures: dict[str, Quantity]
    verdict: RepVerdict
    #: Why a rep without a fault is not called clean: the core rules that could not be judged, in words. None otherwise.
    not_judged_because: str | None = None
    #: Number of the continuous shot (take) of the clip that shows it, from 1.
    shot: int = 1


@dataclass(frozen=True)
class Finding:
    rule: str
    severity: Severity
    rep: int
    time_s: float
    frame: int
    value: float
    limit: float
    unit: str
    confidence: float
    message: str
    cue: str


@dataclass(frozen=True)
class NotJudged:
    rule: str
    rep: int | None
    reason: str
    #: None in files of earlier versions.
    code: ReasonCode | None = None


@dataclass(frozen=True)
class NotCounted:
    """Movement that looks like a rep at first and is none (setting up, walking, racking), or is too small to tell."""

    start_s: float
    end_s: float
    shot: int
    reason: str


@dataclass(frozen=True)
class ShotFacts:
    """One continuous shot of the clip in which the lifter is seen.

    `analysed`: reps were found in it. `view` and `coverage` are those of the shot; `reason` says why nothing was found.
    """

    number: int
    start_s: float
    end_s: float
    analysed: bool
    reps: int
    coverage: float
    view: ViewFacts
    reason: str | None = None


@dataclass(frozen=True)
class Summary:
    reps: int
    clean_reps: int
    faults: dict[str, int]
    #: Rep-to-rep spread (coefficient of variation, percent) of range and tempo; None with fewer than two reps. With bar
    #: velocities known, `velocity_loss_percent` of the last rep against the fastest.
    consistency: dict[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class SoftwareFacts:
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
    clip: ClipFacts
    exercise: ExerciseFacts
    view: ViewFacts
    scale: ScaleFacts
    coverage: float
    #: Frames in which the pose model had taken left for right and formcheck put it back.
    repaired_frames: int
    reps: tuple[RepFacts, ...]
    findings: tuple[Finding, ...]
    not_judged: tuple[NotJudged, ...]
    summary: Summary
    software: SoftwareFacts
    #: What moved and is not among the reps, in order of time.
    not_counted: tuple[NotCounted, ...] = ()
    #: Every continuous shot in which the lifter is seen; `view` and `coverage` above are those of all analysed ones.
    shots: tuple[ShotFacts, ...] = ()

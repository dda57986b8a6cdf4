"""Pose models: pictures in, named keypoints out, with a name, the hash of the weights and a calibration of their errors.

Lengths are in trunk lengths (shoulder to hip). All errors of keypoints come from the model's calibration.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import UsageError
from formcheck.pose.detection import Detection
from formcheck.pose.skeleton import Joint

#: Kinds of points: one for each left-right pair, and the nose.
PARTS = ("nose", "eye", "ear", "shoulder", "elbow", "wrist", "hand", "hip", "knee", "ankle", "heel", "toe")


def part_of(point: Joint) -> str:
    """The kind of a point, one of `PARTS`."""
    return point.name.lower().rpartition("_")[2]


@dataclass(frozen=True)
class Shift:
    """Offset from the model's point to the centre of the joint, in the frame of a body segment.

    Attributes:
        part: which points are shifted, on both sides.
        segment: "trunk" or "thigh".
        up: along the segment, towards its upper end. back: perpendicular to it, towards the lifter's back.
    """

    part: str
    segment: Literal["trunk", "thigh"]
    up: float = 0.0
    back: float = 0.0


@dataclass(frozen=True)
class Calibration:
    """Errors of a model. Standard deviations are those of the points after the `shifts`.

    Attributes:
        source: where the numbers come from; kept with the results.
        sd: error of a clearly visible point of each part that smoothing does not remove.
        hidden_sd: error of a point behind a plate.
        outside_sd: error of a point outside the picture.
        lying_hip_sd: error of a lying lifter's hip behind a plate. hidden_hip_mean_sd: that of its average over a clip.
        seen_near, seen_far: visibility from which a point of the near and of the far side counts as fully visible.
        shoulder_width, hip_width: typical distance between the points of both shoulders and of both hips.
        foot_turn: share of a foot's true turn, as its heel lifts, that the points of the foot show.
        reads_back: the networks that read the back (`formcheck.pose.back`) were trained on this model's points.
        shifts: from the model's points to the joint centres; empty if unknown.
    """

    source: str
    sd: Mapping[str, float]
    hidden_sd: Mapping[str, float]
    outside_sd: float = 0.2
    lying_hip_sd: float = 0.12
    hidden_hip_mean_sd: float = 0.08
    seen_near: float = 0.3
    seen_far: float = 0.3
    shoulder_width: float = 0.7
    hip_width: float = 0.45
    foot_turn: float = 1.0
    reads_back: bool = False
    shifts: tuple[Shift, ...] = field(default=())

    def __post_init__(self) -> None:
        for name in ("sd", "hidden_sd"):
            missing = [part for part in PARTS if part not in getattr(self, name)]
            if missing:
                raise ValueError(f"the {name} of {', '.join(missing)} is missing; expected one of each of {', '.join(PARTS)}")
        positive = [
            *self.sd.values(), *self.hidden_sd.values(), self.outside_sd, self.lying_hip_sd, self.hidden_hip_mean_sd,
            self.seen_near, self.seen_far, self.shoulder_width, self.hip_width, self.foot_turn,
        ]  # fmt: skip
        if not all(math.isfinite(number) and number > 0 for number in positive):
            raise ValueError("every standard deviation, visibility, width and share must be a number above zero")
        for shift in self.shifts:
            if shift.part not in PARTS or shift.segment not in ("trunk", "thigh"):
                raise ValueError(f"{shift.part} along {shift.segment} is not a shift; expected a part along trunk or thigh")
            if not math.isfinite(shift.up) or not math.isfinite(shift.back):
                raise ValueError(f"the shift of the {shift.part} is not a number")

    def sds(self, parts: Iterable[str]) -> NDArray[np.float64]:
        """`sd` of some parts, in their order."""
        return np.array([self.sd[part] for part in parts])

    def hidden_sds(self, parts: Iterable[str]) -> NDArray[np.float64]:
        """`hidden_sd` of some parts, in their order."""
        return np.array([self.hidden_sd[part] for part in parts])


#: For models without measurements. Shoulders, hips and ears are assumed to be as far from the joint centres as those of the
#: measured model before its shifts; other errors are half as large again as that model's. Visibility counts fully from 0.3 on.
UNKNOWN = Calibration(
    source="unknown model: assumed, wider than any that was measured",
    sd={
        "nose": 0.05, "eye": 0.05, "ear": 0.06, "shoulder": 0.055, "elbow": 0.05, "wrist": 0.05, "hand": 0.05, "hip": 0.075,
        "knee": 0.03, "ankle": 0.03, "heel": 0.04, "toe": 0.045,
    },
    hidden_sd={
        "nose": 0.15, "eye": 0.15, "ear": 0.15, "shoulder": 0.15, "elbow": 0.15, "wrist": 0.15, "hand": 0.15, "hip": 0.15,
        "knee": 0.2, "ankle": 0.4, "heel": 0.4, "toe": 0.4,
    },
)  # fmt: skip


def calibration_as_data(calibration: Calibration) -> dict[str, Any]:
    """The calibration as JSON data."""
    return asdict(calibration)


def calibration_from_data(data: Mapping[str, Any]) -> Calibration:
    """Inverse of `calibration_as_data`.

    Raises:
        ValueError, TypeError: the data are invalid.
    """
    return Calibration(**{**data, "shifts": tuple(Shift(**shift) for shift in data["shifts"])})


# Protocols of pose models.

#: Most people that a detector is asked for in one picture.
MOST_PEOPLE = 4
#: Pattern of a model's name, which is typed after --model and kept with the results.
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"


class Detector(Protocol):
    """A loaded model in a worker process; it is never called concurrently."""

    def detect(self, picture: NDArray[np.uint8], people: int, outline: bool) -> list[Detection]:
        """Find up to `people` persons in a (height, width, 3) RGB picture, without tracking; see `Detection.named`.

        Points are in pixels of the picture, which may be rotated by quarter turns for lying people. `outline` requests
        outlines from models that have them.
        """
        ...


class PoseModel(Protocol):
    """A pose model that is not loaded yet.

    Worker processes receive and load it. So it must be a dataclass of an importable module with plain fields (strings,
    numbers, paths); large data belong in `load`.
    """

    @property
    def name(self) -> str:
        """Name for the user, kept with the results."""
        ...

    @property
    def sha256(self) -> str:
        """Hash of the weights: tracks made with other weights are not reused."""
        ...

    @property
    def calibration(self) -> Calibration:
        """Errors of its points and their offsets from the joint centres."""
        ...

    def load(self) -> Detector:
        """Load it, in a worker process, once."""
        ...


def checked_model(model: object, origin: str) -> PoseModel:
    """Check that a model fulfils `PoseModel`; `origin` names it in errors.

    Raises:
        UsageError: an attribute is missing or of the wrong type.
    """
    name, sha256 = getattr(model, "name", None), getattr(model, "sha256", None)
    wrong = ""
    if not isinstance(name, str) or not re.fullmatch(_NAME, name):
        wrong = f"its name is {name!r}, expected letters, digits, dots, dashes and underscores"
    elif not isinstance(sha256, str) or not sha256:
        wrong = f"its sha256 is {sha256!r}, expected the hash of its weights as text"
    elif not isinstance(getattr(model, "calibration", None), Calibration):
        wrong = "it has no calibration, expected a formcheck.pose.Calibration (UNKNOWN where nothing was measured)"
    elif not callable(getattr(model, "load", None)):
        wrong = "it has no load(), expected one that gives a detector"
    if wrong:
        raise UsageError(f"the pose model of {origin} cannot be used: {wrong}.")
    return model  # type: ignore[return-value]  # checked above

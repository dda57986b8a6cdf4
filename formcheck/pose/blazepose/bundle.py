"""BlazePose: its calibration, and its bundles as `PoseModel`.

BlazePose was trained on labels on the skin: its shoulder is above the joint centre, its hip in front of and below the femoral
head, its ear in front of the ear's middle. These three are shifted to the joint centres by fixed shares of the trunk,
measured on rendered people with known skeletons (two bodies, ten clips, which agree within 2 per cent of the trunk). Knees
and feet are within 3 per cent and not shifted.

Its visibility says little: on rendered people a near knee behind a plate has 0.9 and is a quarter of a trunk off, while far
knees with 0.01 are within 5 per cent. So points count as visible from very low values on. Points behind a plate are guesses,
in the median 10 (knee) to 40 (ankle) per cent of the trunk off.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from formcheck.errors import FormcheckError, UsageError
from formcheck.options import MODEL
from formcheck.pose.model import Calibration, Shift
from formcheck.runtime.files import expected_sha256, models_folder
from formcheck.video.files import file_sha256

if TYPE_CHECKING:
    from formcheck.pose.blazepose.detector import BlazePoseDetector

CALIBRATION = Calibration(
    source="BlazePose: measured on rendered people with known skeletons",
    # Chosen so that errors on rendered clips are as large as predicted.
    sd={
        "nose": 0.03, "eye": 0.03, "ear": 0.02, "shoulder": 0.015, "elbow": 0.03, "wrist": 0.03, "hand": 0.03, "hip": 0.025,
        "knee": 0.015, "ankle": 0.01, "heel": 0.02, "toe": 0.03,
    },
    hidden_sd={
        "nose": 0.12, "eye": 0.12, "ear": 0.12, "shoulder": 0.12, "elbow": 0.12, "wrist": 0.12, "hand": 0.12, "hip": 0.06,
        "knee": 0.15, "ankle": 0.4, "heel": 0.4, "toe": 0.4,
    },
    outside_sd=0.2,
    lying_hip_sd=0.12,
    hidden_hip_mean_sd=0.08,
    seen_near=0.1,
    seen_far=0.01,
    shoulder_width=0.70,
    hip_width=0.45,
    # Made-up squats whose heels rise by 13 to 26 % of the leg read 5 to 15 %, 0.49 of it on average; flat feet -4 to 4.
    foot_turn=0.5,
    reads_back=True,
    shifts=(
        Shift("shoulder", "trunk", up=-0.055),
        Shift("ear", "trunk", back=0.06),
        Shift("hip", "trunk", up=0.015, back=0.02),
        Shift("hip", "thigh", up=0.03, back=0.04),
    ),
)  # fmt: skip


# BlazePose's bundles.

#: Shipped bundles, the default first.
SHIPPED = ("heavy", "full")
#: Suffix of a bundle.
ENDING = ".task"
_ENTRIES = {"pose_detector.tflite", "pose_landmarks_detector.tflite"}


@dataclass(frozen=True)
class BlazePose:
    """A verified model bundle: its `name` on the command line, SHA-256 and file."""

    name: str
    sha256: str
    path: Path

    @property
    def calibration(self) -> Calibration:
        """Measured on the heavy model, and assumed for the full one."""
        return CALIBRATION

    def load(self) -> BlazePoseDetector:
        """Load it, ready for the sparse pass."""
        from formcheck.pose.blazepose.detector import BlazePoseDetector

        return BlazePoseDetector(self.path)


def find_bundle(name: str) -> BlazePose:
    """Find and verify a shipped bundle by its name, or a bundle by its path.

    Raises:
        UsageError: it is missing, truncated, altered or not a bundle.
    """
    shipped = name in SHIPPED
    path = models_folder() / f"pose_landmarker_{name}{ENDING}" if shipped else Path(name)
    if not path.is_file():
        raise UsageError(f"the pose model {path} does not exist; expected a {ENDING} bundle. Install formcheck again.")
    try:
        with zipfile.ZipFile(path) as bundle:
            missing = _ENTRIES - set(bundle.namelist())
    except (zipfile.BadZipFile, OSError):
        missing = _ENTRIES
    if missing and not shipped:
        best = MODEL.to(SHIPPED[0])
        raise UsageError(
            f"{path.name} is not a complete pose model: expected a {ENDING} bundle with {' and '.join(sorted(_ENTRIES))}."
            f" Download it again or use {best}.",
            best,
        )
    sha256 = file_sha256(path)
    if shipped and sha256 != expected_sha256(path.name):
        raise UsageError(
            f"the pose model {path.name} is damaged or altered (its SHA-256 is not the one it was shipped with);"
            " install formcheck again or run scripts/build_models.py."
        )
    return BlazePose(name if shipped else path.name, sha256, path)


def check_runtime() -> str:
    """Name and version of the library that runs the bundles.

    Raises:
        FormcheckError: it is not installed, or its version opens network sockets.
    """
    try:
        found = version("mediapipe")
    except PackageNotFoundError:
        raise FormcheckError("mediapipe is not installed; install formcheck again.") from None
    if not found.startswith(("0.10.30", "0.10.31")):
        raise FormcheckError(f"mediapipe {found} is installed, but 0.10.30 or 0.10.31 is needed: newer ones open sockets.")
    return f"mediapipe {found}"

"""BlazePose's bundles: where they are, whether they are what they claim to be, and each as a `PoseModel`."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from formcheck.errors import FormcheckError, UsageError
from formcheck.pose.blazepose.calibration import CALIBRATION
from formcheck.pose.calibration import Calibration
from formcheck.settings import MODEL
from formcheck.video.files import file_sha256

if TYPE_CHECKING:
    from formcheck.pose.blazepose.detector import BlazePoseDetector

#: The bundles that formcheck comes with, the default first.
SHIPPED = ("heavy", "full")
#: What a bundle's file ends in.
ENDING = ".task"
_ENTRIES = {"pose_detector.tflite", "pose_landmarks_detector.tflite"}


@dataclass(frozen=True)
class BlazePose:
    """A checked model bundle: `name` as the user says it, its SHA-256 and its file."""

    name: str
    sha256: str
    path: Path

    @property
    def calibration(self) -> Calibration:
        """Measured on the heavy model; the full one is taken to be as good where nothing hides a joint."""
        return CALIBRATION

    def load(self) -> BlazePoseDetector:
        """Load it, for as many people as a clip's first look wants."""
        from formcheck.pose.blazepose.detector import BlazePoseDetector

        return BlazePoseDetector(self.path)


def models_folder() -> Path:
    """The folder with the shipped bundles: inside an installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[2]
    installed = package / "models"
    return installed if installed.is_dir() else package.parent / "models"


def find_bundle(name: str) -> BlazePose:
    """Find and check a shipped bundle by its name, or the file a user names.

    Raises:
        UsageError: it is missing, truncated, altered or no bundle at all.
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
        raise UsageError(
            f"{path.name} is not a complete pose model: expected a {ENDING} bundle with {' and '.join(sorted(_ENTRIES))}."
            f" Download it again or use {MODEL.to(SHIPPED[0])}."
        )
    sha256 = file_sha256(path)
    if shipped and sha256 != expected_sha256(path.name):
        raise UsageError(
            f"the pose model {path.name} is damaged or altered (its SHA-256 is not the one it was shipped with);"
            " install formcheck again or run scripts/build_models.py."
        )
    return BlazePose(name if shipped else path.name, sha256, path)


def expected_sha256(file_name: str) -> str:
    """The checksum that a shipped bundle must have, from `SHA256SUMS` beside it; empty when none is listed."""
    listing = models_folder() / "SHA256SUMS"
    if listing.is_file():
        for line in listing.read_text().splitlines():
            digest, _, listed = line.partition("  ")
            if listed == file_name:
                return digest
    return ""


def check_runtime() -> str:
    """The library that runs the bundles, and its version.

    Raises:
        FormcheckError: it is not installed, or one that does what formcheck promises not to do.
    """
    try:
        found = version("mediapipe")
    except PackageNotFoundError:
        raise FormcheckError("mediapipe is not installed; install formcheck again.") from None
    if not found.startswith(("0.10.30", "0.10.31")):
        raise FormcheckError(f"mediapipe {found} is installed, but 0.10.30 or 0.10.31 is needed: newer ones open sockets.")
    return f"mediapipe {found}"

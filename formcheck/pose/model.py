"""The pose model bundles: where they are, and whether they are what they claim to be."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

from formcheck.errors import UsageError
from formcheck.settings import MODEL
from formcheck.video.files import file_sha256

SHIPPED = ("heavy", "full")
_ENTRIES = {"pose_detector.tflite", "pose_landmarks_detector.tflite"}


@dataclass(frozen=True)
class PoseModel:
    """A checked model bundle: `name` as the user says it, its file and its SHA-256."""

    name: str
    path: Path
    sha256: str


def models_folder() -> Path:
    """The folder with the shipped bundles: inside an installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "models"
    return installed if installed.is_dir() else package.parent / "models"


def find_model(name: str) -> PoseModel:
    """Find and check the bundle `heavy`, `full` or the file a user names.

    Raises:
        UsageError: it is missing, truncated, altered or no bundle at all.
    """
    shipped = name in SHIPPED
    path = models_folder() / f"pose_landmarker_{name}.task" if shipped else Path(name)
    if not path.is_file():
        ours = f"{MODEL.to('heavy')}, {MODEL.to('full')}"
        advice = "Install formcheck again." if shipped else f"Use {ours} or the path of a bundle."
        raise UsageError(f"the pose model {path} does not exist; expected a .task bundle. {advice}")
    try:
        with zipfile.ZipFile(path) as bundle:
            missing = _ENTRIES - set(bundle.namelist())
    except (zipfile.BadZipFile, OSError):
        missing = _ENTRIES
    if missing and not shipped:
        raise UsageError(
            f"{path.name} is not a complete pose model: expected a .task bundle with {' and '.join(sorted(_ENTRIES))}."
            f" Download it again or use {MODEL.to('heavy')}."
        )
    sha256 = file_sha256(path)
    if shipped and sha256 != expected_sha256(path.name):
        raise UsageError(
            f"the pose model {path.name} is damaged or altered (its SHA-256 is not the one it was shipped with);"
            " install formcheck again or run scripts/build_models.py."
        )
    return PoseModel(name if shipped else path.name, path, sha256)


def expected_sha256(file_name: str) -> str:
    """The checksum that a shipped bundle must have, from `SHA256SUMS` beside it; empty when none is listed."""
    listing = models_folder() / "SHA256SUMS"
    if listing.is_file():
        for line in listing.read_text().splitlines():
            digest, _, listed = line.partition("  ")
            if listed == file_name:
                return digest
    return ""

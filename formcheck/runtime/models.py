"""The shipped model weights and their checksums."""

from __future__ import annotations

from pathlib import Path


def models_folder() -> Path:
    """The folder with the shipped weights: inside an installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "models"
    return installed if installed.is_dir() else package.parent / "models"


def expected_sha256(file_name: str) -> str:
    """The expected checksum of a shipped file, from `SHA256SUMS`; empty if not listed."""
    listing = models_folder() / "SHA256SUMS"
    if listing.is_file():
        for line in listing.read_text().splitlines():
            digest, _, listed = line.partition("  ")
            if listed == file_name:
                return digest
    return ""

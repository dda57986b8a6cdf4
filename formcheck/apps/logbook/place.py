"""Location of the logbook, and copies of videos beside it."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from platformdirs import user_data_path

from formcheck.apps.logbook.database import said
from formcheck.runtime.files import home_expanded

NAME = "logbook.sqlite"


def logbook_path(named: Path | None = None) -> Path:
    """The logbook's file; by default in the system's place for user data."""
    return home_expanded(named) if named is not None else user_data_path("formcheck", appauthor=False) / NAME


def keep_video(clip: Path, sha256: str, logbook: Path) -> str:
    """Copy a clip beside the logbook, atomically, named by its hash, unless it exists; return the copy's relative path.

    Raises:
        LogbookError: the copy cannot be written.
    """
    folder = logbook.with_name(f"{logbook.name}.videos")
    target = folder / f"{sha256[:24]}{clip.suffix.lower()}"
    with said(logbook):
        folder.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.stat().st_size != clip.stat().st_size:
            partial = folder / f".{target.name}.{os.getpid()}.part"
            try:
                shutil.copy2(clip, partial)
                os.replace(partial, target)
            finally:
                with suppress(OSError):
                    partial.unlink(missing_ok=True)
    return f"{folder.name}/{target.name}"


"""Where the logbook is, and the videos that are kept beside it."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from platformdirs import user_data_path

from formcheck.apps.logbook.database import said
from formcheck.errors import UsageError

NAME = "logbook.sqlite"
#: What names another logbook than the usual one, beside `--logbook`.
VARIABLE = "FORMCHECK_LOGBOOK"


def logbook_path(named: Path | None = None) -> Path:
    """The logbook: the named file, else this user's own in the place that the system has for such data."""
    return named if named is not None else user_data_path("formcheck", appauthor=False) / NAME


def keep_video(clip: Path, sha256: str, logbook: Path) -> str:
    """Copy a clip beside the logbook, under a name made of its bytes' hash; return the copy's path seen from there.

    A copy that is there already is not made again. Half a copy never has the final name.

    Raises:
        LogbookError: there is no room, or the folder cannot be written to.
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


# The options about the logbook that several commands share.

_PANEL = "Logbook"

LogOption = Annotated[
    bool, typer.Option("--log", rich_help_panel=_PANEL, help="Write the set into the logbook; see `formcheck log`.")
]
KeepOption = Annotated[
    bool, typer.Option("--keep", rich_help_panel=_PANEL, help="With --log: copy the video beside the logbook.")
]
LogbookOption = Annotated[
    Path | None,
    typer.Option(
        "--logbook", metavar="FILE", envvar=VARIABLE, rich_help_panel=_PANEL, help="The logbook; else your own one."
    ),
]


@dataclass(frozen=True)
class LogOptions:
    """Sets are to be logged: in which logbook (None: the user's own), and whether the videos are copied beside it."""

    logbook: Path | None = None
    keep: bool = False


def log_options(log: bool, keep: bool, logbook: Path | None) -> LogOptions | None:
    """What the options ask for; None where nothing is to be logged.

    Raises:
        UsageError: something is to be kept that is not logged.
    """
    if keep and not log:
        raise UsageError("--keep copies the video of a logged set; add --log, or leave --keep away.")
    return LogOptions(logbook, keep) if log else None

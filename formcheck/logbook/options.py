"""The options about the logbook that several commands share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from formcheck.errors import UsageError
from formcheck.logbook.place import VARIABLE

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

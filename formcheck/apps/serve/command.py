"""`formcheck serve`: from the command line's options to a running server."""

from __future__ import annotations

import os
import re
from contextlib import ExitStack
from dataclasses import replace

from formcheck.apps.serve.settings import Settings, make_private
from formcheck.errors import UsageError, library
from formcheck.options import check_workers
from formcheck.runtime.files import folder_lock


def settings_of(told: Settings, keep_videos: str) -> Settings:
    """What was typed, checked.

    Raises:
        UsageError: an option cannot be used.
    """
    if not 1 <= told.port <= 65_535:
        raise UsageError(f"--port expects a number from 1 to 65535 but got {told.port}.")
    check_workers(told.workers)
    name = told.name.strip()
    if not name or len(name) > 60 or not name.isprintable():
        raise UsageError(f"--name expects up to 60 letters but got {told.name!r}.")
    return replace(
        told, data=told.data.absolute(), logbook=told.logbook.absolute(), name=name, keep_days=days_of(keep_videos)
    )


def days_of(text: str) -> float | None:
    """The days of `--keep-videos`; None for "all".

    Raises:
        UsageError: it is neither.
    """
    if text.strip().lower() == "all":
        return None
    match = re.fullmatch(r"\s*(\d{1,4}(?:\.\d+)?)\s*(?:d|days?)?\s*", text.lower())
    if match is None or float(match.group(1)) <= 0:
        raise UsageError(f"--keep-videos expects a number of days or all but got {text!r}.")
    return float(match.group(1))


def serve_command(settings: Settings, *, quiet: bool = False, live: bool = False) -> None:
    """Serve until stopped; with `live`, open the page that watches in this computer's browser.

    Raises:
        UsageError: a library of the extra `serve` is not there, or another server has the folder.
        OutputError: the folder cannot be used.
    """
    for name in ("starlette", "uvicorn", "wsproto", "segno", "cryptography", "ifaddr"):
        library(name, "formcheck serve")
    from formcheck.apps.serve.run import serve
    from formcheck.pose.registry import find_model

    find_model(settings.model)  # report an unusable model now
    os.umask(0o077)  # all files are private to this user
    with ExitStack() as stack:
        try:
            stack.enter_context(folder_lock(make_private(settings.data)))
        except UsageError:
            raise UsageError(
                f"another formcheck serve uses {settings.data}; stop it, or choose another folder with --data."
            ) from None
        serve(settings, quiet=quiet, live=live)

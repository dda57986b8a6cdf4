"""`formcheck serve`: from the command line's options to a running server."""

from __future__ import annotations

import os
import re
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from formcheck.apps.logbook.place import logbook_path
from formcheck.apps.serve.settings import Settings, data_folder, make_private
from formcheck.errors import UsageError, library
from formcheck.runtime.files import folder_lock


@dataclass(frozen=True)
class ServeOptions:
    """The options as typed."""

    data: Path | None = None
    logbook: Path | None = None
    port: int = 8765
    lan: bool = False
    https: bool = False
    name: str = "formcheck"
    keep_videos: str = "30"
    model: str = "heavy"
    workers: int | None = None


def settings_of(options: ServeOptions) -> Settings:
    """The checked options.

    Raises:
        UsageError: one of them cannot be used.
    """
    if not 1 <= options.port <= 65_535:
        raise UsageError(f"--port expects a number from 1 to 65535 but got {options.port}.")
    if options.workers is not None and options.workers < 1:
        raise UsageError(f"--workers expects at least 1 but got {options.workers}.")
    name = options.name.strip()
    if not name or len(name) > 60 or not name.isprintable():
        raise UsageError(f"--name expects up to 60 letters but got {options.name!r}.")
    return Settings(
        data=data_folder(options.data).absolute(), logbook=logbook_path(options.logbook).absolute(), port=options.port,
        lan=options.lan, https=options.https, name=name, keep_days=days_of(options.keep_videos), model=options.model,
        workers=options.workers,
    )  # fmt: skip


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


def serve_command(options: ServeOptions, *, quiet: bool = False) -> None:
    """Serve until stopped.

    Raises:
        UsageError: an option cannot be used, the extra `serve` is not installed, or another server uses the folder.
        OutputError: the folder cannot be used.
    """
    settings = settings_of(options)
    for name in ("starlette", "uvicorn", "segno", "cryptography", "ifaddr"):
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
        serve(settings, quiet=quiet)

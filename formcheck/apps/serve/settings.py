"""Settings and limits of a server, and `formcheck serve`: from what was typed to a running server."""

from __future__ import annotations

import os
import re
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from platformdirs import user_data_path

from formcheck.errors import UsageError, library
from formcheck.options import check_workers
from formcheck.runtime.files import folder_lock

#: Largest piece of an upload, bytes, which a lost connection may cost.
PIECE_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Settings:
    """Settings of a server.

    Attributes:
        data: folder of clips, results, devices and certificate.
        logbook: of the sets.
        lan: accept devices of the network; by default only this computer.
        keep_days: days after which videos of judged sets are removed; None: never.
        largest_bytes, longest_s: limits of a clip.
        most_waiting, most_unfinished: limits of queued clips and unfinished uploads per device.
        spare_bytes: disk space that stays free.
        job_limit_s: timeout of analysing one clip.
        job_memory: private memory of each worker process, bytes.
        niceness: of the workers, so that pages stay responsive.
    """

    data: Path
    logbook: Path
    port: int = 8765
    lan: bool = False
    https: bool = False
    name: str = "formcheck"
    keep_days: float | None = 30.0
    model: str = "heavy"
    workers: int | None = None
    largest_bytes: int = 2 * 1024**3
    longest_s: float = 15 * 60.0
    most_waiting: int = 50
    most_unfinished: int = 20
    spare_bytes: int = 1024**3
    job_limit_s: float = 3600.0
    job_memory: int = 4 * 1024**3
    niceness: int = 10

    @property
    def host(self) -> str:
        """The address to listen on."""
        return "0.0.0.0" if self.lan else "127.0.0.1"

    @property
    def scheme(self) -> str:
        return "https" if self.https else "http"


def data_folder(named: Path | None = None) -> Path:
    """The server's folder; by default in the system's place for user data."""
    return named if named is not None else user_data_path("formcheck", appauthor=False) / "serve"


def make_private(folder: Path) -> Path:
    """Create a private folder, or make an existing one private."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chmod(folder, 0o700)
    return folder


# From what was typed to a running server.

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

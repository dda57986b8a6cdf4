"""Settings and limits of a server."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path

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

"""What a server was told, and the bounds it keeps."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path

#: Bytes of one piece of an upload at most: what a lost connection costs.
PIECE_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Settings:
    """What a server was told.

    Attributes:
        data: its folder: clips, results, devices, certificate.
        logbook: where sets are entered.
        lan: phones of the network may come; else only this computer.
        keep_days: days after which the videos of a judged set are removed; None: never.
        largest_bytes, longest_s: of one clip.
        most_waiting, most_unfinished: clips in the queue, and uploads under way, of one device.
        spare_bytes: what stays free on the disk.
        job_limit_s: how long the work on one clip may take.
        job_memory: bytes of private memory that each worker process may take.
        niceness: by how much the work gives way to the pages, which phones wait for.
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
        """The address that is listened on."""
        return "0.0.0.0" if self.lan else "127.0.0.1"

    @property
    def scheme(self) -> str:
        return "https" if self.https else "http"


def data_folder(named: Path | None = None) -> Path:
    """The folder of the server: the named one, else this user's own in the place that the system has for such data."""
    return named if named is not None else user_data_path("formcheck", appauthor=False) / "serve"


def make_private(folder: Path) -> Path:
    """Make a folder that only this user can look into, also where it was there already."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chmod(folder, 0o700)
    return folder

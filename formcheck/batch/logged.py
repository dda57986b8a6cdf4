"""The sets of a batch into the logbook: what is finished, and not there yet as it is now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from formcheck.batch.run import Batch
from formcheck.errors import UsageError
from formcheck.logbook.loads import Load, load_in_name, load_of_kg
from formcheck.logbook.options import LogOptions
from formcheck.logbook.place import logbook_path
from formcheck.logbook.recording import finished_folder, log_into, logged_text
from formcheck.logbook.store import Logbook


def log_batch(batch: Batch, options: LogOptions, told: Callable[[str], None]) -> None:
    """Log every analysed clip of the batch that the logbook does not have in its present analysis.

    What ended the batch, and when, makes no difference: what is missing is logged by the next run.

    Raises:
        LogbookError: the logbook cannot be written; the results of the batch are complete all the same.
    """
    with Logbook(logbook_path(options.logbook)) as book:
        for name, folder, sha256 in batch.analysed():
            if _is_logged(book, folder, sha256):
                continue
            try:
                done = finished_folder(folder, Path(batch.source.location(name)), None, None)
            except UsageError as error:
                told(f"{name}: not logged: {error}")
                continue
            said = load_of_kg(kg) if (kg := done.analysis.exercise.load_kg) is not None else None
            logged = log_into(book, done.with_load(load_of(name, batch.source.title, said)), keep=options.keep)
            told(f"{name}  {logged_text(logged)}")
        for warning in dict.fromkeys(book.warnings):
            told(warning)


def load_of(name: str, title: str, said: Load | None) -> Load | None:
    """The load of a clip: what its name says, else what was said for it (`--load`, `formcheck.toml`), else what the nearest
    folder's name says.

    Args:
        name: the clip's path below the batch folder.
        title: of the batch folder.
    """
    path = PurePosixPath(name)
    folders = (load_in_name(part) for part in [*reversed(path.parent.parts), title])
    return load_in_name(path.stem) or said or next((load for load in folders if load is not None), None)


def _is_logged(book: Logbook, folder: Path, sha256: str) -> bool:
    """Whether the clip was logged after its present analysis was written."""
    try:
        written = (folder / "analysis.json").stat().st_mtime
    except OSError:
        return False  # logging it says what is wrong
    return any(
        entry.clip is not None and Path(entry.clip.folder) == folder.absolute() and entry.logged_at.timestamp() >= written
        for entry in book.of_clip(sha256)
    )

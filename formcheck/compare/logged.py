"""A set by its number in the logbook: where its analysis and its clip are, and the load its owner says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from formcheck.compare.saved import SavedSet, load_saved
from formcheck.errors import UsageError
from formcheck.logbook import Entry, Logbook, logbook_path


def set_named(name: Path, clip: Path | None = None, logbook: Path | None = None) -> SavedSet:
    """A set by the folder of its analysis, by its clip beside that folder, or by its number in the logbook.

    Args:
        name: a number means the logbook, unless a file or folder has that name.
        clip: the video, where it lies neither beside the folder nor where the logbook knows it.
        logbook: its file; the user's own without one.

    Raises:
        UsageError: there is no such set, it was not filmed, or its analysis is gone.
    """
    number = str(name).removeprefix("#")
    if name.exists() or not number.isdecimal():
        return load_saved(name, clip)
    path = logbook_path(logbook)
    with Logbook(path, reading=True) as book:
        entry = book.entry(int(number))
    if entry.clip is None:
        raise UsageError(f"set {number} of the logbook was not filmed; compare expects sets with a video.")
    folder = Path(entry.clip.folder)
    if not (folder / "analysis.json").is_file():
        raise UsageError(
            f"the analysis of set {number} is no longer in {folder}; name the folder where it is now, or analyse"
            f" {entry.clip.name} again with --log."
        )
    saved = load_saved(folder, clip or _clip_of(entry, path))
    if saved.clip_sha256 != entry.clip.sha256:
        raise UsageError(
            f"{folder} now holds the analysis of another clip than that of set {number}; analyse {entry.clip.name} again"
            " with --log."
        )
    if entry.load is None:
        return saved
    exercise = replace(saved.analysis.exercise, load_kg=round(entry.load.kg, 3))
    return replace(saved, analysis=replace(saved.analysis, exercise=exercise))


def _clip_of(entry: Entry, logbook: Path) -> Path | None:
    """Where the clip of a logged set is now: where it was, or the copy beside the logbook."""
    if entry.clip is None:
        return None
    places = [Path(entry.clip.path)] + ([logbook.parent / entry.clip.kept] if entry.clip.kept else [])
    return next((place for place in places if place.is_file()), None)

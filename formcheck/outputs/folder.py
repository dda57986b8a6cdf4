"""The output folder of a clip: its files, its name, and removing an earlier analysis."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from formcheck.errors import MissingFileError, UsageError, output_error
from formcheck.runtime.files import ANALYSIS, OUTPUT_FILES, SNAPSHOTS, readable

#: The folders of the second and every further set of a clip.
SET_FOLDER = re.compile(r"set-[1-9]\d{0,3}")
#: All files that formcheck writes; others are the user's.
OWN_FILES = frozenset(file.name for file in OUTPUT_FILES)
REUSABLE = tuple(file.name for file in OUTPUT_FILES if file.reusable)


def is_own(name: str) -> bool:
    """Whether formcheck writes something of that name into a clip's folder."""
    return name in OWN_FILES or bool(SET_FOLDER.fullmatch(name))


def set_folder(folder: Path, number: int) -> Path:
    """The folder of a set of the clip: the clip's own for the first, a folder in it for any other."""
    return folder if number == 1 else folder / f"set-{number}"


def remove_sets(folder: Path) -> None:
    """Remove what an earlier analysis wrote about further sets of the clip; the user's own files stay.

    Raises:
        OutputError: the disk refuses.
    """
    try:
        for entry in list(os.scandir(folder)):
            if SET_FOLDER.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
                remove_shown(Path(entry.path))
                for name in OWN_FILES - {SNAPSHOTS}:
                    (Path(entry.path) / name).unlink(missing_ok=True)
                if not any(os.scandir(entry.path)):
                    os.rmdir(entry.path)
    except OSError as error:
        raise output_error(folder / "analysis.json", error) from None


def remove_shown(folder: Path) -> None:
    """Remove video, page and pictures of an earlier analysis, but no files of the user. Links are not followed.

    Raises:
        OutputError: a file cannot be removed.
    """
    try:
        for path in (folder / file.name for file in OUTPUT_FILES if file.shown):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        pictures = folder / SNAPSHOTS
        if pictures.is_symlink() or pictures.is_file():
            pictures.unlink()
        elif pictures.is_dir():
            for picture in pictures.glob("finding-*.png"):
                picture.unlink()
            if not any(pictures.iterdir()):
                pictures.rmdir()
    except OSError as error:
        raise output_error(folder / SNAPSHOTS, error) from None


# Names of output folders: unique for each clip, and the same in every run.

SUFFIX = ".formcheck"
#: Most bytes of a folder's name before our suffix. File systems allow 255; unfinished folders have a longer suffix.
MOST_BYTES = 220
#: Suffixes of clips, even damaged ones. `.ts` is not among them, since most such files are TypeScript.
VIDEO_ENDINGS = frozenset(
    f".{name}"
    for name in (
        *("mp4", "m4v", "mov", "qt", "avi", "mkv", "webm", "mpg", "mpeg"),
        *("m2ts", "mts", "3gp", "3g2", "wmv", "flv", "ogv", "mxf"),
    )
)


def ending(name: str, *, as_written: bool = False) -> str:
    """The suffix of a file's name with its dot, in lower case unless `as_written`; empty for "name" and ".name"."""
    suffix = os.path.splitext(name)[1]
    return suffix if as_written else suffix.lower()


def folder_names(clips: Sequence[str], owner: Callable[[str], str | None]) -> dict[str, str]:
    """The output folders of the clips of one directory, by the clips' names.

    `set.mp4` gets `set.formcheck`, or `set.mp4.formcheck` if that is, or could be, the folder of another clip (`set.mov`, or
    `set`, ignoring case). A clip keeps an existing folder.

    Args:
        clips: names of all clips of the directory.
        owner: the clip to which an existing folder belongs; None without one.
    """
    stems = Counter(_stem(clip).casefold() for clip in clips)
    wholes = Counter(clip.casefold() for clip in clips)
    names: dict[str, str] = {}
    for clip in clips:
        stem = _stem(clip)
        short, whole = _fitting(stem), _fitting(clip)
        contested = stems[stem.casefold()] > 1 or wholes[stem.casefold()] > (stem == clip)
        mine, before = owner(short), owner(whole)
        if mine == clip or (mine is None and not contested and before != clip):
            names[clip] = short
        elif before == clip or (before is None and wholes[clip.casefold()] == 1):
            names[clip] = whole
        else:
            names[clip] = _fitting(clip, f"-{_short(clip)}")
    return names


def _fitting(name: str, more: str = "") -> str:
    """The name with our suffix; if too long, shortened with a hash of the whole name."""
    if len(os.fsencode(name + more)) > MOST_BYTES:
        more = f"-{_short(name)}"
        while len(os.fsencode(name + more)) > MOST_BYTES:
            name = name[:-1]
    return name + more + SUFFIX


def folder_beside(clip: Path) -> Path:
    """The output folder beside a clip."""
    try:
        here = [entry.name for entry in os.scandir(clip.absolute().parent) if entry.is_file()]
    except OSError:
        here = []
    clips = {clip.name, *(name for name in here if ending(name) in VIDEO_ENDINGS and not name.startswith("."))}

    def owner(name: str) -> str | None:
        analysed = clip_of(clip.with_name(name))
        # Undecodable names are kept in readable form.
        return next((other for other in clips if readable(other) == analysed), analysed)

    return clip.with_name(folder_names(sorted(clips), owner)[clip.name])


def analysed_folder(path: Path) -> Path:
    """The folder of an analysis that a path means: itself, or that of the clip of this name.

    Raises:
        UsageError: there is no analysis.
    """
    folder = folder_beside(path) if path.is_file() else path
    if (folder / "analysis.json").is_file():
        return folder
    if path.is_file():
        raise UsageError(f"{path} has not been analysed yet; run `formcheck analyze` on it first.")
    kind = UsageError if path.exists() else MissingFileError
    raise kind(f"{path} is neither an analysed clip nor its folder; expected a clip, or CLIP.formcheck beside it.")


def clip_folder(folder: Path) -> Path:
    """The clip's own output folder, in which those of its further sets lie."""
    above = folder.absolute().parent
    return above if SET_FOLDER.fullmatch(folder.absolute().name) and (above / "analysis.json").is_file() else folder


def above_of(folder: Path) -> Path:
    """Where the clip of an output folder lies: beside the folder; of a further set beside that of the first."""
    return clip_folder(folder).absolute().parent


def clip_beside(folder: Path, name: str) -> Path:
    """The clip beside its output folder, by its name in `analysis.json`.

    Raises:
        UsageError: it does not exist.
    """
    above, name = above_of(folder), Path(name).name
    if (above / name).is_file():
        return above / name
    with contextlib.suppress(OSError):
        for entry in os.scandir(above):
            if readable(entry.name) == name and entry.is_file():
                return above / entry.name
    raise UsageError(f"the clip {name} is not beside {folder.name}; give its place with --clip.")


def clip_of(folder: Path) -> str | None:
    """The name of the clip of the analysis in a folder; None without one."""
    try:
        with (folder / ANALYSIS).open(encoding="utf-8") as stream:
            return str(json.load(stream)["clip"]["path"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _stem(clip: str) -> str:
    return clip.removesuffix(ending(clip, as_written=True))


def _short(clip: str) -> str:
    return hashlib.sha256(clip.encode("utf-8", "surrogateescape")).hexdigest()[:8]

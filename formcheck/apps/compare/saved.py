"""A set from the folder of its analysis: what was found, its motion, and where its clip is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from formcheck.errors import UsageError
from formcheck.lifts.exercise import Exercise, Shot
from formcheck.lifts.registry import exercise_named
from formcheck.options import ReadingOptions
from formcheck.pose.estimate import open_clip
from formcheck.results.analysis import Analysis, RepFacts
from formcheck.results.rep import Rep
from formcheck.saved import read_saved
from formcheck.video.reader import ClipReader


@dataclass(frozen=True)
class SavedSet:
    """One analysed set.

    Attributes:
        folder: of its outputs.
        clip: the video it was made from, or where it should be.
        analysis: as `analysis.json` has it.
        takes: the analysed shots in order of time, at least one; reps numbered through.
        reading: how the clip was read.
        clip_sha256: of the clip it was made from.
    """

    folder: Path
    clip: Path
    analysis: Analysis
    takes: tuple[Shot, ...]
    reading: ReadingOptions
    clip_sha256: str

    @property
    def name(self) -> str:
        """The clip's name without its ending."""
        return Path(self.analysis.clip.path).stem

    @property
    def exercise(self) -> Exercise:
        return exercise_named(self.analysis.exercise.name)

    def rep(self, number: int) -> tuple[Shot, Rep]:
        """A rep by its number, with the take that shows it.

        Raises:
            UsageError: there is no such rep.
        """
        for take in self.takes:
            for rep in take.reps:
                if rep.index == number:
                    return take, rep
        count = len(self.analysis.reps)
        raise UsageError(f"--reps asks for rep {number} of {self.name}, which has {count} rep{'s' * (count != 1)}.")

    def facts(self, number: int) -> RepFacts:
        """What `analysis.json` says of a rep."""
        return next(facts for facts in self.analysis.reps if facts.index == number)

    @contextmanager
    def opened(self) -> Iterator[ClipReader]:
        """The clip, with the same part of it that was analysed.

        Raises:
            UsageError: it is not there, or another clip has its name.
        """
        if not self.clip.is_file():
            raise UsageError(
                f"the clip {self.clip.name} is not beside {self.folder.name}; put it there, say where it is with --clip-a"
                " or --clip-b, or leave the video out with --no-video."
            )
        with open_clip(self.clip, self.reading) as reader:
            if reader.info.sha256 != self.clip_sha256:
                raise UsageError(
                    f"{self.clip.name} is not the clip that {self.folder.name} was made from; name the right one with"
                    " --clip-a or --clip-b, or leave the video out with --no-video."
                )
            if self.analysis.clip.turned_over:
                reader.turn_over()
            yield reader


def load_saved(folder: Path, clip: Path | None = None) -> SavedSet:
    """Read a set back from the folder of its analysis, or from the clip beside that folder.

    Nothing is watched again: the landmarks come from `track.npz`, the bar from `bar.npz`.

    Raises:
        UsageError: the folder holds no analysis, or one that does not fit its own files.
    """
    folder = _folder_of(folder)
    saved = read_saved(folder)
    return SavedSet(
        folder=folder,
        clip=clip or saved.clip,
        analysis=saved.analysis,
        takes=saved.takes(),
        reading=saved.track.key.reading,
        clip_sha256=saved.track.key.clip_sha256,
    )


def _folder_of(path: Path) -> Path:
    """The folder of an analysis that a path means: itself, or the one beside the clip of that name."""
    beside = path.with_name(f"{path.stem}.formcheck")
    folder = beside if path.is_file() else path
    if not (folder / "analysis.json").is_file():
        raise UsageError(
            f"{path} holds no analysis; compare expects the folders that `formcheck analyze` writes (CLIP.formcheck)."
        )
    return folder

"""Which files of a folder are clips, and how the folder with the outputs of each is called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from formcheck.batch.sniff import UNFINISHED_ENDINGS, VIDEO_ENDINGS, ending, holds_video
from formcheck.batch.sources import FoundFile, Source


@dataclass(frozen=True)
class FoundClip:
    """A clip and the name (below `--out`) of the folder that its outputs go to."""

    name: str
    size: int
    tag: str
    out_name: str


def find_clips(source: Source) -> Iterator[FoundClip]:
    """Every clip below the folder, folder by folder, by name.

    Outputs go to `STEM.formcheck`; clips of one folder that share a stem (`set.mp4`, `set.mov`) use their whole names.
    """
    for files in source.folders():
        clips = [file for file in files if is_clip(source, file)]
        stems = Counter(_stem(clip.name) for clip in clips)
        for clip in clips:
            base = clip.name.removesuffix(ending(clip.name, as_written=True)) if stems[_stem(clip.name)] == 1 else clip.name
            yield FoundClip(clip.name, clip.size, clip.tag, f"{base}.formcheck")


def is_clip(source: Source, file: FoundFile) -> bool:
    """A file called like a video, or with a video in it whatever it is called."""
    kind = ending(file.name)
    if kind in VIDEO_ENDINGS:
        return True
    if kind in UNFINISHED_ENDINGS or file.size == 0:
        return False
    try:
        with source.open(file.name) as stream:
            return holds_video(stream)
    except OSError:
        return False


def _stem(name: str) -> str:
    """Stems that differ in case only are the same folder on Windows and macOS."""
    return name.rpartition("/")[2].removesuffix(ending(name, as_written=True)).casefold()

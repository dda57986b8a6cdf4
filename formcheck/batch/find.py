"""Which files of a folder are clips, and how the folder with the outputs of each is called."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from formcheck.batch.sniff import UNFINISHED_ENDINGS, holds_video
from formcheck.batch.sources import FoundFile, Source
from formcheck.folder.names import VIDEO_ENDINGS, ending, folder_names


@dataclass(frozen=True)
class FoundClip:
    """A clip and the name (below `--out`) of the folder that its outputs go to."""

    name: str
    size: int
    tag: str
    out_name: str


def find_clips(source: Source, owner: Callable[[str], str | None] = lambda name: None) -> Iterator[FoundClip]:
    """Every clip below the folder, folder by folder, by name, with its output folder (see `folder_names`).

    `owner` says whose an existing output folder is: the clip's path below the batch folder, or None.
    """
    for files in source.folders():
        clips = {file.name: file for file in files if is_clip(source, file)}
        for name, out_name in folder_names(list(clips), owner).items():
            yield FoundClip(name, clips[name].size, clips[name].tag, out_name)


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

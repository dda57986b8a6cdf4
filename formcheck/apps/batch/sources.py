"""Finding clips: recognising videos by content, folders and URLs, and the output folder of each clip."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol

import av

from formcheck.errors import MissingFileError, UsageError
from formcheck.outputs.folder import VIDEO_ENDINGS, ending, folder_names
from formcheck.video.files import HEAD_BYTES, open_media, suffix_of

#: Suffixes of unfinished downloads.
UNFINISHED_ENDINGS = frozenset([".part", ".partial", ".crdownload", ".download", ".tmp"])


def holds_video(stream: IO[bytes]) -> bool:
    """Whether an open file has a video stream (not just the cover picture of a song)."""
    head = stream.read(HEAD_BYTES)
    if suffix_of(head) is None:
        return False
    stream.seek(0)
    try:
        container: Any = open_media(stream)
    except (av.error.FFmpegError, OSError, ValueError):
        return False
    with container:
        return any(not s.disposition & av.stream.Disposition.attached_pic for s in container.streams.video)


# Sources of clips: a local folder, or one at an fsspec URL (`s3://bucket/sets`, `file:///sets`).

@dataclass(frozen=True)
class FoundFile:
    """A file below the batch folder: its path with "/", size, and a tag that changes with it."""

    name: str
    size: int
    tag: str


class Source(Protocol):
    """A folder of clips."""

    #: The last part of the folder's name.
    title: str

    def folders(self) -> Iterator[list[FoundFile]]:
        """Yield the regular files of each folder, by name, without hidden ones and formcheck's outputs."""

    def open(self, name: str) -> IO[bytes]:
        """Open a file for reading bytes."""

    def text(self, name: str) -> str | None:
        """The text of a small file; None if it does not exist."""

    def location(self, name: str) -> str:
        """The path or URL of the file."""


def source_of(folder: str) -> Source:
    """The source for a FOLDER argument.

    Raises:
        UsageError: it is not a folder, or its URL cannot be read.
    """
    return UrlFolder(folder) if "://" in folder else LocalFolder(Path(folder))


def skipped_folder(name: str) -> bool:
    """Whether a folder is skipped: hidden ones, formcheck's outputs, and thumbnails of a NAS."""
    return name.startswith((".", "@")) or name.endswith(".formcheck")


class LocalFolder:
    """A local folder. Links to folders are not followed, since they may be circular."""

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            if path.exists():
                raise UsageError(f"expected a folder of clips but {path} is a file; use `formcheck analyze` for one clip.")
            raise MissingFileError(f"expected a folder of clips but {path} does not exist; check the name.")
        self.path = path
        self.title = path.resolve().name or "clips"

    def folders(self) -> Iterator[list[FoundFile]]:
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            files, below = [], []
            try:
                entries = sorted(os.scandir(self.path / folder), key=lambda entry: entry.name)
            except OSError as error:
                if not folder:
                    raise UsageError(f"the folder {self.path} cannot be read ({error.strerror}).") from None
                continue  # skip sub-folders without permission
            for entry in entries:
                name = f"{folder}/{entry.name}" if folder else entry.name
                if entry.is_dir(follow_symlinks=False):
                    if not skipped_folder(entry.name):
                        below.append(name)
                elif not entry.name.startswith("."):
                    found = _regular_file(entry, name)
                    if found is not None:
                        files.append(found)
            yield files
            waiting += reversed(below)

    def open(self, name: str) -> IO[bytes]:
        return (self.path / name).open("rb")

    def text(self, name: str) -> str | None:
        try:
            return (self.path / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def location(self, name: str) -> str:
        return str((self.path / name).absolute())


def _regular_file(entry: os.DirEntry[str], name: str) -> FoundFile | None:
    """The file; None for pipes, devices and broken links."""
    try:
        facts = entry.stat()
    except OSError:
        return None
    if not stat.S_ISREG(facts.st_mode):
        return None
    return FoundFile(name, facts.st_size, f"{facts.st_size}-{facts.st_mtime_ns}")


class UrlFolder:
    """A folder at an fsspec URL; needs the extra `formcheck[cluster]`."""

    def __init__(self, url: str) -> None:
        fsspec = _fsspec(url)
        self.url = url.rstrip("/")
        try:
            self._files, self._root = fsspec.core.url_to_fs(self.url)
            self._root = self._root.rstrip("/")
            if not self._files.isdir(self._root):
                raise UsageError(f"expected a folder of clips but {url} is not one; check the URL.")
        except (OSError, ImportError, ValueError) as error:
            raise UsageError(f"{url} cannot be read ({error}); check the URL and your access to it.") from None
        self.title = PurePosixPath(self._root).name or "clips"

    def folders(self) -> Iterator[list[FoundFile]]:
        self._files.invalidate_cache()  # fsspec caches listings
        for folder, below, files in self._files.walk(self._root, detail=True):
            for name in [name for name in below if skipped_folder(name)]:
                del below[name]
            inside = folder[len(self._root) :].strip("/")
            yield [
                FoundFile(f"{inside}/{name}" if inside else name, int(info.get("size") or 0), _url_tag(info))
                for name, info in sorted(files.items())
                if name and not name.startswith(".")
            ]

    def open(self, name: str) -> IO[bytes]:
        stream: IO[bytes] = self._files.open(f"{self._root}/{name}", "rb")
        return stream

    def text(self, name: str) -> str | None:
        try:
            return str(self._files.cat_file(f"{self._root}/{name}").decode("utf-8"))
        except FileNotFoundError:
            return None

    def location(self, name: str) -> str:
        return f"{self.url}/{name}"


def _url_tag(info: dict[str, Any]) -> str:
    """A tag that changes with the file, from whatever the storage provides."""
    known = [str(info[key]) for key in ("ETag", "etag", "md5", "mtime", "LastModified", "updated", "created") if info.get(key)]
    return "-".join([str(info.get("size")), *known[:1]])


def _fsspec(url: str) -> Any:
    try:
        import fsspec
    except ImportError:
        raise UsageError(
            f"reading clips from {url} needs fsspec; install it with: pip install 'formcheck[cluster]'."
        ) from None
    return fsspec


def local_copy(location: str) -> AbstractContextManager[Path]:
    """The clip as a local file: itself, or a temporary copy.

    Raises:
        UsageError: it cannot be reached from this computer.
    """
    return _copied(location) if "://" in location else _itself(Path(location))


@contextmanager
def _itself(path: Path) -> Iterator[Path]:
    if not path.exists():
        raise UsageError(
            f"{path} cannot be seen from this computer; put the clips on storage that every worker mounts under the same"
            " path, or give their folder as a URL."
        )
    yield path


@contextmanager
def _copied(url: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="formcheck-") as folder:
        path = Path(folder) / PurePosixPath(url).name
        try:
            with _fsspec(url).open(url, "rb") as source, path.open("wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
        except (ImportError, ValueError, FileNotFoundError, PermissionError) as error:
            raise UsageError(f"{url} cannot be read from this computer ({error}).") from None
        yield path


# Clips and their output folders.

@dataclass(frozen=True)
class FoundClip:
    """A clip and the name of its output folder (below `--out`)."""

    name: str
    size: int
    tag: str
    out_name: str


def find_clips(source: Source, owner: Callable[[str], str | None] = lambda name: None) -> Iterator[FoundClip]:
    """Every clip below the folder with its output folder (see `folder_names`), by folder and name.

    `owner` returns the clip of an existing output folder (path below the batch folder), or None.
    """
    for files in source.folders():
        clips = {file.name: file for file in files if is_clip(source, file)}
        for name, out_name in folder_names(list(clips), owner).items():
            yield FoundClip(name, clips[name].size, clips[name].tag, out_name)


def is_clip(source: Source, file: FoundFile) -> bool:
    """Whether a file has the suffix of a video, or contains one."""
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

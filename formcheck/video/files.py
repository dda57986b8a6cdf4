"""Video files on the disk: opening them with a clear error, and identifying them by their content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import av

from formcheck.errors import ClipError, MissingFileError, UsageError

#: Box types an MP4 or MOV file may begin with.
_FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")

#: Formats of FFmpeg that hold their pictures themselves. Others (SDP, HLS, DASH, `concat`) name further files or
#: addresses, which a hostile file would have opened.
_FORMATS = (
    "mov", "matroska", "avi", "mpegts", "mpeg", "mpegvideo", "flv", "asf", "ogg", "mxf", "dv", "gif", "apng", "nut", "ivf",
    "wtv", "rm", "h264", "hevc", "m4v", "mjpeg", "obu",
)  # fmt: skip


def open_media(source: Path | IO[bytes]) -> Any:
    """Open a file, or the bytes of one, for reading its streams; nothing else is opened, and no address.

    Raises:
        av.error.FFmpegError, OSError, ValueError: it cannot be read or is of none of the formats in `_FORMATS`.
    """
    options = {"format_whitelist": ",".join(_FORMATS), "protocol_whitelist": "file"}
    name = file_url(source) if isinstance(source, Path) else _Nameless(source)
    try:
        return av.open(name, container_options=options, metadata_errors="replace")  # titles in an unknown encoding
    except av.error.ArgumentError:
        if not isinstance(source, Path):
            raise
        return av.open(_Nameless(source.open("rb")), container_options=options, metadata_errors="replace")


class _Nameless:
    """An open file whose name FFmpeg does not see: one such as holiday.jpg would outweigh what is in the file."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.read, self.seek, self.tell = stream.read, stream.seek, stream.tell


def file_url(path: Path) -> str:
    """The name under which FFmpeg takes a path for a file, whatever it looks like (`http:/x.mp4`, `12:30.mp4`)."""
    return f"file:{path}"


def open_container(path: Path) -> Any:
    """Open a video file.

    Raises:
        UsageError: there is no such file.
        ClipError: it is not a readable video.
    """
    if not path.exists():
        raise MissingFileError(f"{path} does not exist; expected a video file. Check the name.")
    if path.is_dir():
        raise UsageError(f"{path} is a folder; expected one video file. Use `formcheck batch` for a folder of clips.")
    if path.stat().st_size == 0:
        raise ClipError(f"{path.name} is empty (0 bytes); expected a video file. Copy it from the phone again.")
    try:
        container = open_media(path)
    except (av.error.FFmpegError, OSError) as error:
        reason = getattr(error, "strerror", None) or "unknown format"
        raise ClipError(
            f"{path.name} cannot be read as a video ({reason}); expected a file such as MP4 or MOV."
            " Check that it plays in a player."
        ) from None
    if not pictures_of(container):
        unknown = bool(container.streams.video) and all(s.codec_context is None for s in container.streams.video)
        container.close()
        if unknown:
            raise ClipError(
                f"{path.name} has pictures in a coding that is not known (the file may be damaged); expected a file"
                " such as MP4 or MOV. Check that it plays in a player, or copy it from the phone again."
            )
        raise ClipError(
            f"{path.name} has no video stream; expected a video file. Check that it plays in a player."
        )
    return container


def pictures_of(container: Any) -> list[Any]:
    """The decodable video streams of an open file without cover pictures: the file's default one first, then the largest.

    Phones put a small depth map or a thumbnail beside, and sometimes before, the clip itself.
    """
    cover, default = av.stream.Disposition.attached_pic, av.stream.Disposition.default
    streams = [s for s in container.streams.video if s.codec_context is not None and not s.disposition & cover]
    return sorted(streams, key=lambda s: (not s.disposition & default, -s.codec_context.width * s.codec_context.height))


def bytes_missing(path: Path) -> int:
    """How many bytes a truncated MP4 or MOV file lacks, by its own box lengths; 0 for other files."""
    size = path.stat().st_size
    end = 0
    with path.open("rb") as stream:
        while end + 8 <= size:
            stream.seek(end)
            head = stream.read(16)
            length, kind = int.from_bytes(head[:4], "big"), head[4:8]
            if end == 0 and kind not in _FIRST_BOXES:
                return 0
            length = int.from_bytes(head[8:16], "big") if length == 1 else length
            if length < 8:  # 0: the last box, to the end of the file
                return 0
            end += length
    return max(0, end - size)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal; cached until the file changes."""
    status = path.stat()
    return _sha256(path.absolute(), status.st_size, status.st_mtime_ns, status.st_ino)


@lru_cache(maxsize=64)
def _sha256(path: Path, size: int, changed_ns: int, number: int) -> str:
    with path.open("rb") as stream:
        return _digest(stream.read, hashlib.sha256())


def _digest(read: Callable[[int], bytes], digest: Any) -> str:
    while block := read(1 << 20):
        digest.update(block)
    return str(digest.hexdigest())

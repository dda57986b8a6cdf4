"""Video files on the disk: opening them with a clear error, and identifying them by their content."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import av
from av.codec.hwaccel import HWAccel

from formcheck.errors import ClipError, MissingFileError, UsageError

#: Bytes at a file's start that identify its container: three packets of an MPEG transport stream.
HEAD_BYTES = 600
#: Box types an MP4 or MOV file may begin with, beside `ftyp`.
_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
#: Brands of the MP4 family that are pictures or sound: an iPhone's live photo lies beside its clip under the same name.
_NO_VIDEO_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif", b"M4A ", b"M4B ", b"M4P ", b"crx ")
_MATROSKA = b"\x1a\x45\xdf\xa3"
_STARTS = (
    b"\x00\x00\x01\xba",  # MPEG program stream
    b"\x00\x00\x01\xb3",  # MPEG video
    b"FLV\x01",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",  # ASF, WMV
    b"OggS",
    b"\x06\x0e\x2b\x34",  # MXF
)
#: First packet and length of one of an MPEG transport stream, and of the camcorders' kind with time codes.
_TRANSPORT = ((0, 188), (4, 192))


def suffix_of(head: bytes) -> str | None:
    """The usual suffix of a file with this head (its first `HEAD_BYTES`); None if it is not a video.

    Rarer kinds are all ".mpg": FFmpeg decides by the contents.
    """
    if head[4:8] == b"ftyp":
        return None if head[8:12] in _NO_VIDEO_BRANDS else ".mov" if head[8:12] == b"qt  " else ".mp4"
    if head[4:8] in _BOXES:
        return ".mov"
    if head[:4] == b"RIFF" and head[8:11] == b"AVI":
        return ".avi"
    if head.startswith(_MATROSKA):
        return ".webm" if b"webm" in head[:64] else ".mkv"
    packets = any(
        len(head) > first + 2 * step and all(head[first + i * step] == 0x47 for i in range(3)) for first, step in _TRANSPORT
    )
    return ".mpg" if packets or head.startswith(_STARTS) else None

#: Formats of FFmpeg that hold their pictures themselves. Others (SDP, HLS, DASH, `concat`) refer to other files or
#: URLs, which a hostile file could make us open.
_FORMATS = (
    "mov", "matroska", "avi", "mpegts", "mpeg", "mpegvideo", "flv", "asf", "ogg", "mxf", "dv", "gif", "apng", "nut", "ivf",
    "wtv", "rm", "h264", "hevc", "m4v", "mjpeg", "obu",
)  # fmt: skip


def open_media(source: Path | IO[bytes], device: HWAccel | None = None) -> Any:
    """Open a file, or its bytes, for reading; opens no other file and no network address.

    `device`: decode on this hardware where it can; see `formcheck.video.hardware`.

    Raises:
        av.error.FFmpegError, OSError, ValueError: it cannot be read, or its format is not in `_FORMATS`.
    """
    options = {"format_whitelist": ",".join(_FORMATS), "protocol_whitelist": "file"}
    name = file_url(source) if isinstance(source, Path) else _Nameless(source)
    try:
        # Titles may be in an unknown encoding.
        return av.open(name, container_options=options, metadata_errors="replace", hwaccel=device)
    except av.error.ArgumentError:
        if not isinstance(source, Path):
            raise
        return av.open(_Nameless(source.open("rb")), container_options=options, metadata_errors="replace")


class _Nameless:
    """An open file without a name, so that FFmpeg decides by the contents and not by a suffix such as .jpg."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.read, self.seek, self.tell = stream.read, stream.seek, stream.tell


def file_url(path: Path) -> str:
    """A path as a URL that FFmpeg always takes for a file, even `http:/x.mp4` or `12:30.mp4`."""
    return f"file:{path}"


#: The start of a URL; as a path it has lost one of its two slashes.
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/", re.IGNORECASE)


def pictures_in(folder: Path) -> int:
    """Number of image files in a folder."""
    with suppress(OSError):
        return sum(entry.name.lower().endswith((".jpg", ".jpeg", ".png", ".heic")) for entry in os.scandir(folder))
    return 0


def open_container(path: Path) -> Any:
    """Open a video file.

    Raises:
        UsageError: there is no such file.
        ClipError: it is not a readable video.
    """
    if not path.exists():
        if _ADDRESS.match(str(path)):
            raise UsageError(f"{path} is an address; expected a video file of this computer. Download the clip first.")
        raise MissingFileError(f"{path} does not exist; expected a video file. Check the name.")
    if path.is_dir():
        if pictures := pictures_in(path):
            raise UsageError(
                f"{path} is a folder of {pictures} pictures; expected one video file, which knows when each picture was taken."
            )
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
    """Bytes missing from a truncated MP4 or MOV file, by its box lengths; 0 for other files."""
    size = path.stat().st_size
    end = 0
    with path.open("rb") as stream:
        while end + 8 <= size:
            stream.seek(end)
            head = stream.read(16)
            length, kind = int.from_bytes(head[:4], "big"), head[4:8]
            if end == 0 and kind not in (b"ftyp", *_BOXES):
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

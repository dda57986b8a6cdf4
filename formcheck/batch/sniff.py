"""Is this file a video? Decided by its first bytes and its streams; the ending of its name only saves a look inside."""

from __future__ import annotations

from typing import IO, Any

import av

#: Bytes at a file's start that are enough to tell a container: three packets of an MPEG transport stream.
HEAD_BYTES = 600

#: Files that somebody is still writing.
UNFINISHED_ENDINGS = frozenset([".part", ".partial", ".crdownload", ".download", ".tmp"])

#: Brands of the MP4 family that are pictures or sound: an iPhone's live photo lies beside its clip under the same name.
_NO_VIDEO_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif", b"M4A ", b"M4B ", b"M4P ", b"crx ")
_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_STARTS = (
    b"\x1a\x45\xdf\xa3",  # Matroska, WebM
    b"\x00\x00\x01\xba",  # MPEG program stream
    b"\x00\x00\x01\xb3",  # MPEG video
    b"FLV\x01",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",  # ASF, WMV
    b"OggS",
    b"\x06\x0e\x2b\x34",  # MXF
)


def may_be_video(head: bytes) -> bool:
    """Whether a file that begins with these bytes (`HEAD_BYTES` of them) may hold a video."""
    if head[4:8] == b"ftyp":
        return head[8:12] not in _NO_VIDEO_BRANDS
    if head[4:8] in _BOXES or (head[:4] == b"RIFF" and head[8:11] == b"AVI") or head.startswith(_STARTS):
        return True
    return any(
        len(head) > first + 2 * step and all(head[first + i * step] == 0x47 for i in range(3))
        for first, step in ((0, 188), (4, 192))  # MPEG transport stream, and the camcorders' kind with time codes
    )


def holds_video(stream: IO[bytes]) -> bool:
    """Whether an open file has a stream of moving pictures (a cover picture of a song is none)."""
    head = stream.read(HEAD_BYTES)
    if not may_be_video(head):
        return False
    stream.seek(0)
    try:
        container: Any = av.open(stream, metadata_errors="replace")
    except (av.error.FFmpegError, OSError, ValueError):
        return False
    with container:
        return any(not s.disposition & av.stream.Disposition.attached_pic for s in container.streams.video)

"""What a file is, by its first bytes alone: nothing is decoded here, that is done in the worker processes."""

from __future__ import annotations

from formcheck.batch.sniff import HEAD_BYTES, may_be_video

__all__ = ["HEAD_BYTES", "suffix_of"]


def suffix_of(head: bytes) -> str | None:
    """The ending that a file with these first bytes (`HEAD_BYTES` of them) gets here; None for what is no video."""
    if not may_be_video(head):
        return None
    if head[4:8] == b"ftyp":
        return ".mov" if head[8:12] == b"qt  " else ".mp4"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return ".webm" if b"webm" in head[:64] else ".mkv"
    if head.startswith(b"RIFF"):
        return ".avi"
    return ".mov" if head[4:8] in (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot") else ".mpg"

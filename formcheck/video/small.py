"""A small copy of a video, to send: fewer pixels, no sound, at most so many bytes."""

from __future__ import annotations

import tempfile
from pathlib import Path

from formcheck.video.files import open_media
from formcheck.video.writer import Canvas, VideoWriter, planes_of

#: Longest side of the copy, pixels.
LONGEST_SIDE = 960
#: Most bits per second; the text beside the picture stays legible.
MOST_BITS = 1_200_000
#: Below this many bits per second nothing can be recognised.
LEAST_BITS = 60_000
#: Share of the bytes that the rate control may use; the rest is for the container and a burst at the end.
USED = 0.85


def small_copy(video: Path, most_bytes: int) -> bytes | None:
    """An MP4 of the same pictures at the same times, of at most `most_bytes`; None if the video is too long for that.

    Raises:
        OutputError: there is no room for it on the disk.
    """
    with open_media(video) as source, tempfile.TemporaryDirectory(prefix="formcheck-small-") as folder:
        stream = source.streams.video[0]
        duration_s = float((source.duration or 0) / 1_000_000) or 1.0
        bits = min(MOST_BITS, int(8 * USED * most_bytes / duration_s))
        if bits < LEAST_BITS:
            return None
        scale = min(1.0, LONGEST_SIDE / max(stream.width, stream.height))
        width, height = (max(2, int(scale * side) // 2 * 2) for side in (stream.width, stream.height))
        target, canvas = Path(folder) / "small.mp4", Canvas(width, height)
        first_s: float | None = None
        with VideoWriter(target, width, height, float(stream.average_rate or 30), most_bits=bits) as writer:
            for frame in source.decode(stream):
                first_s = frame.time if first_s is None else first_s
                canvas.planes.put(planes_of(frame.reformat(width=width, height=height, format="yuv420p")))
                writer.write_canvas(canvas, frame.time - first_s)
        copy = target.read_bytes()
    return copy if len(copy) <= most_bytes else None

"""Tiny made-up clips of the stand-in's squats: any size, rate, coding, time stamps, turn."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from fuzzing.stand_in import grey_of

#: Ticks of a second in the written files.
TICKS = 12800
#: Seconds that one squat takes.
SQUAT_S = 2.0
#: Looking ahead, x264 does not decide the same each time.
_SAME = {"x264-params": "rc-lookahead=0:mbtree=0"}


@dataclass(frozen=True)
class Film:
    """How a clip is made.

    Attributes:
        times: seconds of the frames. size: width and height.
        codec, pixels, options: as PyAV calls them. aspect: of a pixel, width to height.
        start_s: file time of the first frame. sound: with a sound track. dark: nobody is in it.
        marked: with a red mark in the upper left of the stored picture.
    """

    times: tuple[float, ...]
    size: tuple[int, int] = (96, 128)
    codec: str = "libx264"
    pixels: str = "yuv420p"
    options: dict[str, str] = field(default_factory=dict)
    aspect: Fraction = Fraction(1)
    start_s: float = 0.0
    sound: bool = False
    dark: bool = False
    marked: bool = False


def even(seconds: float = 8.0, rate_hz: float = 15.0) -> tuple[float, ...]:
    """Frame times at a steady rate."""
    return tuple((np.arange(round(seconds * rate_hz)) / rate_hz).tolist())


def picture(time_s: float, size: tuple[int, int], *, dark: bool = False) -> NDArray[np.uint8]:
    """(h, w, 3) what is seen at a time: a grey wall, with a pattern so that coding has something to do."""
    share = 0.0 if time_s < 1 else (1 - np.cos(2 * np.pi * (time_s - 1) / SQUAT_S)) / 2
    grey = 5 if dark else grey_of(float(share))
    width, height = size
    wall = np.full((height, width, 3), grey, dtype=np.int16)
    wall[::2, ::3] += 4
    wall[1::2, ::3] -= 4
    return np.clip(wall, 0, 255).astype(np.uint8)


def write(path: Path, film: Film) -> Path:
    """Write the clip; the ending of its name says in which container."""
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:  # the same bytes each time
        stream = container.add_stream(film.codec, rate=30)
        stream.width, stream.height, stream.pix_fmt = *film.size, film.pixels
        stream.codec_context.time_base = Fraction(1, TICKS)
        stream.options = {"g": "30", "threads": "1", **(_SAME if film.codec == "libx264" else {}), **film.options}
        if film.aspect != 1:
            stream.codec_context.sample_aspect_ratio = film.aspect
        sound = container.add_stream("aac", rate=44100) if film.sound else None
        for time_s in film.times:
            seen = picture(time_s, film.size, dark=film.dark)
            if film.marked:
                seen[: film.size[1] // 8, : film.size[0] // 4] = (230, 20, 20)
            frame = av.VideoFrame.from_ndarray(seen, format="rgb24")
            frame.pts, frame.time_base = round((time_s + film.start_s) * TICKS), Fraction(1, TICKS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None:
            for _ in range(round(film.times[-1] * 44100 / 1024)):
                silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
                silence.sample_rate = 44100
                container.mux(sound.encode(silence))
            container.mux(sound.encode(None))
    return path


def boxes(content: bytes | bytearray, path: tuple[bytes, ...], begin: int = 0, end: int | None = None) -> list[int]:
    """Where in an MP4 file the content of a box begins, found along the names of the boxes it lies in."""
    end = len(content) if end is None else end
    found = []
    while begin + 8 <= end:
        length, kind = int.from_bytes(content[begin : begin + 4], "big"), bytes(content[begin + 4 : begin + 8])
        if length < 8:
            break
        if kind == path[0]:
            inner = begin + 8
            found += [inner] if len(path) == 1 else boxes(content, path[1:], inner, min(end, begin + length))
        begin += length
    return found


TRACK = (b"moov", b"trak")
_ONE = 1 << 16


def turn(path: Path, matrix: tuple[tuple[float, float], tuple[float, float]]) -> Path:
    """Write a display matrix (rows a b, c d) into an MP4 file's tracks."""
    content = bytearray(path.read_bytes())
    for place in boxes(content, (*TRACK, b"tkhd")):
        (a, b), (c, d) = matrix
        numbers = [round(x * _ONE) for x in (a, b)] + [0] + [round(x * _ONE) for x in (c, d)] + [0, 0, 0, 1 << 30]
        content[place + 40 : place + 76] = b"".join(number.to_bytes(4, "big", signed=True) for number in numbers)
    path.write_bytes(content)
    return path


def same_stamps(path: Path) -> Path:
    """Make all frames of an MP4 file last for nothing: they have one time stamp in common."""
    content = bytearray(path.read_bytes())
    for place in boxes(content, (*TRACK, b"mdia", b"minf", b"stbl", b"stts")):
        count = int.from_bytes(content[place + 4 : place + 8], "big")
        for entry in range(count):
            content[place + 12 + 8 * entry : place + 16 + 8 * entry] = bytes(4)
    path.write_bytes(content)
    return path


def edit(path: Path, start_s: float, seconds: float) -> Path:
    """Change an MP4 file's edit list: show only a part of what it holds.

    Raises:
        ValueError: the file has no edit list.
    """
    content = bytearray(path.read_bytes())
    places = boxes(content, (*TRACK, b"edts", b"elst"))
    if not places:
        raise ValueError("the file has no edit list")
    for place, header in zip(places, boxes(content, (*TRACK, b"mdia", b"mdhd")), strict=True):
        scale = int.from_bytes(content[header + 12 : header + 16], "big")
        (movie,) = boxes(content, (b"moov", b"mvhd"))
        movie_scale = int.from_bytes(content[movie + 12 : movie + 16], "big")
        content[place + 8 : place + 12] = round(seconds * movie_scale).to_bytes(4, "big")
        content[place + 12 : place + 16] = round(start_s * scale).to_bytes(4, "big")
    path.write_bytes(content)
    return path

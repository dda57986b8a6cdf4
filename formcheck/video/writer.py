"""Writing H.264 that browsers and phones play: yuv420p, fast start, the clip's own frame timing, its sound kept."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from formcheck.errors import UsageError

#: Timestamps are written in 1/90000 s, the clock of MPEG: variable frame rates keep their exact timing.
TIME_BASE = Fraction(1, 90_000)


class VideoWriter:
    """Writes RGB frames at given times to `path`; the file appears only when everything has been written.

    Args:
        path: the MP4 to make. It is written under a temporary name beside it and renamed at the end.
        width, height: of the pictures; odd sizes lose their last row or column, H.264 in 4:2:0 cannot hold them.
        fps: nominal rate, for the encoder's rate control only.
        sound: a clip whose first audio stream is copied, without encoding it again, when the container allows it.
    """

    def __init__(self, path: Path, width: int, height: int, fps: float, *, sound: Path | None = None) -> None:
        self.path = path
        self._partial = path.with_name(f".{path.stem}.part{path.suffix}")
        self._size = (width - width % 2, height - height % 2)
        try:
            self._container: Any = av.open(str(self._partial), "w", options={"movflags": "+faststart"})
        except OSError as error:
            raise UsageError(f"{path.parent} cannot be written to ({error.strerror}); choose another --out.") from None
        rate = Fraction(max(1.0, min(fps, 240.0))).limit_denominator(1001)
        self._stream: Any = self._container.add_stream("libx264", rate=rate)
        self._stream.width, self._stream.height = self._size
        self._stream.pix_fmt = "yuv420p"
        self._stream.time_base = TIME_BASE
        self._stream.codec_context.time_base = TIME_BASE
        self._stream.codec_context.thread_type = "AUTO"
        self._stream.options = {"crf": "21", "preset": "veryfast"}
        self._sound = _SoundCopy(self._container, sound) if sound is not None else None
        self._last_pts = -1

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            for packet in self._stream.encode(None):
                self._container.mux(packet)
            if self._sound is not None:
                self._sound.copy_rest()
        self._container.close()
        if self._sound is not None:
            self._sound.close()
        if kind is None:
            os.replace(self._partial, self.path)
        else:
            self._partial.unlink(missing_ok=True)

    def write(self, picture: NDArray[np.uint8], time_s: float) -> None:
        """Add one (height, width, 3) uint8 RGB picture, shown from `time_s` seconds of the written video on."""
        width, height = self._size
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[:height, :width]), format="rgb24")
        self._last_pts = max(self._last_pts + 1, round(time_s / TIME_BASE))
        frame.pts = self._last_pts
        frame.time_base = TIME_BASE
        for packet in self._stream.encode(frame):
            self._container.mux(packet)


class _SoundCopy:
    """Copies the first audio stream of a clip packet by packet; a codec that MP4 cannot hold is left out."""

    def __init__(self, target: Any, source: Path) -> None:
        self._target = target
        self._source: Any = av.open(str(source))
        self._in: Any = None
        if self._source.streams.audio:
            audio = self._source.streams.audio[0]
            if audio.codec_context.name in ("aac", "mp3", "ac3", "alac", "opus"):
                self._in = audio
                self._out = target.add_stream_from_template(audio)

    def copy_rest(self) -> None:
        if self._in is None:
            return
        for packet in self._source.demux(self._in):
            if packet.dts is None:
                continue
            packet.stream = self._out
            self._target.mux(packet)

    def close(self) -> None:
        self._source.close()

"""Writing H.264 that browsers and phones play: yuv420p, fast start, the clip's own frame timing, its sound kept."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from formcheck.errors import output_error
from formcheck.video.colours import ColourTags
from formcheck.video.pictures import Canvas, Paintable
from formcheck.whole import unfinished

#: Timestamps are written in 1/90000 s, the clock of MPEG: variable frame rates keep their exact timing.
TIME_BASE = Fraction(1, 90_000)
#: x264's cheapest analysis with what pays for its time: CABAC, the deblocking filter, 4x4 blocks in whole pictures, quarter
#: pixels, and bits moved to flat parts (half of what x264 does by itself). Measured on 60 fps phone clips against its preset
#: "superfast": three quarters of the time at the same size, PSNR 0.6 dB higher, SSIM the same to 0.001.
#: Nothing looks ahead, as without B frames that changes not one bit of the file's size.
_ENCODER = {
    "crf": "26", "preset": "ultrafast", "bf": "0", "rc-lookahead": "0", "weightp": "none",
    "x264-params": "cabac=1:deblock=1,0,0:partitions=i4x4:subme=1:aq-mode=1:aq-strength=0.6",
}  # fmt: skip
#: Grain and leaves cost no more than so many bits a second at 1080p, more only for more pixels:
#: 18 MB a minute, the sound not counted.
_MOST_BITS, _PIXELS = 2_400_000, 1920 * 1080


class VideoWriter:
    """Writes RGB frames at given times to `path`; the file appears only when everything has been written.

    Args:
        path: the MP4 to make. It is written under a temporary name beside it and renamed at the end.
        width, height: of the pictures; odd sizes lose their last row or column, H.264 in 4:2:0 cannot hold them.
        fps: nominal rate, for the encoder's rate control only.
        sound: a clip whose first audio stream is copied, without encoding it again, when the container allows it.
        tags: what the file says of its colours; those of the clip whose pixels are passed through.
        sound_from_s: the moment of that clip, in its own file's seconds, that the written video's first picture shows.

    Raises:
        OutputError: the file cannot be written (also by `write` and at the end); nothing of it is left then.
    """

    def __init__(
        self,
        path: Path,
        width: int,
        height: int,
        fps: float,
        *,
        tags: ColourTags | None = None,
        sound: Path | None = None,
        sound_from_s: float = 0.0,
    ) -> None:
        self.path = path
        self._partial = unfinished(path)  # FFmpeg opens it with the first picture: say now what is wrong
        self._size = (width - width % 2, height - height % 2)
        with self._said():
            self._container: Any = av.open(str(self._partial), "w", options={"movflags": "+faststart"})
        self._fps = max(1.0, min(fps, 240.0))
        rate = Fraction(self._fps).limit_denominator(1001)
        self._stream: Any = self._container.add_stream("libx264", rate=rate)
        self._stream.width, self._stream.height = self._size
        self._stream.pix_fmt = "yuv420p"
        self._stream.time_base = TIME_BASE
        self._stream.codec_context.time_base = TIME_BASE
        # On few cores reading and painting need the others, and the encoder's own threads cost a quarter more time.
        self._stream.codec_context.thread_count = max(1, min(4, (os.cpu_count() or 1) // 2))
        most = round(_MOST_BITS * max(1.0, width * height / _PIXELS))
        self._stream.options = {**_ENCODER, "maxrate": str(most), "bufsize": str(2 * most)}
        tags = tags or ColourTags()
        context = self._stream.codec_context
        context.colorspace, context.color_range = tags.matrix, tags.range
        context.color_primaries, context.color_trc = tags.primaries, tags.transfer
        self._sound = _SoundCopy(self._container, sound, sound_from_s) if sound is not None else None
        self._last_pts = -1
        # One canvas serves all pictures that come as RGB: the encoder has copied a picture when `encode` returns.
        self._canvas = Canvas(*self._size)
        self._paintable = Paintable()

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and self._last_pts >= 0:
                with self._said():
                    self._finish()
        finally:
            with suppress(OSError):  # what is left of a file that failed, and no second complaint
                self._container.close()
            if self._sound is not None:
                self._sound.close()
            with suppress(OSError):
                self._partial.unlink(missing_ok=True)

    def _finish(self) -> None:
        for packet in self._stream.encode(None):
            self._container.mux(packet)
        if self._sound is not None:
            self._sound.copy_until(float(self._last_pts * TIME_BASE) + 1 / self._fps)
        self._container.close()
        os.replace(self._partial, self.path)

    @contextmanager
    def _said(self) -> Iterator[None]:
        """What the disk refuses becomes a sentence."""
        try:
            yield
        except OSError as error:
            raise output_error(self.path, error) from None

    def write(self, picture: NDArray[np.uint8], time_s: float) -> None:
        """Add one (height, width, 3) uint8 RGB picture, shown from `time_s` seconds of the written video on."""
        width, height = self._size
        self._paintable.to_planes(picture[:height, :width], self._canvas.planes)
        self.write_canvas(self._canvas, time_s)

    def write_canvas(self, canvas: Canvas, time_s: float) -> None:
        """Add one picture of the video's size that is in planes already. The canvas may be used again afterwards."""
        frame = canvas.frame
        self._last_pts = max(self._last_pts + 1, round(time_s / TIME_BASE))
        frame.pts = self._last_pts
        frame.time_base = TIME_BASE
        with self._said():
            for packet in self._stream.encode(frame):
                self._container.mux(packet)
            if self._sound is not None:
                self._sound.copy_until(float(self._last_pts * TIME_BASE))


class _SoundCopy:
    """Copies the first audio stream of a clip packet by packet; a codec that MP4 cannot hold is left out."""

    def __init__(self, target: Any, source: Path, from_s: float) -> None:
        self._target = target
        self._from_s = from_s
        self._source: Any = av.open(str(source), metadata_errors="replace")
        self._packets: Iterator[Any] = iter(())
        self._waiting: Any = None
        if self._source.streams.audio:
            audio = self._source.streams.audio[0]
            if audio.codec_context.name in ("aac", "mp3", "ac3", "alac", "opus"):
                self._packets = self._source.demux(audio)
                self._out = target.add_stream_from_template(audio)

    def copy_until(self, time_s: float) -> None:
        """Copy what sounds before `time_s` of the written video; side by side with the pictures, as players like it."""
        while True:
            packet = self._waiting or next(self._packets, None)
            self._waiting = None
            if packet is None:
                return
            if packet.pts is None or packet.dts is None:  # the demuxer's own end mark
                continue
            if float(packet.pts * packet.time_base) - self._from_s < -float((packet.duration or 0) * packet.time_base):
                continue
            if float(packet.pts * packet.time_base) - self._from_s > time_s:
                self._waiting = packet
                return
            shift = round(self._from_s / packet.time_base)
            packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
            packet.stream = self._out
            self._target.mux(packet)

    def close(self) -> None:
        self._source.close()

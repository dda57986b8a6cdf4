"""Writing H.264 for browsers and phones: yuv420p, fast start, original frame times and audio."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from formcheck.errors import output_error
from formcheck.runtime.files import unfinished
from formcheck.video.colours import LIMITED, ColourTags, ToneMap, has_full_range, is_hdr, is_yuv, plane_pixels, tags_of
from formcheck.video.files import file_url, open_media
from formcheck.video.frame import ROTATIONS, Frame
from formcheck.video.hardware import hardware_encoder

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Planes:
    """A picture in 8-bit YUV 4:2:0: (h, w) luma and two (h / 2, w / 2) colour differences. Sides are even."""

    y: Picture
    u: Picture
    v: Picture

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.y.shape[1], self.y.shape[0]

    def __iter__(self) -> Any:
        return iter((self.y, self.u, self.v))

    def part(self, left: int, top: int, right: int, bottom: int) -> Planes:
        """A part of the picture, sharing its memory; the edges are even."""
        rows, columns = slice(top // 2, bottom // 2), slice(left // 2, right // 2)
        return Planes(self.y[top:bottom, left:right], self.u[rows, columns], self.v[rows, columns])

    def put(self, other: Planes) -> None:
        """Copy another picture of the same size into this one."""
        for mine, theirs in zip(self, other, strict=True):
            mine[:] = theirs


def even_aligned(left: float, top: float, right: float, bottom: float, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The smallest even-aligned rectangle around another, inside a picture of even `size`."""
    low = [min(max(math.floor(edge / 2) * 2, 0), end) for edge, end in zip((left, top), size, strict=True)]
    high = [min(max(math.ceil(edge / 2) * 2, 0), end) for edge, end in zip((right, bottom), size, strict=True)]
    return low[0], low[1], high[0], high[1]


class Canvas:
    """A picture of the written video, in the encoder's own memory."""

    def __init__(self, width: int, height: int) -> None:
        self.frame: Any = av.VideoFrame(width, height, "yuv420p")
        self.planes = planes_of(self.frame)


class YuvConverter:
    """Converts frames to upright, scaled YUV 4:2:0. One per thread: it keeps libswscale's tables between frames.

    SDR pixels keep their colour matrix (`written_tags` gives the tags for it); HDR becomes BT.709.
    """

    def __init__(self) -> None:
        self._scaler = VideoReformatter()
        self._tone = ToneMap()
        self._eight: Planes | None = None

    def put(self, frame: Frame, target: Planes) -> None:
        """Fill `target` with the frame's picture."""
        way = frame.orientation
        width, height = way.stored_size(target.size)
        for pixels, place in zip(self._scaled(frame.source, width, height), target, strict=True):
            if way.turns and not way.mirrored:
                cv2.rotate(pixels, ROTATIONS[way.turns], dst=place)
            else:
                place[:] = way.upright(pixels)

    def _scaled(self, source: Any, width: int, height: int) -> Planes:
        """A frame's picture as stored (not rotated), in 8 bit; shares the frame's memory where no conversion is needed."""
        full, hdr = has_full_range(source), is_hdr(tags_of(source))
        same = (source.width, source.height) == (width, height)
        if same and source.format.name == "yuv420p" and not full and not hdr:
            return planes_of(source)
        way = Interpolation.AREA if width * height < source.width * source.height else Interpolation.BICUBIC
        # HDR keeps its ten bits until tone mapping. Other 10-bit clips are rounded after scaling: libswscale would dither to
        # hide steps that grain hides anyway, at a cost in time and bits.
        deep = int(source.format.components[0].bits) > 8
        form = "yuv420p10le" if deep else "yuv420p"
        small = self._scaler.reformat(
            source, width=width, height=height, format=form, interpolation=way,
            dst_color_range=LIMITED if full or not is_yuv(source) else None, threads=1,
        )  # fmt: skip
        if hdr:
            return planes_of(self._tone.frame(small))
        return self._rounded(small) if deep else planes_of(small)

    def _rounded(self, frame: Any) -> Planes:
        """The planes of a yuv420p10le frame in 8 bit, in memory reused by the next call."""
        if self._eight is None or self._eight.size != (frame.width, frame.height):
            self._eight = Canvas(frame.width, frame.height).planes
        for plane, place in zip(frame.planes, self._eight, strict=True):
            cv2.convertScaleAbs(plane_pixels(plane, np.uint16), dst=place, alpha=0.25)
        return self._eight


def planes_of(frame: Any) -> Planes:
    """The planes of a yuv420p frame, sharing its memory."""
    y, u, v = (plane_pixels(plane, np.uint8) for plane in frame.planes)
    return Planes(y, u, v)


class Paintable:
    """Converts part of a picture to RGB for painting, and back: with BT.601 both ways, so unpainted pixels are unchanged."""

    def __init__(self) -> None:
        self._stacked: Picture = np.empty(0, dtype=np.uint8)

    def to_rgb(self, source: Planes, target: Picture) -> None:
        """Fill `target`, (h, w, 3) RGB, which may be part of a larger array."""
        stacked, parts = self._room(source)
        parts.put(source)
        cv2.cvtColor(stacked, cv2.COLOR_YUV2RGB_I420, dst=target)

    def to_planes(self, source: Picture, target: Planes) -> None:
        """Fill `target` from (h, w, 3) RGB, which may be part of a larger array."""
        stacked, parts = self._room(target)
        cv2.cvtColor(source, cv2.COLOR_RGB2YUV_I420, dst=stacked)
        target.put(parts)

    def _room(self, planes: Planes) -> tuple[Picture, Planes]:
        """Memory for the three planes stacked as OpenCV expects them, and views of each."""
        width, height = planes.size
        count = width * height
        if self._stacked.size < count * 3 // 2:
            self._stacked = np.empty(count * 3 // 2, dtype=np.uint8)
        flat = self._stacked[: count * 3 // 2]
        u, v = (flat[i : i + count // 4].reshape(height // 2, width // 2) for i in (count, count + count // 4))
        return flat.reshape(height * 3 // 2, width), Planes(flat[:count].reshape(height, width), u, v)


# The writer.

#: Timestamps are written in 1/90000 s, the clock of MPEG: variable frame rates keep their exact timing.
TIME_BASE = Fraction(1, 90_000)
#: x264's cheapest analysis plus what is worth its time: CABAC, deblocking, 4x4 blocks in I frames, quarter pixels, and
#: adaptive quantisation at about half of x264's default strength. Measured on 60 fps phone clips against the preset
#: "superfast": three quarters of the time at the same size, PSNR 0.6 dB higher, SSIM equal to 0.001.
#: No lookahead: without B frames it does not change the file's size by a bit.
_ENCODER = {
    "crf": "26", "preset": "ultrafast", "bf": "0", "rc-lookahead": "0", "weightp": "none",
    "x264-params": "cabac=1:deblock=1,0,0:partitions=i4x4:subme=1:aq-mode=1:aq-strength=0.6",
}  # fmt: skip
#: Cap on bits per second at 1080p against grain and leaves, scaled up for more pixels: 18 MB a minute without sound.
_MOST_BITS, _PIXELS = 2_400_000, 1920 * 1080


class VideoWriter:
    """Writes RGB frames at given times to `path`; the file appears only when everything has been written.

    Args:
        path: the MP4 to make. It is written under a temporary name beside it and renamed at the end.
        width, height: of the pictures; odd sizes lose their last row or column, H.264 in 4:2:0 cannot hold them.
        fps: nominal frame rate, for rate control only.
        sound: a clip whose first audio stream is copied without re-encoding, if MP4 allows its codec.
        tags: colour tags; those of the clip whose pixels are passed through.
        sound_from_s: the moment of that clip, in its own file's seconds, that the written video's first picture shows.
        hardware: encode on the graphics hardware where it can.
        most_bits: most bits per second; by default enough for the size.

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
        hardware: bool = False,
        most_bits: int | None = None,
    ) -> None:
        self.path = path
        self._partial = unfinished(path)  # FFmpeg opens the file only with the first picture: fail now
        self._size = (width - width % 2, height - height % 2)
        with self._disk_errors():
            self._container: Any = av.open(file_url(self._partial), "w", options={"movflags": "+faststart"})
        self._fps = max(1.0, min(fps, 240.0))
        rate = Fraction(self._fps).limit_denominator(1001)
        on_hardware = hardware_encoder(*self._size) if hardware else None
        self._stream: Any = self._container.add_stream(on_hardware or "libx264", rate=rate)
        self._stream.width, self._stream.height = self._size
        self._stream.pix_fmt = "yuv420p"
        self._stream.time_base = TIME_BASE
        self._stream.codec_context.time_base = TIME_BASE
        # Reading and painting need cores too, and on few cores more encoder threads cost a quarter more time.
        self._stream.codec_context.thread_count = max(1, min(4, (os.cpu_count() or 1) // 2))
        most = most_bits or round(_MOST_BITS * max(1.0, width * height / _PIXELS))
        if on_hardware is None:
            self._stream.options = {**_ENCODER, "maxrate": str(most), "bufsize": str(2 * most)}
        else:  # these have settings of their own; all know a bit rate, and need more of it for the same picture
            self._stream.bit_rate = most
        tags = tags or ColourTags()
        context = self._stream.codec_context
        context.colorspace, context.color_range = tags.matrix, tags.range
        context.color_primaries, context.color_trc = tags.primaries, tags.transfer
        self._sound = _SoundCopy(self._container, sound, sound_from_s) if sound is not None else None
        self._last_pts = -1
        # One canvas serves all RGB pictures: the encoder has copied a picture when `encode` returns.
        self._canvas = Canvas(*self._size)
        self._paintable = Paintable()

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        try:
            if kind is None and self._last_pts >= 0:
                with self._disk_errors():
                    self._finish()
        finally:
            with suppress(OSError):  # after a failure, do not raise a second error
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
    def _disk_errors(self) -> Iterator[None]:
        """Raise errors of the disk as `OutputError`."""
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
        """Add one picture of the video's size. The canvas may be reused afterwards."""
        frame = canvas.frame
        self._last_pts = max(self._last_pts + 1, round(time_s / TIME_BASE))
        frame.pts = self._last_pts
        frame.time_base = TIME_BASE
        with self._disk_errors():
            for packet in self._stream.encode(frame):
                self._container.mux(packet)
            if self._sound is not None:
                self._sound.copy_until(float(self._last_pts * TIME_BASE))


#: Audio codecs that MP4 can hold and players support.
FITTING_SOUND = ("aac", "mp3", "ac3", "alac", "opus")


def _coding(audio: Any) -> str:
    """The codec of an audio stream; "unknown" ones such as `apac` of iPhones have no name in FFmpeg."""
    known = audio.codec_context
    return "unknown" if known is None else str(known.name)


def sound_left_out(clip: Path) -> str | None:
    """The codec of a clip's audio if MP4 cannot hold it; None if it can, or without audio."""
    with open_media(clip) as source:
        codings = [_coding(stream) for stream in source.streams.audio]
    return codings[0] if codings and not set(codings) & set(FITTING_SOUND) else None


class _SoundCopy:
    """Copies a clip's first audio stream packet by packet, if there is one that MP4 can hold."""

    def __init__(self, target: Any, source: Path, from_s: float) -> None:
        self._target = target
        self._from_s = from_s
        self._source: Any = open_media(source)
        self._packets: Iterator[Any] = iter(())
        self._waiting: Any = None
        audio = next((stream for stream in self._source.streams.audio if _coding(stream) in FITTING_SOUND), None)
        if audio is not None:
            self._packets = self._source.demux(audio)
            self._out = target.add_stream_from_template(audio)

    def copy_until(self, time_s: float) -> None:
        """Copy the sound up to `time_s` of the written video, interleaved with the pictures."""
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

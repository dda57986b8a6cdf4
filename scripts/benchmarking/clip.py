"""Makes clips like those that phones film, from a sample, as long as they are wanted."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Planes = list[NDArray[np.uint8]]

#: Grain of a phone's picture in a gym, levels of 255: without it a codec has nothing to do between frames.
GRAIN = 1.5
#: Megabits a second for 1080p at 30 fps, HEVC: 12 at 60 fps and 24 for 4K30 is what phones write.
MEGABITS = 6.0
_BT709, _BT2020, _HLG, _LIMITED = 1, 9, 18, 1


@dataclass(frozen=True)
class Kind:
    """A sort of clip. `width` and `height` are those of the upright picture; `turned`: stored on its side, as phones do.

    `hdr` clips say that they are HLG; their tones are the sample's own, too bright then: speed does not depend on them.
    """

    name: str
    width: int
    height: int
    fps: int
    hevc: bool = False
    ten_bit: bool = False
    turned: bool = False
    hdr: bool = False
    #: Megabits a second of 1080p at 30 fps (others in proportion).
    megabits: float = MEGABITS

    @property
    def codec(self) -> str:
        """The encoder: H.264 stands in where this PyAV cannot write HEVC."""
        return "libx265" if self.hevc and "libx265" in av.codecs_available else "libx264"

    def __str__(self) -> str:
        codec = {"libx265": "HEVC", "libx264": "H.264"}[self.codec]
        notes = [codec, *(["10 bit"] * self.ten_bit), *(["HLG"] * self.hdr), *(["on its side"] * self.turned)]
        rate = f", {self.rate / 1e6:g} Mbit/s" if self.hevc else ""
        return f"{self.width}x{self.height}, {self.fps} fps, {' '.join(notes[:2])}{''.join(', ' + n for n in notes[2:])}{rate}"

    @property
    def rate(self) -> int:
        """Bits a second."""
        return round(1e6 * self.megabits * self.width * self.height * self.fps / (1920 * 1080 * 30))


KINDS = {
    kind.name: kind
    for kind in (
        Kind("phone", 1080, 1920, 60, hevc=True, ten_bit=True, turned=True),
        Kind("phone-sent", 1080, 1920, 60, hevc=True, ten_bit=True, turned=True, megabits=0.75),  # as messengers send it
        Kind("phone-hdr", 1080, 1920, 60, hevc=True, ten_bit=True, turned=True, hdr=True),
        Kind("4k30", 2160, 3840, 30, hevc=True, turned=True),
        Kind("480p30", 480, 640, 30),
        Kind("portrait30", 678, 848, 30),
    )
}


def make_clip(sample: Path, target: Path, kind: Kind, seconds: float) -> Path:
    """Write a clip of a kind: the sample there and back, as filmed by that phone, then in a loop until it lasts `seconds`.

    Played there and back the loop has no seam: no real clip has a jump in it, which would be looked at as a cut.
    """
    return _looped([(sample, False)], target, kind, seconds, seconds)


def make_cut_clip(samples: Sequence[Path], target: Path, kind: Kind, seconds: float, cuts: int) -> Path:
    """Write a clip of a kind with `cuts` hard cuts: the beginnings of the samples in turn, each shot equally long.

    Every second shot is mirrored: the samples were filmed in one room.
    """
    shots = [(sample, bool(number % 2)) for number, sample in enumerate([*samples, *samples])]
    return _looped(shots, target, kind, seconds, seconds / (cuts + 1))


def _looped(shots: Sequence[tuple[Path, bool]], target: Path, kind: Kind, seconds: float, each_s: float) -> Path:
    once = target.with_name(f"{target.stem}_once.mp4")
    film(shots, once, kind, each_s)
    loop_clip(once, target, seconds, turned=kind.turned)
    once.unlink()
    return target


def film(shots: Sequence[tuple[Path, bool]], target: Path, kind: Kind, seconds: float) -> None:
    """Write samples, mirrored or not, one after the other as a clip of a kind; of each the first `seconds` there and back.

    The middle of the picture fills the frame.
    """
    wide, high = (kind.height, kind.width) if kind.turned else (kind.width, kind.height)
    rng = np.random.default_rng(0)
    levels = 4 if kind.ten_bit else 1
    grain = [rng.normal(0, GRAIN * levels, (high, wide)).astype(np.int16) for _ in range(3)]
    with av.open(str(target), "w") as writer:
        stream = writer.add_stream(kind.codec, rate=kind.fps)
        stream.width, stream.height, stream.pix_fmt = wide, high, "yuv420p10le" if kind.ten_bit else "yuv420p"
        stream.options = {"preset": "ultrafast", "maxrate": str(kind.rate), "bufsize": str(kind.rate), "crf": "23"}
        if kind.codec == "libx265":
            stream.options = {"preset": "ultrafast", "x265-params": f"log-level=none:bitrate={kind.rate // 1000}"}
            stream.codec_context.codec_tag = "hvc1"
        tags = (_BT2020, _LIMITED, _BT2020, _HLG) if kind.hdr else (_BT709, _LIMITED, _BT709, _BT709)
        _tag(stream.codec_context, tags)
        if kind.turned:
            stream.set_display_rotation(-90)
        beginnings = (itertools.islice(_resampled(*shot, kind), round(seconds * kind.fps)) for shot in shots)
        for i, planes in enumerate(itertools.chain.from_iterable(beginnings)):
            frame = av.VideoFrame(wide, high, stream.pix_fmt)
            light = np.clip(planes[0].astype(np.int16) * levels + grain[i % 3], 0, 256 * levels - 1)
            for plane, pixels in zip(frame.planes, (light, *(p.astype(np.int16) * levels for p in planes[1:])), strict=True):
                form = np.uint16 if kind.ten_bit else np.uint8
                rows = np.asarray(memoryview(plane)).view(np.uint8).reshape(-1, plane.line_size).view(form)
                rows[: plane.height, : plane.width] = pixels
            _tag(frame, tags)
            frame.pts, frame.time_base = i, Fraction(1, kind.fps)
            writer.mux(stream.encode(frame))
        writer.mux(stream.encode(None))


def _tag(target: Any, tags: tuple[int, int, int, int]) -> None:
    target.colorspace, target.color_range, target.color_primaries, target.color_trc = tags


def _resampled(sample: Path, mirrored: bool, kind: Kind) -> Iterator[Planes]:
    """The sample's pictures as stored by the phone, at its rate: those between two frames are a mix of both."""
    step = 0
    before: tuple[float, Planes] | None = None
    for time_s, planes in there_and_back(sample):
        seen = [plane[:, ::-1] for plane in planes] if mirrored else planes
        now = time_s, [_fitted(plane, kind, 1 if i == 0 else 2) for i, plane in enumerate(seen)]
        while before is not None and before[0] <= step / kind.fps < now[0]:
            share = (step / kind.fps - before[0]) / (now[0] - before[0])
            yield [cv2.addWeighted(a, 1 - share, b, share, 0) for a, b in zip(before[1], now[1], strict=True)]
            step += 1
        before = now


def there_and_back(sample: Path) -> Iterator[tuple[float, Planes]]:
    """The sample's pictures (4:2:0 planes) and their times, and then the same backwards: the last is the first again."""
    seen: list[tuple[float, Planes]] = []
    with av.open(str(sample)) as reader:
        for frame in reader.decode(video=0):
            stacked = frame.reformat(format="yuv420p").to_ndarray().ravel()
            rows, columns = frame.height, frame.width
            ends = np.cumsum([rows * columns, rows * columns // 4])
            light, blue, red = np.split(stacked, ends)
            half = (rows // 2, columns // 2)
            planes = [light.reshape(rows, columns), blue.reshape(half), red.reshape(half)]
            seen.append((float(frame.pts * frame.time_base), planes))
    yield from seen
    last_s = seen[-1][0]
    yield from ((2 * last_s - time_s, planes) for time_s, planes in reversed(seen[:-1]))


def _fitted(plane: NDArray[np.uint8], kind: Kind, shrink: int) -> NDArray[np.uint8]:
    """The middle of a plane, scaled to fill the kind's frame, and turned as it is stored; `shrink` is 2 for colours."""
    height, width = plane.shape[0] * shrink, plane.shape[1] * shrink
    wide = min(width, round(height * kind.width / kind.height)) // 4 * 4
    high = min(height, round(width * kind.height / kind.width)) // 4 * 4
    left, top = (width - wide) // 4 * 2, (height - high) // 4 * 2
    part = plane[top // shrink : (top + high) // shrink, left // shrink : (left + wide) // shrink]
    scaled = cv2.resize(part, (kind.width // shrink, kind.height // shrink), interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.rotate(scaled, cv2.ROTATE_90_COUNTERCLOCKWISE) if kind.turned else scaled, np.uint8)


def loop_clip(source: Path, target: Path, seconds: float, *, turned: bool = False) -> Path:
    """Write `source` in a loop until it lasts `seconds`; its packets are copied, not encoded again."""
    with av.open(str(source)) as reader, av.open(str(target), "w") as writer:
        stream = reader.streams.video[0]
        copy = writer.add_stream_from_template(stream)
        if turned:
            copy.set_display_rotation(-90)
        packets = [packet for packet in reader.demux(stream) if packet.dts is not None]
        step = max(1, min(packet.duration or 0 for packet in packets))
        first = min(packet.pts for packet in packets)
        period = max(packet.pts for packet in packets) + step - first
        wanted = first + int(seconds / stream.time_base)
        for turn in range(1 + int((wanted - first) / period)):
            for packet in packets:
                pts, dts = packet.pts, packet.dts
                if pts + turn * period >= wanted:
                    continue
                writer.mux(_moved(packet, copy, pts + turn * period, dts + turn * period))
    return target


def frame_count(clip: Path) -> int:
    """Frames in the clip, counted by decoding none of them."""
    with av.open(str(clip)) as reader:
        return sum(packet.size > 0 for packet in reader.demux(reader.streams.video[0]))


def _moved(packet: Any, stream: Any, pts: int, dts: int) -> Any:
    again = av.Packet(bytes(packet))
    again.pts, again.dts, again.duration, again.time_base = pts, dts, packet.duration, packet.time_base
    again.is_keyframe = packet.is_keyframe
    again.stream = stream
    return again

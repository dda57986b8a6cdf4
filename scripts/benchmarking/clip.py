"""Makes a longer clip by playing a sample again and again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av


def loop_clip(source: Path, target: Path, seconds: float, height: int | None = None) -> Path:
    """Write `source` in a loop until it lasts `seconds`; its packets are copied, not encoded again.

    With `height` the sample is scaled to that many pixels first (encoded once), for the size that phones film in.
    """
    if height is not None:
        scaled = target.with_name(f"{target.stem}_once.mp4")
        _scale(source, scaled, height)
        source = scaled
    with av.open(str(source)) as reader, av.open(str(target), "w") as writer:
        stream = reader.streams.video[0]
        copy = writer.add_stream_from_template(stream)
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


def frame_size(clip: Path) -> tuple[int, int]:
    """Width and height of the clip's pictures as stored, pixels."""
    with av.open(str(clip)) as reader:
        return reader.streams.video[0].width, reader.streams.video[0].height


def _moved(packet: Any, stream: Any, pts: int, dts: int) -> Any:
    again = av.Packet(bytes(packet))
    again.pts, again.dts, again.duration, again.time_base = pts, dts, packet.duration, packet.time_base
    again.is_keyframe = packet.is_keyframe
    again.stream = stream
    return again


def _scale(source: Path, target: Path, height: int) -> None:
    with av.open(str(source)) as reader, av.open(str(target), "w") as writer:
        old = reader.streams.video[0]
        width = round(old.width * height / old.height / 2) * 2
        new = writer.add_stream("libx264", rate=old.average_rate)
        new.width, new.height, new.pix_fmt = width, height, "yuv420p"
        new.options = {"preset": "veryfast", "crf": "20"}
        for frame in reader.decode(old):
            scaled = frame.reformat(width=width, height=height, format="yuv420p")
            scaled.pts, scaled.time_base = frame.pts, frame.time_base
            writer.mux(new.encode(scaled))
        writer.mux(new.encode(None))

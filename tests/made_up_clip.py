"""A small clip with saved track and bar candidates, so that the rest of the pipeline runs without the model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np

from formcheck.motion.bar.candidates import BarCandidates, save_bar
from formcheck.options import ReadingOptions
from formcheck.pose.estimate import track_key
from formcheck.pose.registry import find_model
from formcheck.pose.track import PoseTrack, save_track
from formcheck.video.reader import open_clip
from formcheck.video.writer import VideoWriter
from tests.motion.figure import lifter, make_track, times_at

RATE = 15.0


def nothing_seen(track: PoseTrack) -> BarCandidates:
    """A clip in which no plate is seen."""
    none = np.zeros((len(track.samples), 0))
    return BarCandidates(
        track.key, track.times, np.full(len(track.samples), np.nan), none, none, none, none, track.width, track.height
    )


def film(path: Path, seconds: float = 6.0) -> Path:
    """A clip of somebody squatting half as deep as asked, drawn as dots; noise keeps its video from being tiny."""
    points = lifter(times_at(RATE, seconds), depth=half_squats(seconds))
    noise = np.random.default_rng(1).integers(0, 90, (640, 640, 3), dtype=np.uint8)
    with VideoWriter(path, 640, 640, RATE) as writer:
        for number, pose in enumerate(points):
            picture = 160 + np.roll(noise, 7 * number, axis=0)
            for x, y in pose:
                cv2.circle(picture, (int(x), int(y)), 12, (40, 50, 60), cv2.FILLED)
            writer.write(picture, number / RATE)
    return path


def half_squats(seconds: float) -> np.ndarray:
    return np.asarray(0.45 * (1 - np.cos(2 * np.pi * times_at(RATE, seconds) / 2.0)) / 2)


def watched(clip: Path, folder: Path, pose: ReadingOptions | None = None, seconds: float = 6.0) -> Path:
    """Put track and candidates of the clip into a folder, as if it had been watched with these options."""
    options = pose or ReadingOptions()
    folder.mkdir(parents=True, exist_ok=True)
    times = times_at(RATE, seconds)
    with open_clip(clip, options) as reader:
        key = track_key(reader.info, find_model("heavy"), options)
    track = replace(make_track(times, lifter(times, depth=half_squats(seconds)), rate=1), key=key)
    save_track(track, folder / "track.npz")
    save_bar(nothing_seen(track), folder / "bar.npz")
    return folder


def asks_for_the_network() -> bytes:
    """A description of a broadcast (SDP) that looks like the packets of an MPEG transport stream."""
    text = (
        b"G\nv=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
        b"a=rtpmap:96 H264/90000\n"
    )
    first = text + b"a=" + b"x" * (187 - len(text) - 2) + b"\n"
    return first + b"".join(b"G=" + b"x" * 185 + b"\n" for _ in range(4))


def first_seconds(source: Path, target: Path, seconds: float) -> Path:
    """A copy of the beginning of a clip, its pictures as they are."""
    with av.open(str(source)) as whole, av.open(str(target), "w", format="mp4") as part:
        stream = whole.streams.video[0]
        copied = part.add_stream_from_template(stream)
        for packet in whole.demux(stream):
            if packet.pts is not None and packet.pts * stream.time_base < seconds:
                packet.stream = copied
                part.mux(packet)
    return target

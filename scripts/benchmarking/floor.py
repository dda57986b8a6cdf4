"""What an analysis and its video cannot do without, each measured alone: decoding, looks of the pose model, encoding."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import av
import numpy as np

from formcheck.pose.locate import MOST_LOOKS, PICTURE_SIZE
from formcheck.pose.registry import find_model
from formcheck.pose.track import load_track
from formcheck.video.reader import ClipReader
from formcheck.video.sampling import drawn_frames, plan_clip
from formcheck.video.writer import Canvas, VideoWriter, YuvConverter

#: Looks and pictures that are timed; all of them cost the same.
TIMED_LOOKS, TIMED_PICTURES = 12, 90


@dataclass(frozen=True)
class Floor:
    """Processor seconds. Each decoding is of the pictures that the analysis, or the video, needs."""

    decoding_s: float
    looks_s: float
    drawn_decoding_s: float
    encoding_s: float

    @property
    def analysis_s(self) -> float:
        return self.decoding_s + self.looks_s

    @property
    def with_video_s(self) -> float:
        return self.analysis_s + self.drawn_decoding_s + self.encoding_s


def floor_of(clip: Path, folder: Path) -> Floor:
    """The floor of a clip that was analysed and drawn into `folder`."""
    track = load_track(folder / "track.npz")
    assert track is not None  # without a key, load_track raises instead
    with ClipReader(clip) as reader:
        skip_nonref = plan_clip(reader, 15.0).skip_nonref
        decoding_s = _spent(lambda: [None for _ in reader.frames(skip_nonref=skip_nonref)])
        drawn_s = _spent(lambda: [None for _ in drawn_frames(reader)])
        pictures = [frame.whole(PICTURE_SIZE).picture for frame in islice(reader.frames(), 4)]
    detector = find_model("heavy").load()
    detector.detect(pictures[0], 1, True)
    looks_s = _spent(lambda: [detector.detect(np.ascontiguousarray(pictures[n % 4]), 1, True) for n in range(TIMED_LOOKS)])
    looks = len(track.samples) + MOST_LOOKS
    encoding_s = _encoding_s(folder / "annotated.mp4", folder / "again.mp4")
    return Floor(decoding_s, looks_s / TIMED_LOOKS * looks, drawn_s, encoding_s)


def _encoding_s(video: Path, scratch: Path) -> float:
    """Processor seconds of encoding a video's pictures once more."""
    with av.open(str(video)) as container:
        count = sum(packet.size > 0 for packet in container.demux(container.streams.video[0]))
    with ClipReader(video) as reader:
        width, height, fps = reader.info.width, reader.info.height, reader.info.fps
        frames = list(islice(reader.frames(), TIMED_PICTURES))
        converter, canvases = YuvConverter(), []
        for frame in frames:
            canvases.append(Canvas(width, height))
            converter.put(frame, canvases[-1].planes)
    try:
        with VideoWriter(scratch, width, height, fps) as writer:
            spent = _spent(lambda: [writer.write_canvas(canvas, n / fps) for n, canvas in enumerate(canvases)])
    finally:
        scratch.unlink(missing_ok=True)
    return spent / len(canvases) * count


def _spent(work: Callable[[], object]) -> float:
    """Processor seconds of this process, all its threads together."""
    before = time.process_time()
    work()
    return time.process_time() - before

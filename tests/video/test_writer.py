from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from formcheck.video import VideoWriter


def pictures(count: int, width: int = 96, height: int = 64) -> list[np.ndarray]:
    """A grey ramp that gets brighter, with a coloured half."""
    result = []
    for i in range(count):
        picture = np.full((height, width, 3), 40 + 4 * i, dtype=np.uint8)
        picture[:, : width // 2] = (180, 90, 60)
        result.append(picture)
    return result


def clip_with_sound(path: Path, start_s: float = 0.0) -> None:
    """Two seconds of video with a tone; the picture begins `start_s` after the sound."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        audio = container.add_stream("aac", rate=44100, layout="mono")
        for i, picture in enumerate(pictures(50)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = round((i / 25 + start_s) * 12800), Fraction(1, 12800)
            container.mux(video.encode(frame))
        tone = np.sin(np.arange(int(44100 * (2 + start_s))) * 2 * math.pi * 440 / 44100).astype(np.float32)
        for i in range(0, len(tone) - 1024, 1024):
            frame = av.AudioFrame.from_ndarray(tone[None, i : i + 1024].copy(), format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 44100, i, Fraction(1, 44100)
            container.mux(audio.encode(frame))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))


def test_what_players_need(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    times = [0.0, 0.04, 0.1, 0.35, 0.36]
    with VideoWriter(path, 97, 65, 25.0) as writer:
        for picture, time_s in zip(pictures(5, 97, 65), times, strict=True):
            writer.write(picture, time_s)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height) == (96, 64)
        read = [frame.time for frame in container.decode(stream)]
    assert read == pytest.approx(times, abs=1e-4)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat"), "not fast start"


def test_nothing_is_left_after_a_failure(tmp_path: Path) -> None:
    def fail() -> None:
        with VideoWriter(tmp_path / "a.mp4", 96, 64, 25.0) as writer:
            writer.write(pictures(1)[0], 0.0)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_sound_is_copied_in_step_with_the_picture(tmp_path: Path) -> None:
    source = tmp_path / "s.mp4"
    clip_with_sound(source)
    out = tmp_path / "a.mp4"
    with VideoWriter(out, 96, 64, 25.0, sound=source, sound_from_s=0.5) as writer:
        for i, picture in enumerate(pictures(25)):
            writer.write(picture, i / 25)
    with av.open(str(out)) as container:
        packets = [(p.stream.type, float(p.pts * p.time_base)) for p in container.demux() if p.pts is not None]
    sound = [time_s for kind, time_s in packets if kind == "audio"]
    assert sound[0] == pytest.approx(0.0, abs=0.05)
    assert sound[-1] == pytest.approx(1.0, abs=0.08), "the sound goes on after the picture"
    first_sound = next(i for i, (kind, _) in enumerate(packets) if kind == "audio")
    assert first_sound < 20, "sound and picture are not side by side in the file"


def test_grain_does_not_make_the_file_large(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    with VideoWriter(tmp_path / "a.mp4", 320, 240, 25.0) as writer:
        for i in range(250):
            writer.write(rng.integers(0, 255, (240, 320, 3), dtype=np.uint8), i / 25)
    assert (tmp_path / "a.mp4").stat().st_size < 20e6 / 60 * 10 * 1.2

"""The parts of the speed judge that can be wrong without anybody noticing: the looped clip and the memory of a tree."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from benchmarking.clip import frame_count, loop_clip
from benchmarking.memory import TreeWatch, tree_memory_mb

if sys.platform == "win32":
    pytest.skip("the speed judge runs on Linux and macOS", allow_module_level=True)

FPS, FRAMES = 20, 30


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    path = tmp_path / "sample.mp4"
    with av.open(str(path), "w") as writer:
        stream = writer.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for k in range(FRAMES):
            picture = np.full((48, 64, 3), 8 * k, dtype=np.uint8)
            writer.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        writer.mux(stream.encode(None))
    return path


def pictures(clip: Path) -> tuple[list[float], list[float]]:
    with av.open(str(clip)) as reader:
        frames = [(float(f.pts * f.time_base), float(f.to_ndarray(format="gray").mean())) for f in reader.decode(video=0)]
    return [time for time, _ in frames], [level for _, level in frames]


@pytest.mark.parametrize("seconds", [0.5, 1.5, 4.0])
def test_loop_has_the_length_asked_for_and_even_steps(sample: Path, tmp_path: Path, seconds: float) -> None:
    long = loop_clip(sample, tmp_path / "long.mp4", seconds)
    times, levels = pictures(long)
    assert len(times) == frame_count(long) == round(seconds * FPS)
    assert np.diff(times) == pytest.approx(1 / FPS, abs=1e-3)
    _, once = pictures(sample)
    whole = len(levels) - 4  # the very last pictures may lack the one they were predicted from
    assert levels[:whole] == pytest.approx([once[k % FRAMES] for k in range(whole)], abs=2)


def test_loop_of_another_size(sample: Path, tmp_path: Path) -> None:
    long = loop_clip(sample, tmp_path / "long.mp4", 2.0, height=96)
    with av.open(str(long)) as reader:
        assert (reader.streams.video[0].width, reader.streams.video[0].height) == (128, 96)
    assert frame_count(long) == 40


GRANDCHILD = "import time; held = bytearray(b'x') * 80_000_000; print('ready', flush=True); time.sleep(60)"
CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {GRANDCHILD!r}])"


def test_memory_counts_what_a_program_started() -> None:
    program = subprocess.Popen([sys.executable, "-c", CHILD], stdout=subprocess.PIPE, start_new_session=True)
    try:
        assert program.stdout is not None
        program.stdout.readline()
        with TreeWatch(program.pid) as memory:
            held = tree_memory_mb(program.pid)
        assert 80 < held < 200
        assert memory.peak_mb > 80
    finally:
        os.killpg(program.pid, signal.SIGKILL)
        program.wait()
    assert tree_memory_mb(program.pid) == 0

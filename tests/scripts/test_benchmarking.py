"""The parts of the speed judge that can be wrong without anybody noticing: the looped clip and the memory of a tree."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from rich.console import Console

import benchmark
from benchmarking.clip import KINDS, frame_count, loop_clip, make_clip, make_cut_clip
from benchmarking.long import reps_of_loop, reps_of_shots, told_of
from benchmarking.measure import _DOING, _STYLE, TreeWatch, tree_cpu_s, tree_memory_mb
from formcheck.video.colours import is_hdr, tags_of

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


@pytest.mark.parametrize("name", ["phone", "phone-hdr", "4k30", "480p30", "portrait30"])
def test_clips_are_what_phones_film(sample: Path, tmp_path: Path, name: str) -> None:
    kind = replace(KINDS[name], width=KINDS[name].width // 10 * 2, height=KINDS[name].height // 10 * 2)
    clip = make_clip(sample, tmp_path / "clip.mp4", kind, 2.0)
    times, levels = pictures(clip)
    assert times[-1] == pytest.approx(2.0, abs=0.2)
    assert np.median(np.diff(times)) == pytest.approx(1 / kind.fps, abs=1e-3)
    assert levels[kind.fps // 4] > levels[2], "the sample moves at its own pace"
    with av.open(str(clip)) as reader:
        frame = next(reader.decode(video=0))
    upright = (frame.height, frame.width) if frame.rotation else (frame.width, frame.height)
    assert upright == (kind.width, kind.height)
    assert bool(frame.rotation) == kind.turned
    assert frame.format.name == ("yuv420p10le" if kind.ten_bit else "yuv420p")
    assert is_hdr(tags_of(frame)) == kind.hdr


def test_a_looped_clip_has_no_seam(sample: Path, tmp_path: Path) -> None:
    """The sample lasts 1.5 s, there and back 2.9 s: at 2.9 and 5.8 s the loop begins anew."""
    clip = make_clip(sample, tmp_path / "clip.mp4", replace(KINDS["480p30"], width=64, height=48), 7.0)
    _, levels = pictures(clip)
    steps = np.abs(np.diff(levels))
    assert max(levels) - min(levels) > 100
    assert steps.max() < 3 * np.median(steps)


def test_a_cut_clip_has_a_seam_after_each_shot(sample: Path, tmp_path: Path) -> None:
    """Shots of 1.0 s, each the beginning of the sample, in which every picture is lighter than the one before."""
    clip = make_cut_clip([sample, sample], tmp_path / "clip.mp4", replace(KINDS["480p30"], width=64, height=48), 5.0, 4)
    times, levels = pictures(clip)
    assert len(times) == 150
    back = np.flatnonzero(np.diff(levels) < -50) + 1
    assert list(back) == [30, 60, 90, 120]


def test_whole_reps_of_a_long_clip_are_counted_by_the_samples_truth(sample: Path) -> None:
    """There and back the sample lasts 2.9 s: reps at 0.2-0.9, 2.0-2.7, 3.1-3.8, ..."""
    assert reps_of_loop(sample, 10.0) is None
    sample.with_suffix(".truth.json").write_text(json.dumps({"reps": [{"start_s": 0.2, "end_s": 0.9}]}))
    assert [reps_of_loop(sample, seconds) for seconds in (0.9, 1.1, 2.9, 3.5, 6.0)] == [0, 1, 2, 2, 4]
    assert reps_of_shots([sample, sample], 1.1, 7) == 7
    assert reps_of_shots([sample], 0.9, 7) == 0


def test_what_is_left_out_without_a_reason_is_noticed(tmp_path: Path) -> None:
    def shot(number: int, analysed: bool, reason: str | None) -> dict[str, object]:
        return {"number": 1, "start_s": 9.0 * number, "analysed": analysed, "reason": reason}

    def write(folder: Path, reps: int, shots: list[dict[str, object]]) -> None:
        folder.mkdir()
        facts = {"reps": [{}] * reps, "not_counted": [{"start_s": 1.0}], "shots": shots}
        (folder / "analysis.json").write_text(json.dumps(facts))

    write(tmp_path / "out", 3, [shot(1, True, None), shot(2, False, "no repetition was found"), shot(3, False, None)])
    write(tmp_path / "out" / "set-2", 2, [shot(1, False, "another set"), shot(4, True, None), shot(5, False, None)])
    told = told_of(tmp_path / "out")
    assert (told.reps, told.not_counted, told.shots, told.shots_left_out, told.unexplained) == (5, 1, 5, 1, 2)
    assert told.said(6) == (
        "5 reps of 6 whole ones, 1 movements not counted; 5 shots, 1 left out for a reason that is given, 2 WITHOUT A WORD"
    )


def test_a_clip_made_before_is_used_again(sample: Path, tmp_path: Path) -> None:
    kind, console = replace(KINDS["480p30"], width=64, height=48), Console(quiet=True)
    clip = benchmark.made(sample, tmp_path / "made", kind, 1.0, console)
    clip.write_bytes(b"as it was")
    assert benchmark.made(sample, tmp_path / "made", kind, 1.0, console).read_bytes() == b"as it was"
    longer = benchmark.made(sample, tmp_path / "made", kind, 1.5, console)
    assert frame_count(longer) == 45
    assert {path.name for path in (tmp_path / "made").iterdir()} == {clip.name, longer.name}, "nothing half made is left"


def test_the_middle_of_several_runs_counts() -> None:
    assert benchmark.middle([3.0, 100.0, 2.0], float) == 3.0
    assert benchmark.middle(["aa", "a"], len) == "aa"


def test_processor_time_is_told_apart_by_what_was_being_done() -> None:
    program = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    doing = ["first"]
    try:
        with TreeWatch(program.pid, lambda: doing[0]) as watch:
            while watch.cpu_s.get("first", 0.0) < 0.3:
                time.sleep(0.05)
            doing[0] = "second"
            while watch.cpu_s.get("second", 0.0) < 0.3:
                time.sleep(0.05)
        assert set(watch.cpu_s) == {"first", "second"}
        assert set(watch.peaks_mb) == {"first", "second"}
        assert watch.peak_mb == max(watch.peaks_mb.values()) > 1
        assert sum(watch.cpu_s.values()) == pytest.approx(tree_cpu_s(program.pid), abs=0.6)
    finally:
        program.kill()
        program.wait()


def test_what_the_progress_bar_says_is_read_from_the_terminal() -> None:
    seen = b"\r\x1b[2Kreading              \x1b[38;5;237m\xe2\x94\x81\xe2\x94\x81\x1b[0m \x1b[35m 45%\x1b[0m 0:00:05"
    seen += b"\r\x1b[2Kfollowing the bar    \x1b[38;5;237m\xe2\x94\x81\xe2\x94\x81\x1b[0m \x1b[35m  3%\x1b[0m"
    assert _DOING.findall(_STYLE.sub(b"", seen)) == [b"reading", b"following the bar"]


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

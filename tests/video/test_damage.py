"""Damaged files are read to the end, and the loss is reported."""

from __future__ import annotations

import random
from pathlib import Path

import av
import numpy as np
import pytest

from formcheck.video.damage import Damage, Decoded, find_damage, joined, missing_end
from formcheck.video.reader import ClipReader, with_frame_times
from formcheck.video.sampling import plan_clip
from tests.video.test_reader import EVEN, film

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "rdl_good_m.mp4"
TIMES = np.arange(100) / 10


def decoded(missing: list[int], keyframes: list[int], corrupt: list[int] | None = None, failures: int = 0) -> Decoded:
    left = np.delete(np.arange(100), missing)
    return Decoded(TIMES[left], np.isin(left, corrupt or []), np.isin(left, keyframes), [TIMES[20]] * failures)


def test_what_follows_a_lost_picture_is_damaged_up_to_the_next_keyframe() -> None:
    found = find_damage(TIMES, decoded([30, 31, 45, 80], [0, 40, 50, 60]))
    assert found == (Damage(3.0, 4.0, 2), Damage(4.5, 5.0, 1), Damage(8.0, pytest.approx(10.0), 1))


def test_a_spoiled_picture_loses_nothing_and_a_spoiled_keyframe_ends_nothing() -> None:
    assert find_damage(TIMES, decoded([], [0, 40, 50], [35, 40])) == (Damage(3.5, 5.0, 0),)
    assert find_damage(TIMES, decoded([], [0])) == ()


def test_without_promised_times_every_failure_is_a_lost_picture() -> None:
    assert find_damage(None, decoded([21, 22], [0, 40], failures=2)) == (Damage(2.0, 4.0, 2),)


def test_touching_stretches_are_one() -> None:
    assert joined([Damage(5, 9, 3), Damage(1, 2, 1), Damage(2, 3, 1)]) == (Damage(1, 3, 2), Damage(5, 9, 3))


def test_the_end_that_a_cut_off_file_lacks() -> None:
    held = np.delete(TIMES[:50], [47])
    assert missing_end(held, 51, 10.0, (0.0, np.inf)) == (Damage(pytest.approx(4.7), 10.0, 51),)
    assert missing_end(held, 51, 10.0, (0.0, 3.0)) == ()
    assert missing_end(TIMES[:50], 50, 10.0, (0.0, 7.5))[0].lost_frames == 25


def test_frames_and_duration_of_a_damaged_clip_are_those_of_the_whole(tmp_path: Path) -> None:
    clip = film(tmp_path / "a.mp4", EVEN)
    with ClipReader(clip) as reader:
        info = with_frame_times(reader.info, EVEN[:40], [Damage(EVEN[40], 3.0, 50)])
    assert info.duration_s == pytest.approx(3.0)
    assert info.fps == pytest.approx(30)


def overwritten(source: Path, target: Path, at: float, count: int = 4096, seed: int = 0) -> Path:
    content = bytearray(source.read_bytes())
    begin = int(at * len(content))
    content[begin : begin + count] = random.Random(seed).randbytes(count)
    target.write_bytes(content)
    return target


@pytest.mark.parametrize("at", [0.3, 0.5, 0.7])
def test_a_clip_with_a_corrupt_middle_is_read_to_its_end_and_the_loss_is_known(tmp_path: Path, at: float) -> None:
    """One keyframe at the start: nothing after the damage is whole, and everything after it is still shown."""
    clip = overwritten(SAMPLE, tmp_path / "a.mp4", at)
    with ClipReader(SAMPLE) as reader:
        whole = [frame.time_s for frame in reader.frames()]
    with ClipReader(clip) as reader:
        plan = plan_clip(reader, 15.0, decode=True)
        again = [frame.time_s for frame in reader.frames()]
    assert plan.times.tolist() == again
    assert len(whole) - 12 < len(plan.times) < len(whole)
    assert plan.times[-1] == whole[-1]
    assert sum(stretch.lost_frames for stretch in plan.damage) == len(whole) - len(plan.times)
    (stretch,) = plan.damage
    assert 0.2 < stretch.start_s / whole[-1] < 0.8
    assert stretch.end_s == pytest.approx(whole[-1] + 1 / 24)


def test_damage_ends_at_the_next_keyframe(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    noisy = film_of_noise(tmp_path / "noise.mp4", rng, keyframe_every=15)
    clip = overwritten(noisy, tmp_path / "a.mp4", 0.5, count=2000)
    with ClipReader(clip) as reader:
        plan = plan_clip(reader, 15.0, decode=True)
    assert len(plan.damage) == 1
    assert plan.damage[0].end_s - plan.damage[0].start_s <= 1.05
    assert plan.damage[0].end_s * 2 == pytest.approx(round(plan.damage[0].end_s * 2))  # keyframes are half a second apart


def test_a_cut_off_clip_says_what_is_missing(tmp_path: Path) -> None:
    clip = tmp_path / "a.mp4"
    clip.write_bytes(SAMPLE.read_bytes()[:300_000])
    with ClipReader(clip) as reader:
        plan = plan_clip(reader, 15.0, decode=True)
        quick = plan_clip(reader, 15.0)
        info = with_frame_times(reader.info, plan.times, plan.damage)
    lost = sum(stretch.lost_frames for stretch in plan.damage)
    assert len(plan.times) + lost == 217
    assert info.duration_s == pytest.approx(217 / 24, abs=0.001)
    assert quick.damage
    assert plan.damage[-1].end_s == pytest.approx(217 / 24, abs=0.001)


def test_decoding_a_damaged_file_is_deterministic(tmp_path: Path) -> None:
    clip = overwritten(SAMPLE, tmp_path / "a.mp4", 0.6)

    def seen() -> list[tuple[float, int]]:
        with ClipReader(clip) as reader:
            return [(frame.time_s, int(frame.gray(48, 48).sum())) for frame in reader.frames()]

    first = seen()
    assert all(seen() == first for _ in range(3))


@pytest.mark.parametrize("sample", [SAMPLE, "edit list"], ids=str)
def test_a_whole_file_is_not_called_damaged(tmp_path: Path, sample: Path | str) -> None:
    clip = SAMPLE if isinstance(sample, Path) else film(tmp_path / "a.mp4", EVEN, 0.4, bf="3", g="12")
    with ClipReader(clip, start_s=0.5, end_s=2.5) as reader:
        assert plan_clip(reader, 15.0).damage == ()
        assert plan_clip(reader, 15.0, decode=True).damage == ()
        assert reader.failures == 0


def film_of_noise(path: Path, rng: np.random.Generator, keyframe_every: int) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        stream.options = {"g": str(keyframe_every), "keyint_min": str(keyframe_every), "sc_threshold": "0", "bf": "0"}
        for _ in range(150):
            picture = rng.integers(0, 255, (96, 128, 3), dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path

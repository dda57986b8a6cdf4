from concurrent.futures import Future
from dataclasses import replace

import cv2
import numpy as np
import pytest

from formcheck.errors import UsageError
from formcheck.motion.bar.bar import build_bar
from formcheck.motion.bar.candidates import find_bar, load_bar, save_bar
from tests.motion.bar.scene import KEY, Pictures, body_of, hinge, track_of

TIMES = np.arange(0, 4.6, 1 / 15)


def drawn(named, lying=True):
    """Pictures of a plate that goes with the hands before a wall, and one that lies on the floor."""

    def draw(i):
        picture = np.full((640, 480, 3), 170, np.uint8)
        if lying:
            cv2.circle(picture, (290, 470), 48, (60, 60, 60), -1, cv2.LINE_AA)
        x, y = named["wrist"][i] + [1, 4]
        centre = (round((x + 6) * 16), round((y + 5) * 16))
        cv2.circle(picture, centre, 50 * 16, (30, 30, 30), -1, cv2.LINE_AA, 4)
        cv2.circle(picture, centre, 18 * 16, (200, 40, 40), -1, cv2.LINE_AA, 4)
        return picture

    return draw


@pytest.fixture(scope="module")
def found():
    named = hinge(TIMES)
    shares = []
    reader = Pictures(drawn(named), TIMES)
    candidates = find_bar(reader, track_of(TIMES, named), progress=shares.append)
    return named, candidates, shares


def test_drawn_plate_is_followed_within_a_pixel(found):
    named, candidates, shares = found
    bar = build_bar(candidates, body_of(TIMES, named))
    truth = named["wrist"] + [7, 9]
    assert bar.source == "plate"
    assert np.nanmean(np.linalg.norm(bar.center - truth, axis=1)) < 1.0
    assert np.nanmedian(bar.radius) == pytest.approx(50, rel=0.02)
    assert shares[-1] == pytest.approx(1.0)


def test_frames_without_the_lifter_are_bridged():
    named = hinge(TIMES)
    track = track_of(TIMES, named)
    track.points[10:13] = np.nan
    candidates = find_bar(Pictures(drawn(named), TIMES), track)
    truth = named["wrist"][11] + [7, 9]
    away = np.hypot(candidates.x[11] - truth[0], candidates.y[11] - truth[1])
    assert np.nanmin(away) < 1


class Workers:
    """A pool of which the threads that work are counted."""

    workers = 3

    def __init__(self):
        self.done = 0

    def submit(self, function, *arguments, limit_s=0.0):
        self.done += 1
        future = Future()
        future.set_result(function(*arguments))
        return future


def test_the_work_is_left_to_the_pool_that_is_given(found, monkeypatch):
    named, candidates, _ = found
    monkeypatch.setattr("formcheck.motion.bar.candidates.ThreadPoolExecutor", None)
    pool = Workers()
    again = find_bar(Pictures(drawn(named), TIMES), track_of(TIMES, named), pool=pool)
    assert pool.done == len(TIMES)
    np.testing.assert_array_equal(again.x, candidates.x)


def test_saved_candidates_come_back_and_score_alike(found, tmp_path):
    named, candidates, _ = found
    save_bar(candidates, tmp_path / "bar.npz")
    again = load_bar(tmp_path / "bar.npz", KEY)
    body = body_of(TIMES, named)
    np.testing.assert_allclose(build_bar(again, body).center, build_bar(candidates, body).center, atol=0.01)
    np.testing.assert_array_equal(again.times, candidates.times)


def test_files_of_earlier_versions_with_an_extra_array_load(found, tmp_path):
    save_bar(found[1], tmp_path / "bar.npz")
    with np.load(tmp_path / "bar.npz", allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    np.savez(tmp_path / "bar.npz", squash=np.ones(arrays["x"].shape, np.float32), **arrays)
    np.testing.assert_array_equal(load_bar(tmp_path / "bar.npz", KEY).x, arrays["x"])


def test_candidates_of_another_clip_are_not_used(found, tmp_path):
    save_bar(found[1], tmp_path / "bar.npz")
    assert load_bar(tmp_path / "bar.npz", replace(KEY, clip_sha256="2" * 64)) is None
    assert load_bar(tmp_path / "missing.npz", KEY) is None
    (tmp_path / "bad.npz").write_bytes(b"no zip")
    assert load_bar(tmp_path / "bad.npz", KEY) is None
    with pytest.raises(UsageError, match="not a file that this formcheck can use"):
        load_bar(tmp_path / "bad.npz")


def test_a_file_with_more_than_a_whole_rim_is_refused(found, tmp_path):
    save_bar(replace(found[1], coverage=found[1].coverage * 1e30), tmp_path / "bar.npz")
    assert load_bar(tmp_path / "bar.npz", KEY) is None
    with pytest.raises(UsageError, match="expected 0 to 1"):
        load_bar(tmp_path / "bar.npz")


@pytest.mark.parametrize("side", ["48", None, 0, True, 4.5])
def test_a_file_with_another_size_than_whole_numbers_is_refused(found, tmp_path, side):
    save_bar(replace(found[1], width=side), tmp_path / "bar.npz")
    assert load_bar(tmp_path / "bar.npz", KEY) is None
    with pytest.raises(UsageError, match="expected whole numbers above 0"):
        load_bar(tmp_path / "bar.npz")

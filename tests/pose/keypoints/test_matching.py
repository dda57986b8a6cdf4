"""Keypoints of other tools that do not fit the clip are refused in a sentence; those that do are put on the right frames."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from formcheck.errors import UsageError
from formcheck.options import ReadingOptions
from formcheck.pose.keypoints.formats import Keypoints
from formcheck.pose.keypoints.people import follow_lifter
from formcheck.pose.keypoints.read import COCO_POINTS, check_place, read_keypoints, rows_of_frames, scaled_to
from formcheck.pose.skeleton import JOINT_COUNT
from formcheck.video.reader import ClipInfo
from tests.motion.figure import lifter, times_at

PARTS = 5
WHOLE = ReadingOptions()


def clip(width: int = 480, height: int = 640, slow_motion: float = 1.0, fps: float = 24.0) -> ClipInfo:
    return ClipInfo(Path("set.mp4"), "0" * 64, width, height, fps, 10.0, slow_motion)


def somebody(x: float, y: float, size: float, frames: int = 60) -> np.ndarray:
    """(N, K, 3) a body that bobs up and down."""
    body = np.array([[0, 0], [0.1, 0.3], [-0.1, 0.5], [0.1, 0.8], [0, 1.0]]) * size
    bob = 0.1 * size * np.sin(np.arange(frames) / 5)
    places = body + np.array([x, y])
    points = np.repeat(places[np.newaxis], frames, axis=0)
    points[:, :, 1] += bob[:, np.newaxis]
    return np.concatenate([points, np.ones((frames, PARTS, 1))], axis=2)


NOBODY = np.full((60, PARTS, 3), np.nan)


def test_a_larger_person_who_walks_past_takes_nobodys_place() -> None:
    lifter, coach = somebody(200, 200, 300), NOBODY.copy()
    coach[20:40] = somebody(60, 100, 400)[20:40]
    coach[20:40, :, 0] += 6 * np.arange(20)[:, np.newaxis]
    assert follow_lifter(np.stack([coach, lifter])) == pytest.approx(lifter)


@pytest.mark.parametrize("cuts", [[30], [20, 40], [10, 20, 30, 40, 50]])
def test_a_lifter_whose_name_changes_stays_the_lifter(cuts: list[int]) -> None:
    lifter = somebody(200, 200, 300)
    parts = []
    for begin, end in zip([0, *cuts], [*cuts, 60], strict=True):
        part = NOBODY.copy()
        part[begin:end] = lifter[begin:end]
        parts.append(part)
    assert follow_lifter(np.stack(parts)) == pytest.approx(lifter)


def test_who_is_lost_for_a_while_is_taken_up_again_and_somebody_elsewhere_is_not() -> None:
    lifter, other = somebody(200, 200, 300), NOBODY.copy()
    seen = lifter.copy()
    seen[25:40] = np.nan
    other[27:38] = somebody(900, 200, 300)[27:38]
    assert follow_lifter(np.stack([seen, other])) == pytest.approx(seen, nan_ok=True)


def test_two_who_change_their_names_with_each_other_are_told_apart_by_their_places() -> None:
    one, two = somebody(200, 200, 300), somebody(700, 200, 200)
    first, second = one.copy(), two.copy()
    first[30:], second[30:] = two[30:], one[30:]
    assert follow_lifter(np.stack([first, second])) == pytest.approx(one)


def coco(folder: Path, flags: Any, size: tuple[int, int] | None = (480, 640), results: bool = False) -> Path:
    shape = {} if size is None else {"width": size[0], "height": size[1]}
    images = [{"id": n, "file_name": f"{n:04d}.png", **shape} for n in range(10)]
    points = np.stack([100.0 + 10 * np.arange(17), 50.0 + 30 * np.arange(17), np.broadcast_to(flags, 17)], axis=1)
    people = [{"image_id": n, "area": 100.0, "keypoints": points.ravel().tolist()} for n in range(10)]
    path = folder / "k.json"
    whole = {"images": images, "annotations": people, "categories": [{"keypoints": COCO_POINTS}]}
    path.write_text(json.dumps(people if results else whole))
    return path


@pytest.mark.parametrize(
    ("flags", "confidence"),
    [
        (2, 1.0), (1, 1.0), (0.6, 0.6), (np.where(np.arange(17) == 3, 1.04, 0.9), 0.9), (80.0, 0.8),
        (np.where(np.arange(17) == 0, 1, 2), 0.3),
    ],
)  # fmt: skip
def test_flags_and_scores_are_told_apart(flags: Any, confidence: float, tmp_path: Path) -> None:
    found = read_keypoints(coco(tmp_path, flags))
    assert found.confidence is not None
    assert found.confidence[0, 0] == pytest.approx(confidence)
    assert found.confidence.max() <= 1


def test_scores_of_another_kind_are_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="scores from"):
        read_keypoints(coco(tmp_path, 300.0))


def test_a_plain_list_of_results_is_read(tmp_path: Path) -> None:
    found = read_keypoints(coco(tmp_path, 0.9, results=True))
    assert found.names == COCO_POINTS
    assert list(found.frames if found.frames is not None else []) == list(range(10))


def test_a_smaller_copy_is_scaled_and_a_turned_one_refused(tmp_path: Path) -> None:
    half = read_keypoints(coco(tmp_path, 2, size=(240, 320)))
    assert scaled_to(half, "k.json", clip()).points == pytest.approx(2 * half.points)
    with pytest.raises(UsageError, match="did not turn the clip upright"):
        scaled_to(read_keypoints(coco(tmp_path, 2, size=(640, 480))), "k.json", clip())
    with pytest.raises(UsageError, match="of this clip"):
        scaled_to(read_keypoints(coco(tmp_path, 2, size=(640, 640))), "k.json", clip())


def body_at(x: float, y: float, size: float) -> np.ndarray:
    points = np.full((30, JOINT_COUNT, 2), [x, y], dtype=float)
    points[:, :, 1] += np.linspace(0, size, JOINT_COUNT)
    return points


def test_a_body_in_the_corner_outside_the_picture_or_unseen_is_refused() -> None:
    seen = np.ones((30, JOINT_COUNT))
    check_place(body_at(240, 100, 400), seen, "k.trc", clip())
    with pytest.raises(UsageError, match="upper left quarter"):
        check_place(body_at(120, 50, 200), seen, "k.trc", clip())
    with pytest.raises(UsageError, match="did not turn"):
        check_place(body_at(560, 20, 400), seen, "k.trc", clip())
    with pytest.raises(UsageError, match="y down"):
        check_place(body_at(240, -600, 400), seen, "k.trc", clip())
    upright = lifter(times_at(15.0, 2.0)) * [0.7, 0.9]
    check_place(upright, np.ones(upright.shape[:2]), "k.trc", clip())
    with pytest.raises(UsageError, match="upside down; expected pixels of the upright picture, with y counted"):
        check_place([0, 640] + upright * [1, -1], np.ones(upright.shape[:2]), "k.trc", clip())
    with pytest.raises(UsageError, match="in 0 % of the frames"):
        check_place(body_at(240, 100, 400), 0 * seen, "k.trc", clip())


def by_time(times: np.ndarray) -> Keypoints:
    return Keypoints("trc", ("a",), np.zeros((len(times), 1, 2)), times=times)


def by_number(frames: np.ndarray) -> Keypoints:
    return Keypoints("coco", ("a",), np.zeros((len(frames), 1, 2)), frames=frames)


FRAMES = np.arange(240) / 24
ALL = np.arange(240)


def matched(found: Keypoints, times: np.ndarray = FRAMES, reading: ReadingOptions = WHOLE, **facts: float) -> np.ndarray:
    return rows_of_frames(found, "k.trc", clip(**facts), times, 0, reading)  # type: ignore[arg-type]


def test_rows_are_put_on_frames_by_their_order_where_nearly_all_are_there() -> None:
    assert list(matched(by_time(ALL / 24))) == list(ALL)
    assert list(matched(by_time(ALL / 30))) == list(ALL), "the tool believed in another rate"
    assert list(matched(by_time(ALL[:-3] / 30))) == [*ALL[:-3], -1, -1, -1]
    changing = np.r_[np.arange(120) / 24, 5 + np.arange(120) / 12]
    rate = 239 / changing[-1]
    assert list(matched(by_time(ALL[:-1] / rate), changing)) == [*ALL[:-1], -1]


def test_a_missing_row_in_the_middle_shifts_nothing() -> None:
    rows = matched(by_time(np.delete(ALL / 24, 100)))
    assert list(rows) == [*range(100), -1, *range(100, 239)]


def test_a_part_with_its_own_times_is_put_where_it_belongs() -> None:
    rows = matched(by_time(ALL[100:200] / 24))
    assert list(rows) == [-1] * 100 + list(range(100)) + [-1] * 40


@pytest.mark.parametrize("numbered", ["as the clip", "from the part's beginning"])
def test_keypoints_of_the_named_part_may_be_numbered_from_its_beginning(numbered: str) -> None:
    part = ReadingOptions(start_s=100 / 24, end_s=200 / 24)
    own = ALL[100:200] if numbered == "as the clip" else ALL[:100]
    for found in (by_number(own), by_time(own / 24)):
        rows = rows_of_frames(found, "k", clip(), FRAMES[100:200], 100, part)
        assert list(rows) == list(range(100))


def test_slow_motion_that_the_tool_took_out_is_not_taken_out_again() -> None:
    lifters_own = ALL[60:200] / 192
    for times in (lifters_own, 8 * lifters_own):
        rows = matched(by_time(times), FRAMES / 8, slow_motion=8.0)
        assert list(rows) == [-1] * 60 + list(range(140)) + [-1] * 40


def test_another_rate_is_said() -> None:
    with pytest.raises(UsageError, match=r"30 frames a second but set\.mp4 has 24"):
        matched(by_time(ALL[:100] / 30))
    with pytest.raises(UsageError, match="--slow-motion"):
        matched(by_time(ALL[:100] / 192))


def test_every_second_frame_numbered_anew_is_not_taken_for_the_first_half() -> None:
    for found in (by_number(ALL[:120]), by_time(ALL[:120] / 24)):
        with pytest.raises(UsageError, match=r"first 50 % of set.mp4.*--end"):
            matched(found)
    assert (matched(by_number(ALL[:120]), FRAMES[:120], ReadingOptions(end_s=5.0)) >= 0).all()
    assert (matched(by_number(ALL[::2])) >= 0).sum() == 120


def test_a_place_that_no_picture_reaches_upsets_nobody() -> None:
    """Damaged files hold any number; its square must not end in a warning of a library."""
    people = np.zeros((2, 6, 4, 2)) + np.arange(4)[:, None] * 30.0
    people[0, 2, 1] = 1e200, -1e200
    people[1, 4] = -np.inf
    with np.errstate(all="raise"):
        found = follow_lifter(people)
    assert found.shape == (6, 4, 2)
    assert np.isfinite(found[:2]).all()

"""The network that sees how far a lying lifter's lower back is extended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from formcheck.motion.body import Array
from formcheck.pose.back import ARCH, HEIGHT, WIDTH, cut_out, edges, read_arch
from formcheck.pose.detection import Detection, unturned
from formcheck.pose.skeleton import JOINT_COUNT, SIDES, joint
from formcheck.pose.track import TRACK_VERSION, Keyed, load_keyed, load_track, save_keyed, save_track
from formcheck.runtime.models import models_folder
from tests.motion.spine.bridges import Top, bridges

#: Tops of made-up lifters that nothing was learned from, half of them arched, as cut out, and the true extension.
TOPS = Path(__file__).with_name("tops.npz")


def lying(shoulder: tuple[float, float], knee: tuple[float, float]) -> Array:
    points = np.full((JOINT_COUNT, 2), np.nan)
    for side in SIDES:
        points[joint("shoulder", side)], points[joint("knee", side)] = shoulder, knee
    return points


def seen(picture: np.ndarray, points: Array) -> float:
    return float(read_arch(np.repeat(picture[:, :, None], 3, axis=2), points)[0])


AS_SHOWN = lying(tuple(ARCH.ends[0]), tuple(ARCH.ends[1]))


def test_arched_backs_of_unknown_lifters_read_further_than_plain_ones() -> None:
    with np.load(TOPS) as tops:
        pictures, true = tops["pictures"], tops["extension"]
    read = np.array([seen(picture, AS_SHOWN) for picture in pictures])
    arched, plain = read[true >= 18], read[true <= 6]
    assert len(arched) >= 10 <= len(plain)
    assert np.mean(arched[:, None] > plain[None]) > 0.9
    assert np.median(arched) > 15 > 9 > np.median(plain)


def test_which_way_the_lifter_lies_and_where_makes_no_difference() -> None:
    with np.load(TOPS) as tops:
        picture = tops["pictures"][0]
    wide = np.pad(picture, ((60, 40), (30, 70)), mode="edge")
    shift = np.array([30.0, 60.0])
    there = ARCH.ends + shift
    usual = seen(wide, lying(*map(tuple, there)))
    mirrored = np.ascontiguousarray(wide[:, ::-1])
    other = there * [-1, 1] + [wide.shape[1] - 1, 0]
    assert seen(mirrored, lying(*map(tuple, other))) == pytest.approx(usual, abs=2.0)
    larger = cv2.resize(wide, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    assert seen(larger, lying(*map(tuple, there * 2 + 0.5))) == pytest.approx(usual, abs=4.0)
    turn = cv2.getRotationMatrix2D((float(there[0, 0]), float(there[0, 1])), 15, 1.0)
    turned = cv2.warpAffine(wide, turn, wide.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
    assert seen(turned, lying(*map(tuple, there @ turn[:, :2].T + turn[:, 2]))) == pytest.approx(usual, abs=4.0)


def test_shoulders_and_knees_are_where_the_network_expects_them() -> None:
    for shoulder, knee in (((100, 200), (300, 180)), ((300, 200), (100, 260))):
        part = ARCH.part(lying(shoulder, knee))
        assert part is not None
        np.testing.assert_allclose(np.array([shoulder, knee]) @ part[:, :2].T + part[:, 2], ARCH.ends, atol=1e-9)
        assert part[1, 1] > 0  # up stays up


def test_who_stands_or_is_not_seen_has_no_reading() -> None:
    picture = np.full((300, 400, 3), 90, np.uint8)
    standing, beside, tiny = lying((200, 80), (210, 250)), lying((900, 80), (1400, 81)), lying((200, 80), (203, 81))
    for points in (standing, beside, tiny, np.full((JOINT_COUNT, 2), np.nan)):
        read, error = read_arch(picture, points)
        assert np.isnan(read)
        assert error == np.inf


def test_light_and_contrast_make_no_difference() -> None:
    with np.load(TOPS) as tops:
        picture = tops["pictures"][1]
    dim = (picture * 0.6 + 40).astype(np.uint8)
    assert seen(255 - picture, AS_SHOWN) == pytest.approx(seen(picture, AS_SHOWN), abs=1.0)
    assert seen(dim, AS_SHOWN) == pytest.approx(seen(picture, AS_SHOWN), abs=6.0)
    assert edges(cut_out(picture, np.eye(2, 3))).shape == (3, HEIGHT, WIDTH)


def test_a_reading_is_kept_with_the_track_and_older_tracks_have_none(tmp_path: Path) -> None:
    track, _, _ = bridges([Top(0.0)])
    file = tmp_path / "track.npz"
    assert np.isnan(track.arch).all()
    read = np.tile([21.0, 6.0], (len(track.samples), 1))
    save_track(replace(track, arch=read), file)
    kept = load_track(file)
    assert kept is not None
    np.testing.assert_allclose(kept.arch, read)

    def without(stored: Keyed) -> Keyed:
        del stored.arrays["arch"]
        return stored

    older = load_keyed(file, TRACK_VERSION, None, without)
    assert older is not None
    save_keyed(file, TRACK_VERSION, older)
    kept = load_track(file)
    assert kept is not None
    assert np.isnan(kept.arch).all()
    assert len(kept.arch) == len(kept.samples)


def test_a_reading_survives_turning_the_picture_back() -> None:
    person = Detection(
        AS_SHOWN, np.zeros(JOINT_COUNT), np.ones(JOINT_COUNT), np.zeros((JOINT_COUNT, 3)), (), np.array([20.0, 5.0])
    )
    assert unturned(person, 1, (400.0, 300.0)).arch.tolist() == [20.0, 5.0]


def test_the_network_is_small() -> None:
    assert (models_folder() / ARCH.file).stat().st_size < 1_500_000

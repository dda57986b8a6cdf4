"""The networks that see how far a lying lifter's lower back is extended, and how far a bent-over one's back is rounded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from formcheck.motion.body import Array
from formcheck.pose import worker
from formcheck.pose.back import ARCH, BEND, HEIGHT, WIDTH, Network, cut_out, edges, read_arch, read_bend, with_back
from formcheck.pose.detection import Detection, unturned
from formcheck.pose.skeleton import JOINT_COUNT, SIDES, joint
from formcheck.pose.track import TRACK_VERSION, Keyed, load_keyed, load_track, save_keyed, save_track
from formcheck.runtime.files import models_folder
from tests.motion.spine.bridges import Top, bridges


@dataclass(frozen=True)
class Backs:
    """Cut-outs of made-up lifters that nothing was learned from, half of them with the fault, and the true angles."""

    name: str
    angle: str
    network: Network
    clean: float
    fault: float

    def load(self) -> tuple[NDArray[np.uint8], Array]:
        with np.load(Path(__file__).with_name(f"{self.name}.npz")) as kept:
            return kept["pictures"], kept[self.angle]

    def read(self, picture: NDArray[np.uint8], ends: Array | None = None) -> float:
        """The angle, with the network's joints at `ends`, else where the cut-outs have them."""
        points = person(self.network, self.network.ends if ends is None else ends)
        rgb = np.repeat(picture[:, :, None], 3, axis=2)
        return float((read_arch if self.network is ARCH else read_bend)(rgb, points)[0])


#: Tops of hip thrusts, and bottoms of hinges and squats.
BACKS = [Backs("tops", "extension", ARCH, 6, 18), Backs("bottoms", "flexion", BEND, 12, 35)]
each_network = pytest.mark.parametrize("backs", BACKS, ids=lambda backs: backs.name)


def person(network: Network, ends: Array, ankle: tuple[float, float] | None = None) -> Array:
    """A person's points; the ankles are at the given place, or well below the hips."""
    points = np.full((JOINT_COUNT, 2), np.nan)
    for name, end in zip(network.joints, ends, strict=True):
        points[[joint(name, side) for side in SIDES]] = end
    points[[joint("ankle", side) for side in SIDES]] = ends[0] + np.array([0.0, 2 * np.ptp(ends)]) if ankle is None else ankle
    return points


@each_network
def test_faulty_backs_of_unknown_lifters_read_further_than_clean_ones(backs: Backs) -> None:
    pictures, true = backs.load()
    read = np.array([backs.read(picture) for picture in pictures])
    faulty, clean = read[true >= backs.fault], read[true <= backs.clean]
    assert len(faulty) >= 10 <= len(clean)
    assert np.mean(faulty[:, None] > clean[None]) > 0.9
    assert np.median(faulty) > 0.8 * backs.fault
    assert np.median(clean) < 1.5 * backs.clean


@each_network
def test_which_way_the_lifter_faces_and_where_makes_no_difference(backs: Backs) -> None:
    pictures, _ = backs.load()
    wide = np.pad(pictures[0], ((60, 40), (30, 70)), mode="edge")
    there = backs.network.ends + np.array([30.0, 60.0])
    usual = backs.read(wide, there)
    mirrored = np.ascontiguousarray(wide[:, ::-1])
    assert backs.read(mirrored, there * [-1, 1] + [wide.shape[1] - 1, 0]) == pytest.approx(usual, abs=2.0)
    larger = cv2.resize(wide, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    assert backs.read(larger, there * 2 + 0.5) == pytest.approx(usual, abs=4.0)
    turn = cv2.getRotationMatrix2D((float(there[0, 0]), float(there[0, 1])), 15, 1.0)
    turned = cv2.warpAffine(wide, turn, wide.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
    assert backs.read(turned, there @ turn[:, :2].T + turn[:, 2]) == pytest.approx(usual, abs=4.0)


@each_network
def test_joints_are_where_the_network_expects_them(backs: Backs) -> None:
    for first, second in (((100, 200), (300, 180)), ((300, 200), (100, 260))):
        ends = np.array([first, second], dtype=float)
        part = backs.network.part(person(backs.network, ends))
        assert part is not None
        np.testing.assert_allclose(ends @ part[:, :2].T + part[:, 2], backs.network.ends, atol=1e-9)
        assert part[1, 1] > 0  # up stays up


def test_who_stands_or_is_not_seen_has_no_reading_of_the_arch() -> None:
    picture = np.full((300, 400, 3), 90, np.uint8)
    standing, beside, tiny = [[200, 80], [210, 250]], [[900, 80], [1400, 81]], [[200, 80], [203, 81]]
    for ends in (standing, beside, tiny):
        assert unread(read_arch(picture, person(ARCH, np.array(ends, dtype=float))))
    assert unread(read_arch(picture, np.full((JOINT_COUNT, 2), np.nan)))


def test_who_stands_upright_lies_or_is_not_seen_has_no_reading_of_the_bend() -> None:
    picture = np.full((300, 400, 3), 90, np.uint8)
    hip, shoulder, foot = [200.0, 150.0], [260.0, 110.0], (210.0, 250.0)
    assert not unread(read_bend(picture, person(BEND, np.array([hip, shoulder]), foot)))
    upright = person(BEND, np.array([hip, [210.0, 70.0]]), foot)
    at_the_top_of_a_thrust = person(BEND, np.array([hip, [120.0, 160.0]]), (280.0, 220.0))
    in_a_plank = person(BEND, np.array([hip, [280.0, 130.0]]), (60.0, 180.0))
    for points in (upright, at_the_top_of_a_thrust, in_a_plank, np.full((JOINT_COUNT, 2), np.nan)):
        assert unread(read_bend(picture, points))


def unread(reading: Array) -> bool:
    return bool(np.isnan(reading[0]) and reading[1] == np.inf)


@each_network
def test_light_and_contrast_make_no_difference(backs: Backs) -> None:
    picture = backs.load()[0][1]
    dim = (picture * 0.6 + 40).astype(np.uint8)
    assert backs.read(255 - picture) == pytest.approx(backs.read(picture), abs=1.0)
    assert backs.read(dim) == pytest.approx(backs.read(picture), abs=6.0)
    assert edges(cut_out(picture, np.eye(2, 3))).shape == (3, HEIGHT, WIDTH)


@pytest.mark.parametrize("name", ["arch", "bend"])
def test_a_reading_is_kept_with_the_track_and_older_tracks_have_none(name: str, tmp_path: Path) -> None:
    track, _, _ = bridges([Top(0.0)])
    file = tmp_path / "track.npz"
    assert np.isnan(getattr(track, name)).all()
    read = np.tile([21.0, 6.0], (len(track.samples), 1))
    save_track(replace(track, **{name: read}), file)
    kept = load_track(file)
    assert kept is not None
    np.testing.assert_allclose(getattr(kept, name), read)

    def without(stored: Keyed) -> Keyed:
        del stored.arrays[name]
        return stored

    older = load_keyed(file, TRACK_VERSION, None, without)
    assert older is not None
    save_keyed(file, TRACK_VERSION, older)
    kept = load_track(file)
    assert kept is not None
    assert np.isnan(getattr(kept, name)).all()
    assert len(getattr(kept, name)) == len(kept.samples)


def test_readings_survive_turning_the_picture_back() -> None:
    seen = Detection(
        person(ARCH, ARCH.ends), np.zeros(JOINT_COUNT), np.ones(JOINT_COUNT), np.zeros((JOINT_COUNT, 3)), (),
        arch=np.array([20.0, 5.0]), bend=np.array([40.0, 8.0]),
    )  # fmt: skip
    back = unturned(seen, 1, (400.0, 300.0))
    assert (back.arch.tolist(), back.bend.tolist()) == ([20.0, 5.0], [40.0, 8.0])


@pytest.mark.parametrize("turns", [0, 1, 3])
@pytest.mark.parametrize(("trained_on", "read"), [(True, True), (False, False)])
def test_a_lying_lifter_found_in_a_rotated_picture_is_read_as_filmed(
    turns: int, trained_on: bool, read: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And only with a pose model on whose points the networks were trained."""
    grey = BACKS[0].load()[0][0]
    picture = np.ascontiguousarray(np.repeat(grey[:, :, None], 3, axis=2))
    as_filmed = Detection(person(ARCH, ARCH.ends), np.zeros(JOINT_COUNT), np.ones(JOINT_COUNT), np.zeros((JOINT_COUNT, 3)), ())

    class Rotated:
        def detect(self, shown: NDArray[np.uint8], people: int, outline: bool) -> list[Detection]:
            height, width = shown.shape[:2]
            return [unturned(as_filmed, -turns % 4, (float(width), float(height)))]

    monkeypatch.setattr(worker, "_detector", Rotated)
    monkeypatch.setattr(worker, "_reads_back", lambda: trained_on)
    (found,) = worker.detect(picture, turns, 1, True)
    assert found.points == pytest.approx(as_filmed.points, nan_ok=True)
    assert np.isfinite(found.arch[0]) == read
    if read:
        assert found.arch[0] == pytest.approx(BACKS[0].read(grey))


def test_who_stands_is_read_only_if_found_as_filmed() -> None:
    grey = BACKS[1].load()[0][0]
    picture = np.repeat(grey[:, :, None], 3, axis=2)
    bent = Detection(person(BEND, BEND.ends), np.zeros(JOINT_COUNT), np.ones(JOINT_COUNT), np.zeros((JOINT_COUNT, 3)), ())
    assert np.isfinite(with_back(picture, bent).bend[0])
    assert np.isnan(with_back(picture, bent, rotated=True).bend[0])


@each_network
def test_the_networks_are_small(backs: Backs) -> None:
    assert (models_folder() / backs.network.file).stat().st_size < 1_500_000

import tracemalloc

import numpy as np
import pytest

from formcheck.motion.bar.bar import bar_anchors, build_bar, magnification
from formcheck.motion.bar.path import Hypothesis, best_paths, follow_plate
from tests.motion.bar.scene import TRUNK, body_of, candidates_of, hinge

TIMES = np.arange(0, 4.6, 1 / 15)
MIDDLE = np.array([240.0, 320.0])


def scene(gain=1.0):
    named = hinge(TIMES)
    body = body_of(TIMES, named, gain=gain)
    hands = bar_anchors(body)["hands"]
    return body, MIDDLE + gain * (hands - MIDDLE)


def clutter(rng, count=3):
    return [
        (rng.uniform(150, 330, len(TIMES)), rng.uniform(250, 480, len(TIMES)), rng.uniform(25, 90, len(TIMES)),
         rng.uniform(0.35, 0.6, len(TIMES)))
        for _ in range(count)
    ]


def follow(body, candidates):
    return follow_plate(candidates, bar_anchors(body), TRUNK)


def test_follows_the_plate_through_clutter():
    rng = np.random.default_rng(0)
    body, plate = scene(1.2)
    circles = [(plate[:, 0] + rng.normal(0, 0.5, len(TIMES)), plate[:, 1], 52.0, 0.8), *clutter(rng)]
    found = follow(body, candidates_of(TIMES, circles))
    assert np.nanmax(np.linalg.norm(found.center - plate, axis=1)) < 3
    assert found.radius == pytest.approx(52)
    assert found.slope == pytest.approx(1.2, abs=0.03)


def test_hypotheses_followed_together_find_what_each_finds_alone():
    rng = np.random.default_rng(1)
    body, plate = scene(1.15)
    candidates = candidates_of(TIMES, [(plate[:, 0], plate[:, 1], 50.0, 0.6), *clutter(rng, 6)])
    place = (np.stack([candidates.x, candidates.y], axis=2) - 1.15 * bar_anchors(body)["hands"][:, None]) / TRUNK
    usual = np.nanmedian(place[:, 0], axis=0)
    tried = ((0.0, 50), (0.3, 50), (0.1, 70), (5.0, 9))
    guesses = [Hypothesis(usual + off, float(np.log(size / TRUNK))) for off, size in tried]
    together = best_paths(candidates, place, guesses, TRUNK)
    for path, guess in zip(together, guesses, strict=True):
        assert np.array_equal(path, best_paths(candidates, place, [guess], TRUNK)[0])
    assert (together[0] == 0).mean() > 0.9
    assert (together[-1] == -1).all()


def test_a_plate_lying_on_the_floor_is_not_the_lifters():
    body, plate = scene(1.1)
    lying = (230.0, 380.0, 55.0, 1.0)
    both = follow(body, candidates_of(TIMES, [lying, (plate[:, 0], plate[:, 1], 50.0, 0.6)]))
    assert both.radius == pytest.approx(50)
    alone = build_bar(candidates_of(TIMES, [lying]), body)
    assert alone.source == "wrist"


def test_bridges_frames_in_which_the_plate_is_blurred():
    body, plate = scene(1.15)
    coverage = np.full(len(TIMES), 0.8)
    x = plate[:, 0].copy()
    x[20:26] = np.nan
    bar = build_bar(candidates_of(TIMES, [(x, plate[:, 1], 50.0, coverage)]), body)
    assert bar.source == "plate"
    assert np.linalg.norm(bar.center - plate, axis=1).max() < 4
    assert bar.quality[23] < bar.quality[10]


def test_the_outer_rim_gives_the_size():
    body, plate = scene(1.15)
    hub = (plate[:, 0] + 3, plate[:, 1] + 2, 25.0, 1.0)  # nearer to the camera than the plate: beside its centre
    rim = (plate[:, 0], plate[:, 1], 50.0, 0.7)
    found = follow(body, candidates_of(TIMES, [hub, rim]))
    assert found.radius == pytest.approx(50)
    assert np.nanmax(np.linalg.norm(found.center - plate, axis=1)) < 0.5


def test_a_rim_seen_now_and_then_still_places_the_centre():
    body, plate = scene(1.15)
    sometimes = np.where(np.arange(len(TIMES)) % 3 == 0, 50.0, np.nan)
    hub = (plate[:, 0] + 3, plate[:, 1] + 2, 25.0, 0.6)
    found = follow(body, candidates_of(TIMES, [hub, (plate[:, 0], plate[:, 1], 50.0 + 0 * sometimes, 0.9)]))
    assert np.nanmax(np.linalg.norm(found.center - plate, axis=1)) < 0.5


def test_perspective_is_taken_out_of_the_path():
    body, plate = scene(1.2)
    bar = build_bar(candidates_of(TIMES, [(plate[:, 0], plate[:, 1], 52.0, 0.9)]), body)
    hands = bar_anchors(body)["hands"]
    assert magnification(bar) == pytest.approx(1.2, abs=0.03)
    assert np.ptp(bar.path[:, 1]) == pytest.approx(np.ptp(hands[:, 1]), rel=0.03)
    assert np.linalg.norm(bar.path - hands, axis=1).max() < 0.06 * TRUNK


def test_without_candidates_the_hand_stands_in():
    body, _ = scene()
    nothing = (np.nan, np.nan, np.nan, np.nan)
    bar = build_bar(candidates_of(TIMES, [nothing]), body)
    assert bar.source == "wrist"
    assert np.isnan(bar.radius).all()
    assert np.isfinite(bar.path).all()
    assert np.nanmin(bar.path_sd) > 0.05 * TRUNK


def test_round_clothes_beside_the_hips_are_no_plate():
    body, _ = scene()
    hip = body.near("hip")
    bar = build_bar(candidates_of(TIMES, [(hip[:, 0] - 5, hip[:, 1] + 10, 33.0, 0.55)]), body)
    assert bar.source == "wrist"


def test_memory_does_not_grow_with_the_square_of_a_long_clip():
    """Comparing every place with every other one would take a gigabyte for five minutes."""
    times = np.arange(0, 150, 1 / 15)
    body = body_of(times, hinge(times % 4.6))
    plate = MIDDLE + 1.2 * (bar_anchors(body)["hands"] - MIDDLE)
    candidates = candidates_of(times, [(plate[:, 0], plate[:, 1], 52.0, 0.8)])
    tracemalloc.start()
    bar = build_bar(candidates, body)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert bar.source == "plate"
    assert peak < 60e6


@pytest.mark.parametrize("rate_hz", [5, 15, 30])
def test_the_same_plate_at_any_rate(rate_hz):
    """Plate unseen for 0.4 s, clutter, and a lying plate: what is followed does not hang on how often is looked."""
    times = np.arange(0, 4.6, 1 / rate_hz)
    rng = np.random.default_rng(2)
    body = body_of(times, hinge(times), gain=1.15)
    plate = MIDDLE + 1.15 * (bar_anchors(body)["hands"] - MIDDLE)
    unseen = (times > 1.3) & (times < 1.7)
    x = np.where(unseen, np.nan, plate[:, 0] + rng.normal(0, 0.5, len(times)))
    passing = (rng.uniform(150, 330, len(times)), rng.uniform(250, 480, len(times)), rng.uniform(25, 90, len(times)), 0.5)
    bar = build_bar(candidates_of(times, [(x, plate[:, 1], 50.0, 0.6), (290.0, 380.0, 55.0, 0.9), passing]), body)
    assert bar.source == "plate"
    assert np.isfinite(bar.center).all()
    assert np.linalg.norm(bar.center - plate, axis=1).max() < 5

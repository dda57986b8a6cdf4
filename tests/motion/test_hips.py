"""The hidden hip from the bar in its crease, on a thrust whose joints are known."""

import numpy as np
import pytest

from formcheck.motion.clean import ALONG, BEHIND, hips_from_plate

TRUNK = 200.0


def thrust(count=60):
    """Shoulder, hip, knee and bar (S, 2) of a lifter whose head is on the left, going up and down twice."""
    up = (1 - np.cos(np.linspace(0, 4 * np.pi, count))) / 2
    hip = np.stack([np.full(count, 400.0), 500 - 150 * up], axis=1)
    shoulder = hip + TRUNK * np.stack([-np.cos(np.radians(60 - 60 * up)), -np.sin(np.radians(60 - 60 * up))], axis=1)
    knee = hip + 170 * np.stack([np.cos(np.radians(30 - 30 * up)), -np.sin(np.radians(30 - 30 * up))], axis=1)
    axis = unit(unit(shoulder - hip) + unit(hip - knee))
    back = np.stack([axis[:, 1], -axis[:, 0]], axis=1)
    return shoulder, hip, knee, hip - TRUNK * (ALONG * axis + BEHIND * back)


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def placed(guess, bar, sd):
    shoulder, _, knee, _ = thrust()
    return hips_from_plate(shoulder, guess, knee, bar, np.full(len(bar), sd), 1, TRUNK, 0.08)


def test_a_well_known_bar_corrects_a_wrong_guess():
    _, hip, _, bar = thrust()
    place, sd = placed(np.add(hip, [-20.0, 10.0]), bar, 2.0)
    assert np.linalg.norm(place - hip, axis=1).max() < 0.6 * np.hypot(20, 10)
    assert (np.linalg.norm(place - hip, axis=1) < 2 * np.sqrt(2) * sd).all()


def test_a_badly_known_bar_does_not_move_the_hip_but_steadies_it():
    """The way from plate to bar was wrong by 60 pixels, and this was known: what the plate tells is how the hip moves."""
    _, hip, _, bar = thrust()
    trembling = hip + np.random.default_rng(1).normal(0, 15, hip.shape)
    wrong = np.add(bar, [30.0, 52.0])
    place, sd = placed(trembling, wrong, 60.0)
    away = np.linalg.norm(place - hip, axis=1)
    assert np.median(away) < 0.1 * TRUNK
    assert np.std(np.linalg.norm(place - hip, axis=1)) < 8
    certain, certain_sd = placed(trembling, wrong, 2.0)
    assert np.median(np.linalg.norm(certain - hip, axis=1)) > 2 * np.median(away)
    assert np.median(certain_sd) < np.median(sd)


@pytest.mark.parametrize("sd", [2.0, 20.0, 60.0])
def test_right_guess_and_right_bar_stay(sd):
    _, hip, _, bar = thrust()
    assert np.linalg.norm(placed(hip, bar, sd)[0] - hip, axis=1).max() == pytest.approx(0, abs=1e-6)


def test_the_error_grows_with_that_of_the_bar():
    _, hip, _, bar = thrust()
    spreads = [float(np.median(placed(hip, bar, sd)[1])) for sd in (2.0, 10.0, 30.0, 90.0)]
    assert spreads == sorted(spreads)
    assert spreads[-1] > 1.2 * spreads[0]


def test_without_the_bar_there_is_no_place():
    _, hip, _, bar = thrust()
    place, sd = placed(hip, np.full_like(bar, np.nan), np.nan)
    assert np.isnan(place).all()
    assert np.isnan(sd).all()
    some = bar.copy()
    some[:20] = np.nan
    place, _ = placed(hip, some, 5.0)
    assert np.isnan(place[:20]).all()
    assert np.isfinite(place[20:]).all()

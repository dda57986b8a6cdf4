import cv2
import numpy as np
import pytest

from formcheck.motion.bar.circles import find_circles

RADII = np.linspace(18, 99, 73)


def plate(x, y, radius, *, squash=1.0, dark=(40, 40, 45), wall=180, seed=0, shape=(300, 320)):
    """A dark plate with a bright hub, drawn with eight times the pixels and noise of 3 grey levels."""
    big = np.full((shape[0] * 8, shape[1] * 8, 3), wall, np.uint8)
    for r, colour in ((radius, dark), (0.4 * radius, (170, 30, 30))):
        axes = (round(r * squash * 8), round(r * 8))
        cv2.ellipse(big, (round(x * 8 + 3.5), round(y * 8 + 3.5)), axes, 0, 0, 360, colour, -1)
    small = cv2.resize(big, shape[::-1], interpolation=cv2.INTER_AREA).astype(float)
    noise = np.random.default_rng(seed).normal(0, 3, small.shape)
    return np.clip(small + noise, 0, 255).astype(np.uint8)


def outermost(circles, x, y):
    near = [c for c in circles if np.hypot(c.x - x, c.y - y) < 3]
    return max(near, key=lambda c: c.radius)


@pytest.mark.parametrize(("x", "y", "radius"), [(150.3, 140.7, 48.0), (120.0, 170.5, 30.4), (160.6, 150.2, 80.0)])
def test_finds_centre_and_rim_to_a_fraction_of_a_pixel(x, y, radius):
    picture = plate(x, y, radius)
    found = outermost(find_circles(picture, RADII, np.ones(picture.shape[:2], bool), 10), x, y)
    assert np.hypot(found.x - x, found.y - y) < 0.3
    assert found.radius == pytest.approx(radius, rel=0.02)
    assert found.coverage > 0.9


def test_concentric_rims_are_listed_one_by_one():
    picture = plate(150, 140, 60)
    found = find_circles(picture, RADII, np.ones(picture.shape[:2], bool), 10)
    sizes = [c.radius for c in found if np.hypot(c.x - 150, c.y - 140) < 3]
    assert any(abs(s - 60) < 1.5 for s in sizes)
    assert any(abs(s - 24) < 1.5 for s in sizes)


def test_half_hidden_plate_keeps_its_centre():
    picture = plate(150, 140, 50)
    picture[:, 160:] = cv2.GaussianBlur(picture, (0, 0), 25)[:, 160:]
    found = outermost(find_circles(picture, RADII, np.ones(picture.shape[:2], bool), 10), 150, 140)
    assert np.hypot(found.x - 150, found.y - 140) < 2.0
    assert found.radius == pytest.approx(50, rel=0.05)


def test_plate_seen_25_degrees_from_the_side_gives_its_full_radius():
    picture = plate(150, 140, 50, squash=np.cos(np.radians(25)))
    found = outermost(find_circles(picture, RADII, np.ones(picture.shape[:2], bool), 10), 150, 140)
    assert found.radius == pytest.approx(50, rel=0.04)


def test_red_plate_as_dark_as_the_wall_is_seen():
    # Equal grey value: 0.299 R + 0.587 G + 0.114 B.
    picture = plate(150, 140, 50, dark=(200, 60, 60), wall=102)
    found = outermost(find_circles(picture, RADII, np.ones(picture.shape[:2], bool), 10), 150, 140)
    assert found.radius == pytest.approx(50, rel=0.03)


def test_no_circle_outside_the_allowed_place():
    picture = plate(150, 140, 50)
    allowed = np.zeros(picture.shape[:2], bool)
    allowed[200:, :] = True
    assert not [c for c in find_circles(picture, RADII, allowed, 10) if np.hypot(c.x - 150, c.y - 140) < 10]


def test_plain_wall_has_no_circles():
    assert find_circles(np.full((200, 200, 3), 120, np.uint8), RADII, np.ones((200, 200), bool), 10) == []

"""The bar's middle, seen by a pinhole camera somewhere beside a lifter with a bar across the hips."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from formcheck.motion.bar.bar import Bar, BarAxis, axis_from_pairs, axis_from_plates, build_bar, over_near_hip
from formcheck.motion.body import Body, View
from formcheck.pose.skeleton import JOINT_COUNT, SIDES, joint
from tests.motion.bar.scene import candidates_of

TIMES = np.arange(0, 6, 1 / 15)
SIZE = np.array([1280.0, 720.0])
CENTRE = SIZE / 2
TRUNK_M, PLATE_M = 0.5, 0.225
WIDTHS_M = {"shoulder": 0.35, "hip": 0.225, "knee": 0.225, "ankle": 0.225}
#: Places in the lifter's sagittal plane at the bottom, metres forward and up.
PLACES_M = {"shoulder": (-0.45, 0.6), "knee": (0.45, 0.5), "ankle": (0.55, 0.08)}
UP_M = 0.35 * (1 - np.cos(np.pi * TIMES)) / 2
HIPS_M = np.stack([np.full(len(TIMES), 0.02), 0.25 + UP_M], axis=1)
BAR_M = np.add(HIPS_M, [0.02, 0.13])


@dataclass(frozen=True)
class Camera:
    """`distance` and `height` metres, `yaw` degrees towards the lifter's front, aimed `off` (2,) metres beside the lifter."""

    distance: float
    height: float
    yaw: float
    off: tuple[float, float] = (0.0, 0.0)

    def see(self, points):
        """(N, 3) metres forward, up, away from the near side -> (N, 2) pixels and (N,) pixels a metre."""
        yaw = np.radians(self.yaw)
        place = np.array([self.distance * np.sin(yaw), self.height, -self.distance * np.cos(yaw)])
        aim = np.array([self.off[0], 0.45 + self.off[1], 0.0]) - place
        ahead = aim / np.linalg.norm(aim)
        right = np.cross(ahead, [0, 1, 0]) * -1
        right /= np.linalg.norm(right)
        up = np.cross(ahead, right)
        local = (points - place) @ np.stack([right, up, ahead], axis=1)
        scale = 1000.0 / local[:, 2]
        return CENTRE + local[:, :2] * [1, -1] * scale[:, None], scale


def in_depth(plane, z):
    return np.column_stack([plane, np.full(len(plane), z)])


def body_seen(camera, rng=None, noise_m=0.0, width_share=0.0):
    """The lifter's joints as the camera sees them; each joint is off by a constant of its own, stances differ."""
    points = np.full((len(TIMES), JOINT_COUNT, 2), np.nan)
    for name, width in WIDTHS_M.items():
        plane = HIPS_M if name == "hip" else np.tile(PLACES_M[name], (len(TIMES), 1))
        wide = width * (1 + (rng.normal(0, width_share) if rng is not None else 0.0))
        for side, z in (("right", -wide / 2), ("left", wide / 2)):
            seen, scale = camera.see(in_depth(plane, z))
            off = rng.normal(0, noise_m, 2) if rng is not None else np.zeros(2)
            points[:, joint(name, side)] = seen + off * scale[:, None]
    for name in ("wrist", "hand"):
        for side in SIDES:
            points[:, joint(name, side)] = camera.see(in_depth(BAR_M, 0.3 if side == "left" else -0.3))[0]
    sd = np.where(np.isfinite(points[:, :, 0]), 2.0, np.nan)
    return Body(TIMES, points, sd, View("right", "right", camera.yaw, 1.0), np.zeros(len(TIMES), bool), 1.0)


@dataclass(frozen=True)
class Seen:
    near: np.ndarray
    near_radius: np.ndarray
    far: np.ndarray
    far_radius: np.ndarray
    middle: np.ndarray
    trunk: float
    magnification: float


def bar_seen(camera, half_m=0.7):
    near, near_scale = camera.see(in_depth(BAR_M, -half_m))
    far, far_scale = camera.see(in_depth(BAR_M, half_m))
    middle, scale = camera.see(in_depth(BAR_M, 0.0))
    return Seen(near, PLATE_M * near_scale, far, PLATE_M * far_scale, middle, TRUNK_M * float(np.median(scale)),
                float(np.median(near_scale / scale)))


def some_cameras(rng, count):
    for _ in range(count):
        yield Camera(rng.uniform(2.2, 5), rng.uniform(0.4, 1.6), rng.normal(0, 10), tuple(rng.normal(0, 0.15, 2)))


def plates(seen, *, far=True):
    shown = [(seen.near[:, 0], seen.near[:, 1], seen.near_radius, 0.9)]
    if far:
        shown.append((seen.far[:, 0], seen.far[:, 1], seen.far_radius, 0.45))
    candidates = candidates_of(TIMES, shown, int(SIZE[0]), int(SIZE[1]))
    return replace(candidates, trunk=np.full(len(TIMES), seen.trunk))


def error(axis: BarAxis, seen):
    """Greatest error of the middle in trunk lengths, and in standard deviations (both directions count as one)."""
    away = np.abs(axis.middle(seen.near, CENTRE) - seen.middle).max(axis=1)
    return float(away.max()) / seen.trunk, float((away / axis.middle_sd(seen.near)).max())


@pytest.mark.parametrize("camera", [Camera(3.0, 1.3, 20.0), Camera(2.5, 0.5, -15.0), Camera(4.0, 1.6, 5.0)])
def test_both_plates_give_the_middle_in_space(camera):
    seen = bar_seen(camera)
    usual = axis_from_pairs(body_seen(camera), 1.18, 0.06, CENTRE, seen.trunk)
    axis = axis_from_plates(plates(seen), seen.near, float(np.median(seen.near_radius)), CENTRE, seen.trunk, usual)
    assert axis is not None
    # 0.02 of a trunk are a centimetre; halfway between the two circles is two to four centimetres beside it.
    assert error(axis, seen)[0] < 0.02
    halfway = (seen.near + seen.far) / 2
    assert np.linalg.norm(halfway - seen.middle, axis=1).max() > 0.02 * seen.trunk


def test_the_middle_lies_within_the_error_for_most_cameras():
    rng = np.random.default_rng(5)
    one, both, uncorrected = [], [], []
    for camera in some_cameras(rng, 150):
        seen = bar_seen(camera, half_m=rng.uniform(0.65, 0.75))
        body = body_seen(camera, rng, noise_m=0.015, width_share=0.12)
        # The magnification is an estimate too.
        pairs = axis_from_pairs(body, seen.magnification + rng.normal(0, 0.04), 0.06, CENTRE, seen.trunk)
        one.append(error(pairs, seen))
        uncorrected.append(error(replace(pairs, shift=np.zeros(2)), seen))
        axis = axis_from_plates(plates(seen), seen.near, float(np.median(seen.near_radius)), CENTRE, seen.trunk, pairs)
        if axis is not None:
            both.append(error(axis, seen))
    one_error, one_sds = np.transpose(one)
    assert (one_sds < 2).mean() >= 0.9
    assert np.median(one_error) < 0.5 * np.median(np.transpose(uncorrected)[0])
    both_error, both_sds = np.transpose(both)
    assert len(both) > 60  # the others hide the far plate behind the near one
    assert (both_sds < 2).mean() >= 0.9
    assert np.percentile(both_error, 90) < 0.04


def test_pairs_that_disagree_have_a_larger_error():
    camera = Camera(3.0, 1.2, 10.0)
    seen, body = bar_seen(camera), body_seen(camera)
    agreed = axis_from_pairs(body, 1.25, 0.06, CENTRE, seen.trunk)
    torn = body.points.copy()
    torn[:, joint("hip", "left")] += [0.15 * seen.trunk, 0.0]
    torn[:, joint("shoulder", "left")] -= [0.15 * seen.trunk, 0.0]
    disagreed = axis_from_pairs(replace(body, points=torn), 1.25, 0.06, CENTRE, seen.trunk)
    nothing = axis_from_pairs(replace(body, points=np.full_like(torn, np.nan)), 1.25, 0.06, CENTRE, seen.trunk)
    assert agreed.sd < disagreed.sd < nothing.sd
    assert nothing.sd > 0.15 * seen.trunk


def test_a_split_stance_is_ignored_for_the_axis():
    camera = Camera(3.0, 0.9, 0.0)
    seen, body = bar_seen(camera), body_seen(camera)
    straight = axis_from_pairs(body, 1.25, 0.06, CENTRE, seen.trunk)
    points = body.points.copy()
    for name in ("ankle", "knee"):
        points[:, joint(name, "left")] -= [seen.trunk, 0.0]
    split = axis_from_pairs(replace(body, points=points), 1.25, 0.06, CENTRE, seen.trunk)
    assert np.linalg.norm(split.shift - straight.shift) < 0.05 * seen.trunk


@pytest.mark.parametrize("what", ["lying", "inner rim", "elsewhere"])
def test_circles_that_are_not_the_far_plate(what):
    camera = Camera(3.0, 1.3, 15.0)
    seen = bar_seen(camera)
    circle = {
        # A plate on the floor stays where it is.
        "lying": (seen.far[0, 0], seen.far[0, 1] - 10, seen.far_radius, 0.9),
        # A ring on the near plate, which hides all that it holds.
        "inner rim": (seen.near[:, 0] + 4, seen.near[:, 1], 0.6 * seen.near_radius, 0.9),
        # Something round that moves with the bar but where no far plate can be.
        "elsewhere": (seen.near[:, 0] - 1.2 * seen.near_radius, seen.near[:, 1], 0.6 * seen.near_radius, 0.9),
    }[what]
    candidates = candidates_of(TIMES, [(seen.near[:, 0], seen.near[:, 1], seen.near_radius, 0.9), circle], 1280, 720)
    usual = axis_from_pairs(body_seen(camera), 1.25, 0.06, CENTRE, seen.trunk)
    radius = float(np.median(seen.near_radius))
    assert axis_from_plates(candidates, seen.near, radius, CENTRE, seen.trunk, usual) is None


@pytest.mark.parametrize("far", [True, False])
def test_the_path_of_an_obliquely_filmed_bar(far):
    """A camera high up and towards the feet sees the near plate far below the hips."""
    camera = Camera(2.8, 1.3, 20.0)
    seen = bar_seen(camera)
    bar = build_bar(plates(seen, far=far), body_seen(camera))
    assert bar.source == "plate"
    away = np.linalg.norm(bar.path - seen.middle, axis=1)
    assert np.linalg.norm(seen.near - seen.middle, axis=1).min() > 0.3 * seen.trunk
    assert away.max() < (0.03 if far else 0.2) * seen.trunk
    assert (away < 2 * np.sqrt(2) * bar.path_sd).all()
    # One correction for the whole set: nothing trembles, and the bar moves as it did.
    assert np.abs(np.diff(bar.path - seen.middle, axis=0)).max() < 0.01 * seen.trunk


def test_over_the_near_hip_is_a_little_nearer_than_the_middle():
    path, center = np.zeros((3, 2)), np.full((3, 2), 100.0)
    bar = Bar("plate", center, np.ones(3), np.ones(3), path, np.ones(3))
    assert over_near_hip(bar)[0] == pytest.approx([12.0, 12.0])

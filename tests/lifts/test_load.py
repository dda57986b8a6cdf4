import math
from dataclasses import replace

import numpy as np
import pytest

from formcheck.motion.bar.bar import Scale, build_scale
from formcheck.pose.skeleton import joint
from formcheck.results.load import bar_drift, concentric_velocity, overdepth, picture_moves, velocity_loss, vertical_travel
from formcheck.results.rep import Rep
from tests.motion.bar.scene import TRUNK, bar_at, body_of, depth, hinge, motion_of

TIMES = np.arange(0, 4.6, 1 / 30)
REP = Rep(0, 0.5, 2.5, 3.0, 4.0, 60.0, "eccentric")


def along_the_leg(extra=0.0):
    """A bar 12 px in front of the thigh and shank lines all the way down, `extra` px farther at the bottom."""
    named = hinge(TIMES)
    d = depth(TIMES)
    way = 0.4 + 1.1 * d  # 0 = hip, 1 = knee, 2 = ankle
    hip, knee, ankle = named["hip"], named["knee"], named["ankle"]
    upper = np.clip(way, 0, 1)[:, None]
    lower = np.clip(way - 1, 0, 1)[:, None]
    on_leg = hip + upper * (knee - hip) + lower * (ankle - knee)
    line = np.where((way < 1)[:, None], knee - hip, ankle - knee)
    normal = np.stack([line[:, 1], -line[:, 0]], axis=1) / np.linalg.norm(line, axis=1)[:, None]
    path = on_leg + normal * (12 + extra * d)[:, None]
    return body_of(TIMES, named), path


@pytest.mark.parametrize("extra", [0.0, 15.0, 30.0])
def test_drift_is_the_distance_the_bar_moved_away(extra):
    body, path = along_the_leg(extra)
    drift = bar_drift(motion_of(body, bar_at(path)), REP, body.view.side)
    assert drift.unit == "trunk"
    assert drift.value == pytest.approx(extra / TRUNK, abs=0.03)
    in_metres = bar_drift(motion_of(body, bar_at(path), Scale(200.0, "plate")), REP, body.view.side)
    assert in_metres.unit == "m"
    assert in_metres.value == pytest.approx(extra / 200, abs=0.015)


def test_a_bar_that_is_not_seen_gives_no_drift():
    body, path = along_the_leg(30)
    path[(TIMES > 1) & (TIMES < 3.5)] = np.nan
    assert bar_drift(motion_of(body, bar_at(path)), REP, body.view.side) is None
    assert bar_drift(motion_of(body, None), REP, body.view.side) is None


def test_overdepth_counts_the_trunk_after_the_hips_stopped():
    good = overdepth(motion_of(body_of(TIMES, hinge(TIMES)), None), REP)
    deep = overdepth(motion_of(body_of(TIMES, hinge(TIMES, further_deg=35)), None), REP)
    assert good.further.value == pytest.approx(0.0, abs=1.5)
    # The hips still creep back, by a tenth of their way, while the trunk goes on.
    assert deep.further.value == pytest.approx(35 + 0.1 * 60, abs=4)


def test_overdepth_needs_hips_that_travel_and_a_lowering_phase():
    named = hinge(TIMES)
    named["hip"] = np.tile(named["hip"][:1], (len(TIMES), 1))
    still = overdepth(motion_of(body_of(TIMES, named), None), REP)
    assert still.travel_deg == pytest.approx(0, abs=0.1)
    assert overdepth(motion_of(body_of(TIMES, hinge(TIMES)), None), REP).travel_deg > 6
    pulled = Rep(0, 0.5, 2.5, 3.0, 4.0, 60.0, "concentric")
    assert overdepth(motion_of(body_of(TIMES, hinge(TIMES)), None), pulled) is None


def test_a_camera_that_moves_with_the_lifter_is_noticed():
    named = hinge(TIMES)
    pan = np.stack([120 * np.clip((TIMES - REP.start_s) / 2, 0, 1), 0 * TIMES], axis=1)
    panned = body_of(TIMES, {name: points + pan for name, points in named.items()})
    assert picture_moves(motion_of(panned, None), REP)
    assert not picture_moves(motion_of(body_of(TIMES, named), None), REP)


def test_a_foot_that_moves_alone_is_no_camera():
    """The free leg of a single-leg deadlift swings back; a plate carries the guess of one ankle along."""
    body = body_of(TIMES, hinge(TIMES))
    points = body.points.copy()
    points[:, joint("ankle", "left"), 0] += 120 * np.clip((TIMES - REP.start_s) / 2, 0, 1)
    assert not picture_moves(motion_of(replace(body, points=points), None), REP)


def test_travel_and_velocity():
    body, _ = along_the_leg()
    path = np.stack([np.full(len(TIMES), 220.0), 300 + 80 * depth(TIMES)], axis=1)
    motion = motion_of(body, bar_at(path), Scale(200.0, "plate"))
    assert vertical_travel(motion, REP).value == pytest.approx(0.4, rel=0.03)
    mean, peak = concentric_velocity(motion, REP)
    assert mean.value == pytest.approx(0.4, rel=0.05)
    assert peak.value == pytest.approx(0.4 * math.pi / 2, rel=0.08)
    assert peak.time_s == pytest.approx(3.5, abs=0.1)
    assert concentric_velocity(motion_of(body, bar_at(path)), REP) is None
    assert velocity_loss([0.5, 0.6, 0.45]) == pytest.approx(0.25)
    assert math.isnan(velocity_loss([0.5, float("nan")]))


def test_plate_that_makes_a_giant_is_refused():
    body, path = along_the_leg()
    # Shoulder to ankle is about 281 px: 1.75 m tall at 206 px a metre.
    fits, small = bar_at(path, 0.225 * 206), bar_at(path, 0.16 * 206)
    assert build_scale(fits, body).source == "plate"
    assert build_scale(fits, body).px_per_m == pytest.approx(206, rel=0.01)
    assert build_scale(small, body).source is None
    assert math.isnan(build_scale(small, body).px_per_m)
    assert build_scale(small, body, plate_diameter_m=0.32).source == "plate"
    by_height = build_scale(small, body, height_m=1.75)
    assert by_height.source == "height"
    assert by_height.px_per_m == pytest.approx(206, rel=0.02)
    assert build_scale(fits, body, height_m=1.3).source == "height"
    assert build_scale(bar_at(path, source="wrist"), body).source is None

"""Visibility of joints: behind a plate, outside the picture, of low confidence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from formcheck.motion.bar.bar import Bar, plate_cover
from formcheck.motion.body import VISIBLE, Body, Series
from formcheck.motion.clean import HipHint, build_body, to_joint_centres
from formcheck.motion.motion import build_motion
from formcheck.motion.smoother import CHAIN, Segment, knee_ik_sd
from formcheck.motion.swaps import PlateCover, calibrated_visibility, free_of_plate, inside_picture
from formcheck.pose.geometry import trunk_scale
from formcheck.pose.skeleton import JOINT_COUNT, LEG, Joint, joint
from formcheck.pose.track import PoseTrack
from tests.motion.figure import HEAVY, TRUNK, bend, lifter, make_track, times_at

RADIUS = 60.0
#: 15 degrees, which takes the knee towards the ankle.
WRONG_TURN = np.array([[np.cos(0.26), np.sin(0.26)], [-np.sin(0.26), np.cos(0.26)]])
LOWER_LEG = ("ankle", "heel", "toe")


def behind_a_plate(*, deepest: float = 1.0) -> tuple[PoseTrack, PoseTrack, PlateCover]:
    """A lifter seen well; the same where a plate comes to lie before both knees at the bottom and the network puts them a
    fifth of a trunk away, turned about the hip and as sure of them as ever; and the plate."""
    times = times_at()
    down = deepest * bend(times)
    clean = make_track(times, lifter(times, depth=down, noise=1.0))
    plate = clean.points[:, Joint.RIGHT_KNEE] + 600 * (1 - bend(times))[:, None] * np.array([0.0, -1.0])
    points = clean.points.copy()
    for side in ("left", "right"):
        row = joint("knee", side)
        inside = np.linalg.norm(points[:, row] - plate, axis=1) < RADIUS
        hip = points[inside, joint("hip", side)]
        points[inside, row] = hip + (points[inside, row] - hip) @ WRONG_TURN
    on_frames = np.stack([np.interp(clean.frame_times, times, plate[:, k]) for k in (0, 1)], axis=1)
    cover = PlateCover(on_frames, np.full(len(on_frames), RADIUS))
    return clean, replace(clean, points=points), cover


def knee_error(body: Body, track: PoseTrack, rows: np.ndarray[Any, Any]) -> float:
    """Mean distance of the near knee from the truth in some samples, in trunk lengths."""
    truth = to_joint_centres(track.points, track.calibration.shifts, body.view.forward, trunk_scale(track.points))
    away = body.points[track.samples] - truth
    return float(np.linalg.norm(away[rows, Joint.RIGHT_KNEE], axis=1).mean()) / TRUNK


def test_a_knee_behind_the_plate_is_where_the_lengths_put_it() -> None:
    clean, corrupt, cover = behind_a_plate()
    bottom = bend(clean.times) > 0.95
    without, body = build_body(corrupt), build_body(corrupt, cover=cover)
    assert knee_error(without, clean, bottom) > 0.12
    assert knee_error(body, clean, bottom) < 0.06
    truth = build_motion(clean).near.knee.values[::2][bottom]
    knee = build_motion(corrupt, body=body).near.knee
    error = knee.values[::2][bottom] - truth
    assert np.abs(error).mean() < 6
    misled = build_motion(corrupt, body=without).near.knee.values[::2][bottom] - truth
    assert np.abs(error).mean() < 0.5 * np.abs(misled).mean()
    assert np.mean(np.abs(error) <= 2 * knee.sd[::2][bottom]) > 0.9


def test_a_near_leg_behind_the_plate_is_as_long_as_the_far_one() -> None:
    """The model takes the plate's rim, close to the hip, for the near knee, and says that it sees it."""
    times = times_at()
    clean = make_track(times, lifter(times, depth=bend(times), noise=1.0))
    hip, knee, ankle = (clean.points[:, joint(name, "right")] for name in ("hip", "knee", "ankle"))
    points = clean.points.copy()
    points[:, joint("knee", "right")] = hip + 0.25 * (knee - hip)
    points[:, joint("ankle", "right")] = points[:, joint("knee", "right")] + 0.6 * (ankle - knee)
    middle = np.stack([np.interp(clean.frame_times, times, ((knee + ankle) / 2)[:, k]) for k in (0, 1)], axis=1)
    cover = PlateCover(middle, np.full(len(middle), 3 * RADIUS))
    body = build_body(replace(clean, points=points), cover=cover)
    whole = build_body(clean)

    def length(one: Body, *ends: str) -> float:
        first, second = (one.points[:, joint(name, "right")] for name in ends)
        return float(np.median(np.linalg.norm(first - second, axis=1)))

    for ends in (("hip", "knee"), ("knee", "ankle")):
        assert length(body, *ends) > 0.75 * length(whole, *ends)


def test_a_bent_knee_behind_the_plate_is_known_and_a_straight_one_is_not() -> None:
    clean, corrupt, cover = behind_a_plate()
    bottom = bend(clean.times) > 0.95
    bent = build_motion(corrupt, body=build_body(corrupt, cover=cover)).near
    assert (bent.knee.visibility[::2][bottom] >= VISIBLE).all()
    assert (bent.knee.visibility[::2][bottom] < 1).all()
    _, corrupt, cover = behind_a_plate(deepest=0.15)
    straight = build_motion(corrupt, body=build_body(corrupt, cover=cover)).near
    assert (straight.knee.visibility[::2][bottom] < VISIBLE).all()
    assert (straight.shin.visibility[::2][bottom] < VISIBLE).all()
    assert np.isfinite(straight.knee.values).all()  # reps are still counted in the guess
    assert np.median(straight.knee.sd[::2][bottom]) > 1.5 * np.median(bent.knee.sd[::2][bottom])


def test_two_circles_meet_sharply_only_when_the_knee_is_bent() -> None:
    hip, knee, ankle = (CHAIN.index(name) for name in ("hip", "knee", "ankle"))
    segments = [Segment(hip, knee, 100, 1e-6), Segment(knee, ankle, 100, 1e-6)]
    half = np.radians([45.0, 80.0])
    path = np.zeros((2, len(CHAIN), 2))
    path[:, hip] = np.stack([-100 * np.cos(half), -100 * np.sin(half)], axis=1)
    path[:, ankle] = np.stack([-100 * np.cos(half), 100 * np.sin(half)], axis=1)
    right, open_knee = knee_ik_sd(path, np.ones((2, len(CHAIN))), segments)
    # By analysis: the distance hip-ankle is 200 sin(half), so a knee's way aside of 1 changes it by 2 cot(half).
    assert right == pytest.approx(np.sqrt(2) / 2)
    assert open_knee == pytest.approx(np.sqrt(2) / (2 / np.tan(np.radians(80))))
    assert np.isinf(knee_ik_sd(path, np.ones((2, len(CHAIN))), segments[:1])).all()


def test_lower_legs_of_low_visibility_are_not_seen_although_finite() -> None:
    times = times_at()
    track = make_track(times, lifter(times, noise=1.0))
    visibility = track.visibility.copy()
    visibility[:, [joint(name, side) for name in LOWER_LEG for side in ("left", "right")]] = 0.0
    motion = build_motion(replace(track, visibility=visibility))
    assert build_body(track).coverage == 1.0
    assert motion.body.coverage == 0.0
    for leg in motion.legs.values():
        assert np.isfinite(leg.knee.values).all()
        assert (leg.knee.visibility < VISIBLE).all()
        assert (leg.thigh.visibility >= VISIBLE).all()
    assert np.median(motion.near.shin.sd) > 10


def test_a_hidden_leg_does_not_affect_the_other() -> None:
    times = times_at()
    track = make_track(times, lifter(times, split=True, noise=1.0))
    visibility = track.visibility.copy()
    visibility[:, [joint(name, "left") for name in LEG]] = 0.0
    motion = build_motion(replace(track, visibility=visibility))
    assert (motion.far.knee.visibility < VISIBLE).all()
    assert (motion.near.knee.visibility >= VISIBLE).all()
    assert motion.body.coverage == 1.0


def test_a_far_leg_counts_as_visible_from_low_values_on() -> None:
    visibility = np.full((1, JOINT_COUNT), 0.03)
    said = calibrated_visibility(visibility, "right", np.zeros((1, 4), dtype=bool), HEAVY)
    assert said[0, Joint.LEFT_KNEE] >= VISIBLE
    assert said[0, Joint.RIGHT_KNEE] < VISIBLE
    # Where the legs were confused, the word about the other one counts.
    visibility[0, Joint.LEFT_KNEE] = 0.9
    assert calibrated_visibility(visibility, "right", np.ones((1, 4), dtype=bool), HEAVY)[0, Joint.RIGHT_KNEE] == 1.0


def test_outside_the_picture_nothing_is_seen() -> None:
    times = times_at()
    track = replace(make_track(times, lifter(times, noise=1.0)), height=540)  # the ankles are at 560
    motion = build_motion(track)
    assert (motion.near.shin.visibility < VISIBLE).all()
    assert (motion.near.thigh.visibility >= VISIBLE).all()
    assert motion.body.coverage < 0.1
    corners = np.array([[[-5.0, 50.0], [50.0, 50.0], [50.0, 105.0], [np.nan, np.nan]]])
    assert inside_picture(corners, 100, 100)[0].tolist() == [0.0, 1.0, 0.0, 0.0]


def test_behind_the_plate_is_within_its_rim() -> None:
    points = np.array([[[100.0, 100.0], [100.0, 149.0], [100.0, 160.0]]] * 2)
    center = np.array([[100.0, 100.0], [np.nan, np.nan]])
    free = free_of_plate(points, center, np.array([50.0, np.nan]))
    assert free[0, 0] == 0.0
    assert 0 < free[0, 1] < 1
    assert free[0, 2] == 1.0
    assert (free[1] == 1.0).all()


def test_a_hidden_hip_is_known_from_the_bar_in_its_crease_and_else_not() -> None:
    times = times_at()
    track = make_track(times, lifter(times))
    plain = build_body(track)
    count = len(plain.times)
    cover = PlateCover(plain.near("hip"), np.full(count, RADIUS))
    here = HipHint(plain.near("hip"), np.full(count, 2.0))
    nowhere = HipHint(np.full((count, 2), np.nan), np.full(count, np.nan))
    known, unknown = (build_motion(track, body=build_body(track, cover=cover, hip_hint=h)) for h in (here, nowhere))
    assert (known.near.hip.visibility >= VISIBLE).all()
    assert (unknown.near.hip.visibility < VISIBLE).all()
    assert (unknown.near.shin.visibility >= VISIBLE).all()


def test_a_cover_of_another_body_is_refused() -> None:
    _, corrupt, cover = behind_a_plate()
    with pytest.raises(ValueError, match="one place a frame"):
        build_body(corrupt, cover=PlateCover(cover.center[:-1], cover.radius[:-1]))


def test_only_a_plate_is_an_occluder() -> None:
    place, ones = np.zeros((3, 2)), np.ones(3)
    assert plate_cover(None) is None
    assert plate_cover(Bar("wrist", place, ones * np.nan, ones, place, ones)) is None
    assert plate_cover(Bar("plate", place, ones, ones, place, ones)) is not None


def test_a_series_without_visibility_is_seen_where_it_is_known() -> None:
    series = Series(np.array([1.0, np.nan, 3.0]), np.ones(3))
    assert series.visibility.tolist() == [1, 0, 1]
    told = replace(series, visibility=np.array([0.2, 1.0, 0.7]))
    assert told.visibility.tolist() == [0.2, 0.0, 0.7]
    assert told.known.tolist() == [False, False, True]

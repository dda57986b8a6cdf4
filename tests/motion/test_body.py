from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from formcheck.errors import ClipError
from formcheck.motion import clean as body_module
from formcheck.motion.body import Body
from formcheck.motion.clean import HipHint, build_body, to_joint_centres
from formcheck.motion.motion import build_motion
from formcheck.motion.shots import Stretch
from formcheck.pose.geometry import trunk_scale
from formcheck.pose.model import UNKNOWN
from formcheck.pose.skeleton import LEG, Joint, joint
from formcheck.pose.track import PoseTrack
from tests.motion.figure import TRUNK, bend, exchanged, lifter, make_track, times_at

LEG_POINTS = ("hip", *LEG)


def wanted(track: PoseTrack, body: Body) -> np.ndarray[Any, Any]:
    """(S, J, 2) joint centres of an unspoiled track."""
    return to_joint_centres(track.points, track.calibration.shifts, body.view.forward, trunk_scale(track.points))


def worst(body: Body, truth: np.ndarray[Any, Any], track: PoseTrack, names: tuple[str, ...]) -> float:
    """Largest distance, in trunk lengths, between the body and the truth at the samples."""
    rows = [joint(name, side) for name in names for side in ("left", "right")]
    at_samples = body.points[track.samples][:, rows]
    return float(np.nanmax(np.linalg.norm(at_samples - truth[:, rows], axis=2))) / TRUNK


def without_swaps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module, "repair_swaps", lambda points, *_: (points, np.zeros((len(points), 4), dtype=bool)))


def without_lengths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module, "length_trust", lambda points, segments: np.ones(points.shape[:2]))
    monkeypatch.setattr("formcheck.motion.smoother.LENGTH_WEIGHT", 1e-9)


def without_standing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module, "FEET", ())


def without_robustness(monkeypatch: pytest.MonkeyPatch) -> None:
    without_lengths(monkeypatch)
    monkeypatch.setattr(body_module, "ROBUST", 1e6)


def without_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module, "REPEATED_TRUST", 1.0)


def legs_exchanged_at_the_bottom(track: PoseTrack) -> PoseTrack:
    return exchanged(track, bend(track.times) > 0.5, LEG_POINTS)


def flipped_now_and_then(track: PoseTrack) -> PoseTrack:
    return exchanged(track, (np.arange(len(track.samples)) % 17) > 12)


def a_jump(track: PoseTrack) -> PoseTrack:
    points = track.points.copy()
    points[40, [Joint.RIGHT_KNEE, Joint.RIGHT_WRIST]] += 120.0
    return replace(track, points=points)


def foot_taken_for_the_plate(track: PoseTrack) -> PoseTrack:
    """Whenever the lifter is low, the model puts the near foot into the plate in front of the shin."""
    points = track.points.copy()
    low = bend(track.times) > 0.6
    for name in ("ankle", "heel", "toe"):
        points[low, joint(name, "right")] += [-20.0, -60.0]
    return replace(track, points=points)


def a_trembling_foot(track: PoseTrack) -> PoseTrack:
    points = track.points.copy()
    for name in ("ankle", "heel", "toe"):
        points[:, joint(name, "right")] += np.random.default_rng(3).normal(0, 10, (len(points), 2))
    return replace(track, points=points)


def shown_twice(track: PoseTrack) -> PoseTrack:
    """Only every third picture is new."""
    old = np.arange(len(track.samples)) % 3
    return replace(track, points=track.points[np.arange(len(old)) - old], repeated=old > 0)


REPAIRS = [
    pytest.param(legs_exchanged_at_the_bottom, without_swaps, LEG, 0.12, 0.9, id="legs exchanged"),
    pytest.param(flipped_now_and_then, without_swaps, LEG, 0.12, 0.5, id="whole body flipped"),
    pytest.param(a_jump, without_robustness, ("knee", "wrist"), 0.06, 0.15, id="outlier"),
    pytest.param(foot_taken_for_the_plate, without_lengths, ("ankle",), 0.1, 0.25, id="hidden foot: lengths"),
    pytest.param(a_trembling_foot, without_standing, ("ankle",), 0.095, 0.11, id="planted foot"),
    pytest.param(shown_twice, without_repeats, ("shoulder", "hip"), 0.06, 0.10, id="pictures shown again"),
]


@pytest.mark.parametrize(("spoil", "switch_off", "names", "good", "bad"), REPAIRS)
def test_swaps_of_the_model_are_corrected(
    spoil: Callable[[PoseTrack], PoseTrack],
    switch_off: Callable[[pytest.MonkeyPatch], None],
    names: tuple[str, ...],
    good: float,
    bad: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times = times_at()
    clean = make_track(times, lifter(times, split=True, noise=1.0))
    body = build_body(spoil(clean))
    truth = wanted(make_track(times, lifter(times, split=True)), body)
    assert worst(body, truth, clean, names) < good
    switch_off(monkeypatch)
    assert worst(build_body(spoil(clean)), truth, clean, names) > bad


def test_swapped_frames_are_reported() -> None:
    times = times_at()
    track = legs_exchanged_at_the_bottom(make_track(times, lifter(times, split=True, noise=1.0)))
    repaired = build_body(track).repaired[track.samples]
    assert np.mean(repaired == (bend(times) > 0.5)) > 0.97


def test_leaves_legs_that_pass_each_other_alone() -> None:
    """A rear leg that swings past the front one is movement, not an exchange."""
    times = times_at()
    points = lifter(times, noise=1.0)
    swing = np.stack([150 * np.sin(np.pi * times), np.zeros_like(times)], axis=1)
    for name, share in (("knee", 0.5), ("ankle", 1.0), ("heel", 1.0), ("toe", 1.0)):
        points[:, joint(name, "left")] += share * swing
    body = build_body(make_track(times, points))
    assert body.repaired.mean() < 0.05


def with_gaps() -> tuple[PoseTrack, PoseTrack]:
    """A track without, and the same with a short gap (0.27 s from sample to sample) and a long one."""
    times = times_at()
    track = make_track(times, lifter(times))
    points = track.points.copy()
    points[20:23] = np.nan
    points[60:80] = np.nan
    return track, replace(track, points=points)


def test_fills_a_short_gap_and_leaves_a_long_one_open() -> None:
    track, gappy = with_gaps()
    truth = wanted(track, build_body(track))
    body = build_body(gappy)
    assert worst(body, truth, track, ("shoulder", "hip", "knee", "ankle")) < 0.03
    frames_known = np.isfinite(body.points[:, Joint.RIGHT_HIP, 0])
    assert frames_known[40:46].all()
    assert not frames_known[122:156].any()
    assert body.coverage == pytest.approx(frames_known.mean())


@pytest.mark.parametrize(("longest_gap_s", "short_is_filled", "long_is_filled"), [(0.1, False, False), (9.0, True, True)])
def test_only_short_gaps_are_filled(
    longest_gap_s: float, short_is_filled: bool, long_is_filled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("formcheck.motion.timeseries.LONGEST_GAP_S", longest_gap_s)
    known = np.isfinite(build_body(with_gaps()[1]).points[:, Joint.RIGHT_HIP, 0])
    assert known[40:46].all() == short_is_filled
    assert known[122:156].all() == long_is_filled


def without_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        body_module, "choose_stretch", lambda track, shot: Stretch(np.flatnonzero(track.found), track.frame_times)
    )


def test_a_cut_ends_the_shot_and_the_longer_one_is_analysed(monkeypatch: pytest.MonkeyPatch) -> None:
    times = times_at()
    shot = (np.arange(len(times)) >= 30).astype(np.int64)
    points = lifter(times)
    points[:30] += 250.0
    edited = make_track(times, points, shot=shot)
    body = build_body(edited)
    assert body.times[0] == pytest.approx(times[30])
    track = make_track(times, lifter(times))
    truth = wanted(track, body)[30:]
    assert np.nanmax(np.abs(body.points[::2] - truth)) < 0.1 * TRUNK
    without_cuts(monkeypatch)
    poisoned = build_body(edited)
    assert np.nanmax(np.abs(poisoned.points[60::2] - truth)) > 0.3 * TRUNK


def test_no_lifter_is_an_error() -> None:
    times = times_at()
    with pytest.raises(ClipError, match="not seen"):
        build_body(make_track(times, np.full_like(lifter(times), np.nan)))


def test_quick_repetitions_keep_their_range() -> None:
    times = times_at(seconds=6)
    track = make_track(times, lifter(times, depth=bend(times, period_s=1.2)))
    truth = build_motion(track, body=replace(build_body(track), points=_on_frames(track)))
    motion = build_motion(track)
    lost = np.ptp(truth.near.knee.values[12:-12]) - np.ptp(motion.near.knee.values[12:-12])
    assert abs(lost) < 4.0


def test_a_lifted_heel_is_not_noise() -> None:
    times = times_at()
    points = lifter(times, noise=1.0)
    lift = 15.0 * (bend(times) > 0.5)
    for side in ("left", "right"):
        points[:, joint("heel", side), 1] -= lift
    heel = build_body(make_track(times, points)).near("heel")[::2, 1]
    low, high = heel[bend(times) < 0.2], heel[bend(times) > 0.8]
    assert np.median(low) - np.median(high) > 10.0


def test_uncertainty_grows_where_the_model_cannot_see() -> None:
    times = times_at()
    track = make_track(times, lifter(times, noise=1.0))
    seen = build_body(track)
    noisy = foot_taken_for_the_plate(track)
    hidden = build_body(noisy)
    low = bend(hidden.times) > 0.8
    assert np.median(hidden.sd[low, Joint.RIGHT_ANKLE]) > 2 * np.median(seen.sd[low, Joint.RIGHT_ANKLE])


def test_a_plate_in_the_hip_crease_places_a_hidden_hip() -> None:
    times = times_at()
    clean = make_track(times, lifter(times))
    plain = build_body(clean)
    shoulder, hip, knee = (plain.near(name) for name in ("shoulder", "hip", "knee"))
    axis = _unit(_unit(shoulder - hip) + _unit(hip - knee))
    back = np.stack([axis[:, 1], -axis[:, 0]], axis=1)
    plate = hip - 0.28 * TRUNK * back - 0.025 * TRUNK * axis
    points = clean.points.copy()
    wander = 18 * np.stack([np.sin(1.7 * times), np.cos(2.3 * times)], axis=1)
    for side in ("left", "right"):
        points[:, joint("hip", side)] += wander
    corrupt = replace(clean, points=points)
    truth = wanted(clean, plain)
    hint = HipHint(plate, np.full(len(plate), 2.0))
    without = worst(build_body(corrupt), truth, clean, ("hip",))
    helped = worst(build_body(corrupt, hip_hint=hint), truth, clean, ("hip",))
    assert helped < 0.75 * without


def _unit(vectors: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def _on_frames(track: PoseTrack) -> np.ndarray[Any, Any]:
    """The joint centres of a track, joined by straight lines on the frames."""
    truth = to_joint_centres(track.points, track.calibration.shifts, 1, trunk_scale(track.points))
    flat = truth.reshape(len(truth), -1)
    columns = [np.interp(track.frame_times, track.times, column) for column in flat.T]
    return np.stack(columns, axis=1).reshape(len(track.frame_times), *truth.shape[1:])


def test_a_pause_is_not_left_to_the_lengths(monkeypatch: pytest.MonkeyPatch) -> None:
    """Held still at the bottom with the trunk rounded, a tenth shorter than usual: every picture shows the one before."""
    times = times_at()
    held = (times > 3) & (times < 4.4)
    down = np.where(held, 1.0, np.where(times < 3, bend(times), bend(times - 1.4)))
    points = lifter(times, depth=down)
    for side in ("left", "right"):
        row = joint("shoulder", side)
        points[:, row] -= 0.1 * down[:, None] * (points[:, row] - points[:, joint("hip", side)])
    track = replace(make_track(times, points), repeated=held & (times > 3.1))

    def off(body: Body) -> float:
        rows = [joint(name, "right") for name in ("shoulder", "hip")]
        away = (body.points[track.samples] - wanted(track, body))[:, rows]
        return float(np.linalg.norm(away[(times > 3.5) & (times < 4.0)], axis=2).mean()) / TRUNK

    kept = off(build_body(track))
    monkeypatch.setattr(body_module, "REPEATED_LENGTHS", 1.0)
    assert kept < 0.9 * off(build_body(track))


def test_lengths_may_change_in_an_oblique_view(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen 35 degrees from side-on, level segments look a fifth shorter than upright ones."""
    times = times_at()
    track = make_track(times, lifter(times, yaw_deg=35.0), yaw_deg=35.0)
    truth = wanted(track, build_body(track))
    tolerant = worst(build_body(track), truth, track, ("knee", "hip"))
    monkeypatch.setattr(body_module, "foreshortening", lambda yaw_deg: 0.0)
    assert tolerant < 0.7 * worst(build_body(track), truth, track, ("knee", "hip"))


def test_keypoints_of_an_unknown_model_are_not_shifted_and_count_as_less_sure() -> None:
    track = make_track(times_at(3), lifter(times_at(3)))
    hip, knee = joint("hip", "left"), joint("knee", "left")
    ours, theirs = build_body(track), build_body(replace(track, calibration=UNKNOWN))
    assert (theirs.sd > ours.sd).all()
    moved = np.nanmedian(np.linalg.norm(ours.points[:, hip] - theirs.points[:, hip], axis=1)) / TRUNK
    assert moved > 0.02
    assert np.nanmax(np.abs(ours.points[:, knee] - theirs.points[:, knee])) < 1e-6


def test_legs_are_swapped_if_the_user_names_the_other_one() -> None:
    times = times_at()
    track = make_track(times, lifter(times, split=True))
    found, said = build_body(track), build_body(track, legs_swapped=True)
    assert said.legs_swapped
    for name in ("knee", "ankle"):
        assert said.point(name, "left") == pytest.approx(found.point(name, "right"), abs=3.0)
        assert said.point(name, "right") == pytest.approx(found.point(name, "left"), abs=3.0)
    assert said.point("wrist", "left") == pytest.approx(found.point("wrist", "left"), abs=1e-3)

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from formcheck.motion.bar.bar import Bar
from formcheck.motion.body import Series
from formcheck.motion.spine.flexion import SpinalFlexion, hinge_moments, spinal_flexion, whole
from formcheck.motion.spine.spine import build_spine
from formcheck.motion.view import sagittal_stretch
from formcheck.pose.skeleton import Side
from tests.motion.spine.people import TRUNK, person

LEAN = np.concatenate([np.zeros(15), np.linspace(0, 80, 20), np.full(15, 80.0), np.linspace(80, 0, 20), np.zeros(10)])


@pytest.mark.parametrize("facing", ["right", "left"])
def test_a_straight_back_stays_straight_however_far_it_leans(facing: Side) -> None:
    track, body = person(LEAN, np.zeros(len(LEAN)), facing)
    spine = build_spine(track, body)
    assert np.abs(whole(spine).values).max() < 2.0
    assert spine.visible.min() > 0.9


@pytest.mark.parametrize("facing", ["right", "left"])
def test_a_back_that_rounds_on_the_way_down_is_found_rounded(facing: Side) -> None:
    track, body = person(LEAN, -20 + 75 * LEAN / 80, facing)
    upright, bottom = hinge_moments(LEAN, body.times, 0.0, body.times[-1])
    spine = build_spine(track, body)
    found, before = spinal_flexion(spine, bottom), spinal_flexion(spine, upright)
    assert found.value > before.value + 25
    assert found.confidence(35.0) > 0.95
    assert before.confidence(35.0) < 0.05


def test_the_back_line_lies_on_the_edge_in_pixels() -> None:
    track, body = person(np.zeros(10), np.zeros(10))
    line = build_spine(track, body).dorsal[5]
    known = line[np.isfinite(line[:, 0])]
    assert len(known) > 30
    np.testing.assert_allclose(known[:, 0], 400 - 0.2 * TRUNK, atol=0.1)


def test_a_block_on_the_back_is_not_a_bend() -> None:
    track, body = person(np.zeros(10), np.zeros(10), lump=(0.15, 0.35, 0.25))
    spine = build_spine(track, body)
    assert np.abs(whole(spine).values).max() < 3.0
    assert spine.visible.max() < 0.85


def test_behind_a_plate_nothing_is_measured() -> None:
    track, body = person(np.zeros(10), np.full(10, 30.0))
    count = len(body.times)
    center = np.tile([400.0, 380.0], (count, 1))
    bar = Bar("plate", center, np.full(count, 110.0), np.ones(count), center, np.ones(count))
    spine = build_spine(track, body, bar)
    assert np.isnan(spine.lumbar.values).all()
    assert np.isfinite(build_spine(track, body).lumbar.values).all()


def test_an_unseen_lifter_has_no_spine() -> None:
    track, body = person(np.zeros(10), np.zeros(10))
    blind = type(track)(**{**track.__dict__, "outline": ((),) * 10})
    spine = build_spine(blind, body)
    assert np.isnan(spine.thoracic.values).all()
    assert (spine.visible == 0).all()


def test_setting_up_over_the_bar_is_not_the_lift() -> None:
    lean = np.concatenate([np.full(45, 70.0), np.linspace(70, 0, 15), np.zeros(15)])
    bend = np.concatenate([np.full(30, 50.0), np.zeros(45)])
    track, body = person(lean, bend)
    spine = build_spine(track, body)
    upright, bottom = hinge_moments(lean, body.times, 0.0, body.times[-1])
    assert body.times[upright].min() > body.times[bottom].max()
    flat = build_spine(*person(lean, np.zeros(len(lean))))
    assert spinal_flexion(spine, bottom).value == pytest.approx(spinal_flexion(flat, bottom).value, abs=3.0)


def test_a_hidden_back_gives_no_confidence() -> None:
    assert SpinalFlexion(float("nan"), float("nan")).confidence(15.0) == 0.0


def test_a_bend_seen_obliquely_is_that_of_the_sagittal_plane() -> None:
    """Bent over, a back looks shorter at 35 degrees of yaw but rises as high: its bend looks larger than it is."""
    times = np.arange(60) / 15
    lean, bend = np.full(len(times), 80.0), np.full(len(times), 40.0)
    track, body = person(lean, bend)
    truth = build_spine(track, body)
    narrow = np.array([np.cos(np.radians(35.0)), 1.0])
    seen = replace(track, outline=tuple(tuple((c * narrow).astype(np.float32) for c in o) for o in track.outline))
    oblique = replace(body, points=body.points * narrow, view=replace(body.view, yaw_deg=35.0))
    plain = build_spine(seen, oblique)
    spine = build_spine(seen, replace(oblique, view=replace(oblique.view, stretch=sagittal_stretch(35.0))))
    found, wanted, uncorrected = (np.nanmedian(whole(s).values) for s in (spine, truth, plain))
    assert found == pytest.approx(wanted, abs=1.0)
    assert uncorrected > wanted + 5.0
    np.testing.assert_allclose(spine.dorsal, truth.dorsal * narrow, atol=1.0)



def bent(seen: float, seen_sd: float, outline: float) -> SpinalFlexion:
    """A lifter whose back is bent by `seen` degrees for the network and by `outline` for the outline, NaN for unknown."""
    track, body = person(LEAN, np.zeros(len(LEAN)))
    still = np.ones(len(LEAN))
    spine = replace(
        build_spine(track, body), flexion=Series(outline * still, 2 * still), bend=Series(seen * still, seen_sd * still)
    )
    return spinal_flexion(spine, hinge_moments(LEAN, body.times, 0.0, body.times[-1])[1])


def test_the_surer_the_network_is_the_less_the_outline_counts() -> None:
    sure, unsure = bent(60, 7, 20), bent(60, 18, 20)
    assert 60 > sure.value > 40 > unsure.value > 20
    assert bent(60, 7, np.nan).value == 60
    assert bent(np.nan, np.inf, 20).value == 20
    assert bent(60, 7, np.nan).sd > sure.sd


def test_a_track_of_an_older_version_is_judged_by_the_outline() -> None:
    track, body = person(LEAN, 55 * LEAN / 80)
    bottom = hinge_moments(LEAN, body.times, 0.0, body.times[-1])[1]
    read = np.where(LEAN[:, None] > 25, [70.0, 6.0], [np.nan, np.inf])
    older, newer = (build_spine(one, body) for one in (track, replace(track, bend=read)))
    assert older.bend is None
    assert spinal_flexion(newer, bottom).value > spinal_flexion(older, bottom).value + 5

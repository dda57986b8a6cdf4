"""Both lifters on one stage: the same foot, the same trunk, facing the same way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from formcheck.apps.compare.pairing import Performed
from formcheck.apps.compare.video import Ghost, Stage, placed, stage_for
from formcheck.motion.body import Array
from formcheck.pipeline import AnalysedClip
from tests.apps.compare.sets import squats

MOST = (900, 760)


def performed(of: AnalysedClip) -> Performed:
    return Performed(of, of.shots[0], of.shots[0].reps[0])


def scaled(of: AnalysedClip, factor: float, moved: tuple[float, float]) -> AnalysedClip:
    """The same set filmed from nearer or farther, and with the camera elsewhere."""
    shot = of.shots[0]
    body = replace(shot.motion.body, points=shot.motion.body.points * factor + moved)
    return replace(of, shots=(replace(shot, motion=replace(shot.motion, body=body, trunk_px=shot.motion.trunk_px * factor)),))


def on_stage(stage: Stage, of: Performed) -> Array:
    fit = stage.fit(of, "right")
    return placed(of.shot, fit).motion.body.points


def test_a_mirrored_larger_lifter_stands_where_the_other_does() -> None:
    """The same movement filmed from the other side, twice as near, comes out point for point the same."""
    a, b = performed(squats("a")), performed(scaled(squats("b", facing="left"), 2.0, (50.0, -80.0)))
    stage = stage_for([a, b], "right", most=MOST)
    mine, theirs = on_stage(stage, a), on_stage(stage, b)
    # The near side is the right one of A and the left one of B: what is near is compared.
    for name in ("shoulder", "hip", "knee", "ankle", "toe"):
        near = placed(a.shot, stage.fit(a, "right")).motion.body.near(name)
        far_away = placed(b.shot, stage.fit(b, "right")).motion.body.near(name)
        assert far_away == pytest.approx(near, abs=1e-6)
    assert np.isfinite(mine).sum() == np.isfinite(theirs).sum()
    assert placed(b.shot, stage.fit(b, "right")).motion.body.view.facing == "right"


def test_the_ghost_of_the_same_movement_lies_on_the_lifter() -> None:
    a, b = performed(squats("a")), performed(scaled(squats("b", facing="left"), 0.5, (300.0, 10.0)))
    stage = stage_for([a, b], "right", most=MOST)
    ghost = Ghost(a, b, stage.fit(a, "right"), stage.fit(b, "right"))
    body = placed(b.shot, stage.fit(b, "right")).motion.body
    for frame in (0, 40, 70):
        time = float(body.times[frame])
        points = ghost.points(time, time)
        near = a.shot.motion.body.view.side
        for name in ("shoulder", "hip", "knee", "ankle"):
            own = points[_row(name, near)]
            assert own == pytest.approx(body.near(name)[frame], abs=1e-6)


def test_the_ghost_shows_the_difference_in_trunk_lean() -> None:
    """The same legs: hips coincide, and the shoulder is off by the trunk's length times twice the sine of half the angle."""
    a, b = performed(squats("a", trunk=40.0)), performed(squats("b", trunk=10.0))
    stage = stage_for([a, b], "right", most=MOST)
    ghost = Ghost(a, b, stage.fit(a, "right"), stage.fit(b, "right"))
    turn = a.rep.turn_s + 0.1
    points, body = ghost.points(turn, turn), placed(b.shot, stage.fit(b, "right")).motion.body
    frame = int(np.argmin(np.abs(body.times - turn)))
    near = a.shot.motion.body.view.side
    assert points[_row("hip", near)] == pytest.approx(body.near("hip")[frame], abs=0.5)
    off = np.linalg.norm(points[_row("shoulder", near)] - body.near("shoulder")[frame])
    assert off == pytest.approx(stage.trunk_px * 2 * np.sin(np.radians(15.0)), rel=0.02)


def test_an_oblique_view_is_widened_to_the_others() -> None:
    a = squats("a")
    view = replace(a.shots[0].motion.body.view, stretch=1.25)
    shot = a.shots[0]
    body = replace(shot.motion.body, view=view)
    oblique = performed(replace(a, shots=(replace(shot, motion=replace(shot.motion, body=body)),)))
    b = performed(squats("b"))
    stage = stage_for([oblique, b], "right", most=MOST)
    ghost = Ghost(oblique, b, stage.fit(oblique, "right"), stage.fit(b, "right"))
    points, plain = ghost.points(2.0, 2.0), Ghost(b, b, stage.fit(b, "right"), stage.fit(b, "right")).points(2.0, 2.0)
    near = a.shots[0].motion.body.view.side
    foot = plain[_row("ankle", near)]
    assert points[_row("hip", near)] - foot == pytest.approx((plain[_row("hip", near)] - foot) * [1.25, 1.0], abs=1e-6)


def test_everything_has_room_on_the_stage() -> None:
    both = [performed(squats("a", trunk=60.0)), performed(squats("b", trunk=0.0, facing="left"))]
    stage = stage_for(both, "right", most=MOST)
    assert stage.width <= MOST[0] + 1
    assert stage.height <= MOST[1] + 1
    assert stage.width % 2 == stage.height % 2 == 0
    for of in both:
        points = on_stage(stage, of)[of.rep.during(of.shot.motion.times)].reshape(-1, 2)
        points = points[np.isfinite(points).all(axis=1)]
        assert ((points > 0) & (points < [stage.width, stage.height])).all()


def test_a_lifter_whose_foot_is_never_seen_is_shown_all_the_same() -> None:
    of = performed(squats("a"))
    body = of.shot.motion.body
    points = body.points.copy()
    for side in ("left", "right"):
        points[:, _row("ankle", side)] = np.nan
    shot = replace(of.shot, motion=replace(of.shot.motion, body=replace(body, points=points)))
    hidden = Performed(of.of, shot, of.rep)
    stage = stage_for([hidden], "right", most=MOST)
    shown = on_stage(stage, hidden)
    assert np.isfinite(shown[:, _row("hip", "right")]).all()


def _row(name: str, side: str) -> int:
    from formcheck.pose.skeleton import joint

    return int(joint(name, side))

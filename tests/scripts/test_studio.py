"""The studio: what it plans, what it calls a fault, and, where its extra is installed, a clip of three reps."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from evaluation.labels import read_labels
from studio_lib.faults import RULES, Rule, judge

LACKING = [name for name in ("anny", "torch", "pyvista") if find_spec(name) is None]
drawn = pytest.mark.skipif(bool(LACKING), reason=f"the extra `studio` is not installed: no {', '.join(LACKING)}")


@pytest.mark.parametrize(("exercise", "name"), [(exercise, name) for exercise, rules in RULES.items() for name in rules])
def test_a_rule_has_a_grey_zone_between_clean_and_fault(exercise: str, name: str) -> None:
    rule = RULES[exercise][name]
    sign = 1 if rule.fault > rule.clean else -1
    assert sign * rule.best <= sign * rule.clean < sign * rule.fault <= sign * rule.worst
    assert rule.verdict(rule.best) == "clean"
    assert rule.verdict(rule.worst) == "fault"
    assert rule.verdict((rule.clean + rule.fault) / 2) == "grey"


def test_less_is_worse_where_the_worst_is_less() -> None:
    assert Rule("deg", 179, 168, 151, 120).verdict(140) == "fault"


def test_a_grey_rule_is_in_neither_list() -> None:
    severity = {"short_range": 90.0, "torso_collapsed": 55.0, "heels_lift": 0.0, "back_rounding": 20.0}
    faults, clean = judge("goblet_squat", severity, 1.0, 20.0, 0.0)
    assert faults == []
    assert clean == ["short_range", "heels_lift"]


def test_a_rep_that_falls_short_of_the_set_is_short() -> None:
    severity = {"short_range": 76.0, "torso_upright": 40.0, "torso_collapsed": 40.0, "stance_too_narrow": -10.0}
    assert judge("split_squat", severity, 0.5, 0.0, 0.0)[0] == ["short_range"]


@drawn
def test_the_same_seed_plans_the_same_set_and_pools_differ() -> None:
    from studio_lib.kinds import KINDS
    from studio_lib.plan import plan_set

    first, again = (plan_set(7, 3, "train", list(KINDS), ["plain"]) for _ in range(2))
    other = plan_set(7, 3, "test", list(KINDS), ["plain"])
    assert first == again
    assert other.seed != first.seed


@drawn
def test_a_plain_set_is_seen_from_the_side_with_nothing_in_front() -> None:
    from studio_lib.kinds import KINDS
    from studio_lib.plan import plan_set

    for number in range(40):
        plan = plan_set(1, number, "train", list(KINDS), ["plain"])
        assert abs(plan.camera.yaw) <= 20
        assert plan.camera.shake == 0
        assert (plan.choices.front, plan.choices.mirror, plan.choices.second) == ("none", False, False)


@drawn
def test_an_unknown_condition_is_refused() -> None:
    from studio_lib.kinds import KINDS
    from studio_lib.plan import plan_set

    with pytest.raises(ValueError, match="--only fog is not known; expected one of"):
        plan_set(1, 0, "train", list(KINDS), ["fog"])


@drawn
def test_a_clip_reads_back_and_comes_out_the_same_twice(tmp_path: Path) -> None:
    """Makes a body, which takes minutes the first time a computer does it (`ANNY_CACHE_DIR` keeps what is made)."""
    from dataclasses import replace

    from studio_lib.bodies import make_bodies
    from studio_lib.plan import plan_set
    from studio_lib.produce import make_set

    plan = plan_set(11, 0, "test", ["romanian_deadlift"], ["plain", "small"])
    pairs = zip(plan.reps, (0, 40, 0), strict=False)
    reps = [replace(rep, wanted={**rep.wanted, "overdepth": further}) for rep, further in pairs]
    plan = replace(plan, reps=reps, film=replace(plan.film, fps=10.0, drawn_fps=5.0))
    bodies = tmp_path / "bodies"
    make_bodies(bodies, plan.pool, [plan.body])
    films = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        make_set(plan, folder, bodies)
        films.append((folder / f"{plan.name}.mp4").read_bytes())
    assert films[0] == films[1]
    (label,) = read_labels(tmp_path / "one")
    truth = json.loads((tmp_path / "one" / f"{plan.name}.truth.json").read_text(encoding="utf-8"))
    assert label.reps == 3
    assert label.truth is not None
    assert len(label.truth.times) == len(truth["frames"])
    for rep in truth["reps"]:
        assert set(rep["severity"]) == set(RULES["romanian_deadlift"])
        assert not set(rep["faults"]) & set(rep["clean_of"])
    assert ["overdepth" in rep["faults"] for rep in truth["reps"]] == [False, True, False]
    feet = {tuple(round(value) for value in frame["near_heel"]) for frame in truth["frames"]}
    assert len(feet) == 1
    assert "there already" in make_set(plan, tmp_path / "one", bodies)

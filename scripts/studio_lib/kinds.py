"""The kinds of exercise the studio can film: which lift they are, how they are shown, and what is settled for a whole set."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from numpy.random import Generator

from studio_lib.conditions import Choices
from studio_lib.lifts.base import Lift
from studio_lib.lifts.others import BentOverRow, KettlebellSwing, LegPress, OverheadPress, PushUp, SitUp
from studio_lib.lifts.split import BulgarianSplitSquat, Lunge, SplitSquat
from studio_lib.lifts.standing import BackSquat, ConventionalDeadlift, GoodMorning, RomanianDeadlift, SingleLegDeadlift, Squat
from studio_lib.lifts.thrust import GluteBridge, HipThrust


@dataclass(frozen=True)
class Kind:
    """An exercise. `lying` bodies are filmed in landscape; `loads` and how often each is drawn; `themes` favours rules.

    Kinds that are not `known` are exercises that formcheck has no rules for.
    """

    lift: type[Lift]
    weight: float
    loads: dict[str, float]
    lying: bool = False
    themes: dict[str, float] = field(default_factory=dict)
    known: bool = True


_HINGE_THEMES = {"back_rounding": 2.0, "overdepth": 1.5, "bar_drift": 1.5}
KINDS: dict[str, Kind] = {
    "hip_thrust": Kind(HipThrust, 3.0, {"barbell": 0.75, "dumbbell": 0.1, "none": 0.15}, True, {"lumbar_arch": 2.5}),
    "glute_bridge": Kind(GluteBridge, 1.2, {"none": 0.6, "barbell": 0.3, "dumbbell": 0.1}, True, {"lumbar_arch": 2.0}),
    "romanian_deadlift": Kind(
        RomanianDeadlift, 3.0, {"barbell": 0.6, "dumbbells": 0.3, "kettlebell": 0.1}, False, _HINGE_THEMES
    ),
    "conventional_deadlift": Kind(ConventionalDeadlift, 1.5, {"barbell": 1.0}, False, {"back_rounding": 2.0}),
    "split_squat": Kind(SplitSquat, 1.2, {"dumbbells": 0.5, "none": 0.3, "barbell": 0.1, "kettlebell": 0.1}),
    "bulgarian_split_squat": Kind(BulgarianSplitSquat, 1.8, {"dumbbells": 0.7, "none": 0.2, "kettlebell": 0.1}),
    "lunge": Kind(Lunge, 1.0, {"dumbbells": 0.5, "none": 0.4, "barbell": 0.1}),
    "goblet_squat": Kind(Squat, 1.5, {"kettlebell": 0.4, "dumbbell": 0.35, "none": 0.25}),
    "back_squat": Kind(BackSquat, 1.2, {"barbell": 1.0}),
    "good_morning": Kind(GoodMorning, 0.6, {"barbell": 1.0}, False, _HINGE_THEMES),
    "single_leg_deadlift": Kind(SingleLegDeadlift, 0.5, {"dumbbells": 0.6, "kettlebell": 0.4}, False, _HINGE_THEMES),
    "bent_over_row": Kind(BentOverRow, 0.25, {"barbell": 1.0}, known=False),
    "overhead_press": Kind(OverheadPress, 0.25, {"barbell": 1.0}, known=False),
    "kettlebell_swing": Kind(KettlebellSwing, 0.25, {"kettlebell": 1.0}, known=False),
    "push_up": Kind(PushUp, 0.25, {"none": 1.0}, True, known=False),
    "sit_up": Kind(SitUp, 0.25, {"none": 1.0}, True, known=False),
    "leg_press": Kind(LegPress, 0.25, {"none": 1.0}, True, known=False),
}


def draw_setup(kind: str, choices: Choices, random: Generator) -> dict[str, Any]:
    """What holds for a whole set: load, stance, depth, tempo."""
    loads = KINDS[kind].loads
    load = choices.load or str(random.choice(list(loads), p=list(loads.values())))
    setup: dict[str, Any] = {
        "load": load,
        "round_share": random.uniform(0.3, 0.75),
        "shin_side": random.choice([-1.0, 1.0], p=[0.7, 0.3]),
    }
    setup["pick_up"] = str(random.choice(["floor", "rack"]))
    setup["walk_off"] = float(random.choice([-1, 1])) * random.uniform(0.5, 1.1)
    setup["plate"] = (
        float(random.choice([0.225, 0.225, 0.16, 0.0]))
        if load == "barbell" and choices.plate is None
        else (choices.plate or 0.0)
    )
    slow = random.random()
    if kind in ("hip_thrust", "glute_bridge"):
        setup |= {
            "to_turn_s": random.uniform(0.7, 1.4),
            "back_s": random.uniform(0.8, 1.7),
            "rest_s": random.uniform(0.1, 0.6),
            "hold_s": random.uniform(2.35, 2.9) if slow < 0.3 else random.uniform(0.15, 1.3),
            "bench_height": random.uniform(0.36, 0.47),
            "stance": random.uniform(0.11, 0.2),
            "shin": random.uniform(-6, 6),
            "hip_low": random.uniform(76, 100),
            "knees_out": random.uniform(0.0, 0.25),
            "contact": random.uniform(0.12, 0.2),
        }
    elif kind in ("romanian_deadlift", "good_morning", "single_leg_deadlift"):
        setup |= {
            "to_turn_s": random.uniform(2.3, 3.0) if slow < 0.4 else random.uniform(0.9, 2.2),
            "hold_s": random.uniform(0.05, 0.35),
            "back_s": random.uniform(0.8, 1.5),
            "rest_s": random.uniform(0.15, 0.7),
            "depth": random.uniform(56, 80),
            "knee": random.uniform(143, 163),
            "shin": random.uniform(-3, 6),
            "slack": random.uniform(0, 10),
            "gaze": random.uniform(-26, 4),
            "stance": random.uniform(0.09, 0.15),
            "toes_out": random.uniform(0, 12),
            "lean_up": random.uniform(0, 5),
        }
    elif kind == "conventional_deadlift":
        setup |= {
            "to_turn_s": random.uniform(0.9, 1.8),
            "hold_s": random.uniform(0.2, 0.8),
            "back_s": random.uniform(0.8, 1.6),
            "rest_s": random.uniform(0.2, 1.0),
            "shin": random.uniform(8, 20),
            "thigh": random.uniform(60, 86),
            "stance": random.uniform(0.1, 0.15),
            "plate": float(random.choice([0.225, 0.225, 0.225, 0.16])),
        }
    else:
        setup |= {
            "to_turn_s": random.uniform(0.9, 2.0),
            "hold_s": random.uniform(0.05, 0.5),
            "back_s": random.uniform(0.7, 1.4),
            "rest_s": random.uniform(0.15, 0.8),
            "front": str(random.choice(["R", "L"])),
            "apart": random.uniform(0.07, 0.13),
            "reverse": bool(random.random() < 0.5),
            "bench_height": random.uniform(0.36, 0.46),
            "shin": random.uniform(10, 20),
        }
    if kind in ("goblet_squat", "back_squat"):
        setup |= {
            "stance": random.uniform(0.14, 0.22),
            "toes_out": random.uniform(8, 22),
            "shin": random.uniform(26, 34),
            "lean": random.uniform(22, 38),
            "slack": random.uniform(0, 9),
        }
    return setup

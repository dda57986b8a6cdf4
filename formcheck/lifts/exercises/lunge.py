"""Lunge: a step and back in every rep, with less lean than in a split squat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from formcheck.lifts.exercise import Arc, Focus, Prescription
from formcheck.lifts.exercises.split_squat import SplitSquat, rear_foot_raised
from formcheck.lifts.posture import Posture, share
from formcheck.motion.motion import Motion
from formcheck.results.rep import Rep

#: Ankles within this distance are together between the reps, leg lengths.
TOGETHER = 0.25

_OF_SPLIT_SQUAT = {rule.id: rule for rule in SplitSquat.rules}


class Lunge(SplitSquat):
    name, title, kind_of = "lunge", "Lunge", "split_squat"
    aliases = ("forward_lunge", "reverse_lunge", "walking_lunge", "lunges")
    programme = Prescription(
        3, (8, 8), "Like the split squat: 3 sets of 8 with each leg (engineering choice).", each_leg=True, loaded="dumbbell"
    )
    focus = Focus(
        "knee",
        "Front knee",
        (Arc("trunk_lean"), Arc("knee")),
        (),
        "At the bottom: front thigh level, chest a little forward.",
    )
    core = ("torso_collapsed", "short_range", "stance_too_narrow")
    rules = (
        replace(_OF_SPLIT_SQUAT["torso_collapsed"], cue="Keep your chest up on the way down."),
        replace(_OF_SPLIT_SQUAT["short_range"], cue="Sink straight down until your front thigh is level."),
        replace(_OF_SPLIT_SQUAT["stance_too_narrow"], title="Knee far past the toes", cue="Take a longer step."),
        replace(
            _OF_SPLIT_SQUAT["torso_upright"],
            meaning="At the bottom the trunk hardly leans; a lunge needs at least half the lean of a split squat.",
            cue="Let your chest come forward a little over the front thigh.",
        ),
        _OF_SPLIT_SQUAT["back_rounding"],
    )

    def claim(self, motions: Sequence[Motion], reps: Sequence[tuple[Rep, ...]], top: Posture, bottom: Posture) -> float:
        """The feet come together between the reps, and the rear one is on the floor."""
        return min(share(top.ankle_gap, TOGETHER, -0.04), share(rear_foot_raised(top, bottom), 0.0, -0.03))

    def variant(self, motions: Sequence[Motion], reps: Sequence[tuple[Rep, ...]], top: Posture, bottom: Posture) -> str:
        return self.name


EXERCISES = (Lunge(),)

"""What to do next: the one thing to change in the lift, and how to film the next set so that more of it can be judged."""

from __future__ import annotations

from dataclasses import dataclass

from formcheck.outputs.words import key_finding, not_judged_reps, set_in_words, unjudged
from formcheck.results.analysis import LOW_COVERAGE, Analysis, Finding, ReasonCode

LOW_RATE_HZ = 20.0

#: What to do about a reason; those that filming cannot change (a rule that does not apply, signs that disagree) have nothing.
_BY_CODE: dict[ReasonCode, str] = {
    "exercise_unsure": "Name the exercise: lifts from the floor and from standing are judged by different rules.",
    "hidden": (
        "A joint that matters was hidden. Keep people and equipment out of the way, and if a large plate"
        " covers your hip, film from slightly higher or use smaller plates."
    ),
    "outline_hidden": (
        "The outline of your back or belly was hidden. Wear close-fitting clothes that stand out from the background, and keep"
        " arms and plates out of its way where you can."
    ),
    "too_unsure": (
        "Some joints were too blurred to judge. Film in more light, as close as you can with head and feet in the picture."
    ),
    "load_not_seen": "Keep the weight in the picture and well lit (with a barbell, its near end), so that it can be followed.",
    "cut_off": "Start the camera before the first rep and stop it after the last one.",
    "no_keypoint": "Analyse the clip with formcheck's own pose model: this one lacks points that the rules need.",
    "no_outline": "Analyse the clip with formcheck's own pose model: without its outline the back cannot be judged.",
    "damaged_file": "Copy the clip again from where it was filmed: this copy of it is damaged.",
}

_FROM_THE_SIDE = "Film again straight from the side"
_WELL_FILMED = "Film the next set the same way: everything that counts could be seen."


def filming_advice(analysis: Analysis) -> list[str]:
    """Sentences on how to film next time, the most useful first: each mends what could not be judged in this clip.

    None where no rep could be judged, and filming cannot change that.
    """
    missed = {item.code for item in analysis.not_judged}
    advice = []
    yaw = analysis.view.yaw_deg
    if "oblique_view" in missed:
        where = f": it stood about {abs(yaw):.0f}° off" if yaw is not None else ""
        advice.append(f"{_FROM_THE_SIDE}, camera at hip height{where}. One leg should cover the other.")
    if analysis.coverage < LOW_COVERAGE:
        advice.append(
            f"You could be followed in {analysis.coverage:.0%} of the frames. Step back until head and feet stay in the"
            " picture, and keep people and equipment out of the way."
        )
    advice += [sentence for code, sentence in _BY_CODE.items() if code in missed]
    if 0 < analysis.clip.fps < LOW_RATE_HZ:
        advice.append(f"This clip has {analysis.clip.fps:.0f} frames a second; 30 or more show the turning points better.")
    return advice or ([_WELL_FILMED] if not_judged_reps(analysis) < len(analysis.reps) else [])


@dataclass(frozen=True)
class Lead:
    """What comes first, wherever a set is shown.

    Attributes:
        verdict: of the whole set, one sentence.
        cue: the one thing to change, in the lift or in filming it; "" where there is nothing.
        why: what was measured, or why nothing could be judged; "" where the cue says it.
        finding: the worst moment of what the cue is about; None for advice on filming.
        note: the cue is something that the programme asks for, no fault.
    """

    verdict: str
    cue: str = ""
    why: str = ""
    finding: Finding | None = None
    note: bool = False


def lead_of(analysis: Analysis) -> Lead:
    """The verdict of a set and its one cue. Of a set that could not be judged the cue says how to film it."""
    verdict, worst = set_in_words(analysis), key_finding(analysis)
    if (worst is None or worst.severity == "info") and not_judged_reps(analysis) == len(analysis.reps):
        advice = next(iter(filming_advice(analysis)), "")
        reasons = [gap.reason for gap in analysis.not_judged if gap.code and _BY_CODE.get(gap.code) == advice]
        if not advice.startswith(_FROM_THE_SIDE):  # which is the reason, too
            reasons += [entry.reason for entry in unjudged(analysis)]
        first = advice.partition(". ")[0].rstrip(".")
        return Lead(verdict, f"{first}." if first else "", f"not judged: {reasons[0]}" if reasons else "")
    if worst is None:
        return Lead(verdict)
    return Lead(verdict, worst.cue, worst.message, worst, note=worst.severity == "info")

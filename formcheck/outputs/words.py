"""Text shared by terminal, page and video: outcome, findings, exercise, view and clip."""

from __future__ import annotations

from typing import get_args

from formcheck.errors import UsageError
from formcheck.lifts.registry import exercise_named
from formcheck.options import EXERCISE, LEG
from formcheck.outputs.shown import rule_title
from formcheck.results.analysis import Analysis, Finding, PerformedExercise, RepVerdict, ShotSummary, SourceClip
from formcheck.units import with_unit

#: Most damaged stretches that are listed individually.
MOST_SPANS = 4


def clock(seconds: float) -> str:
    """Seconds as m:ss.s."""
    tenths = round(10 * seconds)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"


def seconds(value: float | None) -> str:
    """Seconds as "1.2 s"; a dash where unknown."""
    return "–" if value is None else f"{value:.1f} s"


def percent(share: float) -> str:
    """A share of 0-1 in percent."""
    return f"{100 * share:.0f} %"


def span(start_s: float, end_s: float) -> str:
    """A stretch of the clip, as m:ss.s twice."""
    return f"{clock(start_s)}–{clock(end_s)}"


def analysed_part(clip: SourceClip) -> str | None:
    """The analysed part of the clip; None if it starts at the first frame."""
    return None if clip.start_s <= 0 else f"only {span(clip.start_s, clip.start_s + clip.duration_s)} analysed"


#: What a rep is called, for people.
VERDICTS: dict[str, str] = {verdict: verdict.replace("_", " ") for verdict in get_args(RepVerdict)}


def not_judged_reps(analysis: Analysis) -> int:
    """Number of reps that were not judged, because a core rule could not be."""
    return sum(rep.verdict == "not_judged" for rep in analysis.reps)


def outcome(analysis: Analysis) -> str:
    """The outcome of the set: "3 of 5 reps clean, 2 not judged"."""
    summary, unknown = analysis.summary, not_judged_reps(analysis)
    text = f"{summary.clean_reps} of {summary.reps} {'rep' if summary.reps == 1 else 'reps'} clean"
    return f"{text}, {unknown} not judged" if unknown else text


def set_in_words(analysis: Analysis) -> str:
    """The verdict of the whole set in one sentence: "None of the 3 reps was clean: back rounds in 3, short range in 2."."""
    reps, clean, unknown = analysis.summary.reps, analysis.summary.clean_reps, not_judged_reps(analysis)
    if reps and unknown == reps:
        return "The one rep could not be judged." if reps == 1 else f"None of the {reps} reps could be judged."
    if reps == 1:
        text = "The one rep was clean" if clean else "The one rep was not clean"
    elif clean == reps:
        text = f"All {reps} reps were clean"
    elif clean == 0:
        text = f"None of the {reps} reps was clean"
    else:
        text = f"{clean} of {reps} reps {'was' if clean == 1 else 'were'} clean"
    found: dict[str, set[int]] = {}
    for finding in analysis.findings:
        if finding.severity != "info":
            kind = " (borderline)" if finding.severity == "borderline" else ""
            found.setdefault(rule_title(analysis.exercise.name, finding.rule).lower() + kind, set()).add(finding.rep)
    said = [name if reps == 1 else f"{name} in {len(numbers)}" for name, numbers in found.items()]
    text += f": {', '.join(said)}" if said else ""
    return f"{text}; {unknown} could not be judged." if unknown else f"{text}."


_GRAVEST = ("fault", "borderline", "info")


def gravity(finding: Finding) -> tuple[float, float, float]:
    """Sort key for findings of a rule: faults first, then by confidence, then by distance from the limit."""
    beyond = abs(finding.value - finding.limit) / max(abs(finding.limit), 1e-6)
    return (_GRAVEST.index(finding.severity), -finding.confidence, -beyond)


def amount(value: float, unit: str) -> str:
    """A value with its unit for people."""
    if unit == "m":
        return f"{100 * value:.0f} cm"
    return with_unit(value, unit, 0 if unit in ("deg", "%leg", "%set") else 2 if unit == "trunk" else 1)


def measured(finding: Finding) -> str:
    """The value, with enough digits to differ from the limit; without a sign if the limit is 0."""
    value = abs(finding.value) if finding.limit == 0 else finding.value
    text = amount(value, finding.unit)
    if text == amount(finding.limit, finding.unit) and finding.unit in ("deg", "%leg", "%set"):
        return text.replace(f"{value:.0f}", f"{value:.1f}", 1)
    return text


def accepted(finding: Finding) -> str | None:
    """The accepted range: "70° or more"; None if the limit is 0."""
    if finding.limit == 0:
        return None
    return f"{amount(finding.limit, finding.unit)} or {'more' if finding.value < finding.limit else 'less'}"


def leg_in_words(facts: PerformedExercise) -> str | None:
    """The working leg, or that it is unknown; None if both work."""
    if facts.working_leg_told:
        return f"{facts.working_leg} leg works" if facts.working_leg else None
    return f"which leg works cannot be told: say it with {LEG.option}"


def recognition(facts: PerformedExercise, *, in_python: bool = False) -> str:
    """Whether the exercise was recognised or given, its confidence, the runner-up, and how to correct it."""
    if facts.source == "user":
        return "named by you"
    text = f"recognised, {percent(facts.confidence)} sure"
    if facts.runner_up is None:
        return text
    noun = _noun(facts.runner_up)
    article = "an" if noun[0] in "aeiou" else "a"
    sure = "" if facts.runner_up_confidence is None else f" ({percent(facts.runner_up_confidence)})"
    name = EXERCISE.argument if in_python else EXERCISE.option
    return f"{text}; perhaps {article} {noun}{sure}: name it with {name}"


def side_in_words(analysis: Analysis) -> str:
    """The lifter's side nearest the camera."""
    sides = {shot.view.side for shot in analysis.shots if shot.analysed}
    return "filmed from both sides" if len(sides) > 1 else f"{analysis.view.side} side to the camera"


def shots_analysed(analysis: Analysis) -> str | None:
    """The analysed shots of an edited clip, with their coverage; None for a single shot."""
    if len(analysis.shots) < 2:
        return None
    own = [shot for shot in analysis.shots if shot.analysed]
    numbers = listed([str(shot.number) for shot in own])
    spans = ", ".join(span(shot.start_s, shot.end_s) for shot in own)
    whose = "its" if len(own) == 1 else "their"
    return (
        f"shot{'s' * (len(own) != 1)} {numbers} of {len(analysis.shots)} analysed ({spans}),"
        f" lifter seen in {percent(analysis.coverage)} of {whose} frames"
    )


def shot_in_words(shot: ShotSummary) -> str:
    """The reps of a shot, or the reason why there are none."""
    if shot.analysed:
        return f"{shot.reps} rep{'s' * (shot.reps != 1)}"
    return f"not analysed: {shot.reason}" if shot.reason else "not analysed"


def damage_in_words(analysis: Analysis) -> str | None:
    """Extent and effect of damage to the file; None without any."""
    clip = analysis.clip
    if not clip.damaged:
        return None
    lost = f"{clip.lost_frames} of its {clip.frames} pictures cannot be read" if clip.lost_frames else "pictures are broken"
    spans = [span(part.start_s, part.end_s) for part in clip.damaged if part.end_s > part.start_s]
    more = f" and {len(spans) - MOST_SPANS} more" if len(spans) > MOST_SPANS else ""
    stretches = ", ".join(spans[:MOST_SPANS]) + more
    where = f", and {stretches} cannot be trusted: reps there are counted and not judged" if spans else ""
    return f"the file is damaged: {lost}{where}. Copy the clip again from where it was filmed"


def file_in_words(analysis: Analysis) -> list[str]:
    """Problems of the file, one sentence each without full stop."""
    turned = "the clip was filmed upside down and its file does not say so: it was turned over" * analysis.clip.turned_over
    said = [damage_in_words(analysis), turned]
    return [f"{sentence[:1].upper()}{sentence[1:]}" for sentence in said if sentence]


def listed(words: list[str]) -> str:
    """A list of words with commas and "and"."""
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1] if words else "") if part)


def _noun(name: str) -> str:
    try:
        return exercise_named(name).noun
    except UsageError:  # of another version
        return name.replace("_", " ")

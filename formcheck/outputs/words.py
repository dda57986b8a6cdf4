"""What is said of a set, in the same words in terminal, page, video, phone and Python: its verdict and the one cue, findings,
what was not judged, how to film next time, exercise, view and file.

What a rule says of a lifter is in the exercise's file (`formcheck.lifts.exercises`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from formcheck.errors import OptionName, UsageError
from formcheck.lifts.registry import exercise_named
from formcheck.motion.body import SIDE_VIEW_QUALITY
from formcheck.options import EXERCISE, LEG
from formcheck.outputs.shown import exercise_title, rule_title
from formcheck.results.analysis import (
    LOW_COVERAGE,
    Analysis,
    Finding,
    JudgedRep,
    NotJudged,
    PerformedExercise,
    ReasonCode,
    Severity,
    ShotSummary,
    SourceClip,
)
from formcheck.units import count_of

#: Most damaged stretches that are listed individually.
MOST_SPANS = 4


def as_sentence(text: str) -> str:
    """A text with a capital and a full stop."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


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


def set_of_sets(analysis: Analysis) -> str | None:
    """Which of several sets of the clip this is, and when; None for a clip of one set."""
    if not analysis.sets:
        return None
    own = analysis.sets[analysis.set_number - 1]
    return f"set {own.number} of {len(analysis.sets)} in this clip, {span(own.first_s, own.last_s)}"


def other_sets(analysis: Analysis) -> list[tuple[str, str]]:
    """The other sets of the clip: the folder of each as this set's folder names it, and how it went."""
    found = []
    for one in analysis.sets:
        if one.number != analysis.set_number:
            place = "" if one.number == 1 else f"set-{one.number}/"
            title = exercise_title(PerformedExercise(one.exercise, one.exercise, "auto", 1.0, variant=one.variant))
            how = f"set {one.number}: {title}, {span(one.first_s, one.last_s)}, {one.clean_reps} of {one.reps} reps clean"
            found.append((place if analysis.set_number == 1 else f"../{place}", how))
    return found


def not_judged_reps(analysis: Analysis) -> int:
    """Number of reps that were not judged, because a core rule could not be."""
    return sum(rep.verdict == "not_judged" for rep in analysis.reps)


def outcome(analysis: Analysis) -> str:
    """The outcome of the set: "3 of 5 reps clean, 2 not judged"."""
    summary, unknown = analysis.summary, not_judged_reps(analysis)
    text = f"{summary.clean_reps} of {count_of(summary.reps, 'rep')} clean"
    return f"{text}, {unknown} not judged" if unknown else text


def set_in_words(analysis: Analysis) -> str:
    """The verdict of the whole set: "None of the 3 reps was clean: not deep enough in all 3 reps.".

    Where everything found is borderline, it is said more softly: "Possible faults: too deep in 4 of 5 reps.". Reps
    that could not be judged follow.
    """
    reps, clean = analysis.summary.reps, analysis.summary.clean_reps
    unknown = [rep.index for rep in analysis.reps if rep.verdict == "not_judged"]
    if reps and len(unknown) == reps:
        return "The one rep could not be judged." if reps == 1 else f"{_none_of(reps)} could be judged."
    faults, close = (_found_in_reps(analysis, severity) for severity in ("fault", "borderline"))
    possible = SEVERITIES["borderline"] + "s" * (sum(finding.severity == "borderline" for finding in analysis.findings) > 1)
    if close and not faults and not clean:
        text = f"{possible.capitalize()}{' in the one rep' * (reps == 1)}: {close}"
    else:
        if reps == 1:
            text = f"The one rep was {'clean' if clean else 'not clean'}"
        elif clean == reps:
            text = "Both reps were clean" if reps == 2 else f"All {reps} reps were clean"
        elif clean == 0:
            text = f"{_none_of(reps)} was clean"
        else:
            text = f"{clean} of {reps} reps {'was' if clean == 1 else 'were'} clean"
        text += f"{'; ' if clean else ': '}{faults}" * bool(faults) + f"; {possible}: {close}" * bool(close)
    missing = rep_numbers(unknown)
    return f"{text}. {missing[:1].upper()}{missing[1:]} could not be judged." if unknown else f"{text}."


def _found_in_reps(analysis: Analysis, severity: Severity) -> str:
    """What was found, and in how many reps: "too deep in all 5 reps"; no numbers of a single rep."""
    parts: list[str] = []
    for group in grouped(analysis.findings):
        if own := {finding.rep for finding in group if finding.severity == severity}:
            title = rule_title(analysis.exercise.name, group[0].rule).lower()
            parts.append(title if analysis.summary.reps == 1 else f"{title} in {_share(len(own), analysis.summary.reps)}")
    return ", ".join(parts)


def _share(number: int, reps: int) -> str:
    if number < reps:
        return f"{number} of {reps} reps"
    return "both reps" if reps == 2 else f"all {reps} reps"


def _none_of(reps: int) -> str:
    return "Neither rep" if reps == 2 else f"None of the {reps} reps"


#: What each verdict and each kind of finding is called.
SEVERITIES: dict[Severity, str] = {"fault": "fault", "borderline": "possible fault", "info": "note"}
VERDICTS: dict[str, str] = {
    "clean": "clean", "fault": "fault", "borderline": SEVERITIES["borderline"], "not_judged": "not judged",
}  # fmt: skip
_GRAVEST: tuple[Severity, ...] = ("fault", "borderline", "info")


def gravity(finding: Finding) -> tuple[float, float, float]:
    """Sort key for findings of a rule: faults first, then by confidence, then by distance from the limit."""
    beyond = abs(finding.value - finding.limit) / max(abs(finding.limit), 1e-6)
    return (_GRAVEST.index(finding.severity), -finding.confidence, -beyond)


def grouped(findings: Iterable[Finding]) -> list[list[Finding]]:
    """The findings of each rule, the worst first. What to change first leads: faults, then what is borderline, then notes;
    among equals, what happened in most reps."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.rule, []).append(finding)
    for group in groups.values():
        group.sort(key=lambda finding: (*gravity(finding), finding.time_s))

    def urgency(group: list[Finding]) -> tuple[int, int]:
        worst = group[0].severity
        return _GRAVEST.index(worst), -sum(finding.severity == worst for finding in group)

    return sorted(groups.values(), key=urgency)


def key_finding(analysis: Analysis) -> Finding | None:
    """The worst moment of what to change first; None where nothing was found."""
    groups = grouped(analysis.findings)
    return groups[0][0] if groups else None


def faults_in_words(rep: JudgedRep, exercise: str, findings: Iterable[Finding]) -> list[tuple[Severity, str]]:
    """What was found in a rep: ("fault", "not deep enough, heels lift"), then what is borderline. Notes are not among it."""
    own = [finding for finding in findings if finding.rep == rep.index]
    said: list[tuple[Severity, str]] = []
    for severity in _GRAVEST[:2]:
        rules = dict.fromkeys(finding.rule for finding in own if finding.severity == severity)
        if rules:
            said.append((severity, ", ".join(rule_title(exercise, rule).lower() for rule in rules)))
    return said


def rep_numbers(numbers: Iterable[int]) -> str:
    """Reps by their numbers: "rep 2", "reps 1 to 4 and 6"."""
    return _numbered("rep", numbers)


def _numbered(what: str, numbers: Iterable[int]) -> str:
    ordered = sorted(set(numbers))
    runs = [[number for _, number in run] for _, run in groupby(enumerate(ordered), key=lambda pair: pair[1] - pair[0])]
    parts: list[str] = []
    for run in runs:
        parts += [f"{run[0]} to {run[-1]}"] if len(run) > 2 else [str(number) for number in run]
    return f"{what}{'s' * (len(ordered) != 1)} {listed(parts)}"


def oblique(analysis: Analysis, shot: int = 0) -> bool:
    """Whether the camera stood too far off the side for angles to be judged: in any analysed shot, or in that one."""
    gaps = any(gap.code == "oblique_view" for gap in analysis.not_judged)
    if not analysis.shots:
        return gaps
    own = [one for one in analysis.shots if one.analysed and shot in (0, one.number)]
    return any(one.view.quality < SIDE_VIEW_QUALITY for one in own)


def range_in_words(analysis: Analysis, rep: JudgedRep) -> str:
    """The travel of the main angle; "~79°" where the camera stood too far off the side to trust it."""
    return f"{'~' * oblique(analysis, rep.shot)}{rep.range_deg:.0f}°"


#: What is said of a set that was filmed from too far off the side.
FILM_FROM_THE_SIDE = "Not judged: film from the side"


@dataclass(frozen=True)
class Unjudged:
    """What could not be judged for one reason: the rules' headings, each with the reps where those are not all."""

    reason: str
    rules: tuple[str, ...]


def unjudged(analysis: Analysis) -> list[Unjudged]:
    """What could not be judged: each reason once, with the rules and reps. Rules that are switched off are not among it."""
    reasons: dict[str, dict[str, list[int | None]]] = {}
    for entry in analysis.not_judged:
        if entry.code not in ("switched_off", "refused"):
            reasons.setdefault(entry.reason, {}).setdefault(entry.rule, []).append(entry.rep)
    return [
        Unjudged(reason, tuple(_in_reps(analysis, rule, numbers) for rule, numbers in rules.items()))
        for reason, rules in reasons.items()
    ]


def _in_reps(analysis: Analysis, rule: str, numbers: Sequence[int | None]) -> str:
    title = rule_title(analysis.exercise.name, rule).lower()
    known = [number for number in numbers if number is not None]
    return title if len(known) < len(numbers) else f"{title} ({rep_numbers(known)})"


def switched_off(analysis: Analysis) -> str | None:
    """Which rules are off and why, as one sentence without its full stop; None where all are on."""
    reasons: dict[str, list[str]] = {}
    for entry in analysis.not_judged:
        if entry.code == "switched_off":
            reasons.setdefault(entry.reason, []).append(f'"{rule_title(analysis.exercise.name, entry.rule)}"')
    said = [f"{listed(rules)} {'is' if len(rules) == 1 else 'are'} {reason}" for reason, rules in reasons.items()]
    return "; ".join(said) or None


def said_by_people(analysis: Analysis) -> list[str]:
    """What a person said of the findings, a sentence each: 'rep 2: "heels lift" is not a fault (the camera stood low)'."""
    return [
        f'rep {entry.rep}: "{rule_title(analysis.exercise.name, entry.rule).lower()}" is not a fault ({entry.reason})'
        for entry in analysis.not_judged
        if entry.code == "refused"
    ]


def missing_rules(analysis: Analysis, rep: JudgedRep) -> str:
    """The rules that this rep lacks to be called clean: "back rounds, load drifts forward". Empty where it lacks none, or what
    the whole set lacks."""
    if rep.verdict != "not_judged":
        return ""
    try:
        core = exercise_named(analysis.exercise.name).core
    except UsageError:  # of another version
        return ""
    gaps = {gap.rule for gap in analysis.not_judged if gap.rep in (None, rep.index) and _counts(gap)}
    missing = [rule for rule in core if rule in gaps]
    if missing and all(gap.rep is None for gap in analysis.not_judged if gap.rule in missing):
        return ""
    named = ", ".join(rule_title(analysis.exercise.name, rule).lower() for rule in missing)
    return named or rep.not_judged_because or ""


def _counts(gap: NotJudged) -> bool:
    return gap.code not in ("not_applicable", "switched_off", "refused")


#: How a value is said: its factor, its unit and its decimals.
_SAID = {
    "deg": (1, "°", 0), "%leg": (1, " % of leg length", 0), "%set": (1, " % of your other reps", 0), "m": (100, " cm", 0),
    "trunk": (100, " % of trunk length", 0), "percent": (1, " %", 1), "s": (1, " s", 1),
}  # fmt: skip


def amount(value: float, unit: str, more_digits: int = 0) -> str:
    """A value with its unit for people."""
    factor, name, digits = _SAID.get(unit, (1, f" {unit}", 1))
    return f"{factor * value:.{digits + more_digits}f}{name}"


def measured(finding: Finding) -> str:
    """The value, with enough digits to differ from the limit; without a sign if the limit is 0."""
    value = abs(finding.value) if finding.limit == 0 else finding.value
    texts = [amount(value, finding.unit, more) for more in (0, 1, 2)]
    limits = [amount(finding.limit, finding.unit, more) for more in (0, 1, 2)]
    return next((text for text, limit in zip(texts, limits, strict=True) if text != limit), texts[-1])


def accepted(finding: Finding) -> str | None:
    """The accepted range: "70° or more is fine"; None if the limit is 0."""
    return None if finding.limit == 0 else _fine(finding, amount(finding.limit, finding.unit))


def _fine(finding: Finding, limit: str) -> str:
    return f"{limit} or {'more' if finding.value < finding.limit else 'less'} is fine"


def beside_limit(finding: Finding) -> str:
    """What was measured beside what is accepted, for a picture: "46° (70° or more is fine)"."""
    if finding.limit == 0:
        return measured(finding)
    limit = amount(finding.limit, finding.unit).partition(" of ")[0]  # of what stands at the value
    return f"{measured(finding)} ({_fine(finding, limit)})"


# What to change first, and how to film the next set so that more of it can be judged.

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
        where = f": this time it stood about {abs(yaw):.0f}° off" if yaw is not None else ""
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


# Exercise, view and file.

#: Where a sentence stands: it says how to correct formcheck there. A page has a place for that.
Where = Literal["terminal", "python", "page"]
#: With less confidence than this an exercise is not called recognised.
UNSURE = 0.5


def leg_in_words(facts: PerformedExercise, where: Where = "terminal") -> str | None:
    """The leg in front, or that it is unknown, and how to name it; None if both work."""
    if facts.working_leg_told:
        return f"{facts.working_leg} leg in front" if facts.working_leg else None
    return f"can't tell which leg is in front{_named_with(LEG, where)}"


def recognition(facts: PerformedExercise, where: Where = "terminal") -> str:
    """Whether the exercise was recognised or given, its confidence, the runner-up, and how to correct it."""
    if facts.source == "user":
        return "exercise named by you"
    other = "" if facts.runner_up is None else _noun(facts.runner_up)
    sure = "" if facts.runner_up_confidence is None else f" ({percent(facts.runner_up_confidence)})"
    if facts.confidence < UNSURE:
        text = f"not sure which exercise: {_noun(facts.name)} ({percent(facts.confidence)})"
        text += f" or {other}{sure}" * bool(other)
    else:
        text = f"exercise recognised, {percent(facts.confidence)} sure"
        if not other:
            return text
        text += f"; it may also be {'an' if other[0] in 'aeiou' else 'a'} {other}{sure}"
    return text + _named_with(EXERCISE, where)


def _named_with(option: OptionName, where: Where) -> str:
    return "" if where == "page" else f"; name it with {option.argument if where == 'python' else option.option}"


def side_in_words(analysis: Analysis) -> str:
    """The lifter's side nearest the camera."""
    sides = {shot.view.side for shot in analysis.shots if shot.analysed}
    return "filmed from both sides" if len(sides) > 1 else f"{analysis.view.side} side to the camera"


def shots_analysed(analysis: Analysis) -> str | None:
    """The analysed shots of an edited clip, with their times if they are few, and their coverage; None for a single shot."""
    if len(analysis.shots) < 2:
        return None
    own = [shot for shot in analysis.shots if shot.analysed]
    spans = ", ".join(span(shot.start_s, shot.end_s) for shot in own)
    when = f" ({spans})" if len(own) <= MOST_SPANS else ""
    whose = "its" if len(own) == 1 else "their"
    return (
        f"{_numbered('shot', [shot.number for shot in own])} of {len(analysis.shots)} analysed{when},"
        f" lifter seen in {percent(analysis.coverage)} of {whose} frames"
    )


def shot_in_words(shot: ShotSummary) -> str:
    """The reps of a shot, or the reason why there are none."""
    if shot.analysed:
        return count_of(shot.reps, "rep")
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
    where = f", and {stretches} cannot be trusted: reps there are counted but not judged" if spans else ""
    return f"the file is damaged: {lost}{where}. Copy the clip again from where it was filmed"


def file_in_words(analysis: Analysis, where: Where = "terminal") -> list[str]:
    """Problems of the file, one sentence each without full stop."""
    turned = "the clip was filmed upside down, so it was turned over" * analysis.clip.turned_over
    doubt = analysis.clip.speed_doubt
    if doubt is not None and where == "page":  # which has no options
        doubt = doubt.partition("; if it is slow motion")[0]
    speed = "" if doubt is None else f"tempo is not judged, as the clip may not play at real speed: {doubt}"
    said = [damage_in_words(analysis), turned, speed]
    return [f"{sentence[:1].upper()}{sentence[1:]}" for sentence in said if sentence]


def listed(words: list[str]) -> str:
    """A list of words with commas and "and"."""
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1] if words else "") if part)


def _noun(name: str) -> str:
    try:
        return exercise_named(name).noun
    except UsageError:  # of another version
        return name.replace("_", " ")

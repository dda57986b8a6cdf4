"""From observations to findings: what is a fault, what is borderline, how sure it is, and what could not be judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from formcheck.errors import UsageError
from formcheck.lifts.exercise import Exercise, NotAssessable, Observation, Rule, Shot
from formcheck.lifts.limits import Limit
from formcheck.lifts.registry import exercises
from formcheck.options import OPTIONS, JudgingOptions
from formcheck.pose.skeleton import SIDES
from formcheck.results.analysis import MOST_SURE, Finding, NotJudged, RepVerdict
from formcheck.results.corrections import NOTHING, Corrections
from formcheck.results.rep import Rep

#: A fault is said only when it is at least this sure; less is borderline.
SURE = 0.75
#: An observation whose own error is larger than this many borderline bands says nothing.
TOO_UNSURE = 3.0

#: An observation with an error of more borderline bands than this is no pass when it is that likely to be a fault.
UNSURE_PASS, LIKELY = 1.5, 0.45


@dataclass(frozen=True)
class Verdict:
    """What a rep is called; of one that is not judged, which core rules are missing and why, in words (else None)."""

    name: RepVerdict
    because: str | None


@dataclass(frozen=True)
class Judged:
    """The outcome of all rules on all reps."""

    findings: tuple[Finding, ...]
    not_judged: tuple[NotJudged, ...]
    verdicts: dict[int, Verdict]


def skipped_rules(options: JudgingOptions) -> tuple[str, ...]:
    """The rules that the user does not want to be judged.

    Raises:
        UsageError: there is no rule of that name.
    """
    wanted = tuple(name for name in options.skip.replace(",", " ").replace("-", "_").split())
    known = {rule.id for exercise in exercises() for rule in exercise.rules}
    for name in wanted:
        if name not in known:
            skip = OPTIONS["skip"].name
            raise UsageError(f"{skip} expects rules such as torso_upright but got {name!r}; see `formcheck rules`.", skip)
    return wanted


def rules_off(exercise: Exercise, limits: Mapping[str, Limit], options: JudgingOptions) -> dict[str, str]:
    """The rules that are not to be judged, each with the reason."""
    skipped, beside = skipped_rules(options), exercise.beside_goal.get(options.goal, ())
    found: dict[str, str] = {}
    for rule in exercise.rules:
        if rule.id in beside:
            found[rule.id] = f"switched off, because your goal is the {options.goal}"
        elif rule.id in skipped or all(limits[name].off for name in rule.limit_names):
            found[rule.id] = "switched off"
    return found


def judge_set(
    exercise: Exercise, takes: Sequence[Shot], limits: dict[str, Limit], frame_at: Callable[[float], int],
    off: Mapping[str, str] | None = None, speed_doubt: str | None = None, said: Corrections = NOTHING,
) -> Judged:  # fmt: skip
    """Apply every rule of the exercise to every rep of every take; `frame_at` numbers the clip's frame at a time.

    A rule that can be judged in no rep is reported once, with its most frequent reason, not once a rep. Those in `off` are
    not judged, for the reason there (see `rules_off`); nor are those about seconds where `speed_doubt` says why the lifter's
    own speed is not known. What a person `said` of a finding stands in its place.
    """
    findings: list[Finding] = []
    not_judged: list[NotJudged] = []
    reps = [(lift, rep) for lift in takes for rep in lift.reps]
    for rule in exercise.rules:
        if off and rule.id in off:
            not_judged.append(NotJudged(rule.id, None, off[rule.id], "switched_off"))
            continue
        if speed_doubt is not None and any(limits[name].unit == "s" for name in rule.limit_names):
            not_judged.append(NotJudged(rule.id, None, "the clip may not play at the lifter's own speed", "unknown_speed"))
            continue
        outcomes = {rep.index: _judge_rep(rule, lift, rep, limits, frame_at) for lift, rep in reps}
        unseen = {index: out for index, out in outcomes.items() if isinstance(out, NotAssessable)}
        if len(unseen) == len(outcomes):
            common = Counter(unseen.values()).most_common(1)[0][0]
            not_judged.append(NotJudged(rule.id, None, common.reason, common.code))
        else:
            not_judged += [NotJudged(rule.id, index, why.reason, why.code) for index, why in unseen.items()]
        for lift_rep in reps:
            out = outcomes[lift_rep[1].index]
            if isinstance(out, Finding):
                refused = said.refuses(rule.id, lift_rep[1].start_s, lift_rep[1].end_s)
                if refused is None:
                    findings.append(out)
                else:
                    not_judged.append(NotJudged(rule.id, out.rep, refused.because or "no reason given", "refused"))
    findings.sort(key=lambda finding: (finding.time_s, finding.rule))
    verdicts = {rep.index: _verdict(exercise, lift, rep, findings, not_judged) for lift, rep in reps}
    return Judged(tuple(findings), tuple(not_judged), verdicts)


def _judge_rep(
    rule: Rule, lift: Shot, rep: Rep, limits: dict[str, Limit], frame_at: Callable[[float], int]
) -> Finding | NotAssessable | None:
    """A finding, None for a pass, or why it cannot be judged."""
    if rule.skips and lift.variant in rule.skips:
        return NotAssessable(rule.skips[lift.variant], "not_applicable")
    if lift.in_damage(rep):
        return NotAssessable("the file is damaged here", "damaged_file")
    if rule.place == rep.turn_place and not rep.turn_shown:
        return NotAssessable(f"the clip does not show the {rep.turn_place} of this rep", "cut_off")
    body = lift.motion.body
    lacking = [name for name in rule.needs if not any(np.isfinite(body.point(name, side)).any() for side in SIDES)]
    if lacking:
        return NotAssessable(f"the pose model gives no point of the {' and the '.join(lacking)}", "no_keypoint")
    view = body.view
    if rule.needs_side_view and not view.side_on:
        turned = f" (the camera is about {abs(view.yaw_deg):.0f} degrees off)" if np.isfinite(view.yaw_deg) else ""
        return NotAssessable(f"film from the side{turned}", "oblique_view")
    seen = rule.judge(lift, rep, limits)
    if isinstance(seen, NotAssessable):
        return seen
    if not np.isfinite(seen.measured.value):
        return NotAssessable("the joints it needs are hidden in this rep", "hidden")
    if np.isfinite(seen.measured.sd) and seen.limit.borderline > 0 and seen.measured.sd > TOO_UNSURE * seen.limit.borderline:
        return NotAssessable("the joints it needs can't be seen well enough in this rep", "too_unsure")
    if seen.beyond <= 0 and seen.measured.sd > UNSURE_PASS * seen.limit.borderline and seen.certainty > LIKELY:
        return NotAssessable("too close to call in this clip", "too_unsure")
    return _finding(rule, rep, seen, frame_at)


def _finding(rule: Rule, rep: Rep, seen: Observation, frame_at: Callable[[float], int]) -> Finding | None:
    if seen.beyond <= 0:
        return None
    confidence = min(seen.certainty, MOST_SURE)
    sure = seen.beyond > seen.limit.borderline and confidence >= SURE
    time_s = round(seen.measured.time_s, 3)
    return Finding(
        rule=rule.id,
        severity="info" if rule.informational else "fault" if sure else "borderline",
        rep=rep.index,
        time_s=time_s,
        frame=frame_at(time_s),
        value=round(seen.measured.value, 3),
        limit=seen.limit.value,
        unit=seen.limit.unit,
        confidence=round(confidence, 2),  # the very number that decided
        message=seen.message,
        cue=rule.cue,
    )


def _verdict(
    exercise: Exercise, lift: Shot, rep: Rep, findings: list[Finding], not_judged: list[NotJudged]
) -> Verdict:
    """A rep is clean when every core rule that applies and is on was judged, and none found anything."""
    severities = {finding.severity for finding in findings if finding.rep == rep.index}
    unseen = {
        entry.rule: entry.reason
        for entry in not_judged
        if entry.rep in (None, rep.index) and entry.code not in ("switched_off", "refused")
    }
    missing = [rule for rule in exercise.core if rule in unseen and not exercise.skipped(lift.variant, rule)]
    titles = {rule.id: rule.title.lower() for rule in exercise.rules}
    alike: dict[str, list[str]] = {}
    for rule in missing:
        alike.setdefault(unseen[rule], []).append(titles[rule])
    because = "; ".join(f"{', '.join(rules)}: {reason}" for reason, rules in alike.items()) or None
    if "fault" in severities:
        return Verdict("fault", None)
    if "borderline" in severities:
        return Verdict("borderline", None)
    return Verdict("not_judged", because) if missing else Verdict("clean", None)

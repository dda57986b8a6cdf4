"""From observations to findings: faults, borderline cases, their confidence, and what could not be judged."""

from __future__ import annotations

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

#: Least confidence of a fault; below it a finding is borderline.
SURE = 0.75
#: An observation with an error of more borderline bands than this is not judged, unless a fault is less likely than the
#: second. (Of eight such made-up reps seven were clean. Of four almost certain faults one was clean, so none is accused.)
TOO_UNSURE, CLEAR_ANYWAY = 3.0, 0.1

#: From the side a trunk keeps its length. Where it is longer or shorter than usual by more than this factor, shoulder or hip
#: lies on something else, such as another person.
OTHER_TRUNK = 1.45

#: An observation with an error of more borderline bands than this is not a pass if a fault is at least this likely.
UNSURE_PASS, LIKELY = 1.5, 0.45


@dataclass(frozen=True)
class Verdict:
    """The verdict on a rep; `because` says which core rules could not be judged and why, if it is not judged."""

    name: RepVerdict
    because: str | None


@dataclass(frozen=True)
class Judged:
    """The results of all rules on all reps; `verdicts` by number of the rep."""

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
    exercise: Exercise, shots: Sequence[Shot], limits: dict[str, Limit], frame_at: Callable[[float], int],
    off: Mapping[str, str] | None = None, speed_doubt: str | None = None, said: Corrections = NOTHING,
) -> Judged:  # fmt: skip
    """Apply every rule of the exercise to every rep; `frame_at` returns the clip's frame number at a time.

    A rule that cannot be judged in any rep, for one and the same reason, is reported once. Rules in `off` are not judged,
    for the reason given there (see `rules_off`); with `speed_doubt`, neither are rules about time. Findings that a person
    refused (`said`) are reported as refused.
    """
    findings: list[Finding] = []
    not_judged: list[NotJudged] = []
    reps = [(lift, rep) for lift in shots for rep in lift.reps]
    for rule in exercise.rules:
        if off and rule.id in off:
            not_judged.append(NotJudged(rule.id, None, off[rule.id], "switched_off"))
            continue
        if speed_doubt is not None and any(limits[name].unit == "s" for name in rule.limit_names):
            not_judged.append(NotJudged(rule.id, None, "the clip may not play at real speed", "unknown_speed"))
            continue
        outcomes = {rep.index: _judge_rep(rule, lift, rep, limits, frame_at) for lift, rep in reps}
        unseen = {index: out for index, out in outcomes.items() if isinstance(out, NotAssessable)}
        if len(unseen) == len(outcomes) and len(set(unseen.values())) == 1:
            common = next(iter(unseen.values()))
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
    """A finding, None for a pass, or the reason why the rule cannot be judged."""
    for applies in _BEFORE:
        if reason := applies(rule, lift, rep):
            return reason
    seen = rule.judge(lift, rep, limits)
    if isinstance(seen, NotAssessable):
        return seen
    for certain in _AFTER:
        if reason := certain(seen):
            return reason
    return _finding(rule, rep, seen, frame_at)


def _not_applicable(rule: Rule, lift: Shot, rep: Rep) -> NotAssessable | None:
    return NotAssessable(rule.skips[lift.variant], "not_applicable") if rule.skips and lift.variant in rule.skips else None


def _damaged(rule: Rule, lift: Shot, rep: Rep) -> NotAssessable | None:
    return NotAssessable("the file is damaged here", "damaged_file") if lift.in_damage(rep) else None


def _cut_off(rule: Rule, lift: Shot, rep: Rep) -> NotAssessable | None:
    if rule.place != rep.turn_place or rep.turn_shown:
        return None
    return NotAssessable(f"the clip does not show the {rep.turn_place} of this rep", "cut_off")


def _no_keypoint(rule: Rule, lift: Shot, rep: Rep) -> NotAssessable | None:
    body = lift.motion.body
    lacking = [name for name in rule.needs if not any(np.isfinite(body.point(name, side)).any() for side in SIDES)]
    if not lacking:
        return None
    return NotAssessable(f"the pose model has no point for the {' and the '.join(lacking)}", "no_keypoint")


def _oblique_view(rule: Rule, lift: Shot, rep: Rep) -> NotAssessable | None:
    view = lift.motion.body.view
    if not rule.needs_side_view or view.side_on:
        return None
    turned = f" (the camera is about {abs(view.yaw_deg):.0f} degrees off)" if np.isfinite(view.yaw_deg) else ""
    return NotAssessable(f"film from the side{turned}", "oblique_view")


def _other_trunk(rule: Rule, lift: Shot, rep: Rep) -> NotAssessable | None:
    motion = lift.motion
    shoulder, hip = motion.body.near("shoulder"), motion.body.near("hip")
    length = np.linalg.norm(shoulder - hip, axis=1)
    here = length[rep.at_turn(motion.times) & np.isfinite(length)]
    if not motion.body.view.side_on or len(here) == 0:
        return None
    change = abs(float(np.log(np.median(here) / np.nanmedian(length))))
    if not change > np.log(OTHER_TRUNK):
        return None
    return NotAssessable("your trunk seems to change length in this rep, so some joints must be misplaced", "too_unsure")


def _hidden(seen: Observation) -> NotAssessable | None:
    if np.isfinite(seen.measured.value):
        return None
    return NotAssessable("the joints it needs are hidden in this rep", "hidden")


def _too_unsure(seen: Observation) -> NotAssessable | None:
    sd, band = seen.measured.sd, seen.limit.borderline
    if not (np.isfinite(sd) and band > 0 and sd > TOO_UNSURE * band) or seen.certainty <= CLEAR_ANYWAY:
        return None
    return NotAssessable("the joints it needs can't be seen well enough in this rep", "too_unsure")


def _unsure_pass(seen: Observation) -> NotAssessable | None:
    if seen.beyond > 0 or not seen.measured.sd > UNSURE_PASS * seen.limit.borderline or not seen.certainty > LIKELY:
        return None
    return NotAssessable("too close to call in this clip", "too_unsure")


#: Why a rule cannot be judged in a rep, asked in this order: before it is measured, and of what was measured.
_BEFORE = (_not_applicable, _damaged, _cut_off, _no_keypoint, _oblique_view, _other_trunk)
_AFTER = (_hidden, _too_unsure, _unsure_pass)


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
        confidence=round(confidence, 2),  # the number that decided the severity
        message=seen.message,
        cue=rule.cue,
    )


def _verdict(
    exercise: Exercise, lift: Shot, rep: Rep, findings: list[Finding], not_judged: list[NotJudged]
) -> Verdict:
    """A rep is clean if all core rules that apply and are on were judged and there is no finding."""
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

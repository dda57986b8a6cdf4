"""Comparison with the last set of the same lift."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from formcheck.apps.logbook.entry import Entry, LoggedClip
from formcheck.apps.logbook.today import last_before, since_last
from formcheck.results.analysis import Finding, JudgedRep
from formcheck.units import Load


def rep(index: int, verdict: str) -> JudgedRep:
    return JudgedRep(index, index, index + 0.5, index + 0.6, index + 0.9, 0.5, 0.1, 0.3, 80.0, {}, verdict)  # type: ignore[arg-type]


def fault(rule: str, number: int) -> Finding:
    return Finding(rule, "fault", number, 1.0, 1, 50.0, 65.0, "deg", 0.9, "message", "cue")


def made(day: int, *faults: Finding, leg: str | None = "left", number: int = 0) -> Entry:
    faulty = {finding.rep for finding in faults}
    return Entry(
        id=number or day, exercise="split_squat", filmed_at=datetime(2026, 3, day, 12, tzinfo=UTC), filmed_source="user",
        logged_at=datetime(2026, 3, day, 13, tzinfo=UTC), reps_done=3, load=Load(10.0 + day), leg=leg,  # type: ignore[arg-type]
        reps=tuple(rep(i, "fault" if i in faulty else "clean") for i in (1, 2, 3)), findings=faults,
        clip=LoggedClip(f"{day:064d}", "a.mp4", "a.mp4", "a.formcheck"),
    )  # fmt: skip


def test_faults_go_stay_and_come() -> None:
    before = made(2, fault("torso_upright", 1), fault("short_range", 2))
    now = made(9, fault("short_range", 1), fault("stance_too_narrow", 3))
    first, second = since_last(now, [before, now])
    assert first.startswith("Last time (")
    assert first.endswith("): 1 of 3 clean with 12 kg. Now: 1 of 3 clean with 19 kg.")
    assert second == "Gone: trunk too upright. Still there: not deep enough. New: stance too short."


def test_two_clean_sets_are_said_to_be_so() -> None:
    assert since_last(made(9), [made(2), made(9)])[1] == "No fault then, and none now."


def test_the_last_set_is_of_the_same_lift_leg_and_of_another_clip() -> None:
    now, older, other_leg = made(9), made(2), made(8, leg="right")
    squat = replace(made(7), exercise="goblet_squat")
    same_clip = replace(made(8), clip=now.clip)
    assert last_before(now, [older, other_leg, squat, same_clip, now]) is older
    assert since_last(now, [now, other_leg]) == ()

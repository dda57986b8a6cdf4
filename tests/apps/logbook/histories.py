"""Hand-written sets: a rep is one letter, so that a history can be read at a glance.

"c" clean, "f" fault, "b" borderline, "n" not judged, "t" clean but off tempo.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from formcheck.apps.logbook.entry import Entry, LoggedClip
from formcheck.results.analysis import Finding, JudgedRep, Measure, NotJudged
from formcheck.units import parse_load

MONDAY = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
#: The fault that a letter "f" stands for, and its cue.
FAULTS = {
    "hip_thrust": ("lumbar_arch", "Ribs down: finish with the glutes, not the lower back."),
    "romanian_deadlift": ("bar_drift", "Drag the bar along your thighs."),
    "split_squat": ("torso_upright", "Let your chest travel over the front thigh."),
    "goblet_squat": ("heels_lift", "Keep the whole foot on the floor."),
}
#: Lowering, pause and lifting of a rep at the programme's tempo and off it, seconds.
AT_TEMPO = {
    "hip_thrust": (1.5, 2.2, 1.0), "romanian_deadlift": (3.1, 0.2, 1.1), "split_squat": (2.0, 0.3, 1.0),
    "goblet_squat": (2.0, 0.3, 1.0),
}  # fmt: skip
OFF_TEMPO = (0.8, 0.4, 0.9)
_VERDICTS = {"c": "clean", "t": "clean", "f": "fault", "b": "borderline", "n": "not_judged"}


def a_set(
    reps: str,
    load: str | None = "60kg",
    exercise: str = "hip_thrust",
    *,
    days: float = 0.0,
    minutes: float = 0.0,
    leg: str | None = None,
    range_deg: float = 80.0,
    velocity: float | None = None,
    clip: str | None = None,
    **changes,
) -> Entry:
    """A filmed set: its reps as letters, so many days and minutes after `MONDAY`. Each has a clip of its own unless named."""
    rule, cue = FAULTS[exercise]
    when = MONDAY + timedelta(days=days, minutes=minutes)
    sha = hashlib.sha256(repr(clip or (reps, load, exercise, days, minutes, leg)).encode()).hexdigest()
    found = [
        Finding(rule, "fault" if letter == "f" else "borderline", number, 5.0 * number + 1, 150 * number + 30, 12.0, 8.0,
                "deg", 0.9, "too far", cue)
        for number, letter in enumerate(reps, 1) if letter in "fb"
    ]  # fmt: skip
    gaps = [
        NotJudged(rule, number, "the hip is hidden at the top") for number, letter in enumerate(reps, 1) if letter == "n"
    ]
    values = {
        "id": 0, "exercise": exercise, "filmed_at": when, "filmed_source": "metadata", "logged_at": when,
        "reps_done": len(reps), "load": None if load is None else parse_load(load), "leg": leg,
        "reps": tuple(
            _rep(number, letter, exercise, range_deg, velocity) for number, letter in enumerate(reps, 1)
        ),
        "findings": tuple(found), "not_judged": tuple(gaps),
        "clip": LoggedClip(sha, f"{clip or 'set'}.mp4", f"/clips/{clip or 'set'}.mp4", f"/clips/{clip or 'set'}.formcheck"),
        "side": "left", "software": "formcheck 0, model heavy",
    }  # fmt: skip
    return Entry(**{**values, **changes})


def sets(*reps: str, **given) -> list[Entry]:
    """Several sets of one session, five minutes apart."""
    return [a_set(letters, minutes=5.0 * place, **given) for place, letters in enumerate(reps)]


def paper_set(
    reps: int, load: str | None = "60kg", exercise: str = "hip_thrust", *, days: float = 0.0, minutes: float = 0.0
) -> Entry:
    """A set that nobody filmed."""
    when = MONDAY + timedelta(days=days, minutes=minutes)
    return Entry(0, exercise, when, "user", when, reps, None if load is None else parse_load(load))


def told_sets(told: dict[str, Any]) -> list[Entry]:
    """The sets of a history of `histories.toml`, which says how they are written there."""
    found = []
    for session in told["sessions"]:
        day, _, rest = session.partition(":")
        load, *written = [part.strip() for part in rest.split("|")]
        for place, text in enumerate(written):
            text, _, own = (part.strip() for part in text.partition("@"))
            kind, what, *more = text.split()
            given: dict[str, Any] = {"leg": next((leg for leg in ("left", "right") if leg in more), None)}
            given |= {"rpe": float(more[more.index("rpe") + 1])} if "rpe" in more else {}
            given |= {"warm_up": True} if "warm-up" in more else {}
            when = {"days": float(day), "minutes": 5.0 * place}
            if kind == "film":
                found.append(a_set(what, own or load, told["exercise"], **when, **given))
            else:
                found.append(replace(paper_set(int(what), own or load, told["exercise"], **when), **given))
    return [replace(entry, id=number) for number, entry in enumerate(found, 1)]


def _rep(number: int, letter: str, exercise: str, range_deg: float, velocity: float | None) -> JudgedRep:
    lowering, pause, lifting = OFF_TEMPO if letter == "t" else AT_TEMPO[exercise]
    start = 5.0 * number
    because = "lower back arches: the hip is hidden at the top" if letter == "n" else None
    measures = {} if velocity is None else {"concentric_velocity_mean": Measure(velocity, "m/s", 0.02)}
    return JudgedRep(
        number, start, start + 1, start + 1 + pause, start + 1 + pause + lowering, lowering, pause, lifting, range_deg,
        measures, _VERDICTS[letter], because,
    )  # fmt: skip

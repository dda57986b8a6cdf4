#!/usr/bin/env python
"""Make up a logbook of twelve weeks from the sample clips, to look at lists, pages and `formcheck next`.

    python scripts/made_up_logbook.py made_up.sqlite
    formcheck log --logbook made_up.sqlite
    formcheck next --logbook made_up.sqlite

Nobody lifted any of this. The reps, findings and pictures are those of the project's samples, put together to sets by chance
(with a seed): form is worse with weight close to what the made-up lifter can do and late in a set, better with practice. The
weight of each session is what `formcheck next` says after the one before. Every set says in its notes that it is made up.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from formcheck.apps.logbook.dates import parse_date
from formcheck.apps.logbook.entry import Entry, LoggedClip
from formcheck.apps.logbook.next_set import next_set
from formcheck.apps.logbook.programme import Programme, load_programme
from formcheck.apps.logbook.recording import Finished, entry_of, picture_of
from formcheck.apps.logbook.store import Logbook
from formcheck.apps.logbook.trends import load_onsets
from formcheck.pipeline import analyze_clip
from formcheck.results.analysis import Finding, JudgedRep, Measure, NotJudged
from formcheck.units import Load

NOTE = "made up from the samples"
HIDDEN = "the hip is hidden at the top"
SOFTWARE = "made up by scripts/made_up_logbook.py"
#: The days of a week on which the made-up lifter trains, and the hour.
TRAINING_DAYS, HOUR = (0, 3), 18


@dataclass(frozen=True)
class Template:
    """One analysed sample: reps to choose from, and its picture."""

    entry: Entry
    picture: tuple[bytes, float] | None

    def rep(self, rule: str | None, chance: np.random.Generator) -> tuple[JudgedRep, list[Finding]]:
        """A rep of the sample with its finding of a rule; without one, a rep and no finding."""
        numbers = self.entry.reps_with(rule) if rule else tuple(rep.index for rep in self.entry.reps)
        number = int(chance.choice(numbers))
        rep = next(rep for rep in self.entry.reps if rep.index == number)
        found = [f for f in self.entry.findings if f.rep == number and f.rule == rule and f.severity == "fault"]
        return rep, found[:1]


@dataclass(frozen=True)
class Story:
    """How the made-up lifter does in one exercise.

    `faults` are (sample, rule, weekly factor): one of them is chosen for a faulty rep, with this weight times factor per week
    of practice. `strength` is the load (kg) at which form breaks in the first week; it grows by `growth` a week.
    """

    good: str
    faults: tuple[tuple[str, str, float], ...]
    start: Load
    strength: float
    growth: float
    velocity: float


STORIES = {
    "hip_thrust": Story(
        "hip_thrust_good_f",
        (("hip_thrust_lumbar_arch_m", "lumbar_arch", 1.0), ("hip_thrust_head_back_f", "chin_not_tucked", 0.7)),
        Load(50.0), 54.0, 0.018, 0.62,
    ),
    "romanian_deadlift": Story(
        "rdl_good_m", (("rdl_bar_drift_m", "bar_drift", 0.9), ("rdl_overdepth_f", "overdepth", 0.6)),
        Load(40.0), 43.0, 0.018, 0.5,
    ),
    "split_squat": Story(
        "split_squat_good_m", (("split_squat_upright_f", "torso_upright", 0.9),), Load(12.0), 17.0, 0.03, 0.45
    ),
}  # fmt: skip


def main() -> None:
    """Write the logbook."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logbook", type=Path, help="the new logbook; it must not exist yet")
    parser.add_argument("--samples", type=Path, default=Path(__file__).resolve().parent.parent / "samples")
    parser.add_argument("--analyses", type=Path, help="folder in which the analyses of the samples are kept for the next time")
    parser.add_argument("--until", default=None, help="the day of the last session at the latest; default: yesterday")
    parser.add_argument("--weeks", type=int, default=12)
    parser.add_argument("--seed", type=int, default=2)
    given = parser.parse_args()
    if given.logbook.exists():
        sys.exit(f"{given.logbook} exists; a made-up logbook is only written into a new file.")
    until = datetime.now().astimezone() - timedelta(days=1) if given.until is None else parse_date(given.until, "--until")
    with tempfile.TemporaryDirectory(prefix="formcheck-made-up-") as folder:
        templates = analysed(given.samples, given.analyses or Path(folder))
    with Logbook(given.logbook) as book:
        count = MadeUp(templates, load_programme(), np.random.default_rng(given.seed)).write(book, until, given.weeks)
    print(f"{count} made-up sets in {given.logbook}; look at them with: formcheck log --logbook {given.logbook}")


def analysed(samples: Path, out: Path) -> dict[str, Template]:
    """The samples that the stories need, analysed."""
    names = {name for story in STORIES.values() for name in (story.good, *(fault[0] for fault in story.faults))}
    found = {}
    for name in sorted(names):
        clip, folder = samples / f"{name}.mp4", out / f"{name}.formcheck"
        folder.mkdir(parents=True, exist_ok=True)
        print(f"analysing {clip.name}", flush=True)
        analysis = analyze_clip(clip, folder).analysis
        entry = entry_of(analysis, (datetime.now().astimezone(), "file"), clip, folder)
        found[name] = Template(entry, picture_of(Finished(analysis, clip, folder)))
    return found


class MadeUp:
    """The made-up lifter."""

    def __init__(self, templates: dict[str, Template], programme: Programme, chance: np.random.Generator) -> None:
        self.templates, self.programme, self.chance = templates, programme, chance
        self.told = {
            (name, rule): bool(templates[name].entry.reps_with(rule)) for s in STORIES.values() for name, rule, _ in s.faults
        }
        missing = [f"{rule} in {name}" for (name, rule), found in self.told.items() if not found]
        if missing:
            sys.exit(f"the samples do not show what the story needs: {', '.join(missing)}.")

    def write(self, book: Logbook, until: datetime, weeks: int) -> int:
        """Train for so many weeks; return the number of sets."""
        monday = (until - timedelta(days=until.weekday())).replace(hour=HOUR, minute=0, second=0, microsecond=0)
        sets: list[Entry] = []
        days = [monday - timedelta(weeks=back, days=-day) for back in range(weeks)[::-1] for day in TRAINING_DAYS]
        for number, day in enumerate(day for day in days if day <= until):
            when = day + timedelta(minutes=float(self.chance.integers(-40, 40)))
            for exercise in STORIES:
                session = self.session(exercise, sets, when, number / len(TRAINING_DAYS))
                sets += session
                when = session[-1].filmed_at + timedelta(minutes=6)
        for entry in sets:
            faulty = next(iter(entry.fault_counts), None)
            story = STORIES[entry.exercise]
            shown = next((name for name, rule, _ in story.faults if rule == faulty), story.good)
            book.log(entry, self.templates[shown].picture)
        return len(sets)

    def session(self, exercise: str, before: list[Entry], when: datetime, week: float) -> list[Entry]:
        """One exercise of a session, with the weight and reps that the programme asks for."""
        story, target = STORIES[exercise], self.programme.targets[exercise]
        own = [entry for entry in before if entry.exercise == exercise]
        advice = next_set(own, exercise, self.programme, load_onsets(own))
        load = advice.load or story.start
        low, high = target.reps
        latest = [entry.reps_done for entry in own[-target.sets :]]
        reps = low if advice.decision == "add" or not latest else min(high, max(latest) + 1)
        sets = []
        for number in range(target.sets):
            for leg in ("left", "right") if target.each_leg else (None,):
                sets.append(self.one_set(exercise, load, reps, when, week, number, leg))
                when += timedelta(minutes=2 if leg == "left" else 4)
        return sets

    def one_set(
        self, exercise: str, load: Load, reps: int, when: datetime, week: float, number: int, leg: str | None
    ) -> Entry:
        """A set of so many reps."""
        story, target, chance = STORIES[exercise], self.programme.targets[exercise], self.chance
        strength = story.strength * (1 + story.growth) ** week * (0.97 if leg == "right" else 1.0)
        done: list[JudgedRep] = []
        findings: list[Finding] = []
        obscured = chance.random() < 0.06  # somebody walks through the picture
        gaps: list[NotJudged] = []
        begin = 3.0
        for place in range(1, reps + 1):
            tired = 0.03 * number + 0.1 * (place / reps) ** 3
            beginner = 0.15 * 0.6**week
            faulty = chance.random() < beginner + 1 / (1 + np.exp(-40 * (load.kg / strength + tired - 1.12)))
            hidden = not faulty and obscured and chance.random() < 0.4
            rule, rep, found = None, *self.templates[story.good].rep(None, chance)
            if faulty:
                weights = np.array([factor**week for _, _, factor in story.faults])
                name, rule, _ = story.faults[int(chance.choice(len(weights), p=weights / weights.sum()))]
                rep, found = self.templates[name].rep(rule, chance)
            lower, hold, lift = (
                max(0.1, seconds + float(chance.normal(0, 0.12)))
                for seconds in (target.eccentric_s or 1.6, (target.pause_s + 0.15) or 0.3, target.concentric_s or 1.0)
            )
            speed = story.velocity * (1.6 - load.kg / strength) * (1 - tired) * float(chance.normal(1, 0.03))
            usual = self.templates[story.good].entry.range_deg or rep.range_deg
            end = begin + lower + hold + lift
            done.append(
                replace(
                    rep, index=place, verdict="fault" if faulty else "not_judged" if hidden else "clean",
                    not_judged_because=HIDDEN if hidden else None,
                    start_s=round(begin, 2), turn_s=round(begin + lift, 2), turn_end_s=round(begin + lift + hold, 2),
                    end_s=round(end, 2), eccentric_s=round(lower, 2), pause_s=round(hold, 2), concentric_s=round(lift, 2),
                    range_deg=round(usual * float(chance.normal(1, 0.02)), 1),
                    measures={**rep.measures, "concentric_velocity_mean": Measure(round(speed, 3), "m/s")},
                )
            )
            findings += [replace(f, rep=place, time_s=round(begin + lift, 2)) for f in found if f.rule == rule]
            gaps += [NotJudged("short_range", place, HIDDEN, "hidden")] if hidden else []
            begin = end + 0.5
        name = f"made_up_{exercise}_{when:%Y%m%d_%H%M}.mp4"
        sha = hashlib.sha256(f"{name} {leg}".encode()).hexdigest()
        template = self.templates[story.good].entry
        return replace(
            template, filmed_at=when.replace(microsecond=0), filmed_source="metadata", logged_at=when.replace(microsecond=0),
            reps_done=reps, reps=tuple(done), findings=tuple(findings), not_judged=tuple(gaps), load=load, leg=leg, notes=NOTE,
            clip=LoggedClip(sha, name, name, f"{name[:-4]}.formcheck"), software=SOFTWARE,
        )  # fmt: skip


if __name__ == "__main__":
    main()

"""Replays clips as the camera of a live session, and compares what would have been said with the final analysis.

    python scripts/replay_live.py ../shared/clips --analyses DIR --model full --look-ms 35
    python scripts/replay_live.py ../shared/clips --analyses DIR --model full --write docs/SERVE.md
    python scripts/replay_live.py ../shared/clips --analyses DIR --model heavy --longest 6 --write docs/SERVE.md

A clip is read in order, and its time is counted, not waited for: a look takes `--look-ms`, counting and judging take the
processor time that they take here, and the frames that come meanwhile go by unseen, as in a live session. `--cache` keeps the
looks, so that another replay needs no pose model. The final analyses are those that `scripts/evaluate.py --out` kept.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from formcheck.apps.live.coach import Coach, Cue, RepDone, Said
from formcheck.apps.live.look import LARGEST_PX, Look, look_in
from formcheck.apps.live.session import MOST_LOOKS_HZ, STEP_EVERY_S
from formcheck.apps.live.watcher import Part, Watcher
from formcheck.errors import ClipError
from formcheck.options import AUTO, JudgingOptions, ReadingOptions
from formcheck.pose.back import with_back
from formcheck.pose.detection import checked_detections
from formcheck.pose.model import PoseModel
from formcheck.pose.registry import find_model
from formcheck.pose.worker import detect_with_margin
from formcheck.results.analysis import Analysis
from formcheck.results.encoding import read_analysis
from formcheck.runtime import messages
from formcheck.runtime.files import ANALYSIS
from formcheck.video.reader import open_clip

#: Time of a picture from the camera to the model, seconds: encoding, a local network, decoding.
ON_ITS_WAY_S = 0.03
#: Quality of the pictures, as in the page.
JPEG_QUALITY = 80
#: A live rep and a rep of the analysis are the same if they share this much of the shorter one.
SAME_REP = 0.5
#: A rep that ends this shortly before its clip can't be said before the camera stops, seconds.
TOO_LATE_S = 0.6
#: The table in the docs stands between these lines.
BEGIN, END = "<!-- live replay: scripts/replay_live.py --write -->", "<!-- end of live replay -->"


class Looker:
    """Looks at a clip's pictures as a live session's pose worker does, in this process.

    The looks are kept in a file by clip, so that a replay that looks at the same frames opens neither clip nor model.
    """

    def __init__(self, model: PoseModel, cache: Path | None) -> None:
        self.model, self._cache = model, cache
        self._detector = None
        self._clip: Path | None = None
        self._pictures: Iterator[np.ndarray] = iter(())
        self._next = 0
        self._known: dict[str, Any] = {}
        self._new = False
        #: Processor time of every look that was not in the cache, seconds.
        self.spent_s: list[float] = []

    @property
    def _file(self) -> Path | None:
        return None if self._cache is None else self._cache / f"{self._clip.stem}.{self.model.name}.looks"

    def begin(self, clip: Path) -> list[float]:
        """Begin with a clip; the times of its frames."""
        self._clip, self._known, self._new = clip, {}, False
        self._pictures, self._next = _pictures(clip), 0
        if self._file is not None and self._file.is_file():
            with self._file.open("rb") as stream:
                self._known = messages.receive(stream)
        if "times" not in self._known:
            with open_clip(clip, ReadingOptions()) as reader:
                times = reader.frame_times()
                known = [frame.time_s for frame in reader.frames()] if times is None else times.tolist()
            self._known["times"], self._new = known, True
        return self._known["times"]

    def look(self, frame: int, time_s: float, part: Part | None) -> Look:
        """The look at a frame, in order."""
        key = f"{frame} {part}"
        if key not in self._known:
            while self._next <= frame:
                picture, self._next = next(self._pictures), self._next + 1
            jpeg = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
            if self._detector is None:
                self._detector = self.model.load()
            begun = time.process_time()
            self._known[key] = look_in(jpeg.tobytes(), time_s, part, self._detect)
            self.spent_s.append(time.process_time() - begun)
            self._new = True
        return self._known[key]

    def end(self) -> None:
        """Keep the looks of the clip."""
        if self._file is not None and self._new:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            partial = self._file.with_suffix(".part")
            with partial.open("wb") as stream:
                messages.send(stream, messages.packed(self._known))
            partial.rename(self._file)

    def _detect(self, picture, people):
        def detect_one(shown):
            return checked_detections(self._detector.detect(shown, people, True))

        found = detect_with_margin(np.ascontiguousarray(picture), detect_one)
        return [with_back(picture, person) for person in found] if self.model.calibration.reads_back else found


@dataclass
class Replay:
    """What a live session said of a clip, at which of its seconds; `at_the_end`: so many cues when the set was over."""

    said: Said
    reps: list[tuple[float, RepDone]] = field(default_factory=list)
    cues: list[tuple[float, Cue]] = field(default_factory=list)
    at_the_end: int = 0
    looks: int = 0
    seconds: float = 0.0
    ends_s: float = 0.0
    steps_s: list[float] = field(default_factory=list)


def replay(clip: Path, looker: Looker, look_s: float, every_s: float, exercise: str = AUTO) -> Replay:
    """Play a clip to the coach: a look takes `look_s`, and there is one every `every_s` seconds at most."""
    times = looker.begin(clip)
    if not times:
        raise ClipError(f"{clip.name} has no frames.")
    watcher, coach = Watcher(), Coach(looker.model, times[0], JudgingOptions(exercise=exercise))
    done = Replay(coach.finish()[1], seconds=times[-1] - times[0], ends_s=times[-1])
    worker_free = engine_free = arrived = stepped = float("-inf")
    waiting = False

    def step() -> None:
        nonlocal engine_free, waiting, stepped
        stepped = max(engine_free, stepped + STEP_EVERY_S, arrived)
        begun = time.process_time()
        events = coach.step()
        spent = time.process_time() - begun
        engine_free = stepped + spent
        waiting = False
        done.steps_s.append(spent)
        done.reps += [(engine_free, event) for event in events if isinstance(event, RepDone)]
        done.cues += [(engine_free, event) for event in events if isinstance(event, Cue)]

    for frame, (time_s, until_s) in enumerate(pairwise([*times, times[-1] + 0.1])):
        begins = max(time_s + ON_ITS_WAY_S, worker_free)
        if begins >= until_s + ON_ITS_WAY_S:
            continue  # a newer picture is there by then
        answered = begins + look_s
        worker_free = max(answered, begins + every_s)
        while waiting and max(engine_free, stepped + STEP_EVERY_S, arrived) < answered:
            step()
        look = looker.look(frame, time_s, watcher.part(time_s, in_set=True))
        coach.add(watcher.take(look), look.width, look.height)
        arrived, waiting = answered, True
        done.looks += 1
    for _ in range(3):  # the clip's last picture stays before the camera for a moment
        step()
    looker.end()
    events, done.said = coach.finish()
    done.cues += [(engine_free, event) for event in events if isinstance(event, Cue)]
    done.at_the_end = len(events)
    return done


def _pictures(clip: Path) -> Iterator[np.ndarray]:
    """The small picture of every frame."""
    with open_clip(clip, ReadingOptions()) as reader:
        for frame in reader.frames():
            yield frame.whole(LARGEST_PX).picture


# Compared with the analysis.


@dataclass(frozen=True)
class Compared:
    """A clip: counts, delays of the reps that both have (seconds), cues, and faults of the analysis.

    `final_in_time`: reps of the analysis that end before the camera stops. `said_in_time`: those of them that were said.
    `kinds`: rules that a set of the analysis has as a fault, by set. Delays are those of sets that both take for the same
    exercise: a deadlift from the floor ends where a Romanian one is half done.
    `checked`: it is of the half of the clips on which nothing was chosen (by a hash of its name, as in `evaluate.py --half`).
    """

    name: str
    side_view: bool
    recognised: bool
    live: int
    final: int
    final_in_time: int
    said_in_time: int
    said_aloud: int
    delays: tuple[float, ...]
    cues: int
    cues_at_the_end: int
    unconfirmed: tuple[str, ...]
    faulty: int
    faulty_said: int
    kinds: int
    kinds_said: int
    looks_per_s: float
    step_ms: float
    step_p95_ms: float

    @property
    def checked(self) -> bool:
        return bool(hashlib.sha256(Path(self.name).stem.encode()).digest()[0] % 2)

    def line(self) -> str:
        mark = "" if self.live == self.final else "  <-- COUNT"
        wrong = f"  unconfirmed: {', '.join(self.unconfirmed)}" if self.unconfirmed else ""
        return (
            f"{self.name:58} {'side' if self.side_view else 'oblique':8} live {self.live:2} final {self.final:2}"
            f"  cues {self.cues}  faulty reps {self.faulty_said}/{self.faulty}  {self.looks_per_s:.1f}/s"
            f"  step {self.step_ms:.0f}/{self.step_p95_ms:.0f} ms{mark}{wrong}"
        )


def compared(name: str, final: list[Analysis], live: Replay) -> Compared:
    """A replay beside the analyses of all sets in the clip."""
    reps = [(analysis, rep) for analysis in final for rep in analysis.reps]
    side = bool(final) and all(abs(analysis.view.yaw_deg or 0.0) < 38 and analysis.view.quality >= 0.5 for analysis in final)

    def same(start_s: float, end_s: float) -> int | None:
        """The row in `reps` of a live rep."""
        return next((row for row, (_, rep) in enumerate(reps) if _overlap(start_s, end_s, rep.start_s, rep.end_s)), None)

    rows = [(said_s, same(said.start_s, said.end_s)) for said_s, said in live.reps]
    in_time = {row for row, (_, rep) in enumerate(reps) if rep.end_s <= live.ends_s - TOO_LATE_S}
    known, faults = [], []
    for analysis, rep in reps:
        own = [finding for finding in analysis.findings if finding.rep == rep.index]
        known.append({finding.rule for finding in own})  # also what is borderline: it is shown to the lifter
        faults.append({finding.rule for finding in own if finding.severity == "fault"})
    confirmed, unconfirmed = [], []
    for _, cue in live.cues:
        row = same(*live.said.reps[cue.rep - 1]) if cue.rep <= len(live.said.reps) else None
        if row is not None and cue.rule in known[row]:
            confirmed.append((row, cue.rule))
        else:
            unconfirmed.append(f"{cue.rep}:{cue.rule} {cue.confidence:.2f}")
    of_set = {row: final.index(analysis) for row, (analysis, _) in enumerate(reps)}
    kinds = {(of_set[row], rule) for row, rules in enumerate(faults) for rule in rules}
    heard = {row for row, _ in confirmed}
    return Compared(
        name=name,
        side_view=side,
        recognised=any(analysis.exercise.name == live.said.exercise for analysis in final),
        live=live.said.count,
        final=len(reps),
        final_in_time=len(in_time),
        said_in_time=len(in_time & {row for _, row in rows}),
        said_aloud=sum(row is not None for _, row in rows),
        delays=tuple(
            said_s - reps[row][1].end_s
            for said_s, row in rows
            if row is not None and reps[row][0].exercise.name == live.said.exercise
        ),
        cues=len(live.cues),
        cues_at_the_end=live.at_the_end,
        unconfirmed=tuple(unconfirmed),
        faulty=sum(map(bool, faults)),
        faulty_said=sum(bool(rules) and row in heard for row, rules in enumerate(faults)),
        kinds=len(kinds),
        kinds_said=len(kinds & {(of_set[row], rule) for row, rule in confirmed}),
        looks_per_s=live.looks / max(live.seconds, 0.1),
        step_ms=1000 * float(np.median(live.steps_s)),
        step_p95_ms=1000 * float(np.percentile(live.steps_s, 95)),
    )


def _overlap(a0: float, a1: float, b0: float, b1: float) -> bool:
    return min(a1, b1) - max(a0, b0) > SAME_REP * min(a1 - a0, b1 - b0)


def final_analyses(folder: Path) -> list[Analysis] | None:
    """The analyses of the sets in a clip, as they were saved; None where the clip was not analysed, or could not be."""
    if not (folder / ANALYSIS).is_file():
        return None
    return [read_analysis(path) for path in (folder / ANALYSIS, *sorted(folder.glob(f"set-*/{ANALYSIS}")))]


def column(found: list[Compared], look_ms: float) -> dict[str, str]:
    """The figures, each with what it is."""
    side = [one for one in found if one.side_view and one.final]
    equal = sum(one.live == one.final for one in side)
    near = sum(abs(one.live - one.final) <= 1 for one in side)
    delays = [delay for one in found for delay in one.delays]
    checked = [one for one in found if one.checked]

    def total(name: str) -> int:
        return sum(getattr(one, name) for one in found)

    return {
        "clips; reps that the analysis counts in them": f"{len(found)}; {total('final')}",
        "count of the whole set equal, side views": f"{equal} of {len(side)}",
        "off by one at most, side views": f"{near} of {len(side)}",
        "reps said aloud": f"{total('said_aloud')}",
        f"of those that end {TOO_LATE_S} s before the clip or sooner": f"{total('said_in_time')} of {total('final_in_time')}",
        "delay after the rep's end, where both name the same exercise: median, p95": _quantiles(delays, "s"),
        "cues said; of them as the set ended": f"{total('cues')}; {total('cues_at_the_end')}",
        "cues not confirmed, share of all reps": _unconfirmed(found),
        "the same on the half of the clips on which nothing was chosen": _unconfirmed(checked),
        "faults of a set, each kind once, that were said": f"{total('kinds_said')} of {total('kinds')}",
        "faulty reps in which a fault was said": f"{total('faulty_said')} of {total('faulty')}",
        "looks a second, median": f"{np.median([one.looks_per_s for one in found]):.1f}",
        "counting, processor time of a step: median, worst clip's p95":
            f"{np.median([one.step_ms for one in found]):.0f} ms, {max(one.step_p95_ms for one in found):.0f} ms",
        "a look takes": f"{look_ms:.0f} ms",
    }  # fmt: skip


def _unconfirmed(found: list[Compared]) -> str:
    wrong, reps = sum(len(one.unconfirmed) for one in found), sum(one.final for one in found)
    return f"{wrong} ({100 * wrong / max(reps, 1):.1f} %)"


def table(columns: dict[str, dict[str, str]]) -> str:
    """Columns by their titles as lines of Markdown."""
    rows = next(iter(columns.values()))
    lines = [["", *columns], ["---"] * (len(columns) + 1), *([row, *(own[row] for own in columns.values())] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def columns_in(text: str) -> dict[str, dict[str, str]]:
    """Inverse of `table`."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.strip().splitlines()]
    if len(cells) < 3:
        return {}
    return {title: {row[0]: row[number] for row in cells[2:]} for number, title in enumerate(cells[0]) if number}


def _quantiles(values: list[float], unit: str) -> str:
    if not values:
        return "none"
    return f"{np.median(values):.2f} {unit}, {np.percentile(values, 95):.2f} {unit}"


def _seconds(clip: Path) -> float:
    with open_clip(clip, ReadingOptions()) as reader:
        return reader.info.duration_s


def clips_of(folder: Path) -> dict[str, str]:
    """The clips of labels.csv with their exercises, or every video of a folder, by their paths below it."""
    labels = folder / "labels.csv"
    if labels.is_file():
        with labels.open(newline="", encoding="utf-8") as stream:
            return {row["file"]: row["exercise"] for row in csv.DictReader(stream)}
    return {path.name: AUTO for path in sorted(folder.iterdir()) if path.suffix.lower() in (".mp4", ".mov", ".webm", ".mkv")}


def main() -> int:
    options = _arguments()
    cv2.setNumThreads(1)
    looker = Looker(find_model(options.model), options.cache)
    found = []
    for name, exercise in clips_of(options.clips).items():
        clip = options.clips / name
        if options.only and not re.search(options.only, name):
            continue
        if options.longest and _seconds(clip) > options.longest:
            continue
        final = final_analyses(options.analyses / Path(name).with_suffix(""))
        if final is None:
            continue
        named = exercise if options.named else AUTO
        said = replay(clip, looker, options.look_ms / 1000, 1 / options.most_looks, named)
        found.append(compared(name, final, said))
        print(found[-1].line(), flush=True)
    if not found:
        print(f"no clip of {options.clips} has results in {options.analyses}; make them with scripts/evaluate.py --out.")
        return 2
    title = f"{options.model}{', exercise named' if options.named else ''}{f', {len(found)} clips' if options.longest else ''}"
    own = column(found, options.look_ms)
    if looker.spent_s:
        print(f"processor time of a look, median: {1000 * np.median(looker.spent_s):.0f} ms")
    print(table({title: own}))
    if options.write:
        page = options.write.read_text(encoding="utf-8")
        before, _, rest = page.partition(BEGIN)
        old, _, after = rest.partition(END)
        others = {name: values for name, values in columns_in(old).items() if list(values) == list(own)}
        options.write.write_text(f"{before}{BEGIN}\n{table({**others, title: own})}\n{END}{after}", encoding="utf-8")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path, help="folder of clips, with a labels.csv or without")
    parser.add_argument("--analyses", type=Path, required=True, metavar="DIR", help="where evaluate.py --out kept the results")
    parser.add_argument("--model", default="full", help="pose model of the looks")
    parser.add_argument("--look-ms", type=float, default=35.0, help="how long a look takes, milliseconds")
    parser.add_argument("--most-looks", type=float, default=MOST_LOOKS_HZ, help="looks a second at most")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep the looks here")
    parser.add_argument("--only", metavar="PATTERN", help="only clips whose name matches")
    parser.add_argument("--longest", type=float, metavar="SECONDS", help="only clips that are not longer")
    parser.add_argument("--named", action="store_true", help="the lifter named the exercise, as labels.csv does")
    parser.add_argument("--write", type=Path, metavar="FILE.md", help="write the column in the table of a page")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

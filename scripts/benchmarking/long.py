"""Long clips: one without a cut and one with many. What they take, and whether every rep and every shot is spoken of."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import av

from benchmarking.clip import Kind, make_clip, make_cut_clip
from benchmarking.measure import run_analysis

#: Length of the second clip's shots, seconds: 200 cuts in half an hour, and two whole reps of a sample in each shot.
SHOT_S = 8.95
#: How whole a rep must be at the end of a clip or a shot to be one, seconds.
_WHOLE_S = 0.1


@dataclass(frozen=True)
class Told:
    """What `analysis.json` of a clip, with those of its further sets, says of the clip."""

    reps: int
    not_counted: int
    shots: int
    shots_left_out: int
    unexplained: int

    def said(self, reps: int | None) -> str:
        """In words; `reps`: how many whole ones are in the clip, None if that is not known."""
        there = "" if reps is None else f" of {reps} whole ones"
        left_out = f", {self.shots_left_out} left out for a reason that is given" if self.shots_left_out else ""
        silent = f", {self.unexplained} WITHOUT A WORD" if self.unexplained else ""
        return f"{self.reps} reps{there}, {self.not_counted} movements not counted; {self.shots} shots{left_out}{silent}"


def measure_long(
    samples: Sequence[Path], kind: Kind, seconds: float, scratch: Path, keep: Callable[[str, Callable[[Path], Path]], Path]
) -> list[dict[str, Any]]:
    """Analyse, without drawing, a clip of `seconds` without a cut, and one with a cut every `SHOT_S`.

    Args:
        samples: the first is the one that the clip without cuts is made of; reps are known where truth files lie beside them.
        keep: gives the clip of a name, with what makes it at a path.
    """
    cuts = round(seconds / SHOT_S) - 1
    clips = [
        ("without a cut", f"{samples[0].stem}-{kind.name}", lambda path: make_clip(samples[0], path, kind, seconds),
         reps_of_loop(samples[0], seconds)),
        (f"with {cuts} cuts", f"{cuts}-cuts-{kind.name}", lambda path: make_cut_clip(samples, path, kind, seconds, cuts),
         reps_of_shots(samples, seconds / (cuts + 1), cuts + 1)),
    ]  # fmt: skip
    measured = []
    for title, name, made, reps in clips:
        out = scratch / f"long-{len(measured)}"
        run = run_analysis(keep(name, made), out, video=False)
        told = told_of(out)
        measured.append({"title": title, "seconds": seconds, "reps": reps, "told": asdict(told), "run": asdict(run),
                         "said": told.said(reps)})  # fmt: skip
    return measured


def told_of(folder: Path) -> Told:
    """What a folder of results, with its further sets, says of the clip."""
    sets = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("analysis.json"))]
    seen = sorted((shot for one in sets for shot in one["shots"]), key=lambda shot: (shot["analysed"], bool(shot["reason"])))
    shots = {shot["start_s"]: shot for shot in seen}  # a set is numbered by itself, but keeps the clip's time
    left_out = [shot for shot in shots.values() if not shot["analysed"]]
    return Told(
        reps=sum(len(one["reps"]) for one in sets),
        not_counted=len({entry["start_s"] for one in sets for entry in one["not_counted"]}),
        shots=max(1, len(shots)),
        shots_left_out=sum(bool(shot["reason"]) for shot in left_out),
        unexplained=sum(not shot["reason"] for shot in left_out),
    )


def reps_of_loop(sample: Path, seconds: float) -> int | None:
    """Whole reps in `seconds` of a sample that is played there and back; None if its truth is not known."""
    spans = _reps(sample)
    if spans is None:
        return None
    last_s = _last_s(sample)
    spans += [(2 * last_s - end, 2 * last_s - start) for start, end in spans]
    turns = range(int(seconds / (2 * last_s)) + 1)
    return sum(turn * 2 * last_s + end <= seconds - _WHOLE_S for turn in turns for _, end in spans)


def reps_of_shots(samples: Sequence[Path], shot_s: float, shots: int) -> int | None:
    """Whole reps in so many shots, which are the beginnings of the samples in turn; None if one's truth is not known."""
    each = [_reps(sample) for sample in samples]
    if None in each:
        return None
    return sum(end <= shot_s - _WHOLE_S for number in range(shots) for _, end in each[number % len(each)] or ())


def _reps(sample: Path) -> list[tuple[float, float]] | None:
    truth = sample.with_suffix(".truth.json")
    if not truth.is_file():
        return None
    return [(rep["start_s"], rep["end_s"]) for rep in json.loads(truth.read_text(encoding="utf-8"))["reps"]]


def _last_s(sample: Path) -> float:
    with av.open(str(sample)) as reader:
        return max(float(frame.pts * frame.time_base) for frame in reader.decode(video=0))

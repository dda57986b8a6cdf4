"""Made-up saved sets: lifters whose angles are known, with the reps they did."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from formcheck.lifts.exercise import Shot
from formcheck.motion.body import Series
from formcheck.motion.motion import Motion
from formcheck.options import ReadingOptions
from formcheck.pipeline import AnalysedClip
from formcheck.results.rep import Rep
from tests.lifters import split_squat, tempo
from tests.outputs.made_up import made_up_analysis, made_up_motion, shot_of, write_clip


def reps_of(count: int, **durations: float) -> list[Rep]:
    """The true reps of `tests.lifters.tempo`."""
    _, _, marks = tempo(count, **durations)
    return [Rep(i, start, turn, turn_end, end, 80.0, "eccentric") for i, (start, turn, turn_end, end) in enumerate(marks, 1)]


def with_sd(motion: Motion, sd: float) -> Motion:
    """The motion with the same standard deviation in every angle."""

    def same(series: Series) -> Series:
        return replace(series, sd=np.full(len(series.values), sd))

    legs = {
        side: replace(leg, **{name: same(getattr(leg, name)) for name in ("hip", "hip_signed", "knee", "shin", "thigh")})
        for side, leg in motion.legs.items()
    }
    return replace(motion, legs=legs, trunk=same(motion.trunk), head=same(motion.head))


def saved(shot: Shot, name: str = "clip", clip: Path | None = None) -> AnalysedClip:
    """A saved set of one shot, with an analysis of its reps."""
    analysis = made_up_analysis(list(shot.reps), float(shot.motion.times[-1]))
    analysis = replace(analysis, clip=replace(analysis.clip, path=f"{name}.mp4"))
    folder = Path(f"{name}.formcheck")
    unseen: Any = None  # comparing needs neither landmarks nor circles
    made = AnalysedClip(clip or folder.with_suffix(".mp4"), folder, analysis, (shot,), unseen, unseen)
    return of_clip(made, "0" * 64)


def of_clip(one: AnalysedClip, sha256: str) -> AnalysedClip:
    """The set as it would be of a clip with this hash."""
    track: Any = SimpleNamespace(key=SimpleNamespace(reading=ReadingOptions(), clip_sha256=sha256), turned_over=False)
    analysis = replace(one.analysis, clip=replace(one.analysis.clip, sha256=sha256))
    return replace(one, analysis=analysis, track=track)


def squats(name: str = "clip", *, reps: int = 3, sd: float = 2.0, **posture: object) -> AnalysedClip:
    """Bulgarian split squats of a known posture; see `tests.lifters.split_squat`."""
    motion = with_sd(split_squat(reps, **posture), sd)  # type: ignore[arg-type]
    return saved(shot_of(motion, reps_of(reps)), name)


def filmed(folder: Path, name: str) -> AnalysedClip:
    """Split squats with a back line and a bar whose clip is really there."""
    from formcheck.video.reader import ClipReader

    shot = shot_of(*made_up_motion(2))
    clip = write_clip(folder / f"{name}.mp4", [shot])
    with ClipReader(clip) as reader:
        return of_clip(saved(shot, name, clip), reader.info.sha256)

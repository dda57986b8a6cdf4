"""A folder of outputs read back: what was said, and the track and bar candidates that everything can be made of again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from formcheck.errors import UsageError
from formcheck.lifts.exercise import Shot
from formcheck.lifts.lift_set import find_lift_set
from formcheck.lifts.remembered import kept_options
from formcheck.motion.bar.bar import Scale
from formcheck.motion.bar.candidates import BarCandidates, load_bar
from formcheck.pose.track import PoseTrack, load_track
from formcheck.results.analysis import Analysis, ScaleFacts
from formcheck.results.encoding import read_analysis

#: Reps that start this close to where `analysis.json` says are the same ones, seconds.
SAME_REP_S = 0.2


@dataclass(frozen=True)
class Saved:
    """The content of a CLIP.formcheck folder; `clip` is where the clip lay when the folder was beside it."""

    folder: Path
    analysis: Analysis
    track: PoseTrack
    candidates: BarCandidates
    clip: Path

    def takes(self) -> tuple[Shot, ...]:
        """The analysed shots with their reps, measured again.

        Raises:
            UsageError: they are not those of the saved analysis (it was made by another version or with other options).
        """
        facts = self.analysis
        options = kept_options(facts, str(self.folder / "analysis.json")).judging
        if not facts.software.options:
            analysed = [shot for shot in facts.shots if shot.analysed]
            options = replace(options, side=analysed[0].view.side if len(analysed) == 1 else None)
        filmed = find_lift_set(self.track, self.candidates, options)
        starts = [rep.start_s for take in filmed.takes for rep in take.reps]
        said = [rep.start_s for rep in facts.reps]
        same = len(starts) == len(said) and np.allclose(starts, said, rtol=0, atol=SAME_REP_S)
        if filmed.exercise.name != facts.exercise.name or not same:
            raise UsageError(
                f"{self.folder.name} was analysed by another version or with other options; make it again with"
                f" `formcheck render {self.folder.name}`."
            )
        return _scaled(filmed.takes, facts.scale)


def _scaled(takes: Sequence[Shot], said: ScaleFacts) -> tuple[Shot, ...]:
    """The takes with the scale that the analysis says: it knew the lifter's height, or plates of another size."""
    if said.px_per_m is None:
        return tuple(takes)
    own = [take.motion.scale.px_per_m for take in takes]
    known = [scale for scale in own if np.isfinite(scale)]
    if known:
        scales = [scale * said.px_per_m / known[0] for scale in own]
    else:
        scales = [said.px_per_m if len(takes) == 1 else float("nan")] * len(takes)
    return tuple(
        replace(take, motion=replace(take.motion, scale=Scale(scale, said.source if np.isfinite(scale) else None)))
        for take, scale in zip(takes, scales, strict=True)
    )


def read_saved(folder: Path) -> Saved:
    """Read a folder that `formcheck analyze` wrote.

    Raises:
        UsageError: it holds no analysis, track and bar candidates of one clip that this formcheck can use.
    """
    analysis = read_analysis(folder / "analysis.json")
    track = load_track(folder / "track.npz")
    assert track is not None  # without a key, load_track raises instead
    candidates = load_bar(folder / "bar.npz", track.key)
    if candidates is None or analysis.clip.sha256 != track.key.clip_sha256:
        wrong = "has no bar.npz of its clip" if candidates is None else "has the analysis of one clip and the track of another"
        raise UsageError(f"{folder.name} {wrong}; make it again with `formcheck render {folder.name}`.")
    return Saved(folder, analysis, track, candidates, folder.absolute().parent / analysis.clip.path)

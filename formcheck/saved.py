"""A folder of outputs read back: what was said, and the track and sightings that everything can be made of again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from formcheck.analysis import Analysis
from formcheck.bar import BarSightings, load_bar
from formcheck.errors import UsageError
from formcheck.exercises import AUTO, FilmedSet
from formcheck.filmed import Person, filmed_set
from formcheck.pose import PoseTrack, load_track
from formcheck.report.files import read_analysis


@dataclass(frozen=True)
class Saved:
    """The content of a CLIP.formcheck folder; `clip` is where the clip lay when the folder was beside it."""

    analysis: Analysis
    track: PoseTrack
    sightings: BarSightings
    clip: Path

    def takes(self) -> tuple[FilmedSet, ...]:
        """The analysed shots with their reps, measured again.

        Raises:
            UsageError: they are no longer those of the saved analysis (it was made by another version).
        """
        facts = self.analysis
        wanted = facts.exercise.name if facts.exercise.source == "user" else AUTO
        analysed = [shot for shot in facts.shots if shot.analysed]
        side = analysed[0].view.side if len(analysed) == 1 else None
        filmed = filmed_set(self.track, self.sightings, wanted, Person(side=side))
        found = sum(len(take.reps) for take in filmed.takes)
        if found != len(facts.reps):
            raise UsageError(
                f"the saved analysis has {len(facts.reps)} reps but this version of formcheck counts {found} in its track;"
                " run `formcheck render` on the folder."
            )
        return filmed.takes


def read_saved(folder: Path) -> Saved:
    """Read a folder that `formcheck analyze` wrote.

    Raises:
        UsageError: it holds no analysis, track and sightings that this formcheck can use.
    """
    analysis = read_analysis(folder / "analysis.json")
    track, sightings = load_track(folder / "track.npz"), load_bar(folder / "bar.npz")
    assert track is not None  # without a key, both raise instead
    assert sightings is not None
    if analysis.clip.sha256 != track.key.clip_sha256:
        raise UsageError(f"{folder} holds the analysis of one clip and the track of another; analyse the clip again.")
    return Saved(analysis, track, sightings, folder.absolute().parent / analysis.clip.path)

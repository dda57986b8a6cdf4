"""One clip from file to findings and outputs, and back from its folder: what every command and Python work with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from formcheck.errors import MissingFileError, UsageError
from formcheck.lifts.analysis import analysis_of
from formcheck.lifts.corrected import without_struck
from formcheck.lifts.exercise import Exercise, Shot
from formcheck.lifts.judge import judge_set, rules_off, skipped_rules
from formcheck.lifts.limits import Limits, load_limits
from formcheck.lifts.registry import exercise_named
from formcheck.lifts.remembered import kept_options, options_to_data
from formcheck.lifts.sets import FoundSet, find_sets
from formcheck.lifts.speed import speed_doubt
from formcheck.motion.bar.bar import Scale
from formcheck.motion.bar.candidates import BarCandidates, load_bar, load_or_find_bar, rounded_candidates, save_bar
from formcheck.motion.bar.search import PlateSearch
from formcheck.options import AUTO, DrawingOptions, JudgingOptions, Options, changed
from formcheck.outputs.angles import write_angles
from formcheck.outputs.folder import SNAPSHOTS, above_of, remove_sets, remove_shown, set_folder
from formcheck.pose.estimate import estimate_pose, track_key
from formcheck.pose.keypoints.read import track_from
from formcheck.pose.model import PoseModel
from formcheck.pose.pool import PosePool
from formcheck.pose.registry import find_model
from formcheck.pose.track import PoseTrack, load_track, open_tracked, rounded_track, save_track
from formcheck.results.analysis import Analysis, ScaleFacts, SetFacts
from formcheck.results.corrections import NOTHING, Corrections, read_corrections
from formcheck.results.encoding import read_analysis, write_analysis
from formcheck.results.rep import Rep
from formcheck.video.reader import ClipInfo, ClipReader, open_clip, with_frame_times

#: Called with what is being done and the share of it that is done, 0-1.
Progress = Callable[[str, float], None]


def silent(what: str, share: float) -> None:
    """Progress that nobody watches."""


#: Reps that start this close to where `analysis.json` says are the same ones, seconds.
SAME_REP_S = 0.2


@dataclass(frozen=True)
class AnalysedClip:
    """One analysed clip: what was found, and what it was found from.

    Attributes:
        path: the clip's file, or where it should be.
        folder: of its outputs; the one beside the clip where none was named.
        analysis: as `analysis.json` has it.
        takes: the analysed shots in order of time, at least one; reps are numbered through.
        track, candidates: what was seen in the pictures. Judging needs no more of them.
        reused_track: the pose was not estimated now, but read from the folder.
        others: the further sets of a clip that shows several, each as it would be had it been cut out of the clip. `track` is
            then of the first set's part.
    """

    path: Path
    folder: Path
    analysis: Analysis
    takes: tuple[Shot, ...]
    track: PoseTrack
    candidates: BarCandidates
    reused_track: bool = False
    others: tuple[AnalysedClip, ...] = ()

    @classmethod
    def load(cls, folder: Path, clip: Path | None = None) -> AnalysedClip:
        """Read a folder that `write` wrote; its shots are measured again from the saved track and candidates of the bar.

        Args:
            clip: the clip, where it no longer lies beside the folder.

        Raises:
            UsageError: it holds no analysis, track and bar candidates of one clip that this formcheck can use, or it was
                analysed by another version or with other options.
        """
        analysis = read_analysis(folder / "analysis.json")
        track = load_track(folder / "track.npz")
        assert track is not None  # without a key, load_track raises instead
        candidates = load_bar(folder / "bar.npz", track.key)
        again = f"make it again with `formcheck render {folder.name}`"
        if candidates is None or analysis.clip.sha256 != track.key.clip_sha256:
            two = "has the analysis of one clip and the track of another"
            raise UsageError(f"{folder.name} {'has no bar.npz of its clip' if candidates is None else two}; {again}.")
        found = _measured_again(analysis, track, candidates, folder)
        if found is None:
            raise UsageError(f"{folder.name} was analysed by another version or with other options; {again}.")
        path = above_of(folder) / analysis.clip.path if clip is None else clip
        takes = _scaled(found.found.takes, analysis.scale)
        others = tuple(
            cls.load(set_folder(folder, one.number), path)
            for one in analysis.sets
            if analysis.set_number == 1 and one.number > 1 and set_folder(folder, one.number).is_dir()
        )
        return cls(path, folder, analysis, takes, found.track, found.candidates, reused_track=True, others=others)

    @property
    def sets(self) -> tuple[AnalysedClip, ...]:
        """Every set of the clip, this one first."""
        return (self, *self.others)

    def in_folder(self, folder: Path, *, reused_track: bool) -> AnalysedClip:
        """The same with its outputs in `folder`, those of further sets in folders of it."""
        others = tuple(
            replace(one, folder=set_folder(folder, one.analysis.set_number), reused_track=reused_track) for one in self.others
        )
        return replace(self, folder=folder, reused_track=reused_track, others=others)

    @property
    def name(self) -> str:
        """The clip's name without its ending."""
        return Path(self.analysis.clip.path).stem

    @property
    def exercise(self) -> Exercise:
        """The exercise whose rules were applied."""
        return exercise_named(self.analysis.exercise.name)

    def rep(self, number: int) -> tuple[Shot, Rep]:
        """A rep by its number, with the shot that shows it.

        Raises:
            UsageError: there is no such rep.
        """
        for take in self.takes:
            for rep in take.reps:
                if rep.index == number:
                    return take, rep
        count = len(self.analysis.reps)
        raise UsageError(f"rep {number} was asked for, but {self.name} has {count} rep{'s' * (count != 1)}.")

    def open(self, *, missing: str | None = None, other: str | None = None) -> ClipReader:
        """Open the clip, read as it was when it was analysed.

        Args:
            missing, other: the sentences to say that it is not there, and that another clip has its name.

        Raises:
            UsageError: with one of them.
        """
        if not self.path.is_file():
            raise MissingFileError(missing or f"the clip {self.path} is not there.")
        return open_tracked(self.path, self.track, other or f"{self.path} is not the clip that was analysed.")

    def write_findings(self, out: Path, options: DrawingOptions) -> list[str]:
        """Write the data, and where a video is to follow a page that plays the clip itself meanwhile; return their names.

        The folder then shows this analysis and no other: video, page and pictures of an earlier one are removed first.

        Raises:
            OutputError: the disk refuses.
        """
        remove_shown(out)
        if self.analysis.set_number == 1:
            remove_sets(out)
        else:
            save_track(self.track, out / "track.npz")
            save_bar(self.candidates, out / "bar.npz")
        write_analysis(self.analysis, out / "analysis.json")
        write_angles(self.takes, out / "angles.csv", self.track.frame_times)
        if options.report and options.video:
            self._write_page(out, options, video_follows=True)
        return ["analysis.json", "angles.csv", "track.npz"]

    def draw(self, reader: ClipReader, out: Path, options: DrawingOptions, progress: Progress = silent) -> list[str]:
        """Draw the video and the pictures, and write the page that shows them; return their names.

        Raises:
            OutputError: the disk refuses; what was written before stays, complete.
        """
        from formcheck.outputs.overlay.render import render_snapshots, render_video

        written = []
        snapshots = out / SNAPSHOTS if options.snapshots or (options.report and options.video) else None
        video_from_s = 0.0
        if options.video:
            video_from_s = render_video(
                reader, self.takes, self.analysis, out / "annotated.mp4", style=options.style,
                full_size=options.full_size, panel=options.panel, full_rate=options.full_rate,
                slow_faults=options.slow_faults, snapshots=snapshots,
                progress=lambda share: progress("drawing", share),
            )  # fmt: skip
            written.append("annotated.mp4")
        elif snapshots is not None:
            render_snapshots(
                reader, self.takes, self.analysis, snapshots, style=options.style,
                progress=lambda share: progress("drawing", share),
            )  # fmt: skip
        if options.snapshots and snapshots is not None and snapshots.is_dir():
            written.append(SNAPSHOTS)
        if options.report:
            self._write_page(out, options, video_from_s=video_from_s)
            written.append("report.html")
        return written

    def write(self, out: Path, options: DrawingOptions, progress: Progress = silent) -> list[str]:
        """Write everything that is wanted of every set into `out`, the quick things first; return the names.

        Raises:
            UsageError: the clip is not where it was.
            OutputError: as `write_findings` and `draw` do.
        """
        written = []
        for one in self.sets:
            folder = set_folder(out, one.analysis.set_number)
            own = replace(options, library_levels=options.library_levels + (folder != out))
            folder.mkdir(exist_ok=True)
            written.append((one, folder, own, one.write_findings(folder, own)))
        for one, folder, own, names in written:
            with one.open() as reader:
                names += one.draw(reader, folder, own, progress)
        return [name for _, folder, _, names in written for name in (names if folder == out else [f"{folder.name}/"])]

    def _write_page(
        self, out: Path, options: DrawingOptions, *, video_from_s: float = 0.0, video_follows: bool = False
    ) -> None:
        from formcheck.outputs.page.page import write_page

        write_page(
            out, self.analysis, self.takes, library=options.library, levels=options.library_levels,
            video_from_s=video_from_s, full_rate=options.full_rate, clip=self.path if self.path.is_file() else None,
            video_follows=video_follows,
        )  # fmt: skip


def _measured_again(
    analysis: Analysis, track: PoseTrack, candidates: BarCandidates, folder: Path
) -> FoundSet | None:
    """The set with its analysed shots and reps; None where they are not those of the saved analysis."""
    options = kept_options(analysis, str(folder / "analysis.json")).judging
    if not analysis.software.options:
        analysed = [shot for shot in analysis.shots if shot.analysed]
        options = replace(options, side=analysed[0].view.side if len(analysed) == 1 else None)
    said = [rep.start_s for rep in analysis.reps]
    corrections = read_corrections(folder)
    for found in find_sets(track, candidates, options):
        one = replace(found, found=without_struck(found.found, corrections))
        starts = [rep.start_s for take in one.found.takes for rep in take.reps]
        same = len(starts) == len(said) and np.allclose(starts, said, rtol=0, atol=SAME_REP_S)
        if same and one.found.exercise.name == analysis.exercise.name:
            return one
    return None


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


def watch_clip(
    reader: ClipReader, out: Path | None, model: PoseModel, options: Options, pool: PosePool | None, progress: Progress
) -> tuple[PoseTrack, BarCandidates, bool]:
    """What is seen in a clip's pictures: the lifter's track and the candidates of the bar.

    With a folder `out` the saved ones are used when clip, model and options are unchanged, else new ones are saved there
    (`track.npz`, `bar.npz`). The third value tells whether a saved track was used.
    """
    if options.track is not None:
        track = track_from(options.track, reader, options.reading)
        if out is not None:
            save_track(track, out / "track.npz")
        return track, load_or_find_bar(reader, track, out, lambda share: progress("following the bar", share), pool), False
    saved = None if out is None else load_track(out / "track.npz", track_key(reader.info, model, options.reading))

    def bar_share(share: float) -> None:
        progress("following the bar", share)

    if saved is not None:
        saved = replace(saved, calibration=model.calibration)  # which another version of the model's package may change
        if saved.turned_over:
            reader.turn_over()
        return saved, load_or_find_bar(reader, saved, out, bar_share, pool), True
    with nullcontext(pool) if pool is not None else PosePool(model) as workers:
        if pool is None:
            workers.warm()
        plates = PlateSearch(workers)
        track = rounded_track(estimate_pose(reader, workers, options.reading, progress, plates))
        if out is not None:
            save_track(track, out / "track.npz")
        candidates = rounded_candidates(plates.candidates(reader, track, bar_share))
        if out is not None:
            save_bar(candidates, out / "bar.npz")
    return track, candidates, False


def analyze_clip(
    clip: Path,
    out: Path | None = None,
    options: Options | None = None,
    pool: PosePool | None = None,
    progress: Progress = silent,
) -> AnalysedClip:
    """Analyse one clip. Nothing is written without a folder `out`; with one, `track.npz` and `bar.npz` are kept there and
    used again, and the other outputs are the caller's to write.

    Raises:
        ClipError: the clip cannot be analysed (unreadable, nobody in it, exercise unknown, no rep).
        UsageError: an option cannot be used.
    """
    options = options or Options()
    said = read_corrections(out)
    options = _with_what_was_said(options, said)
    limits = checked_limits(options.judging)
    model = pool.model if pool is not None else find_model(options.model)
    with open_clip(clip, options.reading) as reader:
        track, candidates, reused = watch_clip(reader, out, model, options, pool, progress)
        found = score(reader.info, track, candidates, options, limits, said)
    return found.in_folder(out or found.folder, reused_track=reused)


def rescore(
    reader: ClipReader, track: PoseTrack, out: Path | None, options: Options, progress: Progress = silent
) -> AnalysedClip:
    """Everything after the pose estimation of a clip that was opened for its track (`open_tracked`): the bar (kept in the
    folder `out`, if there is one), the motion, exercise, reps and rules.

    Raises:
        ClipError: the exercise is unknown, or no rep was found.
        UsageError: an option cannot be used.
    """
    said = read_corrections(out)
    options = _with_what_was_said(options, said)
    limits = checked_limits(options.judging)
    candidates = load_or_find_bar(reader, track, out, lambda share: progress("following the bar", share))
    found = score(reader.info, track, candidates, options, limits, said)
    return found.in_folder(out or found.folder, reused_track=True)


def checked_limits(options: JudgingOptions) -> Limits:
    """The limits to judge with; a name that is no exercise, and one that is no rule, is said before a clip is watched.

    Raises:
        UsageError: the limits cannot be used, or there is no exercise or rule of a wanted name.
    """
    skipped_rules(options)
    if options.exercise != AUTO:
        exercise_named(options.exercise)
    return load_limits(options.limits)


def _with_what_was_said(options: Options, said: Corrections) -> Options:
    """The options with the exercise and leg that a person corrected, where no other is named now."""
    values = {}
    if said.exercise is not None and options.judging.exercise == AUTO:
        values["exercise"] = said.exercise
    if said.leg is not None and options.judging.leg is None:
        values["leg"] = said.leg
    return changed(options, values) if values else options


def score(
    info: ClipInfo, track: PoseTrack, candidates: BarCandidates, options: Options, limits: Limits,
    said: Corrections = NOTHING,
) -> AnalysedClip:  # fmt: skip
    """Find the sets in the track and apply their exercises' rules, as a person corrected them; the first has the others.

    Raises:
        ClipError: the exercise is not recognised, or no rep was found.
    """
    sets = [_scored(info, one, options, limits, said) for one in find_sets(track, candidates, options.judging)]
    if len(sets) == 1:
        return sets[0]
    facts = tuple(_set_facts(number, one) for number, one in enumerate(sets, 1))
    numbered = [
        replace(one, analysis=replace(one.analysis, sets=facts, set_number=number)) for number, one in enumerate(sets, 1)
    ]
    return replace(numbered[0], others=tuple(numbered[1:]))


def _scored(info: ClipInfo, one: FoundSet, options: Options, limits: Limits, said: Corrections) -> AnalysedClip:
    track, filmed = one.track, without_struck(one.found, said)
    own_limits = limits[filmed.exercise.name]
    off = rules_off(filmed.exercise, own_limits, options.judging)
    doubt = speed_doubt(info, [rep for take in filmed.takes for rep in take.reps])
    judged = judge_set(filmed.exercise, filmed.takes, own_limits, track.frame_number, off, doubt, said)
    part = {"start_s": track.key.reading.start_s, "end_s": track.key.reading.end_s}
    analysis = analysis_of(
        with_frame_times(info, np.asarray(track.frame_times), track.damage), track, filmed, judged, own_limits,
        named_by_user=options.judging.exercise != AUTO, load_kg=options.judging.load_kg,
        options=options_to_data(changed(options, {**part, "limits": limits})), speed_doubt=doubt,
    )  # fmt: skip
    return AnalysedClip(info.path, info.path.with_suffix(".formcheck"), analysis, filmed.takes, track, one.candidates)


def with_sets_of(analysis: Analysis, before: Analysis) -> Analysis:
    """One set of several judged again: what is known of the others stays."""
    old = before.sets[before.set_number - 1]
    summary = analysis.summary
    new = replace(old, exercise=analysis.exercise.name, variant=analysis.exercise.variant, reps=summary.reps,
                  clean_reps=summary.clean_reps, faults=summary.faults)  # fmt: skip
    sets = tuple(new if one.number == before.set_number else one for one in before.sets)
    return replace(analysis, sets=sets, set_number=before.set_number)


def _set_facts(number: int, one: AnalysedClip) -> SetFacts:
    analysis, reading = one.analysis, one.track.key.reading
    return SetFacts(
        number=number, start_s=reading.start_s, end_s=reading.end_s, first_s=analysis.reps[0].start_s,
        last_s=analysis.reps[-1].end_s, exercise=analysis.exercise.name, variant=analysis.exercise.variant,
        reps=analysis.summary.reps, clean_reps=analysis.summary.clean_reps, faults=analysis.summary.faults,
    )  # fmt: skip

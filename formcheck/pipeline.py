"""`AnalysedClip`: one clip from file to findings and outputs, and back from its folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from formcheck.errors import MissingFileError, UsageError
from formcheck.lifts.analysis import analysis_of, speed_doubt
from formcheck.lifts.exercise import Exercise, Shot
from formcheck.lifts.judge import judge_set, rules_off, skipped_rules
from formcheck.lifts.limits import Limits, load_limits
from formcheck.lifts.registry import exercise_named
from formcheck.lifts.remembered import kept_options, options_to_data
from formcheck.lifts.sets import FoundSet, find_sets, without_struck
from formcheck.motion.bar.bar import Scale
from formcheck.motion.bar.candidates import BarCandidates, load_bar, load_or_find_bar, rounded_candidates, save_bar
from formcheck.motion.bar.search import PlateSearch
from formcheck.options import AUTO, DrawingOptions, JudgingOptions, Options, changed
from formcheck.outputs.angles import write_angles
from formcheck.outputs.folder import above_of, clip_folder, remove_sets, remove_shown, set_folder
from formcheck.pose.estimate import estimate_pose, track_key
from formcheck.pose.keypoints.read import track_from
from formcheck.pose.model import PoseModel
from formcheck.pose.pool import PosePool
from formcheck.pose.registry import find_model
from formcheck.pose.track import PoseTrack, load_track, open_tracked, rounded_track, save_track
from formcheck.results.analysis import Analysis, ClipSet, PictureScale
from formcheck.results.corrections import NOTHING, Corrections, read_corrections
from formcheck.results.encoding import read_analysis, write_analysis
from formcheck.results.rep import Rep
from formcheck.runtime.files import ANALYSIS, ANGLES, BAR, REPORT, SNAPSHOTS, TRACK, VIDEO
from formcheck.units import count_of
from formcheck.video.reader import ClipInfo, ClipReader, open_clip, with_frame_times

#: Called with the current step and its progress, 0-1.
Progress = Callable[[str, float], None]


def silent(what: str, share: float) -> None:
    """Ignore progress."""


#: Greatest difference between start times of the same rep, seconds.
SAME_REP_S = 0.2


@dataclass(frozen=True)
class AnalysedClip:
    """One analysed clip.

    Attributes:
        path: the clip's file, which may have moved.
        folder: of its outputs; by default beside the clip.
        analysis: as in `analysis.json`.
        shots: the analysed shots in order of time, at least one; reps are numbered through.
        track, candidates: pose track and bar candidates, from which everything else is computed.
        reused_track: the track was read from the folder.
        others: the further sets in the clip, each as if cut out of it; `track` is then that of the first set.
    """

    path: Path
    folder: Path
    analysis: Analysis
    shots: tuple[Shot, ...]
    track: PoseTrack
    candidates: BarCandidates
    reused_track: bool = False
    others: tuple[AnalysedClip, ...] = ()

    @classmethod
    def load(cls, folder: Path, clip: Path | None = None) -> AnalysedClip:
        """Read an output folder; its shots are computed again from the saved track and bar candidates.

        Args:
            clip: the clip, if it is not beside the folder.

        Raises:
            UsageError: analysis, track or bar candidates are missing, unusable, or do not match.
        """
        analysis = read_analysis(folder / ANALYSIS)
        track = load_track(folder / TRACK)
        assert track is not None  # without a key, load_track raises instead
        candidates = load_bar(folder / BAR, track.key)
        again = f"make it again with `formcheck render {folder.name}`"
        if candidates is None or analysis.clip.sha256 != track.key.clip_sha256:
            two = "has the analysis of one clip and the track of another"
            raise UsageError(f"{folder.name} {'has no bar.npz of its clip' if candidates is None else two}; {again}.")
        found = _measured_again(analysis, track, candidates, folder)
        if found is None:
            raise UsageError(f"{folder.name} was analysed by another version or with other options; {again}.")
        path = above_of(folder) / analysis.clip.path if clip is None else clip
        shots = _scaled(found.found.shots, analysis.scale)
        others = tuple(
            cls.load(set_folder(folder, one.number), path)
            for one in analysis.sets
            if analysis.set_number == 1 and one.number > 1 and set_folder(folder, one.number).is_dir()
        )
        return cls(path, folder, analysis, shots, found.track, found.candidates, reused_track=True, others=others)

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
        """The clip's name without suffix."""
        return Path(self.analysis.clip.path).stem

    @property
    def exercise(self) -> Exercise:
        """The exercise whose rules were applied."""
        return exercise_named(self.analysis.exercise.name)

    def rep(self, number: int) -> tuple[Shot, Rep]:
        """A rep by its number, with its shot.

        Raises:
            UsageError: there is no such rep.
        """
        for shot in self.shots:
            for rep in shot.reps:
                if rep.index == number:
                    return shot, rep
        count = len(self.analysis.reps)
        raise UsageError(f"rep {number} was asked for, but {self.name} has {count_of(count, 'rep')}.")

    def open(self, *, missing: str | None = None, other: str | None = None) -> ClipReader:
        """Open the clip with the options of the analysis.

        Args:
            missing, other: error messages if it does not exist, or another clip has its name.

        Raises:
            UsageError: with one of them.
        """
        if not self.path.is_file():
            raise MissingFileError(missing or f"the clip {self.path} is not there.")
        return open_tracked(self.path, self.track, other or f"{self.path} is not the clip that was analysed.")

    def write_findings(self, out: Path, options: DrawingOptions) -> list[str]:
        """Write the data, and if a video will follow, a page that plays the clip meanwhile; return the names.

        Video, page and pictures of an earlier analysis are removed first.

        Raises:
            OutputError: they cannot be written.
        """
        remove_shown(out)
        if self.analysis.set_number == 1:
            remove_sets(out)
        else:
            save_track(self.track, out / TRACK)
            save_bar(self.candidates, out / BAR)
        write_analysis(self.analysis, out / ANALYSIS)
        write_angles(self.shots, out / ANGLES, self.track.frame_times)
        if options.report and options.video:
            self._write_page(out, options, video_follows=True)
        return [ANALYSIS, ANGLES, TRACK]

    def draw(self, reader: ClipReader, out: Path, options: DrawingOptions, progress: Progress = silent) -> list[str]:
        """Draw the video and the pictures, and write the page with them; return the names.

        Raises:
            OutputError: they cannot be written; earlier outputs stay complete.
        """
        from formcheck.outputs.overlay.render import render_snapshots, render_video

        written = []
        snapshots = out / SNAPSHOTS if options.snapshots or (options.report and options.video) else None
        video_from_s = 0.0
        if options.video:
            video_from_s = render_video(
                reader, self.shots, self.analysis, out / VIDEO, style=options.style,
                full_size=options.full_size, panel=options.panel, full_rate=options.full_rate,
                encoder=options.encoder, slow_faults=options.slow_faults, snapshots=snapshots,
                progress=lambda share: progress("drawing", share),
            )  # fmt: skip
            written.append(VIDEO)
        elif snapshots is not None:
            render_snapshots(
                reader, self.shots, self.analysis, snapshots, style=options.style,
                progress=lambda share: progress("drawing", share),
            )  # fmt: skip
        if options.snapshots and snapshots is not None and snapshots.is_dir():
            written.append(SNAPSHOTS)
        if options.report:
            self._write_page(out, options, video_from_s=video_from_s)
            written.append(REPORT)
        if options.single_file:
            from formcheck.outputs.page.single import write_single_file

            written.append(write_single_file(out).name)
        return written

    def write(self, out: Path, options: DrawingOptions, progress: Progress = silent) -> list[str]:
        """Write all wanted outputs of every set into `out`, the quick ones first; return their names.

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
            out, self.analysis, self.shots, library=options.library, levels=options.library_levels,
            video_from_s=video_from_s, full_rate=options.full_rate, clip=self.path if self.path.is_file() else None,
            video_follows=video_follows,
        )  # fmt: skip


def _measured_again(
    analysis: Analysis, track: PoseTrack, candidates: BarCandidates, folder: Path
) -> FoundSet | None:
    """The set with its analysed shots and reps; None if they differ from the saved analysis."""
    options = kept_options(analysis, str(folder / ANALYSIS)).judging
    if not analysis.software.options:
        analysed = [shot for shot in analysis.shots if shot.analysed]
        options = replace(options, side=analysed[0].view.side if len(analysed) == 1 else None)
    said = [rep.start_s for rep in analysis.reps]
    corrections = read_corrections(clip_folder(folder))
    for found in find_sets(track, candidates, options):
        one = replace(found, found=without_struck(found.found, corrections))
        starts = [rep.start_s for shot in one.found.shots for rep in shot.reps]
        same = len(starts) == len(said) and np.allclose(starts, said, rtol=0, atol=SAME_REP_S)
        if same and one.found.exercise.name == analysis.exercise.name:
            return one
    return None


def _scaled(shots: Sequence[Shot], said: PictureScale) -> tuple[Shot, ...]:
    """The shots with the scale of the analysis, which may be from the lifter's height or other plates."""
    if said.px_per_m is None:
        return tuple(shots)
    own = [shot.motion.scale.px_per_m for shot in shots]
    known = [scale for scale in own if np.isfinite(scale)]
    if known:
        scales = [scale * said.px_per_m / known[0] for scale in own]
    else:
        scales = [said.px_per_m if len(shots) == 1 else float("nan")] * len(shots)
    return tuple(
        replace(shot, motion=replace(shot.motion, scale=Scale(scale, said.source if np.isfinite(scale) else None)))
        for shot, scale in zip(shots, scales, strict=True)
    )


def watch_clip(
    reader: ClipReader, out: Path | None, model: PoseModel, options: Options, pool: PosePool | None, progress: Progress
) -> tuple[PoseTrack, BarCandidates, bool]:
    """The pose track and the bar candidates of a clip, and whether a saved track was used.

    With a folder `out`, saved ones are used if clip, model and options are unchanged, else new ones are saved there.

    Raises:
        ClipError: the lifter is not found, or the file changed meanwhile.
    """
    if options.track is not None:
        with reader.unchanged():
            track = track_from(options.track, reader, options.reading)
        if out is not None:
            save_track(track, out / TRACK)
        return track, load_or_find_bar(reader, track, out, lambda share: progress("following the bar", share), pool), False
    saved = None if out is None else load_track(out / TRACK, track_key(reader.info, model, options.reading))

    def bar_share(share: float) -> None:
        progress("following the bar", share)

    if saved is not None:
        saved = replace(saved, calibration=model.calibration)  # may differ in another version of the model's package
        if saved.turned_over:
            reader.turn_over()
        return saved, load_or_find_bar(reader, saved, out, bar_share, pool), True
    with nullcontext(pool) if pool is not None else PosePool(model) as workers:
        if pool is None:
            workers.warm()
        plates = PlateSearch(workers)
        with reader.unchanged():
            track = rounded_track(estimate_pose(reader, workers, options.reading, progress, plates))
        if out is not None:
            save_track(track, out / TRACK)
        with reader.unchanged():
            candidates = rounded_candidates(plates.candidates(reader, track, bar_share))
        if out is not None:
            save_bar(candidates, out / BAR)
    return track, candidates, False


def analyze_clip(
    clip: Path,
    out: Path | None = None,
    options: Options | None = None,
    pool: PosePool | None = None,
    progress: Progress = silent,
) -> AnalysedClip:
    """Analyse one clip. `track.npz` and `bar.npz` are saved in the folder `out`, if given, and reused; nothing else is
    written.

    Raises:
        ClipError: the clip cannot be analysed (unreadable, no lifter, exercise unknown, no rep).
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
    """Everything after pose estimation, for a clip opened by `open_tracked`; the bar is saved in the folder `out`, if given.

    Raises:
        ClipError: the exercise is unknown, or no rep was found.
        UsageError: an option cannot be used.
    """
    said = read_corrections(None if out is None else clip_folder(out))
    options = _with_what_was_said(options, said)
    limits = checked_limits(options.judging)
    candidates = load_or_find_bar(reader, track, out, lambda share: progress("following the bar", share))
    found = score(reader.info, track, candidates, options, limits, said)
    return found.in_folder(out or found.folder, reused_track=True)


def checked_limits(options: JudgingOptions) -> Limits:
    """The limits in force; also checks the names of the exercise and of rules early.

    Raises:
        UsageError: the limits are invalid, or there is no such exercise or rule.
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
    facts = tuple(_clip_set(number, one) for number, one in enumerate(sets, 1))
    numbered = [
        replace(one, analysis=replace(one.analysis, sets=facts, set_number=number)) for number, one in enumerate(sets, 1)
    ]
    return replace(numbered[0], others=tuple(numbered[1:]))


def _scored(info: ClipInfo, one: FoundSet, options: Options, limits: Limits, said: Corrections) -> AnalysedClip:
    track, filmed = one.track, without_struck(one.found, said)
    own_limits = limits[filmed.exercise.name]
    off = rules_off(filmed.exercise, own_limits, options.judging)
    doubt = speed_doubt(info, [rep for shot in filmed.shots for rep in shot.reps])
    judged = judge_set(filmed.exercise, filmed.shots, own_limits, track.frame_number, off, doubt, said)
    part = {"start_s": track.key.reading.start_s, "end_s": track.key.reading.end_s}
    analysis = analysis_of(
        with_frame_times(info, np.asarray(track.frame_times), track.damage), track, filmed, judged, own_limits,
        named_by_user=options.judging.exercise != AUTO, load_kg=options.judging.load_kg,
        options=options_to_data(changed(options, {**part, "limits": limits})), speed_doubt=doubt,
    )  # fmt: skip
    return AnalysedClip(info.path, info.path.with_suffix(".formcheck"), analysis, filmed.shots, track, one.candidates)


def with_sets_of(analysis: Analysis, before: Analysis) -> Analysis:
    """One set of several judged again: what is known of the others stays."""
    old = before.sets[before.set_number - 1]
    summary = analysis.summary
    new = replace(old, exercise=analysis.exercise.name, variant=analysis.exercise.variant, reps=summary.reps,
                  clean_reps=summary.clean_reps, faults=summary.faults)  # fmt: skip
    sets = tuple(new if one.number == before.set_number else one for one in before.sets)
    return replace(analysis, sets=sets, set_number=before.set_number)


def _clip_set(number: int, one: AnalysedClip) -> ClipSet:
    analysis, reading = one.analysis, one.track.key.reading
    return ClipSet(
        number=number, start_s=reading.start_s, end_s=reading.end_s, first_s=analysis.reps[0].start_s,
        last_s=analysis.reps[-1].end_s, exercise=analysis.exercise.name, variant=analysis.exercise.variant,
        reps=analysis.summary.reps, clean_reps=analysis.summary.clean_reps, faults=analysis.summary.faults,
    )  # fmt: skip

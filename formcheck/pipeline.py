"""One clip from file to findings: the stages in their order, and what is reused when a clip is analysed again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck import __version__
from formcheck.analysis import (
    LOW_COVERAGE,
    Analysis,
    ClipFacts,
    ExerciseFacts,
    RepFacts,
    ScaleFacts,
    SoftwareFacts,
    Summary,
    ViewFacts,
)
from formcheck.bar import velocity_loss
from formcheck.errors import ClipError, UsageError
from formcheck.exercises import AUTO, FilmedSet, Limits, Recognition, exercise_named, judge_set, load_limits, recognise
from formcheck.exercises.judge import LEAST_VIEW_QUALITY
from formcheck.exercises.limits import limits_as_data
from formcheck.exercises.recognise import RECOGNISED, reps_as
from formcheck.measure import measure_motion, watch_bar
from formcheck.motion.types import Motion
from formcheck.pose import PoseModel, PoseOptions, PosePool, PoseTrack, estimate_pose, find_model, load_track, save_track
from formcheck.pose.estimate import clip_info, open_clip, track_key
from formcheck.reps import Rep
from formcheck.video import ClipInfo, ClipReader

Progress = Callable[[str, float], None]

@dataclass(frozen=True)
class AnalyzeOptions:
    """What the user can say about an analysis; the defaults are those of the command line."""

    exercise: str = AUTO
    model: str = "heavy"
    #: A TOML file with changes, or the limits themselves (a folder of a batch has its own).
    limits: Path | Limits | None = None
    side: str | None = None
    load_kg: float | None = None
    height_m: float | None = None
    plate_diameter_m: float = 0.45
    pose: PoseOptions = field(default_factory=PoseOptions)


@dataclass(frozen=True)
class Scored:
    """An analysis together with what the video and the page are drawn from."""

    analysis: Analysis
    #: The analysed shots in order of time; at least one. Reps are numbered through.
    takes: tuple[FilmedSet, ...]
    #: (F,) seconds of every frame of the clip's analysed part, cut into shots or not.
    frame_times: NDArray[np.float64]
    reused_track: bool


def watch_clip(
    reader: ClipReader, out: Path, model: PoseModel, options: AnalyzeOptions, pool: PosePool | None, progress: Progress
) -> tuple[PoseTrack, bool]:
    """The pose track of a clip: the saved one when clip, model and options are unchanged, else estimated and saved.

    The second value tells whether the saved one was reused.
    """
    saved = load_track(out / "track.npz", track_key(reader.info, model, options.pose))
    if saved is not None:
        return saved, True
    if pool is not None:
        track = estimate_pose(reader, pool, options.pose, progress)
    else:
        with PosePool(model) as own:
            track = estimate_pose(reader, own, options.pose, progress)
    save_track(track, out / "track.npz")
    # The saved track is rounded; going on with it makes a second run from `track.npz` give the very same numbers.
    return load_track(out / "track.npz", track.key) or track, False


def analyze_clip(
    clip: Path,
    out: Path,
    options: AnalyzeOptions | None = None,
    pool: PosePool | None = None,
    progress: Progress | None = None,
) -> Scored:
    """Analyse one clip; `track.npz` and `bar.npz` are kept in `out`, the other outputs are the caller's to write.

    Raises:
        ClipError: the clip cannot be analysed (unreadable, nobody in it, exercise unknown, no rep).
        UsageError: an option cannot be used.
    """
    options = options or AnalyzeOptions()
    report = progress or (lambda what, share: None)
    limits = options.limits if isinstance(options.limits, dict) else load_limits(options.limits)
    if options.exercise != AUTO:
        exercise_named(options.exercise)
    model = pool.model if pool is not None else find_model(options.model)
    with open_clip(clip, options.pose) as reader:
        track, reused = watch_clip(reader, out, model, options, pool, report)
        scored = rescore(reader, track, out, replace(options, limits=limits), progress)
    return replace(scored, reused_track=reused)


def rescore(
    reader: ClipReader, track: PoseTrack, out: Path, options: AnalyzeOptions, progress: Progress | None = None
) -> Scored:
    """Everything after the pose estimation: the bar (saved in `out`), the motion, exercise, reps and rules.

    Raises:
        ClipError: the exercise is unknown, or no rep was found.
        UsageError: an option cannot be used.
    """
    report = progress or (lambda what, share: None)
    limits = options.limits if isinstance(options.limits, dict) else load_limits(options.limits)
    sightings = watch_bar(reader, track, out, lambda share: report("following the bar", share))
    motion = measure_motion(
        track,
        sightings,
        exercise=options.exercise,
        side=options.side,
        plate_diameter_m=options.plate_diameter_m,
        height_m=options.height_m,
    )
    return replace(score(clip_info(reader, track), track, motion, options, limits), reused_track=True)


def score(
    info: ClipInfo, track: PoseTrack, motion: Motion, options: AnalyzeOptions, limits: Limits
) -> Scored:
    """Recognise the exercise, count its reps and apply its rules.

    Raises:
        ClipError: the exercise is not recognised, or no rep was found.
    """
    found = choose_exercise(motion, options.exercise)
    exercise = found.exercise
    assert found.top is not None
    assert found.bottom is not None
    working = {rep.index: exercise.working_side(motion, rep) for rep in found.reps}
    variant = exercise.variant(motion, list(found.reps), found.top, found.bottom)
    lift = FilmedSet(motion, found.reps, variant, working)
    own_limits = limits[exercise.name]
    judged = judge_set(exercise, lift, own_limits)
    findings = tuple(replace(f, frame=_frame_number(track, f.time_s)) for f in judged.findings)
    reps = tuple(_rep_facts(rep, exercise.measures(lift, rep), judged.verdicts[rep.index]) for rep in found.reps)
    view = motion.body.view
    legs = set(working.values())
    analysis = Analysis(
        clip=ClipFacts(
            path=info.path.name,
            sha256=info.sha256,
            duration_s=round(info.duration_s, 3),
            frames=len(track.frame_times),
            fps=round(info.fps, 3),
            width=info.width,
            height=info.height,
            slow_motion=info.slow_motion,
        ),
        exercise=ExerciseFacts(
            name=exercise.name,
            source="auto" if options.exercise == AUTO else "user",
            confidence=round(found.confidence, 2),
            variant=variant,
            working_leg=legs.pop() if exercise.one_leg and len(legs) == 1 else None,
            load_kg=options.load_kg,
        ),
        view=ViewFacts(view.side, view.facing, _number(view.yaw_deg, 1), round(view.quality, 2)),
        scale=ScaleFacts(_number(motion.scale.px_per_m, 2), motion.scale.source),
        coverage=round(motion.body.coverage, 3),
        repaired_frames=int(motion.body.repaired.sum()),
        reps=reps,
        findings=findings,
        not_judged=judged.not_judged,
        summary=_summary(reps, findings),
        software=SoftwareFacts(__version__, track.key.model, track.key.model_sha256, limits_as_data(own_limits)),
    )
    return Scored(analysis, (lift,), track.frame_times, reused_track=False)


def choose_exercise(motion: Motion, wanted: str) -> Recognition:
    """The exercise the user named, or the recognised one.

    Raises:
        ClipError: it is not recognised, or there is no rep of it.
    """
    if wanted != AUTO:
        exercise = exercise_named(wanted)
        found = reps_as(motion, exercise, named_by_user=True)
        if not found.reps:
            raise ClipError(
                f"no repetition of a {exercise.title.lower()} was found; film the whole set from the side,"
                " or check --exercise, --start and --end."
            )
        return replace(found, confidence=1.0)
    best = recognise(motion)[0]
    if not best.reps or best.confidence < RECOGNISED:
        raise ClipError(
            "unknown exercise: no repetition of a hip thrust, Romanian deadlift, split squat or squat was recognised;"
            f" {_unrecognised_advice(motion)}"
        )
    return best


def _unrecognised_advice(motion: Motion) -> str:
    """What to do about a clip in which no exercise was recognised: the filming first, if that is to blame."""
    view, coverage = motion.body.view, motion.body.coverage
    if view.quality < LEAST_VIEW_QUALITY and np.isfinite(view.yaw_deg):
        return f"the camera is about {abs(view.yaw_deg):.0f} degrees off side-on, so film from the side."
    if coverage < LOW_COVERAGE:
        return (
            f"the lifter is hidden or out of the picture in {100 * (1 - coverage):.0f} % of the frames, so film the whole"
            " body with nothing in front of it."
        )
    return "name it with --exercise if it is one."


def _rep_facts(rep: Rep, measures: dict[str, Any], verdict: Any) -> RepFacts:
    return RepFacts(
        index=rep.index,
        start_s=round(rep.start_s, 3),
        turn_s=round(rep.turn_s, 3),
        turn_end_s=round(rep.turn_end_s, 3),
        end_s=round(rep.end_s, 3),
        lowering_s=_number(rep.lowering_s, 2),
        pause_s=_number(rep.pause_s, 2),
        lifting_s=_number(rep.lifting_s, 2),
        range_deg=round(rep.range_deg, 1),
        measures=measures,
        verdict=verdict,
    )


def _summary(reps: tuple[RepFacts, ...], findings: tuple[Any, ...]) -> Summary:
    faults: dict[str, int] = {}
    for finding in findings:
        if finding.severity == "fault":
            faults[finding.rule] = faults.get(finding.rule, 0) + 1
    spread = {
        "range_cv_percent": _variation([rep.range_deg for rep in reps]),
        "lowering_cv_percent": _variation([rep.lowering_s for rep in reps]),
        "lifting_cv_percent": _variation([rep.lifting_s for rep in reps]),
    }
    velocities = [rep.measures["lifting_velocity_mean"].value for rep in reps if "lifting_velocity_mean" in rep.measures]
    loss = velocity_loss([value for value in velocities if value is not None])
    if np.isfinite(loss):
        spread["velocity_loss_percent"] = round(100 * loss, 1)
    return Summary(len(reps), sum(rep.verdict == "clean" for rep in reps), faults, spread)


def _variation(values: list[float | None]) -> float | None:
    """Coefficient of variation in percent; None with fewer than two known values."""
    known = [value for value in values if value is not None]
    if len(known) < 2 or np.mean(known) <= 0:
        return None
    return round(float(100 * np.std(known) / np.mean(known)), 1)


def _frame_number(track: PoseTrack, time_s: float) -> int:
    """Number of the clip's frame that is shown at a time."""
    return track.first_index + int(np.argmin(np.abs(track.frame_times - time_s)))


def _number(value: float, digits: int) -> float | None:
    return round(float(value), digits) if np.isfinite(value) else None


def prepare_folder(out: Path) -> None:
    """Make the output folder.

    Raises:
        UsageError: it cannot be made or written to.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe = out / ".formcheck-probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UsageError(f"the output folder {out} cannot be written to ({error.strerror}); choose another --out.") from None

"""Build the serialisable `Analysis` from a judged set; whether the clip plays at the lifter's own speed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from math import isfinite
from typing import Any

import numpy as np

from formcheck.lifts.exercise import Exercise, Shot
from formcheck.lifts.judge import Judged
from formcheck.lifts.lift_set import LiftSet
from formcheck.lifts.limits import Limit, limits_as_data
from formcheck.motion.motion import Motion
from formcheck.options import SLOW_MOTION
from formcheck.pose.track import PoseTrack
from formcheck.results.analysis import (
    MOST_SURE,
    Analysis,
    CameraView,
    DamagedPart,
    Finding,
    JudgedRep,
    Measure,
    PerformedExercise,
    PictureScale,
    RejectedMovement,
    ShotSummary,
    Software,
    SourceClip,
    Summary,
)
from formcheck.results.load import velocity_loss
from formcheck.results.rep import Rep
from formcheck.runtime.files import readable
from formcheck.version import __version__
from formcheck.video.reader import ClipInfo

#: From this ratio of capture rate to playback rate on, a clip is slow motion; smaller ones are rounding.
SLOWER = 1.5
#: If one rep takes this many times as long as another, both down and up, the speed of the clip changes (the "ramp" of an
#: iPhone's slow motion). In 105 labelled clips at one speed the largest ratio is 1.72. A single phase differs up to ninefold
#: in them and says nothing. A ramp that slows less than a whole rep is not noticed.
RAMP = 1.8
#: If a rep takes this long both down and up, seconds, the whole set may be in slow motion. In 97 labelled clips the longest
#: such time is 3.2 s. With full speed only in the first and last second, as phones export it, eightfold slow motion is noticed
#: in all of 192 simulated clips by this and the ratio, fourfold in a third.
CRAWL_S = 5.0


def speed_doubt(info: ClipInfo, reps: Sequence[Rep]) -> str | None:
    """Why the lifter's own speed is not known, as half a sentence; None if there is no reason for doubt.

    The user's `--slow-motion` is trusted, but a speed that changes within the clip is reported in any case.
    """
    if info.slow_motion == 1 and info.captured_fps is not None and info.captured_fps > SLOWER * info.fps > 0:
        slower = info.captured_fps / info.fps
        return (
            f"it was filmed at {info.captured_fps:.0f} frames a second and plays at {info.fps:.0f}; if it is slow motion,"
            f" give {SLOW_MOTION.option} {slower:.2g}"
        )
    phases = [(rep.eccentric_s, rep.concentric_s) for rep in reps if isfinite(rep.eccentric_s) and isfinite(rep.concentric_s)]
    times = max((min(a / c, b / d) for (a, b), (c, d) in permutations(phases, 2) if c > 0 and d > 0), default=0.0)
    if times >= RAMP:
        return f"its speed seems to change: one rep takes {times:.1f} times as long as another, both down and up"
    down, up = max(phases, key=min, default=(0.0, 0.0))
    if info.slow_motion == 1 and min(down, up) >= CRAWL_S:
        return f"a rep takes {down:.0f} s down and {up:.0f} s up; if it is slow motion, give {SLOW_MOTION.option} 4 or 8"
    return None


def analysis_of(
    info: ClipInfo,
    track: PoseTrack,
    filmed: LiftSet,
    judged: Judged,
    limits: dict[str, Limit],
    *,
    named_by_user: bool,
    load_kg: float | None,
    options: dict[str, Any],
    speed_doubt: str | None = None,
) -> Analysis:
    """The analysis of a clip; `options` is the result of `options_to_data`."""
    reps = tuple(_judged_rep(filmed.exercise, shot, rep, judged) for shot in filmed.shots for rep in shot.reps)
    if speed_doubt is not None:
        reps = tuple(_without_tempo(rep) for rep in reps)
    main = max(filmed.shots, key=lambda shot: len(shot.reps)).motion
    legs = {side for shot in filmed.shots for side in shot.working.values()}
    certain = all(shot.motion.body.legs_known or shot.motion.body.legs_swapped for shot in filmed.shots)
    known = certain or options.get("leg") is not None or not filmed.exercise.one_leg
    one_leg = filmed.exercise.one_leg and len(legs) == 1 and known
    frames = [len(shot.motion.times) for shot in filmed.shots]
    lost = sum(stretch.lost_frames for stretch in track.damage)
    scale = next((shot.motion.scale for shot in filmed.shots if shot.motion.scale.source is not None), main.scale)
    return Analysis(
        clip=SourceClip(
            path=readable(info.path.name),
            sha256=info.sha256,
            duration_s=round(info.duration_s, 3),
            frames=len(track.frame_times) + lost,
            fps=round(info.fps, 3),
            width=info.width,
            height=info.height,
            slow_motion=info.slow_motion,
            lost_frames=lost,
            damaged=tuple(DamagedPart(round(d.start_s, 3), round(d.end_s, 3), d.lost_frames) for d in track.damage),
            start_s=round(float(track.frame_times[0]), 3),
            turned_over=track.turned_over,
            speed_doubt=speed_doubt,
        ),
        exercise=PerformedExercise(
            name=filmed.exercise.name,
            family=filmed.exercise.family,
            source="user" if named_by_user else "auto",
            confidence=round(filmed.confidence if named_by_user else min(filmed.confidence, MOST_SURE), 2),
            variant=filmed.variant,
            runner_up=None if filmed.runner_up is None else filmed.runner_up[0].name,
            runner_up_confidence=None if filmed.runner_up is None else round(filmed.runner_up[1], 2),
            working_leg=legs.pop() if one_leg else None,
            working_leg_told=known,
            load_kg=load_kg,
        ),
        view=_camera_view(main),
        scale=PictureScale(_number(scale.px_per_m, 2), scale.source),
        coverage=round(float(np.average([shot.motion.body.coverage for shot in filmed.shots], weights=frames)), 3),
        repaired_frames=sum(int(shot.motion.body.repaired.sum()) for shot in filmed.shots),
        reps=reps,
        findings=judged.findings,
        not_judged=judged.not_judged,
        summary=_summary(reps, judged.findings),
        software=Software(
            __version__, track.key.model, track.key.model_sha256, limits_as_data(limits), options, track.calibration.source
        ),
        not_counted=_not_counted(filmed),
        shots=tuple(_shot_summary(filmed, number, motion) for number, motion in filmed.motions.items()),
    )


def _camera_view(motion: Motion) -> CameraView:
    view = motion.body.view
    return CameraView(view.side, view.facing, _number(view.yaw_deg, 1), round(view.quality, 2))


def _shot_summary(filmed: LiftSet, number: int, motion: Motion) -> ShotSummary:
    reps = sum(len(shot.reps) for shot in filmed.shots if shot.number == number)
    return ShotSummary(
        number=number,
        start_s=round(float(motion.times[0]), 3),
        end_s=round(float(motion.times[-1]), 3),
        analysed=reps > 0,
        reps=reps,
        coverage=round(motion.body.coverage, 3),
        view=_camera_view(motion),
        reason=None if reps else f"nothing in it moves like a {filmed.exercise.noun}",
    )


def _not_counted(filmed: LiftSet) -> tuple[RejectedMovement, ...]:
    entries = [
        replace(entry, start_s=round(entry.start_s, 3), end_s=round(entry.end_s, 3), shot=shot)
        for shot, found in filmed.rejected.items()
        for entry in found
    ]
    return tuple(sorted(entries, key=lambda entry: entry.start_s))


def _judged_rep(exercise: Exercise, shot: Shot, rep: Rep, judged: Judged) -> JudgedRep:
    verdict = judged.verdicts[rep.index]
    return JudgedRep(
        index=rep.index,
        start_s=round(rep.start_s, 3),
        turn_s=round(rep.turn_s, 3),
        turn_end_s=round(rep.turn_end_s, 3),
        end_s=round(rep.end_s, 3),
        eccentric_s=_number(rep.eccentric_s, 2),
        pause_s=_number(rep.pause_s, 2),
        concentric_s=_number(rep.concentric_s, 2),
        range_deg=round(rep.range_deg, 1),
        measures={name: Measure.of(quantity) for name, quantity in exercise.measures(shot, rep).items()},
        verdict=verdict.name,
        not_judged_because=verdict.because,
        shot=shot.number,
    )


def _without_tempo(rep: JudgedRep) -> JudgedRep:
    """The rep without durations and speeds, since the clip's speed is not known."""
    measures = {name: value for name, value in rep.measures.items() if value.unit not in ("s", "m/s")}
    return replace(rep, eccentric_s=None, pause_s=None, concentric_s=None, measures=measures)


def _summary(reps: tuple[JudgedRep, ...], findings: tuple[Finding, ...]) -> Summary:
    faults: dict[str, int] = {}
    for finding in findings:
        if finding.severity == "fault":
            faults[finding.rule] = faults.get(finding.rule, 0) + 1
    spread: dict[str, Any] = {
        "range_cv_percent": _variation([rep.range_deg for rep in reps]),
        "eccentric_cv_percent": _variation([rep.eccentric_s for rep in reps]),
        "concentric_cv_percent": _variation([rep.concentric_s for rep in reps]),
    }
    velocities = [rep.measures["concentric_velocity_mean"].value for rep in reps if "concentric_velocity_mean" in rep.measures]
    loss = velocity_loss([value for value in velocities if value is not None])
    if np.isfinite(loss):
        spread["velocity_loss_percent"] = round(100 * loss, 1)
    return Summary(len(reps), sum(rep.verdict == "clean" for rep in reps), faults, spread)


def _variation(values: list[float | None]) -> float | None:
    """Coefficient of variation of a sample (n - 1) in percent; None with fewer than two known values."""
    known = [value for value in values if value is not None]
    if len(known) < 2 or np.mean(known) <= 0:
        return None
    return round(float(100 * np.std(known, ddof=1) / np.mean(known)), 1)


def _number(value: float, digits: int) -> float | None:
    return round(float(value), digits) if np.isfinite(value) else None

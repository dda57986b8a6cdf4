"""The functions of `import formcheck`: analyse a clip, load what was saved, list the rules."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

from formcheck.errors import UsageError, said_in_python
from formcheck.exercises import AUTO
from formcheck.options import AnalyzeOptions
from formcheck.pipeline import Scored, analyze_clip, rescore
from formcheck.pose import PoseModel, PoseOptions, PoseTrack
from formcheck.pose.estimate import open_clip, options_of
from formcheck.pose.registry import DEFAULT
from formcheck.report.rules import RuleFacts, rule_facts
from formcheck.result import Result
from formcheck.saved import read_saved

FilePath = str | os.PathLike[str]
SideName = Literal["left", "right"]


@said_in_python()
def analyze(
    clip: FilePath,
    exercise: str = AUTO,
    *,
    model: FilePath | PoseModel = DEFAULT,
    limits: FilePath | None = None,
    side: SideName | None = None,
    lifter: SideName | None = None,
    load_kg: float | None = None,
    height_m: float | None = None,
    plate_diameter_m: float = 0.45,
    slow_motion: float = 1.0,
    start_s: float | None = None,
    end_s: float | None = None,
    pose_rate_hz: float | None = None,
    pose: PoseTrack | FilePath | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Result:
    """Analyse one filmed set. Nothing is written to disk; `Result.save` does that.

    Args:
        clip: the video file: one set, filmed from the side.
        exercise: "auto", or the name of an exercise as `formcheck.rules` lists them; a named one is believed.
        model: the pose model: "heavy", "full", the name of one that another package brings, or the path of a .task bundle. Or
            an object that fulfils `PoseModel`: it is sent to worker processes, so its class must be a dataclass of a module
            that can be imported, not of the script or notebook itself.
        limits: a TOML file that changes single limits of rules.
        side: the lifter's side nearest the camera; found when it is not given.
        lifter: where the lifter is among several people in the picture.
        load_kg: the load in kilograms, for the record.
        height_m: the lifter's height in metres, for lengths in metres where no plate is seen.
        plate_diameter_m: diameter of the plates in metres.
        slow_motion: how many times slower than life the clip plays.
        start_s: where the part to analyse begins, in the lifter's seconds from the clip's first frame.
        end_s: where it ends.
        pose_rate_hz: pictures a second that the pose model looks at, at most; 15 in quick movement when not given.
        pose: a track of this very clip (`Result.track`): the pose is not estimated again, and `model`, `lifter`,
            `slow_motion`, `start_s`, `end_s` and `pose_rate_hz` are those of the track. Or a file of keypoints that another
            tool found in it, in pixels (.trc, COCO .json, movement .nc, DeepLabCut, SLEAP).
        progress: called with what is being done and the share of it that is done, 0-1.

    Raises:
        ClipError: the clip cannot be analysed: unreadable, nobody in it, exercise not recognised, no repetition.
        UsageError: an argument cannot be used, or there is no such file.
    """
    options = AnalyzeOptions(
        exercise=exercise,
        model=os.fspath(model) if isinstance(model, os.PathLike) else model,
        limits=None if limits is None else Path(limits),
        side=side,
        load_kg=load_kg,
        height_m=height_m,
        plate_diameter_m=plate_diameter_m,
        pose=PoseOptions(pose_rate_hz, slow_motion, start_s, end_s, lifter),
    )
    path = Path(clip)
    if not isinstance(pose, PoseTrack):
        options = replace(options, track=None if pose is None else Path(pose))
        return Result(analyze_clip(path, None, options, progress=progress), path)
    options = replace(options, pose=options_of(pose.key))
    with open_clip(path, options.pose) as reader:
        if reader.info.sha256 != pose.key.clip_sha256:
            raise UsageError(f"the given pose is not of {path.name}: it was made from another file; analyse without it.")
        return Result(rescore(reader, pose, None, options, progress), path)


@said_in_python()
def load(folder: FilePath, clip: FilePath | None = None) -> Result:
    """Load what `formcheck analyze` or `Result.save` wrote: findings as they were saved, angles from the saved track.

    Args:
        folder: the CLIP.formcheck folder.
        clip: the clip, where it no longer lies beside the folder; only drawing needs it.

    Raises:
        UsageError: the folder holds no analysis that this formcheck can use.
    """
    saved = read_saved(Path(folder))
    return Result(
        Scored(saved.analysis, saved.takes(), saved.track, saved.sightings, reused_track=True),
        saved.clip if clip is None else Path(clip),
    )


@said_in_python()
def rules(exercise: str | None = None, limits: FilePath | None = None) -> tuple[RuleFacts, ...]:
    """Every rule, or those of one exercise, with its limits, their units and where each comes from.

    Args:
        exercise: the name of an exercise; all when it is not given.
        limits: a TOML file that changes single limits.

    Raises:
        UsageError: there is no such exercise, or the limits cannot be used.
    """
    return rule_facts(exercise, None if limits is None else Path(limits))

"""From a pose track to `Motion`: body, bar, scale and spine, each measured on what is known of the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from formcheck.bar import BarSightings, build_bar, build_scale, find_bar, load_bar, save_bar
from formcheck.exercises import AUTO, exercise_named, recognise
from formcheck.exercises.recognise import RECOGNISED, reps_as
from formcheck.motion import HipHint, build_body, build_motion, plate_cover, shots_by_length
from formcheck.motion.types import Body, Motion
from formcheck.pose import PoseTrack
from formcheck.pose.lifter import undecided
from formcheck.spine import measure_spine
from formcheck.video import ClipReader

#: The family in which the bar rests in the crease of the hip, so that its plate tells where the hidden hip is.
BAR_ON_HIP = "hip_thrust"
#: Shots of an edited clip that are tried for reps.
MOST_SHOTS = 5


def watch_bar(
    reader: ClipReader, track: PoseTrack, out: Path, progress: Callable[[float], None] | None = None
) -> BarSightings:
    """What looks like a plate in the clip's pictures: the saved sightings of this track, else found and saved."""
    saved = load_bar(out / "bar.npz", track.key)
    if saved is not None:
        return saved
    save_bar(find_bar(reader, track, progress), out / "bar.npz")
    # Going on with the rounded file makes a second run give the very same numbers.
    return load_bar(out / "bar.npz")  # type: ignore[return-value]  # without a key it never returns None


def measure_motion(
    track: PoseTrack,
    sightings: BarSightings,
    *,
    exercise: str = AUTO,
    side: str | None = None,
    plate_diameter_m: float = 0.45,
    height_m: float | None = None,
) -> Motion:
    """Body, bar, scale, spine and angles of a track.

    Args:
        exercise: as the user named it, or "auto".
        side: the lifter's side nearest the camera where the user says so.
        plate_diameter_m, height_m: for lengths in metres.

    Raises:
        ClipError: the lifter is not seen in any continuous shot, or cannot be told from others.
    """
    body, family = _body_with_reps(track, exercise, side)
    shot = track.shot[np.searchsorted(track.times, body.times[0] - 1e-6)]
    if rivals := track.shots[shot].rivals:
        raise undecided(rivals)
    bar = build_bar(sightings, body)
    if bar is not None and bar.source == "plate":
        hint = HipHint(bar.path, bar.path_sd) if family == BAR_ON_HIP else None
        body = build_body(track, side=side, hip_hint=hint, cover=plate_cover(bar), shot=int(shot))
        bar = build_bar(sightings, body)
    scale = build_scale(bar, body, plate_diameter_m, height_m)
    return build_motion(track, body=body, spine=measure_spine(track, body, bar), bar=bar, scale=scale)


def _body_with_reps(track: PoseTrack, exercise: str, side: str | None) -> tuple[Body, str]:
    """The body in the longest shot that shows reps, and the family of exercise they look like.

    Of an edited clip (title cards, talking, close-ups) only one continuous shot is analysed. Where no shot shows reps,
    the longest one stands for the clip and no family is named.
    """
    longest: Body | None = None
    for shot in shots_by_length(track)[:MOST_SHOTS]:
        body = build_body(track, side=side, shot=shot)
        longest = longest or body
        motion = build_motion(track, body=body)
        named = exercise != AUTO
        found = reps_as(motion, exercise_named(exercise), named_by_user=True) if named else recognise(motion)[0]
        if found.reps and (named or found.confidence >= RECOGNISED):
            return body, found.exercise.family
    return longest or build_body(track, side=side), ""

"""From a pose track to `Motion`: body, bar, scale and spine, each measured on what is known of the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from formcheck.bar import BarSightings, build_bar, build_scale, find_bar, load_bar, save_bar
from formcheck.exercises import AUTO, exercise_named, recognise
from formcheck.exercises.recognise import RECOGNISED
from formcheck.motion import build_body, build_motion
from formcheck.motion.hips import HipHint
from formcheck.motion.types import Body, Motion
from formcheck.pose import PoseTrack
from formcheck.spine import measure_spine
from formcheck.video import ClipReader

#: The family in which the bar rests in the crease of the hip, so that its plate tells where the hidden hip is.
BAR_ON_HIP = "hip_thrust"


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
        ClipError: the lifter is not seen in any continuous shot.
    """
    body = build_body(track, side=side)
    bar = build_bar(sightings, body)
    if bar is not None and bar.source == "plate" and _bar_on_hip(track, body, exercise):
        body = build_body(track, side=side, hip_hint=HipHint(bar.path, bar.path_sd))
        bar = build_bar(sightings, body)
    scale = build_scale(bar, body, plate_diameter_m, height_m)
    return build_motion(track, body=body, spine=measure_spine(track, body, bar), bar=bar, scale=scale)


def _bar_on_hip(track: PoseTrack, body: Body, exercise: str) -> bool:
    if exercise != AUTO:
        return exercise_named(exercise).family == BAR_ON_HIP
    likely = recognise(build_motion(track, body=body))[0]
    return likely.exercise.family == BAR_ON_HIP and likely.confidence >= RECOGNISED

"""From a pose track to `Motion`, shot by shot: body, bar, scale and spine, each measured on what is known of the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from formcheck.bar import (
    BarSightings,
    build_bar,
    build_scale,
    find_bar,
    load_bar,
    over_near_hip,
    rounded_sightings,
    save_bar,
)
from formcheck.errors import ClipError
from formcheck.motion import HipHint, build_body, build_motion, plate_cover, shots_by_length
from formcheck.motion.types import Motion
from formcheck.pose import PosePool, PoseTrack
from formcheck.spine import measure_spine
from formcheck.video import ClipReader

#: Shots of an edited clip that are tried for reps.
MOST_SHOTS = 12


def watch_bar(
    reader: ClipReader,
    track: PoseTrack,
    out: Path | None,
    progress: Callable[[float], None] | None = None,
    pool: PosePool | None = None,
) -> BarSightings:
    """What looks like a plate in the clip's pictures: the sightings of this track saved in the folder `out`, else found, and
    saved there if there is a folder."""
    saved = None if out is None else load_bar(out / "bar.npz", track.key)
    if saved is not None:
        return saved
    found = rounded_sightings(find_bar(reader, track, progress, pool))
    if out is not None:
        save_bar(found, out / "bar.npz")
    return found


def rough_motions(track: PoseTrack, side: str | None = None) -> dict[int, Motion]:
    """The motion in every continuous shot that the lifter is seen in, from the pose alone, by number of the shot in order
    of time. It tells which shots show reps of what; `full_motion` then measures those.

    Of a clip with more than `MOST_SHOTS` shots the longest ones are taken.

    Raises:
        ClipError: the lifter is not seen in any continuous shot.
    """
    numbers = sorted(shots_by_length(track)[:MOST_SHOTS])
    motions = {}
    for number in numbers:
        try:
            motions[number] = build_motion(track, body=build_body(track, side=side, shot=number))
        except ClipError:
            continue  # seen in a single picture
    if not motions:
        build_body(track, side=side)  # says why not
    return motions


def full_motion(
    track: PoseTrack,
    sightings: BarSightings,
    rough: Motion,
    shot: int,
    *,
    bar_on_hips: bool,
    side: str | None = None,
    plate_diameter_m: float = 0.45,
    height_m: float | None = None,
) -> Motion:
    """Body, bar, scale, spine and angles of one shot.

    Args:
        rough: the shot's motion from `rough_motions`.
        bar_on_hips: the bar rests in the crease of the hip, so that its plate tells where the hidden hip is.
        side: the lifter's side nearest the camera where the user says so.
        plate_diameter_m, height_m: for lengths in metres.
    """
    body = rough.body
    bar = build_bar(sightings, body)
    if bar is not None and bar.source == "plate":
        hint = HipHint(over_near_hip(bar), bar.path_sd) if bar_on_hips else None
        body = build_body(track, side=side, hip_hint=hint, cover=plate_cover(bar), shot=shot)
        bar = build_bar(sightings, body)
    scale = build_scale(bar, body, plate_diameter_m, height_m)
    return build_motion(track, body=body, spine=measure_spine(track, body, bar), bar=bar, scale=scale)

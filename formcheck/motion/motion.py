"""`Motion`: body, angles, back and bar of one shot, and how it is built from the pose track."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formcheck.errors import ClipError
from formcheck.motion.bar.bar import UNKNOWN_SCALE, Bar, Scale, build_bar, build_scale, over_near_hip, plate_cover
from formcheck.motion.bar.candidates import BarCandidates
from formcheck.motion.body import Array, Body, LegAngles, Posture3D, Series
from formcheck.motion.clean import HipHint, build_body
from formcheck.motion.posture_3d import build_posture_3d
from formcheck.motion.shots import shots_by_length, split_at_jumps, without_foreign_feet, without_thrown_poses
from formcheck.motion.spine.spine import Spine, build_spine
from formcheck.motion.view import head_angle, leg_angles, trunk_inclination
from formcheck.options import END, START
from formcheck.pose.geometry import trunk_length
from formcheck.pose.skeleton import SIDES, other_side
from formcheck.pose.track import PoseTrack


@dataclass(frozen=True)
class Motion:
    """All measurements of the movement, on the frames of the analysed shot.

    `legs` has the angles of the "left" and the "right" leg. `trunk` is the hip-shoulder line from vertical, positive
    leaning forward (about -90 at the top of a hip thrust). `head` is the shoulder-ear line against the trunk line,
    positive = head forward (chin tucked). `trunk_px` is the length of the trunk, the unit of lengths without a scale.
    `posture_3d` is None if the motion was not built from a pose track.
    """

    body: Body
    legs: dict[str, LegAngles]
    trunk: Series
    head: Series
    trunk_px: float
    scale: Scale
    spine: Spine | None = None
    bar: Bar | None = None
    posture_3d: Posture3D | None = None

    @property
    def times(self) -> Array:
        """(F,) seconds."""
        return self.body.times

    @property
    def near(self) -> LegAngles:
        return self.legs[self.body.view.side]

    @property
    def far(self) -> LegAngles:
        return self.legs[other_side(self.body.view.side)]


# Building the motion, shot by shot: first from the pose alone, then with bar, scale and back.

#: Body and bar are estimated in turn: the joints identify the lifter's plate, and the plate locates the joints it hides.
#: At most this many rounds, until the plate stays the same (its centre within this share of its radius).
MOST_ROUNDS, SAME_PLATE = 3, 0.3


def build_motion(
    track: PoseTrack | None,
    *,
    side: str | None = None,
    body: Body | None = None,
    spine: Spine | None = None,
    bar: Bar | None = None,
    scale: Scale = UNKNOWN_SCALE,
) -> Motion:
    """Clean the landmarks and measure the angles.

    `body` is the one on which `spine` and `bar` were found; by default it is built here, with `side` nearest the camera if
    the user gives it. Without a track there is no 3D posture.

    Raises:
        ClipError: the lifter is not seen in any continuous shot.
    """
    if body is None:
        assert track is not None, "without a body there must be a track to build it from"
        body = build_body(track, side=side)
    return Motion(
        body=body,
        legs={name: leg_angles(body, name) for name in SIDES},
        trunk=trunk_inclination(body),
        head=head_angle(body),
        trunk_px=trunk_length(body.points),
        scale=scale,
        spine=spine,
        bar=bar,
        posture_3d=None if track is None else build_posture_3d(track, body),
    )


def corrected_track(track: PoseTrack) -> PoseTrack:
    """The track with one lifter in continuous shots: without thrown poses and other people's feet, split at jump cuts."""
    return without_foreign_feet(split_at_jumps(without_thrown_poses(track)))


def rough_motions(
    track: PoseTrack, side: str | None = None, legs_swapped: frozenset[int] = frozenset()
) -> dict[int, Motion]:
    """The motion in every continuous shot in which the lifter is seen, by number of the shot, from the pose alone.

    It serves to recognise the exercise and to find the shots with reps, which `full_motion` then measures. In the shots
    `legs_swapped` left and right leg are swapped (see `build_body`).

    Raises:
        ClipError: the lifter is not seen in any continuous shot.
    """
    numbers = sorted(shots_by_length(track))
    motions = {}
    for number in numbers:
        try:
            body = build_body(track, side=side, shot=number, legs_swapped=number in legs_swapped)
            motions[number] = build_motion(track, body=body)
        except ClipError:
            continue  # seen in one picture only
    if not motions:
        build_body(track, side=side)  # usually raises the more exact error
        raise ClipError(
            "the lifter is seen in single pictures only; expected a whole repetition in one shot. Film the whole set, or check"
            f" {START} and {END}.",
            START,
            END,
        )
    return motions


def same_plate(one: Bar, other: Bar) -> bool:
    """Whether two bars follow the same plate: where both are known, their centres are close in most frames."""
    apart = np.linalg.norm(one.center - other.center, axis=1) / other.radius
    known = apart[np.isfinite(apart)]
    return one.source == other.source and (not len(known) or float(np.median(known)) < SAME_PLATE)


def full_motion(
    track: PoseTrack,
    candidates: BarCandidates,
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
        bar_on_hips: the bar rests in the hip crease, so that its plate locates the hidden hip.
        side: the lifter's side nearest the camera, if the user gives it.
        plate_diameter_m, height_m: for lengths in metres.
    """
    body = rough.body
    bar = build_bar(candidates, body)
    for _ in range(MOST_ROUNDS):
        if bar is None or bar.source != "plate":
            break
        hint = HipHint(over_near_hip(bar), bar.path_sd) if bar_on_hips else None
        body = build_body(
            track, side=side, hip_hint=hint, cover=plate_cover(bar), shot=shot, legs_swapped=rough.body.legs_swapped
        )
        before, bar = bar, build_bar(candidates, body)
        if bar is not None and same_plate(before, bar):
            break
    scale = build_scale(bar, body, plate_diameter_m, height_m)
    # Keypoints imported from other tools have no outline.
    spine = build_spine(track, body, bar) if any(track.outline) else None
    return build_motion(track, body=body, spine=spine, bar=bar, scale=scale)

"""From the pose track to `Motion`: the cleaned body and the angles that the later stages read."""

from __future__ import annotations

from formcheck.motion.angles import head_angle, leg_angles, trunk_inclination, trunk_length
from formcheck.motion.body import build_body
from formcheck.motion.spatial import build_spatial
from formcheck.motion.types import Bar, Body, Motion, Scale, Spine
from formcheck.pose.track import PoseTrack
from formcheck.skeleton import SIDES

UNKNOWN_SCALE = Scale(float("nan"), None)


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

    `body` is a body that was already built from this track (the bar and the spine are found on it, so a caller that
    has them also has the body); without it the body is built here, seen from `side` where the user says so. A body
    without a track behind it has no posture in space.

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
        trunk_px=trunk_length(body),
        scale=scale,
        spine=spine,
        bar=bar,
        spatial=None if track is None else build_spatial(track, body),
    )

"""Motion capture formats: markers and angles at a constant rate, in metres of the lifter's sagittal plane.

Axes as in OpenSim: X forward, Y up, Z to the lifter's right, always 0 with one camera. The origin is on the floor (lowest
position of heels and toes) below the ankles of the first frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from formcheck.errors import OptionName, UsageError, library
from formcheck.lifts.exercise import Shot
from formcheck.motion.body import VISIBLE, Array
from formcheck.pose.skeleton import SIDES, Joint, Side, joint
from formcheck.results.catalogue import SIGNALS, read_signal
from formcheck.runtime.files import atomic_write, write_text

Units = Literal["m", "px"]

#: Longest gap that is interpolated, in steps of the constant rate.
LONGEST_STEP = 1.6


def marker_name(point: Joint) -> str:
    """Name of a keypoint in Pose2Sim's OpenSim models: "RKnee", "LBigToe", "Nose"."""
    words = point.name.split("_")
    if words[0] not in ("LEFT", "RIGHT"):
        return words[0].capitalize()
    return words[0][0] + ("BigToe" if words[1] == "TOE" else words[1].capitalize())


#: The option for the units.
UNITS_OPTION = OptionName("--units", "units")
_SAY_HEIGHT = OptionName("`formcheck render FOLDER --height 172cm`", "formcheck.analyze(..., height_m=1.72)")


@dataclass(frozen=True)
class Recording:
    """F evenly spaced frames of M markers.

    Attributes:
        times: (F,) seconds of the clip, evenly spaced.
        rate_hz: frames a second.
        names: of the markers, without those never seen.
        points: (F, M, 3) in `units`; axes as above for metres, x right and y down for pixels. NaN where not seen.
        sd: (F, M) standard deviation of a marker in the picture's plane, in `units`.
        angles: (F,) degrees by name, NaN where unknown.
        units: of `points`.
    """

    times: Array
    rate_hz: float
    names: tuple[str, ...]
    points: Array
    sd: Array
    angles: dict[str, Array]
    units: Units


def record(shots: Sequence[Shot], units: Units = "m") -> Recording:
    """The analysed shots on one evenly spaced time axis; NaN between shots and for hidden keypoints.

    Raises:
        UsageError: metres are needed without a scale.
    """
    step = float(np.median(np.concatenate([np.diff(shot.motion.times) for shot in shots])))
    first, last = float(shots[0].motion.times[0]), float(shots[-1].motion.times[-1])
    times: Array = np.float64(first) + step * np.arange(round((last - first) / step) + 1, dtype=np.float64)
    points = np.full((len(times), len(Joint), 3), np.nan)
    sd = np.full((len(times), len(Joint)), np.nan)
    angles: dict[str, Array] = {}
    for shot in shots:
        body = shot.motion.body
        rows = np.flatnonzero((times >= body.times[0] - step / 2) & (times <= body.times[-1] + step / 2))
        seen = np.where(body.visibility[:, :, None] >= VISIBLE, body.points, np.nan)
        placed, per_unit = _placed(shot, seen, units)
        points[rows] = resampled(body.times, placed, times[rows], LONGEST_STEP * step)
        sd[rows] = resampled(body.times, body.sd / per_unit, times[rows], LONGEST_STEP * step)
        for name, values in joint_angles(shot).items():
            column = angles.setdefault(name, np.full(len(times), np.nan))
            column[rows] = resampled(body.times, values, times[rows], LONGEST_STEP * step)
    shown = [point for point in Joint if np.isfinite(points[:, point]).any()]
    return Recording(times, 1 / step, tuple(map(marker_name, shown)), points[:, shown], sd[:, shown], angles, units)


def _placed(shot: Shot, points: Array, units: Units) -> tuple[Array, float]:
    """(F, J, 3) points in `units`, and the number of pixels in one."""
    depth = np.where(np.isfinite(points[:, :, :1]), 0.0, np.nan)
    if units == "px":
        return np.concatenate([points, depth], axis=2), 1.0
    scale, view = shot.motion.scale.px_per_m, shot.motion.body.view
    if not np.isfinite(scale):
        pixels = UNITS_OPTION.to("px")
        raise UsageError(
            "the scale of this clip is not known (no plate was seen), so nothing is known in metres; give the lifter's"
            f" height with {_SAY_HEIGHT}, or export pixels with {pixels}.",
            _SAY_HEIGHT,
            pixels,
        )
    ankles = points[:, [joint("ankle", side) for side in SIDES], 0]
    known = ankles[np.isfinite(ankles).any(axis=1)]
    feet = points[:, [joint(name, side) for name in ("heel", "toe", "ankle") for side in SIDES], 1]
    origin_x = float(np.nanmean(known[0])) if len(known) else float(np.nanmin(points[:, :, 0]))
    floor_y = float(np.nanpercentile(feet, 98)) if np.isfinite(feet).any() else float(np.nanmax(points[:, :, 1]))
    forward = view.forward * view.stretch * (points[:, :, :1] - origin_x) / scale
    return np.concatenate([forward, (floor_y - points[:, :, 1:2]) / scale, depth], axis=2), scale


def joint_angles(shot: Shot) -> dict[str, Array]:
    """(F,) degrees by name; flexion is positive, 0 is standing straight.

    `hip_flexion_r` is 180 minus shoulder-hip-knee (negative beyond straight), `knee_flexion_r` 180 minus hip-knee-ankle,
    `shank_tilt_r` and `trunk_tilt` the lines ankle-knee and hip-shoulder from vertical, positive forward. They are angles
    between segments in the plane of the picture, not coordinates of a skeleton model (use inverse kinematics for those).
    """
    named = [one for one in SIGNALS if one.capture]
    sides: tuple[Side, ...] = ("right", "left")
    pairs = [(one, side, f"{one.capture}_{side[0]}") for side in sides for one in named if one.paired]
    pairs += [(one, sides[0], one.capture) for one in named if not one.paired]
    values = {name: read_signal(one.name, shot.motion, side).values for one, side, name in pairs}
    return {name: 180 - values[name] if one.flexion else values[name] for one, _, name in pairs}


def resampled(times: Array, values: Array, wanted: Array, longest: float) -> Array:
    """(F, ...) values at `wanted` times, interpolated between frames at most `longest` seconds apart; else NaN.

    Both frames must be known, except that a frame at the very time suffices.
    """
    after = np.clip(np.searchsorted(times, wanted), 1, len(times) - 1)
    before = after - 1
    gap = times[after] - times[before]
    share = np.clip((wanted - times[before]) / gap, 0.0, 1.0)
    share = np.where(share < 1e-3, 0.0, np.where(share > 1 - 1e-3, 1.0, share))
    weight = share.reshape(-1, *[1] * (values.ndim - 1))
    mixed = (1 - weight) * values[before] + weight * values[after]
    mixed[gap > longest + 1e-9] = np.nan
    return np.asarray(np.where(weight == 0, values[before], np.where(weight == 1, values[after], mixed)))


# C3D.

#: C3D programs expect millimetres.
MM_PER_M = 1000.0


def write_c3d(recording: Recording, path: Path) -> None:
    """Write the markers in millimetres (or pixels) with their standard deviation as residual, and the angles in degrees.

    Axes as in the recording (Y up); what was not seen has the residual -1, which C3D calls invalid.

    Raises:
        UsageError: ezc3d is not installed.
    """
    file = library("ezc3d", "a C3D file").c3d()
    scale, unit = (MM_PER_M, "mm") if recording.units == "m" else (1.0, "px")
    angles = list(recording.angles)
    markers = np.concatenate([scale * recording.points, _as_points(recording.angles, len(recording.times))], axis=1)
    seen = np.isfinite(markers).all(axis=2)
    residuals = np.concatenate([scale * recording.sd, np.zeros((len(markers), len(angles)))], axis=1)
    points = np.ones((4, markers.shape[1], len(markers)))
    points[:3] = np.nan_to_num(markers).transpose(2, 1, 0)
    file["parameters"]["POINT"]["RATE"]["value"] = [recording.rate_hz]
    file["parameters"]["POINT"]["LABELS"]["value"] = [*recording.names, *angles]
    file["parameters"]["POINT"]["UNITS"]["value"] = [unit]
    file.add_parameter("POINT", "ANGLES", angles)
    file.add_parameter("POINT", "ANGLE_UNITS", ["deg"])
    file.add_parameter("POINT", "X_SCREEN", ["+X"])
    file.add_parameter("POINT", "Y_SCREEN", ["+Y"])
    file.add_parameter("FORMCHECK", "START_S", [float(recording.times[0])])
    file["data"]["points"] = points
    file["data"]["meta_points"]["residuals"] = np.where(seen, np.nan_to_num(residuals), -1.0).T[None]
    with atomic_write(path) as partial:
        file.write(str(partial))


def _as_points(angles: dict[str, np.ndarray], frames: int) -> np.ndarray:
    """(F, A, 3): C3D has angles among the points, here in their first coordinate."""
    points = np.zeros((frames, len(angles), 3))
    for number, values in enumerate(angles.values()):
        points[:, number, 0] = values
    return points


# Markers as .trc and angles as .mot: the text files of OpenSim, Pose2Sim and Sports2D.

def write_trc(recording: Recording, path: Path) -> None:
    """Write the markers; what was not seen is left blank, which OpenSim reads as missing."""
    count, rate = len(recording.times), f"{recording.rate_hz:.6f}".rstrip("0").rstrip(".")
    facts = (rate, rate, str(count), str(len(recording.names)), recording.units, rate, "1", str(count))
    lines = [
        f"PathFileType\t4\t(X/Y/Z)\t{path.name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        "\t".join(facts),
        "Frame#\tTime\t" + "\t".join(f"{name}\t\t" for name in recording.names),
        "\t\t" + "\t".join(f"X{i}\tY{i}\tZ{i}" for i in range(1, len(recording.names) + 1)),
        "",
    ]
    for number, (time_s, frame) in enumerate(zip(recording.times, recording.points, strict=True), 1):
        cells = [f"{value:.6f}" if np.isfinite(value) else "" for value in frame.ravel()]
        lines.append("\t".join([str(number), f"{time_s:.6f}", *cells]))
    write_text(path, "\n".join(lines) + "\n")


def write_mot(recording: Recording, path: Path) -> None:
    """Write the angles in degrees; what is not known is "nan"."""
    columns = np.column_stack([recording.times, *recording.angles.values()])
    lines = [
        path.stem,
        "version=1",
        f"nRows={len(columns)}",
        f"nColumns={columns.shape[1]}",
        "inDegrees=yes",
        "",
        "Angles between segments in the sagittal plane, degrees, flexion and forward positive; time in seconds.",
        "",
        "endheader",
        "\t".join(["time", *recording.angles]),
    ]
    for time_s, *angles in columns:
        lines.append("\t".join([f"{time_s:.6f}", *(f"{value:.4f}" if np.isfinite(value) else "nan" for value in angles)]))
    write_text(path, "\n".join(lines) + "\n")

"""Markers and angles as C3D, the binary file of motion capture."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from formcheck.extras import library
from formcheck.formats.recording import Recording
from formcheck.whole import written_whole

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
    with written_whole(path) as partial:
        file.write(str(partial))


def _as_points(angles: dict[str, np.ndarray], frames: int) -> np.ndarray:
    """(F, A, 3): C3D has angles among the points, here in their first coordinate."""
    points = np.zeros((frames, len(angles), 3))
    for number, values in enumerate(angles.values()):
        points[:, number, 0] = values
    return points

"""Markers as .trc and angles as .mot: the text files of OpenSim, Pose2Sim and Sports2D."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from formcheck.formats.recording import Recording
from formcheck.whole import write_text


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

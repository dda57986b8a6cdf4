"""`export`: writing a result in other programs' file formats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from formcheck.errors import UsageError
from formcheck.lifts.exercise import Shot
from formcheck.outputs.formats.motion_capture import UNITS_OPTION, Units, record, write_c3d, write_mot, write_trc
from formcheck.outputs.formats.posesets import write_coco, write_netcdf
from formcheck.outputs.formats.tables import Columns, angle_columns, keypoint_columns, rep_columns, write_csv, write_parquet
from formcheck.pose.track import PoseTrack
from formcheck.results.analysis import Analysis

#: Contents of each format, for help and documentation.
FORMATS = {
    "trc": "markers for OpenSim and Pose2Sim, metres of the sagittal plane",
    "mot": "joint angles for OpenSim, degrees",
    "c3d": "markers in millimetres and angles, for motion capture programs (extra: formats)",
    "csv": "tables of angles, keypoints and reps",
    "parquet": "the same tables with the units in the metadata",
    "netcdf": "a movement dataset of keypoints, pixels (extra: formats)",
    "coco": "COCO keypoints in JSON, pixels",
}
_ENDINGS = {"netcdf": "nc", "coco": "coco.json"}
UNITS: tuple[Units, ...] = ("m", "px")


def export_set(
    analysis: Analysis,
    shots: Sequence[Shot],
    track: PoseTrack,
    file_format: str,
    folder: Path,
    units: str = "m",
) -> list[Path]:
    """Write a set in a format into `folder`; return the files, named after the clip.

    Args:
        units: "m", or "px" for .trc and .c3d of a clip whose scale is not known.

    Raises:
        UsageError: the format or unit is unknown, a library is missing, or metres are needed without a scale.
        OutputError: the files cannot be written.
    """
    if file_format not in FORMATS:
        raise UsageError(f"unknown format {file_format!r}; expected one of {', '.join(FORMATS)}.")
    chosen = next((unit for unit in UNITS if unit == units), None)
    if chosen is None:
        raise UsageError(f"{UNITS_OPTION} expects {' or '.join(UNITS)} but got {units!r}.", UNITS_OPTION)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"the folder {folder} cannot be made ({error.strerror}); choose another.") from None
    stem, clip = Path(analysis.clip.path).stem, analysis.clip
    if file_format in ("csv", "parquet"):
        return _tables(analysis, shots, track, file_format, folder)
    path = folder / f"{stem}.{_ENDINGS.get(file_format, file_format)}"
    writers: dict[str, Callable[[], None]] = {
        "trc": lambda: write_trc(record(shots, chosen), path),
        "mot": lambda: write_mot(record(shots, "px"), path),  # angles have no scale
        "c3d": lambda: write_c3d(record(shots, chosen), path),
        "netcdf": lambda: write_netcdf(shots, clip, path),
        "coco": lambda: write_coco(shots, clip, path),
    }
    writers[file_format]()
    return [path]


def _tables(
    analysis: Analysis, shots: Sequence[Shot], track: PoseTrack, file_format: str, folder: Path
) -> list[Path]:
    tables: dict[str, Columns] = {
        "angles": angle_columns(shots, track),
        "keypoints": keypoint_columns(shots),
        "reps": rep_columns(analysis),
    }
    facts = {
        "clip": analysis.clip.path, "clip_sha256": analysis.clip.sha256, "exercise": analysis.exercise.name,
        "version": analysis.software.version,
    }  # fmt: skip
    written = []
    for name, columns in tables.items():
        path = folder / f"{Path(analysis.clip.path).stem}.{name}.{file_format}"
        if file_format == "csv":
            write_csv(columns, path)
        else:
            write_parquet(columns, path, facts)
        written.append(path)
    return written

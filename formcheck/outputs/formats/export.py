"""Export of a set: the formats, and pose datasets (a `movement` dataset in netCDF, COCO keypoints in JSON)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from formcheck.errors import UsageError, library
from formcheck.lifts.exercise import Shot
from formcheck.motion.body import VISIBLE, Array
from formcheck.outputs.formats.motion_capture import UNITS_OPTION, Units, joint_angles, record, write_c3d, write_mot, write_trc
from formcheck.outputs.formats.tables import Columns, angle_columns, keypoint_columns, rep_columns, write_csv, write_parquet
from formcheck.pose.skeleton import SEGMENTS, SIDES, Joint, joint
from formcheck.pose.track import PoseTrack
from formcheck.results.analysis import Analysis, SourceClip
from formcheck.runtime.files import atomic_write, write_text

#: COCO's 17 keypoints in its order, then those that it does not have.
COCO_ORDER = (
    Joint.NOSE, Joint.LEFT_EYE, Joint.RIGHT_EYE, Joint.LEFT_EAR, Joint.RIGHT_EAR, Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER,
    Joint.LEFT_ELBOW, Joint.RIGHT_ELBOW, Joint.LEFT_WRIST, Joint.RIGHT_WRIST, Joint.LEFT_HIP, Joint.RIGHT_HIP,
    Joint.LEFT_KNEE, Joint.RIGHT_KNEE, Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE, Joint.LEFT_HAND, Joint.RIGHT_HAND,
    Joint.LEFT_HEEL, Joint.RIGHT_HEEL, Joint.LEFT_TOE, Joint.RIGHT_TOE,
)  # fmt: skip


def movement_dataset(shots: Sequence[Shot], clip: SourceClip) -> Any:
    """An xarray dataset in the layout of `movement` poses: `position` (time, space, keypoints, individuals) in pixels, x
    right and y down, `confidence` (time, keypoints, individuals) 0-1, time in seconds of the clip; angles in degrees beside.

    Raises:
        UsageError: xarray is not installed.
    """
    xarray = library("xarray", "a movement dataset")
    bodies = [shot.motion.body for shot in shots]
    times = np.concatenate([body.times for body in bodies])
    dims = ("time", "space", "keypoints", "individuals")
    points = np.concatenate([body.points for body in bodies]).transpose(0, 2, 1)[..., None]
    seen = np.concatenate([body.visibility for body in bodies])[..., None]
    sd = np.concatenate([body.sd for body in bodies])[..., None]
    variables = {
        "position": (dims, points, {"units": "px", "axes": "x right, y down"}),
        "confidence": ((dims[0], *dims[2:]), seen, {"long_name": "how far the keypoint was seen, 0-1"}),
        "position_sd": ((dims[0], *dims[2:]), sd, {"units": "px", "long_name": "standard deviation of x and of y"}),
    }
    angles = [joint_angles(shot) for shot in shots]
    for name in angles[0]:
        values = np.concatenate([own[name] for own in angles])
        variables[name] = (("time",), values, {"units": "deg"})
    return xarray.Dataset(
        data_vars=variables,
        coords={
            "time": ("time", times, {"long_name": "time from the clip's first frame, in seconds"}),
            "space": ["x", "y"],
            "keypoints": [point.name.lower() for point in Joint],
            "individuals": ["lifter"],
        },
        attrs={
            "ds_type": "poses", "source_software": "formcheck", "time_unit": "seconds", "fps": clip.fps,
            "source_file": clip.path,
        },
    )  # fmt: skip


def write_netcdf(shots: Sequence[Shot], clip: SourceClip, path: Path) -> None:
    """Write the `movement` dataset as netCDF.

    Raises:
        UsageError: xarray is not installed.
    """
    dataset = movement_dataset(shots, clip)
    with atomic_write(path) as partial:
        dataset.to_netcdf(partial, engine="scipy")


def write_coco(shots: Sequence[Shot], clip: SourceClip, path: Path) -> None:
    """Write COCO keypoints: one image a frame (with its `time_s`), one annotation where the lifter is seen."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for shot in shots:
        body = shot.motion.body
        for time_s, points, seen in zip(body.times, body.points, body.visibility, strict=True):
            number = len(images) + 1
            images.append(
                {
                    "id": number, "file_name": f"{clip.path}#{number:06d}", "width": clip.width, "height": clip.height,
                    "time_s": round(float(time_s), 6), "shot": shot.number,
                }
            )  # fmt: skip
            if np.isfinite(points).any():
                annotations.append(_annotation(number, points, seen))
    data = {
        "info": {"description": f"Keypoints of {clip.path}, found by formcheck", "fps": clip.fps},
        "images": images,
        "annotations": annotations,
        "categories": [
            {
                "id": 1, "name": "person", "supercategory": "person",
                "keypoints": [point.name.lower() for point in COCO_ORDER], "skeleton": _coco_skeleton(),
            }
        ],
    }  # fmt: skip
    write_text(path, json.dumps(data))


def _annotation(image: int, points: Array, seen: Array) -> dict[str, Any]:
    rows = list(COCO_ORDER)
    known = np.asarray(np.isfinite(points[rows]).all(axis=1))
    flags = np.where(known, np.where(seen[rows] >= VISIBLE, 2, 1), 0)
    flat = np.column_stack([np.where(known[:, None], points[rows], 0.0).round(2), flags]).ravel()
    low, high = np.nanmin(points, axis=0), np.nanmax(points, axis=0)
    width, height = (float(side) for side in high - low)
    return {
        "id": image, "image_id": image, "category_id": 1, "iscrowd": 0,
        "keypoints": [int(value) if i % 3 == 2 else float(value) for i, value in enumerate(flat)],
        "num_keypoints": int(known.sum()),
        "score": round(float(seen[rows][known].mean()), 3),
        "bbox": [round(float(low[0]), 2), round(float(low[1]), 2), round(width, 2), round(height, 2)],
        "area": round(width * height, 2),
    }  # fmt: skip


def _coco_skeleton() -> list[list[int]]:
    """Bones as pairs of keypoints counted from 1."""
    pairs = [(joint(a, side), joint(b, side)) for side in SIDES for a, b in SEGMENTS]
    return [[COCO_ORDER.index(a) + 1, COCO_ORDER.index(b) + 1] for a, b in pairs]


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

"""Keypoints as pose datasets: a `movement` dataset in netCDF, and COCO keypoints in JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from formcheck.errors import library
from formcheck.lifts.exercise import Shot
from formcheck.motion.body import VISIBLE, Array
from formcheck.outputs.formats.motion_capture import joint_angles
from formcheck.pose.skeleton import SEGMENTS, SIDES, Joint, joint
from formcheck.results.analysis import SourceClip
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

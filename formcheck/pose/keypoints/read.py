"""Importing keypoints from other tools: .trc in pixels, COCO JSON, `movement` datasets, DeepLabCut and SLEAP."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import UsageError, library, why
from formcheck.options import ReadingOptions
from formcheck.pose.keypoints import formats as deeplabcut
from formcheck.pose.keypoints import formats as sleap
from formcheck.pose.keypoints.formats import Keypoints, lifter_among
from formcheck.pose.model import UNKNOWN
from formcheck.pose.skeleton import ESSENTIAL, SIDES, joint, joints_of
from formcheck.pose.track import PoseShot, PoseTrack, TrackKey, empty_arrays, rounded_track
from formcheck.video.files import file_sha256
from formcheck.video.reader import ClipReader
from formcheck.video.sampling import plan_clip, survey_clip

#: Bodies smaller than this are not in pixels.
LEAST_PIXELS = 20.0


def read_keypoints(path: Path) -> Keypoints:
    """Read a file of keypoints, by its suffix.

    Raises:
        UsageError: it cannot be read, its format is unknown, it is not in pixels, or a library is missing.
    """
    readers = {".trc": read_trc, ".json": read_coco, ".nc": read_netcdf, ".h5": read_hdf5, ".csv": deeplabcut.read_csv,
               ".slp": sleap.read_slp}  # fmt: skip
    if path.suffix.lower() not in readers:
        raise UsageError(
            f"{path.name} is no file of keypoints that formcheck knows; expected .trc (Sports2D), .json (COCO), .nc"
            " (movement), or .h5, .csv or .slp of DeepLabCut and SLEAP."
        )
    try:
        found = readers[path.suffix.lower()](path)
    except UsageError:
        raise
    except Exception as error:  # libraries raise anything on a damaged file
        raise UsageError(f"{path.name} cannot be read as keypoints ({why(error)}); write it again with its tool.") from None
    if not len(found.points):
        raise UsageError(f"{path.name} has no frame with keypoints; write it again with its tool.")
    known = found.points[np.isfinite(found.points).all(axis=2)]
    extent = float(np.ptp(known, axis=0).max()) if len(known) else 0.0
    if not extent > LEAST_PIXELS:
        raise UsageError(
            f"{path.name} is not in pixels of the clip's picture (all of it lies within {extent:.1f} units);"
            " expected the tool's file in pixels (of Sports2D the one with _px_ in its name)."
        )
    return found


def read_trc(path: Path) -> Keypoints:
    """Read a .trc file in pixels. Its unit "m" is ignored, since Sports2D writes it for pixels too."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    if len(lines) < 6:
        raise ValueError("it ends in its header")
    facts = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=False))
    if facts.get("Units", "").strip() == "mm":
        raise UsageError(f"{path.name} is in millimetres; expected the tool's file in pixels of the clip's picture.")
    names = tuple(name for name in lines[3].rstrip("\n").split("\t")[2:] if name.strip())
    width = 2 + 3 * len(names)
    rows = [(number, line.split("\t")) for number, line in enumerate(lines[5:], 6) if line.strip()]
    cells = np.array([[_number(cell, number) for cell in (*row, *[""] * width)[:width]] for number, row in rows])
    points = cells[:, 2:].reshape(len(cells), len(names), 3)[:, :, :2]
    return Keypoints("trc", names, points, times=cells[:, 1])


def read_coco(path: Path) -> Keypoints:
    """Read COCO keypoints, of the largest person in each picture."""
    data = json.loads(path.read_text(encoding="utf-8-sig"))
    names = tuple(next(c["keypoints"] for c in data["categories"] if c.get("keypoints")))
    images = sorted(data["images"], key=lambda image: (image.get("time_s", 0.0), image["id"]))
    largest: dict[Any, dict[str, Any]] = {}
    for entry in data["annotations"]:
        if entry.get("keypoints") and _size(entry) > _size(largest.get(entry["image_id"])):
            largest[entry["image_id"]] = entry
    values = np.full((len(images), len(names), 3), np.nan)
    for row, image in enumerate(images):
        if image["id"] in largest:
            values[row] = np.reshape(largest[image["id"]]["keypoints"], (-1, 3))
    flags = values[:, :, 2]
    points = np.where(flags[:, :, None] > 0, values[:, :, :2], np.nan)
    # COCO flags: 1 labelled but not visible, 2 visible; some tools write a score of 0-1 instead.
    scores = np.nanmax(flags, initial=0.0) <= 1 and bool((flags % 1 > 0).any())
    confidence = np.nan_to_num(flags if scores else np.select([flags >= 2, flags >= 1], [1.0, 0.3], 0.0))
    if all("time_s" in image for image in images):
        return Keypoints("coco", names, points, confidence, times=np.array([float(image["time_s"]) for image in images]))
    return Keypoints("coco", names, points, confidence, frames=_frame_numbers(images))


def _size(entry: dict[str, Any] | None) -> float:
    if entry is None:
        return -1.0
    return float(entry.get("area") or np.prod(entry.get("bbox", [0, 0, 0, 0])[2:]))


def _frame_numbers(images: list[dict[str, Any]]) -> NDArray[np.int64]:
    """Frame numbers from the end of the pictures' names, which may count from 1; else their order."""
    digits = [re.findall(r"\d+", Path(image["file_name"]).stem) for image in images]
    numbers = [int(found[-1]) for found in digits if found]
    if len(set(numbers)) < len(images):
        return np.arange(len(images))
    return np.array(numbers, dtype=np.int64) - (0 if min(numbers) == 0 else 1)


def read_netcdf(path: Path) -> Keypoints:
    """Read a `movement` poses dataset."""
    xarray = library("xarray", "a movement dataset")
    try:
        data = xarray.open_dataset(path)
    except ValueError:  # xarray lists the readers that it tried
        raise ValueError("it is not netCDF") from None
    with data:
        return from_dataset(data.load(), "movement")


def from_dataset(data: Any, tool: str) -> Keypoints:
    """Keypoints of the lifter in an xarray dataset in the layout of `movement`."""
    position = np.asarray(data["position"].transpose("time", "keypoints", "space", "individuals").values, dtype=np.float64)
    confidence = np.asarray(data["confidence"].transpose("time", "keypoints", "individuals").values, dtype=np.float64)
    who = lifter_among(np.moveaxis(position[:, :, :2], 3, 0))
    known = np.isfinite(confidence[:, :, who]).any()
    times = np.asarray(data["time"].values, dtype=np.float64)
    seconds = data.attrs.get("time_unit") == "seconds"
    return Keypoints(
        tool=str(data.attrs.get("source_software") or tool),
        names=tuple(map(str, data["keypoints"].values)),
        points=position[:, :, :2, who],
        confidence=np.nan_to_num(confidence[:, :, who]) if known else None,
        frames=None if seconds else times.astype(np.int64),
        times=times if seconds else None,
    )


def read_hdf5(path: Path) -> Keypoints:
    """Read DeepLabCut's table or SLEAP's analysis."""
    with library("h5py", f"reading {path.name}").File(path, "r") as file:
        return sleap.read_analysis(file) if sleap.is_analysis(file) else deeplabcut.read_h5(file)


def _number(cell: str, line: int) -> float:
    try:
        number = float(cell) if cell.strip() else float("nan")
    except ValueError:
        raise ValueError(f"line {line} has something else than a number") from None
    return number if math.isfinite(number) else float("nan")


# A `PoseTrack` from another tool's keypoints and their clip.

#: Name of the model of such a track.
MODEL = "{tool} keypoints"
#: A keypoint belongs to a frame within this share of the time between frames.
SAME_FRAME = 0.6
#: Margin of the crop around the lifter, share of the lifter's size.
MARGIN = 0.15


def track_from(path: Path, reader: ClipReader, options: ReadingOptions) -> PoseTrack:
    """The keypoints in a file as the track of a clip.

    The track has no outline (rules about the back are not judged), no 3D landmarks and the calibration `UNKNOWN`. Without
    confidences every keypoint counts as visible. A missing hand is placed at the wrist.

    Raises:
        UsageError: the file cannot be used for this clip.
    """
    found = read_keypoints(path)
    rows = joints_of(found.names)
    lacking = [name for name in ESSENTIAL if not any(joint(name, side) in rows for side in SIDES)]
    if lacking:
        raise UsageError(
            f"{path.name} has no keypoint for {', '.join(lacking)} that formcheck knows (it has {', '.join(found.names[:6])},"
            " ...); expected names like right_knee or RKnee."
        )
    plan = plan_clip(reader, 1e6)  # every frame
    survey = survey_clip(reader, plan)
    if survey is None:
        plan = plan_clip(reader, 1e6, decode=True)
        survey = survey_clip(reader, plan)
    if survey is None:
        raise UsageError(f"{reader.info.path.name} gives other pictures each time it is read; save it again.")
    row_of = _rows_of_frames(found, survey.frame_times, survey.first_index, reader.info.slow_motion)
    if (row_of >= 0).sum() < 3:
        raise UsageError(f"{path.name} has keypoints for none of the frames of {reader.info.path.name}; is it of this clip?")
    arrays = empty_arrays(len(survey.frame_times))
    shown = np.flatnonzero(row_of >= 0)
    for point, column in rows.items():
        values = found.points[row_of[shown], column]
        arrays["points"][shown, point] = values
        sure = np.ones(len(shown)) if found.confidence is None else found.confidence[row_of[shown], column]
        arrays["visibility"][shown, point] = np.where(np.isfinite(values).all(axis=1), np.clip(sure, 0.0, 1.0), 0.0)
    _check_size(path, arrays["points"], reader)
    return rounded_track(
        PoseTrack(
            key=TrackKey(reader.info.sha256, MODEL.format(tool=found.tool), file_sha256(path), options),
            width=reader.info.width, height=reader.info.height, frame_times=survey.frame_times,
            first_index=survey.first_index, samples=survey.samples, shot=survey.shot, repeated=survey.repeated,
            outline=tuple(() for _ in survey.samples), shots=_shots(arrays["points"], survey.shot), damage=survey.damage,
            points=arrays["points"], depth=arrays["depth"], visibility=arrays["visibility"], world=arrays["world"],
            calibration=UNKNOWN,
        )
    )  # fmt: skip


def _rows_of_frames(found: Keypoints, times: NDArray[np.float64], first: int, slow_motion: float) -> NDArray[np.int64]:
    """(F,) row of the keypoints of each frame, -1 for none; `times` are the frames' seconds."""
    rows = np.full(len(times), -1, dtype=np.int64)
    if found.frames is not None:
        frames = found.frames - first
        inside = (frames >= 0) & (frames < len(times))
        rows[frames[inside]] = np.flatnonzero(inside)
        return rows
    assert found.times is not None  # if `frames` are not
    wanted = found.times / slow_motion
    if len(wanted) == len(times) and first == 0:
        return np.arange(len(times))  # times from rounded frame rates drift
    nearest = np.clip(np.searchsorted(wanted, times), 1, len(wanted) - 1)
    nearest -= times - wanted[nearest - 1] < wanted[nearest] - times
    step = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    near = np.abs(wanted[nearest] - times) <= SAME_FRAME * step
    rows[near] = nearest[near]
    return rows


def _check_size(path: Path, points: NDArray[np.float64], reader: ClipReader) -> None:
    """Reject keypoints outside the picture: they are of a scaled copy or of another clip."""
    known = points[np.isfinite(points).all(axis=2)]
    inside = ((known >= 0) & (known <= (reader.info.width, reader.info.height))).all(axis=1)
    if len(known) and inside.mean() < 0.5:
        raise UsageError(
            f"the keypoints of {path.name} lie outside the picture of {reader.info.path.name} ({reader.info.width}x"
            f"{reader.info.height}); expected pixels of this very clip, y down."
        )


def _shots(points: NDArray[np.float64], shot: NDArray[np.int64]) -> tuple[PoseShot, ...]:
    shots = []
    for number in range(int(shot.max()) + 1):
        own = points[shot == number].reshape(-1, 2)
        own = own[np.isfinite(own).all(axis=1)]
        if not len(own):
            shots.append(PoseShot(None, 0, 0))
            continue
        low, high = own.min(axis=0), own.max(axis=0)
        edge = MARGIN * float((high - low).max())
        left, top, right, bottom = (int(v) for v in (*(low - edge), *(high + edge)))
        shots.append(PoseShot((left, top, right, bottom), 0, 1))
    return tuple(shots)

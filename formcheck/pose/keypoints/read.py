"""Importing keypoints from other tools: .trc in pixels, COCO JSON, `movement` datasets, DeepLabCut and SLEAP.

They are matched to the clip by picture size, frame rate, span, and the row of each frame.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import UsageError, library, why
from formcheck.options import END, SLOW_MOTION, START, ReadingOptions
from formcheck.pose.geometry import upside_down
from formcheck.pose.keypoints import formats as deeplabcut
from formcheck.pose.keypoints import formats as sleap
from formcheck.pose.keypoints.formats import Keypoints, expect_bounded
from formcheck.pose.keypoints.people import follow_lifter
from formcheck.pose.model import UNKNOWN
from formcheck.pose.skeleton import ESSENTIAL, SIDES, joint, joints_of
from formcheck.pose.track import PoseShot, PoseTrack, TrackKey, empty_arrays, rounded_track
from formcheck.video.files import file_sha256
from formcheck.video.reader import ClipInfo, ClipReader
from formcheck.video.sampling import plan_clip, survey_clip

Array = NDArray[np.float64]

#: A keypoint belongs to a frame that is at most this share of a frame's duration away.
SAME_FRAME = 0.6
#: A file that lacks at most this many of the clip's frames, or this share, is matched by order: tools often miss the last few,
#: and rounded rates drift.
FEW_MISSING, FEW_SHARE = 5, 0.02
#: Tolerance on equal rates, share.
SAME_RATE = 0.02
#: Keypoints that begin with the clip and end before this share of it may have been renumbered.
WHOLE_SPAN = 0.95
#: Least share of frames that must show the lifter.
LEAST_SEEN = 0.1
#: Keypoints that all lie within this share of width and height from the upper left corner belong to a smaller copy.
CORNER = 0.5


def scaled_to(found: Keypoints, name: str, info: ClipInfo) -> Keypoints:
    """The keypoints in pixels of the clip's upright picture; scaled if the tool says that it processed a smaller
    or larger copy.

    Raises:
        UsageError: its pictures have another shape than the clip's.
    """
    if found.size is None or found.size == (info.width, info.height):
        return found
    across, down = info.width / found.size[0], info.height / found.size[1]
    if abs(across / down - 1) < SAME_RATE:
        return replace(found, points=found.points * [across, down])
    turned = found.size[0] / found.size[1]
    sideways = abs(turned * info.width / info.height - 1) < SAME_RATE
    turn_it = "the tool did not turn the clip upright: turn it, then run the tool again"
    advice = turn_it if sideways else "check that it is of this clip"
    raise UsageError(
        f"{name} was made from pictures of {found.size[0]:g}x{found.size[1]:g} but {info.path.name} has {info.width}x"
        f"{info.height}; {advice}."
    )


def check_place(points: Array, visibility: Array, name: str, info: ClipInfo) -> None:
    """Check that the lifter is in the picture, and seen at all.

    Raises:
        UsageError: the keypoints are of a turned or scaled copy, of another clip, upside down, or show next to nothing.
    """
    known = points[np.isfinite(points).all(axis=2)]
    clip = f"the picture of {info.path.name} ({info.width}x{info.height})"
    size = np.array([info.width, info.height])
    inside = ((known >= 0) & (known <= size)).all(axis=1)
    if len(known) and inside.mean() < 0.5:
        sideways = ((known >= 0) & (known <= size[::-1])).all(axis=1).mean() > 0.95
        advice = "the tool did not turn the clip upright" if sideways else "expected pixels of this very clip, y down"
        raise UsageError(f"the keypoints of {name} lie outside {clip}; {advice}.")
    if len(known) and (np.percentile(known, 99, axis=0) < CORNER * size).all():
        raise UsageError(
            f"the keypoints of {name} all lie in the upper left quarter of {clip}; the tool seems to have processed a smaller"
            " copy: run it on the clip itself."
        )
    if upside_down(points):
        raise UsageError(
            f"{name} shows the lifter upside down; expected pixels of the upright picture, with y counted from its upper edge."
        )
    seen = [
        np.logical_or.reduce([visibility[:, joint(part, side)] > 0 for side in SIDES]) for part in ESSENTIAL
    ]
    share = float(np.logical_and.reduce(seen).mean()) if len(points) else 0.0
    if share < LEAST_SEEN:
        raise UsageError(
            f"{name} shows shoulder, hip, knee and ankle in {100 * share:.0f} % of the frames of {info.path.name};"
            " expected keypoints of the lifter in most of them."
        )


def rows_of_frames(
    found: Keypoints, name: str, info: ClipInfo, times: Array, first: int, reading: ReadingOptions
) -> NDArray[np.int64]:
    """(F,) which row of the keypoints shows each frame of the wanted part; -1: none.

    Raises:
        UsageError: rate or span of the file do not fit the clip.
    """
    whole = reading.start_s is None and reading.end_s is None
    if found.frames is not None:
        if whole:
            _expect_span(float(found.frames.max()) + 1, len(times), found.frames.min() == 0, name, info, times)
        rows = _by_number(found.frames - first, len(times))
        return rows if whole else _of_part(rows, found.frames)
    assert found.times is not None  # one of the two is given
    if len(found.times) < 2:
        return _by_number(np.zeros(len(found.times), dtype=np.int64), len(times))
    if whole and len(found.times) == len(times):
        return np.arange(len(times))
    step = float(np.median(np.diff(found.times)))
    if not step > 0:
        raise UsageError(f"the times of {name} do not go forward; write it again with its tool.")
    numbers = np.round((found.times - found.times[0]) / step).astype(np.int64)
    if whole and 0 <= len(times) - (numbers[-1] + 1) <= max(FEW_MISSING, FEW_SHARE * len(times)):
        return _by_number(numbers, len(times))
    wanted = found.times / _slower(1 / step, name, info, times)
    if whole:
        _expect_span(float(wanted[-1]), float(times[-1]), wanted[0] < 0.5 / info.fps, name, info, times)
    nearest = np.clip(np.searchsorted(wanted, times), 1, len(wanted) - 1)
    nearest -= times - wanted[nearest - 1] < wanted[nearest] - times
    near = np.abs(wanted[nearest] - times) <= SAME_FRAME * float(np.median(np.diff(times)))
    rows = np.where(near, nearest, -1)
    return rows if whole else _of_part(rows, numbers)


def _of_part(rows: NDArray[np.int64], numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rows of a part of the clip; numbered from the part's first frame if as many, and if they only fit like that."""
    missing = len(rows) - (int(numbers.max()) + 1)
    fits = numbers.min() == 0 and 0 <= missing <= max(FEW_MISSING, FEW_SHARE * len(rows))
    return _by_number(numbers, len(rows)) if fits and (rows >= 0).mean() < WHOLE_SPAN else rows


def _by_number(frames: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    rows = np.full(count, -1, dtype=np.int64)
    inside = (frames >= 0) & (frames < count)
    rows[frames[inside]] = np.flatnonzero(inside)
    return rows


def _slower(rate: float, name: str, info: ClipInfo, times: Array) -> float:
    """Factor by which the file's times run slower than the lifter's: that of the clip, or 1 if the tool has already
    removed the slow motion.

    Raises:
        UsageError: its rate is neither.
    """
    own = (len(times) - 1) / float(times[-1] - times[0])
    for slower in dict.fromkeys((info.slow_motion, 1.0)):
        share = own / (rate * slower)  # a tool may leave out frames: every second, every third
        if share > 1 - SAME_RATE and abs(share / round(share) - 1) < SAME_RATE:
            return slower
    played = own / info.slow_motion
    perhaps = rate > 1.5 * played and info.slow_motion == 1
    slow = f"; if the clip is slow motion, give {SLOW_MOTION}" if perhaps else ""
    raise UsageError(
        f"{name} has {rate:.4g} frames a second but {info.path.name} has {played:.4g}{slow}; run it at the clip's own"
        " rate.", *((SLOW_MOTION,) if slow else ()),
    )  # fmt: skip


def _expect_span(end: float, clip_end: float, from_start: bool, name: str, info: ClipInfo, times: Array) -> None:
    """Check that keypoints that begin with the clip reach its end. Those of every second frame, or of a part that is numbered
    from 0, would otherwise be taken for its beginning."""
    if from_start and end < WHOLE_SPAN * clip_end:
        share = end / clip_end
        raise UsageError(
            f"{name} covers only the first {100 * share:.0f} % of {info.path.name}; if that is meant, give {END}"
            f" {share * float(times[-1]):.1f}. If the tool left out frames, or processed another part, number them as the"
            f" clip does, or give {START} and {END}.", START, END,
        )  # fmt: skip


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
            f"{path.name} is not a file of keypoints that formcheck knows; expected .trc (Sports2D), .json (COCO), .nc"
            " (movement), or .h5, .csv or .slp of DeepLabCut and SLEAP."
        )
    try:
        found = readers[path.suffix.lower()](path)
        if not all(isinstance(name, str) for name in found.names):
            raise ValueError("its keypoints have names that are not text")
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


#: The points of COCO's people, in the order of results that do not name them.
COCO_POINTS = ("nose", *(f"{side}_{name}" for name in ("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")
                         for side in ("left", "right")))  # fmt: skip


def read_coco(path: Path) -> Keypoints:
    """Read COCO keypoints of the lifter, or the plain list of results that evaluation tools write."""
    data = json.loads(path.read_text(encoding="utf-8-sig"))
    if isinstance(data, list):
        data = _from_results(data)
    names = tuple(next(c["keypoints"] for c in data["categories"] if c.get("keypoints")))
    images = sorted(data["images"], key=lambda image: (image.get("time_s", 0.0), image["id"]))
    timed = all("time_s" in image for image in images)
    numbers = np.arange(len(images)) if timed else _frame_numbers(images)
    images, numbers = [images[place] for place in np.argsort(numbers)], np.sort(numbers)
    people: dict[Any, list[dict[str, Any]]] = {}
    for entry in data["annotations"]:
        if entry.get("keypoints"):
            people.setdefault(entry["image_id"], []).append(entry)
    most = max((len(found) for found in people.values()), default=1)
    expect_bounded(most * len(images) * len(names) * 3)
    values = np.full((most, len(images), len(names), 3), np.nan)
    for row, image in enumerate(images):
        for place, entry in enumerate(sorted(people.get(image["id"], ()), key=_size, reverse=True)):
            values[place, row] = np.reshape(entry["keypoints"], (-1, 3))
    values[..., :2][~(values[..., 2] > 0)] = np.nan
    confidence_of = _meaning_of_scores(values[..., 2], path)
    own = follow_lifter(values) if np.isfinite(values[..., 0]).any() else values[0]
    sizes = {(float(image.get("width") or 0), float(image.get("height") or 0)) for image in images}
    facts: dict[str, Any] = {"size": sizes.pop() if len(sizes) == 1 and min(min(sizes)) > 0 else None}
    if timed:
        facts["times"] = np.array([float(image["time_s"]) for image in images])
    else:
        facts["frames"] = numbers
    return Keypoints("coco", names, own[..., :2], confidence_of(np.nan_to_num(own[..., 2])), **facts)


def _from_results(results: list[Any]) -> dict[str, Any]:
    """A plain list of results, completed with the images and the names of the points."""
    if not results:
        raise ValueError("it is an empty list")
    lengths = {len(entry["keypoints"]) for entry in results}
    if lengths != {3 * len(COCO_POINTS)}:
        points = max(lengths) // 3
        raise ValueError(f"it is a list of results with {points} points that it does not name; expected the 17 of COCO")
    ids = dict.fromkeys(entry["image_id"] for entry in results)
    images = [{"id": each, "file_name": str(each)} for each in ids]
    return {"images": images, "annotations": results, "categories": [{"keypoints": COCO_POINTS}]}


def _meaning_of_scores(flags: NDArray[np.float64], path: Path) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """How to read a point's third number as a confidence of 0-1: COCO has "labelled but not visible" (1) and "visible" (2),
    but many tools write a score, sometimes a little above 1, or 1 for every point."""
    known = flags[np.isfinite(flags)]
    most = float(known.max(initial=0.0))
    if known.min(initial=0.0) < 0 or most > 100:
        raise UsageError(
            f"{path.name} gives its points scores from {known.min(initial=0.0):g} to {most:g}; expected 0 to 1, or COCO's 0, 1"
            " and 2."
        )
    if most == 2 and set(np.unique(known)) <= {0.0, 1.0, 2.0}:
        return lambda own: np.select([own >= 2, own >= 1], [1.0, 0.3], 0.0)
    of_100 = most > 10
    return lambda own: np.clip(own / 100 if of_100 else own, 0.0, 1.0)


def _size(entry: dict[str, Any]) -> float:
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
        expect_bounded(sum(variable.size for variable in data.variables.values()))
        return from_dataset(data.load(), "movement")


def from_dataset(data: Any, tool: str) -> Keypoints:
    """Keypoints of the lifter in an xarray dataset in the layout of `movement`."""
    position = np.asarray(data["position"].transpose("time", "keypoints", "space", "individuals").values, dtype=np.float64)
    confidence = np.asarray(data["confidence"].transpose("time", "keypoints", "individuals").values, dtype=np.float64)
    people = np.concatenate([position[:, :, :2], confidence[:, :, np.newaxis]], axis=2)
    own = follow_lifter(np.moveaxis(people, 3, 0))
    known = np.isfinite(own[..., 2]).any()
    times = np.asarray(data["time"].values, dtype=np.float64)
    seconds = data.attrs.get("time_unit") == "seconds"
    return Keypoints(
        tool=str(data.attrs.get("source_software") or tool),
        names=tuple(map(str, data["keypoints"].values)),
        points=own[..., :2],
        confidence=np.nan_to_num(own[..., 2]) if known else None,
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
        raise ValueError(f"line {line} does not hold a number") from None
    return number if math.isfinite(number) else float("nan")


# A `PoseTrack` from another tool's keypoints and their clip.

#: Name of the model of such a track.
MODEL = "{tool} keypoints"
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
    found = scaled_to(found, path.name, reader.info)
    row_of = rows_of_frames(found, path.name, reader.info, survey.frame_times, survey.first_index, options)
    if (row_of >= 0).sum() < 3:
        raise UsageError(
            f"{path.name} has keypoints for none of the frames of {reader.info.path.name}; check that it is of this clip."
        )
    arrays = empty_arrays(len(survey.frame_times))
    shown = np.flatnonzero(row_of >= 0)
    for point, column in rows.items():
        values = found.points[row_of[shown], column]
        arrays["points"][shown, point] = values
        sure = np.ones(len(shown)) if found.confidence is None else found.confidence[row_of[shown], column]
        arrays["visibility"][shown, point] = np.where(np.isfinite(values).all(axis=1), np.clip(sure, 0.0, 1.0), 0.0)
    check_place(arrays["points"], arrays["visibility"], path.name, reader.info)
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

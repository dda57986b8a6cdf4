"""SLEAP's files: "Export Analysis HDF5", and its own .slp where `sleap_io` is installed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from formcheck.extras import library
from formcheck.keypoints.types import Array, Keypoints, lifter_among

TOOL = "SLEAP"
#: The axes of `tracks` in files that do not name them (SLEAP writes for column-major readers).
_AXES = ("track", "xy", "node", "frame")


def is_analysis(file: Any) -> bool:
    """Whether an open HDF5 file is SLEAP's."""
    return "tracks" in file and "node_names" in file


def read_analysis(file: Any) -> Keypoints:
    """An open analysis file; of several tracks the lifter's."""
    names = tuple(name.decode() if isinstance(name, bytes) else str(name) for name in file["node_names"][:])
    points = _ordered(file["tracks"], _AXES, ("track", "frame", "node", "xy"))
    who = lifter_among(points)
    confidence = None
    if "point_scores" in file and file["point_scores"].size:
        scores = _ordered(file["point_scores"], ("track", "node", "frame"), ("track", "frame", "node"))[who]
        confidence = np.clip(np.nan_to_num(scores), 0.0, 1.0)
    return Keypoints(TOOL, names, points[who], confidence, frames=np.arange(points.shape[1]))


def read_slp(path: Path) -> Keypoints:
    """SLEAP's own file. Instances that belong to no track are told apart by their size, frame by frame.

    Raises:
        UsageError: `sleap_io` is not installed.
        ValueError: the file is of several videos.
    """
    labels = library("sleap_io", f"reading {path.name} (SLEAP exports .h5 without it)").load_slp(str(path), open_videos=False)
    shown = [frame for frame in labels.labeled_frames if len(frame.instances)]
    if len({id(frame.video) for frame in shown}) > 1:
        raise ValueError("it labels several videos, expected one")
    names = tuple(node.name for node in labels.skeletons[0].nodes)
    tracks = {id(track): number for number, track in enumerate(labels.tracks)}
    found = np.full((len(tracks) + 1, len(shown), len(names), 3), np.nan)
    for row, frame in enumerate(shown):
        # The largest last: it is what remains where several belong to no track.
        for one in sorted((_scored(one) for one in frame.instances), key=lambda entry: _size(entry[1])):
            found[tracks.get(id(one[0]), len(tracks)), row] = one[1]
    own = found[lifter_among(found[..., :2])]
    frames = np.array([frame.frame_idx for frame in shown], dtype=np.int64)
    return Keypoints(TOOL, names, own[..., :2], np.clip(np.nan_to_num(own[..., 2]), 0.0, 1.0), frames=frames)


def _scored(instance: Any) -> tuple[Any, Array]:
    """The track of an instance, and its (K, 3) points with scores; those that a person placed are sure."""
    points = np.asarray(instance.numpy(), dtype=np.float64)[:, :2]
    scores = instance.points["score"] if "score" in instance.points.dtype.names else np.ones(len(points))
    return instance.track, np.column_stack([points, scores])


def _size(points: Array) -> float:
    known = points[np.isfinite(points).all(axis=1), :2]
    return float(np.ptp(known, axis=0).max()) if len(known) else 0.0


def _ordered(dataset: Any, usual: tuple[str, ...], wanted: tuple[str, ...]) -> Array:
    """A dataset with its axes in the wanted order; newer files name theirs."""
    named = dataset.attrs.get("dims")
    axes = tuple(json.loads(named)) if named is not None else usual
    return np.transpose(np.asarray(dataset[:], dtype=np.float64), [axes.index(name) for name in wanted])

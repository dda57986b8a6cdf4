"""`bar.npz`: the sightings of the bar, kept beside the track that they were found along."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from formcheck.bar.sightings import BarSightings, find_bar
from formcheck.cache import Keyed, TrackKey, expect_arrays, load_keyed, save_keyed
from formcheck.pose import PosePool, PoseTrack
from formcheck.video import ClipReader

#: Raised when the meaning of a stored array changes.
BAR_VERSION = 1
_ARRAYS = ("trunk", "x", "y", "radius", "coverage", "squash")


def save_bar(sightings: BarSightings, path: Path) -> None:
    """Write the sightings to `path` (an npz file); it appears only when it is complete."""
    save_keyed(path, BAR_VERSION, _packed(sightings))


def rounded_sightings(sightings: BarSightings) -> BarSightings:
    """The sightings as their file would give them back: going on with them makes a second run give the very same numbers."""
    return _unpacked(_packed(sightings))


def load_bar(path: Path, key: TrackKey | None = None) -> BarSightings | None:
    """Read sightings back; with `key` given, None when the file is missing, damaged, older or of another clip or rate.

    Raises:
        UsageError: no `key` was given and the file cannot be used.
    """
    return load_keyed(path, BAR_VERSION, key, _checked)


def _checked(stored: Keyed) -> BarSightings:
    candidates = {name: ("f", ("S", "C")) for name in _ARRAYS[1:]}
    expect_arrays(stored.arrays, {"times": ("f", ("S",)), "trunk": ("f", ("S",)), **candidates})
    return _unpacked(stored)


def _packed(sightings: BarSightings) -> Keyed:
    arrays = {name: getattr(sightings, name).astype(np.float32) for name in _ARRAYS}
    facts = {"width": sightings.width, "height": sightings.height}
    return Keyed(sightings.key, {"times": sightings.times, **arrays}, facts)


def _unpacked(stored: Keyed) -> BarSightings:
    arrays = {name: stored.arrays[name].astype(np.float64) for name in ("times", *_ARRAYS)}
    return BarSightings(key=stored.key, width=stored.facts["width"], height=stored.facts["height"], **arrays)


def watch_bar(
    reader: ClipReader,
    track: PoseTrack,
    out: Path | None,
    progress: Callable[[float], None] | None = None,
    pool: PosePool | None = None,
) -> BarSightings:
    """What looks like a plate in the clip's pictures: the sightings of this track saved in the folder `out`, else found, and
    saved there if there is a folder."""
    saved = None if out is None else load_bar(out / "bar.npz", track.key)
    if saved is not None and len(saved.times) == len(track.times) and np.allclose(saved.times, track.times):
        return saved
    found = rounded_sightings(find_bar(reader, track, progress, pool))
    if out is not None:
        save_bar(found, out / "bar.npz")
    return found

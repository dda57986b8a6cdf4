"""Files of arrays that were computed from a clip, and what they depend on: `track.npz` and `bar.npz`."""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import UsageError
from formcheck.skeleton import Side


@dataclass(frozen=True)
class TrackKey:
    """What a track depends on. Two equal keys mean that the pose estimation need not be repeated."""

    clip_sha256: str
    model: str
    model_sha256: str
    pose_rate_hz: float | None
    slow_motion: float
    start_s: float | None
    end_s: float | None
    lifter: Side | None = None


@dataclass(frozen=True)
class Keyed:
    """What such a file holds: named arrays, and facts that JSON can say."""

    key: TrackKey
    arrays: dict[str, NDArray[Any]]
    facts: dict[str, Any]


def save_keyed(path: Path, version: int, content: Keyed) -> None:
    """Write an npz file; it appears only when it is complete."""
    meta = {"version": version, "key": asdict(content.key), **content.facts}
    partial = path.with_name(f".{path.name}.part")
    with partial.open("wb") as stream:
        np.savez_compressed(stream, meta=np.array(json.dumps(meta)), **content.arrays)  # type: ignore[arg-type]
    os.replace(partial, path)


def load_keyed(path: Path, version: int, key: TrackKey | None) -> Keyed | None:
    """Read a file that `save_keyed` wrote.

    With `key` given, return None instead of a file that is missing, damaged, of another version or of another clip, model
    or rate: the caller then computes anew.

    Raises:
        UsageError: no `key` was given and the file cannot be used.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        facts = json.loads(str(arrays.pop("meta")))
        found = facts.pop("version")
        if found != version:
            raise ValueError(f"version {found}, expected {version}")
        content = Keyed(TrackKey(**facts.pop("key")), arrays, facts)
    except (OSError, KeyError, ValueError, TypeError, EOFError, zipfile.BadZipFile) as error:
        if key is not None:
            return None
        raise UsageError(
            f"{path} is not a file that this formcheck can use ({error}); run `formcheck analyze` on the clip again."
        ) from None
    return content if key is None or content.key == key else None

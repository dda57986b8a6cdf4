"""Files of arrays that were computed from a clip, and what they depend on: `track.npz` and `bar.npz`."""

from __future__ import annotations

import json
import math
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import UsageError, why
from formcheck.skeleton import SIDES, Side
from formcheck.whole import written_whole

#: An hour of a clip is about 150 MB; a file that would unpack to more than this was made to fill the memory.
MOST_BYTES, MOST_ARRAYS, MOST_META = 1_000_000_000, 64, 8_000_000
#: Everything that reading a damaged or foreign file ends in.
_DAMAGE = (
    OSError, KeyError, ValueError, TypeError, IndexError, AttributeError, EOFError, OverflowError, MemoryError, RecursionError,
    NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error, struct.error,
)  # fmt: skip
_KINDS = {"f": "f", "i": "iu", "b": "b"}
_NUMBERS = {"f": "fractions", "i": "whole numbers", "b": "yes and no"}

Content = TypeVar("Content")


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
    """Write an npz file; it appears only when it is complete.

    Raises:
        OutputError: the disk refuses.
    """
    meta = {"version": version, "key": asdict(content.key), **content.facts}
    with written_whole(path) as partial, partial.open("wb") as stream:
        np.savez_compressed(stream, meta=np.array(json.dumps(meta)), **content.arrays)  # type: ignore[arg-type]


def load_keyed(path: Path, version: int, key: TrackKey | None, read: Callable[[Keyed], Content]) -> Content | None:
    """Read a file that `save_keyed` wrote; `read` makes of it what the caller wants, and raises ValueError where it cannot.

    With `key` given, return None instead of a file that is missing, damaged, of another version or of another clip, model
    or rate: the caller then computes anew.

    Raises:
        UsageError: no `key` was given and the file cannot be used.
    """
    try:
        arrays = _arrays(path)
        facts = json.loads(str(arrays.pop("meta")))
        found = facts.pop("version")
        if found != version:
            raise ValueError(f"version {found}, expected {version}")
        content = Keyed(_key(facts.pop("key")), arrays, facts)
        return read(content) if key is None or content.key == key else None
    except _DAMAGE as error:
        if key is not None:
            return None
        raise UsageError(
            f"{path} is not a file that this formcheck can use ({why(error)}); run `formcheck analyze` on the clip again."
        ) from None


def expect_arrays(arrays: dict[str, NDArray[Any]], wanted: Mapping[str, tuple[str, tuple[int | str, ...]]]) -> None:
    """Check arrays by name against the kinds of their numbers ("f", "i", "b") and their shapes; in these a letter stands for
    a length that is the same wherever the letter stands.

    Raises:
        ValueError: one is missing, or is something else.
    """
    lengths: dict[str, int] = {}
    for name, (kind, shape) in wanted.items():
        if name not in arrays:
            raise ValueError(f"{name} is missing")
        array = arrays[name]
        fits = len(array.shape) == len(shape) and all(
            length == (lengths.setdefault(side, length) if isinstance(side, str) else side)
            for side, length in zip(shape, array.shape, strict=False)
        )
        if not fits or array.dtype.kind not in _KINDS[kind]:
            expected = (lengths.get(side, side) if isinstance(side, str) else side for side in shape)
            raise ValueError(
                f"{name} holds {array.dtype} of {_by(array.shape)}, expected {_NUMBERS[kind]} of {_by(expected)}"
            )


def _by(shape: Iterable[int | str]) -> str:
    return " x ".join(map(str, shape)) or "one"


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of an npz file, whose sizes are looked at before anything is unpacked."""
    with zipfile.ZipFile(path) as packed:
        entries = packed.infolist()
        size = sum(entry.file_size for entry in entries)
        if size > MOST_BYTES or len(entries) > MOST_ARRAYS:
            raise ValueError(f"it unpacks to {len(entries)} arrays of {size / 1e6:.0f} MB, which no clip fills")
        for entry in entries:
            with packed.open(entry) as stream:
                _check_header(stream, entry)
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def _check_header(stream: IO[bytes], entry: zipfile.ZipInfo) -> None:
    """An array is made as large as its header says before it is read: that must not be more than there is."""
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ValueError(f"{entry.filename} is no array that formcheck writes")
    shape, _, kind = np.lib.format.read_array_header_1_0(stream)
    size = kind.itemsize * math.prod(shape)
    if kind.hasobject or size > entry.file_size or (entry.filename == "meta.npy" and size > MOST_META):
        raise ValueError(f"{entry.filename} says that it is {kind.name} of {_by(shape)}, which it cannot be")


def _key(data: dict[str, Any]) -> TrackKey:
    key = TrackKey(**data)
    texts = (key.clip_sha256, key.model, key.model_sha256)
    numbers = [number for number in (key.pose_rate_hz, key.slow_motion, key.start_s, key.end_s) if number is not None]
    sound = all(isinstance(text, str) for text in texts) and all(
        isinstance(number, (int, float)) and math.isfinite(number) for number in numbers
    )
    if not sound or key.slow_motion is None or key.slow_motion <= 0 or key.lifter not in (None, *SIDES):
        raise ValueError("it does not say what it was made from")
    return key

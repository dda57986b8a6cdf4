"""`PoseTrack`, and keyed npz files of arrays computed from a clip: `track.npz` and `bar.npz`."""

from __future__ import annotations

import json
import math
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import UsageError, why
from formcheck.options import ReadingOptions
from formcheck.pose.detection import Outline
from formcheck.pose.model import UNKNOWN, Calibration, calibration_as_data, calibration_from_data
from formcheck.pose.outline import CompactOutline
from formcheck.pose.registry import own_calibration
from formcheck.pose.skeleton import JOINT_COUNT
from formcheck.runtime.files import atomic_write
from formcheck.video.damage import Damage
from formcheck.video.reader import ClipReader, open_clip

#: Most bytes, arrays and metadata of a file, against archive bombs; an hour of a clip is about 150 MB.
MOST_BYTES, MOST_ARRAYS, MOST_META = 1_000_000_000, 64, 8_000_000
#: Errors from reading a damaged or foreign file.
_DAMAGE = (
    OSError, KeyError, ValueError, TypeError, IndexError, AttributeError, EOFError, OverflowError, MemoryError, RecursionError,
    NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error, struct.error,
)  # fmt: skip
_KINDS = {"f": "f", "i": "iu", "b": "b"}
_NUMBERS = {"f": "fractions", "i": "whole numbers", "b": "yes and no"}

Content = TypeVar("Content")


@dataclass(frozen=True)
class TrackKey:
    """What a track depends on: with an equal key it can be reused."""

    clip_sha256: str
    model: str
    model_sha256: str
    reading: ReadingOptions


@dataclass(frozen=True)
class Keyed:
    """Contents of a keyed file: arrays by name, and `facts` as JSON."""

    key: TrackKey
    arrays: dict[str, NDArray[Any]]
    facts: dict[str, Any]


def save_keyed(path: Path, version: int, content: Keyed) -> None:
    """Write an npz file atomically.

    Raises:
        OutputError: it cannot be written.
    """
    key = asdict(content.key)
    reading = key.pop("reading")
    meta = {"version": version, "key": {**key, **reading}, **content.facts}
    with atomic_write(path) as partial, partial.open("wb") as stream:
        np.savez_compressed(stream, meta=np.array(json.dumps(meta)), **content.arrays)  # type: ignore[arg-type]


def load_keyed(path: Path, version: int, key: TrackKey | None, read: Callable[[Keyed], Content]) -> Content | None:
    """Read a file written by `save_keyed`; `read` converts its contents, and raises ValueError if they are invalid.

    With a `key`, return None if the file is missing, damaged, of another version or has another key.

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
    """Check the kind ("f", "i" or "b") and shape of arrays by name; equal letters in shapes stand for equal lengths.

    Raises:
        ValueError: an array is missing or differs.
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
    """The arrays of an npz file, whose sizes are checked before they are unpacked."""
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
    """Check the size that an array's header announces, since NumPy allocates it before reading."""
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ValueError(f"{entry.filename} is not an array that formcheck writes")
    shape, _, kind = np.lib.format.read_array_header_1_0(stream)
    size = kind.itemsize * math.prod(shape)
    if kind.hasobject or size > entry.file_size or (entry.filename == "meta.npy" and size > MOST_META):
        raise ValueError(f"{entry.filename} claims to be {kind.name} of {_by(shape)}, which does not fit its size")


def _key(data: dict[str, Any]) -> TrackKey:
    own = {name: data.pop(name) for name in ("clip_sha256", "model", "model_sha256")}
    sound = all(isinstance(text, str) for text in own.values()) and math.inf not in data.values()
    try:
        reading = ReadingOptions(**data) if sound else None
    except UsageError:
        reading = None
    if reading is None:
        raise ValueError("it does not say what it was made from")
    return TrackKey(**own, reading=reading)


# `PoseTrack` and its file `track.npz`.

#: Incremented when the meaning of a stored array changes; older files are then estimated again.
TRACK_VERSION = 2
#: Arrays of landmarks, stored in single precision.
_POSES = ("points", "depth", "visibility", "world")
#: What networks read of the back; missing in older files.
_BACKS = ("arch", "bend")
#: Kind and shape of each stored array: F frames, S samples, C curves of outlines, P points of them.
_ARRAYS: dict[str, tuple[str, tuple[int | str, ...]]] = {
    "frame_times": ("f", ("F",)), "samples": ("i", ("S",)), "shot": ("i", ("S",)), "repeated": ("b", ("S",)),
    "points": ("f", ("S", JOINT_COUNT, 2)), "depth": ("f", ("S", JOINT_COUNT)), "visibility": ("f", ("S", JOINT_COUNT)),
    "world": ("f", ("S", JOINT_COUNT, 3)), "arch": ("f", ("S", 2)), "bend": ("f", ("S", 2)),
    "outline_points": ("i", ("P", 2)), "outline_lengths": ("i", ("C",)), "outline_counts": ("i", ("S",)),
}  # fmt: skip


@dataclass(frozen=True)
class PoseShot:
    """One continuous shot.

    Attributes:
        crop: (left, top, right, bottom) of the part given to the model, pixels; None if nobody was found.
        turns: quarter turns of the crop for the model.
        people: number of persons in the crop.
        rivals: number of other people who look equally like the lifter.
    """

    crop: tuple[int, int, int, int] | None
    turns: int
    people: int
    rivals: int = 0


@dataclass(frozen=True)
class PoseTrack:
    """The lifter's landmarks and outline on the sampled frames of a clip; F frames, S samples, J joints.

    Attributes:
        key: what this track depends on.
        width, height: of the upright picture, pixels.
        frame_times: (F,) seconds of every frame of the analysed part, from the clip's first frame.
        first_index: index in the clip of frame 0.
        samples: (S,) rows of `frame_times` that were sampled.
        shot: (S,) which of `shots` each sample belongs to.
        repeated: (S,) whether the sample repeats the previous picture.
        points: (S, J, 2) pixels, x right, y down; NaN where the lifter was not found.
        depth: (S, J) pixels relative to the hips, smaller is nearer.
        visibility: (S, J) 0-1; 0 where the lifter was not found.
        world: (S, J, 3) metres relative to the middle of the hips: right, down, away from the camera.
        outline: of each sample, closed curves (K, 2) around the lifter, pixels.
        arch: (S, 2) extension of a lying lifter's lower back and its error, degrees; both NaN in older files.
        bend: (S, 2) the same for the flexion of the whole back of a lifter who bends over.
        damage: stretches with missing or corrupt pictures; lost frames are not in `frame_times`.
        turned_over: the pictures in the file are upside down; everything here is upright.
        calibration: the errors of the model's points, and their offsets from the joint centres.
    """

    key: TrackKey
    width: int
    height: int
    frame_times: NDArray[np.float64]
    first_index: int
    samples: NDArray[np.int64]
    shot: NDArray[np.int64]
    repeated: NDArray[np.bool_]
    points: NDArray[np.float64]
    depth: NDArray[np.float64]
    visibility: NDArray[np.float64]
    world: NDArray[np.float64]
    outline: tuple[Outline, ...]
    shots: tuple[PoseShot, ...] = field(default=())
    damage: tuple[Damage, ...] = ()
    turned_over: bool = False
    calibration: Calibration = UNKNOWN
    arch: NDArray[np.float64] = None  # type: ignore[assignment]  # set in __post_init__
    bend: NDArray[np.float64] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        for name in _BACKS:
            if getattr(self, name) is None:
                object.__setattr__(self, name, np.full((len(self.samples), 2), np.nan))

    @property
    def times(self) -> NDArray[np.float64]:
        """(S,) seconds of the samples."""
        return self.frame_times[self.samples]

    def frame_number(self, time_s: float) -> int:
        """Number of the clip's frame at a time, including lost frames before it."""
        lost = sum(stretch.lost_frames for stretch in self.damage if stretch.end_s <= time_s)
        return self.first_index + lost + int(np.argmin(np.abs(self.frame_times - time_s)))

    @property
    def found(self) -> NDArray[np.bool_]:
        """(S,) whether the lifter was found in the sample."""
        return np.asarray(np.isfinite(self.points[:, :, 0]).any(axis=1))


def save_track(track: PoseTrack, path: Path) -> None:
    """Write the track to an npz file, atomically."""
    save_keyed(path, TRACK_VERSION, _packed(track))


def rounded_track(track: PoseTrack) -> PoseTrack:
    """The track as `load_track` would return it, so that a first run and one from the file give the same numbers."""
    outlines = tuple(CompactOutline.of(outline) for outline in track.outline)
    nothing = replace(track, outline=((),) * len(outlines))  # already rounded, and large
    return replace(_unpacked(_packed(nothing)), outline=outlines)


def _packed(track: PoseTrack) -> Keyed:
    outlines = [CompactOutline.of(outline) for outline in track.outline]
    lengths = np.array([length for outline in outlines for length in outline.lengths], dtype=np.int64)
    outline_points = np.empty((int(lengths.sum()), 2), dtype=np.int32)
    filled = 0
    for outline in outlines:
        count = sum(outline.lengths)
        outline_points[filled : filled + count] = outline.points
        filled += count
    arrays: dict[str, NDArray[Any]] = {
        "frame_times": track.frame_times,
        "samples": track.samples,
        "shot": track.shot,
        "repeated": track.repeated,
        **{name: getattr(track, name).astype(np.float32) for name in (*_POSES, *_BACKS)},
        "outline_points": outline_points,
        "outline_lengths": lengths,
        "outline_counts": np.array([len(outline) for outline in outlines], dtype=np.int64),
    }
    facts = {
        "width": track.width,
        "height": track.height,
        "first_index": track.first_index,
        "shots": [asdict(shot) for shot in track.shots],
        "damage": [asdict(stretch) for stretch in track.damage],
        "turned_over": track.turned_over,
    }
    if own_calibration(track.key.model) is None:  # those of shipped models are not stored
        facts["calibration"] = calibration_as_data(track.calibration)
    return Keyed(track.key, arrays, facts)


def load_track(path: Path, key: TrackKey | None = None) -> PoseTrack | None:
    """Read a track; with a `key`, None if the file is missing, damaged, of another version or has another key.

    Raises:
        UsageError: no `key` was given and the file cannot be used.
    """
    return load_keyed(path, TRACK_VERSION, key, _checked)


def _checked(stored: Keyed) -> PoseTrack:
    """The validated track.

    Raises:
        ValueError: its contents are inconsistent.
    """
    arrays, facts = stored.arrays, stored.facts
    for name in _BACKS:
        arrays.setdefault(name, np.full((len(arrays.get("samples", ())), 2), np.nan))
    expect_arrays(arrays, _ARRAYS)
    sides = [facts[name] for name in ("width", "height", "first_index")]
    if not all(isinstance(side, int) for side in sides) or min(sides[:2]) < 1 or sides[2] < 0:
        raise ValueError(f"width, height and first frame are {sides}")
    times, samples = arrays["frame_times"], arrays["samples"]
    if not len(samples) or not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        raise ValueError("the times of its frames do not go forward")
    if (np.diff(samples) <= 0).any() or samples[0] < 0 or samples[-1] >= len(times):
        raise ValueError("its samples are not among its frames")
    if arrays["shot"].min() < 0 or arrays["shot"].max() >= len(facts["shots"]):
        raise ValueError("its samples are in shots that it does not know")
    lengths, counts = arrays["outline_lengths"], arrays["outline_counts"]
    if (lengths < 0).any() or (counts < 0).any():
        raise ValueError("its outlines have less than no points")
    if int(lengths.sum()) != len(arrays["outline_points"]) or int(counts.sum()) != len(lengths):
        raise ValueError("its outlines have other numbers of points than it says")
    track = _unpacked(stored)
    for shot in track.shots:
        numbers = [*(shot.crop or (0, 0, 1, 1)), shot.turns, shot.people, shot.rivals]
        if len(numbers) != 7 or not all(isinstance(number, int) for number in numbers):
            raise ValueError(f"a shot of it is {numbers}")
    return track


def _unpacked(stored: Keyed) -> PoseTrack:
    arrays, facts = stored.arrays, stored.facts
    return PoseTrack(
        key=stored.key,
        width=facts["width"],
        height=facts["height"],
        frame_times=arrays["frame_times"],
        first_index=facts["first_index"],
        samples=arrays["samples"],
        shot=arrays["shot"],
        repeated=arrays["repeated"],
        **{name: arrays[name].astype(np.float64) for name in (*_POSES, *_BACKS)},
        outline=_outlines(arrays),
        shots=tuple(PoseShot(**{**shot, "crop": tuple(shot["crop"]) if shot["crop"] else None}) for shot in facts["shots"]),
        damage=tuple(Damage(**stretch) for stretch in facts.get("damage", ())),  # missing in older files
        turned_over=bool(facts.get("turned_over", False)),
        calibration=_calibration(stored),
    )


def _calibration(stored: Keyed) -> Calibration:
    """Calibration of a shipped model by its name, else the stored one, which older files lack."""
    own, kept = own_calibration(stored.key.model), stored.facts.get("calibration")
    if own is not None:
        return own
    return UNKNOWN if kept is None else calibration_from_data(kept)


def _outlines(arrays: dict[str, NDArray[Any]]) -> tuple[Outline, ...]:
    points, lengths = arrays["outline_points"], arrays["outline_lengths"]
    outlines: list[Outline] = []
    curve = point = 0
    for count in arrays["outline_counts"]:
        own = lengths[curve : curve + count]
        outlines.append(CompactOutline(points[point : point + own.sum()], own))
        curve, point = curve + count, point + own.sum()
    return tuple(outlines)


def empty_arrays(samples: int) -> dict[str, NDArray[np.float64]]:
    """Landmark arrays of a track without detections."""
    return {
        "points": np.full((samples, JOINT_COUNT, 2), np.nan),
        "depth": np.full((samples, JOINT_COUNT), np.nan),
        "visibility": np.zeros((samples, JOINT_COUNT)),
        "world": np.full((samples, JOINT_COUNT, 3), np.nan),
        **{name: np.full((samples, 2), np.nan) for name in _BACKS},
    }


def open_tracked(path: Path, track: PoseTrack, otherwise: str) -> ClipReader:
    """Open the clip of a track with the same reading options.

    Raises:
        UsageError: it is another clip; `otherwise` is the message.
    """
    reader = open_clip(path, track.key.reading)
    if reader.info.sha256 != track.key.clip_sha256:
        reader.close()
        raise UsageError(otherwise)
    if track.turned_over:
        reader.turn_over()
    return reader

"""How the files of `scripts/fuzz.py` are damaged: any bytes, videos at a given place, arrays and facts that look right."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fuzzing.clips import boxes

#: Numbers that a file can hold and nobody expects.
NUMBERS = (0.0, -0.0, 1.0, -1.0, 0.5, 1e-12, 1e6, -1e9, 1e15, 1e30, 1e308, float("nan"), float("inf"), float("-inf"))
#: Parts of a file in which it is damaged, as shares of its length.
PLACES = {"anywhere": (0.0, 1.0), "beginning": (0.0, 0.1), "middle": (0.35, 0.65), "end": (0.9, 1.0)}


def harm(path: Path, dice: random.Random, place: str = "anywhere") -> None:
    """Damage a file: cut it, overwrite, insert, leave out, or put something else there."""
    content = bytearray(path.read_bytes())
    low, high = (round(share * len(content)) for share in PLACES[place])
    at, length = dice.randint(low, high), dice.choice((1, 16, 400, 4000))
    way = dice.randrange(6 if place == "anywhere" else 5)
    if way == 0:
        del content[at:]
    elif way == 1:
        content[at : at + length] = dice.randbytes(length)
    elif way == 2:
        content[at:at] = dice.randbytes(length)
    elif way == 3:
        del content[at : at + length]
    elif way == 4:
        for _ in range(dice.choice((1, 10, 100))):
            if low < high:
                content[dice.randrange(low, high)] = dice.randrange(256)
    else:
        content = bytearray(dice.choice((b"", b"{}", dice.randbytes(3000), bytes(5000))))
    path.write_bytes(content)


def harm_video(path: Path, dice: random.Random) -> None:
    """Damage a video past its beginning: in the middle, at the end, or in what an MP4 or MOV file says of its frames."""
    way = dice.choice(("middle", "end", "index", "no index"))
    content = bytearray(path.read_bytes())
    (index,) = boxes(content, (b"moov",)) or (0,)
    if not index or way in PLACES:
        harm(path, dice, way if way in PLACES else "end")  # Matroska and AVI have their index at the end
        return
    length = int.from_bytes(content[index - 8 : index - 4], "big")
    end = min(index - 8 + length, len(content)) if length > 8 else len(content)  # an index may claim more than there is
    if way == "no index":
        del content[index - 8 : end]
    else:
        for _ in range(dice.choice((1, 4, 40))):
            content[dice.randrange(index, end)] = dice.randrange(256)
    path.write_bytes(content)


def harm_text(text: str, dice: random.Random) -> bytes:
    """Text with other characters, cells, lines, or in another coding."""
    lines = text.splitlines(keepends=True)
    for _ in range(dice.choice((1, 3, 20))):
        row = dice.randrange(len(lines))
        line = lines[row]
        at = dice.randrange(len(line) + 1)
        lines[row] = dice.choice(
            (
                line[:at]
                + dice.choice(("nan", "-1", "1e999", "\t", ",", '"', "{", "]", "ü", "\x00", "null", "99999999999999999999"))
                + line[at:],
                line[:at],
                line + line,
                "\n",
                line.replace("\t", ","),
                "".join(dice.sample(line, len(line))),
            )
        )
    return "".join(lines).encode(dice.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1")), "replace")


def harm_arrays(path: Path, dice: random.Random) -> None:
    """Change what an npz file of ours says, so that it stays one: hostile values, times, shapes, kinds of numbers, facts."""
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    facts = json.loads(str(arrays.pop("meta")))
    for _ in range(dice.choice((1, 1, 1, 3))):
        way = dice.randrange(8)
        name = dice.choice(sorted(arrays))
        if way <= 3:
            arrays[name] = _other_values(arrays[name], dice)
        elif way == 4:
            arrays[name] = _other_shape(arrays[name], dice)
        elif way == 5:
            _shorten(arrays, dice)
        elif way == 6 and len(arrays.get("frame_times", ())):
            arrays["frame_times"] = _other_times(arrays["frame_times"], dice)
        else:
            facts = _other_facts(facts, dice)
    with path.open("wb") as stream:
        np.savez_compressed(stream, meta=np.array(json.dumps(facts)), **arrays)


def harm_facts(path: Path, dice: random.Random) -> None:
    """Change what a JSON file says in one place or a few; it stays JSON."""
    data = json.loads(path.read_text(encoding="utf-8"))
    for _ in range(dice.choice((1, 1, 3))):
        data = _other_facts(data, dice)
    path.write_text(json.dumps(data), encoding="utf-8")


def _other_values(array: NDArray[Any], dice: random.Random) -> NDArray[Any]:
    """Some or all numbers are others; now and then numbers of another kind."""
    chance = np.random.default_rng(dice.randrange(1 << 32))
    changed = array.copy()
    kind = dice.randrange(5)
    if kind == 0 and array.size:
        return np.asarray(chance.permutation(changed.reshape(-1)).reshape(array.shape))
    if kind == 1:
        with np.errstate(all="ignore"):
            return changed.astype(dice.choice(("f2", "f4", ">f8", "i8", "u1", "?", "c16", "U9")))
    where = chance.random(array.shape) < dice.choice((0.02, 0.3, 1.0))
    with np.errstate(all="ignore"):
        if kind == 2 and array.dtype.kind == "f":
            changed[where] *= dice.choice((-1.0, 1e-9, 1e6, 1e300))
        else:
            changed[where] = np.array(dice.choice(NUMBERS)).astype(array.dtype)
    return changed


def _other_shape(array: NDArray[Any], dice: random.Random) -> NDArray[Any]:
    return dice.choice(
        (array[:0], array[:-1], array[None], array.T, array.reshape(-1), np.concatenate([array, array]), np.zeros(()))
    )


def _other_times(times: NDArray[Any], dice: random.Random) -> NDArray[Any]:
    """Times that still go forward, and jump, hardly move, or lie far off."""
    at = dice.randrange(len(times))
    steps = np.diff(times, prepend=times[0])
    steps[at] += dice.choice((0.0, 5.0, 3600.0, 1e6, 1e12))
    return np.asarray(np.cumsum(steps * dice.choice((1e-9, 1e-3, 1.0, 1.0, 1e3))) + dice.choice((0.0, -1e6, 1e5, 1e15)))


def _shorten(arrays: dict[str, NDArray[Any]], dice: random.Random) -> None:
    """Leave a few samples, in every array that has a row for each."""
    rows = len(arrays.get("samples", arrays.get("times", ())))
    for name, array in arrays.items():
        if array.ndim and len(array) == rows and name != "frame_times":
            arrays[name] = array[: dice.choice((1, 2, 3, 8))] if dice.random() < 0.05 else array[: min(rows, 3)]


def _other_facts(facts: Any, dice: random.Random) -> Any:
    """A JSON value in which one place is another value, left out, or there twice."""
    if isinstance(facts, dict) and facts:
        name = dice.choice(sorted(facts))
        if dice.random() < 0.1:
            return {key: value for key, value in facts.items() if key != name}
        return {**facts, name: _other_facts(facts[name], dice)}
    if isinstance(facts, list) and facts:
        at = dice.randrange(len(facts))
        if dice.random() < 0.2:
            return facts[:at] + facts[at + 1 :] if dice.random() < 0.5 else facts + facts
        return [*facts[:at], _other_facts(facts[at], dice), *facts[at + 1 :]]
    if isinstance(facts, (int, float)) and not isinstance(facts, bool) and dice.random() < 0.6:
        number = dice.choice(NUMBERS)
        return int(number) if isinstance(facts, int) and abs(number) < 1e300 else number
    return dice.choice(
        (None, "", "x", "left", "[bold]", "../../x", -1, 10**30, 1e308, float("nan"), True, [], {}, [None], {"a": 1})
    )

"""The cases of `scripts/fuzz.py`: each is made from its number alone, in a folder of its own."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

from fuzzing.clips import Film, edit, even, same_stamps, turn, write

#: The words after `formcheck`: one list a command, run one after the other.
Commands = list[list[str]]
QUICK = ["--no-video", "--no-report"]
OPTIONS = {
    "--exercise": ("auto", "rdl", "hip-thrust", "back-squat", "bss", "nothing", "", "[bold]"),
    "--side": ("left", "right", "up"), "--lifter": ("left", "right", "middle"),
    "--height": ("172cm", "1.8m", "nan", "-1cm", "9m"), "--plate-diameter": ("45cm", "17in", "0cm", "inf", "45"),
    "--pose-rate": ("5", "8", "2", "nan", "1e9"), "--slow-motion": ("1", "2", "0", "nan", "inf"),
    "--start": ("0", "1.5", "-3", "nan", "100", "inf"), "--end": ("5", "7.5", "0", "-1", "nan", "inf"),
    "--style": ("full", "minimal", "loud"), "--load": ("60kg", "135lb", "body weight", "many", "-5kg", "1e999kg"),
    "--model": ("heavy", "nothing.task"),
}  # fmt: skip
FLAGS = ("--no-video", "--no-report", "--snapshots", "--slow-faults", "--full-size", "--json", "--quiet", "--fail-on-fault")
NAMES = (
    "[rdl].mp4", "=HYPERLINK(1).mp4", "a b\nc.mp4", "ü – 深.mp4", "'\"$(x).mp4", "%s%n.mp4", ".hidden.mp4", "-q.mp4",
    "x" * 180 + ".mp4", "x" * 250 + ".mp4", "no_ending", "<script>.mp4", "bad\udcff.mp4", "http:__x.mp4", "..mp4", "{0}.mp4",
)  # fmt: skip


def clip(folder: Path, dice: random.Random, name: str = "clip.mp4") -> Path:
    """A good clip of four seconds or so."""
    made = write(folder / "made.mp4", Film(even(dice.choice((4.5, 6.5)), 10.0)))
    return made.rename(folder / name)


def harm(path: Path, dice: random.Random) -> None:
    """Damage a file: cut it, overwrite, insert, leave out, put something else there."""
    content = bytearray(path.read_bytes())
    place, length = dice.randrange(len(content) + 1), dice.choice((1, 16, 400, 4000))
    way = dice.randrange(6)
    if way == 0:
        del content[place:]
    elif way == 1:
        content[place : place + length] = dice.randbytes(length)
    elif way == 2:
        content[place:place] = dice.randbytes(length)
    elif way == 3:
        del content[place : place + length]
    elif way == 4:
        for _ in range(dice.choice((1, 10, 100))):
            content[dice.randrange(len(content))] = dice.randrange(256)
    else:
        content = bytearray(dice.choice((b"", b"{}", dice.randbytes(3000), bytes(5000))))
    path.write_bytes(content)


def damaged(folder: Path, dice: random.Random) -> Commands:
    path = clip(folder, dice)
    harm(path, dice)
    return [["analyze", str(path), *QUICK]]


def geometry(folder: Path, dice: random.Random) -> Commands:
    size = (dice.choice((2, 16, 33, 96, 500)), dice.choice((2, 17, 64, 128, 320)))
    if dice.random() < 0.5:
        return [["analyze", str(write(folder / "clip.mov", Film(even(4.5, 10), size, "png", "rgb24"))), "--no-report"]]
    path = clip(folder, dice)
    a, b, c, d = (dice.choice((-1.0, 0.0, 1.0, 0.7, 30000.0)) for _ in range(4))
    return [["analyze", str(turn(path, ((a, b), (c, d)))), *QUICK]]


def stamps(folder: Path, dice: random.Random) -> Commands:
    way = dice.randrange(4)
    if way == 0:
        return [["analyze", str(same_stamps(clip(folder, dice))), *QUICK]]
    if way == 1:
        path = write(folder / "clip.mp4", Film(even(6.5, 10), options={"bf": "2"}))
        return [["analyze", str(edit(path, dice.uniform(0, 9), dice.uniform(0, 9))), *QUICK]]
    times = [0.0]
    for _ in range(dice.choice((1, 5, 60))):
        times.append(times[-1] + dice.choice((0.001, 0.03, 0.1, 0.1, 0.1, 0.5) if way == 2 else (0.1, 0.1, 30.0, 1e4)))
    return [["analyze", str(write(folder / "clip.mkv", Film(tuple(times), start_s=dice.choice((0.0, 1e5))))), *QUICK]]


def options(folder: Path, dice: random.Random) -> Commands:
    words = ["analyze", str(clip(folder, dice))]
    for name in dice.sample(sorted(OPTIONS), dice.randrange(1, 4)):
        words += [name, dice.choice(OPTIONS[name][: dice.choice((2, 9))])]
    return [[*words, *dice.sample(FLAGS, dice.randrange(5))]]


def limits(folder: Path, dice: random.Random) -> Commands:
    value = dice.choice(("5", "nan", "-inf", '"x"', "[]", "{}", "1" * 400, "true", "1e308", "{value = 3, borderline = -1}"))
    table = dice.choice(("back_squat", "romanian_deadlift", "nothing", "back_squat.short_range", ""))
    (folder / "l.toml").write_text(f"[{table}]\n{dice.choice(('short_range', 'heels_lift', 'value', 'x y'))} = {value}\n")
    if dice.random() < 0.3:
        harm(folder / "l.toml", dice)
    return [["analyze", str(clip(folder, dice)), "--limits", str(folder / "l.toml"), *QUICK]]


def saved(folder: Path, dice: random.Random) -> Commands:
    """A second command on a folder, between the two its files are harmed (by `between`)."""
    path = clip(folder, dice)
    second = ["render", str(folder / "clip.formcheck")] if dice.random() < 0.6 else ["analyze", str(path)]
    return [["analyze", str(path), *QUICK], [*second, *QUICK]]


def between(kind: str, folder: Path, dice: random.Random) -> None:
    """What happens between two commands of a case."""
    if kind == "saved":
        harm(folder / "clip.formcheck" / dice.choice(("track.npz", "bar.npz", "analysis.json")), dice)


def names(folder: Path, dice: random.Random) -> Commands:
    path = clip(folder, dice, dice.choice(NAMES))
    if dice.random() < 0.7:
        return [["analyze", str(path), "--no-video"]]
    return [["batch", str(folder), *QUICK, "--out", str(folder / "out")]]


KINDS: dict[str, Callable[[Path, random.Random], Commands]] = {
    "damaged": damaged, "geometry": geometry, "stamps": stamps, "options": options, "limits": limits, "saved": saved,
    "names": names,
}  # fmt: skip


def kind_of(number: int) -> str:
    """The kind of a case."""
    return list(KINDS)[number % len(KINDS)]


def dice_of(number: int) -> random.Random:
    """The chance of a case, always the same."""
    return random.Random(f"formcheck {number}")


def shown(word: str) -> str:
    """A word of a command as any screen can show it."""
    return os.fsencode(word).decode(errors="backslashreplace")

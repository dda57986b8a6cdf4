"""The cases of `scripts/fuzz.py`: each is made from its number alone, in a folder of its own.

A case is a list of commands, run one after the other until one does not end with code 0. Between the first and the second
something may happen to the files. The list never changes order: new kinds go at the end of `KINDS`, which renumbers all.
"""

from __future__ import annotations

import atexit
import json
import os
import random
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fuzzing.clips import Film, edit, even, same_stamps, turn, write
from fuzzing.harms import harm, harm_arrays, harm_facts, harm_text, harm_video
from fuzzing.running import run

#: Values of each option: the first two can be used, the others often cannot.
JUDGING = {
    "--exercise": ("auto", "back-squat", "rdl", "hip-thrust", "bss", "nothing", "", "[bold]"),
    "--side": ("left", "right", "up", ""),
    "--height": ("172cm", "1.8m", "nan", "-1cm", "9m", "172"),
    "--plate-diameter": ("45cm", "17in", "0cm", "inf", "45"),
    "--style": ("full", "minimal", "loud"),
    "--load": ("60kg", "135lb", "body weight", "many", "-5kg", "1e999kg"),
    "--limits": ("LIMITS", "LIMITS", "nothing.toml", "."),
}
READING = {
    "--lifter": ("left", "right", "middle"),
    "--pose-rate": ("5", "8", "2", "nan", "1e9", "x"),
    "--slow-motion": ("1", "2", "0", "nan", "inf", "-1"),
    "--start": ("0", "1.5", "-3", "nan", "100", "inf", "x"),
    "--end": ("5", "7.5", "0", "-1", "nan", "inf"),
    "--model": ("heavy", "heavy", "nothing.task", "LIMITS", "."),
}
OUTPUTS = ("--no-video", "--no-report", "--snapshots", "--slow-faults", "--full-size", "--full-rate", "--json", "--quiet")
LOGGED = ("--log", "--keep", "--fail-on-fault")
SELDOM = ("--nothing", "--height", "-x", "extra", "--logbook=.", "--out=LIMITS", "")
VALUES = {
    "analyze": {**JUDGING, **READING},
    "render": {**JUDGING, "--clip": ("CLIP", "CLIP", "LIMITS", "nothing.mp4", ".")},
    "batch": {
        **JUDGING,
        **READING,
        "--exercise-from": ("folder", "name", "nothing"),
        "--workers": ("1", "2", "0", "-1", "x", "9" * 30),
        "--longest": ("1", "30", "0", "-1", "nan", "inf"),
    },
    "export": {
        "--format": ("csv", "trc,mot,coco", "c3d", "netcdf", "parquet", "", ",", "CSV,csv", "nothing", "[bold]"),
        "--units": ("m", "px", "mm", ""),
        "--out": ("OUT", "OUT", "LIMITS", "CLIP/x"),
    },
    "compare": {
        "--reps": ("1,last", "2,1", "last,1", "1,99", "1,1", "0,1", "-1,2", "1", "", "a,b", "1,2,3", "9" * 30 + ",1", "²,1"),
        "--clip-a": ("CLIP", "CLIP", "LIMITS", "nothing.mp4"),
        "--out": ("OUT", "OUT", "LIMITS"),
    },
    "log list": {
        "--exercise": ("back-squat", "rdl", "nothing"),
        "--last": ("1", "0", "-1", "x"),
        "--unit": ("kg", "lb", "st"),
    },
    "log show": {"--unit": ("kg", "lb", "st")},
    "log add": {
        "--load": JUDGING["--load"],
        "--date": ("2026-03-02", "2026-03-02 10:00", "31/31/2026", "0001-01-01", "9999-12-31", "now", ""),
        "--clip": ("CLIP", "CLIP", "LIMITS", "nothing.mp4"),
    },
    "log edit": {
        "--load": JUDGING["--load"],
        "--date": ("2026-03-02", "2026-12-01", "yesterday", "2026-02-30"),
        "--leg": ("left", "both", "middle"),
        "--notes": ("fine", "", "[bold]\x1b[31m", "=1+1", "x" * 9999),
    },
    "log delete": {},
    "log export": {
        "--format": ("csv", "json", "xml"),
        "--out": ("OUT", "OUT/log.json", "LIMITS", "CLIP/x"),
        "--exercise": ("rdl", "auto", "x"),
    },
    "log page": {"--out": ("OUT", "OUT", ".", "CLIP/x"), "--unit": ("kg", "lb"), "--note": ("hello", "</script>", "\x00")},
    "log import": {"--unit": ("kg", "lb"), "--dates": ("dmy", "mdy", "x")},
    "log restore": {},
    "next": {"--programme": ("LIMITS", "PROGRAMME", "nothing.toml", ".")},
    "rules": {"--limits": ("LIMITS", "LIMITS", "nothing.toml", ".")},
    "doctor": {},
}
FLAGS = {
    "analyze": (*OUTPUTS, *LOGGED),
    "render": OUTPUTS,
    "batch": ("--no-video", "--no-report", "--json", "--quiet", "--force", *LOGGED),
    "export": ("--quiet",),
    "compare": ("--no-video", "--json", "--quiet"),
    "log add": ("--keep",),
    "log delete": ("--yes", "--yes"),
    "next": ("--json",),
    "rules": ("--json",),
}
ARGUMENTS = {
    "analyze": ("CLIP",),
    "render": ("FOLDER",),
    "batch": ("CLIPS",),
    "export": ("FOLDER",),
    "compare": ("FOLDER", "FOLDER FOLDER"),
    "log show": ("1", "99", "x"),
    "log add": ("FOLDER", "FOLDER FOLDER", "CLIP"),
    "log edit": ("1", "0", "-1"),
    "log delete": ("1", "1 1", "99", "x"),
    "log import": ("PAPER", "PAPER", "LIMITS", "nothing.csv", "."),
    "log restore": ("", "PAPER", "nothing.db"),
    "next": ("", "back-squat", "rdl", "nothing"),
    "rules": ("", "back-squat", "bss", "nothing"),
}
ENDLESS_VIDEO = ("analyze", "render")


def words_of(command: str, dice: random.Random) -> list[str]:
    """A command with arguments and options drawn at random; words in capitals stand for files of the case."""
    words = command.split()
    words += dice.choice(ARGUMENTS.get(command, ("",))).split() if dice.random() < 0.97 else []
    if command == "export":
        words += ["--format", dice.choice(VALUES["export"]["--format"])]
    options = VALUES[command]
    for name in dice.sample(sorted(options), min(len(options), dice.randrange(4))):
        sound = dice.random() < 0.6  # else few commands would come past their options
        words += [name, dice.choice(options[name][: 2 if sound else None])]
    flags = FLAGS.get(command, ())
    words += dice.sample(flags, dice.randrange(min(len(flags), 4) + 1))
    if dice.random() < 0.08:
        words.insert(dice.randrange(1, len(words) + 1), dice.choice(SELDOM))
    return words


QUICK = ["--no-video", "--no-report"]
NAMES = (
    "[rdl].mp4",
    "=HYPERLINK(1).mp4",
    "a b\nc.mp4",
    "ü – 深.mp4",
    "'\"$(x).mp4",
    "%s%n.mp4",
    ".hidden.mp4",
    "-q.mp4",
    "x" * 180 + ".mp4",
    "x" * 250 + ".mp4",
    "no_ending",
    "<script>.mp4",
    "bad\udcff.mp4",
    "http:__x.mp4",
    "..mp4",
    "{0}.mp4",
    "\x1b[31mred.mp4",
    "CON.mp4",
    "a\\b.mp4",
    "a\u202eb.mp4",
    "IMG.mp4",
    "IMG.MP4",
    "IMG.mov",
    "x.formcheck.mp4",
    " .mp4",
)


@dataclass(frozen=True)
class Case:
    """What is run, and whether its files are harmed so that a refusal leaves them as they are."""

    commands: list[list[str]]
    between: Callable[[], None] = lambda: None
    harmed: bool = False


def clip(folder: Path, dice: random.Random, name: str = "clip.mp4") -> Path:
    """A good clip of four seconds or so."""
    made = write(folder / "made.mp4", Film(even(dice.choice((4.5, 6.5)), 10.0)))
    return made.rename(folder / name)


@lru_cache(maxsize=1)
def _ready() -> Path:
    """A folder with a clip, its analysis, its keypoints as files, and a logbook with the set; made once."""
    place = Path(tempfile.mkdtemp(prefix="formcheck-fuzz-ready-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    folder = place / "clips"
    folder.mkdir()
    path = write(folder / "clip.mp4", Film(even(8.5, 10.0)))
    saved = str(folder / "clip.formcheck")
    for words in (
        ["analyze", str(path), "--no-video", "--log", "--load", "60kg", "--exercise", "back-squat"],
        ["export", saved, "--format", "trc,coco,netcdf", "--units", "px", "--out", str(place / "keypoints")],
    ):
        ran = run(words, place / "home")
        if ran.code:
            raise RuntimeError(f"{' '.join(words)} ended with {ran.code}: {ran.stderr}")
    return place


def ready(folder: Path) -> Path:
    """A copy of the analysed clip, with a logbook; the CLIP.formcheck folder."""
    for part, target in (("clips", folder), ("home", folder.parent / "home")):
        shutil.copytree(_ready() / part, target, dirs_exist_ok=True)
    return folder / "clip.formcheck"


def damaged(folder: Path, dice: random.Random) -> Case:
    path = clip(folder, dice)
    harm(path, dice)
    return Case([["analyze", str(path), *QUICK]])


def geometry(folder: Path, dice: random.Random) -> Case:
    size = (dice.choice((2, 16, 33, 96, 500)), dice.choice((2, 17, 64, 128, 320)))
    if dice.random() < 0.5:
        return Case([["analyze", str(write(folder / "clip.mov", Film(even(4.5, 10), size, "png", "rgb24"))), "--no-report"]])
    path = clip(folder, dice)
    a, b, c, d = (dice.choice((-1.0, 0.0, 1.0, 0.7, 30000.0)) for _ in range(4))
    return Case([["analyze", str(turn(path, ((a, b), (c, d)))), *QUICK]])


def stamps(folder: Path, dice: random.Random) -> Case:
    way = dice.randrange(4)
    if way == 0:
        return Case([["analyze", str(same_stamps(clip(folder, dice))), *QUICK]])
    if way == 1:
        path = write(folder / "clip.mp4", Film(even(6.5, 10), options={"bf": "2"}))
        return Case([["analyze", str(edit(path, dice.uniform(0, 9), dice.uniform(0, 9))), *QUICK]])
    times = [0.0]
    for _ in range(dice.choice((1, 5, 60))):
        times.append(times[-1] + dice.choice((0.001, 0.03, 0.1, 0.1, 0.1, 0.5) if way == 2 else (0.1, 0.1, 30.0, 1e4)))
    return Case([["analyze", str(write(folder / "clip.mkv", Film(tuple(times), start_s=dice.choice((0.0, 1e5))))), *QUICK]])


def options(folder: Path, dice: random.Random) -> Case:
    words = ["analyze", str(clip(folder, dice))]
    values = {**JUDGING, **READING}
    for name in dice.sample(sorted(values), dice.randrange(1, 4)):
        words += [name, dice.choice(values[name][: dice.choice((2, 9))])]
    return Case([_filed([*words, *dice.sample(FLAGS["analyze"], dice.randrange(5))], folder, dice)])


def limits(folder: Path, dice: random.Random) -> Case:
    write_limits(folder / "l.toml", dice)
    return Case([["analyze", str(clip(folder, dice)), "--limits", str(folder / "l.toml"), *QUICK]])


def write_limits(path: Path, dice: random.Random) -> None:
    """A file for `--limits`, of which one in four can be used."""
    numbers = ("5", "nan", "-inf", '"x"', "[]", "{}", "1" * 400, "true", "1e308", "{value = 3, borderline = -1}", "2026-01-01")
    names = ("short_range", "heels_lift", "value", "x y", "torso_collapsed.value", "short_range.borderline", "'a.b'.c", "[x")
    path.write_text("")
    for _ in range(dice.choice((1, 1, 3))):
        table = dice.choice(("back_squat", "romanian_deadlift", "nothing", "back_squat.short_range", ""))
        with path.open("a", encoding="utf-8") as stream:
            stream.write(f"[{table}]\n{dice.choice(names)} = {dice.choice(numbers)}\n")
    if dice.random() < 0.25:
        path.write_text("[back_squat.short_range]\nvalue = 80\nborderline = 3\n")
    if dice.random() < 0.2:
        path.write_bytes(harm_text(path.read_text(encoding="utf-8"), dice))


def saved(folder: Path, dice: random.Random) -> Case:
    """A second command on a folder, whose files are harmed before."""
    path = clip(folder, dice)
    output = folder / "clip.formcheck"
    second = ["render", str(output)] if dice.random() < 0.6 else ["analyze", str(path)]
    name = dice.choice(("track.npz", "bar.npz", "analysis.json"))
    return Case([["analyze", str(path), *QUICK], [*second, *QUICK]], lambda: harm(output / name, dice), harmed=True)


def names(folder: Path, dice: random.Random) -> Case:
    path = clip(folder, dice, dice.choice(NAMES))
    return Case([["analyze", str(path), "--no-video", *dice.choice(([], ["--log"], ["--json"], ["--snapshots"]))]])


def arrays(folder: Path, dice: random.Random) -> Case:
    """Files of ours whose arrays or facts are others, and every command that reads them."""
    output = ready(folder)
    name = dice.choice(("track.npz", "track.npz", "bar.npz", "analysis.json"))
    (harm_facts if name.endswith(".json") else harm_arrays)(output / name, dice)
    folders, out = [str(output)], ["--out", str(folder / "out.compare")]
    if dice.random() < 0.3:
        shutil.copytree(_ready() / "clips", folder / "other")
        folders.append(str(folder / "other" / "clip.formcheck"))
    command = dice.choice(("render", "render", "render", "analyze", "export", "compare", "log"))
    commands = {
        "render": [["render", folders[0], *dice.choice((QUICK, ["--no-video"], ["--snapshots", "--slow-faults"]))]],
        "analyze": [["analyze", str(folder / "clip.mp4"), *QUICK]],
        "export": [
            [
                "export",
                folders[0],
                "--format",
                dice.choice(("csv,parquet", "trc,mot", "c3d", "netcdf,coco")),
                "--units",
                dice.choice(("m", "px")),
            ]
        ],
        "compare": [["compare", *folders, *out, *dice.choice(([], ["--no-video"]))]],
        "log": [
            ["log", "add", *folders],
            ["log", "show", "1"],
            ["log", "export"],
            ["next", "--json"],
            ["log", "page", "--out", str(folder / "log.html")],
        ],
    }
    then = [["render", folders[0], "--no-video"]] if command == "analyze" else []
    return Case(commands[command] + then, harmed=True)


def containers(folder: Path, dice: random.Random) -> Case:
    """Videos of every kind, damaged past their beginning."""
    ending, codec, pixels = dice.choice(
        (
            ("mp4", "libx264", "yuv420p"),
            ("mov", "libx264", "yuv420p"),
            ("mkv", "libx264", "yuv420p"),
            ("webm", "libvpx", "yuv420p"),
            ("avi", "mpeg4", "yuv420p"),
            ("mov", "png", "rgba"),
            ("ts", "libx264", "yuv420p"),
        )
    )
    path = write(
        folder / f"clip.{ending}",
        Film(even(6.5, 10), codec=codec, pixels=pixels, options={"g": "12"}, sound=ending != "webm" and dice.random() < 0.3),
    )
    for _ in range(dice.choice((1, 1, 3))):
        harm_video(path, dice)
    return Case([["analyze", str(path), *dice.choice((QUICK, QUICK, ["--no-report"]))]])


def commands(folder: Path, dice: random.Random) -> Case:
    """Any command with options drawn at random."""
    ready(folder)
    return Case([_filed(words_of(dice.choice(sorted(VALUES)), dice), folder, dice)])


def keypoints(folder: Path, dice: random.Random) -> Case:
    """Files of other tools, damaged, for `--track`."""
    path = Path(shutil.copy(_ready() / "clips" / "clip.mp4", folder))
    source = dice.choice(sorted((_ready() / "keypoints").iterdir()))
    track = Path(shutil.copy(source, folder / f"track{source.suffix}"))
    if track.suffix == ".json" and dice.random() < 0.6:
        harm_facts(track, dice)
    elif track.suffix == ".nc":
        harm(track, dice)
    else:
        track.write_bytes(harm_text(track.read_text(encoding="utf-8"), dice))
    if dice.random() < 0.15:
        track = track.rename(
            folder / dice.choice(("track.csv", "track.h5", "track.slp", "track.txt", "track.trc", "track.json", "track.nc"))
        )
    return Case([["analyze", str(path), "--track", str(track), *dice.choice((QUICK, QUICK, ["--no-report"]))]])


def people(folder: Path, dice: random.Random) -> Case:
    """Keypoints of several people who come and go; of other sizes, rates and spans; scores of any kind."""
    path = Path(shutil.copy(_ready() / "clips" / "clip.mp4", folder))
    parts = ("shoulder", "hip", "knee", "ankle", "wrist")
    names = ["nose", *(f"{side}_{part}" for part in parts for side in ("left", "right"))]
    frames, every = dice.choice((1, 2, 30, 200)), dice.choice((1, 1, 2, 7))
    scores = dice.choice(((2,), (1,), (0, 1, 2), (0.3, 0.9, 1.04), (80, 20), (-1, 5), (float("nan"), 0.5)))
    annotations = []
    for who in range(dice.choice((0, 1, 2, 5, 20))):
        x, y, size = (dice.choice((0, 20, 60, 500, -300, 1e9)) for _ in "xys")
        begin = dice.randrange(frames)
        for n in range(begin, dice.randrange(begin, frames + 1)):
            points = [(x + n % 5, y + size * place / len(names), dice.choice(scores)) for place in range(len(names))]
            entry = {"image_id": n * every, "category_id": 1, "keypoints": [value for point in points for value in point]}
            annotations.append({**entry, **dice.choice(({}, {"area": size}, {"bbox": [0, 0, size, size]}, {"track_id": who}))})
    width, height = dice.choice(((48, 64), (64, 48), (24, 32), (96, 128), (0, 0), (7, 3)))
    images = [{"id": n * every, "file_name": f"{n * every}.png", "width": width, "height": height} for n in range(frames)]
    whole = {"images": images, "annotations": annotations, "categories": [{"id": 1, "keypoints": names}]}
    track = folder / "people.json"
    track.write_text(json.dumps(annotations if dice.random() < 0.2 else whole))
    slow = dice.choice(([], [], ["--slow-motion", "4"], ["--start", "0.5"], ["--end", "1"]))
    return Case([["analyze", str(path), "--track", str(track), *slow, *QUICK]])


def batch(folder: Path, dice: random.Random) -> Case:
    """A folder with hostile names, some of them of things that are no clips; now and then all of them."""
    film = write(folder.parent / "made.mp4", Film(even(4.2, 8.0), size=(48, 64)))
    every = dice.random() < 0.12
    for name in NAMES if every else dice.sample(NAMES, 5):
        shutil.copy(film, folder / name)
    for what in (
        ("folder", "link", "loop", "pipe", "empty", "list", "below")
        if every
        else dice.sample(("folder", "link", "loop", "pipe", "empty", "below"), 2)
    ):
        place = folder / f"{what}.mp4"
        if what == "folder":
            place.mkdir()
        elif what == "link":
            place.symlink_to(folder / "nowhere.mp4")
        elif what == "loop":
            (folder / "loop").symlink_to(folder)
        elif what == "pipe":
            os.mkfifo(place)
        elif what == "below":
            below = folder / dice.choice(("[red]", "a\nb", "bad\udcfe", "hip thrusts", "60kg"))
            below.mkdir()
            shutil.copy(film, below / "clip.mp4")
        else:
            place.touch()
    words = ["batch", str(folder), *QUICK, "--workers", "1", "--out", str(folder.parent / "out")]
    return Case([words + dice.choice(([], ["--json"], ["--log"], ["--exercise-from", "folder"])), [*words, "--json"]])


#: How often each kind comes: the number of a case says of which kind it is.
KINDS: dict[str, tuple[Callable[[Path, random.Random], Case], int]] = {
    "damaged": (damaged, 2),
    "geometry": (geometry, 2),
    "stamps": (stamps, 2),
    "options": (options, 2),
    "limits": (limits, 1),
    "saved": (saved, 2),
    "names": (names, 2),
    "arrays": (arrays, 4),
    "containers": (containers, 3),
    "commands": (commands, 5),
    "keypoints": (keypoints, 2),
    "batch": (batch, 1),
    "people": (people, 2),
}
_ROUND = [kind for turn_ in range(5) for kind, (_, often) in KINDS.items() if turn_ < often]


def kind_of(number: int) -> str:
    """The kind of a case; the first `len(KINDS)` cases are one of each."""
    return _ROUND[number % len(_ROUND)]


def case_of(number: int, folder: Path) -> Case:
    """The case, with its files in `folder`: always the same."""
    return KINDS[kind_of(number)][0](folder, random.Random(f"formcheck {number}"))


def _filed(words: list[str], folder: Path, dice: random.Random) -> list[str]:
    """The words with the names of files in place of those in capitals."""
    write_limits(folder / "l.toml", dice)
    (folder / "paper.csv").write_bytes(
        harm_text("date,exercise,load,reps\n2026-01-02,back squat,60kg,8\n2026-01-05,rdl,80,3x8\n", dice)
        if dice.random() < 0.6
        else b"date;exercise;load_kg;reps\n2026-01-02;back squat;60;8\n"
    )
    entry = f"{dice.choice(('sets', 'reps', 'step_kg', 'x'))} = {dice.choice(('3', '-1', 'nan', '[]'))}"
    (folder / "p.toml").write_text(f"[{dice.choice(('back_squat', 'exercise.back_squat', 'progress', 'x'))}]\n{entry}\n")
    places = {
        "CLIPS": folder,
        "CLIP": folder / "clip.mp4",
        "FOLDER": folder / "clip.formcheck",
        "LIMITS": folder / "l.toml",
        "PAPER": folder / "paper.csv",
        "PROGRAMME": folder / "p.toml",
        "OUT": folder.parent / "out",
    }

    def filed(word: str) -> str:
        begin, _, rest = word.rpartition("=")
        head, slash, tail = rest.partition("/")
        return f"{begin}{'=' * bool(begin)}{places[head]}{slash}{tail}" if head in places else word

    return [filed(word) for word in words]

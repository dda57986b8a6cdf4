"""Options and arguments of every command, sensible ones and others, from which `scripts/fuzz.py` draws."""

from __future__ import annotations

import random

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

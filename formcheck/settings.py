"""What a user can say, under its two names: the option of the command line and the argument in Python.

A sentence that tells somebody what to change names a `Setting`; the error that carries it reads with the option's name, and
with the argument's once it has left through the Python API (`formcheck.errors.said_in_python`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Around a setting within a sentence, until it is known to whom it is said: characters that no text holds.
_START, _BETWEEN, _END = "\ue000", "\ue001", "\ue002"
_MARKED = re.compile(f"{_START}([^{_END}]*){_BETWEEN}([^{_END}]*){_END}")


@dataclass(frozen=True)
class Setting:
    """Something that can be said of an analysis: `option` on the command line, `argument` in Python."""

    option: str
    argument: str

    def to(self, value: str) -> Setting:
        """The setting with what it should be: `--lifter left`, `lifter='left'`."""
        return Setting(f"{self.option} {value}", f"{self.argument}={value!r}")

    def __str__(self) -> str:
        return f"{_START}{self.option}{_BETWEEN}{self.argument}{_END}"


EXERCISE = Setting("--exercise", "exercise")
MODEL = Setting("--model", "model")
SIDE = Setting("--side", "side")
LIFTER = Setting("--lifter", "lifter")
LOAD = Setting("--load", "load_kg")
HEIGHT = Setting("--height", "height_m")
PLATE_DIAMETER = Setting("--plate-diameter", "plate_diameter_m")
SLOW_MOTION = Setting("--slow-motion", "slow_motion")
START = Setting("--start", "start_s")
END = Setting("--end", "end_s")
POSE_RATE = Setting("--pose-rate", "pose_rate_hz")
EXPORT_UNITS = Setting("--units", "units")
STYLE = Setting("--style", "style")
TRACK = Setting("--track", "pose")
OUT = Setting("--out", "folder")


def as_option(sentence: str) -> str:
    """The sentence as it is said on the command line."""
    return _MARKED.sub(r"\1", sentence)


def as_argument(sentence: str) -> str:
    """The sentence as it is said in Python."""
    return _MARKED.sub(r"\2", sentence)

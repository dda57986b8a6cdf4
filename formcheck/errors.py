"""Errors a user can act on: one sentence with what was expected, what was got and what to do."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class OptionName:
    """What an option is called: `option` on the command line, `argument` in Python. In a sentence it is the former."""

    option: str
    argument: str

    def to(self, value: str) -> OptionName:
        """The option with a value: `--lifter left`, `lifter='left'`."""
        return OptionName(f"{self.option} {value}", f"{self.argument}={value!r}")

    def __str__(self) -> str:
        return self.option


class FormcheckError(Exception):
    """Base of every error that is shown to the user as one sentence, without a traceback.

    Args:
        sentence: as the command line says it.
        names: the options that the sentence names; errors that leave the Python API name the arguments instead.
    """

    exit_code = 3
    #: Whether the sentence names arguments of the Python API (see `said_in_python`).
    in_python = False

    def __init__(self, sentence: str, *names: OptionName) -> None:
        super().__init__(sentence, *names)
        self.sentence, self.names = sentence, names

    def __str__(self) -> str:
        text = self.sentence
        for name in sorted(self.names, key=lambda name: -len(name.option)) if self.in_python else ():
            text = name.argument.join(re.split(rf"(?<![\w-]){re.escape(name.option)}(?![\w-])", text))
        return text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class UsageError(FormcheckError):
    """It was called wrongly: an option or argument, a limits file, an output folder or a model that cannot be used."""

    exit_code = 2


class MissingFileError(UsageError, FileNotFoundError):
    """There is no such file or folder."""


class ClipError(FormcheckError):
    """The clip cannot be analysed: unreadable, nobody in it, no repetition found."""

    exit_code = 3


class PoseCrashError(ClipError):
    """A pose worker process died while it worked on this clip (a native abort inside the pose model)."""


class PoseModelError(ClipError):
    """The pose model cannot be loaded, or fails on a picture of this clip."""


class OutputError(FormcheckError):
    """Results cannot be written: the disk is full, the folder is read-only, or its drive is gone (see `output_error`)."""

    exit_code = 5


class InternalError(FormcheckError):
    """A mistake of formcheck's own; the code is that of sysexits.h for it."""

    exit_code = 70


class StoppedError(FormcheckError):
    """The work was stopped (Ctrl-C, or the batch ends); nothing is said about the clip."""

    exit_code = 130


@contextmanager
def said_in_python() -> Iterator[None]:
    """Errors that leave name the arguments of the Python API, not the options of the command line."""
    try:
        yield
    except FormcheckError as error:
        error.in_python = True
        raise


_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_SHUT = {errno.EACCES, errno.EPERM, errno.EROFS}
_GONE = {errno.ENOENT, errno.ENOTDIR, errno.EIO, errno.ENODEV, getattr(errno, "ESTALE", errno.EIO)}


OUT = OptionName("--out", "folder")


def output_error(path: Path, error: OSError) -> OutputError:
    """The sentence for a file that could not be written because of `error`: what is wrong with its folder, what to do."""
    number, folder = error.errno or 0, path.parent
    if number in _FULL:
        why, remedy = f"no room is left in {folder}", f"free some space or choose another {OUT}"
    elif number in _SHUT:
        why, remedy = f"{folder} cannot be written to", f"change its permissions or choose another {OUT}"
    elif number in _GONE:
        why, remedy = f"{folder} is gone or cannot be reached", f"connect its drive again or choose another {OUT}"
    else:
        said = os.strerror(number) if number > 0 else str(error)
        why, remedy = f"{folder} cannot be written to ({said})", f"choose another {OUT}"
    return OutputError(f"{path.name} was not written: {why}; {remedy}, and try again.", OUT)


def why(error: Exception) -> str:
    """Why a file could not be read, in words for a sentence's brackets: exceptions of Python and of libraries speak to
    programmers."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[:1].lower() + error.strerror[1:]
    if isinstance(error, UnicodeError):
        return "it is not text in UTF-8"
    if isinstance(error, json.JSONDecodeError):
        return f"it is not JSON from line {error.lineno}, column {error.colno} on"
    if isinstance(error, KeyError):
        return f"{error.args[0]} is missing" if error.args else "something is missing"
    said = " ".join(str(error).split())
    if isinstance(error, ValueError) and said and not set(said) & set("'\"\\[]{}<>"):
        return said[:160]
    return "its parts do not fit together"


# Libraries that only some formats need: imported when they are used, and asked for in a sentence when they are not there.

#: Which extra of the package brings a library.
EXTRAS = {
    "pandas": "tables", "xarray": "formats", "ezc3d": "formats", "h5py": "formats", "sleap_io": None, "matplotlib": "plot",
    **dict.fromkeys(("starlette", "uvicorn", "segno", "cryptography", "ifaddr"), "serve"),
}  # fmt: skip


def library(name: str, purpose: str) -> Any:
    """The imported library.

    Raises:
        UsageError: it is not installed.
    """
    try:
        return import_module(name)
    except ImportError:
        extra = EXTRAS.get(name.partition(".")[0])
        wanted = f"formcheck[{extra}]" if extra else name
        raise UsageError(f"{purpose} needs {name}, which is not installed; install it with: pip install '{wanted}'.") from None

"""Errors for users: one sentence with what was expected, what was got and what to do."""

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
    """Name of an option on the command line (`option`, used in messages) and in Python (`argument`)."""

    option: str
    argument: str

    def to(self, value: str) -> OptionName:
        """The option with a value: `--lifter left`, `lifter='left'`."""
        return OptionName(f"{self.option} {value}", f"{self.argument}={value!r}")

    def __str__(self) -> str:
        return self.option


class FormcheckError(Exception):
    """Base of errors that are shown as one sentence, without a traceback.

    Args:
        sentence: the message on the command line.
        names: options in the message, which the Python API replaces by arguments.
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
    """Wrong usage: an invalid option, argument, limits file, output folder or model."""

    exit_code = 2


class MissingFileError(UsageError, FileNotFoundError):
    """There is no such file or folder."""


class ClipError(FormcheckError):
    """The clip cannot be analysed: unreadable, no lifter, no rep."""

    exit_code = 3


class PoseCrashError(ClipError):
    """A pose worker process died on this clip (a native abort in the pose model)."""


class PoseModelError(ClipError):
    """The pose model cannot be loaded, or fails on a picture."""


class OutputError(FormcheckError):
    """Results cannot be written: full disk, read-only folder, or missing drive (see `output_error`)."""

    exit_code = 5


class InternalError(FormcheckError):
    """A bug in formcheck; exit code of sysexits.h."""

    exit_code = 70


class StoppedError(FormcheckError):
    """The work was stopped (Ctrl-C, or the batch ends)."""

    exit_code = 130


@contextmanager
def said_in_python() -> Iterator[None]:
    """Name arguments of the Python API in errors instead of command line options."""
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
    """The error for a file that could not be written, with the problem of its folder and what to do."""
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
    """The reason why a file could not be read, in words for users."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[:1].lower() + error.strerror[1:]
    if isinstance(error, UnicodeError):
        return "it is not text in UTF-8"
    if isinstance(error, json.JSONDecodeError):
        return f"it is not JSON from line {error.lineno}, column {error.colno} on"
    if isinstance(error, KeyError):
        named = error.args and isinstance(error.args[0], str)
        return f"{error.args[0]} is missing" if named else "something is missing"
    said = " ".join(str(error).split())
    if isinstance(error, ValueError) and said and not set(said) & set("'\"\\[]{}<>"):
        return said[:160]
    return "its parts do not fit together"


# Optional libraries.

#: The extra that installs a library.
EXTRAS = {
    "pandas": "tables", "xarray": "formats", "ezc3d": "formats", "h5py": "formats", "sleap_io": None, "matplotlib": "plot",
    **dict.fromkeys(("starlette", "uvicorn", "wsproto", "segno", "cryptography", "ifaddr"), "serve"),
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

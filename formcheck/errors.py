"""Errors a user can act on: one sentence with what was expected, what was got and what to do."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from formcheck.settings import MODEL, OUT, as_argument, as_option


class FormcheckError(Exception):
    """Base of every error that is shown to the user as one sentence, without a traceback."""

    exit_code = 3
    #: Whether the sentence names settings as Python has them.
    in_python = False

    def __str__(self) -> str:
        return (as_argument if self.in_python else as_option)(super().__str__())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class UsageError(FormcheckError):
    """It was called wrongly: an option or argument, a limits file, an output folder or a model that cannot be used."""

    exit_code = 2


class ClipError(FormcheckError):
    """The clip cannot be analysed: unreadable, nobody in it, no repetition found."""

    exit_code = 3


class PoseCrashError(ClipError):
    """A pose worker process died while it worked on this clip (a native abort inside the pose model)."""


class PoseModelError(ClipError):
    """The pose model cannot be loaded, or fails on a picture of this clip."""

    @classmethod
    def of(cls, task: str, error: Exception) -> PoseModelError:
        """The sentence for what the model's own code raised at a task."""
        said = " ".join(str(error).split()) or "no reason given"
        return cls(f"the pose model cannot {task} ({type(error).__name__}: {said}); use another {MODEL} or mend this one.")


class OutputError(FormcheckError):
    """Results cannot be written: the disk is full, the folder is read-only, or its drive is gone (see `output_error`)."""

    exit_code = 5


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
    return OutputError(f"{path.name} was not written: {why}; {remedy}, and try again.")


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

"""Errors a user can act on: one sentence with what was expected, what was got and what to do."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path


class FormcheckError(Exception):
    """Base of every error that is shown to the user as one sentence, without a traceback."""

    exit_code = 3


class UsageError(FormcheckError):
    """The command was called wrongly: an option, a limits file, an output folder or a model that cannot be used."""

    exit_code = 2


class ClipError(FormcheckError):
    """The clip cannot be analysed: unreadable, nobody in it, no repetition found."""

    exit_code = 3


class PoseCrashError(ClipError):
    """A pose worker process died while it worked on this clip (a native abort inside MediaPipe)."""


class OutputError(FormcheckError):
    """Results cannot be written: the disk is full, the folder is read-only, or its drive is gone (see `output_error`)."""

    exit_code = 5


class StoppedError(FormcheckError):
    """The work was stopped (Ctrl-C, or the batch ends); nothing is said about the clip."""

    exit_code = 130


_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_SHUT = {errno.EACCES, errno.EPERM, errno.EROFS}
_GONE = {errno.ENOENT, errno.ENOTDIR, errno.EIO, errno.ENODEV, getattr(errno, "ESTALE", errno.EIO)}


def output_error(path: Path, error: OSError) -> OutputError:
    """The sentence for a file that could not be written because of `error`: what is wrong with its folder, what to do."""
    number, folder = error.errno or 0, path.parent
    if number in _FULL:
        why, remedy = f"no room is left in {folder}", "free some space or choose another --out"
    elif number in _SHUT:
        why, remedy = f"{folder} cannot be written to", "change its permissions or choose another --out"
    elif number in _GONE:
        why, remedy = f"{folder} is gone or cannot be reached", "connect its drive again or choose another --out"
    else:
        said = os.strerror(number) if number > 0 else str(error)
        why, remedy = f"{folder} cannot be written to ({said})", "choose another --out"
    return OutputError(f"{path.name} was not written: {why}; {remedy}, and run the same command again.")


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

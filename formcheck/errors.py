"""Errors a user can act on: one sentence with what was expected, what was got and what to do."""

from __future__ import annotations

import errno
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
    """A pose worker process died while it worked on this clip (a native abort inside the pose model)."""


class PoseModelError(ClipError):
    """The pose model cannot be loaded, or fails on a picture of this clip."""

    @classmethod
    def of(cls, task: str, error: Exception) -> PoseModelError:
        """The sentence for what the model's own code raised at a task."""
        said = " ".join(str(error).split()) or "no reason given"
        return cls(f"the pose model cannot {task} ({type(error).__name__}: {said}); use another --model or mend this one.")


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

"""Errors a user can act on: one sentence with what was expected, what was got and what to do."""

from __future__ import annotations


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


class StoppedError(FormcheckError):
    """The work was stopped (Ctrl-C, or the batch ends); nothing is said about the clip."""

    exit_code = 130

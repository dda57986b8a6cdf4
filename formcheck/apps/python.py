"""What Python can do beside analysing one clip: compare two sets, analyse a folder, read the logbook."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from formcheck.api import Result
from formcheck.apps.batch.command import BatchOptions, batch_command, default_out
from formcheck.apps.batch.run import Totals
from formcheck.apps.cli_options import Given
from formcheck.apps.compare.command import set_named
from formcheck.apps.compare.differences import Comparison, compared
from formcheck.apps.compare.pairing import pairs_of_set, pairs_of_two
from formcheck.apps.logbook.database import logbook_path
from formcheck.apps.logbook.entry import Entry
from formcheck.apps.logbook.store import Logbook
from formcheck.errors import said_in_python
from formcheck.options import DrawingOptions, LoggingOptions, Options
from formcheck.runtime.files import home_expanded

FilePath = str | os.PathLike[str]


@said_in_python()
def compare(a: Result | FilePath, b: Result | FilePath | None = None, reps: str | None = None) -> Comparison:
    """Compare two sets, or two reps of one: what differs by more than the measuring error. Nothing is written.

    Args:
        a, b: results, analysed clips or their folders; without `b` two reps of `a` are compared.
        reps: which two: "1,last" of one set, or "2,3" for rep 2 of `a` and rep 3 of `b`.

    Raises:
        UsageError: a set is not there, or the two cannot be compared.
    """
    first, second = (
        one.analysed if isinstance(one, Result) else None if one is None else set_named(home_expanded(Path(one)))
        for one in (a, b)
    )
    assert first is not None
    return compared(pairs_of_set(first, reps) if second is None else pairs_of_two(first, second, reps))


@said_in_python()
def batch(
    folder: FilePath,
    out: FilePath | None = None,
    *,
    workers: int | None = None,
    force: bool = False,
    video: bool = True,
    report: bool = True,
    log: bool = False,
    **options: Any,
) -> Totals:
    """Analyse every clip below a folder, as `formcheck batch` does; run it again to go on after any interruption.

    Args:
        folder: of the clips, or its URL.
        out: where the outputs go; FOLDER.formcheck beside it when not given. `summary.csv` and `reps.csv` there are tables.
        workers: worker processes; one for each core when not given.
        force: do finished clips again.
        video, report: whether the annotated video and the page of each clip are wanted.
        log: write the sets into the logbook.
        options: those of `formcheck.analyze` that hold for all clips: `exercise="hip_thrust"`, `goal="quads"`.

    Raises:
        UsageError: an argument or the folder cannot be used.
        OutputError: the results cannot be written; what is done stays done.
    """
    given = Given(Options.of(**options), DrawingOptions(video=video, report=report), LoggingOptions(log=log))
    clips = os.fspath(folder)
    clips = clips if "://" in clips else os.fspath(home_expanded(Path(clips)))
    place = home_expanded(Path(out)) if out is not None else default_out(clips)
    return batch_command(clips, place, given, BatchOptions(
        workers=workers, cluster=None, tls=None, exercise_from=None, who_from=None, longest_min=30.0, force=force, watch=False
    ), quiet=True)


@said_in_python()
def logbook(file: FilePath | None = None) -> tuple[Entry, ...]:
    """The sets of the logbook, the oldest first.

    Args:
        file: the logbook; the user's own when not given.

    Raises:
        UsageError: there is no logbook there.
    """
    with Logbook(logbook_path(None if file is None else Path(file)), reading=True) as book:
        return book.entries()

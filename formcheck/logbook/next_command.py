"""`formcheck next`: what the next session shall be."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from formcheck.errors import UsageError
from formcheck.exercises import exercise_named
from formcheck.logbook.options import LogbookOption
from formcheck.logbook.place import logbook_path
from formcheck.logbook.programme import FILE, Programme, load_programme
from formcheck.logbook.store import Logbook


def next_command(
    exercise: Annotated[str | None, typer.Argument(help="Only this exercise.")] = None,
    programme: Annotated[
        Path | None,
        typer.Option("--programme", metavar="FILE", help="TOML file that changes single values of the programme."),
    ] = None,
    logbook: LogbookOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Say what the next set shall be: more weight, the same again, or the form first, and why."""
    from formcheck.logbook.outlook import as_data, outlook, print_outlook

    path = logbook_path(logbook)
    rules = programme_of(path, programme)
    name = None if exercise is None else exercise_named(exercise).name
    if name is not None and name not in rules.targets:
        raise UsageError(f"the programme has no {exercise}; expected one of {', '.join(rules.targets)}.")
    with Logbook(path, reading=True) as book:
        found = outlook(book.entries(), name, rules, datetime.now().astimezone())
    if as_json:
        typer.echo(json.dumps(as_data(found), indent=2, ensure_ascii=False))
    else:
        print_outlook(Console(highlight=False), found)


def programme_of(logbook: Path, named: Path | None = None) -> Programme:
    """The programme of a logbook: formcheck's own, changed by `programme.toml` beside the logbook, then by the named file.

    Raises:
        UsageError: one of them cannot be used.
    """
    beside = logbook.with_name(FILE)
    return load_programme(*([beside] if beside.is_file() else []), *([named] if named is not None else []))

"""`formcheck next` and `formcheck log`."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import typer
from rich.console import Console

from formcheck.apps.cli_options import ExerciseFilter, LogbookOption, WhoFilter
from formcheck.apps.logbook.database import logbook_path, restore
from formcheck.apps.logbook.dates import DateOrder, parse_date
from formcheck.apps.logbook.entry import Entry, listed_title
from formcheck.apps.logbook.names import exercise_in_log
from formcheck.apps.logbook.programme import FILE, Programme, load_programme
from formcheck.apps.logbook.store import Logbook
from formcheck.errors import UsageError
from formcheck.lifts.registry import exercise_named
from formcheck.options import LoggingOptions, parse_who
from formcheck.outputs.folder import analysed_folder
from formcheck.outputs.terminal import console
from formcheck.runtime.files import write_bytes, write_text
from formcheck.units import Unit, count_of, parse_load


def next_command(
    exercise: Annotated[str | None, typer.Argument(hidden=True)] = None,
    only: ExerciseFilter = None,
    who: WhoFilter = None,
    programme: Annotated[
        Path | None,
        typer.Option("--programme", metavar="FILE", help="TOML file that changes values of the programme."),
    ] = None,
    logbook: LogbookOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Say what to do next: more weight, the same again, or the form first, and why."""
    from formcheck.apps.logbook.outlook import as_data, outlook, print_outlook
    from formcheck.apps.logbook.people import by_person, of_person

    exercise = only or exercise
    path = logbook_path(logbook)
    rules = programme_of(path, programme)
    name = None if exercise is None else exercise_named(exercise).name
    if name is not None and name not in rules.targets:
        raise UsageError(f"the programme has no {exercise}; expected one of {', '.join(rules.targets)}.")
    with Logbook(path, reading=True) as book:
        entries = of_person(book.entries(), who)
    now = datetime.now().astimezone()
    people = {own: outlook(sets, name, rules, now) for own, sets in by_person(entries).items()} or {
        None: outlook(entries, name, rules, now)
    }
    if as_json:
        data = [{"who": own, **as_data(found)} for own, found in people.items()]
        typer.echo(json.dumps(data[0] if len(data) == 1 else {"people": data}, indent=2, ensure_ascii=False))
        return
    for own, found in people.items():
        print_outlook(console(), found, own if len(people) > 1 else None)


def programme_of(logbook: Path, named: Path | None = None) -> Programme:
    """The programme of a logbook: formcheck's own, changed by `programme.toml` beside the logbook, then by the named file.

    Raises:
        UsageError: one of them cannot be used.
    """
    beside = logbook.with_name(FILE)
    return load_programme(*([beside] if beside.is_file() else []), *([named] if named is not None else []))


# `formcheck log`: the logbook from the command line.

Format = Literal["csv", "json", "xlsx", "labels"]
UnitOption = Annotated[Unit | None, typer.Option("--unit", help="Show loads in this unit. Default: each in its own.")]
#: Most reps that can be written for a set.
MOST_EDITED_REPS = 200
NumberArgument = Annotated[int, typer.Argument(metavar="SET", help="The set's number; `formcheck log` lists them.")]
LastOption = Annotated[int, typer.Option("--last", help="How many sets; 0 for all.")]

app = typer.Typer(
    help="Your logbook: list, show, edit, import and export sets. By itself it lists the latest ones.",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def _log(context: typer.Context, logbook: LogbookOption = None) -> None:
    context.obj = logbook
    if context.invoked_subcommand is None:
        list_sets(context)


@app.command("list")
def list_sets(
    context: typer.Context,
    exercise: ExerciseFilter = None,
    who: WhoFilter = None,
    last: LastOption = 30,
    unit: UnitOption = None,
    logbook: LogbookOption = None,
) -> None:
    """List the sets, a line for each day and exercise."""
    from formcheck.apps.logbook.people import of_person
    from formcheck.apps.logbook.terminal import print_list

    with _book(context, logbook, reading=True) as book:
        entries = of_person(book.entries(_exercise(book, exercise)), who)
    shown = entries[-last:] if last > 0 else entries
    print_list(console(), shown, unit, len(entries) - len(shown))


@app.command()
def show(
    context: typer.Context, number: NumberArgument, unit: UnitOption = None, logbook: LogbookOption = None
) -> None:
    """Show one set in full."""
    from formcheck.apps.logbook.terminal import print_entry

    with _book(context, logbook, reading=True) as book:
        print_entry(console(), book.entry(number), unit)


@app.command()
def add(
    context: typer.Context,
    folders: Annotated[list[Path], typer.Argument(metavar="CLIP...", help="Analysed clips, or their CLIP.formcheck folders.")],
    load: Annotated[str | None, typer.Option("--load", help="Load of these sets: 60kg, 135lb, body weight.")] = None,
    date: Annotated[str | None, typer.Option("--date", help="When: 2026-03-02, or with a time.")] = None,
    who: Annotated[str | None, typer.Option("--who", metavar="NAME", help="Who lifted. Default: as in the analysis.")] = None,
    clip: Annotated[Path | None, typer.Option("--clip", help="The clip, if it is no longer beside its folder.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Copy the video beside the logbook.")] = False,
    another: Annotated[bool, typer.Option("--another", help="Another set, even if its film looks like a logged one.")] = False,
    logbook: LogbookOption = None,
) -> None:
    """Log sets that were analysed before."""
    from formcheck.apps.logbook.recording import finished_sets, log_finished, print_logged

    if clip is not None and len(folders) > 1:
        raise UsageError(f"--clip names the clip of one folder but there are {len(folders)}; add them one by one.")
    weight = None if load is None else parse_load(load)
    when = None if date is None else parse_date(date)
    options = LoggingOptions(log=True, keep=keep, logbook=_path(context, logbook))
    for folder in folders:
        own = clip or (folder if folder.is_file() else None)
        for done in finished_sets(analysed_folder(folder), own, weight, when):
            done = replace(done, who=None if who is None else parse_who(who))
            print_logged(log_finished(done, options, another=another))


@app.command()
def edit(
    context: typer.Context,
    number: NumberArgument,
    load: Annotated[str | None, typer.Option("--load", help="60kg, 135lb, body weight.")] = None,
    date: Annotated[str | None, typer.Option("--date", help="When: 2026-03-02, or with a time.")] = None,
    leg: Annotated[str | None, typer.Option("--leg", help="The working leg: left, right or both.")] = None,
    who: Annotated[str | None, typer.Option("--who", metavar="NAME", help='Who lifted; "" for nobody in particular.')] = None,
    rpe: Annotated[str | None, typer.Option("--rpe", help='How hard it was, 0 to 10; "" if not known.')] = None,
    rir: Annotated[float | None, typer.Option("--rir", help="Reps in reserve: 2 is RPE 8.")] = None,
    warm_up: Annotated[bool | None, typer.Option("--warm-up/--working-set", help="Whether it was a warm-up.")] = None,
    exercise: Annotated[str | None, typer.Option("--exercise", "-e", help="Of a filmed set: it is judged again.")] = None,
    reps: Annotated[int | None, typer.Option("--reps", help="Of a set that was not filmed.")] = None,
    notes: Annotated[str | None, typer.Option("--notes", help="Any text; replaces earlier notes.")] = None,
    logbook: LogbookOption = None,
) -> None:
    """Edit a set; edits survive another analysis of its clip, and `undo` takes them back."""
    from formcheck.apps.logbook.people import spelled
    from formcheck.apps.logbook.terminal import print_entry

    changes = _changes(load, date, leg, rpe, rir, reps)
    if notes is not None:
        changes["notes"] = notes.strip()
    if warm_up is not None:
        changes["warm_up"] = warm_up
    if not changes and who is None and exercise is None:
        raise UsageError(
            "nothing to change; give --load, --date, --leg, --who, --rpe, --rir, --warm-up, --exercise, --reps or --notes."
        )
    with _book(context, logbook, reading=True) as book:
        filmed = book.entry(number).filmed
        if who is not None:
            changes["who"] = spelled(parse_who(who), book.people()) if who.strip() else None
        if exercise is not None and not filmed:
            found = exercise_in_log(exercise)
            changes |= {"exercise": found.exercise, "variant": found.variant}
        if changes:
            book.edit(number, **changes)
    if exercise is not None and filmed:
        correct(context, Path(str(number)), exercise=exercise, logbook=logbook)
    with _book(context, logbook, reading=True) as book:
        print_entry(console(), book.entry(number), None)
        _warn(book)


def _changes(
    load: str | None, date: str | None, leg: str | None, rpe: str | None, rir: float | None, reps: int | None
) -> dict[str, Any]:
    """What is to be changed, by the fields' names.

    Raises:
        UsageError: a value cannot be used.
    """
    changes: dict[str, Any] = {}
    if load is not None:
        changes["load"] = parse_load(load)
    if date is not None:
        changes["filmed_at"] = parse_date(date)
    if leg is not None:
        if leg not in ("left", "right", "both"):
            raise UsageError(f"--leg expects left, right or both but got {leg!r}.")
        changes["leg"] = None if leg == "both" else leg
    if rpe is not None or rir is not None:
        changes["rpe"] = _effort(rpe, rir)
    if reps is not None:
        if not 1 <= reps <= MOST_EDITED_REPS:
            raise UsageError(f"--reps expects a number from 1 to {MOST_EDITED_REPS} but got {reps}.")
        changes["reps_done"] = reps
    return changes


def _effort(rpe: str | None, rir: float | None) -> float | None:
    """The RPE from either scale."""
    if rpe is not None and rir is not None:
        raise UsageError("--rpe and --rir say the same on two scales; give one of them.")
    if rpe is not None and not rpe.strip():
        return None
    try:
        value = 10 - rir if rir is not None else float(str(rpe).replace(",", "."))
    except ValueError:
        value = -1.0
    if not 0 <= value <= 10:
        raise UsageError(f"{'--rpe' if rir is None else '--rir'} expects a number from 0 to 10 but got {rpe or rir}.")
    return value


@app.command()
def correct(
    context: typer.Context,
    which: Annotated[Path, typer.Argument(metavar="CLIP", help="An analysed clip, its folder, or the set's number.")],
    not_a_rep: Annotated[list[int] | None, typer.Option(metavar="REP", help="This is not a rep; may be repeated.")] = None,
    not_a_fault: Annotated[
        list[str] | None, typer.Option(metavar="REP:RULE", help="This finding is wrong: 2:short_range; may be repeated.")
    ] = None,
    because: Annotated[str, typer.Option(help="Why, in a few words.")] = "",
    exercise: Annotated[str | None, typer.Option("--exercise", "-e", help="The right exercise.")] = None,
    leg: Annotated[str | None, typer.Option(help="The working leg: left or right.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take back earlier corrections of this set.")] = False,
    logbook: LogbookOption = None,
) -> None:
    """Correct a set: strike out a rep, refuse a finding, name the right exercise or leg. It survives another analysis."""
    from formcheck.apps.compare.command import set_named
    from formcheck.apps.logbook.correcting import Word, correct, parse_not_fault
    from formcheck.apps.logbook.recording import finished_sets, log_finished, print_logged
    from formcheck.outputs.terminal import report

    if leg not in (None, "left", "right"):
        raise UsageError(f"--leg expects left or right but got {leg!r}.")
    said = [parse_not_fault(text) for text in not_a_fault or ()]
    if not (not_a_rep or said or exercise or leg or undo):
        raise UsageError("nothing to correct; give --not-a-rep, --not-a-fault, --exercise, --leg or --undo.")
    path = _path(context, logbook)
    found = set_named(which, logbook=path)
    word = Word(tuple(not_a_rep or ()), said, because.strip(), exercise, cast(Literal["left", "right"] | None, leg), undo)
    again = correct(found, word)
    for one in again.sets:
        console().print(report(one.analysis))
    if logbook_path(path).exists():
        with Logbook(logbook_path(path), reading=True) as book:
            known = bool(book.of_clip(again.analysis.clip.sha256))
        for done in finished_sets(again.folder, again.path, None, None) if known else ():
            print_logged(log_finished(done, LoggingOptions(log=True, logbook=path)))


@app.command()
def delete(
    context: typer.Context,
    numbers: Annotated[list[int], typer.Argument(metavar="SET...", help="Numbers of the sets.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    logbook: LogbookOption = None,
) -> None:
    """Remove sets from the logbook. Clips and their outputs stay; a copy made with --keep goes."""
    with _book(context, logbook, reading=True) as book:
        wanted = [book.entry(number) for number in dict.fromkeys(numbers)]
        for entry in wanted:
            what = f"set {entry.id}, {listed_title(entry)}, {entry.reps_done} reps, {entry.filmed_at.astimezone():%Y-%m-%d}"
            if yes or _confirmed(f"Delete {what}?"):
                book.delete(entry.id)
                _say(f"Deleted {what}.")
        _warn(book)


def _confirmed(question: str) -> bool:
    """The answer of a person.

    Raises:
        UsageError: nobody can answer, as in a script.
    """
    try:
        return typer.confirm(question)
    except typer.Abort as ended:
        if isinstance(ended.__context__, EOFError):
            raise UsageError("nobody is there to answer; expected y or n; give --yes to go on without asking.") from None
        raise


@app.command("changes")
def list_changes(
    context: typer.Context,
    last: Annotated[int, typer.Option("--last", help="How many changes.")] = 20,
    logbook: LogbookOption = None,
) -> None:
    """List edits, deletions and imports, the newest first, with the numbers by which `undo` takes them back."""
    from formcheck.apps.logbook.terminal import print_changes

    with _book(context, logbook, reading=True) as book:
        print_changes(console(), book.changes(max(1, last)))


@app.command()
def undo(
    context: typer.Context,
    change: Annotated[int | None, typer.Argument(metavar="CHANGE", help="Its number. Default: the latest.")] = None,
    logbook: LogbookOption = None,
) -> None:
    """Take back an edit, a deletion or a whole import."""
    with _book(context, logbook, reading=True) as book:
        done = book.undo(change)
        _warn(book)
    _say(f"Undone: {done.what}.")


@app.command()
def export(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="A .csv, .json or .xlsx file. Default: print it.")] = None,
    format: Annotated[Format | None, typer.Option("--format", help="Default: by the name of --out, else csv.")] = None,
    exercise: ExerciseFilter = None,
    logbook: LogbookOption = None,
) -> None:
    """Write all sets as CSV or .xlsx (a row a set) or JSON (every rep and finding); or, as labels, what people corrected."""
    from formcheck.apps.logbook.export import as_csv, as_json, as_xlsx, format_of

    wanted = format_of(out, format)
    with _book(context, logbook, reading=True) as book:
        entries = book.entries(_exercise(book, exercise))
    if wanted == "xlsx" and out is not None:
        write_bytes(out, as_xlsx(entries))
    else:
        if wanted == "labels":
            from formcheck.apps.logbook.correcting import corrected_sets, labels_of

            text = labels_of(corrected_sets(Path(entry.clip.folder) for entry in entries if entry.clip is not None))
        else:
            text = as_json(entries) if wanted == "json" else as_csv(entries)
        if out is None:
            typer.echo(text, nl=False)
            return
        write_text(out, text)
    _say(f"{count_of(len(entries), 'set')} written to {out}.")


@app.command()
def page(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write.")] = Path("logbook.html"),
    exercise: ExerciseFilter = None,
    who: WhoFilter = None,
    unit: UnitOption = None,
    note: Annotated[str, typer.Option("--note", help="A sentence to show on top.")] = "",
    logbook: LogbookOption = None,
) -> None:
    """Write the logbook as a page: what is next, load, form, tempo and faults over the weeks. Of several people it is their
    coach's page: who needs a look first, and the cue. One file that needs no network."""
    from formcheck.apps.logbook.page import write_log_page
    from formcheck.apps.logbook.people import of_person

    with _book(context, logbook, reading=True) as book:
        entries = of_person(book.entries(_exercise(book, exercise)), who)
        programme = programme_of(logbook_path(_path(context, logbook)))
        write_log_page(out, entries, book.picture, programme=programme, unit=unit, note=note)
    _say(f"{count_of(len(entries), 'set')} written to {out}.")


@app.command("import")
def import_paper(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV or .xlsx of Strong, Hevy, FitNotes, StrongLifts, or a table of your own.")],
    check: Annotated[bool, typer.Option("--check", help="Show row by row what would be read, and write nothing.")] = False,
    unit: Annotated[Unit | None, typer.Option("--unit", help="Unit of loads without one.")] = None,
    dates: Annotated[DateOrder | None, typer.Option("--dates", help="The order in dates such as 3/2/2026.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="ROLE=NAME", help="What a column is: load='Weight used', ignore='Plates'."),
    ] = None,
    name: Annotated[
        list[str] | None, typer.Option("--name", metavar="NAME=EXERCISE", help="Which exercise a name means; other keeps it.")
    ] = None,
    who: Annotated[str | None, typer.Option("--who", help="The lifter, where no column names one.")] = None,
    skip: Annotated[bool, typer.Option("--skip", help="Leave out rows that cannot be read.")] = False,
    logbook: LogbookOption = None,
) -> None:
    """Import an older log: another app's, a spreadsheet, paper. The same file adds nothing twice; `undo` takes it back."""
    from formcheck.apps.logbook.importing import columns_told, imported_text, parse_pairs, print_check, refuse_unreadable
    from formcheck.apps.logbook.paper import read_paper
    from formcheck.apps.logbook.people import spelled

    names = parse_pairs("--name", name or (), "'Hip Thrust (Machine)=hip thrust'")
    lifter = None if who is None else parse_who(who)
    log = read_paper(file, unit, dates, columns=columns_told(column or ()), names=names, who=lifter)
    if check:
        print_check(console(), log, file.name)
        return
    if not skip:
        refuse_unreadable(log, file.name)
    added: tuple[Entry, ...] = ()
    if log.sets:
        with _book(context, logbook) as book:
            people = book.people()
            named = [replace(entry, who=spelled(entry.who, people)) for entry in log.sets]
            added = book.add_unfilmed(named, f"import of {file.name}, {len(named)} sets read")
            _warn(book)
            changes = book.changes(1)
    for line in imported_text(log, added, len(log.problems)):
        _say(line)
    if added:
        _say(f"`formcheck log undo {changes[0].id}` takes this import back.")


@app.command("restore")
def restore_backup(
    context: typer.Context,
    backup: Annotated[Path | None, typer.Argument(help="The backup. Default: the newest that is intact.")] = None,
    logbook: LogbookOption = None,
) -> None:
    """Restore a damaged or lost logbook from a backup; the old file is moved aside, never deleted."""
    path = logbook_path(_path(context, logbook))
    used, aside = restore(path, backup)
    with Logbook(path, reading=True) as book:
        count = len(book.entries())
    moved = "" if aside is None else f" The old file is now {aside}."
    _say(f"The backup {used.name} is the logbook now, with {count_of(count, 'set')}.{moved}")


def _path(context: typer.Context, logbook: Path | None) -> Path | None:
    """The logbook named after the command, else the one named before it."""
    return logbook if logbook is not None else context.obj


def _book(context: typer.Context, logbook: Path | None, *, reading: bool = False) -> Logbook:
    return Logbook(logbook_path(_path(context, logbook)), reading=reading)


def _exercise(book: Logbook, text: str | None) -> str | None:
    """The exercise that is asked for: formcheck's, or one that the logbook has under its own name.

    Raises:
        UsageError: there is no such exercise.
    """
    if text is None:
        return None
    name = exercise_in_log(text).exercise
    return name if name in book.exercises() else exercise_named(text).name


def _say(text: str) -> None:
    Console(highlight=False, soft_wrap=True).print(text, markup=False)


def _warn(book: Logbook) -> None:
    for warning in book.warnings:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"formcheck: {warning}", markup=False)

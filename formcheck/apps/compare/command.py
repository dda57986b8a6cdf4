"""`formcheck compare`: finds both sets, compares them, and writes data, video and page."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from formcheck.apps.commands import progress_bar
from formcheck.apps.compare.differences import Comparison, compared
from formcheck.apps.compare.page import write_comparison_page
from formcheck.apps.compare.pairing import clocks_of, pairs_of_set, pairs_of_two
from formcheck.apps.compare.video import opened, render_comparison
from formcheck.apps.logbook.database import logbook_path
from formcheck.apps.logbook.entry import Entry
from formcheck.apps.logbook.page import best_set
from formcheck.apps.logbook.people import of_person
from formcheck.apps.logbook.store import Logbook
from formcheck.errors import UsageError
from formcheck.lifts.registry import exercise_named
from formcheck.outputs.folder import analysed_folder
from formcheck.outputs.terminal import console
from formcheck.pipeline import AnalysedClip
from formcheck.results.encoding import json_of
from formcheck.runtime.files import ANALYSIS, folder_lock, readable, write_text


def set_named(name: Path, clip: Path | None = None, logbook: Path | None = None) -> AnalysedClip:
    """A set by the folder of its analysis, by its clip beside that folder, or by its number in the logbook.

    Args:
        name: a number refers to the logbook, unless a file or folder has that name.
        clip: the video, if it is neither beside the folder nor where the logbook says.
        logbook: its file; by default the user's own.

    Raises:
        UsageError: there is no such set, it was not filmed, or its analysis is missing.
    """
    number = str(name).removeprefix("#")
    if name.exists() or not number.isdecimal():
        return AnalysedClip.load(analysed_folder(name), clip or (name if name.is_file() else None))
    path = logbook_path(logbook)
    with Logbook(path, reading=True) as book:
        entry = book.entry(int(number))
    if entry.clip is None:
        raise UsageError(f"set {number} of the logbook was not filmed; compare expects sets with a video.")
    folder = Path(entry.clip.folder)
    if not (folder / ANALYSIS).is_file():
        raise UsageError(
            f"the analysis of set {number} is no longer in {folder}; name the folder where it is now, or analyse"
            f" {entry.clip.name} again with --log."
        )
    saved = AnalysedClip.load(folder, clip or _clip_of(entry, path))
    if saved.analysis.clip.sha256 != entry.clip.sha256:
        raise UsageError(
            f"{folder} now holds the analysis of another clip than that of set {number}; analyse {entry.clip.name} again"
            " with --log."
        )
    analysis = saved.analysis
    if entry.load is not None:
        analysis = replace(analysis, exercise=replace(analysis.exercise, load_kg=round(entry.load.kg, 3)))
    if entry.who is not None:
        options = {**analysis.software.options, "who": entry.who}
        analysis = replace(analysis, software=replace(analysis.software, options=options))
    return replace(saved, analysis=analysis)


def best_and_latest(who: str, exercise: str | None, logbook: Path | None = None) -> tuple[Path, Path]:
    """The numbers of a person's latest filmed set and of the best one before it, of one lift and leg.

    Raises:
        UsageError: there is nobody of that name, or there are no two such sets.
    """
    with Logbook(logbook_path(logbook), reading=True) as book:
        entries = of_person(book.entries(None if exercise is None else exercise_named(exercise).name), who)
    filmed = [entry for entry in entries if entry.clip is not None and (Path(entry.clip.folder) / ANALYSIS).is_file()]
    latest = filmed[-1] if filmed else None
    before = [entry for entry in filmed[:-1] if latest and (entry.exercise, entry.leg) == (latest.exercise, latest.leg)]
    best = best_set(before) or (before[-1] if before else None)
    if latest is None or best is None:
        raise UsageError(f"compare needs two filmed sets of one lift whose analyses are still there; {who} does not have two.")
    return Path(str(best.id)), Path(str(latest.id))


def _clip_of(entry: Entry, logbook: Path) -> Path | None:
    """The clip of a logged set: where it was, or the copy beside the logbook."""
    if entry.clip is None:
        return None
    places = [Path(entry.clip.path)] + ([logbook.parent / entry.clip.kept] if entry.clip.kept else [])
    return next((place for place in places if place.is_file()), None)


# The command.

VIDEO = "compare.mp4"


def compare_command(
    a: Path,
    b: Path | None,
    out: Path | None,
    reps: str | None,
    clips: tuple[Path | None, Path | None],
    logbook: Path | None,
    *,
    video: bool,
    quiet: bool,
    as_json: bool,
) -> Comparison:
    """Compare two analysed sets, or two reps of one; write `compare.json`, `compare.mp4` and `compare.html` into `out`.

    Args:
        clips: where the clips are if not beside their folders.
        logbook: the one that numbers mean.

    Raises:
        UsageError: an analysis or clip is missing, or the two cannot be compared.
    """
    first = set_named(a, clips[0], logbook)
    second = None if b is None else set_named(b, clips[1], logbook)
    pairs = pairs_of_set(first, reps) if second is None else pairs_of_two(first, second, reps)
    sets = [first] if second is None else [first, second]
    if video:
        for one in sets:
            with opened(one):
                pass  # fail before anything is written
    out = out or default_out(first, second, reps)
    with folder_lock(out):
        comparison, clocks = compared(pairs), clocks_of(pairs)
        write_text(out / "compare.json", json_of(comparison))
        _without_stale(out)
        if video:
            with progress_bar(silent=quiet or as_json) as progress:
                render_comparison(
                    clocks, comparison, out / VIDEO, pictures=out / "pictures",
                    progress=lambda share: progress("drawing", share),
                )  # fmt: skip
        write_comparison_page(out, comparison, clocks, video=VIDEO)
    if as_json:
        sys.stdout.write(json_of(comparison))
    elif not quiet:
        print_comparison(console(), comparison, out)
    return comparison


def default_out(a: AnalysedClip, b: AnalysedClip | None, reps: str | None) -> Path:
    """A folder beside that of `a`: "A-with-B.compare", or "A-reps-1-last.compare"."""
    name = a.folder.name.removesuffix(".formcheck")
    other = f"-with-{b.folder.name.removesuffix('.formcheck')}" if b is not None else ""
    which = "-reps-" + re.sub(r"\W+", "-", reps) if reps is not None else "" if b is not None else "-reps-1-last"
    return a.folder.absolute().parent / f"{name}{other}{which}.compare"


def print_comparison(console: Console, comparison: Comparison, out: Path) -> None:
    """Print the differences beyond our error, what cannot be compared, and the files."""
    for letter, side in (("A", comparison.a), ("B", comparison.b)):
        many = "s" * (len(side.reps) != 1)
        who = "" if side.who is None else f"{side.who}, "
        console.print(f"{letter}: {who}{side.name}, {side.title}, rep{many} {', '.join(map(str, side.reps))}", markup=False)
    for note in comparison.notes:
        console.print(f"   {note}", markup=False, style="dim")
    console.print()
    for one in comparison.beyond:
        console.print(f"  {one.words}", markup=False)
    if not comparison.beyond:
        console.print("  nothing differs beyond our own measuring error")
    for rule in comparison.rules:
        if rule.faults[0] != rule.faults[1]:
            console.print(f"  {rule.title}: {rule.faults[0]} faults in A, {rule.faults[1]} in B", markup=False)
    within = len(comparison.differences) - len(comparison.beyond)
    console.print(f"  {within} more within our error, {len(comparison.not_comparable)} not comparable", style="dim")
    video = f", {VIDEO}" if (out / VIDEO).exists() else ""
    console.print(f"\nwritten to {readable(str(out))}: compare.html, compare.json{video}", markup=False, soft_wrap=True)


def _without_stale(out: Path) -> None:
    """Remove the video and pictures of an earlier comparison."""
    (out / VIDEO).unlink(missing_ok=True)
    for picture in (out / "pictures").glob("turn-*.png"):
        picture.unlink()

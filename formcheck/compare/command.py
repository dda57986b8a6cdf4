"""`formcheck compare`: reads both sets, compares them, and writes data, video and page."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from formcheck.commands import progress_bar
from formcheck.compare.clock import clocks_of
from formcheck.compare.comparison import Comparison, comparison_to_data
from formcheck.compare.differences import compared
from formcheck.compare.logged import set_named
from formcheck.compare.page import write_comparison_page
from formcheck.compare.pairing import pairs_of_set, pairs_of_two
from formcheck.compare.saved import SavedSet
from formcheck.compare.video import render_comparison
from formcheck.folder.lock import only_one_in
from formcheck.text import readable
from formcheck.whole import write_text

VIDEO = "compare.mp4"


@dataclass(frozen=True)
class CompareOptions:
    """What the user says about a comparison.

    `clip_a`, `clip_b`: where the clips are if not beside their folders. `logbook`: the one that numbers mean.
    """

    reps: str | None = None
    clip_a: Path | None = None
    clip_b: Path | None = None
    logbook: Path | None = None
    video: bool = True


def compare_command(
    a: Path, b: Path | None, out: Path | None, options: CompareOptions, *, quiet: bool = False, as_json: bool = False
) -> Comparison:
    """Compare two analysed sets, or two reps of one; write `compare.json`, `compare.mp4` and `compare.html` into `out`.

    Raises:
        UsageError: a folder holds no analysis, its clip is missing, or the two cannot be compared.
    """
    first = set_named(a, options.clip_a, options.logbook)
    second = None if b is None else set_named(b, options.clip_b, options.logbook)
    pairs = pairs_of_set(first, options.reps) if second is None else pairs_of_two(first, second, options.reps)
    sets = [first] if second is None else [first, second]
    if options.video:
        for one in sets:
            with one.opened():
                pass  # a clip that is missing must not leave half an answer behind
    out = out or default_out(first, second, options.reps)
    with only_one_in(out):
        comparison, clocks = compared(pairs), clocks_of(pairs)
        write_text(out / "compare.json", json.dumps(comparison_to_data(comparison), indent=2, ensure_ascii=False) + "\n")
        _without_stale(out)
        if options.video:
            with progress_bar(silent=quiet or as_json) as progress:
                render_comparison(
                    clocks, comparison, out / VIDEO, pictures=out / "pictures",
                    progress=lambda share: progress("drawing", share),
                )  # fmt: skip
        write_comparison_page(out, comparison, clocks, video=VIDEO)
    if as_json:
        sys.stdout.write(json.dumps(comparison_to_data(comparison), indent=2, ensure_ascii=False) + "\n")
    elif not quiet:
        print_comparison(Console(highlight=False), comparison, out)
    return comparison


def default_out(a: SavedSet, b: SavedSet | None, reps: str | None) -> Path:
    """A folder beside that of `a`: "A-with-B.compare", or "A-reps-1-last.compare"."""
    name = a.folder.name.removesuffix(".formcheck")
    other = f"-with-{b.folder.name.removesuffix('.formcheck')}" if b is not None else ""
    which = "-reps-" + re.sub(r"\W+", "-", reps) if reps is not None else "" if b is not None else "-reps-1-last"
    return a.folder.absolute().parent / f"{name}{other}{which}.compare"


def print_comparison(console: Console, comparison: Comparison, out: Path) -> None:
    """Say what differs beyond our error, what cannot be compared, and where everything is."""
    for letter, side in (("A", comparison.a), ("B", comparison.b)):
        many = "s" * (len(side.reps) != 1)
        console.print(f"{letter}: {side.name}, {side.title}, rep{many} {', '.join(map(str, side.reps))}", markup=False)
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
    """Take away the video and pictures of an earlier comparison: they would be shown as this one's."""
    (out / VIDEO).unlink(missing_ok=True)
    for picture in (out / "pictures").glob("turn-*.png"):
        picture.unlink()

"""Implementation of the commands `analyze` and `render`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from formcheck.apps.cli_options import Given
from formcheck.apps.logbook.recording import Finished, log_finished, print_logged
from formcheck.lifts.remembered import differences, kept_options
from formcheck.options import OPTIONS, DrawingOptions, changed
from formcheck.outputs.folder import clip_beside, folder_beside
from formcheck.outputs.terminal import print_options, print_written, report
from formcheck.pipeline import AnalysedClip, analyze_clip, rescore
from formcheck.pipeline import Progress as ProgressCallback
from formcheck.pose.track import load_track, open_tracked
from formcheck.results.analysis import Analysis
from formcheck.results.encoding import json_of, read_analysis
from formcheck.runtime.files import folder_lock
from formcheck.runtime.output_files import ANALYSIS, TRACK
from formcheck.video.reader import ClipReader, open_clip


def analyze_command(
    clip: Path,
    out: Path | None,
    given: Given,
    *,
    quiet: bool = False,
    as_json: bool = False,
) -> Analysis:
    """Analyse one clip, write its outputs, print the report, and optionally log the set.

    Raises:
        FormcheckError: with message and exit code.
    """
    options = given.options
    with open_clip(clip, options.reading):
        pass  # fail before a folder is created
    out = out or folder_beside(clip)
    existed = os.path.exists(out)  # also false for a name that is too long
    try:
        with folder_lock(out):
            with progress_bar(silent=quiet or as_json) as progress:
                found = analyze_clip(clip, out, options, progress=progress)
            with found.open() as reader:
                _write(found, reader, out, given.drawing, quiet=quiet, as_json=as_json)
    except BaseException:
        if not existed:
            with suppress(OSError):
                out.rmdir()  # if empty
        raise
    if given.logging.log:
        stretch = (options.reading.start_s, options.reading.end_s)
        said = log_finished(Finished(found.analysis, clip, out, given.load, stretch), given.logging)
        print_logged(said, to_stderr=quiet or as_json)
    return found.analysis


def render_command(
    folder: Path, clip: Path | None, given: Given, *, quiet: bool = False, as_json: bool = False
) -> Analysis:
    """Judge and draw the saved analysis in `folder` again; the pose estimation is never repeated.

    Options of the analysis are kept unless given again; differences are printed.

    Raises:
        UsageError: the folder has no analysis, its clip is missing, or it is locked.
        OutputError: the results cannot be written.
    """
    before = read_analysis(folder / ANALYSIS)
    saved = load_track(folder / TRACK)
    assert saved is not None  # without a key, load_track raises instead
    clip = clip or clip_beside(folder, before.clip.path)
    kept = replace(kept_options(before, str(folder / ANALYSIS)), reading=saved.key.reading)
    options = changed(kept, {name: value for name, value in given.typed.items() if OPTIONS[name].group == "judging"})
    other = f"{clip.name} is not the clip that {folder.name} was made from; name the right one with --clip."
    with folder_lock(folder), open_tracked(clip, saved, other) as reader:
        with progress_bar(silent=quiet or as_json) as progress:
            found = rescore(reader, saved, folder, options, progress)
        _write(found, reader, folder, given.drawing, quiet=quiet, as_json=as_json)
    if not quiet and not as_json:
        print_options(Console(highlight=False, emoji=False), differences(kept, options), known=bool(before.software.options))
    return found.analysis


def _write(
    found: AnalysedClip, reader: ClipReader, out: Path, drawing: DrawingOptions, *, quiet: bool, as_json: bool
) -> None:
    """Write and print the findings first, since the video takes longest."""
    console = Console(highlight=False, emoji=False)
    written = found.write_findings(out, drawing)
    if not quiet and not as_json:
        console.print(report(found.analysis))
    with progress_bar(silent=quiet or as_json) as progress:
        written += found.draw(reader, out, drawing, progress)
    if as_json:
        sys.stdout.write(json_of(found.analysis))
    elif not quiet:
        print_written(console, out, written, reused_track=found.reused_track)


@contextmanager
def progress_bar(*, silent: bool) -> Iterator[ProgressCallback]:
    """A progress bar on stderr; silent with `quiet`, or if stderr is not a terminal."""
    console = Console(stderr=True)
    if silent or not console.is_terminal:
        yield lambda what, share: None
        return
    columns = (TextColumn("{task.description:20}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=1.0)
        current = ""

        def show(what: str, share: float) -> None:
            nonlocal current
            if what != current:
                bar.reset(task, description=what)
                current = what
            bar.update(task, completed=min(1.0, share))

        yield show

"""Implementation of the commands `analyze`, `render` and `doctor`."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from formcheck.apps.cli_options import Given
from formcheck.apps.logbook.recording import Finished, log_finished, print_logged
from formcheck.errors import FormcheckError
from formcheck.lifts.remembered import differences, kept_options
from formcheck.options import OPTIONS, DrawingOptions, changed
from formcheck.outputs.folder import analysed_folder, clip_beside, folder_beside
from formcheck.outputs.terminal import console as terminal
from formcheck.outputs.terminal import print_options, print_written, report
from formcheck.pipeline import AnalysedClip, analyze_clip, rescore, with_sets_of
from formcheck.pipeline import Progress as ProgressCallback
from formcheck.pose import worker
from formcheck.pose.pool import PosePool, available_cores
from formcheck.pose.registry import described, find_model, model_names
from formcheck.pose.track import load_track, open_tracked
from formcheck.results.analysis import Analysis
from formcheck.results.encoding import json_of, read_analysis
from formcheck.runtime.files import ANALYSIS, TRACK, folder_lock
from formcheck.runtime.workers import WorkerDiedError
from formcheck.version import __version__
from formcheck.video.reader import open_clip
from formcheck.video.writer import sound_left_out


def analyze_command(
    clip: Path,
    out: Path | None,
    given: Given,
    *,
    quiet: bool = False,
    as_json: bool = False,
) -> tuple[Analysis, ...]:
    """Analyse one clip, write its outputs, print the report, and optionally log its sets; return the analysis of each set.

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
            written = _write_findings(found, given.drawing, quiet=quiet, as_json=as_json)
            not_logged = _log(found, clip, given, to_stderr=quiet or as_json)
            _draw(found, given.drawing, written, quiet=quiet, as_json=as_json)
            if not_logged is not None:
                raise not_logged
    except BaseException:
        if not existed:
            with suppress(OSError):
                out.rmdir()  # if empty
        raise
    return tuple(one.analysis for one in found.sets)


def render_command(
    folder: Path, clip: Path | None, given: Given, *, quiet: bool = False, as_json: bool = False
) -> tuple[Analysis, ...]:
    """Judge and draw the saved analysis in `folder`, or of that clip, again; the pose estimation is never repeated.

    Options of the analysis are kept unless given again; differences are printed.

    Raises:
        UsageError: the folder has no analysis, its clip is missing, or it is locked.
        OutputError: the results cannot be written.
    """
    if folder.is_file():
        clip = clip or folder
    folder = analysed_folder(folder)
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
        if before.set_number > 1 and not found.others:
            found = replace(found, analysis=with_sets_of(found.analysis, before))
        written = _write_findings(found, given.drawing, quiet=quiet, as_json=as_json)
        _draw(found, given.drawing, written, quiet=quiet, as_json=as_json)
    if not quiet and not as_json:
        print_options(terminal(), differences(kept, options), known=bool(before.software.options))
    return tuple(one.analysis for one in found.sets)


def _write_findings(found: AnalysedClip, drawing: DrawingOptions, *, quiet: bool, as_json: bool) -> list[list[str]]:
    """The findings of every set, on the disk and in the terminal, before any video, which takes longer than all before."""
    written = []
    console = terminal()
    for one in found.sets:
        outdated = not drawing.video and (one.folder / "annotated.mp4").is_file()
        one.folder.mkdir(exist_ok=True)
        written.append(one.write_findings(one.folder, drawing))
        if not quiet and not as_json:
            console.print(report(one.analysis))
            if outdated:
                console.print("The annotated video was removed: it showed an earlier analysis.", style="dim")
    return written


def _log(found: AnalysedClip, clip: Path, given: Given, *, to_stderr: bool) -> FormcheckError | None:
    """Write the sets into the logbook, where that is wanted; a logbook that cannot be used does not cost the video."""
    try:
        for one in found.sets if given.logging.log else ():
            reading = one.track.key.reading
            done = Finished(one.analysis, clip, one.folder, given.load, (reading.start_s, reading.end_s))
            print_logged(log_finished(done, given.logging), to_stderr=to_stderr)
    except FormcheckError as error:
        return error
    return None


def _draw(found: AnalysedClip, drawing: DrawingOptions, written: list[list[str]], *, quiet: bool, as_json: bool) -> None:
    """Write videos, pictures and pages, then list what was `written`."""
    with progress_bar(silent=quiet or as_json) as progress:
        for one, names in zip(found.sets, written, strict=True):
            with one.open() as reader:
                names += one.draw(reader, one.folder, drawing, progress)
    if drawing.video and not quiet and (coding := sound_left_out(found.path)) is not None:
        said = f"annotated.mp4 is silent: the clip's sound ({coding}) can't be stored in it."
        Console(stderr=as_json, highlight=False).print(Text(said, style="dim"), soft_wrap=True)
    if as_json:
        sys.stdout.write(json_of(found.analysis))
    elif not quiet:
        console = terminal()
        for one, names in zip(found.sets, written, strict=True):
            print_written(console, one.folder, names, reused_track=one.reused_track and one is found)


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


# `formcheck doctor`: checks of the installation.

#: Least free space for an annotated video.
LEAST_FREE_GB = 1.0
#: Timeout of loading a pose model, seconds.
LOAD_LIMIT_S = 120.0
_PACKAGES = ("opencv-python", "numpy", "scipy", "av")


def print_checks(console: Console) -> bool:
    """Print one line per check; return whether all required ones succeed."""
    console.print(f"formcheck {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    checks: list[tuple[str, Callable[[], str]]] = [
        *((name, lambda name=name: _package(name)) for name in _PACKAGES),
        *((f"model {name}", lambda name=name: _model(name)) for name in model_names()),
        ("video encoder", _encoder),
        ("disk", _disk),
        ("cores", lambda: str(available_cores())),
    ]
    good = True
    for name, check in checks:
        try:
            console.print(f"  ok    {name}: {check()}", markup=False)
        except FormcheckError as error:
            good = False
            console.print(f"  FAIL  {name}: {error}", markup=False, style="red")
    return good


def _package(name: str) -> str:
    try:
        found = version(name)
    except PackageNotFoundError:
        raise FormcheckError(f"{name} is not installed; install formcheck again.") from None
    return found


def _model(name: str) -> str:
    model = find_model(name)
    about = described(model)
    with PosePool(model, workers=1) as pool:
        try:
            pool.submit(worker.warm, limit_s=LOAD_LIMIT_S).result()
        except WorkerDiedError:
            raise FormcheckError("its worker process died while loading it; install it again.") from None
    return f"SHA-256 {model.sha256[:12]}…, {about}; loads"


def _encoder() -> str:
    from formcheck.video.writer import VideoWriter

    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "check.mp4"
            with VideoWriter(path, 64, 64, 10.0) as writer:
                for number in range(5):
                    writer.write(np.zeros((64, 64, 3), dtype=np.uint8), number / 10)
            size = path.stat().st_size
    except (OSError, ValueError) as error:
        raise FormcheckError(f"H.264 cannot be written ({error}); install the av package again.") from None
    return f"H.264 works ({size} bytes written)"


def _disk() -> str:
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    if free < LEAST_FREE_GB:
        raise FormcheckError(f"only {free:.1f} GB are free here; annotated videos need about {LEAST_FREE_GB:.0f} GB.")
    return f"{free:.0f} GB free here"

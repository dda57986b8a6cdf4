"""What the commands do, between the command line's options and the pipeline."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from formcheck.analysis import Analysis
from formcheck.cli_options import CommonOptions
from formcheck.errors import FormcheckError, UsageError
from formcheck.exercises import AUTO
from formcheck.logbook.options import LogOptions
from formcheck.logbook.recording import Finished, log_finished, print_logged
from formcheck.pipeline import Progress as ProgressCallback
from formcheck.pipeline import Scored, analyze_clip, prepare_folder, rescore
from formcheck.pose import load_track
from formcheck.pose.estimate import open_clip, options_of
from formcheck.report.files import analysis_to_data, read_analysis
from formcheck.report.outputs import write_outputs
from formcheck.report.terminal import print_report


def default_out(clip: Path) -> Path:
    """`CLIP-STEM.formcheck` beside the clip."""
    return clip.with_name(f"{clip.stem}.formcheck")


def analyze_command(
    clip: Path,
    out: Path | None,
    common: CommonOptions,
    *,
    log: LogOptions | None = None,
    quiet: bool = False,
    as_json: bool = False,
) -> Analysis:
    """Analyse one clip, write its outputs, print the report, and with `log` write the set into the logbook.

    Raises:
        FormcheckError: with the sentence to show and the exit code.
    """
    options, wanted = common.analyze_options(), common.output_options()
    out = out or default_out(clip)
    existed = out.exists()
    with open_clip(clip, options.pose):
        pass  # a clip that cannot be read must not leave a folder behind
    prepare_folder(out)
    try:
        with progress_bar(silent=quiet or as_json) as progress:
            scored = analyze_clip(clip, out, options, progress=progress)
            with open_clip(clip, options.pose) as reader:
                written = write_outputs(scored, reader, out, wanted, progress)
    except FormcheckError:
        if not existed and not any(out.iterdir()):
            out.rmdir()
        raise
    _print(scored, out, written, quiet=quiet, as_json=as_json)
    if log is not None:
        stretch = (options.pose.start_s, options.pose.end_s)
        said = log_finished(Finished(scored.analysis, clip, out, common.given_load(), stretch), log)
        print_logged(said, to_stderr=quiet or as_json)
    return scored.analysis


def render_command(
    folder: Path, clip: Path | None, common: CommonOptions, *, quiet: bool = False, as_json: bool = False
) -> Analysis:
    """Judge and draw the saved analysis in `folder` again; the pose estimation is never repeated.

    An exercise that the user named before stays named, unless another is named now.

    Raises:
        UsageError: the folder holds no analysis, or its clip is not found.
    """
    before = read_analysis(folder / "analysis.json")
    saved = load_track(folder / "track.npz")
    assert saved is not None  # without a key, load_track raises instead
    clip = clip or folder.absolute().parent / before.clip.path
    if not clip.is_file():
        raise UsageError(f"the clip {clip.name} is not beside {folder.name}; say where it is with --clip.")
    pose = options_of(saved.key)
    options = replace(common.analyze_options(), pose=pose)
    if options.exercise == AUTO and before.exercise.source == "user":
        options = replace(options, exercise=before.exercise.name)
    if options.load_kg is None:
        options = replace(options, load_kg=before.exercise.load_kg)
    wanted = common.output_options()
    with open_clip(clip, pose) as reader, progress_bar(silent=quiet or as_json) as progress:
        if reader.info.sha256 != saved.key.clip_sha256:
            raise UsageError(f"{clip.name} is not the clip that {folder.name} was made from; name the right one with --clip.")
        scored = rescore(reader, saved, folder, options, progress)
        written = write_outputs(scored, reader, folder, wanted, progress)
    _print(scored, folder, written, quiet=quiet, as_json=as_json)
    return scored.analysis


def _print(scored: Scored, out: Path, written: list[str], *, quiet: bool, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(analysis_to_data(scored.analysis), indent=2, ensure_ascii=False) + "\n")
    elif not quiet:
        print_report(Console(highlight=False), scored.analysis, out, written, reused_track=scored.reused_track)


@contextmanager
def progress_bar(*, silent: bool) -> Iterator[ProgressCallback]:
    """A progress bar on stderr that shows what is being done; silent when asked, or when nobody watches."""
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

"""`formcheck batch`: the command, logging its sets, and recording results that were judged again by hand."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath

from rich.console import Console

from formcheck.apps.batch.cluster import TlsFiles
from formcheck.apps.batch.local import LocalRunner, Runner
from formcheck.apps.batch.record import read_record, sizes, write_record
from formcheck.apps.batch.run import Batch, Totals, watch
from formcheck.apps.batch.settings import Settings
from formcheck.apps.batch.sources import source_of
from formcheck.apps.batch.summary import clip_row
from formcheck.apps.batch.work import ClipJob
from formcheck.apps.cli_options import Given
from formcheck.apps.logbook.database import logbook_path
from formcheck.apps.logbook.recording import finished_sets, log_into, logged_text
from formcheck.apps.logbook.store import Logbook
from formcheck.errors import OutputError, StoppedError, UsageError
from formcheck.options import LoggingOptions, check_workers
from formcheck.outputs.folder import is_own
from formcheck.pose.pool import PosePool
from formcheck.pose.registry import find_model
from formcheck.results.analysis import Analysis
from formcheck.results.rows import rep_rows
from formcheck.runtime.files import ANALYSIS, folder_lock, readable
from formcheck.units import Load, count_of, load_in_name, load_of_kg
from formcheck.video.files import pictures_in


def note_by_hand(folder: Path, *analyses: Analysis) -> bool:
    """Record new analyses of a clip, one of each set, in its batch folder; return False if the folder is not of a batch.

    The batch's next run keeps this result as long as the clip, the batch's options and the version stay the same.
    """
    record = read_record(folder, complete=False)
    if record is None or record.sha256 != analyses[0].clip.sha256:
        return False
    files = {name: size for name, size in sizes(folder).items() if is_own(name.partition("/")[0])}
    write_record(
        folder,
        replace(
            record,
            outcome="analysed",
            reason="",
            files=files,
            row=clip_row(analyses[0]),
            further=[clip_row(one) for one in analyses[1:]],
            reps=[row for one in analyses for row in rep_rows(one)],
            by_hand=True,
        ),
    )
    return True


# Logging the sets of a batch.

def log_batch(batch: Batch, options: LoggingOptions, told: Callable[[str], None]) -> None:
    """Log every analysed clip of the batch whose present analysis is not in the logbook yet.

    Raises:
        LogbookError: the logbook cannot be written; the results of the batch are not affected.
    """
    with Logbook(logbook_path(options.logbook)) as book:
        for name, folder, sha256 in batch.analysed():
            if _is_logged(book, folder, sha256):
                continue
            try:
                sets = finished_sets(folder, Path(batch.source.location(name)), None, None)
            except UsageError as error:
                told(f"{name}: not logged: {error}")
                continue
            for done in sets:
                said = load_of_kg(kg) if (kg := done.analysis.exercise.load_kg) is not None else None
                logged = log_into(book, done.with_load(load_of(name, batch.source.title, said)), keep=options.keep)
                told(f"{name}  {logged_text(logged)}")
        for warning in dict.fromkeys(book.warnings):
            told(warning)


def load_of(name: str, title: str, said: Load | None) -> Load | None:
    """The load of a clip: from its name, else from `--load` or `formcheck.toml`, else from the nearest folder's name.

    Args:
        name: the clip's path below the batch folder.
        title: of the batch folder.
    """
    path = PurePosixPath(name)
    folders = (load_in_name(part) for part in [*reversed(path.parent.parts), title])
    return load_in_name(path.stem) or said or next((load for load in folders if load is not None), None)


def _is_logged(book: Logbook, folder: Path, sha256: str) -> bool:
    """Whether the clip was logged after its present analysis was written."""
    try:
        written = (folder / ANALYSIS).stat().st_mtime
    except OSError:
        return False  # logging reports the error
    return any(
        entry.clip is not None and Path(entry.clip.folder) == folder.absolute() and entry.logged_at.timestamp() >= written
        for entry in book.of_clip(sha256)
    )


# The command.

SOME_FAILED = 4


@dataclass(frozen=True)
class BatchOptions:
    """Options of `batch` beyond those of `analyze`."""

    workers: int | None
    cluster: str | None
    tls: TlsFiles | None
    exercise_from: str | None
    who_from: str | None
    longest_min: float
    force: bool
    watch: bool


def default_out(folder: str) -> Path:
    """`FOLDER.formcheck` beside the folder; in the current folder for a URL."""
    if "://" in folder:
        return Path(f"{folder.rstrip('/').rpartition('/')[2] or 'clips'}.formcheck")
    path = Path(folder).resolve()
    return path.with_name(f"{path.name or 'clips'}.formcheck")


def batch_command(
    folder: str,
    out: Path,
    given: Given,
    options: BatchOptions,
    *,
    quiet: bool = False,
) -> Totals:
    """Analyse a folder of clips into `out`, and optionally log the sets; return the outcome.

    Raises:
        UsageError: an option, the folder or the output folder cannot be used.
        OutputError: the results cannot be written; finished ones are kept.
        StoppedError: Ctrl-C or a signal to end.
    """
    check_workers(options.workers)
    if options.longest_min <= 0:
        raise UsageError(f"--longest expects minutes above zero but got {options.longest_min:g}.")
    source = source_of(folder)
    model = find_model(given.options.model)
    settings = Settings(
        source, given.options, replace(given.drawing, library="shared"), model.sha256, options.exercise_from,
        options.who_from,
    )
    console = None if quiet else Console(stderr=True, emoji=False)

    def told(line: str) -> None:
        if console is not None:
            console.print(readable(line), highlight=False, soft_wrap=True, markup=False)

    def runner_of(jobs: list[ClipJob]) -> Runner:
        if options.cluster is not None:
            from formcheck.apps.batch.cluster import ClusterRunner

            return ClusterRunner(jobs, out, options.cluster, model, options.tls)
        return LocalRunner(jobs, out, PosePool(model, options.workers))

    with folder_lock(out, "formcheck batch"):
        batch = Batch(
            source, out, settings, longest_s=options.longest_min * 60, force=options.force, console=console
        )
        jobs: list[ClipJob] = []

        def wrap_up() -> None:
            with suppress(OSError, OutputError):
                batch.write_summary()
            if given.logging.log:
                log_batch(batch, given.logging, told)

        try:
            jobs = batch.scan()
            if not batch.count and not options.watch:
                pictures = pictures_in(Path(folder))
                also = f" (but {pictures} pictures)" if pictures else ""
                raise UsageError(f"no clip is in {folder}{also}; expected video files such as MP4 or MOV.")
            told(f"{count_of(batch.count, 'clip')} in {folder}, {len(jobs)} to do; results go to {out}")
            if lost := batch.by_hand:
                named = ", ".join(lost[:5]) + (f" and {len(lost) - 5} more" if len(lost) > 5 else "")
                told(
                    f"results made with other options by hand are replaced, since clip, options or version changed: {named};"
                    " settings in a formcheck.toml of a clip's folder are kept"
                )
            if options.watch:
                wrap_up()
                watch(batch, jobs, runner_of, told, wrap_up)
            elif jobs:
                batch.run(jobs, runner_of)
        except KeyboardInterrupt:
            totals = batch.totals()
            raise StoppedError(
                f"stopped; {totals.analysed + totals.failed} of {totals.clips} clips are done."
                " Run the same command again to go on."
            ) from None
        finally:
            wrap_up()
    return batch.totals()


def print_totals(totals: Totals, out: Path, *, as_json: bool) -> None:
    """Print how the batch ended."""
    if as_json:
        sys.stdout.write(json.dumps({**asdict(totals), "out": str(out)}) + "\n")
        return
    parts = [f"{totals.analysed} analysed ({totals.with_faults} with faults)"]
    parts += [f"{totals.failed} could not be analysed"] if totals.failed else []
    line = f"{count_of(totals.clips, 'clip')}: {', '.join(parts)}. See {readable(str(out / 'index.html'))}"
    Console(highlight=False, soft_wrap=True, emoji=False).print(line, markup=False)

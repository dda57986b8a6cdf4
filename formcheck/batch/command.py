"""`formcheck batch`: from the command line's options to a `Batch` and a runner."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from formcheck.batch.local import LocalRunner, Runner
from formcheck.batch.logged import log_batch
from formcheck.batch.run import Batch, Totals, watch
from formcheck.batch.settings import Settings
from formcheck.batch.sources import source_of
from formcheck.batch.tls import TlsFiles
from formcheck.batch.work import ClipJob
from formcheck.cli_options import CommonOptions
from formcheck.errors import OutputError, StoppedError, UsageError
from formcheck.folder.lock import only_one_in
from formcheck.logbook.options import LogOptions
from formcheck.pose import PosePool, find_model
from formcheck.text import readable

SOME_FAILED = 4


@dataclass(frozen=True)
class BatchOptions:
    """What `batch` can be told beside the options it shares with `analyze`."""

    workers: int | None = None
    cluster: str | None = None
    tls: TlsFiles | None = None
    exercise_from: str | None = None
    longest_min: float = 30.0
    force: bool = False
    watch: bool = False


def default_out(folder: str) -> Path:
    """`FOLDER.formcheck` beside the folder; in the current folder for a URL."""
    if "://" in folder:
        return Path(f"{folder.rstrip('/').rpartition('/')[2] or 'clips'}.formcheck")
    path = Path(folder).resolve()
    return path.with_name(f"{path.name or 'clips'}.formcheck")


def batch_command(
    folder: str,
    out: Path,
    common: CommonOptions,
    options: BatchOptions,
    *,
    log: LogOptions | None = None,
    quiet: bool = False,
) -> Totals:
    """Analyse a folder of clips into `out`, and with `log` write the sets into the logbook; return what came of it.

    Raises:
        UsageError: an option, the folder or the output folder cannot be used.
        OutputError: the results cannot be written; what is done stays done.
        StoppedError: Ctrl-C, or the system asked the program to end.
    """
    if options.workers is not None and options.workers < 1:
        raise UsageError(f"--workers expects at least 1 but got {options.workers}.")
    if options.longest_min <= 0:
        raise UsageError(f"--longest expects minutes above zero but got {options.longest_min:g}.")
    source = source_of(folder)
    model = find_model(common.model)
    settings = Settings(
        source, common.analyze_options(), common.output_options("shared"), model.sha256, options.exercise_from
    )
    console = None if quiet else Console(stderr=True, emoji=False)

    def told(line: str) -> None:
        if console is not None:
            console.print(readable(line), highlight=False, soft_wrap=True, markup=False)

    def runner_of(jobs: list[ClipJob]) -> Runner:
        if options.cluster is not None:
            from formcheck.batch.cluster import ClusterRunner

            return ClusterRunner(jobs, out, options.cluster, model, options.tls)
        return LocalRunner(jobs, out, PosePool(model, options.workers))

    with only_one_in(out, "formcheck batch"), _ended_like_ctrl_c():
        batch = Batch(
            source, out, settings, longest_s=options.longest_min * 60, force=options.force, console=console
        )
        jobs: list[ClipJob] = []

        def wrap_up() -> None:
            with suppress(OSError, OutputError):
                batch.write_summary()
            if log is not None:
                log_batch(batch, log, told)

        try:
            jobs = batch.scan()
            told(f"{batch.count} clips in {folder}, {len(jobs)} to do; results go to {out}")
            if lost := batch.by_hand:
                named = ", ".join(lost[:5]) + (f" and {len(lost) - 5} more" if len(lost) > 5 else "")
                told(
                    f"judged again by hand, and done anew as clip, options or version changed: {named};"
                    " what a formcheck.toml in a clip's folder says is kept"
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
    line = f"{totals.clips} clips: {', '.join(parts)}. See {readable(str(out / 'index.html'))}"
    Console(highlight=False, soft_wrap=True, emoji=False).print(line, markup=False)


@contextmanager
def _ended_like_ctrl_c() -> Iterator[None]:
    """A polite end by the system (shutdown, a closed terminal) stops the batch as Ctrl-C does."""

    def stop(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {}
    with suppress(ValueError):  # not in the main thread: then somebody else answers signals
        before = {name: signal.signal(getattr(signal, name), stop) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)

"""The command line: all commands, and their errors."""

from __future__ import annotations

import io
import json
import os
import re
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import typer.core
from rich.console import Console

from formcheck.apps.cli_options import (
    BatchOutOption,
    ExerciseFilter,
    FailOption,
    Given,
    JsonOption,
    LimitsOption,
    LogbookOption,
    ModelOption,
    NoVideoOption,
    OpenOption,
    OutOption,
    QuietOption,
    WorkersOption,
    with_options,
)
from formcheck.apps.logbook.command import app as log_app
from formcheck.apps.logbook.command import next_command
from formcheck.apps.logbook.database import logbook_path
from formcheck.apps.serve.settings import Settings, data_folder
from formcheck.errors import FormcheckError, InternalError, OutputError, StoppedError, UsageError, why
from formcheck.options import DEFAULT_MODEL
from formcheck.runtime.files import home_expanded, readable
from formcheck.runtime.workers import ended_like_ctrl_c
from formcheck.version import __version__

#: The commands in the order in which people come to use them.
_ORDER = (
    "analyze", "batch", "render", "compare", "log", "next", "serve", "live", "export", "rules", "doctor",
)  # fmt: skip


class _InOrder(typer.core.TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(self.commands, key=_ORDER.index)


app = typer.Typer(
    name="formcheck",
    cls=_InOrder,
    help="Rep-by-rep technique feedback for hip thrusts, Romanian deadlifts, split squats and squats from a side-view"
    " clip. Everything runs on this computer; nothing is sent anywhere.",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)

app.add_typer(log_app, name="log")
app.command("next")(next_command)

FAULT_FOUND = 1
_ANALYSED = "An analysed clip, or its CLIP.formcheck folder."
#: Typer's error for invalid options and arguments, which has no public name.
_MISTAKE: type[BaseException] = typer.BadParameter.__mro__[1]


#: What typer says of a wrong option or argument, and how it reads here.
_OURS = (
    (r"^Invalid value for '([^']+)(?:' / '[^']+)?': .*\bvalid integer\b.*$", r"\1 expects a whole number"),
    (r"^Invalid value for '([^']+)(?:' / '[^']+)?': .*\bvalid (?:number|float)\b.*$", r"\1 expects a number"),
    (r"^Invalid value for '([^']+)(?:' / '[^']+)?': .*'(.*)' is not one of (.+)$", r"\1 expects one of \3 but got '\2'"),
    (r"^Missing argument '([^']+)'$", r"expected \1"),
    (r"^Missing option '([^']+)(?:' / '[^']+)?'$", r"\1 is missing"),
    (r"^Option '([^']+)' requires an argument$", r"\1 expects a value"),
    (r"^No such (option|command):? '?([^' ]+)'?", r"there is no \1 \2"),
    (r" \(Possible options: ([^)]*)\)$", r"; did you mean \1?"),
    (r"^Got unexpected extra arguments? \((.*)\)$", r"expected nothing more after the command but got \1"),
)


def main() -> None:
    """Run the command line; user errors end with one sentence and an exit code, never with a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # undecodable names are shown as bytes
            stream.reconfigure(errors="backslashreplace")
    try:
        with ended_like_ctrl_c():
            code = app(args=[_home_expanded(word) for word in sys.argv[1:]], prog_name="formcheck", standalone_mode=False)
            sys.stdout.flush()
    except FormcheckError as error:
        _fail(error)
    except _MISTAKE as mistake:
        _fail(_usage_error(mistake))
    except (typer.Abort, KeyboardInterrupt):
        Console(stderr=True).print("stopped.")
        code = StoppedError.exit_code
    except SystemExit:  # typer, code 1: the reader of our output has ended
        code = OutputError.exit_code
    except OSError as error:  # usually stdout on a full device
        _fail(OutputError(f"not everything was written ({why(error)}); free some space and try again."))
    except Exception as error:
        if sys.flags.dev_mode:  # python -X dev: with the traceback
            raise
        place = traceback.extract_tb(error.__traceback__)[-1]
        said = " ".join(f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}: {error}".split())
        _fail(InternalError(f"formcheck has a bug here ({said}); please report it with the command you gave."))
    sys.exit(code if isinstance(code, int) else 0)


def _home_expanded(word: str) -> str:
    """Expand a `~` that the shell did not, as in `--out=~/sets` and in quotes."""
    name, equals, value = word.partition("=") if word.startswith("--") else ("", "", word)
    if word.startswith("-o~/"):
        return f"-o{home_expanded(Path(word[2:]))}"
    return f"{name}{equals}{home_expanded(Path(value))}" if value.startswith("~/") else word


def _usage_error(mistake: Any) -> UsageError:
    """One sentence for typer's errors, which would print several lines."""
    command = mistake.ctx.command_path if mistake.ctx else "formcheck"
    said = " ".join(mistake.format_message().split()).rstrip(".")
    for pattern, ours in _OURS:
        said = re.sub(pattern, ours, said)
    then = " See" if said.endswith("?") else "; see"
    begin = said if said.startswith(("-", "SET", "CLIP", "FOLDER")) else f"{said[:1].lower()}{said[1:]}"
    return UsageError(f"{begin}{then} `{command} --help`.")


def _fail(error: FormcheckError) -> NoReturn:
    try:
        sys.stdout.flush()
    except OSError:  # or Python would retry at exit, with a traceback
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    console = Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)
    console.print(f"formcheck: {readable(str(error))}", markup=False)
    sys.exit(error.exit_code)


def show_page(page: Path) -> None:
    """Open a page in the browser.

    Raises:
        UsageError: it was not written.
    """
    if not page.is_file():
        raise UsageError("--open shows the report, and none was written; leave out --no-report.")
    typer.launch(str(page.absolute()))


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"formcheck {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    del version
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), nl=False)
        raise typer.Exit(UsageError.exit_code)


@app.command()
@with_options("judging", "reading", "drawing", "logging")
def analyze(
    clip: Annotated[Path, typer.Argument(help="The clip: one set, filmed from the side.")],
    given: Given,
    out: OutOption = None,
    fail_on_fault: FailOption = False,
    open_page: OpenOption = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Analyse one filmed set: reps, angles, findings with cues, annotated video and report page."""
    from formcheck.apps.batch.command import note_by_hand
    from formcheck.apps.commands import analyze_command
    from formcheck.outputs.folder import folder_beside

    sets = analyze_command(clip, out, given, quiet=quiet, as_json=as_json)
    folder = out or folder_beside(clip)
    note_by_hand(folder, *sets)
    if open_page:
        show_page(folder / "report.html")
    if fail_on_fault and any(one.summary.faults for one in sets):
        raise typer.Exit(FAULT_FOUND)


@app.command()
@with_options("judging", "drawing")
def render(
    folder: Annotated[Path, typer.Argument(metavar="CLIP", help=_ANALYSED)],
    given: Given,
    clip: Annotated[Path | None, typer.Option(help="The clip, if it is no longer beside the folder.")] = None,
    open_page: OpenOption = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Judge and draw a saved analysis again, with other limits or another style, without watching the clip again."""
    from formcheck.apps.batch.command import note_by_hand
    from formcheck.apps.commands import render_command
    from formcheck.outputs.folder import analysed_folder

    own = analysed_folder(folder)
    note_by_hand(own, *render_command(folder, clip, given, quiet=quiet, as_json=as_json))
    if open_page:
        show_page(own / "report.html")


@app.command()
@with_options("judging", "reading", "drawing", "logging", without=frozenset({"track", "start_s", "end_s"}))
def batch(
    folder: Annotated[str, typer.Argument(help="The folder of clips, or its URL (s3://bucket/sets).")],
    given: Given,
    exercise_from: Annotated[
        str | None, typer.Option(help="Where the exercise is named: folder (hip thrusts/...) or name (of the file).")
    ] = None,
    who_from: Annotated[
        str | None, typer.Option(help="Where the lifter is named: folder (Anna/hip thrusts/...).")
    ] = None,
    out: BatchOutOption = None,
    workers: WorkersOption = None,
    cluster: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Hand the clips to this Dask scheduler: tcp:// or tls://host:8786.")
    ] = None,
    tls_ca: Annotated[Path | None, typer.Option(metavar="FILE", help="PEM: the authority of the certificates.")] = None,
    tls_cert: Annotated[Path | None, typer.Option(metavar="FILE", help="PEM: this computer's certificate.")] = None,
    tls_key: Annotated[Path | None, typer.Option(metavar="FILE", help="PEM: the key of --tls-cert.")] = None,
    trust_cluster: Annotated[
        bool, typer.Option("--trust-cluster", help="Use another computer's scheduler without TLS: see docs/BATCH.md.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Do finished clips again.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Keep going with new clips until Ctrl-C.")] = False,
    longest: Annotated[float, typer.Option(metavar="MINUTES", help="Longer clips are not analysed.")] = 30.0,
    fail_on_fault: FailOption = False,
    open_page: OpenOption = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Analyse a folder of clips on all cores or a cluster; run it again to go on after any interruption."""
    from formcheck.apps.batch.cluster import check_trust, tls_files
    from formcheck.apps.batch.command import SOME_FAILED, BatchOptions, batch_command, default_out, print_totals

    tls = tls_files(cluster, tls_ca, tls_cert, tls_key)
    check_trust(cluster, trusted=trust_cluster)
    own = BatchOptions(workers, cluster, tls, exercise_from, who_from, longest, force, watch)
    out = out or default_out(folder)
    totals = batch_command(folder, out, given, own, quiet=quiet or as_json)
    if not quiet:
        print_totals(totals, out, as_json=as_json)
    if open_page:
        show_page(out / "index.html")
    if totals.failed:
        raise typer.Exit(SOME_FAILED)
    if fail_on_fault and totals.with_faults:
        raise typer.Exit(FAULT_FOUND)


@app.command()
def compare(
    a: Annotated[
        Path | None, typer.Argument(help="An analysed clip, its CLIP.formcheck folder, or its number in the logbook.")
    ] = None,
    b: Annotated[Path | None, typer.Argument(help="Another set. Default: compare two reps of A.")] = None,
    who: Annotated[
        str | None, typer.Option(metavar="NAME", help="Instead of A and B: this person's latest set, and their best before.")
    ] = None,
    exercise: Annotated[str | None, typer.Option("--exercise", "-e", help="With --who: of this exercise.")] = None,
    reps: Annotated[
        str | None, typer.Option(help="Which two reps: 1,last of one set, or 2,3 for rep 2 of A and rep 3 of B.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Output folder. Default: beside that of A.")] = None,
    clip_a: Annotated[Path | None, typer.Option(help="The clip of A, if it is no longer beside its folder.")] = None,
    clip_b: Annotated[Path | None, typer.Option(help="The clip of B.")] = None,
    logbook: LogbookOption = None,
    no_video: NoVideoOption = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compare two sets, or two reps of one: side by side in phase, with a ghost, and what differs beyond measuring error."""
    from formcheck.apps.compare.command import best_and_latest, compare_command

    if (a is None) == (who is None):
        raise UsageError("compare expects an analysed clip, or --who NAME for the latest and the best set of a person.")
    if who is not None:
        a, b = best_and_latest(who, exercise, logbook)
    assert a is not None
    compare_command(a, b, out, reps, (clip_a, clip_b), logbook, video=not no_video, quiet=quiet, as_json=as_json)


@app.command()
def serve(
    lan: Annotated[bool, typer.Option("--lan", help="Let phones of the network in, each with a one-time code.")] = False,
    port: Annotated[int, typer.Option(help="Port to listen on.")] = Settings.port,
    https: Annotated[bool, typer.Option("--https", help="Encrypt, with a certificate that this computer makes.")] = False,
    data: Annotated[Path | None, typer.Option(help="Folder of clips and results. Default: your own.")] = None,
    name: Annotated[str, typer.Option(help="What the server is called on the phone.")] = Settings.name,
    keep_videos: Annotated[
        str, typer.Option(metavar="DAYS|all", help="How long the videos of judged sets are kept; the results stay.")
    ] = "30",
    model: ModelOption = DEFAULT_MODEL,
    workers: WorkersOption = None,
    logbook: LogbookOption = None,
    quiet: QuietOption = False,
) -> None:
    """Serve a page for phones: film, tap, see. This computer judges; only it and, with --lan, its network can reach it."""
    from formcheck.apps.serve.command import serve_command, settings_of

    own = Settings(data_folder(data), logbook_path(logbook), port, lan, https, name, model=model, workers=workers)
    serve_command(settings_of(own, keep_videos), quiet=quiet)


@app.command()
def live(
    port: Annotated[int, typer.Option(help="Port to listen on, on this computer only.")] = Settings.port,
    data: Annotated[Path | None, typer.Option(help="Folder of clips and results. Default: your own.")] = None,
    model: ModelOption = DEFAULT_MODEL,
    workers: WorkersOption = None,
    logbook: LogbookOption = None,
    quiet: QuietOption = False,
) -> None:
    """Watch a set on this computer's camera: framing, a spoken count, one cue a rep; the recording is analysed after it."""
    from formcheck.apps.serve.command import serve_command, settings_of

    own = Settings(data_folder(data), logbook_path(logbook), port, model=model, workers=workers)
    serve_command(settings_of(own, "30"), quiet=quiet, live=True)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="CLIP", help=_ANALYSED)],
    file_format: Annotated[
        str, typer.Option("--format", "-f", help="trc, mot, c3d, csv, parquet, netcdf or coco; several with commas.")
    ],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the files. Default: the folder itself.")] = None,
    units: Annotated[str, typer.Option(help="Of .trc and .c3d: m, or px where the scale is not known.")] = "m",
    quiet: QuietOption = False,
) -> None:
    """Write a saved analysis for other programs: OpenSim, motion capture, pandas, movement, COCO."""
    from formcheck.outputs.folder import analysed_folder
    from formcheck.outputs.formats.export import export_set
    from formcheck.pipeline import AnalysedClip

    folder = analysed_folder(folder)
    found = AnalysedClip.load(folder)
    for name in file_format.lower().split(","):
        for path in export_set(found.analysis, found.shots, found.track, name.strip(), out or folder, units):
            if not quiet:
                typer.echo(readable(str(path)))


@app.command()
def rules(
    exercise: Annotated[str | None, typer.Argument(hidden=True)] = None,
    only: ExerciseFilter = None,
    limits: LimitsOption = None,
    as_toml: Annotated[bool, typer.Option("--toml", help="Print a limits file with every key, to change and to use.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Print the rules, their limits, units and where each limit comes from."""
    from formcheck.outputs.rules import print_rules, rules_as_data, rules_as_toml
    from formcheck.outputs.terminal import console

    exercise = only or exercise
    if as_toml:
        typer.echo(rules_as_toml(exercise, limits), nl=False)
    elif as_json:
        typer.echo(json.dumps(rules_as_data(exercise, limits), indent=2, ensure_ascii=False))
    else:
        print_rules(console(), exercise, limits)


@app.command()
def doctor() -> None:
    """Check versions, models and their checksums, the video encoder and the disk: what works and what does not."""
    from formcheck.apps.commands import print_checks

    if not print_checks(Console(highlight=False, soft_wrap=True)):
        raise typer.Exit(UsageError.exit_code)


if __name__ == "__main__":
    main()

"""How good is formcheck? Runs it on labelled clips and holds what it says against labels and rendered truth.

    python scripts/evaluate.py samples
    python scripts/evaluate.py ../shared/clips --json now.json --against before.json
    python scripts/evaluate.py ../shared/clips --write docs/ACCURACY.md

The folder has a `labels.csv` (a row a clip), or rendered clips with a `NAME.truth.json` beside each. Every clip is
analysed twice: as it is, and with its exercise named. Pose tracks are kept under --out, so a second run takes minutes
less; --fresh estimates them anew. While tuning, run with `--half tune`: the other half is for checking.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
# The checkout is judged, not a formcheck that happens to be installed.
sys.path[:0] = [str(CHECKOUT), str(CHECKOUT / "scripts")]

from rich.console import Console  # noqa: E402
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: E402

from evaluation.archive import compare, read_json, to_json, write_json  # noqa: E402
from evaluation.judging import judge  # noqa: E402
from evaluation.labels import ClipLabel, read_labels  # noqa: E402
from evaluation.outcome import (  # noqa: E402
    Outcome,
    RunOptions,
    run_clips,
)
from evaluation.page import accuracy_page, software_facts  # noqa: E402
from evaluation.tables import (  # noqa: E402
    all_tables,
    comparison_tables,
    print_tables,
)
from evaluation.verdict_tables import section_in, with_section  # noqa: E402
from formcheck.pose.pool import available_cores  # noqa: E402

#: Columns of text where the output is no terminal.
WIDTH = 180


def main(arguments: list[str] | None = None) -> int:
    """Run the evaluation; returns the exit code: 0, 1 with --fail-on-worse when something got worse, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH  # a file or a pipe has no width of its own
    try:
        labels = [label for label in read_labels(options.clips) if _wanted(label, options)]
        earlier = read_json(options.against) if options.against else None
    except ValueError as error:
        Console(stderr=True).print(f"[red]{error}[/red]", highlight=False)
        return 2
    extra = ("--model", options.model) if options.model else ()
    how = RunOptions(options.out, options.fresh, options.jobs, extra)
    results = _run(labels, how)
    named = [] if options.no_named else _run(labels, replace(how, named=True))
    evaluation = judge(results, {label.file: outcome for label, outcome in named})
    print_tables(all_tables(evaluation), console)
    software = software_facts(options.model or "heavy")
    data = to_json(evaluation, software)
    if options.json:
        write_json(data, options.json)
    if options.write:
        options.write.parent.mkdir(parents=True, exist_ok=True)
        speed = json.loads(options.speed.read_text(encoding="utf-8")) if options.speed else None
        earlier_page = options.write.read_text(encoding="utf-8") if options.write.exists() else ""
        page = accuracy_page(evaluation, software, speed)
        made_up_sets = section_in(earlier_page)  # scripts/measure_verdicts.py wrote it; it stays
        options.write.write_text(with_section(page, made_up_sets) if made_up_sets else page, encoding="utf-8")
    if earlier is not None:
        comparison = compare(earlier, data)
        print_tables(comparison_tables(comparison), console)
        return 1 if options.fail_on_worse and comparison.worse else 0
    return 0


def _wanted(label: ClipLabel, options: argparse.Namespace) -> bool:
    """Whether --only and --half leave a clip in; rendered clips belong to neither half and stay."""
    if options.only and options.only not in label.file:
        return False
    return options.half is None or label.half in (None, options.half)


def _run(labels: list[ClipLabel], options: RunOptions) -> list[tuple[ClipLabel, Outcome]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        how = " as named" if options.named else ""
        task = progress.add_task("analysing", total=len(labels))

        def report(label: ClipLabel, outcome: Outcome) -> None:
            progress.update(task, advance=1, description=f"analysed {label.name}{how}")
            if not outcome.analysed:
                said = f"{label.name}{how}: {outcome.message}"
                progress.console.print(said, highlight=False, markup=False, soft_wrap=True)

        return run_clips(labels, options, report)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path, help="folder with labels.csv, or with rendered clips and truth files")
    parser.add_argument("--out", type=Path, default=CHECKOUT / ".cache" / "evaluate", metavar="DIR",
                        help="where outputs and pose tracks are kept (default: .cache/evaluate)")
    parser.add_argument("--fresh", action="store_true", help="estimate the poses anew")
    parser.add_argument("--only", metavar="TEXT", help="only clips whose path contains this")
    parser.add_argument("--half", choices=("tune", "check"),
                        help="only this half of the real clips (and the rendered ones); the check half is for checking")
    parser.add_argument("--no-named", action="store_true", help="leave out the second run with the exercise named")
    parser.add_argument("--model", help="heavy, full or the path of a bundle")
    parser.add_argument("--jobs", type=int, default=available_cores(), help="clips analysed side by side")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was scored")
    parser.add_argument("--against", type=Path, metavar="EARLIER.json", help="show what moved since then")
    parser.add_argument("--fail-on-worse", action="store_true", help="exit code 1 when something got worse")
    parser.add_argument("--write", type=Path, metavar="FILE.md", help="write the accuracy page")
    parser.add_argument("--speed", type=Path, metavar="FILE", help="what benchmark.py --json wrote, for the page")
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""How good are the verdicts? Holds what formcheck says of made-up sets of the studio against how bad each rep truly is.

    python scripts/studio SETS --sets 200 --seed 7100 --pool test --only cheap
    python scripts/measure_verdicts.py SETS --write docs/ACCURACY.md

SETS is a folder that `scripts/studio` filled. Pose tracks are kept under --out, so a second run takes seconds a set. With
--write the section on made-up sets of that page is replaced, and its pictures are drawn beside it (needs matplotlib,
which comes with the extra `studio`).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
# The checkout is judged, not a formcheck that happens to be installed.
sys.path[:0] = [str(CHECKOUT), str(CHECKOUT / "scripts")]

from rich.console import Console  # noqa: E402

from evaluation.judging import judge_clip  # noqa: E402
from evaluation.labels import ClipLabel, read_labels  # noqa: E402
from evaluation.outcome import Outcome, RunOptions, run_clips  # noqa: E402
from evaluation.tables import print_tables  # noqa: E402
from evaluation.verdict_curves import draw_curves  # noqa: E402
from evaluation.verdict_tables import counted, section, verdict_tables, with_section  # noqa: E402
from evaluation.verdicts import made_up, verdicts  # noqa: E402
from formcheck.pose.pool import available_cores  # noqa: E402

WIDTH = 180


def main(arguments: list[str] | None = None) -> int:
    """Run the measurement; returns the exit code: 0, or 2 where the folder holds no set of the studio."""
    options = _parser().parse_args(arguments)
    console = Console(width=WIDTH)
    try:
        labels = [label for label in read_labels(options.sets) if label.truth is not None and label.truth.studio is not None]
    except ValueError as error:
        Console(stderr=True).print(f"[red]{error}[/red]", highlight=False)
        return 2
    if not labels:
        Console(stderr=True).print(f"{options.sets} has no set of the studio; expected what scripts/studio writes.")
        return 2
    results = run_clips(labels, RunOptions(options.out, jobs=options.jobs), _report)
    clips = [judge_clip(label, outcome) for label, outcome in results]
    print_tables(verdict_tables(clips), console)
    if options.write:
        folder = options.write.parent / "accuracy"
        pictures = [f"accuracy/{file.name}" for file in draw_curves(verdicts(clips), folder)]
        sets, reps, bodies = counted(clips)
        pools = " and ".join(sorted({filmed.body.split("_")[0] for _, _, filmed in made_up(clips)}))
        facts = (
            f"{sets} sets of {reps} reps by {bodies} made-up bodies (pool {pools}; docs/STUDIO.md says how they are made, and"
            f" what they cannot tell), each analysed as it is. Made again by `python scripts/measure_verdicts.py SETS --write"
            f" docs/ACCURACY.md`."
        )
        page = options.write.read_text(encoding="utf-8") if options.write.exists() else ""
        options.write.write_text(with_section(page, section(clips, pictures, facts)), encoding="utf-8")
    return 0


def _report(label: ClipLabel, outcome: Outcome) -> None:
    if not outcome.analysed:
        print(f"{label.name}: {outcome.message}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path, help="folder with NAME.mp4 and NAME.truth.json of scripts/studio")
    parser.add_argument("--out", type=Path, default=CHECKOUT / ".cache" / "verdicts", metavar="DIR",
                        help="where outputs and pose tracks are kept (default: .cache/verdicts)")  # fmt: skip
    parser.add_argument("--jobs", type=int, default=available_cores(), help="sets analysed side by side")
    parser.add_argument("--write", type=Path, metavar="FILE.md", help="replace this page's section on made-up sets")
    return parser


if __name__ == "__main__":
    sys.exit(main())

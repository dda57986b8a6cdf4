"""Does a refactor change anything that formcheck writes? Records all of it before and after, and compares field by field.

    python scripts/guard.py record POSES_DIR before --checkout ../base
    python scripts/guard.py record POSES_DIR after
    python scripts/guard.py compare before after

Poses are not estimated: `evaluate.py --out POSES_DIR` keeps them. Only the command line is used, whatever module it is in.
Run `record` again to go on after an interruption.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT / "scripts"))

from guarding.compare import Outcome, compare, recorded_clips  # noqa: E402
from guarding.record import Recorder, clips_of, with_poses  # noqa: E402

#: So many kinds of fields that differ are named.
NAMED = 40


def main(arguments: list[str] | None = None) -> int:
    """Record or compare; returns the exit code: 0, or 1 when something differs or poses are missing."""
    options = _parser().parse_args(arguments)
    if options.do == "compare":
        outcome = compare(options.before, options.after, options.only, options.jobs)
        clips, others = recorded_clips(options.before), recorded_clips(options.after)
        print_outcome(outcome, len(clips & others))
        if clips ^ others:
            print(f"clips in one recording only: {len(clips ^ others)}; left out, and with them batch, logbook and the rest")
        return 1 if outcome.differing else 0
    folders = options.clips or [_labelled_clips(), options.checkout / "samples"]
    clips = with_poses(clips_of(folders), options.poses)
    clips = [clip for clip in clips if not options.only or any(text in clip.name for text in options.only)]
    left = [] if options.estimate else [clip.name for clip in clips if clip.poses is None]
    recorder = Recorder(options.checkout, options.out, options.jobs, lambda line: print(line, flush=True))
    recorder.record_clips([clip for clip in clips if clip.name not in left])
    if left:
        print(f"{len(left)} clips have no saved poses: {', '.join(left)}")
        print("Run this again when they have, or with --estimate; batch, logbook and the rest wait for them.")
        return 1
    recorder.record_all(clips)
    return 0


def print_outcome(outcome: Outcome, clips: int) -> None:
    """What was compared, and what differs."""
    differing = sum(count for count, _ in outcome.differing.values())
    print(f"clips {clips}   files {outcome.files}   fields {outcome.fields}   fields that differ {differing}")
    if not differing:
        print("\nnothing differs")
        return
    ranked = sorted(outcome.differing.items(), key=lambda item: -item[1][0])
    print(f"\n{len(ranked)} kinds of fields differ; how often, and the first of each (before -> after):")
    for where, (count, example) in ranked[:NAMED]:
        print(f"{count:>10}  {where}\n            {example}")
    if len(ranked) > NAMED:
        print(f"            ... and {len(ranked) - NAMED} more kinds")


def _labelled_clips() -> Path:
    above = [folder / "shared" / "clips" for folder in CHECKOUT.parents]
    return next((path for path in above if path.is_dir()), above[0])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="do", required=True)
    record = commands.add_parser("record", help="record everything that formcheck writes")
    record.add_argument("poses", type=Path, metavar="POSES_DIR", help="where evaluate.py --out kept the poses")
    record.add_argument("out", type=Path, metavar="OUT_DIR")
    record.add_argument("--checkout", type=Path, default=CHECKOUT, help="whose formcheck (default: that of this script)")
    record.add_argument("--clips", type=Path, action="append", help="folder of clips (default: ../shared/clips and samples)")
    record.add_argument("--estimate", action="store_true", help="also clips without saved poses, whose poses are estimated")
    compared = commands.add_parser("compare", help="compare two recordings")
    compared.add_argument("before", type=Path)
    compared.add_argument("after", type=Path)
    for command in (record, compared):
        command.add_argument("--only", action="append", default=[], metavar="TEXT", help="only paths with one of these")
        command.add_argument("--jobs", type=int, default=2)
    return parser


if __name__ == "__main__":
    sys.exit(main())

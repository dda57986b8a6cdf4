#!/usr/bin/env python
"""Run formcheck on 500 odd and damaged inputs: no traceback, no hang, nothing incomplete under a final name.

    python scripts/fuzz.py                 # all cases
    python scripts/fuzz.py --from 100 --cases 50
    python scripts/fuzz.py --case 123      # one of them again, with what it said

A case is made from its number alone (the kinds are in scripts/fuzzing/cases.py). It goes through the real command line in a
process of its own, with a stand-in for the pose model. A command that is refused must say so in one sentence, without
Python's own words; --json must print JSON. Needs a system that can fork. Ends with exit code 1 when a case failed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fuzzing.cases import KINDS, case_of, kind_of
from fuzzing.checks import incomplete, judged
from fuzzing.running import HUNG, run


def main() -> int:
    """Run the cases; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--case", type=int)
    given = parser.parse_args()
    numbers = range(given.first, given.first + given.cases) if given.case is None else [given.case]
    outcomes: Counter[tuple[str, int]] = Counter()
    failed, began = 0, time.monotonic()
    for number in numbers:
        codes, wrong = run_case(number, tell=given.case is not None)
        outcomes.update((kind_of(number), code) for code in codes)
        failed += bool(wrong)
        for sentence in wrong:
            print(f"FAILED case {number} ({kind_of(number)}): {shown(sentence)}", flush=True)
    hung = sum(count for (_, code), count in outcomes.items() if code == HUNG)
    took = time.monotonic() - began
    print(f"{len(numbers)} cases, {failed} failed, {hung} hung, {took:.0f} s; commands by kind and exit code:")
    for kind in KINDS:
        print(f"  {kind:10}", ", ".join(f"{code}: {n}" for (k, code), n in sorted(outcomes.items()) if k == kind))
    return 1 if failed else 0


def run_case(number: int, *, tell: bool = False) -> tuple[list[int], list[str]]:
    """Run a case: the exit code of each of its commands, and what is wrong."""
    codes: list[int] = []
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="formcheck-fuzz-") as name:
        folder = Path(name) / "clips"
        folder.mkdir()
        case = case_of(number, folder)
        for words in case.commands:
            if len(codes) == 1:
                case.between()
            ran = run(words, Path(name) / "home")
            codes.append(ran.code)
            if tell:
                print(" ".join(map(shown, words)), f"\n-> {ran.code}\n{shown(ran.stdout)}{shown(ran.stderr)}")
            wrong += judged(ran)
            if ran.code not in (0, 4):
                break
        wrong += incomplete(Path(name), damaged=case.harmed and codes[-1] != 0)
    return codes, wrong


def shown(text: str) -> str:
    """Text as any screen can show it."""
    return text.encode("utf-8", "backslashreplace").decode()


if __name__ == "__main__":
    sys.exit(main())

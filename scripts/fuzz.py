#!/usr/bin/env python
"""Run formcheck on 500 odd and damaged inputs: no traceback, no hang, nothing incomplete under a final name.

    python scripts/fuzz.py                 # all cases
    python scripts/fuzz.py --from 100 --cases 50
    python scripts/fuzz.py --case 123      # one of them again, with what it said

A case is made from its number alone. It goes through the real command line in a process of its own, with a stand-in for the
pose model. Needs a system that can fork. Ends with exit code 1 when a case failed.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import av
import jsonschema
import numpy as np

import formcheck.commands
import formcheck.pipeline  # noqa: F401  # loaded once, for all cases
from formcheck.cli import main as formcheck_main
from formcheck.report.files import analysis_schema
from fuzzing.cases import KINDS, between, dice_of, kind_of, shown
from fuzzing.stand_in import installed

#: Exit codes that the README names.
DOCUMENTED = {0, 1, 2, 3, 4, 5, 6}
REFUSED = {2, 3, 5, 6}
LIMIT_S = 60.0
HUNG = -1


def main() -> int:
    """Run the cases; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--case", type=int)
    given = parser.parse_args()
    numbers = range(given.first, given.first + given.cases) if given.case is None else [given.case]
    outcomes: Counter[tuple[str, int]] = Counter()
    failed = 0
    for number in numbers:
        codes, wrong = run_case(number, tell=given.case is not None)
        outcomes.update((kind_of(number), code) for code in codes)
        failed += bool(wrong)
        for sentence in wrong:
            print(f"FAILED case {number} ({kind_of(number)}): {sentence}", flush=True)
    print(f"{len(numbers)} cases, {failed} failed; commands by kind and exit code:")
    for kind in KINDS:
        print(f"  {kind:10}", ", ".join(f"{code}: {n}" for (k, code), n in sorted(outcomes.items()) if k == kind))
    return 1 if failed else 0


def run_case(number: int, *, tell: bool = False) -> tuple[list[int], list[str]]:
    """Run a case: the exit code of each of its commands, and what is wrong."""
    dice, kind = dice_of(number), kind_of(number)
    codes: list[int] = []
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="formcheck-fuzz-") as name:
        folder = Path(name) / "clips"
        folder.mkdir()
        for words in KINDS[kind](folder, dice):
            if codes == [0]:
                between(kind, folder, dice)
            elif codes:
                break
            code, said = run(words, Path(name) / "stderr")
            codes.append(code)
            if tell:
                print(" ".join(map(shown, words)), f"\n-> {code}\n{said}")
            wrong += judged(code, said)
        wrong += incomplete(folder, damaged=kind == "saved" and codes[-1] != 0)
    return codes, wrong


def run(words: list[str], stderr: Path) -> tuple[int, str]:
    """Run a command in a process of its own: its exit code (`HUNG`, or minus the signal) and what it said on stderr."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        _command(words, stderr)
    began = time.monotonic()
    while not (ended := os.waitpid(child, os.WNOHANG))[0]:
        if time.monotonic() - began > LIMIT_S:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return HUNG, ""
        time.sleep(0.01)
    code = os.waitstatus_to_exitcode(ended[1])
    return code - 1000 if code < 0 else code, stderr.read_text(errors="replace")


def _command(words: list[str], stderr: Path) -> None:
    code = 70
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(os.open(stderr, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
        sys.argv = ["formcheck", *words]
        with installed():
            formcheck_main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def judged(code: int, said: str) -> list[str]:
    """What is wrong with how a command ended."""
    if code == HUNG:
        return [f"did not end within {LIMIT_S:g} s"]
    wrong = [] if code in DOCUMENTED else [f"ended with exit code {code}"]
    if "Traceback" in said:
        wrong.append("traceback: " + said.strip().splitlines()[-1])
    own = [line for line in said.splitlines() if line.startswith("formcheck: ")]
    usage = "Usage: " in said  # an option that the command line itself refuses
    if code in REFUSED and len(own) != 1 and not usage:
        wrong.append(f"{len(own)} sentences on refusal: {said[-300:]!r}")
    return wrong


def incomplete(folder: Path, *, damaged: bool) -> list[str]:
    """What lies in the folders under a final name and is not complete, and temporary files.

    With `damaged`, we have harmed a file ourselves and the command refused it: only temporary files are looked for.
    """
    wrong = []
    for path in (path for path in folder.rglob("*") if path.is_file()):
        try:
            if ".part" in path.name or path.name == ".formcheck.lock":
                raise ValueError("left over")
            if damaged:
                continue
            if path.name == "analysis.json":
                jsonschema.validate(json.loads(path.read_text(encoding="utf-8")), analysis_schema())
            elif path.suffix == ".npz":
                with np.load(path) as arrays:
                    for name in arrays.files:
                        arrays[name]
            elif path.name == "annotated.mp4":
                with av.open(str(path)) as container:
                    next(container.decode(video=0))
        except Exception as error:
            wrong.append(f"{shown(path.name)}: {str(error)[:200] or type(error).__name__}")
    return wrong


if __name__ == "__main__":
    sys.exit(main())

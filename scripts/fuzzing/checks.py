"""What `scripts/fuzz.py` looks for after a command: how it ended, what it said, and what lies under a final name."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import av
import numpy as np

from formcheck.results.encoding import data_of, read_analysis
from formcheck.runtime.files import readable
from fuzzing.running import HUNG, Ran

#: Exit codes that the README names.
DOCUMENTED = {0, 1, 2, 3, 4, 5, 6}
REFUSED = {2, 3, 5, 6}
#: What Python says of itself, and no sentence for a user should hold.
OF_PYTHON = re.compile(
    r"Traceback|Warning: |\bNone\b|\[Errno|Error\b|Exception\b|<(class|function|module) | object at 0x|Path\(|"
    r"\b(dtype|array|float64|int64)\(|"
    r"\bb'|codec can't|[\[{(]'|formcheck/\w+\.py|\(most recent"
)
#: Characters that would move the cursor of a terminal, or colour it.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]")


def judged(ran: Ran) -> list[str]:
    """What is wrong with how a command ended."""
    if ran.code == HUNG:
        return ["it hung"]
    wrong = [] if ran.code in DOCUMENTED else [f"ended with exit code {ran.code}"]
    said = ran.stderr.strip()
    if "Traceback" in said:
        return [*wrong, "traceback: " + said.splitlines()[-1]]
    own = _without_names(said, ran.words)
    found = OF_PYTHON.search(own)
    if found:
        wrong.append(f"speaks Python ({found.group()}): {said[-300:]!r}")
    if ran.code in REFUSED and ran.words != ("doctor",):
        lines = said.splitlines()
        if len(lines) != 1 or not own.startswith("formcheck: ") or not own.endswith("."):
            wrong.append(f"no single sentence on refusal: {said[-400:]!r}")
        elif "--json" in ran.words and ran.stdout.strip():
            wrong.append(f"refused, and wrote {ran.stdout[:80]!r}")
    if CONTROL.search(ran.stdout + ran.stderr):
        wrong.append(f"control characters: {(CONTROL.search(ran.stdout + ran.stderr) or [''])[0]!r}")
    if "--json" in ran.words and ran.code in (0, 1, 4) and "--quiet" not in ran.words:
        try:
            _strict(ran.stdout)
        except ValueError as error:
            wrong.append(f"--json wrote no JSON: {error}")
    return wrong


def _without_names(said: str, words: tuple[str, ...]) -> str:
    """What was said without the user's own words, which may look like Python."""
    names = {part for word in words for part in (word, Path(word).name) if len(part) > 2 and not word.startswith("--")}
    for name in sorted({*names, *map(readable, names)}, key=len, reverse=True):
        said = said.replace(name, "...")
    return said


def _strict(text: str) -> object:
    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def incomplete(folder: Path, *, damaged: bool) -> list[str]:
    """What lies in the folders under a final name and is not complete, and temporary files.

    With `damaged`, we have harmed files ourselves and the command refused them: only temporary files are looked for.
    """
    wrong = []
    for path in (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
        try:
            if ".part" in path.name or path.name.endswith((".tmp", "-journal")) or path.name == ".formcheck.lock":
                raise ValueError("left over")
            if not damaged and path.parent.suffix in (".formcheck", ".compare"):
                _whole(path)
        except Exception as error:
            wrong.append(f"{readable(path.name)}: {str(error)[:200] or type(error).__name__}")
    return wrong


def _whole(path: Path) -> None:
    """Raise what is wrong with a file that formcheck wrote."""
    if path.name == "analysis.json":
        if data_of(read_analysis(path)) != _strict(path.read_text(encoding="utf-8")):
            raise ValueError("fields that no analysis has")
    elif path.suffix == ".json":
        _strict(path.read_text(encoding="utf-8"))
    elif path.suffix == ".npz":
        with np.load(path) as arrays:
            for name in arrays.files:
                arrays[name]
    elif path.name in ("annotated.mp4", "compare.mp4"):
        with av.open(str(path)) as container:
            frames = sum(1 for _ in container.decode(video=0))
        if not frames:
            raise ValueError("no frame")
    elif path.suffix == ".csv":
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        if len({len(row) for row in rows}) != 1:
            raise ValueError("rows of several lengths")
    elif path.suffix == ".html" and not path.read_text(encoding="utf-8").rstrip().endswith("</html>"):
        raise ValueError("the page ends in the middle")

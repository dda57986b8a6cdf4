"""Two recordings compared field by field: JSON paths, columns of tables, lines of texts."""

from __future__ import annotations

import csv
import fnmatch
import io
import json
import math
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

#: Numbers that are this close are the same.
CLOSE = 1e-9
#: What may differ: files, and the key or column in them. Paths and the version are taken out of texts besides.
IGNORED = (
    ("*", "version"),  # of formcheck
    ("log/log.json", "logged_at"),  # when the set was logged
    ("*/batch.json", "key"),  # a hash of options and version
    ("*/batch.json", "tag"),  # the time of the clip's file
    ("*/batch.json", "files"),  # sizes in bytes: their contents are compared
)
TEXTS, TABLES = (".txt", ".trc", ".mot"), (".csv",)
#: Files with other endings are not looked at.
COMPARED = (".json", *TEXTS, *TABLES, ".parquet", ".nc", ".c3d")
#: What is recorded of all clips together.
TOGETHER = ("batch", "log", "more", "refused")
ABSENT = "(absent)"

#: Where a value stands: keys, and numbers in lists. A value is a scalar or a list of scalars (a column, a file's lines).
Path_ = tuple[Any, ...]
Fields = dict[Path_, Any]


@dataclass
class Outcome:
    """`differing`: by kind of file and field, how many and the first of them."""

    files: int = 0
    fields: int = 0
    differing: dict[str, tuple[int, str]] = field(default_factory=dict)

    def differs(self, where: str, file: str, before: Any, after: Any, at: str = "", times: int = 1) -> None:
        count, example = self.differing.get(where, (0, f"{file}{at}: {_short(before)} -> {_short(after)}"))
        self.differing[where] = (count + times, example)

    def add(self, other: Outcome) -> None:
        self.files += other.files
        self.fields += other.fields
        for where, (count, example) in other.differing.items():
            known, first = self.differing.get(where, (0, example))
            self.differing[where] = (known + count, first)


def compare(before: Path, after: Path, only: Sequence[str] = (), jobs: int = 1) -> Outcome:
    """Compare two recordings; with `only`, the files whose path contains one of these texts.

    Clips that only one recording has are left out; then also what was made of all clips, which they would change.
    """
    total = Outcome()
    alone = recorded_clips(before) ^ recorded_clips(after)

    def wanted(name: str) -> bool:
        top, _, rest = name.partition("/")
        if alone and (top in TOGETHER or rest.removesuffix(".json") in (*TOGETHER, *alone)):
            return False
        if rest.rpartition("/")[0].removesuffix("/px").removesuffix(".formcheck") in alone:
            return False
        return not only or any(text in name for text in only)

    earlier, later = set(filter(wanted, _files(before))), set(filter(wanted, _files(after)))
    for name in sorted(earlier ^ later):
        there, then = ("there", ABSENT) if name in earlier else (ABSENT, "there")
        total.differs(f"{_kind(name)} (file)", name, there, then)
    both = sorted(earlier & later)
    work = partial(compare_files, before, after)
    if jobs <= 1:
        for name in both:
            total.add(work(name))
    else:
        with ProcessPoolExecutor(jobs) as processes:
            for outcome in processes.map(work, both, chunksize=8):
                total.add(outcome)
    return total


def recorded_clips(recording: Path) -> set[str]:
    """The clips that were recorded whole: their paths without ending."""
    said = recording / "said"
    found = {path.relative_to(said).with_suffix("").as_posix() for path in said.rglob("*.json")}
    return found - set(TOGETHER)


def compare_files(before: Path, after: Path, name: str) -> Outcome:
    """Compare one file of two recordings."""
    outcome, kind = Outcome(files=1), _kind(name)
    try:
        old, new = read_fields(before, name), read_fields(after, name)
    except (OSError, ValueError) as error:
        outcome.differs(f"{kind} (file)", name, "read", f"cannot be read: {error}")
        return outcome
    for path in old | new:
        if any(fnmatch.fnmatch(name, files) and key in path for files, key in IGNORED):
            continue
        outcome.fields += len(old[path]) if isinstance(old.get(path), list) else 1
        _compare_values(old.get(path, ABSENT), new.get(path, ABSENT), outcome, f"{kind} {_general(path)}", name, path)
    return outcome


def read_fields(recording: Path, name: str) -> Fields:
    """The fields of a file. Where the recording lies, and the version of formcheck, are taken out of it.

    Raises:
        ValueError: it cannot be read.
    """
    path = recording / name
    if path.suffix in (".parquet", ".nc", ".c3d"):
        try:
            return dict(_binary(path))
        except ImportError:
            return {("bytes",): path.read_bytes().hex()}
    text = path.read_text(encoding="utf-8")
    facts = json.loads((recording / "recording.json").read_text(encoding="utf-8"))
    for what in ("out", "checkout"):
        text = text.replace(facts[what], f"<{what}>")
    text = text.replace(f"formcheck {facts['version']}", "formcheck <version>")
    text = re.sub(r"logged \d+ \w+ \d{4} \d\d:\d\d", "logged <when>", text)
    if path.suffix == ".json":
        return dict(_flat(json.loads(text), ()))
    if path.suffix in TABLES:
        header, *rows = list(csv.reader(io.StringIO(text))) or [[]]
        columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in header]
        return {("(columns)",): header, **{(head,): column for head, column in zip(header, columns, strict=True)}}
    return {("(lines)",): text.splitlines()}


def same(before: Any, after: Any) -> bool:
    """Whether two scalars are the same: texts are where the numbers in them are close and the rest is equal."""
    if isinstance(before, bool) or isinstance(after, bool):
        return before is after
    if before == after:
        return True
    if isinstance(before, str) and isinstance(after, str):
        words, others = before.split(), after.split()
        return len(words) == len(others) and before != "" != after and all(map(_same_word, words, others))
    return isinstance(before, (int, float)) and isinstance(after, (int, float)) and _close(before, after)


def _same_word(before: str, after: str) -> bool:
    if before == after:
        return True
    try:
        return _close(float(before), float(after))
    except ValueError:
        return False


def _close(before: float, after: float) -> bool:
    return math.isclose(before, after, rel_tol=CLOSE, abs_tol=CLOSE) or (math.isnan(before) and math.isnan(after))


def _compare_values(before: Any, after: Any, outcome: Outcome, where: str, file: str, path: Path_) -> None:
    at = f" {_written(path)}"
    if not (isinstance(before, list) and isinstance(after, list)):
        if isinstance(before, list) or isinstance(after, list) or not same(before, after):
            outcome.differs(where, file, before, after, at)
        return
    if len(before) != len(after):
        first = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if not same(a, b)), None)
        what = ("", "") if first is None else (f", [{first}] {before[first]!r}", f", {after[first]!r}")
        outcome.differs(f"{where} (length)", file, f"{len(before)} long{what[0]}", f"{len(after)} long{what[1]}", at)
        return
    for number, (one, other) in enumerate(zip(before, after, strict=True)):
        if not same(one, other):
            outcome.differs(where, file, one, other, f"{at}[{number}]")


def _files(recording: Path) -> Iterator[str]:
    for path in sorted(recording.rglob("*")):
        name = path.relative_to(recording).as_posix()
        if path.suffix in COMPARED and "/" in name and not path.name.startswith(".") and not path.is_symlink():
            yield name


def _flat(value: Any, path: Path_) -> Iterator[tuple[Path_, Any]]:
    if isinstance(value, dict):
        if not value:
            yield path, "{}"
        for key, item in value.items():
            yield from _flat(item, (*path, key))
    elif isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value):
        for number, item in enumerate(value):
            yield from _flat(item, (*path, number))
    else:
        yield path, value


def _binary(path: Path) -> Iterator[tuple[Path_, Any]]:
    """Arrays and attributes of a file that is no text."""
    if path.suffix == ".parquet":
        import pyarrow.parquet

        table = pyarrow.parquet.read_table(path)
        yield ("(columns)",), table.column_names
        yield from (((name,), table.column(name).to_pylist()) for name in table.column_names)
        for one in table.schema:
            yield from (((one.name, f"({key.decode()})"), text.decode()) for key, text in (one.metadata or {}).items())
    elif path.suffix == ".nc":
        from scipy.io import netcdf_file

        with netcdf_file(path, mmap=False) as stored:
            yield from (((name,), str(value)) for name, value in stored._attributes.items())
            for name, variable in stored.variables.items():
                yield (name,), [str(part) for part in variable.dimensions]
                yield (name, "data"), variable.data.ravel().tolist()
                yield from (((name, key), str(value)) for key, value in variable._attributes.items())
    else:
        import ezc3d

        stored = ezc3d.c3d(str(path))
        for name in ("points", "analogs"):
            yield ("data", name), stored["data"][name].ravel().tolist()
        for group, parameters in stored["parameters"].items():
            for name, parameter in parameters.items():
                value = parameter["value"] if isinstance(parameter, dict) and "value" in parameter else parameter
                yield (group, name), value.ravel().tolist() if hasattr(value, "ravel") else list(value)


def _general(path: Path_) -> str:
    return "".join("[]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def _written(path: Path_) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def _kind(name: str) -> str:
    """What a file is called for every clip: the clip's own name taken out."""
    folder, _, last = name.rpartition("/")
    own = folder.rpartition("/")[2].removesuffix(".formcheck") if not folder.endswith("/px") else folder.split("/")[-2]
    top = folder.partition("/")[0]
    return f"{top}/CLIP.json" if top == "said" and "/" in folder else f"{top}/{last.replace(own, 'CLIP')}"


def _short(value: Any) -> str:
    text = value if value is ABSENT else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 150 else f"{text[:147]}..."

"""Runs an example notebook: every code cell in one namespace, the last expression of a cell shown as a notebook shows it."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Ran:
    """The names a notebook defined, and what its cells showed, as HTML where the object has some."""

    names: dict[str, Any]
    shown: list[str]


def run_notebook(path: Path) -> Ran:
    """Run the code cells in their order; an error in one is raised."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    ran = Ran({"__name__": "notebook"}, [])
    for number, cell in enumerate(cells):
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        place = f"{path.name}, cell {number}"
        exec(compile(tree, place, "exec"), ran.names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), place, "eval"), ran.names)
            ran.shown.append(value._repr_html_() if hasattr(value, "_repr_html_") else repr(value))
    return ran

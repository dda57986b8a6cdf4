#!/usr/bin/env python3
"""List every sentence that formcheck says to people, place by place, to be read aloud or translated.

    python scripts/sentences.py                  # all of them
    python scripts/sentences.py outputs/words    # those of places whose name holds this
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import formcheck

PACKAGE = Path(formcheck.__file__).parent
#: Texts for developers only: of messages between programs, of databases.
NOT_FOR_PEOPLE = ("runtime/messages.py", "results/encoding.py", "version.py")


def sentences() -> Iterator[tuple[str, str]]:
    """(where, text) of everything that people may read: strings of Python, pages, scripts and limits."""
    for path in sorted(PACKAGE.rglob("*")):
        where = path.relative_to(PACKAGE).as_posix()
        if path.suffix not in (".py", ".html", ".js", ".toml") or "vendor" in path.parts or where in NOT_FOR_PEOPLE:
            continue
        source = path.read_text(encoding="utf-8")
        if path.suffix == ".py":
            yield from ((f"{where}:{line}", text) for line, text in python_texts(source))
        elif path.suffix == ".js":
            yield from ((where, text) for text in script_texts(source))
        elif path.suffix == ".html":
            yield where, re.sub(r"\{[%{#].*?[%}#]\}", " ", source, flags=re.DOTALL)
        else:
            yield where, source


def python_texts(source: str) -> Iterator[tuple[int, str]]:
    """The strings of a module with their lines; of docstrings only those of commands, which are their help."""
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr) and not _is_command(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


def _is_command(node: ast.AST) -> bool:
    decorators = getattr(node, "decorator_list", [])
    named = any(".command" in ast.unparse(decorator) for decorator in decorators)
    return named or getattr(node, "name", "") == "next_command"


_CODE = re.compile(r"""/\*.*?\*/|//[^\n]*|"((?:\\.|[^"\\\n])*)"|'((?:\\.|[^'\\\n])*)'|([`{}])""", re.DOTALL)
_TEMPLATE = re.compile(r"((?:\\.|\$(?!\{)|[^\\`$])*)(`|\$\{)", re.DOTALL)


def script_texts(source: str) -> list[str]:
    """The strings of a script, also those within the expressions of templates."""
    texts: list[str] = []
    place, within = 0, [False]  # of each open brace or template: whether it is a template
    while found := (_TEMPLATE if within[-1] else _CODE).search(source, place):
        place = found.end()
        if within[-1]:
            texts.append(found[1])
            if found[2] == "`":
                within.pop()
            else:
                within.append(False)
        elif found[3] == "`":
            within.append(True)
        elif found[3] == "{":
            within.append(False)
        elif found[3] == "}" and len(within) > 1:
            within.pop()
        else:
            texts.append(found[1] or found[2] or "")
    return [text for text in texts if text]


def main() -> None:
    """Print what looks like a sentence: at least two words."""
    wanted = sys.argv[1:] or [""]
    for where, text in sentences():
        if any(one in where for one in wanted) and re.search(r"[a-z]{2,}[,:]? +[a-z“\"(]", text):
            print(f"{where}: {' '.join(re.sub(r'<[^>]*>', ' ', text).split())}")


if __name__ == "__main__":
    main()

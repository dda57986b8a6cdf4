"""Words that must not appear in sentences for people."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import formcheck

PACKAGE = Path(formcheck.__file__).parent
#: What is not said to people, and what is said instead.
NOT_SAID = {
    r"\binformational\b": "a note",
    r"contradict|\bsigns? disagree": "couldn't tell",
    r"seen too poorly|called right": "too close to call in this clip",
    r"\blimit 0\b": "a limit of nothing is not said",
    r"\b1 degrees\b": "1 degree",
    r"since upright": "the number that is held against the limit, and no second one",
    r"well above parallel(?![,;])": "how far: level is 90, and 70 or more is fine",
    r"neither bar nor hands|no plate is seen": "what could not be followed",
    r"\bfor want of\b": "taken from the file; the video has none",
    r"brought up to date": "updated",
    r"cannot be told": "can't tell",
    r"\bshall\b": "plain present",
    r"\byour own one\b": "your own",
    r"\bhereby|\bthereof|\bwhereby": "plain words",
    r"\bjudged otherwise": "judged differently",
    r"\bdenied by\b": "hidden",
    r"\bis not kept any more": "is gone",
    r"\b(?:utilis|utiliz)": "use",
    r"\bNaN\b|\bNone\b(?! of the)": "a dash, or why it is unknown",
    r"isn't beside|not beside this page": "the video is no longer here",
    r"\bto which this rule does not apply": "this rule is not meant for",
    r"\bthe way back of\b": "on the way back",
    r"hands say too little|holds nothing to look at": "what could not be followed, or that there is nothing to analyse",
    r"\bput back in\b": "told apart again",
    r"a joint that decides|blurred to decide": "a joint that matters, too blurred to judge",
    r"\bleave (?:--[\w-]+ )?away\b|\byou leave away\b": "leave out",
    r"\bdone anew\b|\basked for anew\b": "done again",
    r"\bnothing came of it\b": "it gave no result",
    r"\ban error of its own|formcheck made a mistake": "formcheck has a bug here",
    r"(?<!here )\bis no (?!longer\b|shorter\b|other\b|such\b)": "is not a; has no",
    r"says a person|[Ss]aid by a person": "by hand",
    r"[Bb]egun before the clip": "already under way when the clip begins",
    r"does not watch|cannot watch any": "has stopped watching",
    r"\bnot let in yet\b|\bis none of this\b": "isn't let in yet; is from another",
    r"not judged is not clean": "a rep that wasn't judged doesn't count as clean",
    r"\bare the least\b": "the programme asks for at least",
    r"\bsound (?:one|backup)\b": "intact",
    r"\bmay be said again\b": "may be repeated",
    r"\boff side-on\b": "off the side view",
    r"\bwe accept\b|\baccepted <b>|\bfine (?:from|up to)\b": "70 or more is fine",
    r"\(borderline\)|\bwere borderline\b|\d borderline\b|finds it borderline|[Jj]ust past (?:the|a) limit": "possible fault",
    r"\bleg works\b": "right leg in front",
    r"squats? the load": "lift it like a squat",
    r"more than standing|also seen in": "more than when you stand at ease; what else was seen is not said",
    r"\bexactly at your side\b": "straight from the side, straight at your side",
    r"Not a fault\?": "I disagree",
}
#: Where people read: the outputs, what rules say, the commands, and errors.
ROOMS = ("outputs", "lifts", "apps")
#: Sentences for developers: of an exercise's module, of messages between programs.
NOT_FOR_PEOPLE = ("apps/batch/cluster.py", "apps/serve/run.py")


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    """The texts of a module with their lines; of docstrings only those of commands, which are their help."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
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


def sentences() -> Iterator[tuple[str, str]]:
    """(where, text) of everything that people may read."""
    for room in ROOMS:
        for path in sorted((PACKAGE / room).rglob("*")):
            where = path.relative_to(PACKAGE).as_posix()
            if path.suffix == ".py" and where not in NOT_FOR_PEOPLE:
                yield from ((f"{where}:{line}", text) for line, text in _texts(path))
            elif path.suffix == ".html":
                yield where, re.sub(r"\{[%{#].*?[%}#]\}", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
            elif path.suffix == ".js" and "vendor" not in path.parts:
                script = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
                yield where, " ".join(re.findall(r"[\"`]([^\"`]*)[\"`]", script))
            elif path.suffix == ".toml":
                yield where, path.read_text(encoding="utf-8")


def test_the_sentences_are_found() -> None:
    everything = " ".join(text for _, text in sentences())
    for known in (" is fine", "Not judged: film from the side", "Rep by rep", "Film your first set", "Say what to do next"):
        assert known in everything, known


@pytest.mark.parametrize("pattern", NOT_SAID)
def test_forbidden_words_do_not_come_back(pattern: str) -> None:
    found = [f"{where}: {text.strip()[:100]!r}" for where, text in sentences() if re.search(pattern, text)]
    assert not found, f"say {NOT_SAID[pattern]!r} instead:\n" + "\n".join(found)

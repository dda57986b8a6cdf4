"""The order of imports between packages, as the README states it, and the size of modules."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import formcheck

PACKAGE = Path(formcheck.__file__).parent
README = PACKAGE.parent / "README.md"
#: What every room may read: they read nothing themselves but each other.
GROUND = {"errors", "options", "units", "version"}
MOST_LINES = 600


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    return {
        ".".join(("formcheck", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def imported(path: Path, known: dict[str, Path]) -> Iterator[str]:
    """The package's own modules that a module names in its imports, those within functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module in known:
            yield node.module
            yield from (name for alias in node.names if (name := f"{node.module}.{alias.name}") in known)


def room(module: str) -> str:
    """The folder or single module below the package that a module belongs to; the package itself is the ground."""
    return module.split(".")[1] if "." in module else ""


def order_in_readme() -> list[str]:
    """The rooms in the order in which the README says data flows."""
    text = README.read_text(encoding="utf-8").partition("Data flows one way")[2]
    flow = text.split("\n\n")[1]
    places = re.sub(r"\([^)]*\)", "", flow)
    return re.findall(r"`([a-z_]+)`", places)


def test_the_readme_names_every_package() -> None:
    known = modules()
    rooms = {room(name) for name in known} - GROUND - {"", "__main__"}
    assert rooms == set(order_in_readme())


def test_no_package_imports_a_later_one() -> None:
    known, order = modules(), order_in_readme()
    place = {name: number for number, name in enumerate(order)}
    wrong = []
    for name, path in known.items():
        own = room(name)
        for other in map(room, imported(path, known)):
            if own in GROUND and other not in GROUND | {""}:
                wrong.append(f"{name} imports {other}, but it is ground")
            elif own in place and other in place and place[other] > place[own]:
                wrong.append(f"{name} imports {other}, which comes after {own}")
    assert not wrong, "\n".join(wrong)


def test_no_package_imports_the_public_api() -> None:
    """`formcheck` itself hands out what the latest rooms define: a room that reads it reads a later one."""
    known = modules()
    wrong = [name for name, path in known.items() if "formcheck" in imported(path, known)]
    assert not wrong, wrong


def test_no_modules_import_each_other_in_a_circle() -> None:
    known = modules()
    # A package's face hands on what its modules define; they may name each other but never the face's other modules.
    faces = {name for name, path in known.items() if path.name == "__init__.py"}
    graph = {name: set(imported(path, known)) - {name} - faces for name, path in known.items() if name not in faces}
    tuple(TopologicalSorter(graph).static_order())  # raises CycleError


@pytest.mark.parametrize("name", modules())
def test_modules_stay_small(name: str) -> None:
    lines = len(modules()[name].read_text(encoding="utf-8").splitlines())
    assert lines <= MOST_LINES, f"{name} has {lines} lines: give what has another reason to change a module of its own"


def test_no_module_is_shadowed_by_a_name_of_its_package() -> None:
    """`from package import thing` must not depend on whether `package.thing`, a module, was imported before."""
    known = modules()
    for name, path in known.items():
        if path.name != "__init__.py" or name == "formcheck":
            continue
        handed_on = {
            alias.asname or alias.name
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        own = {other.rpartition(".")[2] for other in known if other.rpartition(".")[0] == name}
        assert not handed_on & own - {"lifts"}, f"{name}: {handed_on & own} are both modules and names"


#: Reading what these have written runs what its writer likes.
RUNS_WHAT_IT_READS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "multiprocessing"}


@pytest.mark.parametrize("name", modules())
def test_no_file_that_is_read_can_run_code(name: str) -> None:
    """Files and messages are read as data: no pickles, and numpy is told so each time."""
    for node in ast.walk(ast.parse(modules()[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            assert not {module.partition(".")[0] for module in named} & RUNS_WHAT_IT_READS, f"{name}: {named}"
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("eval", "exec", "pd.read_pickle", "pandas.read_pickle"):
            pytest.fail(f"{name} calls {ast.unparse(node.func)}")
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("np.load", "numpy.load"):
            told = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            assert told.get("allow_pickle") == "False", f"{name}: {ast.unparse(node)}"


#: The only places that know the pose model formcheck comes with: its own files, and the list in which it is one entry.
OWN_MODEL, ENTRIES = "formcheck.pose.blazepose", "formcheck.pose.registry"


@pytest.mark.parametrize("name", modules())
def test_nothing_but_its_own_files_knows_the_pose_model(name: str) -> None:
    """Neither by its name, nor by its library's, nor by the places its points have in its lists."""
    text = modules()[name].read_text(encoding="utf-8").lower()
    if not name.startswith(OWN_MODEL) and name != ENTRIES:
        assert not re.search("blazepose|mediapipe|landmarker|eye_inner|pinky", text)

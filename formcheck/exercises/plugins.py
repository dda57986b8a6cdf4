"""Where exercises come from: the modules of `lifts/`, and those that other packages name in the group `formcheck.exercises`.

Such a package says in its `pyproject.toml`:

    [project.entry-points."formcheck.exercises"]
    calf_raise = "my_lifts.calf_raise"

The module defines `EXERCISES`, and `limits.toml` beside it has their tables, in the form of formcheck's own.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
import warnings
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from formcheck.exercises import lifts

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

GROUP = "formcheck.exercises"


@lru_cache(maxsize=1)
def own_modules() -> tuple[ModuleType, ...]:
    """The modules of `lifts/`."""
    names = [module.name for module in pkgutil.iter_modules(lifts.__path__)]
    return tuple(importlib.import_module(f"{lifts.__name__}.{name}") for name in sorted(names))


@lru_cache(maxsize=1)
def foreign_modules() -> tuple[ModuleType, ...]:
    """The modules that installed packages name. One that cannot be used is left out with a warning that says why."""
    found = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            module = entry.load()
            if not isinstance(module, ModuleType) or not hasattr(module, "EXERCISES"):
                raise TypeError(f"{entry.value} is no module that defines EXERCISES")
        except Exception as error:  # whatever a stranger's module does wrong, formcheck's own exercises still work
            skipped(entry.name, error)
        else:
            found.append(module)
    return tuple(found)


def limit_tables(module: ModuleType) -> dict[str, Any]:
    """The tables of the `limits.toml` beside a module; none where there is no such file.

    Raises:
        OSError, ValueError: the file cannot be read.
    """
    path = Path(module.__file__ or "").with_name("limits.toml")
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def skipped(name: str, error: Exception) -> None:
    """Say that somebody's exercise is left out."""
    warnings.warn(f"the exercise {name} of another package is left out: {error}", stacklevel=3)

"""Finding pose models: the shipped ones, and those of other packages.

A package registers its model in its `pyproject.toml`:

    [project.entry-points."formcheck.pose_models"]
    stick = "my_models.stick:MODEL"

`MODEL` is a `PoseModel` of that name. It is only imported when it is used.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from formcheck.errors import UsageError
from formcheck.pose.blazepose.bundle import CALIBRATION, ENDING, SHIPPED, BlazePose, check_runtime, find_bundle
from formcheck.pose.model import Calibration, PoseModel, checked_model

GROUP = "formcheck.pose_models"


@lru_cache(maxsize=1)
def _plugins() -> dict[str, EntryPoint]:
    """Models of other packages by name; they cannot replace shipped ones."""
    found = sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value))
    return {entry.name: entry for entry in found if entry.name not in SHIPPED}


def model_names() -> tuple[str, ...]:
    """Valid values of --model, besides the path of a bundle."""
    return (*SHIPPED, *_plugins())


def find_model(wanted: str | PoseModel) -> PoseModel:
    """Find and validate a model, given its name, the path of its bundle, or the model itself.

    Raises:
        UsageError: it does not exist, is damaged, or does not fulfil `PoseModel`.
    """
    if not isinstance(wanted, str):
        return wanted if isinstance(wanted, BlazePose) else _third_party(wanted, f"class {type(wanted).__name__}")
    if wanted in _plugins():
        return _imported(_plugins()[wanted])
    if wanted in SHIPPED or Path(wanted).is_file():
        return find_bundle(wanted)
    raise UsageError(
        f"the pose model {wanted} does not exist; expected {', '.join(model_names())} or the path of a {ENDING} bundle."
    )


def found_again(model: PoseModel) -> PoseModel:
    """This computer's copy of a model received from another computer.

    Raises:
        UsageError: as `find_model`.
    """
    if model.name in model_names():
        return find_model(model.name)
    return find_bundle(str(model.path)) if isinstance(model, BlazePose) else _third_party(model, "the sender")


def described(model: PoseModel) -> str:
    """Origin and runtime of a model, for `formcheck doctor`.

    Raises:
        FormcheckError: its runtime is missing, or its version opens network sockets.
    """
    if isinstance(model, BlazePose):
        return f"as shipped, run by {check_runtime()}"
    entry = _plugins().get(model.name)
    return f"of another package ({entry.value})" if entry is not None else f"of class {type(model).__name__}"


def own_calibration(model_name: str) -> Calibration | None:
    """Calibration of a shipped model, by the name kept with its results; None for other models."""
    return CALIBRATION if model_name in SHIPPED or model_name.endswith(ENDING) else None


def _third_party(model: object, origin: str) -> PoseModel:
    """A validated third-party model; its name must differ from those of shipped ones."""
    checked = checked_model(model, origin)
    if own_calibration(checked.name) is not None:
        raise UsageError(
            f"the pose model of {origin} is called {checked.name}, as one of formcheck's own; expected another name."
        )
    return checked


def _imported(entry: EntryPoint) -> PoseModel:
    origin = f"another package ({entry.value})"
    try:
        model = entry.load()
    except Exception as error:  # third-party code may raise anything
        said = " ".join(str(error).split()) or type(error).__name__
        raise UsageError(f"the pose model {entry.name} of {origin} cannot be loaded: {said}.") from None
    checked = _third_party(model, origin)
    if checked.name != entry.name:
        raise UsageError(f"the pose model {entry.name} of {origin} calls itself {checked.name}; expected the same name.")
    return checked

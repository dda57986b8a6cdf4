"""The pose models there are: those formcheck comes with, and those that other packages name.

Such a package says in its `pyproject.toml`:

    [project.entry-points."formcheck.pose_models"]
    stick = "my_models.stick:MODEL"

`MODEL` is a `PoseModel` of that name. It is imported when somebody asks for it, and only then.
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
def _foreign() -> dict[str, EntryPoint]:
    """What other packages name; formcheck's own names stay its own."""
    found = sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value))
    return {entry.name: entry for entry in found if entry.name not in SHIPPED}


def model_names() -> tuple[str, ...]:
    """What can be said after --model, beside the path of a bundle."""
    return (*SHIPPED, *_foreign())


def find_model(wanted: str | PoseModel) -> PoseModel:
    """Find and check the model of a name, that of a bundle's file, or one that is given itself.

    Raises:
        UsageError: there is none, it is damaged, or it does not fulfil `PoseModel`.
    """
    if not isinstance(wanted, str):
        return wanted if isinstance(wanted, BlazePose) else _theirs(wanted, f"class {type(wanted).__name__}")
    if wanted in _foreign():
        return _imported(_foreign()[wanted])
    if wanted in SHIPPED or Path(wanted).is_file():
        return find_bundle(wanted)
    raise UsageError(
        f"the pose model {wanted} does not exist; expected {', '.join(model_names())} or the path of a {ENDING} bundle."
    )


def found_again(model: PoseModel) -> PoseModel:
    """The model as this computer has it, of one that another computer sends.

    Raises:
        UsageError: as `find_model` does.
    """
    if model.name in model_names():
        return find_model(model.name)
    return find_bundle(str(model.path)) if isinstance(model, BlazePose) else _theirs(model, "the sender")


def described(model: PoseModel) -> str:
    """Whose a model is and what runs it, for `formcheck doctor`.

    Raises:
        FormcheckError: what runs it is missing, or does what formcheck promises not to do.
    """
    if isinstance(model, BlazePose):
        return f"as shipped, run by {check_runtime()}"
    entry = _foreign().get(model.name)
    return f"of another package ({entry.value})" if entry is not None else f"of class {type(model).__name__}"


def own_calibration(model_name: str) -> Calibration | None:
    """That of a model that formcheck itself knows, by the name kept with its results; None for any other."""
    return CALIBRATION if model_name in SHIPPED or model_name.endswith(ENDING) else None


def _theirs(model: object, origin: str) -> PoseModel:
    """A checked model of somebody else, whose results cannot be taken for those of formcheck's own."""
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
    except Exception as error:  # whatever a stranger's module does wrong
        said = " ".join(str(error).split()) or type(error).__name__
        raise UsageError(f"the pose model {entry.name} of {origin} cannot be loaded: {said}.") from None
    checked = _theirs(model, origin)
    if checked.name != entry.name:
        raise UsageError(f"the pose model {entry.name} of {origin} calls itself {checked.name}; expected the same name.")
    return checked

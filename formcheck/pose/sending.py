"""How a pose model reaches worker processes: as the name of its class, and its fields as text (see `messages`)."""

from __future__ import annotations

import base64
import importlib
from dataclasses import fields, is_dataclass
from io import BytesIO
from typing import Any

from formcheck.errors import UsageError
from formcheck.pose import messages
from formcheck.pose.model import PoseModel

#: Most characters of a model's fields: they stand on a command line, and what is large belongs to `load`.
MOST_TEXT = 8_000


def as_words(model: PoseModel) -> tuple[str, str]:
    """The model as two words of a worker's command line.

    Raises:
        UsageError: it could not be made again from them.
    """
    kind: Any = type(model)
    owner, own = kind.__module__, kind.__qualname__
    name = f"{owner}:{own}"
    wrong = ""
    if owner == "__main__":
        wrong = f"its class {kind.__name__} belongs to the script or notebook itself; put it into a module and import it"
    elif not is_dataclass(kind) or "." in own:
        wrong = f"its class {kind.__name__} is no dataclass of a module; make it one, loading what is large in load()"
    if not wrong:
        try:
            given = {field.name: getattr(model, field.name) for field in fields(kind) if field.init}
            text = base64.b64encode(b"".join(map(bytes, messages.packed(given)))).decode("ascii")
        except (TypeError, ValueError) as error:
            wrong = f"its fields must be texts, numbers, paths, lists and tables of such ({error})"
        else:
            if len(text) <= MOST_TEXT:
                return name, text
            wrong = "its fields are too large; load what is large in load()"
    raise UsageError(f"the pose model {model.name} cannot be sent to the worker processes: {wrong}.")


def made_again(name: str, text: str) -> PoseModel:
    """The model of the words of `as_words`; importing its class may raise anything."""
    module, _, own = name.partition(":")
    given = messages.receive(BytesIO(base64.b64decode(text)))
    model: PoseModel = getattr(importlib.import_module(module), own)(**given)
    return model

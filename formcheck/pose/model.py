"""What a pose model is: pictures in, named keypoints out, a name, the hash of its weights, and how far it is off."""

from __future__ import annotations

import re
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import UsageError
from formcheck.pose.calibration import Calibration
from formcheck.pose.detection import Detection

#: People that a detector is asked for in a picture at most.
MOST_PEOPLE = 4
#: What a model may be called: it is typed after --model, and kept with its results.
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"


class Detector(Protocol):
    """A loaded model, in a worker process; one process never asks it for two pictures at once."""

    def detect(self, picture: NDArray[np.uint8], people: int, outline: bool) -> list[Detection]:
        """Find up to `people` persons in a (height, width, 3) RGB picture, each found afresh; see `Detection.named`.

        Points are in pixels of the picture. `outline`: it is wanted, by models that have one. Lying people are shown turned
        upright where the model finds them better so: what it is given may be turned by quarter turns.
        """
        ...


class PoseModel(Protocol):
    """A pose model that can be used, not yet loaded.

    It is sent to worker processes, which load it: so it must be a dataclass of a module that can be imported there, with plain
    fields (texts, numbers, paths), and what is large is loaded in `load` only.
    """

    @property
    def name(self) -> str:
        """What the user calls it, and what results say that they were made with."""
        ...

    @property
    def sha256(self) -> str:
        """Hash of the weights: tracks that others made are not used again."""
        ...

    @property
    def calibration(self) -> Calibration:
        """How far its points are off, and where the centres of the joints lie from them."""
        ...

    def load(self) -> Detector:
        """Load it, in a worker process, once."""
        ...


def checked_model(model: object, origin: str) -> PoseModel:
    """A model that has everything of `PoseModel`; `origin` says whose it is.

    Raises:
        UsageError: something is missing or of the wrong kind.
    """
    name, sha256 = getattr(model, "name", None), getattr(model, "sha256", None)
    wrong = ""
    if not isinstance(name, str) or not re.fullmatch(_NAME, name):
        wrong = f"its name is {name!r}, expected letters, digits, dots, dashes and underscores"
    elif not isinstance(sha256, str) or not sha256:
        wrong = f"its sha256 is {sha256!r}, expected the hash of its weights as text"
    elif not isinstance(getattr(model, "calibration", None), Calibration):
        wrong = "it has no calibration, expected a formcheck.pose.Calibration (UNKNOWN where nothing was measured)"
    elif not callable(getattr(model, "load", None)):
        wrong = "it has no load(), expected one that gives a detector"
    if wrong:
        raise UsageError(f"the pose model of {origin} cannot be used: {wrong}.")
    return model  # type: ignore[return-value]  # it has just been looked at

"""A second look with a margin around the picture, for lifters whose head is outside of it.

Person detectors begin with the head. A lifter whose head leaves the picture (standing up from a deadlift close to the
camera) is not found, although hips, knees and feet are plain to see; with a grey margin, in which the head could be, is.
Tried on pictures of labelled clips in which nobody was found: of 52 with the head outside (two clips) the lifter was found in
51, and the skeleton lay on the body; of 89 with the lifter behind a large plate in 7.
"""

from __future__ import annotations

import base64
import contextlib
import importlib
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import PoseModelError, UsageError
from formcheck.options import MODEL
from formcheck.pose.detection import Detection
from formcheck.pose.geometry import trunk_length
from formcheck.pose.model import PoseModel
from formcheck.pose.skeleton import SIDES, joint
from formcheck.runtime import messages
from formcheck.runtime.messages import worker_task
from formcheck.runtime.workers import Parent, worker_command

if TYPE_CHECKING:
    from formcheck.pose.model import Detector

Picture = NDArray[np.uint8]

#: Width of the margin, share of the picture's longer side: room for a head. With a third or a sixth it was 49 of the 52.
MARGIN = 1 / 4
GREY = 127


def look_with_margin(picture: Picture, look: Callable[[Picture], list[Detection]]) -> list[Detection]:
    """Who is found in a (H, W, 3) picture, or where nobody is, with a margin around it; in pixels of the picture.

    Points may lie outside the picture, where they are guesses; the outline ends at its edge.
    """
    found = look(picture)
    if found:
        return found
    height, width = picture.shape[:2]
    margin = round(MARGIN * max(height, width))
    wider = np.full((height + 2 * margin, width + 2 * margin, 3), GREY, dtype=np.uint8)
    wider[margin:-margin, margin:-margin] = picture
    return [_without_margin(detection, margin, width, height) for detection in look(wider)]


def _without_margin(detection: Detection, margin: int, width: int, height: int) -> Detection:
    edge = np.array([width, height], dtype=np.float32)
    return replace(
        detection,
        points=detection.points - margin,
        outline=tuple(np.clip(curve - np.float32(margin), 0, edge) for curve in detection.outline),
    )


# Fewer pictures where little happens: every second one is looked at, and those between where the lifter moves quickly.

Sampled = TypeVar("Sampled")

#: Pictures looked at in a second where the lifter moves quickly; elsewhere half as many.
DENSE_HZ = 15.0
#: A lifter of whom two or more of the watched joints go faster than this (trunk lengths a second) moves quickly.
#: On labelled clips 70 % of the samples are left; the angles' errors on rendered ones stay the same to 0.1 degrees, those of
#: the repetitions' times grow from 0.05-0.06 s by 5 to 10 ms, and as many repetitions are counted right.
QUICK = 1.5
WATCHED = tuple(joint(name, side) for name in ("shoulder", "hip", "knee", "ankle", "hand") for side in SIDES)
#: With fewer pictures than this in a row, or fewer a second, all are looked at.
FEWEST, SLOWEST_HZ = 4, 11.0


def look_adaptively(
    pictures: Sequence[Sampled], times: NDArray[np.float64], look: Callable[[Sampled], list[Detection]]
) -> list[list[Detection] | None]:
    """Look at pictures of one person that follow each other at `times` seconds; None for those that were left out.

    Every second picture is looked at; one between two of these is left out when the person is found in both and moves
    slowly, as well as before and after: a lift turns round in no time. One after the last pair goes by that pair.
    """
    if len(pictures) < FEWEST or float(np.median(np.diff(times))) > 1 / SLOWEST_HZ:
        return [look(picture) for picture in pictures]
    answers: list[list[Detection] | None] = [None] * len(pictures)
    for number in range(0, len(pictures), 2):
        answers[number] = look(pictures[number])
    sparse = answers[::2]
    seconds = np.diff(times[::2])
    found = [people[0].points for people in sparse if people]
    fastest = QUICK * trunk_length(np.array(found)) if found else 0.0
    quick = np.array(
        [not a or not b or not _speed(a[0], b[0], s) <= fastest for a, b, s in zip(sparse, sparse[1:], seconds, strict=False)]
    )
    padded = np.pad(quick, 1)
    around = padded[:-2] | quick | padded[2:]
    for number in range(1, len(pictures), 2):
        if around[min(number // 2, len(around) - 1)]:
            answers[number] = look(pictures[number])
    return answers


def _speed(before: Detection, after: Detection, seconds: float) -> float:
    """Speed of the second fastest joint, pixels a second: a single one may be mistaken. Infinite where too few are known."""
    moved = np.linalg.norm(after.points[list(WATCHED)] - before.points[list(WATCHED)], axis=1)
    moved = np.sort(moved[np.isfinite(moved)])
    return float(moved[-2]) / max(seconds, 1e-6) if len(moved) > 1 else float("inf")


def merged_repeats(repeated: NDArray[np.bool_], kept: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the kept samples show what the kept one before showed: all that were left out between did too."""
    changes = np.cumsum(~repeated)
    return np.concatenate([[False], np.diff(changes[kept]) == 0])[: len(kept)]


# How a pose model reaches worker processes: as the name of its class, and its fields as text (see `messages`).

#: Most characters of a model's fields: they stand on a command line, and what is large belongs to `load`.
MOST_TEXT = 8_000


def to_args(model: PoseModel) -> tuple[str, str]:
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


def from_args(name: str, text: str) -> PoseModel:
    """The model of the words of `to_args`; importing its class may raise anything."""
    module, _, own = name.partition(":")
    given = messages.receive(BytesIO(base64.b64decode(text)))
    model: PoseModel = getattr(importlib.import_module(module), own)(**given)
    return model


# A pose worker process: does one task after the other.

#: Environment of the workers. Linux's allocator keeps what large blocks were cut from; told this, it gives the weights of a
#: graph that was let go back (70 MB a worker; no other system reads it).
ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": str(1 << 20)}
#: The words for the pose model, which is made from them when it is first needed.
_model = ("", "")
_loaded: Detector | None = None


def command(model: str, fields: str) -> list[str]:
    """The command line of a worker process that uses a model, given as its `to_args`."""
    return worker_command(__name__, model, fields)


def main() -> None:
    """Answer tasks until the parent closes the pipe or dies."""
    global _model
    parent = Parent()
    _model = (parent.words[0], parent.words[1])
    import cv2

    cv2.setNumThreads(1)  # one worker, one core: the pool has as many workers as there are cores
    while True:
        parent.send(_answer(*parent.next_task()))


@worker_task
def warm() -> None:
    """Load the model, in a worker process.

    Raises:
        PoseModelError: it cannot be loaded.
    """
    _detector()


def _detector() -> Detector:
    global _loaded
    if _loaded is None:

        try:
            _loaded = from_args(*_model).load()
        except Exception as error:  # whatever a model of somebody's does wrong
            raise _model_error("be loaded in a worker process", error) from None
    return _loaded


def _model_error(task: str, error: Exception) -> PoseModelError:
    """The sentence for what the model's own code raised at a task."""
    said = " ".join(str(error).split()) or "no reason given"
    return PoseModelError(
        f"the pose model cannot {task} ({type(error).__name__}: {said}); use another {MODEL} or mend this one.", MODEL
    )


@worker_task
def detect(picture: NDArray[np.uint8], turns: int, people: int, outline: bool) -> list[Detection]:
    """Find people in a picture, in a worker process; the model sees it turned by `turns` x 90 degrees.

    Raises:
        PoseModelError: the model cannot look at it, or gives something else.
    """
    import numpy as np

    from formcheck.pose.detection import checked_detections, unturned

    detector = _detector()
    turned = np.ascontiguousarray(np.rot90(picture, k=turns))
    try:
        found = look_with_margin(turned, lambda shown: checked_detections(detector.detect(shown, people, outline)))
    except Exception as error:
        raise _model_error("look at a picture", error) from None
    size = (float(picture.shape[1]), float(picture.shape[0]))
    return [unturned(detection, turns, size) for detection in found]


@worker_task
def look_through(
    pictures: list[NDArray[np.uint8]], times: NDArray[np.float64], turns: int, people: int, adaptive: bool
) -> list[list[Detection] | None]:
    """Find people in pictures that follow each other, in a worker process; `adaptive` leaves some out (None)."""
    if not adaptive or people > 1:
        return [detect(picture, turns, people, True) for picture in pictures]

    return look_adaptively(pictures, times, lambda picture: detect(picture, turns, people, True))


def _answer(name: str, arguments: tuple[Any, ...]) -> list[Any]:
    """The message that answers a task: whether it ended well, and its value or its error."""
    try:
        return messages.packed((True, messages.task_named(name)(*arguments)))
    except Exception as error:  # handed to the caller, whatever it is
        return messages.packed((False, _fit_to_send(error)))


def _fit_to_send(error: Exception) -> Exception:
    """The error, or for one of another package the nearest that the caller knows: OSError stays OSError."""
    for kind in type(error).__mro__:
        if kind is type(error):
            likeness: Exception = error
        elif kind is OSError and isinstance(error, OSError) and error.errno is not None:
            likeness = OSError(error.errno, str(error.strerror or error))
        elif kind is Exception:
            break
        else:
            likeness = kind(f"{type(error).__name__}: {error}")
        with contextlib.suppress(Exception):
            if type(messages.unpacked(messages.packed(likeness))) is kind:
                return likeness
    return RuntimeError(f"{type(error).__name__}: {error}")

"""A pose worker process: detection with a margin, adaptive sampling, and the tasks that workers run.

Person detectors look for the head, and miss a lifter whose head is outside the picture. With a grey margin around the picture
such a lifter was found in 51 of 52 pictures of labelled clips, and in 7 of 89 behind a large plate.
"""

from __future__ import annotations

import base64
import contextlib
import importlib
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import PoseModelError, UsageError
from formcheck.options import MODEL
from formcheck.pose.detection import Detection, unturned
from formcheck.pose.geometry import SEGMENTS, known_median, segment_lengths, trunk_length
from formcheck.pose.model import PoseModel
from formcheck.pose.skeleton import SIDES, joint
from formcheck.runtime import messages
from formcheck.runtime.messages import worker_task
from formcheck.runtime.workers import Parent, worker_command

if TYPE_CHECKING:
    from formcheck.pose.model import Detector

Picture = NDArray[np.uint8]

#: Width of the margin, share of the picture's longer side. With a third or a sixth, 49 of the 52 were found.
MARGIN = 1 / 4
GREY = 127
#: Quarter turns by which a picture is rotated further if nobody is found in it: so lifters behind plates are found.
RETRY_TURNS = (1, 3)
#: Whoever is found so has segments like those in the other pictures of the run, within this factor (if so many are known).
#: Poses that the model made up behind a plate in a labelled clip differed by factors of 2.8 to 13.
OTHER_LENGTH, FEWEST_KNOWN = 1.5, 3


def detect_with_margin(picture: Picture, detect_one: Callable[[Picture], list[Detection]]) -> list[Detection]:
    """Detect people in a (H, W, 3) picture, and if there are none, with a margin around it; in pixels of the picture.

    Points outside the picture are guesses; the outline ends at its edge.
    """
    found = detect_one(picture)
    if found:
        return found
    height, width = picture.shape[:2]
    margin = round(MARGIN * max(height, width))
    wider = np.full((height + 2 * margin, width + 2 * margin, 3), GREY, dtype=np.uint8)
    wider[margin:-margin, margin:-margin] = picture
    return [_without_margin(detection, margin, width, height) for detection in detect_one(wider)]


def detect_turned(
    picture: Picture, turns: int, detect_one: Callable[[Picture], list[Detection]]
) -> list[Detection]:
    """Detect people in a picture rotated by `turns` quarter turns, with a margin if need be; in pixels of the picture."""
    size = (float(picture.shape[1]), float(picture.shape[0]))
    found = detect_with_margin(np.ascontiguousarray(np.rot90(picture, k=turns)), detect_one)
    return [unturned(detection, turns % 4, size) for detection in found]


def retry_rotated(
    pictures: Sequence[Sampled],
    answers: Sequence[list[Detection] | None],
    detect_rotated: Callable[[Sampled, int], list[Detection]],
) -> list[list[Detection] | None]:
    """Look again at the pictures of a run in which nobody was found, rotated by each of `RETRY_TURNS` more quarter turns.

    Whoever is found must have about the segment lengths of the person in the other pictures: of what a plate hides nearly
    all, the model makes up the rest.
    """
    known = [people[0].points for people in answers if people]
    usual = known_median(segment_lengths(np.array(known))) if len(known) >= FEWEST_KNOWN else np.full(len(SEGMENTS), np.nan)
    filled = list(answers)
    for number, people in enumerate(answers):
        if people == []:
            tries = (detect_rotated(pictures[number], more) for more in RETRY_TURNS)
            filled[number] = next((found for found in tries if found and _alike(found[0], usual)), [])
    return filled


def _alike(detection: Detection, usual: NDArray[np.float64]) -> bool:
    own = segment_lengths(detection.points[None])[0]
    return not (np.maximum(own, usual) > OTHER_LENGTH * np.minimum(own, usual)).any()


def _without_margin(detection: Detection, margin: int, width: int, height: int) -> Detection:
    edge = np.array([width, height], dtype=np.float32)
    return replace(
        detection,
        points=detection.points - margin,
        outline=tuple(np.clip(curve - np.float32(margin), 0, edge) for curve in detection.outline),
    )


# Adaptive sampling: every second picture, and those between only where the lifter moves quickly.

Sampled = TypeVar("Sampled")

#: Pictures a second during quick movement; otherwise half as many.
DENSE_HZ = 15.0
#: Movement is quick if at least two joints are faster than this (trunk lengths a second). On labelled clips 70 % of the
#: samples remain; on rendered ones angle errors change by less than 0.1 degrees, errors of rep times of 0.05-0.06 s grow by 5
#: to 10 ms, and as many reps are counted right.
QUICK = 1.5
WATCHED = tuple(joint(name, side) for name in ("shoulder", "hip", "knee", "ankle", "hand") for side in SIDES)
#: Fewest consecutive pictures, and lowest rate, for adaptive sampling.
FEWEST, SLOWEST_HZ = 4, 11.0


def detect_adaptively(
    pictures: Sequence[Sampled], times: NDArray[np.float64], detect_one: Callable[[Sampled], list[Detection]]
) -> list[list[Detection] | None]:
    """Detect one person in consecutive pictures at `times` seconds; None for skipped ones.

    A picture is skipped if the person is found in both neighbours and moves slowly there and in the pairs before and after. A
    trailing picture follows the last pair's decision.
    """
    if len(pictures) < FEWEST or float(np.median(np.diff(times))) > 1 / SLOWEST_HZ:
        return [detect_one(picture) for picture in pictures]
    answers: list[list[Detection] | None] = [None] * len(pictures)
    for number in range(0, len(pictures), 2):
        answers[number] = detect_one(pictures[number])
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
            answers[number] = detect_one(pictures[number])
    return answers


def _speed(before: Detection, after: Detection, seconds: float) -> float:
    """Speed of the second fastest joint (the fastest may be wrong), pixels a second; infinite if unknown."""
    moved = np.linalg.norm(after.points[list(WATCHED)] - before.points[list(WATCHED)], axis=1)
    moved = np.sort(moved[np.isfinite(moved)])
    return float(moved[-2]) / max(seconds, 1e-6) if len(moved) > 1 else float("inf")


def merged_repeats(repeated: NDArray[np.bool_], kept: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which kept samples repeat the previous kept one: all samples between them are repeats."""
    changes = np.cumsum(~repeated)
    return np.concatenate([[False], np.diff(changes[kept]) == 0])[: len(kept)]


# Sending a pose model to worker processes: the name of its class, and its fields as text (see `messages`).

#: Most characters of a model's fields, which are part of a command line.
MOST_TEXT = 8_000


def to_args(model: PoseModel) -> tuple[str, str]:
    """The model as two command line arguments; `from_args` is the inverse.

    Raises:
        UsageError: the model cannot be represented like this.
    """
    kind: Any = type(model)
    owner, own = kind.__module__, kind.__qualname__
    name = f"{owner}:{own}"
    wrong = ""
    if owner == "__main__":
        wrong = f"its class {kind.__name__} belongs to the script or notebook itself; put it into a module and import it"
    elif not is_dataclass(kind) or "." in own:
        wrong = f"its class {kind.__name__} is not a dataclass of a module; make it one, loading what is large in load()"
    if not wrong:
        try:
            given = {field.name: getattr(model, field.name) for field in fields(kind) if field.init}
            text = base64.b64encode(b"".join(map(bytes, messages.packed(given)))).decode("ascii")
        except (TypeError, ValueError) as error:
            wrong = f"its fields must be strings, numbers, paths, or lists and tables of them ({error})"
        else:
            if len(text) <= MOST_TEXT:
                return name, text
            wrong = "its fields are too large; load what is large in load()"
    raise UsageError(f"the pose model {model.name} cannot be sent to the worker processes: {wrong}.")


def from_args(name: str, text: str) -> PoseModel:
    """The model from the result of `to_args`; importing its class may raise anything."""
    module, _, own = name.partition(":")
    given = messages.receive(BytesIO(base64.b64decode(text)))
    model: PoseModel = getattr(importlib.import_module(module), own)(**given)
    return model


# The worker process.

#: Environment of the workers: makes glibc return the memory of a closed graph to the system (70 MB a worker).
ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": str(1 << 20)}
#: The pose model as the result of `to_args`.
_model = ("", "")
_loaded: Detector | None = None


def command(model: str, fields: str) -> list[str]:
    """Command line of a worker process for a model, given as the result of `to_args`."""
    return worker_command(__name__, model, fields)


def main() -> None:
    """Run tasks until the parent closes the pipe or dies."""
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
        except Exception as error:  # third-party code may raise anything
            raise _model_error("be loaded in a worker process", error) from None
    return _loaded


@cache
def _reads_back() -> bool:
    return from_args(*_model).calibration.reads_back


def _model_error(task: str, error: Exception) -> PoseModelError:
    """The error for an exception in the model's own code."""
    said = " ".join(str(error).split()) or "no reason given"
    return PoseModelError(
        f"the pose model cannot {task} ({type(error).__name__}: {said}); use another {MODEL} or mend this one.", MODEL
    )


@worker_task
def detect(picture: NDArray[np.uint8], turns: int, people: int, outline: bool) -> list[Detection]:
    """Find people in a picture, in a worker process; the model gets it rotated by `turns` quarter turns.

    Raises:
        PoseModelError: the model raised an error or returned something else.
    """
    from formcheck.pose.back import with_back
    from formcheck.pose.detection import checked_detections
    from formcheck.pose.people import clothes_of

    detector = _detector()
    try:
        found = detect_turned(picture, turns, lambda shown: checked_detections(detector.detect(shown, people, outline)))
    except Exception as error:
        raise _model_error("look at a picture", error) from None
    found = [replace(detection, clothes=clothes_of(picture, detection.points)) for detection in found]
    # In the picture as it is: in a rotated one nobody who lies would seem to.
    if not outline or not _reads_back():
        return found
    return [with_back(picture, detection, rotated=turns % 4 != 0) for detection in found]


@worker_task
def detect_in_run(
    pictures: list[NDArray[np.uint8]], times: NDArray[np.float64], turns: int, people: int, adaptive: bool
) -> list[list[Detection] | None]:
    """Find people in consecutive pictures, in a worker process; `adaptive` skips some (None)."""
    found: list[list[Detection] | None]
    if not adaptive or people > 1:
        found = [detect(picture, turns, people, True) for picture in pictures]
    else:
        found = detect_adaptively(pictures, times, lambda picture: detect(picture, turns, people, True))
    return retry_rotated(pictures, found, lambda picture, more: detect(picture, turns + more, people, True))


def _answer(name: str, arguments: tuple[Any, ...]) -> list[Any]:
    """The answer to a task: whether it succeeded, and its value or error."""
    try:
        return messages.packed((True, messages.task_named(name)(*arguments)))
    except Exception as error:  # passed on to the caller
        return messages.packed((False, _fit_to_send(error)))


def _fit_to_send(error: Exception) -> Exception:
    """The error, or for one that cannot be sent, its nearest base class that can."""
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

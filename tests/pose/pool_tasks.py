"""Work for the processes of a pool that needs no pose model; `messages.PACKAGES` must name this module."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

import numpy as np

from formcheck.errors import ClipError
from formcheck.pose.blazepose.bundle import BlazePose
from formcheck.pose.pool import PosePool
from formcheck.runtime import messages
from formcheck.runtime.messages import worker_task

NO_MODEL = BlazePose("none", "", Path("none.task"))
PACKAGES = ("formcheck", "pool_tasks")


@worker_task
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)


@worker_task
def number_in(picture, turns, people, outline):
    """Stands in for the pose model: answers with the picture's number; the deadly ones die, some of them only once."""
    number = int(picture[0, 0, 0])
    once = Path(os.environ["FORMCHECK_TEST_DEATHS"]) / str(number)
    if number in (5, 6) and not once.exists():
        once.touch()
        die()
    if number == 13:
        die()
    return [number]


@worker_task
def refuse():
    raise ClipError("no.")


@worker_task
def sleep(seconds):
    time.sleep(seconds)


@worker_task
def compute_for_ever():
    while True:
        np.linalg.svd(np.ones((50, 50)))


@worker_task
def process_number():
    return os.getpid()


@worker_task
def raised(kind, *arguments):
    """Raise an error that the caller's process may not know."""
    raise {"disk": OSError, "memory": MemoryError, "foreign": socket.gaierror, "odd": _OddError}[kind](*arguments)


@worker_task
def unspeakable():
    return object()


class _OddError(Exception):
    def __init__(self, a, b):
        super().__init__(f"{a} and {b}")


def parent(work: str, forks: bool = False) -> None:
    """A program with two busy workers, which prints their numbers and never ends by itself; `forks`: nor does its copy, whose
    number is printed last."""
    messages.PACKAGES = PACKAGES
    pool = PosePool(NO_MODEL, 2)
    meeting = [pool.submit(sleep, 0.5) for _ in range(2)]  # both are started, and each has a number to give
    for answer in meeting:
        answer.result()
    numbers = {pool.submit(process_number).result() for _ in range(2)}
    while len(numbers) < 2:
        both = [pool.submit(process_number), pool.submit(process_number)]
        numbers |= {answer.result() for answer in both}
    copy = os.fork() if forks else None
    if copy == 0:
        time.sleep(60)
    print(*numbers, *([copy] if forks else []), flush=True)
    for answer in [pool.submit(globals()[work], *([60] if work == "sleep" else [])) for _ in range(2)]:
        answer.result()

"""The pool's promises, with made-up work in place of the pose model."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from formcheck.errors import ClipError, PoseCrashError, StoppedError
from formcheck.pose import PosePool
from formcheck.pose import worker as worker_module
from formcheck.pose.blazepose.bundle import BlazePose
from formcheck.pose.pool import PoseJob, WorkerDiedError

NO_MODEL = BlazePose("none", "", Path("none.task"))


@pytest.fixture
def pool():
    with PosePool(NO_MODEL, workers=2) as pool:
        yield pool


def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def number_in(picture, turns, people, outline):
    """Stands in for the pose model: answers with the picture's number; "turns" is a file that says who has died."""
    number = int(picture[0, 0, 0])
    once = Path(os.environ["FORMCHECK_TEST_DEATHS"]) / str(number)
    if number in (5, 6) and not once.exists():
        once.touch()
        die()
    if number == 13:
        die()
    return [number]


def refuse():
    raise ClipError("no.")


def jobs(numbers):
    return (PoseJob(n, np.full((2, 2, 3), n, dtype=np.uint8)) for n in numbers)


@pytest.fixture
def _made_up_model(monkeypatch, tmp_path):
    monkeypatch.setenv("FORMCHECK_TEST_DEATHS", str(tmp_path))
    monkeypatch.setattr(worker_module, "detect", number_in)


@pytest.mark.usefixtures("_made_up_model")
def test_answers_come_in_order_for_two_clips_at_once_though_a_worker_dies(pool):
    answers = {}

    def clip(name, numbers):
        answers[name] = [(tag, found[0]) for tag, found in pool.map(jobs(numbers))]

    threads = [threading.Thread(target=clip, args=(name, n)) for name, n in (("a", range(6)), ("b", range(20, 40)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == {"a": [(n, n) for n in range(6)], "b": [(n, n) for n in range(20, 40)]}


@pytest.mark.usefixtures("_made_up_model")
def test_a_clip_that_kills_two_workers_is_given_up_and_the_pool_goes_on(pool):
    with pytest.raises(PoseCrashError, match="twice"):
        list(pool.map(jobs([1, 13, 2])))
    with pytest.raises(PoseCrashError, match="twice"):
        list(pool.map(jobs([5, 6])))
    assert [tag for tag, _ in pool.map(jobs([1, 2]))] == [1, 2]


def test_errors_and_deaths_reach_the_caller(pool):
    with pytest.raises(ClipError, match="no"):
        pool.submit(refuse).result(30)
    with pytest.raises(WorkerDiedError):
        pool.submit(die).result(30)
    with pytest.raises(WorkerDiedError):
        pool.submit(time.sleep, 60, limit_s=0.2).result(30)
    assert pool.submit(pow, 2, 3).result(30) == 8


def test_closing_ends_running_and_waiting_work_within_seconds():
    pool = PosePool(NO_MODEL, workers=1)
    running, waiting = pool.submit(time.sleep, 60), pool.submit(time.sleep, 60)
    time.sleep(0.3)
    began = time.monotonic()
    pool.close()
    for future in (running, waiting):
        with pytest.raises(StoppedError):
            future.result(5)
    assert time.monotonic() - began < 3
    with pytest.raises(StoppedError):
        pool.submit(pow, 2, 3)


@pytest.mark.skipif(sys.platform == "win32", reason="looks at process numbers the POSIX way")
def test_a_busy_worker_dies_with_a_killed_parent(tmp_path):
    script = (
        "import os, sys, time; from pathlib import Path\n"
        "from formcheck.pose import PosePool; from formcheck.pose.blazepose.bundle import BlazePose\n"
        "pool = PosePool(BlazePose('none', '', Path('none.task')), 1)\n"
        "print(pool.submit(os.getpid).result(), flush=True)\n"
        "pool.submit(time.sleep, 60).result()\n"
    )
    paths = os.pathsep.join(entry for entry in sys.path if entry)
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": paths}
    )
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    for _ in range(50):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        state = Path(f"/proc/{child}/stat")
        if state.exists() and state.read_text().split()[2] == "Z":  # dead; a container without init keeps its number
            return
        time.sleep(0.1)
    pytest.fail("the worker outlived its parent")

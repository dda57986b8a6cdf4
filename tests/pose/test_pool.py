"""The worker pool, with stand-in tasks instead of the pose model."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from pool_tasks import NO_MODEL, PACKAGES, die, number_in, process_number, raised, refuse, sleep, unspeakable

from formcheck.errors import ClipError, PoseCrashError, StoppedError
from formcheck.pose import worker as worker_module
from formcheck.pose.pool import PoseJob, PosePool
from formcheck.runtime import messages
from formcheck.runtime.workers import WorkerDiedError
from processes import alive


@pytest.fixture(autouse=True)
def _made_up_work(monkeypatch):
    monkeypatch.setattr(messages, "PACKAGES", PACKAGES)


@pytest.fixture
def pool():
    with PosePool(NO_MODEL, workers=2) as pool:
        yield pool


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
def test_a_clip_that_kills_two_workers_fails_and_the_pool_survives(pool):
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
        pool.submit(sleep, 60, limit_s=0.2).result(30)
    assert pool.submit(process_number).result(30) != os.getpid()


def test_errors_of_other_packages_come_as_their_like_of_python(pool):
    disk = pool.submit(raised, "foreign", errno.ENOSPC, "full").exception(30)
    assert type(disk) is OSError
    assert disk.errno == errno.ENOSPC
    assert type(pool.submit(raised, "memory").exception(30)) is MemoryError
    odd = pool.submit(raised, "odd", "a", "b").exception(30)
    assert type(odd) is RuntimeError
    assert str(odd) == "_OddError: a and b"


def test_what_no_message_can_carry_is_an_error_and_not_a_death(pool):
    with pytest.raises(TypeError, match="cannot carry"):
        pool.submit(sleep, object()).result(30)
    with pytest.raises(TypeError, match="cannot carry"):
        pool.submit(unspeakable).result(30)
    with pytest.raises(TypeError, match="no function for worker processes"):
        pool.submit(time.sleep, 0).result(30)
    assert pool.submit(process_number).result(30)


def test_closing_ends_running_and_waiting_work_within_seconds():
    pool = PosePool(NO_MODEL, workers=1)
    running, waiting = pool.submit(sleep, 60), pool.submit(sleep, 60)
    time.sleep(0.3)
    began = time.monotonic()
    pool.close()
    for future in (running, waiting):
        with pytest.raises(StoppedError):
            future.result(5)
    assert time.monotonic() - began < 3
    with pytest.raises(StoppedError):
        pool.submit(process_number)


@pytest.mark.skipif(sys.platform == "win32", reason="looks at process numbers the POSIX way")
@pytest.mark.parametrize(("work", "forks"), [("sleep", False), ("compute_for_ever", False), ("sleep", True)])
def test_busy_workers_die_with_a_killed_parent(work, forks):
    """Even when a copy of it lives on, made by `fork` with all its pipes."""
    paths = os.pathsep.join(entry for entry in sys.path if entry)
    parent = subprocess.Popen(
        [sys.executable, "-c", f"import pool_tasks; pool_tasks.parent({work!r}, {forks})"],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    workers = [int(number) for number in parent.stdout.readline().split()]
    copies = [workers.pop()] if forks else []
    try:
        assert len(workers) == 2
        time.sleep(0.3)
        assert all(alive(number) for number in workers)
        parent.kill()
        parent.wait()
        until = time.monotonic() + 10
        while any(alive(number) for number in workers):
            assert time.monotonic() < until, "a worker outlived its parent"
            time.sleep(0.05)
        assert all(alive(number) for number in copies)
    finally:
        for number in copies:
            os.kill(number, signal.SIGKILL)

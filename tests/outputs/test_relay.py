from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from formcheck.outputs.overlay.render import Behind, ahead, with_next


def test_items_come_in_order_and_never_far_ahead() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for i in range(40):
            made.append(i)
            yield i

    for expected, item in enumerate(ahead(items(), room=2)):
        assert item == expected
        assert len(made) <= item + 5
    assert len(made) == 40


def test_what_goes_wrong_in_the_other_thread_is_raised_here() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    got = ahead(items())
    assert next(got) == 1
    with pytest.raises(ValueError, match="broken"):
        next(got)


def test_a_thread_ends_with_the_iterator() -> None:
    before = threading.active_count()
    with closing(ahead(iter(range(1000)))) as items:
        assert next(items) == 0
    assert threading.active_count() == before


def test_work_is_done_in_order_and_all_of_it() -> None:
    done: list[int] = []
    with Behind(done.append) as behind:
        for i in range(50):
            behind.put(i)
    assert done == list(range(50))


def test_an_error_in_the_work_ends_the_caller() -> None:
    def work(item: int) -> None:
        if item == 3:
            raise OSError("disk full")

    def feed() -> None:
        with Behind(work) as behind:
            for i in range(1000):
                behind.put(i)

    with pytest.raises(OSError, match="disk full"):
        feed()


def test_after_an_error_in_the_caller_waiting_work_is_left_out() -> None:
    done: list[int] = []
    hold = threading.Event()

    def work(item: int) -> None:
        hold.wait(5)
        done.append(item)

    def feed() -> None:
        with Behind(work) as behind:
            for i in range(3):
                behind.put(i)
            threading.Timer(0.05, hold.set).start()
            raise KeyError

    with pytest.raises(KeyError):
        feed()
    assert len(done) <= 1


def test_each_item_with_the_one_after_it() -> None:
    assert list(with_next([1, 2, 3])) == [(1, 2), (2, 3), (3, None)]
    assert list(with_next([])) == []

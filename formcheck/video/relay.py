"""A pipeline of threads: reading, painting and encoding overlap.

Decoding, scaling and encoding release Python's lock, so they run in parallel on several cores.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")

#: Queue length: enough to even out slow frames at little memory.
ROOM = 3


def ahead(items: Iterable[T], room: int = ROOM) -> Generator[T, None, None]:
    """The items, prefetched by a thread, whose errors are raised here.

    Close the iterator (`contextlib.closing`) when it is not exhausted: that ends the thread.
    """
    rest, end = iter(items), object()
    with ThreadPoolExecutor(1) as thread:
        waiting: deque[Future[T | object]] = deque(thread.submit(next, rest, end) for _ in range(room))
        try:
            while (item := waiting.popleft().result()) is not end:
                waiting.append(thread.submit(next, rest, end))
                yield item  # type: ignore[misc]
        finally:
            thread.shutdown(cancel_futures=True)


class Behind(Generic[T]):
    """A worker thread that handles items in order; use it as a context manager.

    Errors of that thread are raised by a later `put` or at the end. After an error in the caller, waiting items are dropped.
    """

    def __init__(self, work: Callable[[T], None], room: int = ROOM) -> None:
        self._work, self._room = work, room
        self._thread = ThreadPoolExecutor(1)
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> Behind[T]:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        try:
            while kind is None and self._waiting:
                self._waiting.popleft().result()
        finally:
            self._thread.shutdown(cancel_futures=True)

    def put(self, item: T) -> None:
        """Queue an item; blocks while the queue is full."""
        while len(self._waiting) > self._room:
            self._waiting.popleft().result()
        self._waiting.append(self._thread.submit(self._work, item))


def with_next(items: Iterable[T]) -> Iterator[tuple[T, T | None]]:
    """Each item with the one after it; None after the last."""
    before: T | None = None
    for item in items:
        if before is not None:
            yield before, item
        before = item
    if before is not None:
        yield before, None

"""A pipeline of threads with short queues: while one picture is painted, the next is read and the last one encoded.

Decoding, scaling and encoding release Python's lock, so they run in parallel on several cores.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from queue import Full, Queue
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")

#: Finished items waiting at most: enough to even out slow pictures at little memory.
ROOM = 3
#: How often a waiting thread checks whether it is still wanted, seconds.
_LOOK_S = 0.1


class _End:
    """Marks the end of the items; `error` is what ended the work early."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def ahead(items: Iterable[T], room: int = ROOM) -> Generator[T, None, None]:
    """The items, produced in a thread ahead of their use. Errors of that thread are raised here.

    Close the iterator (`contextlib.closing`) when it is not exhausted: that ends the thread.
    """
    waiting: Queue[T | _End] = Queue(room)
    unwanted = threading.Event()

    def passed_on(item: T | _End) -> bool:
        while not unwanted.is_set():
            try:
                waiting.put(item, timeout=_LOOK_S)
            except Full:
                continue
            return True
        return False

    def work() -> None:
        try:
            for item in items:
                if not passed_on(item):
                    return
        except BaseException as error:
            passed_on(_End(error))
        else:
            passed_on(_End())

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while True:
            item = waiting.get()
            if not isinstance(item, _End):
                yield item
            elif item.error is not None:
                raise item.error
            else:
                return
    finally:
        unwanted.set()
        thread.join()


class Behind(Generic[T]):
    """Handles items in order in a thread of its own; use it as a context manager.

    Errors of that thread are raised by the next `put` or at the end. After an error in the caller, waiting items are dropped.
    """

    def __init__(self, work: Callable[[T], None], room: int = ROOM) -> None:
        self._do = work
        self._waiting: Queue[T | _End] = Queue(room)
        self._error: BaseException | None = None
        self._unwanted = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Behind[T]:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._unwanted.set()
        self._waiting.put(_End())
        self._thread.join()
        if kind is None and self._error is not None:
            raise self._error

    def put(self, item: T) -> None:
        """Hand an item over; waits while too many are waiting."""
        if self._error is not None:
            raise self._error
        self._waiting.put(item)

    def _work(self) -> None:
        while True:
            item = self._waiting.get()
            if isinstance(item, _End):
                return
            if self._error is None and not self._unwanted.is_set():
                try:
                    self._do(item)
                except BaseException as error:
                    self._error = error


def with_next(items: Iterable[T]) -> Iterator[tuple[T, T | None]]:
    """Each item with the one after it; None after the last."""
    before: T | None = None
    for item in items:
        if before is not None:
            yield before, item
        before = item
    if before is not None:
        yield before, None

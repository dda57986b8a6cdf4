"""`Refused`: a request that is not done, with its status and the one sentence that says why."""

from __future__ import annotations

from typing import Any


class Refused(Exception):  # noqa: N818  # it is no error of ours
    """What the client gets instead of what it asked for.

    Args:
        status: of HTTP.
        sentence: what was expected, what was got, what to do.
        wait_s: seconds after which it may be asked again.
        more: further keys of the answer.
    """

    def __init__(self, status: int, sentence: str, wait_s: int | None = None, **more: Any) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.wait_s, self.more = status, sentence, wait_s, more


def not_there() -> Refused:
    """Nothing of that name, or nothing of yours: the two are not told apart."""
    return Refused(404, "There is nothing here under this address; it may have been deleted.")

"""`Session`: one live session of a camera and its page: pictures in, messages out, as fast as the computer manages."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from formcheck.apps.live.coach import LEAST_LOOKS_HZ, Coach, Said, as_data
from formcheck.apps.live.framing import Hint, hints
from formcheck.apps.live.look import Look, NoPictureError, look_at
from formcheck.apps.live.watcher import Watcher
from formcheck.errors import PoseCrashError
from formcheck.options import JudgingOptions
from formcheck.pose.people import Box
from formcheck.pose.pool import PICTURE_LIMIT_S, PosePool
from formcheck.runtime.workers import WorkerDiedError

#: The model of live looks.
LIVE_MODEL = "full"
#: Looks a second at most. The analysis takes 7.5 to 15.
MOST_LOOKS_HZ = 10.0
#: The set is counted this often at most, seconds.
STEP_EVERY_S = 0.25
#: Looks over which the rate is taken, seconds.
RATE_OVER_S = 4.0
#: The framing is right once nothing was to be changed for this long, seconds, and wrong as soon as something is.
READY_AFTER_S = 1.0

Message = dict[str, Any]


class Session:
    """One session. `look` and `step` may run in two threads, each in one at a time.

    Args:
        pool: with one worker, which nothing else uses.
        busy: why this computer may be slow, as a sentence; None if it does nothing else.
        clock: seconds.
    """

    def __init__(
        self, pool: PosePool, busy: Callable[[], str | None] = lambda: None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._pool, self._busy, self._clock = pool, busy, clock
        self._watcher = Watcher()
        self._coach: Coach | None = None
        self._last_s = float("-inf")
        self._looked: deque[tuple[float, float]] = deque()  # (when, how long it took)
        self._good_since: float | None = None
        self._framing: Message | None = None

    @property
    def in_set(self) -> bool:
        """Whether a set was begun."""
        return self._coach is not None

    def begin(self, options: JudgingOptions) -> None:
        """Begin to count, at the last look."""
        at_s = 0.0 if math.isinf(self._last_s) else self._last_s
        self._coach = Coach(self._pool.model, at_s, options)

    def look(self, jpeg: bytes, time_s: float, waited_s: float = 0.0) -> list[Message]:
        """Look at a picture, taken at `time_s` seconds on the camera's clock, which came `waited_s` seconds ago.

        Raises:
            NoPictureError: it is not a picture, or its time is not a number.
            PoseCrashError: the model's process died.
        """
        if not math.isfinite(time_s):
            raise NoPictureError("the time of a picture is not a number")
        if time_s <= self._last_s:
            return [_answer(time_s, dropped=True)]
        begun, coach = self._clock(), self._coach
        part = self._watcher.part(time_s, in_set=coach is not None)
        try:
            look: Look = self._pool.submit(look_at, jpeg, time_s, part, limit_s=PICTURE_LIMIT_S).result()
        except WorkerDiedError:
            raise PoseCrashError("the pose model's process died.") from None
        self._last_s = time_s
        seen = self._watcher.take(look)
        self._looked.append((self._clock(), self._clock() - begun + waited_s))
        while self._looked[-1][0] - self._looked[0][0] > RATE_OVER_S:
            self._looked.popleft()
        messages = [_answer(time_s, look, self._watcher.box)]
        if coach is not None:
            coach.add(seen, look.width, look.height)
            return messages
        return messages + self._framed(look.time_s)

    def step(self) -> list[Message]:
        """Count and judge what was seen, and return what there is to say."""
        coach = self._coach
        return [] if coach is None else [as_data(event) for event in coach.step(cues=not self._is_slow())]

    def finish(self) -> list[Message]:
        """What there is to say of the whole set, and then all that was said; nothing if none was begun."""
        coach, self._coach = self._coach, None
        if coach is None:
            return []
        events, said = coach.finish(cues=not self._is_slow())
        return [*(as_data(event) for event in events), said_data(said, self._pool.model.name)]

    def rate(self) -> Message:
        """How many looks a second there are, and how late they are."""
        per_s, slow = self._per_s(), self._is_slow()
        delay_s = sum(took for _, took in self._looked) / len(self._looked) if self._looked else 0.0
        text = None
        if slow:
            text = f"Only {per_s:.1f} looks a second: the count may come late, and no cue is given."
            text = f"{text} {self._busy() or ''}".rstrip()
        return {"type": "looks", "per_s": round(per_s, 1), "delay_s": round(delay_s, 2), "slow": slow, "text": text}

    def _per_s(self) -> float:
        if len(self._looked) < 2:
            return 0.0
        return (len(self._looked) - 1) / max(self._clock() - self._looked[0][0], 1e-3)

    def _is_slow(self) -> bool:
        return len(self._looked) >= 2 and self._per_s() < LEAST_LOOKS_HZ

    def _framed(self, now_s: float) -> list[Message]:
        """The framing, if it is another than the last one that was sent."""
        found = hints(self._watcher.recent, self._pool.model.calibration)
        self._good_since = None if found else now_s if self._good_since is None else self._good_since
        ready = self._good_since is not None and now_s - self._good_since >= READY_AFTER_S
        framing = framing_data([] if ready else found or [ALMOST], ready=ready)
        if framing == self._framing:
            return []
        self._framing = framing
        return [framing]


#: While everything is right, but only just.
ALMOST = Hint("steady", "Good: stay like this.")


def framing_data(found: list[Hint], *, ready: bool) -> Message:
    """The framing as a message."""
    return {
        "type": "framing", "ready": ready, "exercise": None, "exercise_label": None, "hints": [asdict(hint) for hint in found],
    }  # fmt: skip


def said_data(said: Said, model: str) -> Message:
    """What was said of a set, as a message."""
    return {
        "type": "said", "count": said.count, "exercise": said.exercise, "begun_s": round(said.begun_s, 3),
        "reps": [list(rep) for rep in said.reps], "cues": [{"rep": rep, "rule": rule} for rep, rule in said.cues],
        "model": model,
    }  # fmt: skip


def dropped(time_s: float) -> Message:
    """The answer to a picture that nobody looked at, because a newer one was there."""
    return _answer(time_s, dropped=True)


def _answer(time_s: float, look: Look | None = None, box: Box | None = None, *, dropped: bool = False) -> Message:
    shares = None
    if look is not None and box is not None:
        size = (look.width, look.height, look.width, look.height)
        edges = (box.left, box.top, box.right, box.bottom)
        shares = [round(min(1.0, max(0.0, edge / side)), 3) for edge, side in zip(edges, size, strict=True)]
    return {"type": "look", "at_s": time_s, "found": shares is not None, "dropped": dropped, "box": shares}

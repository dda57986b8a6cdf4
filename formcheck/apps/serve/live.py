"""The WebSocket of a live session: admitted like an upload, one at a time, bounded in time, rate and size.

The newest picture is looked at and older ones are dropped, so that what is said is never about long ago. Nothing is kept of a
session; the recording comes as an upload, with what was said.
"""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Callable, Iterable
from typing import Any

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from formcheck.apps.live.coach import tempo_of
from formcheck.apps.live.look import LARGEST_PX, MOST_BYTES, NoPictureError
from formcheck.apps.live.session import LIVE_MODEL, MOST_LOOKS_HZ, STEP_EVERY_S, Message, Session, dropped
from formcheck.apps.serve.http import Rate, Refused
from formcheck.apps.serve.pages import desk_of
from formcheck.apps.serve.sending import asked_of
from formcheck.apps.serve.state import Desk
from formcheck.errors import FormcheckError, UsageError
from formcheck.lifts.registry import exercises
from formcheck.options import JudgingOptions
from formcheck.pose.pool import PosePool
from formcheck.pose.registry import find_model

#: Longest session, and longest time without a picture, seconds.
LONGEST_S, SILENT_S = 15 * 60.0, 30.0
#: Pictures a second that a page may send; it should wait for answers, which come more slowly.
MOST_PICTURES_HZ = 30.0
#: Most pictures without an answer: one is looked at, one waits.
MOST_UNANSWERED = 2
#: Longest text message, bytes.
LONGEST_TEXT = 2_000
#: The rate of looks is told this often, seconds.
RATE_EVERY_S = 2.0
#: What a picture begins with: the camera's time in seconds.
_TIME = struct.Struct("<d")

#: Why a session is closed, as codes of the protocol.
WRONG, OVER, TAKEN, TOO_MANY, DIED = 4400, 4408, 4409, 4429, 4500


class _Closed(Exception):  # noqa: N818  # an answer, not a failure
    """The session ends, with a code and a sentence for the lifter."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


class Live:
    """The routes, with the one session that may run."""

    def __init__(self, pool: Callable[[], PosePool] | None = None) -> None:
        self._pool = pool or _warm_pool
        self._runs = False
        self._begun = Rate(burst=10, per_s=0.2)

    def routes(self) -> list[BaseRoute]:
        return [Route("/api/live", self.state, methods=["GET"]), WebSocketRoute("/live", self.live)]

    async def state(self, request: Request) -> Response:
        """Whether a session may begin, and what can be lifted in it."""
        text = IN_USE if self._runs else None
        known = [
            {
                "id": exercise.name, "label": exercise.title, "tempo": tempo_of(exercise.programme),
                "reps": None if exercise.programme is None else list(exercise.programme.reps),
            }
            for exercise in exercises() if exercise.kind_of is None
        ]  # fmt: skip
        return JSONResponse({"free": not self._runs, "text": text, "exercises": known})

    async def live(self, socket: WebSocket) -> None:
        """One session, from the handshake to the end."""
        desk = desk_of(socket)
        device = socket.scope["device"]
        await socket.accept()
        try:
            if not self._begun.allows(device.id):
                raise _Closed(TOO_MANY, f"Too many sessions were begun; try again in {self._begun.wait_s(device.id)} seconds.")
            if self._runs:
                raise _Closed(TAKEN, IN_USE)
            self._runs = True
            try:
                pool = await anyio.to_thread.run_sync(self._pool)
                try:
                    await _Conversation(socket, Session(pool, lambda: _busy(desk))).hold()
                finally:
                    with anyio.CancelScope(shield=True):
                        await anyio.to_thread.run_sync(pool.close)
            finally:
                self._runs = False
        except _Closed as closed:
            await _close(socket, closed)
        except WebSocketDisconnect:
            pass
        except Exception as error:  # one session, not the server
            desk.said(f"a live session failed ({type(error).__name__}: {error}).")
            await _close(socket, _Closed(DIED, "The computer had to stop watching; its screen says why."))


def _warm_pool() -> PosePool:
    """A pool of one worker, which starts to load the model."""
    pool = PosePool(find_model(LIVE_MODEL), workers=1)
    pool.warm()
    return pool


IN_USE = "Somebody else is being watched right now; this computer watches one lifter at a time."


def _busy(desk: Desk) -> str | None:
    return None if desk.keeper.progress is None else "This computer analyses a clip beside this."


async def _close(socket: WebSocket, closed: _Closed) -> None:
    try:
        await socket.send_json({"type": "refused", "text": closed.sentence})
        await socket.close(closed.code)
    except (WebSocketDisconnect, RuntimeError):
        pass  # the page is gone already


class _Conversation:
    """The messages of one session, both ways."""

    def __init__(self, socket: WebSocket, session: Session) -> None:
        self._socket, self._session = socket, session
        self._sending, self._judging = anyio.Lock(), anyio.Lock()
        self._picture: tuple[bytes, float, float] | None = None  # JPEG, camera's time, when it came
        self._arrived, self._looked = anyio.Event(), anyio.Event()
        self._pictures = Rate(burst=MOST_PICTURES_HZ, per_s=MOST_PICTURES_HZ)
        self._ended = False

    async def hold(self) -> None:
        """Hold the conversation until the set is over or a bound is reached.

        Raises:
            _Closed: a bound was reached, or the page sent something else than expected.
            WebSocketDisconnect: the page is gone.
        """
        closed: _Closed | None = None
        await self._send([_hello()])
        try:
            with anyio.fail_after(LONGEST_S):
                async with anyio.create_task_group() as tasks:
                    for work in (self._look_on, self._count_on, self._tell_rate):
                        tasks.start_soon(work)
                    await self._receive_on()
                    tasks.cancel_scope.cancel()
        except TimeoutError:
            closed = _Closed(OVER, f"A session lasts {LONGEST_S / 60:.0f} minutes at most; begin another one.")
        except BaseExceptionGroup as several:
            closed = _first(several)
        async with self._judging:
            messages = await anyio.to_thread.run_sync(self._session.finish)
        await self._send(messages)
        if closed is not None:
            raise closed
        await self._socket.close(1000)

    async def _receive_on(self) -> None:
        """Receive until the page says that the set is over."""
        while not self._ended:
            try:
                with anyio.fail_after(SILENT_S):
                    message = await self._socket.receive()
            except TimeoutError:
                raise _Closed(OVER, f"No picture came for {SILENT_S:.0f} seconds.") from None
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message.get("code", 1000))
            if message.get("bytes") is not None:
                await self._take_picture(message["bytes"])
            else:
                self._take_word(message.get("text") or "")

    async def _take_picture(self, content: bytes) -> None:
        if not self._pictures.allows(""):
            raise _Closed(TOO_MANY, f"More than {MOST_PICTURES_HZ:.0f} frames a second came; wait for an answer to each.")
        if not _TIME.size < len(content) <= _TIME.size + MOST_BYTES:
            raise _Closed(WRONG, f"A picture has {MOST_BYTES // 1000} KB at most, after eight bytes of its time.")
        before, self._picture = self._picture, (content[_TIME.size :], _TIME.unpack_from(content)[0], time.monotonic())
        self._arrived.set()
        if before is not None:  # a newer one is there
            await self._send([dropped(before[1])])

    def _take_word(self, text: str) -> None:
        try:
            if len(text) > LONGEST_TEXT:
                raise ValueError
            said = json.loads(text)
            kind = said["type"]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise _Closed(WRONG, "Expected a picture, or begin or end as JSON.") from None
        if kind == "begin":
            self._session.begin(_judging(said))
        elif kind == "end":
            self._ended = True
        else:
            raise _Closed(WRONG, "Expected a picture, or begin or end as JSON.")

    async def _look_on(self) -> None:
        """Look at the newest picture, again and again."""
        while True:
            await self._arrived.wait()
            self._arrived = anyio.Event()
            if self._picture is None:
                continue
            (jpeg, time_s, came), self._picture = self._picture, None
            begun = time.monotonic()
            try:
                messages = await anyio.to_thread.run_sync(self._session.look, jpeg, time_s, begun - came)
            except NoPictureError as error:
                raise _Closed(WRONG, f"{str(error).rstrip('.')}.") from None
            except FormcheckError as error:
                raise _Closed(DIED, f"The computer had to stop watching: {error}") from None
            await self._send(messages)
            self._looked.set()
            await anyio.sleep(max(0.0, begun + 1 / MOST_LOOKS_HZ - time.monotonic()))

    async def _count_on(self) -> None:
        """Count and judge after new looks."""
        while True:
            await self._looked.wait()
            self._looked = anyio.Event()
            begun = time.monotonic()
            async with self._judging:
                messages = await anyio.to_thread.run_sync(self._session.step)
            await self._send(messages)
            await anyio.sleep(max(0.0, begun + STEP_EVERY_S - time.monotonic()))

    async def _tell_rate(self) -> None:
        while True:
            await anyio.sleep(RATE_EVERY_S)
            await self._send([self._session.rate()])

    async def _send(self, messages: Iterable[Message]) -> None:
        async with self._sending:
            for message in messages:
                await self._socket.send_json(message)


def _first(several: BaseExceptionGroup[BaseException]) -> _Closed:
    """Why the tasks ended.

    Raises:
        BaseException: another error than ours, the page's going among them.
    """
    error: BaseException = several
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, _Closed):
        return error
    raise error from None


def _hello() -> Message:
    return {
        "type": "hello", "largest_px": LARGEST_PX, "most_bytes": MOST_BYTES, "most_unanswered": MOST_UNANSWERED,
        "longest_s": LONGEST_S, "model": LIVE_MODEL,
    }  # fmt: skip


def _judging(said: dict[str, Any]) -> JudgingOptions:
    """Exercise and side, if the lifter named them.

    Raises:
        _Closed: one of them is none.
    """
    try:
        asked = asked_of({name: said.get(name) for name in ("exercise", "side")})
        named = {name: value for name, value in asked.as_data().items() if value is not None}
        return JudgingOptions(**named)
    except (Refused, UsageError) as error:
        raise _Closed(WRONG, str(error)) from None

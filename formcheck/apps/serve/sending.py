"""Uploads: validating what the client sends, and the routes."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from formcheck.apps.live.after import SaidLive
from formcheck.apps.serve.clips import Asked
from formcheck.apps.serve.http import Rate, Refused
from formcheck.apps.serve.pages import body_of, desk_of, device_of
from formcheck.apps.serve.settings import PIECE_BYTES
from formcheck.apps.serve.state import Desk
from formcheck.apps.serve.uploads import Upload
from formcheck.errors import UsageError
from formcheck.lifts.registry import exercise_named
from formcheck.options import LONGEST_WHO, OPTIONS, parse_who
from formcheck.units import MOST_KG
from formcheck.video.files import HEAD_BYTES

#: Longest name of a clip, characters.
LONGEST_NAME = 120
#: Longest name of an exercise, characters.
LONGEST_EXERCISE = 60
_SHA256 = re.compile(r"[0-9a-f]{64}")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


#: Allowed details of a set, and the error for others.
_EXPECTED = {
    "exercise": "Choose one of the exercises.",
    "load_kg": f"The load has to be a number of kilograms from 0 to {MOST_KG:.0f}.",
    "side": "The side has to be left or right.",
    "who": f"The name of the lifter has to be a text of at most {LONGEST_WHO} characters.",
}
ON_PHONE = tuple(option for option in OPTIONS.values() if option.on_phone)


def asked_of(data: dict[str, Any]) -> Asked:
    """The details of a set: exercise, load, side, and who lifts.

    Raises:
        Refused: one of them is invalid.
    """
    said = {option.field: value for option in ON_PHONE if (value := data.get(option.field)) is not None}
    for name, value in said.items():
        try:
            OPTIONS[name].check(value)
            if name == "who":
                said[name] = parse_who(value if isinstance(value, str) else "")
        except UsageError:
            raise Refused(422, _EXPECTED[name]) from None
    if "load_kg" in said:
        said["load_kg"] = round(float(said["load_kg"]), 4)
    if "exercise" in said:
        if not isinstance(said["exercise"], str) or len(said["exercise"]) > LONGEST_EXERCISE:
            raise Refused(422, _EXPECTED["exercise"])
        try:
            said["exercise"] = exercise_named(said["exercise"]).name
        except UsageError as error:
            raise Refused(422, str(error)) from None
    return Asked(**said)


def name_of(data: dict[str, Any]) -> str:
    """Name of the clip on the device, for display only.

    Raises:
        Refused: it has no name.
    """
    name = data.get("name")
    if not isinstance(name, str):
        raise Refused(422, "A clip needs a name.")
    name = _UNSEEN.sub("", name[: 4 * LONGEST_NAME]).strip()[:LONGEST_NAME]
    return name or "clip"


def size_of(data: dict[str, Any]) -> int:
    """The clip's size in bytes.

    Raises:
        Refused: it is invalid.
    """
    size = data.get("bytes")
    if isinstance(size, bool) or not isinstance(size, int):
        raise Refused(422, "A clip needs its size in bytes.")
    if size < 1:
        raise Refused(422, f"{name_of(data)} is empty; choose the clip again.")
    return min(size, 2**60)


def hash_of(data: dict[str, Any]) -> str | None:
    """The clip's SHA-256, if the device sends it.

    Raises:
        Refused: it is invalid.
    """
    sha256 = data.get("sha256")
    if sha256 is None:
        return None
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256.lower()):
        raise Refused(422, "sha256 has to be 64 hexadecimal digits.")
    return sha256.lower()


def live_of(data: dict[str, Any]) -> SaidLive | None:
    """What was said while the clip was filmed, if the device sends it.

    Raises:
        Refused: it is invalid.
    """
    if data.get("live") is None:
        return None
    try:
        return SaidLive.of(data["live"])
    except ValueError as error:
        raise Refused(422, f"What was said live cannot be kept: {error}.") from None


# Routes: create an upload, append pieces at its offset, and queue the complete clip.

T = TypeVar("T")

#: Timeout of a piece without data, seconds; received bytes are kept.
SILENT_S = 30.0
#: Size of the write buffer, bytes.
_GATHERED = 512 * 1024


@dataclass
class _Turn:
    """The current sender of each upload; after a lost connection a phone returns before the old one times out."""

    lock: anyio.Lock = field(default_factory=anyio.Lock)
    scope: anyio.CancelScope | None = None
    wanted: int = 0


class Sending:
    """The routes, with the state of running uploads."""

    def __init__(self) -> None:
        self._turns: dict[str, _Turn] = {}
        # Own threads, so that pages do not wait for a slow disk.
        self._disk = anyio.CapacityLimiter(8)
        self._begun = Rate(burst=60, per_s=0.5)

    def routes(self) -> list[Route]:
        one = "/api/uploads/{id}"
        return [
            Route("/api/uploads", self.begin, methods=["POST"]),
            Route(one, self.state, methods=["GET"]),
            Route(one, self.piece, methods=["PATCH"]),
            Route(one, self.cancel, methods=["DELETE"]),
            Route(f"{one}/done", self.done, methods=["POST"]),
        ]

    async def begin(self, request: Request) -> Response:
        device, uploads = device_of(request), desk_of(request).uploads
        if not self._begun.allows(device.id):
            raise self._begun.refused("Too many uploads were begun", device.id)
        data = await body_of(request)
        what = (device.id, name_of(data), size_of(data), hash_of(data), asked_of(data))
        upload = await self._on_disk(lambda: uploads.begin(*what))
        return JSONResponse({"id": upload.id, "offset": upload.received}, 201)

    async def state(self, request: Request) -> Response:
        desk, device, number = desk_of(request), device_of(request), request.path_params["id"]
        clip = desk.clips.get(number)
        if clip is not None and clip.device == device.id:  # it was queued, but the answer got lost
            return JSONResponse({"id": clip.id, "offset": clip.bytes, "bytes": clip.bytes})
        upload = desk.uploads.get(number, device.id)
        return JSONResponse({"id": upload.id, "offset": upload.received, "bytes": upload.bytes})

    async def piece(self, request: Request) -> Response:
        desk, device, number = desk_of(request), device_of(request), request.path_params["id"]
        said = request.headers.get("upload-offset", "")
        if not (said.isascii() and said.isdigit() and len(said) < 16):
            raise Refused(400, "A piece has to say where it begins: Upload-Offset, in bytes.")
        desk.uploads.get(number, device.id)
        async with self._turn(number) as turn:
            upload = desk.uploads.get(number, device.id)
            if int(said) != upload.received:
                raise Refused(409, f"The next byte is number {upload.received}, not {said}.", offset=upload.received)
            length = request.headers.get("content-length", "0")
            if not length.isdigit() or int(length) > min(PIECE_BYTES, upload.bytes - upload.received):
                raise Refused(413, f"A piece has {PIECE_BYTES >> 20} MB at most, and ends where the clip does.")
            if desk.uploads.is_disk_full():
                raise Refused(507, "The computer's disk is full; ask its owner to make room, then go on.")
            return await self._take(request, desk, upload, turn)

    async def cancel(self, request: Request) -> Response:
        desk, device, number = desk_of(request), device_of(request), request.path_params["id"]
        desk.uploads.get(number, device.id)
        async with self._turn(number):
            upload = desk.uploads.get(number, device.id)
            await self._on_disk(lambda: desk.uploads.drop(upload))
        return Response(status_code=204)

    async def done(self, request: Request) -> Response:
        desk, device, number = desk_of(request), device_of(request), request.path_params["id"]
        said = await body_of(request)
        sha256, live = hash_of(said), live_of(said)
        async with self._turn(number):
            clip = desk.clips.get(number)
            if clip is None or clip.device != device.id:
                upload = desk.uploads.get(number, device.id)
                if live is not None:
                    await self._on_disk(lambda: desk.uploads.keep_said(upload, live))
                clip = await self._on_disk(lambda: desk.uploads.finish(upload, sha256))
                desk.keeper.wake()
                desk.tell_of(clip.id)
        return JSONResponse(desk.shown(clip), 201)

    async def _take(self, request: Request, desk: Desk, upload: Upload, turn: _Turn) -> Response:
        """Write a piece as it arrives; even if it ends early, what has arrived is on the disk before the response."""
        whole = False
        receipt = _Receipt(desk, upload)
        try:
            with anyio.CancelScope(deadline=anyio.current_time() + SILENT_S) as turn.scope:
                async for chunk in request.stream():
                    receipt.gather(chunk)
                    if receipt.gathered >= _GATHERED:
                        await self._on_disk(receipt.write)
                    turn.scope.deadline = anyio.current_time() + SILENT_S
                whole = True
        except ClientDisconnect:
            pass
        finally:
            turn.scope = None
            with anyio.CancelScope(shield=True):
                offset = await self._on_disk(receipt.close)
        if not whole:
            raise Refused(408, "The connection was lost; go on from here.", offset=offset)
        return JSONResponse({"offset": offset})

    @asynccontextmanager
    async def _turn(self, upload: str) -> AsyncIterator[_Turn]:
        """Take over an upload; its earlier sender is stopped first."""
        turn = self._turns.setdefault(upload, _Turn())
        turn.wanted += 1
        try:
            if turn.scope is not None:
                turn.scope.cancel()
            async with turn.lock:
                yield turn
        finally:
            turn.wanted -= 1
            if not turn.wanted:
                self._turns.pop(upload, None)

    async def _on_disk(self, work: Callable[[], T]) -> T:
        return await anyio.to_thread.run_sync(work, limiter=self._disk)


class _Receipt:
    """Writes the bytes of a piece to the upload's file."""

    def __init__(self, desk: Desk, upload: Upload) -> None:
        self._desk, self._upload = desk, upload
        self._file: int | None = None
        self._chunks: list[bytes] = []
        self._offset = upload.received
        self.gathered = 0

    def gather(self, chunk: bytes) -> None:
        """Buffer a chunk.

        Raises:
            Refused: it exceeds the size of the clip or of a piece.
        """
        self._chunks.append(chunk)
        self.gathered += len(chunk)
        end = self._offset + self.gathered
        if end > self._upload.bytes or end - self._upload.received > PIECE_BYTES:
            raise Refused(413, f"A piece has {PIECE_BYTES >> 20} MB at most, and ends where the clip does.")

    def write(self) -> None:
        """Write the buffer; the first bytes of a file decide its type.

        Raises:
            Refused: it is not a video.
        """
        block = b"".join(self._chunks)
        self._chunks, self.gathered = [], 0
        if not self._upload.file:
            self._upload = self._desk.uploads.begin_file(self._upload, block[:HEAD_BYTES])
        if self._file is None:
            self._file = self._desk.uploads.open(self._upload)
        view = memoryview(block)
        while view:
            written = os.write(self._file, view)
            self._offset += written
            view = view[written:]

    def close(self) -> int:
        """Write and sync everything; return the new offset."""
        enough = self._upload.file or self.gathered >= min(HEAD_BYTES, self._upload.bytes)
        try:
            if self._chunks and enough and self._offset + self.gathered <= self._upload.bytes:
                self.write()
        finally:
            if self._file is not None:
                try:
                    self._desk.uploads.received(self._upload, self._file, self._offset)
                finally:
                    os.close(self._file)
        return self._offset

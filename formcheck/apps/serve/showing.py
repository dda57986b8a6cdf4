"""Routes for showing: logbook and advice (of a device's own sets, for the owner of all), clips, events and files."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from formcheck.apps.logbook.command import programme_of
from formcheck.apps.logbook.correcting import Word, corrections_with
from formcheck.apps.logbook.entry import Entry
from formcheck.apps.logbook.outlook import as_data, outlook, without_commands
from formcheck.apps.logbook.page import write_log_page
from formcheck.apps.logbook.people import by_person
from formcheck.apps.logbook.store import Logbook
from formcheck.apps.logbook.today import since_last, today_of
from formcheck.apps.serve.clips import Asked, Clip
from formcheck.apps.serve.devices import Device
from formcheck.apps.serve.http import MEDIA_POLICY, Rate, Refused, not_there
from formcheck.apps.serve.pages import OFFLINE, ONLY_HERE, body_of, desk_of, device_of, page_policy
from formcheck.apps.serve.sending import LONGEST_EXERCISE, asked_of
from formcheck.apps.serve.state import Desk
from formcheck.errors import UsageError
from formcheck.lifts.registry import exercises
from formcheck.outputs.folder import SET_FOLDER, set_folder
from formcheck.results.corrections import Corrections, read_corrections, write_corrections
from formcheck.results.encoding import read_analysis
from formcheck.runtime.files import ANALYSIS, BATCH_RECORD, OUTPUT_FILES, REPORT, SNAPSHOTS, THUMBNAIL, VIDEO
from formcheck.units import MOST_KG
from formcheck.version import __version__


class History:
    """The routes, with a common rate limit, since each reads the whole logbook."""

    def __init__(self) -> None:
        self._asked = Rate(burst=30, per_s=1.0)

    def routes(self) -> list[Route]:
        return [
            Route("/history", self.page, methods=["GET"]),
            Route("/api/next", self.advice, methods=["GET"]),
            Route("/api/today", self.today, methods=["GET"]),
            Route("/api/clips/{id}/since", self.since, methods=["GET"]),
        ]

    async def page(self, request: Request) -> Response:
        return await run_in_threadpool(_history, desk_of(request), self._allowed(request))

    async def advice(self, request: Request) -> Response:
        return JSONResponse({"next": await run_in_threadpool(_advice, desk_of(request), self._allowed(request))})

    async def today(self, request: Request) -> Response:
        found = await run_in_threadpool(_today, desk_of(request), self._allowed(request))
        return JSONResponse({"people": found})

    async def since(self, request: Request) -> Response:
        desk, own = _own(request)
        lines = await run_in_threadpool(_since, desk, self._allowed(request), own)
        return JSONResponse({"lines": lines})

    def _allowed(self, request: Request) -> Device:
        device = device_of(request)
        if not self._asked.allows(device.id):
            raise self._asked.refused("The logbook was read too often", device.id)
        return device


async def html_page(path: Path) -> Response:
    """A page that formcheck wrote, with a policy that allows its own scripts only."""
    return await run_in_threadpool(_html_page, path)


def _html_page(path: Path) -> Response:
    text = path.read_text(encoding="utf-8").replace(OFFLINE, ONLY_HERE, 1)
    return HTMLResponse(text, headers={"content-security-policy": page_policy(text)})


def _history(desk: Desk, device: Device) -> Response:
    with tempfile.TemporaryDirectory(dir=desk.settings.data) as folder:
        page = Path(folder) / "log.html"
        if not desk.settings.logbook.exists():
            return _html_page(write_log_page(page, (), lambda number: None, in_app=True))
        with Logbook(desk.settings.logbook, reading=True) as book:
            entries, programme = _own_sets(desk, device, book.entries()), programme_of(desk.settings.logbook)
            clips = {clip.sha256: clip.id for clip in desk.clips.all(None if device.owner else device.id)}
            report = partial(_report_of, clips)
            write_log_page(page, entries, book.picture, report=report, programme=programme, in_app=True)
        return _html_page(page)


def _report_of(clips: dict[str, str], entry: Entry) -> str | None:
    """The address of a set's report in the app, by the ids of the clips that are there."""
    clip = None if entry.clip is None else clips.get(entry.clip.sha256)
    if clip is None or entry.clip is None:
        return None
    name = Path(entry.clip.folder).name
    return f"/clips/{clip}/{f'{name}/' if SET_FOLDER.fullmatch(name) else ''}report.html"


def _today(desk: Desk, device: Device) -> list[dict[str, Any]]:
    """Everybody's last session and what is still to do today."""
    programme, now = programme_of(desk.settings.logbook), datetime.now().astimezone()
    return [asdict(one) for one in today_of(_logged(desk, device), programme, now)]


def _since(desk: Desk, device: Device, clip: Clip) -> list[str]:
    """What changed since the device's last set of the same lift."""
    entries = _logged(desk, device)
    own = [entry for entry in entries if entry.clip is not None and entry.clip.sha256 == clip.sha256]
    return list(since_last(own[-1], [entry for entry in entries if entry.who == own[-1].who])) if own else []


def _advice(desk: Desk, device: Device) -> list[dict[str, Any]]:
    programme, now = programme_of(desk.settings.logbook), datetime.now().astimezone()
    return [
        {"who": who, "text": _text(part), **part}
        for who, own in by_person(_logged(desk, device)).items()
        for part in _for_page(as_data(outlook(own, None, programme, now))["exercises"])
    ]


def _for_page(parts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**part, "why": without_commands(part["why"])} for part in parts]


def _text(part: dict[str, Any]) -> str:
    aim = f": {part['aim']}" if part["aim"] else ""
    cue = f" {part['cue']}" if part["cue"] else ""
    return f"{part['head']}{aim}. {part['why']}{cue}"


def _logged(desk: Desk, device: Device) -> Sequence[Entry]:
    """The sets that a device may see; none without a logbook."""
    if not desk.settings.logbook.exists():
        return ()
    with Logbook(desk.settings.logbook, reading=True) as book:
        return _own_sets(desk, device, book.entries())


def _own_sets(desk: Desk, device: Device, entries: Sequence[Entry]) -> Sequence[Entry]:
    if device.owner:
        return entries
    own = desk.clips.hashes(device.id)
    return [entry for entry in entries if entry.clip is not None and entry.clip.sha256 in own]


# Routes of clips: state, events, and result files.

#: Interval of keep-alives in event streams, seconds; phone networks drop idle connections.
ALIVE_S = 15.0
#: Longest reason of a correction, characters, and most reps or findings in it.
LONGEST_REASON, MOST_REPS = 200, 500
#: The files of a clip's results that are given out, by the name in the address, with their media types. There are no others.
FILES = {file.name: (file.name, file.media_type) for file in OUTPUT_FILES if file.media_type}
FILES |= {"video": FILES[VIDEO], "picture": FILES[THUMBNAIL]}
_PICTURE = re.compile(r"finding-[A-Za-z0-9_.-]{1,100}\.(?:png|jpg)")


def routes() -> list[Route]:
    return [
        Route("/api/me", me, methods=["GET"]),
        Route("/api/clips", clips, methods=["GET"]),
        Route("/api/clips/{id}", clip, methods=["GET"]),
        Route("/api/clips/{id}", delete, methods=["DELETE"]),
        Route("/api/clips/{id}/again", again, methods=["POST"]),
        Route("/api/clips/{id}/correct", correct, methods=["POST"]),
        Route("/api/events", events, methods=["GET"]),
        Route("/clips/{id}/report", report, methods=["GET"]),
        Route("/clips/{id}/report.html", report, methods=["GET"]),
        Route("/clips/{id}/snapshots/{name}", snapshot, methods=["GET"]),
        Route("/clips/{id}/set-{set:int}/report.html", report, methods=["GET"]),
        Route("/clips/{id}/set-{set:int}/snapshots/{name}", snapshot, methods=["GET"]),
        Route("/clips/{id}/set-{set:int}/{name}", file, methods=["GET"]),
        Route("/clips/{id}/{name}", file, methods=["GET"]),
    ]


async def me(request: Request) -> Response:
    desk, device = desk_of(request), device_of(request)
    settings = desk.settings
    keep = None if settings.keep_days is None else f"{settings.keep_days:g} day{'s' * (settings.keep_days != 1)}"
    return JSONResponse({
        "device": {"id": device.id, "name": device.name},
        "people": await run_in_threadpool(_people, desk, device),
        "owner": device.owner,
        "name": settings.name,
        "exercises": [{"name": exercise.name, "title": exercise.title} for exercise in exercises()],
        "limits": {"bytes": settings.largest_bytes, "seconds": settings.longest_s, "load_kg": MOST_KG},
        "free_bytes": max(0, desk.uploads.free_bytes()),
        "keep_videos": keep,
        "version": __version__,
    })  # fmt: skip


def _people(desk: Desk, device: Device) -> list[str]:
    """The names that a device may choose from: those of its own sets, for the owner everybody's."""
    return [who for who in by_person(_logged(desk, device)) if who is not None]


async def clips(request: Request) -> Response:
    desk, device = desk_of(request), device_of(request)

    def found() -> list[dict[str, object]]:
        queue = desk.clips.queue()
        return [desk.shown(own, queue) for own in desk.clips.all(None if device.owner else device.id)]

    return JSONResponse({"clips": await run_in_threadpool(found)})


async def clip(request: Request) -> Response:
    desk, own = _own(request)
    return JSONResponse(desk.shown(own))


async def delete(request: Request) -> Response:
    desk, own = _own(request)
    await run_in_threadpool(desk.delete, own)
    return Response(status_code=204)


async def again(request: Request) -> Response:
    desk, own = _own(request)
    data = await body_of(request)
    asked = asked_of({**own.asked.as_data(), **data})
    if own.state in ("waiting", "working"):
        raise Refused(409, f"{own.name} is waiting already; try again when it is judged.")
    if not own.videos:
        raise Refused(410, f"The video of {own.name} is gone; send it again to have it judged differently.")
    await run_in_threadpool(_name_exercise, desk.clips.outputs(own), asked.exercise)
    return await _queued(request, own, asked)


@dataclass(frozen=True)
class _Correction:
    """A page's correction of a set; see `Word`."""

    set: int = 1
    not_reps: Annotated[tuple[int, ...], Meta(max_length=MOST_REPS)] = ()
    not_faults: Annotated[tuple[tuple[int, str], ...], Meta(max_length=MOST_REPS)] = ()
    because: Annotated[str, Meta(max_length=LONGEST_REASON)] = ""
    exercise: Annotated[str, Meta(max_length=LONGEST_EXERCISE)] | None = None
    leg: Literal["left", "right"] | None = None
    undo: bool = False

    def word(self) -> Word:
        return Word(self.not_reps, self.not_faults, self.because.strip(), self.exercise, self.leg, self.undo)


async def correct(request: Request) -> Response:
    """Save a correction beside the analysis, and queue the clip to be judged again."""
    desk, own = _own(request)
    try:
        said = msgspec.convert(await body_of(request), _Correction)
    except msgspec.ValidationError:
        raise Refused(422, "Expected reps or findings to strike out, an exercise or a leg, and a short reason.") from None
    if replace(said.word(), because="") == Word():
        raise Refused(422, "Nothing was corrected; tick what is wrong.")
    if own.state != "done" or not own.videos:
        raise Refused(409, f"{own.name} can't be judged again now; send it again.")
    before, after = await run_in_threadpool(_keep_correction, desk.clips.outputs(own), said)
    exercise = own.asked.exercise if after.exercise == before.exercise else after.exercise
    return await _queued(request, own, replace(own.asked, exercise=exercise))


async def _queued(request: Request, own: Clip, asked: Asked) -> Response:
    """Queue a clip to be judged again, and answer with its new state."""
    desk = desk_of(request)
    await run_in_threadpool(desk.clips.again, own.id, asked)
    desk.keeper.wake()
    desk.tell_of(own.id)
    return JSONResponse(desk.shown(desk.own(own.id, device_of(request))), 202)


def _keep_correction(outputs: Path, said: _Correction) -> tuple[Corrections, Corrections]:
    """Save a correction; return all corrections before and after it."""
    folder = set_folder(outputs, said.set)
    if not (folder / ANALYSIS).is_file():
        raise Refused(422, "There is no such set in this clip.")
    try:
        before = read_corrections(outputs)
        after = corrections_with(before, read_analysis(folder / ANALYSIS), said.word())
        write_corrections(outputs, after)
    except UsageError as error:
        raise Refused(422, str(error)) from None
    (outputs / BATCH_RECORD).unlink(missing_ok=True)  # so that it is judged again, from the saved track
    return before, after


def _name_exercise(outputs: Path, exercise: str | None) -> None:
    """Let the exercise named now replace that of an earlier correction."""
    said = read_corrections(outputs)
    if said.exercise is not None and said.exercise != exercise:
        write_corrections(outputs, replace(said, exercise=exercise))


async def events(request: Request) -> Response:
    desk, device = desk_of(request), device_of(request)
    if desk.hub.is_full(device.id):
        raise Refused(429, "This device has too many pages open; close one.", 30)

    async def stream() -> AsyncIterator[str]:
        yield "retry: 2000\n\n"
        async for news in desk.hub.watch(device.id, owner=device.owner, every_s=ALIVE_S):
            yield ": alive\n\n" if news is None else f"event: {news.event}\ndata: {json.dumps(news.data)}\n\n"

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"x-accel-buffering": "no"})


async def report(request: Request) -> Response:
    desk, own = _own(request)
    return await html_page(_existing(_outputs(request, desk, own) / REPORT))


async def file(request: Request) -> Response:
    desk, own = _own(request)
    known = FILES.get(request.path_params["name"])
    if known is None:
        raise not_there()
    name, kind = known
    download = f"{Path(own.name).stem}-formcheck.mp4" if name.endswith(".mp4") and "download" in request.query_params else None
    return _media(_existing(_outputs(request, desk, own) / name), kind, download)


async def snapshot(request: Request) -> Response:
    """The picture of a finding, by a name that is listed in the folder: no path is made from what a client sends."""
    desk, own = _own(request)
    wanted = request.path_params["name"]
    folder = _outputs(request, desk, own) / SNAPSHOTS
    if not _PICTURE.fullmatch(wanted) or not folder.is_dir():
        raise not_there()
    found = next((entry for entry in folder.iterdir() if entry.name == wanted and not entry.is_symlink()), None)
    if found is None:
        raise not_there()
    return _media(found, "image/png" if found.suffix == ".png" else "image/jpeg")


def _media(path: Path, kind: str, download: str | None = None) -> Response:
    """A file, or the requested range of it."""
    headers = {"content-security-policy": MEDIA_POLICY} if kind.startswith(("image/", "video/")) else {}
    return FileResponse(path, media_type=kind, filename=download, headers=headers)


def _own(request: Request) -> tuple[Desk, Clip]:
    desk = desk_of(request)
    return desk, desk.own(request.path_params["id"], device_of(request))


def _outputs(request: Request, desk: Desk, own: Clip) -> Path:
    """The folder of the clip, or of the further set of it that the address names."""
    return set_folder(desk.clips.outputs(own), int(request.path_params.get("set", 1)))


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise not_there()
    return path

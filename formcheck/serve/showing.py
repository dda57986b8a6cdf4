"""Routes of the clips: what is known of them, the news, and the files of their results."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from formcheck.exercises.registry import exercises
from formcheck.folder.contents import SNAPSHOTS
from formcheck.serve.answers import body_of, desk_of, device_of
from formcheck.serve.asked import asked_of
from formcheck.serve.clips import Clip
from formcheck.serve.desk import Desk
from formcheck.serve.headers import MEDIA_POLICY
from formcheck.serve.history import html_page
from formcheck.serve.refused import Refused, not_there
from formcheck.version import __version__

#: Seconds between two signs of life of the news: a phone's network forgets silent connections.
ALIVE_S = 15.0
#: The files of a clip's results that are given out, by the name in the address. There are no others.
FILES = {
    "video": ("annotated.mp4", "video/mp4"),
    "annotated.mp4": ("annotated.mp4", "video/mp4"),
    "picture": ("thumbnail.jpg", "image/jpeg"),
    "analysis.json": ("analysis.json", "application/json"),
    "angles.csv": ("angles.csv", "text/csv; charset=utf-8"),
}
_PICTURE = re.compile(r"finding-[A-Za-z0-9_.-]{1,100}\.(?:png|jpg)")


def routes() -> list[Route]:
    return [
        Route("/api/me", me, methods=["GET"]),
        Route("/api/clips", clips, methods=["GET"]),
        Route("/api/clips/{id}", clip, methods=["GET"]),
        Route("/api/clips/{id}", delete, methods=["DELETE"]),
        Route("/api/clips/{id}/again", again, methods=["POST"]),
        Route("/api/events", events, methods=["GET"]),
        Route("/clips/{id}/report", report, methods=["GET"]),
        Route("/clips/{id}/report.html", report, methods=["GET"]),
        Route("/clips/{id}/snapshots/{name}", snapshot, methods=["GET"]),
        Route("/clips/{id}/{name}", file, methods=["GET"]),
    ]


async def me(request: Request) -> Response:
    desk, device = desk_of(request), device_of(request)
    settings = desk.settings
    keep = None if settings.keep_days is None else f"{settings.keep_days:g} day{'s' * (settings.keep_days != 1)}"
    return JSONResponse({
        "device": {"id": device.id, "name": device.name},
        "owner": device.owner,
        "name": settings.name,
        "exercises": [{"name": exercise.name, "title": exercise.title} for exercise in exercises()],
        "limits": {"bytes": settings.largest_bytes, "seconds": settings.longest_s},
        "free_bytes": max(0, desk.uploads.free_bytes()),
        "keep_videos": keep,
        "version": __version__,
    })  # fmt: skip


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
        raise Refused(409, f"{own.name} waits already; ask again when it is judged.")
    if not own.videos:
        raise Refused(410, f"The video of {own.name} is not kept any more; send it again to have it judged otherwise.")
    await run_in_threadpool(desk.clips.again, own.id, asked)
    desk.keeper.wake()
    desk.tell_of(own.id)
    return JSONResponse(desk.shown(desk.own(own.id, device_of(request))), 202)


async def events(request: Request) -> Response:
    desk, device = desk_of(request), device_of(request)
    if desk.hub.is_full(device.id):
        raise Refused(429, "This device watches with too many pages; close one of them.", 30)

    async def stream() -> AsyncIterator[str]:
        yield "retry: 2000\n\n"
        async for news in desk.hub.watch(device.id, owner=device.owner, every_s=ALIVE_S):
            yield ": alive\n\n" if news is None else f"event: {news.event}\ndata: {json.dumps(news.data)}\n\n"

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"x-accel-buffering": "no"})


async def report(request: Request) -> Response:
    desk, own = _own(request)
    return await html_page(_existing(desk.clips.outputs(own) / "report.html"))


async def file(request: Request) -> Response:
    desk, own = _own(request)
    known = FILES.get(request.path_params["name"])
    if known is None:
        raise not_there()
    name, kind = known
    download = f"{Path(own.name).stem}-formcheck.mp4" if name.endswith(".mp4") and "download" in request.query_params else None
    return _media(_existing(desk.clips.outputs(own) / name), kind, download)


async def snapshot(request: Request) -> Response:
    """A picture of a finding; its name is looked for in the folder, it makes no path."""
    desk, own = _own(request)
    wanted = request.path_params["name"]
    folder = desk.clips.outputs(own) / SNAPSHOTS
    if not _PICTURE.fullmatch(wanted) or not folder.is_dir():
        raise not_there()
    found = next((entry for entry in folder.iterdir() if entry.name == wanted and not entry.is_symlink()), None)
    if found is None:
        raise not_there()
    return _media(found, "image/png" if found.suffix == ".png" else "image/jpeg")


def _media(path: Path, kind: str, download: str | None = None) -> Response:
    """A file, whole or the range of it that is asked for."""
    headers = {"content-security-policy": MEDIA_POLICY} if kind.startswith(("image/", "video/")) else {}
    return FileResponse(path, media_type=kind, filename=download, headers=headers)


def _own(request: Request) -> tuple[Desk, Clip]:
    desk = desk_of(request)
    return desk, desk.own(request.path_params["id"], device_of(request))


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise not_there()
    return path

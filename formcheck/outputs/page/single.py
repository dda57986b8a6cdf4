"""A report as one HTML file with its pictures and a small video inside, to send to somebody."""

from __future__ import annotations

import io
import re
import tempfile
from base64 import b64encode
from pathlib import Path
from urllib.parse import unquote

from PIL import Image

from formcheck.errors import UsageError
from formcheck.outputs.page.shell import LIBRARY, asset
from formcheck.runtime.files import REPORT, SINGLE, write_text
from formcheck.video.files import open_media
from formcheck.video.writer import Canvas, VideoWriter, planes_of

#: Longest side of the copy, pixels.
LONGEST_SIDE = 960
#: Most bits per second; the text beside the picture stays legible.
MOST_BITS = 1_200_000
#: Below this many bits per second nothing can be recognised.
LEAST_BITS = 60_000
#: Share of the bytes that the rate control may use; the rest is for the container and a burst at the end.
USED = 0.85


def small_copy(video: Path, most_bytes: int) -> bytes | None:
    """An MP4 of the same pictures at the same times, of at most `most_bytes`; None if the video is too long for that.

    Raises:
        OutputError: there is no room for it on the disk.
    """
    with open_media(video) as source, tempfile.TemporaryDirectory(prefix="formcheck-small-") as folder:
        stream = source.streams.video[0]
        duration_s = float((source.duration or 0) / 1_000_000) or 1.0
        bits = min(MOST_BITS, int(8 * USED * most_bytes / duration_s))
        if bits < LEAST_BITS:
            return None
        scale = min(1.0, LONGEST_SIDE / max(stream.width, stream.height))
        width, height = (max(2, int(scale * side) // 2 * 2) for side in (stream.width, stream.height))
        target, canvas = Path(folder) / "small.mp4", Canvas(width, height)
        first_s: float | None = None
        with VideoWriter(target, width, height, float(stream.average_rate or 30), most_bits=bits) as writer:
            for frame in source.decode(stream):
                first_s = frame.time if first_s is None else first_s
                canvas.planes.put(planes_of(frame.reformat(width=width, height=height, format="yuv420p")))
                writer.write_canvas(canvas, frame.time - first_s)
        copy = target.read_bytes()
    return copy if len(copy) <= most_bytes else None


#: Most bytes of the file: what mail and messengers take.
MOST_BYTES = 15_000_000
#: Longest side of a picture of a finding, pixels.
PICTURE_SIZE = 800
#: Makes a file of the text in the page, which every browser plays and seeks in; addresses with data do not play everywhere.
_PLAY = (
    '<script>{const text=document.getElementById("film").textContent;'
    "const film=new Blob([Uint8Array.from(atob(text),(c)=>c.charCodeAt(0))],{type:'video/mp4'});"
    'document.getElementById("video").src=URL.createObjectURL(film);}</script>'
)


def write_single_file(folder: Path) -> Path:
    """Write the report of a clip's folder as one file into it, and return its path.

    Raises:
        UsageError: there is no report, or it is too large even without its video.
        OutputError: it cannot be written.
    """
    if not (folder / REPORT).is_file():
        raise UsageError(f"{folder} has no {REPORT} to send; write the report too.")
    page = (folder / REPORT).read_text(encoding="utf-8")
    script, style = (asset(name, "vendor") for name in LIBRARY)
    page = re.sub(r'<script src="[^"]*uPlot[^"]*"></script>', lambda _: f"<script>{script}</script>", page)
    page = re.sub(r'<link rel="stylesheet" href="[^"]*">', lambda _: f"<style>{style}</style>", page)
    page = re.sub(r'(<img[^>]* )src="(?!data:)([^"]*)"', lambda found: found[1] + _picture(folder, found[2]), page)
    page = re.sub(r"<p>Data: .*?</p>", "", page, flags=re.DOTALL)
    page = re.sub(r'<a href="(?:\.\./|set-)[^"]*">(.*?)</a>', r"\1", page)
    # Corrections are kept beside the clip, which stays where it is.
    page = re.sub(r'<section [^>]*id="wrong".*?</section>', "", page, flags=re.DOTALL)
    page = re.sub(r'<a href="#wrong".*?</a>', "", page)
    page = _with_film(page, folder)
    size = len(page.encode())
    if size > MOST_BYTES:
        most = MOST_BYTES / 1e6
        raise UsageError(f"the report has {size / 1e6:.0f} MB without its video; expected {most:.0f} at most, to be sent.")
    page = re.sub(r"This page is \d+ KB", f"This page is {size / 1e6:.1f} MB", page)
    write_text(folder / SINGLE, page)
    return folder / SINGLE


def _picture(folder: Path, address: str) -> str:
    """An image's `src` with its picture inside; one that is not there shows nothing."""
    path = folder / unquote(address)
    if not path.is_file():
        return 'src="data:,"'
    stream = io.BytesIO()
    with Image.open(path) as image:
        image.thumbnail((PICTURE_SIZE, PICTURE_SIZE))
        image.convert("RGB").save(stream, "JPEG", quality=78)
    return f'src="data:image/jpeg;base64,{b64encode(stream.getvalue()).decode("ascii")}"'


def _with_film(page: str, folder: Path) -> str:
    """The page with its video inside, as small as there is room for; without it where there is none, or it is too long."""
    found = re.search(r'(<video id="video") src="([^"]*)"', page)
    if found is None:
        return page
    room = (MOST_BYTES - len(page.encode()) - 10_000) * 3 // 4
    video = folder / unquote(found[2])
    film = small_copy(video, room) if room > 0 and video.is_file() else None
    if film is None:
        gone = '<p class="missing">The video is too long to send. The charts work without it.</p>'
        page = re.sub(r'<video id="video".*?</video>', gone, page, flags=re.DOTALL)
        return re.sub(r'<button [^>]*data-do="(?:sound|full)".*?</button>', "", page, flags=re.DOTALL)
    page = page[: found.start()] + found[1] + page[found.end() :]
    inside = f'<script id="film" type="text/plain">{b64encode(film).decode("ascii")}</script>\n{_PLAY}\n'
    place = page.index('<script id="data"')
    return page[:place] + inside + page[place:]

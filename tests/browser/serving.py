"""A running server for the browser's tests, and what a lifter does with it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "samples" / "split_squat_upright_f.mp4"
#: What an MP4 file begins with.
_HEAD = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"


@dataclass(frozen=True)
class Server:
    """Where it is, the code that makes a browser the owner's, and the folder it keeps clips in."""

    address: str
    code: str
    clips: Path


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """`formcheck serve --lan` as a process of its own, with a folder and a logbook of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable, "-c", "from formcheck.apps.cli import main; main()", "serve", "--lan", "--data", str(folder / "data"),
        "--logbook", str(folder / "logbook.sqlite"), "--port", str(port), "--model", "full",
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        try:
            said = ""
            for line in process.stdout:
                said += line
                if "Ctrl-C" in line:
                    break
            code = re.search(r"http://127\.0\.0\.1:\d+/join/(\S+)", said)
            assert code is not None, said
            yield Server(f"http://127.0.0.1:{port}", code.group(1), folder / "data" / "clips")
        finally:
            process.terminate()
            process.communicate(timeout=30)


def one_rep(path: Path) -> Path:
    """The first rep of a sample with the trunk too upright, at half its rate: a few seconds of work."""
    with av.open(str(SAMPLE)) as source, av.open(str(path), "w") as target:
        film = source.streams.video[0]
        rate = Fraction(film.average_rate or 24) / 2
        out = target.add_stream("libx264", rate=rate)
        out.width, out.height, out.pix_fmt = film.width, film.height, "yuv420p"
        out.codec_context.time_base = 1 / rate
        for number, frame in enumerate(source.decode(film)):
            if frame.time > 4.2:
                break
            if number % 2 == 0:
                picture = frame.reformat(format="yuv420p")
                picture.pts, picture.time_base = number // 2, 1 / rate
                target.mux(out.encode(picture))
        target.mux(out.encode(None))
    return path


def no_film(path: Path, size: int) -> Path:
    """A file that begins like a clip and is none: it can be sent, and nobody works on it for long."""
    path.write_bytes(_HEAD + bytes(size - len(_HEAD)))
    return path


def entered(browser: Any, address: str, code: str | None, width: int, height: int, scheme: str = "light", **more: Any) -> Any:
    """A browser's page of the app, let in with a code; `problems` collects what its console says."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, has_touch=width < 500, is_mobile=width < 500, **more
    )
    page = context.new_page()
    page.problems = []
    page.on("console", lambda m: page.problems.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.goto(address if code is None else f"{address}/join/{code}")
    if code is not None or "storage_state" in more:
        ready(page)
    return page


def ready(page: Any) -> None:
    """The page has drawn itself. (Its policy forbids what Playwright's `wait_for_function` does.)"""
    page.wait_for_selector("html[data-ready='1']", state="attached")


def until(page: Any, condition: str) -> None:
    """Wait until a JavaScript expression holds, ten seconds at most."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never so: {condition}")


def delete(page: Any, card: str) -> None:
    """Delete a clip, and say yes to the question."""
    page.click(f"{card} >> button:text-is('Delete')")
    page.click("#sure-yes")
    page.wait_for_selector(card, state="detached")

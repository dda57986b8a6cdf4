"""A camera for the browser's tests: Chromium films a sample; and a computer that watches as a test tells it to."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from tests.browser.opening import CHROMIUM, FLAGS

#: Chromium plays pictures without times at this rate.
CAMERA_HZ = 30


def as_camera(sample: Path, path: Path, seconds: float, width: int = 360) -> Path:
    """The beginning of a sample as Chromium's camera reads it: JPEGs one after the other, `CAMERA_HZ` of them a second."""
    with av.open(str(sample)) as source, av.open(str(path), "w", format="mjpeg") as target:
        film = source.streams.video[0]
        out = target.add_stream("mjpeg", rate=CAMERA_HZ, options={"qscale": "4", "huffman": "default"})
        out.width, out.height = width, round(width * film.height / film.width / 2) * 2
        out.pix_fmt = "yuvj420p"
        written = 0
        for frame in source.decode(film):
            picture = frame.reformat(out.width, out.height, format="yuvj420p")
            while written < min(frame.time + 1 / 24, seconds) * CAMERA_HZ:
                picture.pts, picture.time_base = written, Fraction(1, CAMERA_HZ)
                target.mux(out.encode(picture))
                written += 1
        target.mux(out.encode(None))
    return path


@contextmanager
def filming(playwright: Any, camera: Path) -> Iterator[Any]:
    """A browser whose camera shows a file, again and again, and whose microphone beeps."""
    flags = (
        "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", f"--use-file-for-fake-video-capture={camera}",
        "--autoplay-policy=no-user-gesture-required",
    )  # fmt: skip
    chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
    yield chromium
    chromium.close()


class Watcher:
    """Stands in for the computer that watches: it answers pictures, and says what a test tells it to."""

    def __init__(self, page: Any, answers: int | None = None) -> None:
        self.pictures: list[tuple[float, bytes]] = []
        self.told: list[dict[str, Any]] = []
        self.lines: list[Any] = []
        #: How many pictures are answered; None: all.
        self.answers = answers
        #: The rep of which it has a cue when the set is over; None: it has none.
        self.last_cue: int | None = None
        #: It says nothing to who comes.
        self.absent = False
        page.route("**/api/live", lambda route: route.fulfill(json={"free": True, "text": None, "exercises": []}))
        page.route_web_socket(lambda address: address.endswith("/live"), self._connected)

    def _connected(self, line: Any) -> None:
        self.lines.append(line)
        line.on_message(self._got)
        if not self.absent:
            self.hello()

    def hello(self) -> None:
        self.say("hello", largest_px=384, most_bytes=100_000, most_unanswered=2, longest_s=900, model="full")

    def _got(self, message: bytes | str) -> None:
        if isinstance(message, str):
            self.told.append(json.loads(message))
            if self.told[-1]["type"] == "end":
                if self.last_cue is not None:
                    self.cue(self.last_cue)
                self.say("said", **self.last)
            return
        (at_s,) = struct.unpack("<d", message[:8])
        self.pictures.append((at_s, message[8:]))
        if self.answers is None or len(self.pictures) <= self.answers:
            self.say("look", at_s=at_s, found=True, dropped=False, box=[0.3, 0.2, 0.7, 0.95])

    #: What it says of the set when it is over.
    last: dict[str, Any] = {"count": 0, "exercise": None, "begun_s": 0.0, "reps": [], "cues": [], "model": "full"}  # noqa: RUF012

    def say(self, kind: str, **more: Any) -> None:
        self.lines[-1].send(json.dumps({"type": kind, **more}))

    def rep(self, count: int, at_s: float) -> None:
        self.say(
            "rep", count=count, start_s=at_s - 3.0, end_s=at_s, eccentric_s=1.9, pause_s=0.2, concentric_s=0.8
        )  # fmt: skip

    def cue(self, rep: int) -> None:
        text = "Sink straight down until your front thigh is level."
        self.say("cue", rep=rep, rule="short_range", text=text, title="Not deep enough", confidence=0.95)

    def hints(self, *hints: tuple[str, str]) -> None:
        said = [{"key": key, "text": text} for key, text in hints]
        self.say("framing", ready=not hints, exercise=None, exercise_label=None, hints=said)

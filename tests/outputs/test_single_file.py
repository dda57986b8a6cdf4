"""A report as one file to send: everything is inside, and it is small."""

from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import av
import pytest

from formcheck.errors import UsageError
from formcheck.outputs.overlay.render import render_video
from formcheck.outputs.page import single
from formcheck.outputs.page.page import write_page
from formcheck.outputs.page.single import write_single_file
from formcheck.video.reader import ClipReader
from tests.outputs.made_up import made_up_analysis, made_up_motion, shot_of, write_clip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs of a made-up set in a batch, whose pages share the chart library."""
    folder = tmp_path_factory.mktemp("batch & more") / "set #1.formcheck"
    folder.mkdir()
    motion, reps = made_up_motion()
    shots, analysis = [shot_of(motion, reps)], made_up_analysis(reps, float(motion.times[-1]))
    clip = write_clip(folder / "clip.mp4", shots)
    with ClipReader(clip) as reader:
        render_video(reader, shots, analysis, folder / "annotated.mp4", snapshots=folder / "snapshots")
    (folder / "angles.csv").write_text("time_s\n")
    write_page(folder, analysis, shots, library="shared")
    return folder


class Links(HTMLParser):
    """Every address in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attributes if name in ("src", "href")]


def test_everything_is_inside_and_it_is_small(folder: Path) -> None:
    text = write_single_file(folder).read_text(encoding="utf-8")
    assert len(text.encode()) < single.MOST_BYTES
    page = Links()
    page.feed(text)
    assert any(link.startswith("data:image/jpeg") for link in page.found)
    assert all(link.startswith(("data:", "#")) for link in page.found), [link[:60] for link in page.found]
    assert 'id="wrong"' not in text, "corrections are kept beside the clip, which is not sent"
    assert "#wrong" not in page.found
    assert "uPlot=function" in text.replace(" ", "")
    film = re.search(r'<script id="film" type="text/plain">([^<]*)</script>', text)
    assert film is not None
    with av.open(io.BytesIO(base64.b64decode(film[1]))) as small, av.open(str(folder / "annotated.mp4")) as whole:
        frames = [[frame.time for frame in video.decode(video=0)] for video in (small, whole)]
        assert max(small.streams.video[0].width, small.streams.video[0].height) <= 960
    assert frames[0] == pytest.approx(frames[1], abs=0.002), "the same pictures at the same times"


def test_a_video_that_is_too_long_stays_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = len(write_single_file(folder).read_bytes())
    film = len(re.findall(r'type="text/plain">([^<]*)<', (folder / "to-send.html").read_text(encoding="utf-8"))[0])
    monkeypatch.setattr(single, "MOST_BYTES", whole - film + 20_000)
    text = write_single_file(folder).read_text(encoding="utf-8")
    assert "The video is too long to send." in text
    assert 'id="film"' not in text
    monkeypatch.setattr(single, "MOST_BYTES", 1000)
    with pytest.raises(UsageError, match="MB without its video"):
        write_single_file(folder)


def test_without_a_report_there_is_nothing_to_send(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"has no report\.html to send"):
        write_single_file(tmp_path)

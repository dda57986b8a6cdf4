from __future__ import annotations

from types import SimpleNamespace

import pytest
from rich.console import Console
from rich.text import Text

from formcheck.apps.batch import run as board_module
from formcheck.apps.batch.local import Progressed
from formcheck.apps.batch.run import Board, duration, shortened


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(time=1000.0)
    monkeypatch.setattr(board_module.time, "monotonic", lambda: now.time)
    return now


def job(name, size):
    return SimpleNamespace(name=name, size=size)


def test_remaining_time_and_rate_follow_the_work(clock):
    board = Board(None, done=3, total=5, waiting_bytes=4000)
    assert board.remaining_s is None
    board.started(job("a", 1000))
    clock.time += 100
    board.progressed(Progressed("a", "watching", 0.5, 200.0))
    assert board.frames_per_second == pytest.approx(1.0)  # 100 frames in 100 s
    board.finished(job("a", 1000), Text("a"), 200.0)
    assert board.remaining_s == pytest.approx(300.0)  # a quarter took 100 s
    board.finished(job("b", 3000), Text("b"), 100.0)
    assert board.remaining_s == 0


def test_it_shows_clips_stages_and_figures(clock):
    console = Console(width=100)
    board = Board(None, done=0, total=2, waiting_bytes=10)
    board.started(job("folder/clip.mp4", 5))
    board.progressed(Progressed("folder/clip.mp4", "watching", 0.5, 90.0))
    with console.capture() as capture:
        console.print(board)
    shown = capture.get().splitlines()
    assert "folder/clip.mp4" in shown[0]
    assert "watching" in shown[0]
    assert shown[-1].startswith("0 of 2 clips   45 frames")


def test_what_was_found_is_said_once_and_before_the_video_is_drawn(clock):
    console = Console(width=100)
    board = Board(console, done=0, total=3, waiting_bytes=10)
    one, two = job("one", 5), job("two", 5)
    with console.capture() as capture:
        for each in (one, two):
            board.started(each)
        board.judged(one, Text("one found"))
        board.judged(one, Text("one found"))
        board.finished(two, Text("two found"), 9.0)
        board.finished(one, Text("one found"), 9.0)
    assert capture.get().splitlines() == ["1/3  one found", "2/3  two found"]


def test_late_progress_of_a_finished_clip_is_ignored(clock):
    board = Board(None, done=0, total=1, waiting_bytes=10)
    board.progressed(Progressed("gone", "watching", 0.5, 90.0))
    assert board.frames_per_second == 0


@pytest.mark.parametrize(
    ("seconds", "words"), [(40, "40 s"), (89, "89 s"), (95, "2 min"), (3600, "60 min"), (7500, "2 h 05 min")]
)
def test_durations_in_words(seconds, words):
    assert duration(seconds) == words


def test_long_paths_keep_their_end():
    assert shortened("a/very/long/path.mp4", 9) == "…path.mp4"
    assert shortened("short.mp4", 20) == "short.mp4"

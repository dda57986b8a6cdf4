"""The job queue, with stand-in worker processes that answer, hang or die as a test says."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from formcheck.apps.serve import keeper
from formcheck.apps.serve import worker as host
from formcheck.apps.serve.clips import Clip
from formcheck.apps.serve.state import Desk
from tests.apps.serve.served import NOTHING, desk_in, film, joined, judged, sent

#: The begin of every worker here: `said(...)` answers, `orders` are read, `tries` counts the starts.
BEGIN = """
import os, pathlib, sys, time
sys.path[:] = {path!r}
from formcheck.runtime import messages
count = pathlib.Path({count!r}); tries = int(count.read_text() or 0) + 1 if count.exists() else 1; count.write_text(str(tries))
def said(**line): messages.send(sys.stdout.buffer, messages.packed(line))
orders = iter(lambda: messages.receive(sys.stdin.buffer), None)
"""
DONE = "said(done={'result': {'title': 'Hip thrust'}})"


@pytest.fixture
def working(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that starts a desk with a worker of the given source; it is stopped at the end."""
    desks: list[Desk] = []

    def start(source: str, **changes: Any) -> Desk:
        code = BEGIN.format(count=str(tmp_path / "count"), path=sys.path) + source
        monkeypatch.setattr(host, "command", lambda *_: [sys.executable, "-c", code])
        desk = desk_in(tmp_path, **changes)
        desks.append(desk)
        return desk

    yield start
    for desk in desks:
        desk.keeper.stop(5)


def settled(desk: Desk, clip: str, patience_s: float = 20.0) -> Clip:
    """The clip when it is done or failed."""
    found = wait_for(lambda: (now := desk.clips.get(clip)) and now.state in ("done", "failed") and now, patience_s)
    assert isinstance(found, Clip)
    return found


def wait_for(true: Callable[[], Any], patience_s: float = 20.0) -> Any:
    until = time.monotonic() + patience_s
    while not (found := true()):
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)
    return found


def tries(folder: Path) -> int:
    return int((folder / "count").read_text())


def test_clips_are_judged_in_their_order_by_one_process(working: Any, tmp_path: Path) -> None:
    desk = working("seen = []\nfor order in orders:\n    seen.append(order['clip'])\n    said(stage='watching', share=0.5)\n"
                   "    said(done={'result': {'title': str(len(seen))}})")  # fmt: skip
    client = joined(desk)
    ids = [sent(client, film(seed=n), name=f"{n}.mp4")["id"] for n in range(3)]
    assert [desk.shown(clip)["place"] for clip in reversed(desk.clips.all())] == [1, 2, 3]
    desk.keeper.start()
    assert [settled(desk, number).result for number in ids] == [{"title": "1"}, {"title": "2"}, {"title": "3"}]
    assert tries(tmp_path) == 1


def test_what_was_found_is_shown_before_the_video_is_drawn(working: Any, tmp_path: Path) -> None:
    drawn = tmp_path / "drawn"
    desk = working(f"for order in orders:\n    said(stage='watching', share=0.5)\n    said(judged={{'title': 'Hip thrust'}})\n"
                   f"    while not os.path.exists({str(drawn)!r}): time.sleep(0.02)\n    {DONE}")  # fmt: skip
    clip = sent(joined(desk), film())
    desk.keeper.start()
    early = wait_for(lambda: (now := desk.clips.get(clip["id"])) and now.result and now)
    shown = desk.shown(early)
    assert shown["state"] == "working"
    assert shown["result"] == {"title": "Hip thrust", "has_video": False, "picture": None}
    assert shown["share"] == 0.5
    drawn.touch()
    assert settled(desk, clip["id"]).result == {"title": "Hip thrust"}


def test_what_the_lifter_said_goes_to_the_worker(working: Any) -> None:
    desk = working("for order in orders: said(done={'result': order})")
    clip = sent(joined(desk), film(), exercise="rdl", load_kg=62.5, side="left")
    desk.keeper.start()
    result = settled(desk, clip["id"]).result
    assert result is not None
    assert result["asked"] == {"exercise": "romanian_deadlift", "load_kg": 62.5, "side": "left", "who": None}


def test_a_clip_that_ends_its_worker_twice_is_given_up_and_the_next_one_is_judged(working: Any, tmp_path: Path) -> None:
    desk = working("for order in orders:\n    if b'bad' in open(order['clip'], 'rb').read(200): os._exit(9)\n    " + DONE)
    client = joined(desk)
    bad = sent(client, film()[:24] + b"bad" + film(), name="bad.mp4")
    good = sent(client, film(seed=2), name="good.mp4")
    desk.keeper.start()
    failed = settled(desk, bad["id"])
    assert failed.state == "failed"
    assert failed.error is not None
    assert "crashed the analysis twice" in failed.error
    assert settled(desk, good["id"]).state == "done"
    assert tries(tmp_path) == 3


def test_a_worker_that_dies_once_costs_nothing(working: Any, tmp_path: Path) -> None:
    desk = working("if tries == 1: next(orders); os._exit(1)\nfor order in orders: " + DONE)
    clip = sent(joined(desk), film())
    desk.keeper.start()
    assert settled(desk, clip["id"]).state == "done"
    assert tries(tmp_path) == 2


def test_a_clip_that_takes_too_long_is_given_up(working: Any) -> None:
    desk = working("for order in orders: time.sleep(60)", job_limit_s=0.5)
    clip = sent(joined(desk), film())
    desk.keeper.start()
    failed = settled(desk, clip["id"])
    assert failed.error is not None
    assert "given up" in failed.error


def test_a_worker_that_hangs_is_killed(working: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(keeper, "SILENT_S", 8.0)  # a busy computer starts a worker in seconds
    desk = working("if tries == 1: time.sleep(60)\nfor order in orders: " + DONE)
    clip = sent(joined(desk), film())
    desk.keeper.start()
    assert settled(desk, clip["id"], 60).state == "done"


def test_a_full_disk_says_nothing_of_the_clip(working: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "LATER_S", 0.1)
    desk = working("said(later='no room is left.') if next(orders) else None\nfor order in orders: " + DONE)
    clip = sent(joined(desk), film())
    desk.keeper.start()
    assert settled(desk, clip["id"]).state == "done"


def test_a_clip_that_cannot_be_judged_says_why_and_can_be_asked_for_again(working: Any) -> None:
    desk = working(
        "for order in orders:\n    said(failed='The clip shows nobody.') if order['asked']['side'] is None else " + DONE
    )
    client = joined(desk)
    clip = sent(client, film())
    desk.keeper.start()
    assert settled(desk, clip["id"]).error == "The clip shows nobody."
    again = client.post(f"/api/clips/{clip['id']}/again", json={"side": "left"})
    assert again.status_code == 202
    assert settled(desk, clip["id"]).state == "done"


def test_stopping_gives_back_what_is_worked_on(working: Any) -> None:
    desk = working("for order in orders:\n    said(stage='watching', share=0.3)\n    time.sleep(60)")
    clip = sent(joined(desk), film())
    desk.keeper.start()
    wait_for(lambda: desk.keeper.progress and desk.keeper.progress.share == 0.3)
    assert desk.shown(desk.clips.all()[0])["stage"] == "watching"
    began = time.monotonic()
    desk.keeper.stop(5)
    assert time.monotonic() - began < 4
    left = desk.clips.get(clip["id"])
    assert left is not None
    assert (left.state, left.deaths) == ("waiting", 0)


def test_what_a_killed_server_was_working_on_is_taken_up_again(working: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "ORPHANS_S", 0.0)
    desk = working("for order in orders: " + DONE)
    clip = sent(joined(desk), film())
    assert desk.clips.take_next() is not None, "and then the server is killed"
    desk.keeper.start()
    found = settled(desk, clip["id"])
    assert (found.state, found.deaths) == ("done", 0)


def test_deleting_what_is_worked_on_stops_the_work(working: Any, tmp_path: Path) -> None:
    desk = working(
        "for order in orders:\n    if tries > 1: " + DONE + "; continue\n    said(stage='a', share=0.3); time.sleep(60)"
    )
    client = joined(desk)
    clip = sent(client, film())
    desk.keeper.start()
    wait_for(lambda: desk.keeper.progress and desk.keeper.progress.share == 0.3)
    assert client.delete(f"/api/clips/{clip['id']}").status_code == 204
    assert not (tmp_path / "data" / "clips" / clip["id"]).exists()
    other = sent(client, film(seed=3), name="b.mp4")
    assert settled(desk, other["id"]).state == "done"
    assert [shown["id"] for shown in client.get("/api/clips").json()["clips"]] == [other["id"]]


def test_videos_are_removed_when_their_time_is_over_and_results_stay(working: Any) -> None:
    desk = working("for order in orders: 'forget' in order and os.unlink(order['forget']); said(done={})", keep_days=2.0)
    client = joined(desk)
    old, new = (judged(desk, sent(client, film(seed=n), name=f"{n}.mp4")["id"]) for n in (1, 2))
    waits = sent(client, film(seed=3), name="3.mp4")["id"]
    with desk.database.writing() as tables:
        tables.execute("UPDATE clips SET finished_kept_s = finished_kept_s - 300000 WHERE id = ?", (old.id,))
        tables.execute("UPDATE clips SET queued_at = 0, added_at = 0 WHERE id = ?", (waits,))
    desk.keeper.start()
    wait_for(lambda: not desk.clips.path(old).exists())
    settled(desk, waits)
    assert desk.clips.path(new).exists()
    assert client.get(f"/clips/{old.id}/report").status_code == 200
    gone = client.post(f"/api/clips/{old.id}/again")
    assert gone.status_code == 410
    assert "is gone" in gone.json()["error"]


def test_a_server_that_starts_with_the_clock_ahead_or_with_clips_judged_in_1970_removes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true_time = time.time
    desk = desk_in(tmp_path, keep_days=1.0)
    client = joined(desk)
    with monkeypatch.context() as wrong:
        wrong.setattr(time, "time", lambda: 1000.0)
        old = judged(desk, sent(client, film(), name="1970.mp4")["id"])
    clip = judged(desk, sent(client, film(seed=2))["id"])
    begun = client.post("/api/uploads", json={"name": "b.mp4", "bytes": 1000}).json()["id"]
    for years in (0.0, 10.0, 0.0, 0.1, 0.0):
        monkeypatch.setattr(time, "time", lambda ahead=years: true_time() + ahead * 365 * 86_400)
        again = desk_in(tmp_path, keep_days=1.0)
        again.tidy()
        assert again.clips.outlived(86_400) == []
        assert again.clips.path(clip).exists()
        assert again.clips.path(old).exists()
        assert begun in again.uploads.ids()


def test_days_that_pass_are_counted_also_while_no_server_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    true_time = time.time
    desk = desk_in(tmp_path)
    clip = judged(desk, sent(joined(desk), film())["id"])
    for day in range(5):
        monkeypatch.setattr(time, "time", lambda passed=day: true_time() + passed * 86_400)
        found = desk_in(tmp_path).clips.outlived(2 * 86_400)
    assert [entry.id for entry in found] == [clip.id]


def test_a_queue_that_has_trouble_goes_on(working: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "LATER_S", 0.05)
    desk = working("for order in orders: " + DONE)
    told, taken = [], desk.clips.take_next

    def trouble() -> Clip | None:
        if not told:
            told.append("once")
            raise OSError(28, "no space left")
        found: Clip | None = taken()
        return found

    monkeypatch.setattr(desk.clips, "take_next", trouble)
    clip = sent(joined(desk), film())
    desk.keeper.start()
    assert settled(desk, clip["id"]).state == "done"


def test_a_retry_uses_the_new_details(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    clip = sent(joined(desk), film(), load_kg=60)
    judged(desk, clip["id"])
    desk.clips.again(clip["id"], NOTHING)
    found = desk.clips.get(clip["id"])
    assert found is not None
    assert (found.state, found.asked, found.result) == ("waiting", NOTHING, None)


def test_devices_take_turns(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    one, other = joined(desk), joined(desk)
    many = [sent(one, film(seed=n), name=f"{n}.mp4")["id"] for n in range(4)]
    few = [sent(other, film(seed=n), name=f"{n}.mp4")["id"] for n in (5, 6)]
    assert desk.clips.queue() == [many[0], few[0], many[1], few[1], many[2], many[3]]
    served = []
    while (clip := desk.clips.take_next()) is not None:
        served.append(clip.id)
        expected = desk.clips.queue()
        desk.clips.finish(clip.id, {}, None)
        assert desk.clips.queue() == expected, "the places that were said hold"
    assert served == [many[0], few[0], many[1], few[1], many[2], many[3]]
    third = joined(desk)
    again, first = sent(one, film(seed=8), name="8.mp4")["id"], sent(third, film(seed=9), name="9.mp4")["id"]
    assert desk.clips.queue() == [first, again]


def test_an_idle_worker_process_ends(working: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(keeper, "IDLE_S", 0.2)
    desk = working("for order in orders: " + DONE)
    client = joined(desk)
    first = sent(client, film(seed=1))
    desk.keeper.start()
    assert settled(desk, first["id"]).state == "done"
    wait_for(lambda: desk.keeper._worker is None)
    second = sent(client, film(seed=2), name="b.mp4")
    assert settled(desk, second["id"]).state == "done"
    assert tries(tmp_path) == 2

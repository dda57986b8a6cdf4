from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from formcheck.apps.logbook.store import Logbook
from formcheck.apps.serve.state import Desk
from formcheck.outputs.folder import set_folder
from formcheck.outputs.page.page import write_page
from formcheck.results.analysis import ClipSet
from formcheck.results.corrections import NOTHING, Correction, Corrections, read_corrections, write_corrections
from formcheck.results.encoding import write_analysis
from tests.apps.logbook.histories import a_set
from tests.apps.serve.served import desk_in, film, joined, judged, sent
from tests.outputs.made_up import made_up_analysis, made_up_motion, shot_of


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return desk_in(tmp_path)


@pytest.fixture
def client(desk: Desk) -> TestClient:
    return joined(desk)


@pytest.fixture
def clip(desk: Desk, client: TestClient) -> str:
    number: str = sent(client, film())["id"]
    judged(desk, number)
    return number


def test_results_are_shown_to_their_device_and_to_the_owner_alone(desk: Desk, client: TestClient, clip: str) -> None:
    other, owner = joined(desk), joined(desk, owner=True)
    names = ["report", "video", "picture", "analysis.json", "annotated.mp4", "snapshots/finding-01-rep1-short_range.png"]
    for path in (f"/api/clips/{clip}", *(f"/clips/{clip}/{name}" for name in names)):
        assert client.get(path).status_code == 200, path
        assert owner.get(path).status_code == 200, path
        assert other.get(path).status_code == 404, path
    assert other.delete(f"/api/clips/{clip}").status_code == 404
    assert other.post(f"/api/clips/{clip}/again").status_code == 404
    assert other.get("/api/clips").json() == {"clips": []}
    assert [found["id"] for found in owner.get("/api/clips").json()["clips"]] == [clip]


@pytest.mark.parametrize(
    "name",
    [
        "track.npz",
        "clip.mp4",
        "..%2fclip.mp4",
        "../clip.mp4",
        "..%2f..%2f..%2fserve.sqlite",
        "%2fetc%2fpasswd",
        "batch.json",
        "snapshots",
        "snapshots/",
        "",
        ".",
        "snapshots/..%2fanalysis.json",
        "snapshots/..",
        "snapshots/%2e%2e/analysis.json",
        "snapshots/finding-01-rep1-short_range.png%00",
        "snapshots/finding-..%2f..%2fx.png",
        "annotated.mp4/",
        "video%00",
    ],
)
def test_paths_of_the_client_never_reach_the_disk(client: TestClient, clip: str, name: str) -> None:
    assert client.get(f"/clips/{clip}/{name}").status_code == 404


@pytest.mark.parametrize("number", ["..", "%2e%2e", "..%2f..", "' OR 1=1 --", "%00", "clips", "."])
def test_no_number_of_the_client_leads_anywhere(client: TestClient, clip: str, number: str) -> None:
    assert client.get(f"/api/clips/{number}").status_code in (404, 200)
    assert client.get(f"/clips/{number}/video").status_code == 404
    assert client.delete(f"/api/clips/{number}").status_code in (404, 405)
    assert client.get(f"/api/clips/{clip}").status_code == 200


def test_folders_are_not_listed(client: TestClient, clip: str) -> None:
    for path in ("/clips", "/clips/", f"/clips/{clip}", f"/clips/{clip}/", "/static", "/static/", "/static/..%2f__init__.py"):
        assert client.get(path).status_code == 404, path


@pytest.mark.skipif(os.name != "posix", reason="links need rights elsewhere")
def test_a_link_among_the_pictures_is_not_followed(desk: Desk, client: TestClient, clip: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"secret")
    own = desk.clips.get(clip)
    assert own is not None
    (desk.clips.outputs(own) / "snapshots" / "finding-9.png").symlink_to(secret)
    assert client.get(f"/clips/{clip}/snapshots/finding-9.png").status_code == 404


def test_the_video_is_given_out_in_ranges(client: TestClient, clip: str) -> None:
    whole = client.get(f"/clips/{clip}/video")
    assert (whole.headers["content-type"], whole.headers["accept-ranges"]) == ("video/mp4", "bytes")
    part = client.get(f"/clips/{clip}/video", headers={"range": "bytes=256-511"})
    assert part.status_code == 206
    assert part.content == bytes(range(256))
    assert part.headers["content-range"] == f"bytes 256-511/{len(whole.content)}"
    assert client.get(f"/clips/{clip}/video", headers={"range": "bytes=99999-"}).status_code == 416
    assert client.get(f"/clips/{clip}/video", headers={"range": "bytes=0-1," * 3000}).status_code in (400, 416, 200, 206)


def test_the_video_is_saved_under_the_clips_name(desk: Desk) -> None:
    client = joined(desk)
    number = sent(client, film(), name='mein "Satz"\u00fc/..\r\nSet-Cookie: a=b.mp4')["id"]
    judged(desk, number)
    header = client.get(f"/clips/{number}/video?download=1").headers["content-disposition"]
    assert header.startswith("attachment; filename")
    assert "\n" not in header
    assert "set-cookie" not in client.get(f"/clips/{number}/video?download=1").headers


def test_the_report_may_run_its_own_scripts_and_no_others(client: TestClient, clip: str) -> None:
    policy = client.get(f"/clips/{clip}/report").headers["content-security-policy"]
    scripts = next(part for part in policy.split(";") if part.strip().startswith("script-src"))
    assert "sha256-" in scripts
    assert "unsafe" not in scripts
    assert "http" not in policy


def test_deleting_leaves_nothing(desk: Desk, client: TestClient, clip: str, tmp_path: Path) -> None:
    assert client.delete(f"/api/clips/{clip}").status_code == 204
    assert client.get(f"/api/clips/{clip}").status_code == 404
    assert list((tmp_path / "data" / "clips").iterdir()) == []
    assert client.delete(f"/api/clips/{clip}").status_code == 404


def test_a_waiting_clip_cannot_be_queued_again(client: TestClient) -> None:
    number = sent(client, film())["id"]
    assert client.post(f"/api/clips/{number}/again").status_code == 409


def test_orphaned_folders_are_removed_at_startup(desk: Desk, client: TestClient, clip: str, tmp_path: Path) -> None:
    left = tmp_path / "data" / "clips" / "left-over"
    left.mkdir()
    (left / "clip.mp4").write_bytes(b"x")
    (tmp_path / "data" / "clips" / ".gone-1").mkdir()
    begun = client.post("/api/uploads", json={"name": "b.mp4", "bytes": 1000}).json()["id"]
    client.patch(f"/api/uploads/{begun}", content=film(700), headers={"upload-offset": "0"})
    desk.tidy()
    assert sorted(path.name for path in (tmp_path / "data" / "clips").iterdir()) == sorted([clip, begun])


def test_an_abandoned_upload_is_removed(desk: Desk, client: TestClient) -> None:
    begun = client.post("/api/uploads", json={"name": "b.mp4", "bytes": 1000}).json()["id"]
    desk.tidy()
    assert client.get(f"/api/uploads/{begun}").status_code == 200
    with desk.database.writing() as tables:
        tables.execute("UPDATE uploads SET touched_kept_s = touched_kept_s - 200000")
    desk.tidy()
    assert client.get(f"/api/uploads/{begun}").status_code == 404


def test_a_device_is_told_what_it_may_send(client: TestClient) -> None:
    said: dict[str, Any] = client.get("/api/me").json()
    assert said["device"]["name"] == "iPhone"
    assert said["owner"] is False
    assert {"name": "hip_thrust", "title": "Hip thrust"} in said["exercises"]
    assert said["keep_videos"] == "30 days"
    assert said["limits"] == {"bytes": 2 * 1024**3, "seconds": 900.0, "load_kg": 1000.0}


def test_without_a_logbook_there_is_a_page_and_no_advice(client: TestClient) -> None:
    assert client.get("/api/next").json() == {"next": []}
    page = client.get("/history")
    assert page.status_code == 200
    assert "sha256-" in page.headers["content-security-policy"]


@pytest.fixture
def outputs(desk: Desk, clip: str) -> Path:
    """The folder of a judged set with two reps that are both too upright."""
    _, reps = made_up_motion()
    folder = desk.clips.outputs(desk.clips.get(clip))  # type: ignore[arg-type]
    write_analysis(made_up_analysis(reps, 5.0), folder / "analysis.json")
    (folder / "batch.json").write_text("{}")
    return folder


def test_a_correction_is_kept_and_the_clip_is_judged_again(desk: Desk, client: TestClient, clip: str, outputs: Path) -> None:
    address = f"/api/clips/{clip}/correct"
    word = {"not_reps": [2], "not_faults": [[1, "torso_upright"]], "because": "quads", "exercise": "lunge", "leg": "left"}
    assert joined(desk).post(address, json=word).status_code == 404
    answer = client.post(address, json=word)
    assert answer.status_code == 202, answer.text
    assert (answer.json()["state"], answer.json()["asked"]["exercise"]) == ("waiting", "lunge")
    kept = read_corrections(outputs)
    assert [(item.kind, item.rule, item.because) for item in kept.items] == [
        ("not_a_rep", "", "quads"), ("not_a_fault", "torso_upright", "quads")
    ]  # fmt: skip
    assert (kept.exercise, kept.leg) == ("lunge", "left")
    assert not (outputs / "batch.json").exists(), "it would be taken for judged already"
    assert client.post(address, json=word).status_code == 409, "it waits"


def test_a_correction_of_the_second_set_is_kept_and_taken_back_by_itself(
    desk: Desk, client: TestClient, clip: str, outputs: Path
) -> None:
    _, reps = made_up_motion()
    times = ("start_s", "turn_start_s", "turn_end_s", "end_s")
    later = [replace(rep, **{name: getattr(rep, name) + 60 for name in times}) for rep in reps]
    parts = tuple(ClipSet(n, None, None, at, at + 5, "split_squat", None, 2, 0, {}) for n, at in ((1, 0.0), (2, 60.0)))
    (outputs / "set-2").mkdir()
    for number, own in ((1, reps), (2, later)):
        one = replace(made_up_analysis(own, 70.0), sets=parts, set_number=number)
        write_analysis(one, set_folder(outputs, number) / "analysis.json")
    for word in ({"not_reps": [1]}, {"not_reps": [2], "set": 2}, {"undo": True, "set": 1}):
        assert client.post(f"/api/clips/{clip}/correct", json=word).status_code == 202
        with desk.database.writing() as tables:
            tables.execute("UPDATE clips SET state = 'done' WHERE id = ?", (clip,))
    assert [item.at_s for item in read_corrections(outputs).items] == [round(later[1].turn_s, 3)]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"because": "why"},
        {"not_reps": ["1"]},
        {"not_reps": [1, 2]},
        {"not_reps": [9]},
        {"not_faults": [[1, "lockout"]]},
        {"not_reps": [1], "because": "x" * 201},
        {"not_reps": [1], "set": 2},
        {"not_reps": [1], "set": "../.."},
        {"exercise": "juggling"},
        {"leg": "both"},
    ],
)
def test_a_correction_of_nothing_that_is_there_is_not_kept(
    client: TestClient, clip: str, outputs: Path, wrong: dict[str, Any]
) -> None:
    answer = client.post(f"/api/clips/{clip}/correct", json=wrong)
    assert answer.status_code == 422
    assert answer.json()["error"].endswith(".")
    assert read_corrections(outputs) == NOTHING
    assert (outputs / "batch.json").exists()


def test_corrections_are_taken_back_and_the_exercise_that_is_named_last_counts(
    desk: Desk, client: TestClient, clip: str, outputs: Path
) -> None:
    write_corrections(outputs, Corrections((Correction("not_a_rep", 1.0),), "lunge"))
    assert client.post(f"/api/clips/{clip}/again", json={"exercise": "split_squat"}).status_code == 202
    assert read_corrections(outputs).exercise == "split_squat"
    with desk.database.writing() as tables:
        tables.execute("UPDATE clips SET state = 'done' WHERE id = ?", (clip,))
    answer = client.post(f"/api/clips/{clip}/correct", json={"undo": True})
    assert answer.json()["asked"]["exercise"] is None
    assert read_corrections(outputs) == NOTHING


def test_a_served_report_may_ask_its_own_server_and_one_on_the_disk_nobody(
    desk: Desk, client: TestClient, clip: str, outputs: Path
) -> None:
    motion, reps = made_up_motion()
    write_page(outputs, made_up_analysis(reps, 5.0), [shot_of(motion, reps)])
    on_disk = (outputs / "report.html").read_text(encoding="utf-8")
    assert "connect-src 'none'" in on_disk
    served = client.get(f"/clips/{clip}/report")
    assert "connect-src 'self'" in served.headers["content-security-policy"]
    assert "connect-src 'none'" not in served.text


def logged(desk: Desk, client: TestClient, who: str, **changes: Any) -> str:
    """A judged set of a device, with its entry in the logbook; the clip's number."""
    number: str = sent(client, film(seed=len(who)), who=who)["id"]
    clip = judged(desk, number)
    entry = a_set("ccc", who=who, **changes)
    assert entry.clip is not None
    with Logbook(desk.settings.logbook) as book:
        book.log(replace(entry, clip=replace(entry.clip, sha256=clip.sha256, folder=str(desk.clips.outputs(clip)))))
    return number


def test_the_day_the_names_and_the_links_are_those_of_the_devices_own_sets(desk: Desk) -> None:
    one, other, owner = joined(desk), joined(desk), joined(desk, owner=True)
    now = datetime.now().astimezone()
    number = logged(desk, one, "Anna", filmed_at=now)
    logged(desk, other, "Ben", filmed_at=now - timedelta(days=3))
    assert one.get("/api/clips").json()["clips"][0]["asked"]["who"] == "Anna"
    assert [client.get("/api/me").json()["people"] for client in (one, other, owner)] == [["Anna"], ["Ben"], ["Anna", "Ben"]]
    (anna,) = one.get("/api/today").json()["people"]
    assert (anna["who"], anna["last_day"], anna["to_do"]) == (
        "Anna", None, [{"exercise": "hip_thrust", "title": "Hip thrust", "sets": 4, "done": 1, "rest_s": 120}]
    )  # fmt: skip
    assert [found["who"] for found in owner.get("/api/today").json()["people"]] == ["Anna", "Ben"]
    assert [part["who"] for part in owner.get("/api/next").json()["next"]] == ["Anna", "Ben"]
    assert f'href="/clips/{number}/report.html"' in one.get("/history").text
    assert number not in other.get("/history").text
    assert "Who needs a look first" in owner.get("/history").text


@pytest.mark.parametrize("who", ["", " ", "x" * 61, 7, "a\u200bb"])
def test_a_name_that_is_none_is_refused(client: TestClient, who: object) -> None:
    answer = client.post("/api/uploads", json={"name": "a.mp4", "bytes": 10, "who": who})
    assert (answer.status_code, "name of the lifter" in answer.text) == (422, True)

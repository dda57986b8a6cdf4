"""`analyze` and `render` with a saved track: what a folder keeps, shows and refuses."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from formcheck.apps.batch.record import Record, read_record, write_record
from formcheck.apps.cli import app
from formcheck.errors import FormcheckError, OutputError, UsageError
from formcheck.runtime.files import folder_lock
from tests.made_up_clip import film, watched


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("clips") / "set.mp4")


@pytest.fixture
def clip(filmed: Path, tmp_path: Path) -> Path:
    """A clip whose folder beside it has been watched."""
    shutil.copyfile(filmed, tmp_path / "set.mp4")
    watched(tmp_path / "set.mp4", tmp_path / "set.formcheck")
    return tmp_path / "set.mp4"


def run(*arguments: object) -> str:
    """Run the command line; returns what it printed.

    Raises:
        FormcheckError: as the command did.
    """
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def said(folder: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((folder / "analysis.json").read_text(encoding="utf-8"))
    return data


def shown(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"track.npz", "bar.npz"}


QUICK = ("--no-video", "--no-report")


def test_drawing_again_keeps_what_was_said_of_the_analysis(clip: Path, tmp_path: Path) -> None:
    folder, limits = tmp_path / "set.formcheck", tmp_path / "mine.toml"
    limits.write_text("[goblet_squat.short_range]\nvalue = 99\nborderline = 1\n")
    run(
        "analyze", clip, *QUICK, "--exercise", "goblet-squat", "--side", "right", "--height", "180cm", "--weight", "24kg",
        "--plate-diameter", "40cm", "--limits", limits,
    )  # fmt: skip
    limits.unlink()  # kept by value
    before = said(folder)
    assert before["software"]["limits"]["short_range"]["value"] == 99
    text = run("render", folder, *QUICK)
    assert said(folder) == before
    assert "Different" not in text
    for kept in ("exercise goblet squat", "side right", "height 180 cm", "plates 40 cm", "weight 24 kg", "99 (band 1)"):
        assert kept in text.partition("Kept from the analysis")[2], kept


def test_options_given_again_win_and_what_differs_is_said(clip: Path, tmp_path: Path) -> None:
    folder, limits = tmp_path / "set.formcheck", tmp_path / "mine.toml"
    run("analyze", clip, *QUICK, "--exercise", "goblet-squat", "--height", "180cm", "--plate-diameter", "40cm")
    limits.write_text("[goblet_squat]\nshort_range = 1\n")
    text = run("render", folder, *QUICK, "--limits", limits, "--exercise", "auto", "--plate-diameter", "45cm")
    told = text.partition("Different from the analysis")[2]
    for changed in ("exercise recognised (was goblet squat)", "plates 45 cm (was 40 cm)", "short_range 1", "(was as shipped)"):
        assert changed in told, changed
    options = said(folder)["software"]["options"]
    assert (options["exercise"], options["plate_diameter_m"], options["height_m"]) == ("auto", 0.45, 1.8)
    assert said(folder)["exercise"]["source"] == "auto"


def test_a_folder_of_an_earlier_version_is_said_to_know_little(clip: Path, tmp_path: Path) -> None:
    folder = tmp_path / "set.formcheck"
    run("analyze", clip, *QUICK, "--exercise", "goblet-squat", "--weight", "24kg")
    data = said(folder)
    del data["software"]["options"]
    (folder / "analysis.json").write_text(json.dumps(data))
    assert "earlier version" in run("render", folder, *QUICK)
    assert said(folder)["exercise"]["source"] == "user"
    assert said(folder)["exercise"]["load_kg"] == 24


def test_a_folder_shows_one_analysis(clip: Path, tmp_path: Path) -> None:
    folder = tmp_path / "set.formcheck"
    run("analyze", clip, "--exercise", "goblet-squat")
    assert shown(folder) == {"analysis.json", "angles.csv", "annotated.mp4", "report.html", "snapshots"}
    (folder / "snapshots" / "mine.png").touch()
    (folder / "notes.txt").touch()
    run("analyze", clip, "--no-video", "--exercise", "split-squat")
    assert shown(folder) == {"analysis.json", "angles.csv", "report.html", "snapshots", "notes.txt"}
    assert [path.name for path in (folder / "snapshots").iterdir()] == ["mine.png"]
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "annotated.mp4" not in page
    assert "snapshots/" not in page
    run("render", folder, *QUICK)
    assert "report.html" not in shown(folder)


def test_a_batch_is_told_what_its_folder_holds_now(clip: Path, tmp_path: Path) -> None:
    folder = tmp_path / "set.formcheck"
    run("analyze", clip, *QUICK, "--exercise", "goblet-squat")
    assert not (folder / "batch.json").exists()
    record = Record("set.mp4", "tag", said(folder)["clip"]["sha256"], "key", "analysed", files={"analysis.json": 1})
    for command in (("render", folder, *QUICK, "--exercise", "split-squat"), ("analyze", clip, *QUICK, "--exercise", "rdl")):
        write_record(folder, record)
        assert read_record(folder) is None, "the sizes are not those of the record"
        run(*command)
        noted = read_record(folder)
        assert noted is not None
        assert (noted.by_hand, noted.key, noted.row["exercise"]) == (True, "key", said(folder)["exercise"]["name"])
        assert len(noted.reps) == said(folder)["summary"]["reps"]


def test_pictures_are_made_without_a_video(clip: Path, tmp_path: Path) -> None:
    folder = tmp_path / "set.formcheck"
    text = run("analyze", clip, "--no-video", "--snapshots", "--exercise", "goblet-squat")
    findings = said(folder)["findings"]
    pictures = sorted(path.name for path in (folder / "snapshots").iterdir())
    assert findings
    assert len(pictures) == len(findings)
    assert "annotated.mp4" not in shown(folder)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert all(f"snapshots/{name}" in page for name in pictures)
    assert "snapshots" in text.splitlines()[-1]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits")
def test_a_full_disk_is_one_sentence_and_what_was_computed_stays(clip: Path, tmp_path: Path) -> None:
    import resource

    def no_room() -> None:  # a file that is too large ends as a full disk does: in the middle of writing
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))

    command = [sys.executable, "-m", "formcheck.apps.cli", "analyze", str(clip), "--exercise", "goblet-squat"]
    result = subprocess.run(command, capture_output=True, text=True, preexec_fn=no_room, env=dict(os.environ))
    assert result.returncode == OutputError.exit_code == 5, result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert "annotated.mp4 was not written: no room is left" in result.stderr
    assert shown(tmp_path / "set.formcheck") - {"snapshots"} == {"analysis.json", "angles.csv", "report.html"}
    assert said(tmp_path / "set.formcheck")["summary"]["reps"] == 3


def test_a_folder_that_cannot_be_written_to_has_an_exit_code_of_its_own(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="choose another --out"):
        run("analyze", clip, "--out", tmp_path / "file" / "out")


def test_two_at_once_in_one_folder_are_refused(clip: Path, tmp_path: Path) -> None:
    folder = tmp_path / "set.formcheck"
    run("analyze", clip, *QUICK, "--exercise", "goblet-squat")
    before = (folder / "analysis.json").read_bytes()
    with folder_lock(folder):
        for command in (("analyze", clip, *QUICK), ("render", folder, *QUICK)):
            with pytest.raises(UsageError, match="another formcheck is working"):
                run(*command)
    assert (folder / "analysis.json").read_bytes() == before


def test_nothing_is_written_through_links_in_the_folder(clip: Path, tmp_path: Path) -> None:
    folder, precious, elsewhere = tmp_path / "set.formcheck", tmp_path / "precious", tmp_path / "elsewhere"
    precious.write_text("mine")
    elsewhere.mkdir()
    for name in ("analysis.json", "angles.csv", "annotated.mp4", "report.html", ".analysis.json.part", ".annotated.part.mp4"):
        (folder / name).symlink_to(precious)
    (folder / "snapshots").symlink_to(elsewhere)
    run("analyze", clip, "--exercise", "goblet-squat")
    assert precious.read_text() == "mine"
    assert list(elsewhere.iterdir()) == []
    assert not (folder / "annotated.mp4").is_symlink()


ODD_NAMES = ["[rdl] :smile: set.mp4", "=HYPERLINK(1).mp4", "[red]x[bold].mp4", "ünï 'n' #1?.mp4", "-o.mp4"]


@pytest.mark.parametrize("name", [*ODD_NAMES, os.fsdecode(b"caf\xe9.mp4")])
def test_odd_names_are_names_like_any_other(filmed: Path, tmp_path: Path, name: str) -> None:
    if sys.platform != "linux" and not name.isprintable():
        pytest.skip("file names that are no text")
    clip = tmp_path / name
    shutil.copyfile(filmed, clip)
    folder = watched(clip, tmp_path / f"{name.removesuffix('.mp4')}.formcheck")
    text = run("analyze", "--no-video", "--exercise", "goblet-squat", "--", clip)
    assert name.encode("utf-8", "backslashreplace").decode().removesuffix(".mp4") in text
    assert said(folder)["clip"]["path"] == name.encode("utf-8", "backslashreplace").decode()
    run("render", *QUICK, "--", folder)
    assert json.loads(run("render", *QUICK, "--json", "--", folder))["summary"]["reps"] == 3


def test_clips_of_one_name_do_not_share_a_folder(filmed: Path, tmp_path: Path) -> None:
    names = ("IMG_1.MOV", "IMG_1.mp4", "IMG_1.MOV.mp4")
    for name in names:
        shutil.copyfile(filmed, tmp_path / name)
    for name in names:
        watched(tmp_path / name, tmp_path / f"{name}.formcheck")
        run("analyze", tmp_path / name, *QUICK, "--exercise", "goblet-squat")
    assert {name: said(tmp_path / f"{name}.formcheck")["clip"]["path"] for name in names} == {name: name for name in names}
    assert not (tmp_path / "IMG_1.formcheck").exists()


Change = Callable[[dict[str, Any]], None]


def spoil(path: Path, change: Change) -> None:
    """Change the arrays of a saved file."""
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    change(arrays)
    np.savez_compressed(path, **arrays)


def put(name: str, value: Any) -> Change:
    return lambda arrays: arrays.update({name: np.asarray(value)})


SPOILT: dict[str, tuple[str, Change]] = {
    "shape": ("track.npz", put("points", np.zeros((90, 3, 2), np.float32))),
    "kind": ("track.npz", put("visibility", np.full((90, 33), "x"))),
    "samples beyond the frames": ("track.npz", put("samples", np.arange(90) + 1000)),
    "samples not in order": ("track.npz", put("samples", np.arange(90)[::-1])),
    "times go back": ("track.npz", put("frame_times", np.arange(90)[::-1] / 15)),
    "no times": ("track.npz", put("frame_times", np.full(90, np.nan))),
    "unknown shot": ("track.npz", put("shot", np.full(90, 7))),
    "outline": ("track.npz", put("outline_lengths", np.array([5, 5, -3]))),
    "outline counts": ("track.npz", put("outline_counts", np.full(90, 10**9))),
    "missing": ("track.npz", lambda arrays: arrays.pop("world")),
    "bar shape": ("bar.npz", put("x", np.zeros((3, 2), np.float32))),
    "bar times": ("bar.npz", put("times", np.zeros(5))),
}


@pytest.mark.parametrize("kind", SPOILT)
def test_a_damaged_folder_is_refused_or_made_good(clip: Path, tmp_path: Path, kind: str) -> None:
    """What only watching again could give is asked for in one sentence; the bar is looked for again."""
    name, change = SPOILT[kind]
    folder = tmp_path / "set.formcheck"
    run("analyze", clip, *QUICK, "--exercise", "goblet-squat")
    before = said(folder)
    spoil(folder / name, change)
    if name == "bar.npz":
        run("render", folder, *QUICK)
        assert said(folder)["reps"] == before["reps"]
        return
    with pytest.raises(UsageError, match="run `formcheck analyze` on the clip again") as refused:
        run("render", folder, *QUICK)
    assert "\n" not in str(refused.value)
    assert said(folder) == before


def bomb(path: Path) -> None:
    """A few kilobytes that unpack to two gigabytes."""
    path.unlink()
    zipped = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with zipped as packed, packed.open("points.npy", "w", force_zip64=True) as stream:
        np.lib.format.write_array_header_1_0(stream, {"descr": "<f4", "fortran_order": False, "shape": (500_000_000,)})
        for _ in range(125):
            stream.write(bytes(16_000_000))


def liar(path: Path) -> None:
    """An array that says it is larger than any memory."""
    with zipfile.ZipFile(path, "w") as packed, packed.open("points.npy", "w") as stream:
        np.lib.format.write_array_header_1_0(stream, {"descr": "<f4", "fortran_order": False, "shape": (10**15,)})


@pytest.mark.parametrize("make", [bomb, liar])
def test_a_file_made_to_fill_the_memory_is_refused(clip: Path, tmp_path: Path, make: Callable[[Path], None]) -> None:
    folder = tmp_path / "set.formcheck"
    run("analyze", clip, *QUICK, "--exercise", "goblet-squat")
    make(folder / "track.npz")
    tracemalloc.start()
    with pytest.raises(UsageError, match=r"unpacks to|does not fit its size"):
        run("render", folder, *QUICK)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6


def test_a_folder_of_another_file_is_refused(clip: Path, tmp_path: Path) -> None:
    folder = tmp_path / "set.formcheck"
    run("analyze", clip, *QUICK, "--exercise", "goblet-squat")
    for text in ("not json", "[]", '{"schema": "formcheck.analysis/1"}', "[" * 100_000):
        (folder / "analysis.json").write_text(text)
        with pytest.raises(FormcheckError) as refused:
            run("render", folder, *QUICK)
        assert "\n" not in str(refused.value)


def test_findings_and_a_page_that_plays_the_clip_outlive_an_interrupted_drawing(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from formcheck.outputs.overlay import render

    def interrupted(*_: object, **__: object) -> float:
        raise KeyboardInterrupt

    monkeypatch.setattr(render, "render_video", interrupted)
    result = CliRunner().invoke(app, ["analyze", str(clip), "--exercise", "goblet-squat"], env={"COLUMNS": "200"})
    assert result.exit_code != 0
    assert "3 reps" in result.output, "the verdict is said before the video is drawn"
    folder = tmp_path / "set.formcheck"
    assert shown(folder) == {"analysis.json", "angles.csv", "report.html"}
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert 'src="../set.mp4"' in page
    assert "still being drawn" in page


def test_a_correction_holds_when_the_clip_is_analysed_again_and_can_be_taken_back(clip: Path, tmp_path: Path) -> None:
    folder, logbook = tmp_path / "set.formcheck", tmp_path / "logbook.sqlite"
    run("analyze", clip, *QUICK, "--exercise", "goblet-squat")
    before = said(folder)
    finding = next(finding for finding in before["findings"] if finding["rep"] == 1)
    word = ("--not-a-rep", 2, "--not-a-fault", f"1:{finding['rule']}", "--because", "warming up", "--exercise", "back-squat")
    run("log", "correct", folder, *word, "--logbook", logbook)
    run("analyze", clip, *QUICK)
    after = said(folder)
    assert after["exercise"]["name"] == "back_squat"
    assert len(after["reps"]) == len(before["reps"]) - 1
    assert any(part["reason"] == "struck out by hand: warming up" for part in after["not_counted"])
    refused = [gap for gap in after["not_judged"] if gap["code"] == "refused"]
    assert [(gap["rep"], gap["rule"], gap["reason"]) for gap in refused] == [(1, finding["rule"], "warming up")]
    run("log", "correct", folder, "--undo", "--logbook", logbook)
    run("analyze", clip, *QUICK, "--exercise", "goblet-squat")
    assert (said(folder)["reps"], said(folder)["findings"]) == (before["reps"], before["findings"])

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
import time
from concurrent.futures import Future

import pyarrow.parquet
import pytest

from formcheck.apps.batch import record as record_module
from formcheck.apps.batch.record import part_of, read_record
from formcheck.errors import ClipError, OutputError, PoseCrashError
from formcheck.results.encoding import write_analysis
from tests.apps.batch.made_up_batch import REPS, ROW, batch_of, run, runner, write
from tests.outputs.made_up import made_up_analysis, made_up_take


def table(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def by_clip(out):
    return {row["clip"]: row for row in table(out / "summary.csv")}


@pytest.fixture
def out(tmp_path):
    path = tmp_path / "out"
    path.mkdir()
    return path


def test_mirrors_the_tree_and_summarises(folder, out, made_up):
    write(folder / "bad.mp4", "bad")
    write(folder / "notes.txt", "good")
    batch = run(folder, out)
    assert (out / "sub" / "c.formcheck" / "analysis.json").read_text() == "goodauto"
    rows = by_clip(out)
    assert {name: row["status"] for name, row in rows.items()} == {
        "a.mp4": "analysed", "b.mov": "analysed", "bad.mp4": "failed", "sub/c.mp4": "analysed",
    }  # fmt: skip
    assert rows["bad.mp4"]["reason"] == "bad.mp4 is bad."
    assert rows["bad.mp4"]["reps"] == ""
    assert rows["a.mp4"]["faults"] == "lumbar_arch:1"
    totals = batch.totals()
    assert (totals.clips, totals.analysed, totals.failed, totals.with_faults) == (4, 3, 1, 3)
    parquet = pyarrow.parquet.read_table(out / "summary.parquet").to_pylist()
    assert [row["clip"] for row in parquet] == list(rows)
    assert parquet[0]["reps"] == 3
    assert parquet[0]["eccentric_s"] is None
    reps = table(out / "reps.csv")
    assert len(reps) == 9
    assert reps[0]["clip"] == "a.mp4"
    assert reps[0]["hip_at_top_deg"] == "170.0"


def test_what_was_found_is_known_while_the_video_is_drawn(folder, out, made_up, monkeypatch):
    from formcheck.apps.batch import work

    monkeypatch.undo()  # the real end of the work, with a pose that is made up
    monkeypatch.setattr(work, "_watch", made_up.watch)
    monkeypatch.setattr(work, "LOOK_EVERY_S", 0.01)
    drawing: Future[object] = Future()
    analysis = made_up_analysis(list(made_up_take()[0].reps), 10.0)

    class Pool:
        def submit(self, function, clip, part, options, outputs, limit_s):
            write_analysis(analysis, part / "analysis.json")
            return drawing

    def judged(sets):
        assert [found.findings for found in sets] == [analysis.findings]
        assert not (out / job.out_name).exists(), "a folder of that name is complete"
        drawing.set_result(([ROW], REPS))

    job = batch_of(folder, out).scan()[0]
    record = work.analyse_into(folder / job.name, job, out / job.out_name, Pool(), lambda *_: None, judged)
    assert record.row == ROW
    assert read_record(out / job.out_name) is not None


def test_a_second_run_does_only_what_is_missing_or_changed(folder, out, made_up):
    run(folder, out)
    made_up.analysed.clear()
    write(folder / "new.mp4", "good")
    write(folder / "b.mov", "good, but changed")
    run(folder, out)
    assert sorted(made_up.analysed) == ["b.mov", "new.mp4"]
    assert "new.mp4" in by_clip(out)


def test_failed_clips_are_not_tried_again_until_they_change(folder, out, made_up):
    write(folder / "bad.mp4", "bad")
    run(folder, out)
    assert run(folder, out).scan() == []
    write(folder / "bad.mp4", "good now")
    run(folder, out)
    assert by_clip(out)["bad.mp4"]["status"] == "analysed"


def test_a_bug_costs_one_row_and_is_tried_again(folder, out, made_up):
    write(folder / "x.mp4", "broken")
    batch = run(folder, out)
    assert batch.totals().failed == 1
    assert "ZeroDivisionError" in by_clip(out)["x.mp4"]["reason"]
    assert [job.name for job in batch_of(folder, out).scan()] == ["x.mp4"]


def ran_out_of_memory(name):
    """The errors that want of memory ends in, wherever it strikes."""
    broken = ClipError(f"{name} cannot be read any further.")
    broken.__context__ = MemoryError()
    return [MemoryError(), PoseCrashError("the pose model crashed twice on this clip."), broken]


@pytest.mark.parametrize("kind", range(3))
def test_a_clip_that_ran_out_of_memory_is_tried_again_in_the_next_run(folder, out, made_up, kind):
    def hook(job):
        if job.name == "a.mp4":
            raise ran_out_of_memory(job.name)[kind]

    made_up.hook = hook
    batch = run(folder, out)
    assert batch.totals().failed == 1
    assert "tried again on the next run" in by_clip(out)["a.mp4"]["reason"]
    made_up.hook = lambda job: None
    run(folder, out)
    assert by_clip(out)["a.mp4"]["status"] == "analysed"


def test_a_clip_that_goes_away_while_it_is_read_is_not_its_own_failure(folder, out, made_up):
    def hook(job):
        if job.name == "a.mp4":
            (folder / "a.mp4").unlink()
            raise ClipError("a.mp4 cannot be decoded.")

    made_up.hook = hook
    run(folder, out)
    assert not (out / "a.formcheck").exists()
    write(folder / "a.mp4", "good")
    made_up.hook = lambda job: None
    run(folder, out)
    assert by_clip(out)["a.mp4"]["status"] == "analysed"


def test_an_output_drive_that_goes_away_stops_the_batch_and_is_not_made_up_for(folder, out, made_up, tmp_path):
    batch = batch_of(folder, out)
    jobs = batch.scan()
    shutil.rmtree(out)
    with pytest.raises(OutputError, match="is gone or cannot be reached"):
        batch.run(jobs, lambda jobs: runner(jobs, out))
    assert not out.exists()


def test_a_link_in_the_place_of_a_summary_is_not_written_through(folder, out, made_up, tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("mine")
    for name in ("summary.csv", ".summary.csv.part", "index.html", ".index.html.part", "reps.csv", "summary.parquet"):
        (out / name).symlink_to(precious)
    run(folder, out)
    assert precious.read_text() == "mine"
    assert not (out / "summary.csv").is_symlink()


def test_a_name_is_no_formula_in_the_tables(folder, out, made_up):
    name = '=HYPERLINK("x","y").mp4'
    write(folder / name, "good")
    write(folder / "sub" / "-1+2.mp4", "bad")
    run(folder, out)
    for path in (out / "summary.csv", out / "reps.csv"):
        cells = [cell for row in table(path) for cell in row.values()]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert f"'{name}" in by_clip(out)
    assert name in [row["clip"] for row in pyarrow.parquet.read_table(out / "summary.parquet").to_pylist()]


def test_clips_beside_each_other_never_share_a_folder_and_keep_theirs(folder, out, made_up):
    write(folder / "IMG_1.MOV", "good")
    run(folder, out)
    assert (out / "IMG_1.formcheck").exists()
    for name in ("IMG_1.mp4", "IMG_1.MOV.mp4"):
        write(folder / name, "good")
    made_up.analysed.clear()
    run(folder, out)
    assert sorted(made_up.analysed) == ["IMG_1.MOV.mp4", "IMG_1.mp4"], "IMG_1.MOV was done already"
    folders = {name: row["folder"] for name, row in by_clip(out).items() if name.startswith("IMG")}
    assert folders == {
        "IMG_1.MOV": "IMG_1.formcheck", "IMG_1.mp4": "IMG_1.mp4.formcheck", "IMG_1.MOV.mp4": "IMG_1.MOV.mp4.formcheck",
    }  # fmt: skip
    for name, own in folders.items():
        assert read_record(out / own).clip == name
    made_up.analysed.clear()
    (folder / "IMG_1.mp4").unlink()
    run(folder, out)
    assert made_up.analysed == []


@pytest.mark.skipif(sys.platform != "linux", reason="file names that are no text")
def test_a_name_that_is_no_utf8_costs_nothing(folder, out, made_up):
    write(folder / os.fsdecode(b"caf\xe9.mp4"), "good")
    run(folder, out)
    assert by_clip(out)["caf\\udce9.mp4"]["status"] == "analysed"


def test_a_touched_file_is_read_but_not_analysed_again(folder, out, made_up):
    run(folder, out)
    made_up.analysed.clear()
    os.utime(folder / "a.mp4", (1, 1))
    assert [job.name for job in batch_of(folder, out).scan()] == ["a.mp4"]
    run(folder, out)
    assert made_up.analysed == []
    assert batch_of(folder, out).scan() == []


def test_other_options_do_everything_again_but_keep_the_track(folder, out, made_up):
    run(folder, out)
    (out / "a.formcheck" / "track.npz").write_text("old track")
    record = out / "a.formcheck" / "batch.json"
    record.write_text(record.read_text().replace('"track.npz": 5', '"track.npz": 9'))
    made_up.analysed.clear()
    run(folder, out, exercise="romanian-deadlift")
    assert sorted(made_up.analysed) == ["a.mp4", "b.mov", "sub/c.mp4"]
    assert (out / "a.formcheck" / "track.npz").read_text() == "old track"
    run(folder, out, force=True, exercise="romanian-deadlift")
    assert (out / "a.formcheck" / "track.npz").read_text() == "track"


def test_force_does_everything_again(folder, out, made_up):
    run(folder, out)
    run(folder, out, force=True)
    assert len(made_up.analysed) == 6


def test_the_software_version_counts(folder, out, made_up, monkeypatch):
    run(folder, out)
    monkeypatch.setattr("formcheck.apps.batch.settings.__version__", "999")
    assert len(batch_of(folder, out).scan()) == 3


def test_a_damaged_or_incomplete_folder_is_done_again(folder, out, made_up):
    run(folder, out)
    (out / "a.formcheck" / "analysis.json").write_text("half")
    (out / "b.formcheck" / "batch.json").write_text('{"schema": "form')
    (out / "sub" / "c.formcheck" / "analysis.json").unlink()
    assert len(batch_of(folder, out).scan()) == 3


class _Killed(BaseException):
    """Stands in for kill -9 inside a function: nothing after it happens."""


@pytest.mark.parametrize("step", range(12))
def test_dying_at_any_file_operation_leaves_the_old_or_the_new_result(folder, out, made_up, monkeypatch, step):
    run(folder, out)
    write(folder / "a.mp4", "good and new")
    write(out / "a.formcheck" / "my notes.txt", "mine")
    calls = 0

    def dying(real):
        def operation(*arguments, **named):
            nonlocal calls
            calls += 1
            if calls == step + 1:
                raise _Killed
            return real(*arguments, **named)

        return operation

    batch = batch_of(folder, out)
    (job,) = batch.scan()
    with monkeypatch.context() as patch:
        for name in ("rename", "replace", "fsync", "unlink"):
            patch.setattr(record_module.os, name, dying(getattr(os, name)))
        patch.setattr(record_module.shutil, "rmtree", dying(shutil.rmtree))
        try:
            from formcheck.apps.batch.work import analyse_into

            analyse_into(folder / "a.mp4", job, out / job.out_name, None, lambda *_: None)
        except _Killed:
            pass
    folder_now = out / "a.formcheck"
    if folder_now.exists():  # what has the name is complete
        assert read_record(folder_now) is not None
    run(folder, out)
    assert (folder_now / "analysis.json").read_text() == "good and newauto"
    assert (folder_now / "my notes.txt").read_text() == "mine"
    assert not part_of(folder_now).exists()
    assert [entry.name for entry in out.iterdir() if entry.name.startswith(".a.")] == []


def test_a_full_disk_stops_the_batch_and_nothing_half_written_looks_complete(folder, out, made_up):
    def full(job):
        if job.name == "b.mov":
            raise OSError(28, "No space left on device")

    made_up.hook = full
    batch = batch_of(folder, out)
    with pytest.raises(OutputError, match="no room is left"):
        batch.run(batch.scan(), lambda jobs: runner(jobs, out))
    assert not (out / "b.formcheck").exists()
    made_up.hook = lambda job: None
    run(folder, out)
    assert {row["status"] for row in table(out / "summary.csv")} == {"analysed"}


def test_ctrl_c_stops_within_seconds_and_the_next_run_goes_on(folder, out, made_up):
    def interrupt(job):
        if job.name == "a.mp4":
            time.sleep(30)

    made_up.hook = interrupt
    batch = batch_of(folder, out)
    jobs = batch.scan()

    def runner_that_is_interrupted(jobs):
        real = runner(jobs, out)
        events = real.events

        def some():
            for number, event in enumerate(events()):
                if number > 4:
                    raise KeyboardInterrupt
                yield event

        real.events = some
        return real

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        batch.run(jobs, runner_that_is_interrupted)
    assert time.monotonic() - began < 8
    batch.write_summary()
    assert by_clip(out)["a.mp4"]["status"] == "waiting"
    made_up.hook = lambda job: None
    run(folder, out)
    assert {row["status"] for row in table(out / "summary.csv")} == {"analysed"}


def test_a_clip_without_a_sign_of_life_is_given_up(folder, out, made_up, monkeypatch):
    monkeypatch.setattr("formcheck.apps.batch.local.STALLED_S", 0.5)
    made_up.watch_was = made_up.watch
    from formcheck.apps.batch import work

    def hang(clip, job, part, pool, progress):
        if job.name == "a.mp4":
            time.sleep(20)
        made_up.watch_was(clip, job, part, pool, progress)

    monkeypatch.setattr(work, "_watch", hang)
    batch = run(folder, out)
    assert batch.totals().analysed == 2
    assert by_clip(out)["a.mp4"]["status"] == "failed"


def test_names_that_are_html_or_no_text_are_harmless(folder, out, made_up):
    write(folder / '<img src=x onerror=alert(1)>".mp4', "good")
    write(folder / "sub" / "ünïcode 'n' spaces #1?.mp4", "bad")
    run(folder, out)
    page = (out / "index.html").read_text()
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert json.loads((out / "sub" / "ünïcode 'n' spaces #1?.formcheck" / "batch.json").read_text())["outcome"] == "failed"


def test_ten_thousand_clips_start_within_five_seconds_with_flat_memory(tmp_path, made_up):
    import tracemalloc

    root, out = tmp_path / "clips", tmp_path / "out"
    root.mkdir()
    out.mkdir()
    key_source = batch_of(root, out)
    key = key_source.settings.key(key_source.settings.of("0.mp4"))
    for number in range(10_000):
        (root / f"{number}.mp4").touch()
        if number % 100:
            facts = (root / f"{number}.mp4").stat()
            done = out / f"{number}.formcheck"
            done.mkdir()
            data = {"schema": record_module.SCHEMA, "clip": f"{number}.mp4", "tag": f"0-{facts.st_mtime_ns}", "sha256": "0"}
            data |= {"key": key, "outcome": "analysed", "files": {}, "row": {}, "reps": []}
            (done / "batch.json").write_text(json.dumps(data))
    tracemalloc.start()
    batch = batch_of(root, out)
    tracemalloc.reset_peak()
    jobs = batch.scan()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(jobs) == 100
    assert peak < 40e6
    began = time.process_time()  # not the clock on the wall: other tests share the machine
    batch_of(root, out).scan()
    assert time.process_time() - began < 4


def test_watching_picks_up_new_clips_once_they_are_copied(folder, out, made_up, monkeypatch):
    from formcheck.apps.batch import run as run_module

    looks = iter(range(10))

    def wait(seconds):
        look = next(looks)
        if look == 0:
            write(folder / "new.mp4", "good")
        if look == 1:
            assert "new.mp4" not in made_up.analysed  # it may still have been growing
            write(folder / "growing.mp4", "g")
        if look == 2:
            write(folder / "growing.mp4", "good")
        if look == 5:
            raise KeyboardInterrupt

    batch = batch_of(folder, out)
    jobs = batch.scan()
    with monkeypatch.context() as patch:
        patch.setattr(run_module.time, "sleep", wait)
        with pytest.raises(KeyboardInterrupt):
            run_module.watch(batch, jobs, lambda jobs: runner(jobs, out), lambda line: None)
    assert sorted(made_up.analysed) == ["a.mp4", "b.mov", "growing.mp4", "new.mp4", "sub/c.mp4"]
    assert by_clip(out)["growing.mp4"]["status"] == "analysed"

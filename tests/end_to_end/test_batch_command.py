"""`formcheck batch` as a program: the smaller pose model on five seconds of a sample, a damaged file, and a second run."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from formcheck.apps.batch.record import read_record
from processes import alive, children_of
from tests.made_up_clip import first_seconds

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = ("--model", "full", "--exercise", "romanian-deadlift", "--no-video", "--pose-rate", "5")


def formcheck(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "formcheck.apps.cli", *map(str, arguments)]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(formcheck(*arguments), capture_output=True, text=True, env=environment(), check=False)


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("batch") / "clips"
    (folder / "sub").mkdir(parents=True)
    first_seconds(ROOT / "samples" / "rdl_good_m.mp4", folder / "sub" / "without ending", 5)
    (folder / "empty.mp4").touch()
    return folder


@pytest.fixture(scope="module")
def first(clips):
    return run("batch", clips, *OPTIONS, "--json")


def test_ends_with_code_4_and_says_what_failed(clips, first):
    assert first.returncode == 4, first.stderr
    told = json.loads(first.stdout)
    assert (told["clips"], told["analysed"], told["failed"]) == (2, 1, 1)
    out = clips.with_name("clips.formcheck")
    with (out / "summary.csv").open(newline="") as stream:
        rows = {row["clip"]: row for row in csv.DictReader(stream)}
    assert "0 bytes" in rows["empty.mp4"]["reason"]
    assert rows["sub/without ending"]["exercise"] == "romanian_deadlift"
    page = (out / "sub" / "without ending.formcheck" / "report.html").read_text()
    assert "../../formcheck-assets/" in page
    assert (out / "formcheck-assets").is_dir()


def test_gives_what_analyze_gives(clips, first, tmp_path):
    alone = run("analyze", clips / "sub" / "without ending", "--out", tmp_path / "one", *OPTIONS, "--quiet")
    assert alone.returncode == 0, alone.stderr
    folder = clips.with_name("clips.formcheck") / "sub" / "without ending.formcheck"
    for name in ("analysis.json", "angles.csv"):
        assert (folder / name).read_text() == (tmp_path / "one" / name).read_text()


def test_a_second_run_has_nothing_to_do(clips, first):
    began = time.monotonic()
    again = run("batch", clips, *OPTIONS)
    assert "0 to do" in again.stderr
    assert again.returncode == 4
    assert time.monotonic() - began < 30


@pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal")
def test_ctrl_c_stops_within_seconds_with_nothing_half_done(clips, tmp_path):
    out = tmp_path / "out"
    batch = subprocess.Popen(
        formcheck("batch", clips, "--out", out, *OPTIONS), stderr=subprocess.PIPE, text=True, env=environment(),
        # Whoever runs the tests in the background ignores Ctrl-C, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert batch.stderr is not None
    batch.stderr.readline()  # "2 clips ..., 2 to do"
    batch.stderr.readline()  # the empty file is done, the other is being worked on
    began = time.monotonic()
    batch.send_signal(signal.SIGINT)
    told = batch.communicate(timeout=30)[1]
    assert time.monotonic() - began < 10
    assert batch.returncode == 130
    assert "Run the same command again" in told
    assert all(read_record(folder) is not None for folder in out.rglob("*.formcheck"))
    assert (out / "summary.csv").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="looks at process numbers the POSIX way")
def test_a_killed_batch_leaves_no_worker(clips, tmp_path):
    command = formcheck("batch", clips, "--out", tmp_path / "out", "--quiet", "--workers", 2, *OPTIONS)
    batch = subprocess.Popen(command, env=environment())
    until = time.monotonic() + 60
    while len(workers := children_of(batch.pid)) < 2:
        assert time.monotonic() < until
        assert batch.poll() is None
        time.sleep(0.1)
    time.sleep(1.5)  # they read, load the model, or look at pictures
    workers = children_of(batch.pid)
    batch.kill()
    batch.wait()
    assert len(workers) >= 2
    until = time.monotonic() + 10
    while any(alive(number) for number in workers):
        assert time.monotonic() < until, "a worker outlived the killed batch"
        time.sleep(0.05)

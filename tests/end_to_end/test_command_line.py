"""The command line with the real model on a short cut of a sample: outputs, exit codes, sentences, no network."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path

import av
import numpy as np
import pytest

from formcheck.apps.cli import main
from formcheck.apps.logbook.store import Logbook
from formcheck.outputs.folder import REUSABLE
from formcheck.results.analysis import Analysis
from formcheck.results.encoding import read_analysis
from formcheck.video.writer import VideoWriter
from tests.made_up_clip import asks_for_the_network, first_seconds

SAMPLES = Path(__file__).parents[2] / "samples"
SAMPLE = SAMPLES / "split_squat_upright_f.mp4"


def run(*arguments: object, prefix: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [*prefix, sys.executable, "-m", "formcheck.apps.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, env={**os.environ, "COLUMNS": "200"})


@dataclass(frozen=True)
class Said:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """Like `run`, in this process: sentences and exit codes need none of their own."""

    def answered(*arguments: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["formcheck", *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", "200")
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        return Said(code if isinstance(code, int) else 0, *capsys.readouterr())

    return answered


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    out = tmp_path_factory.mktemp("cli") / "out"
    logged = ("--log", "--logbook", out.with_name("logbook.sqlite"))
    return out, run("analyze", SAMPLE, "--out", out, "--end", 4.3, "--weight", "20kg", *logged)


def test_a_clip_is_analysed_with_every_output(analysed: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    out, result = analysed
    assert result.returncode == 0, result.stderr
    assert "Bulgarian" in result.stdout
    assert "aim for about 45 degrees" in result.stdout
    names = {path.name for path in out.iterdir()}
    assert {"analysis.json", "angles.csv", "annotated.mp4", "report.html", "track.npz"} <= names
    assert not [name for name in names if ".part" in name]


def test_the_analysis_follows_the_schema(analysed: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    out, _ = analysed
    data = json.loads((out / "analysis.json").read_text())
    assert data["schema"] == "formcheck.analysis/2"
    assert set(data) == {field.name for field in fields(Analysis)}
    analysis = read_analysis(out / "analysis.json")
    assert analysis.exercise.name == "split_squat"
    assert analysis.exercise.load_kg == 20
    assert analysis.summary.reps == 1
    assert analysis.summary.faults == {"torso_upright": 1}
    assert analysis.view.side == "right"


def test_the_set_is_in_the_logbook_once(analysed: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    out, result = analysed
    assert "Logged as set 1" in result.stdout
    assert result.stdout.index("Logged as set 1") < result.stdout.index("Written to"), "the video comes last"
    with Logbook(out.with_name("logbook.sqlite"), reading=True) as book:
        (entry,) = book.entries()
        assert book.picture(entry.id) is not None
    assert (entry.exercise, entry.leg, entry.reps_done, entry.load.text()) == ("split_squat", "right", 1, "20 kg")
    assert (entry.clip.start_s, entry.clip.end_s) == (0, 4.3)
    again = run("log", "add", out, "--clip", SAMPLE, "--load", "22kg", "--logbook", out.with_name("logbook.sqlite"))
    assert "Set 1 of the logbook is updated" in again.stdout, again.stderr


def test_angles_have_one_row_a_frame_in_true_time(analysed: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    out, _ = analysed
    with (out / "angles.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert next(iter(rows[0])) == "time_s"
    times = np.array([float(row["time_s"]) for row in rows])
    assert np.diff(times) == pytest.approx(1 / 24, abs=2e-3)
    assert {"left_hip_deg", "right_knee_deg", "trunk_deg", "near_side", "working_leg", "rep", "phase"} <= set(rows[0])


def test_the_video_plays_everywhere(analysed: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    out, _ = analysed
    with av.open(str(out / "annotated.mp4")) as video:
        stream = video.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        times = [float(frame.pts * frame.time_base) for frame in video.decode(stream)]
    assert len(times) >= 100
    assert np.diff(times) == pytest.approx(1 / 24, abs=2e-3)
    content = (out / "annotated.mp4").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")  # fast start


def test_a_second_run_reuses_the_track(
    analysed: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path, told: Callable[..., Said]
) -> None:
    out = tmp_path / "out"  # of its own: the run without a video takes the old one away
    shutil.copytree(analysed[0], out)
    stamp = (out / "track.npz").stat().st_mtime_ns
    arguments = ("analyze", SAMPLE, "--out", out, "--end", 4.3, "--no-video", "--no-report", "--json", "--fail-on-fault")
    result = told(*arguments)
    assert result.returncode == 1  # a fault was found
    assert (out / "track.npz").stat().st_mtime_ns == stamp
    assert json.loads(result.stdout)["summary"]["reps"] == 1


def test_a_saved_analysis_is_judged_and_drawn_again_with_other_limits(
    analysed: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path, told: Callable[..., Said]
) -> None:
    out, _ = analysed
    again = tmp_path / "again"
    shutil.copytree(out, again)
    (again / "annotated.mp4").unlink()
    limits = tmp_path / "mine.toml"
    limits.write_text("[split_squat.torso_upright]\nvalue = 0\n")
    result = told("render", again, "--clip", SAMPLE, "--limits", limits, "--style", "minimal")
    assert result.returncode == 0, result.stderr
    assert read_analysis(again / "analysis.json").summary.faults == {}
    assert (again / "annotated.mp4").stat().st_size > 0
    assert (again / "track.npz").read_bytes() == (out / "track.npz").read_bytes()


def test_render_names_what_is_missing(
    analysed: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path, told: Callable[..., Said]
) -> None:
    out, _ = analysed
    assert "is neither an analysed clip nor its folder" in told("render", tmp_path).stderr
    elsewhere = told("render", out)
    assert elsewhere.returncode == 2
    assert "--clip" in elsewhere.stderr
    other = told("render", out, "--clip", SAMPLES / "rdl_good_m.mp4")
    assert other.returncode == 2
    assert "is not the clip" in other.stderr


def calls_of(log: Path, *arguments: object) -> str:
    """What the command and all its processes asked the system about sockets and name services."""
    strace = ("strace", "-f", "-qq", "--seccomp-bpf", "-e", "trace=socket,connect,sendto,openat,execve", "-o", str(log))
    result = run(*arguments, prefix=strace)
    assert result.returncode == 0, result.stderr
    return log.read_text()


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, str]]:
    """Folder and system calls of `analyze`, `render` and `batch` with every output; the clip is watched once."""
    if shutil.which("strace") is None:
        message = "strace is not installed: NOBODY WATCHED whether formcheck opens network sockets; apt-get install strace"
        warnings.warn(message, stacklevel=1)
        pytest.skip(message)
    top = tmp_path_factory.mktemp("traced")
    clips = top / "clips"
    clips.mkdir()
    clip = first_seconds(SAMPLE, clips / SAMPLE.name, 4.3)
    (clips / "hostile.ts").write_bytes(asks_for_the_network())
    every = ("--snapshots", "--slow-faults", "--load", "20kg")
    quick = ("--pose-rate", 10, "--model", "full")
    logged = ("--log", "--logbook", top / "logbook.sqlite")
    out, there = top / "out", top / "batch"
    calls = {"analyze": (out, calls_of(top / "analyze.txt", "analyze", clip, "--out", out, *quick, *every, *logged))}
    copied = there / f"{clip.stem}.formcheck"
    copied.mkdir(parents=True)
    for name in REUSABLE:
        if (out / name).exists():
            shutil.copy(out / name, copied)
    with ThreadPoolExecutor(2) as both:  # neither fills two cores
        render = both.submit(calls_of, top / "render.txt", "render", out, "--clip", clip, *every)
        batch = both.submit(calls_of, top / "batch.txt", "batch", clips, "--out", there, *quick, *every, *logged)
        return {**calls, "render": (out, render.result()), "batch": (copied, batch.result())}


@pytest.mark.parametrize("command", ["analyze", "render", "batch"])
def test_no_command_opens_a_network_socket_or_asks_for_a_name(
    command: str, traced: dict[str, tuple[Path, str]]
) -> None:
    folder, calls = traced[command]
    names = {path.name for path in folder.iterdir()}
    assert {"analysis.json", "annotated.mp4", "report.html", "angles.csv"} <= names
    assert "execve(" in calls, "strace saw nothing"
    wanted = ("AF_INET", "nscd", "systemd/resolve", "resolv.conf", "/etc/hosts", "libnss_dns")
    assert not [line for line in calls.splitlines() if any(word in line for word in wanted)]


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_the_trace_would_show_a_network_socket(tmp_path: Path) -> None:
    script = "import socket; socket.socket().close()"
    command = ["strace", "-f", "-qq", "--seccomp-bpf", "-e", "trace=socket", sys.executable, "-c", script]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "AF_INET" in told.stderr


def rendered(path: Path, frames: int = 12) -> Path:
    with VideoWriter(path, 320, 240, 10.0) as writer:
        for number in range(frames):
            writer.write(np.full((240, 320, 3), 90, dtype=np.uint8), number / 10)
    return path


def audio_only(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        for _ in range(20):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), dtype=np.float32), format="fltp", layout="mono")
            frame.sample_rate = 44100
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return path


def bad_inputs(folder: Path) -> dict[str, tuple[Path, int]]:
    text, empty = folder / "text.mp4", folder / "empty.mp4"
    text.write_text("this is no video")
    empty.touch()
    return {
        "text": (text, 3),
        "empty": (empty, 3),
        "nobody": (rendered(folder / "nobody.mp4"), 3),
        "audio": (audio_only(folder / "audio.mp4"), 3),
        "missing": (folder / "missing.mp4", 2),
        "folder": (folder, 2),
    }


@pytest.mark.parametrize("kind", ["text", "empty", "nobody", "audio", "missing", "folder"])
def test_what_cannot_be_analysed_ends_with_one_sentence(kind: str, tmp_path: Path, told: Callable[..., Said]) -> None:
    clip, code = bad_inputs(tmp_path)[kind]
    before = set(tmp_path.rglob("*"))
    result = told("analyze", clip)
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    assert result.stderr.startswith("formcheck: ")
    assert len(result.stderr.strip().splitlines()) == 1
    assert set(tmp_path.rglob("*")) == before


def test_an_output_folder_that_cannot_be_made_is_named(tmp_path: Path, told: Callable[..., Said]) -> None:
    (tmp_path / "file").write_text("not a folder")
    result = told("analyze", SAMPLE, "--out", tmp_path / "file" / "out")
    assert result.returncode == 5
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--exercise", "curl"), "expected auto or one of"),
        (("--model", "nowhere.task"), "does not exist"),
        (("--side", "up"), "left or right"),
        (("--weight", "heavy"), "60kg"),
        (("--slow-motion", "0"), "--slow-motion"),
        (("--start", "3", "--end", "2"), "--end"),
        (("--style", "loud"), "full or minimal"),
        (("--pose-rate", "2"), "--pose-rate expects a number from 5 to 240"),
    ],
)
def test_wrong_options_are_explained(
    arguments: tuple[str, ...], says: str, tmp_path: Path, told: Callable[..., Said]
) -> None:
    result = told("analyze", SAMPLE, "--out", tmp_path / "out", *arguments)
    assert result.returncode == 2, result.stderr
    assert says in result.stderr
    assert not (tmp_path / "out").exists()


def test_rules_are_printed_for_people_and_programs(told: Callable[..., Said]) -> None:
    assert "torso_upright" in told("rules", "split-squat").stdout
    rules = json.loads(told("rules", "--json").stdout)
    assert {rule["exercise"] for rule in rules} >= {"hip_thrust", "romanian_deadlift", "split_squat", "goblet_squat"}
    assert all(limit["source"] for rule in rules for limit in rule["limits"].values())


def test_the_doctor_finds_everything_in_order() -> None:
    result = run("doctor")
    assert result.returncode == 0, result.stdout
    assert "FAIL" not in result.stdout


def test_a_set_is_compared_with_itself(
    analysed: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path, told: Callable[..., Said]
) -> None:
    """Two copies of one analysis: everything is written, and nothing differs."""
    out, _ = analysed
    for name in ("one.formcheck", "two.formcheck"):
        shutil.copytree(out, tmp_path / name)
    arguments = ("compare", tmp_path / "one.formcheck", tmp_path / "two.formcheck", "--out", tmp_path / "both")
    result = told(*arguments)
    assert result.returncode == 2
    assert "is not beside one.formcheck" in result.stderr
    assert not (tmp_path / "both").exists()
    result = told(*arguments, "--clip-a", SAMPLE, "--clip-b", SAMPLE)
    assert result.returncode == 0, result.stderr
    assert "nothing differs" in result.stdout
    assert {path.name for path in (tmp_path / "both").iterdir()} == {"compare.html", "compare.json", "compare.mp4", "pictures"}
    data = json.loads((tmp_path / "both" / "compare.json").read_text())
    assert len(data["differences"]) > 8
    assert not any(one["beyond"] or one["difference"] for one in data["differences"])
    result = told("compare", tmp_path / "one.formcheck", tmp_path / "nothing", "--no-video")
    assert result.returncode == 2
    assert "is neither an analysed clip nor its folder" in result.stderr

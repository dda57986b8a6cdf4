"""Odd files through the real command, with the stand-in in place of the pose model: the right result, or one sentence."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import pytest

from formcheck.apps.cli import app
from formcheck.errors import ClipError
from fuzzing.clips import Film, edit, even, same_stamps, turn, write
from fuzzing.stand_in import installed

EVEN = even()
#: Seconds at which the made-up lifter is at the bottom.
BOTTOMS = [2.0, 4.0, 6.0]


def analysed(clip: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict:
    with installed():
        app(["analyze", str(clip), "--json", "--no-video", "--no-report", *options], standalone_mode=False)
    return json.loads(capsys.readouterr().out)


def two_recordings(folder: Path) -> Path:
    first, second = write(folder / "a.ts", Film(EVEN[:60])), write(folder / "b.ts", Film(EVEN))
    clip = folder / "two.ts"
    clip.write_bytes(first.read_bytes() + second.read_bytes())
    return clip


GOOD = {
    "B-frames": lambda t: write(t / "c.mp4", Film(EVEN, options={"bf": "5"})),
    "transport stream": lambda t: write(t / "c.ts", Film(EVEN)),
    "AVI with B-frames": lambda t: write(t / "c.avi", Film(EVEN, codec="mpeg4", options={"bf": "2"})),
    "begins late": lambda t: write(t / "c.mkv", Film(EVEN, start_s=100_000)),
    "hours between two frames": lambda t: write(t / "c.mkv", Film((*EVEN[:60], *(s + 4e6 for s in EVEN[60:])))),
    "oblong pixels": lambda t: write(t / "c.mp4", Film(EVEN, aspect=Fraction(4, 3))),
    "turned by 45 degrees": lambda t: turn(write(t / "c.mp4", Film(EVEN)), ((0.7, 0.7), (-0.7, 0.7))),
    "mirrored": lambda t: turn(write(t / "c.mp4", Film(EVEN)), ((-1, 0), (0, 1))),
    "matrix of zeros": lambda t: turn(write(t / "c.mp4", Film(EVEN)), ((0, 0), (0, 0))),
    "transparent": lambda t: write(t / "c.mov", Film(EVEN, codec="png", pixels="rgba")),
    "interlaced": lambda t: write(t / "c.mp4", Film(EVEN, options={"x264-params": "tff=1"})),
    "grey in 16 bits": lambda t: write(t / "c.mkv", Film(EVEN, codec="ffv1", pixels="gray16le")),
    "odd size": lambda t: write(t / "c.mkv", Film(EVEN, size=(97, 131), codec="ffv1")),
    "5 frames a second": lambda t: write(t / "c.mp4", Film(even(9.0, 5.0))),
}


@pytest.mark.parametrize("kind", GOOD)
def test_an_odd_file_gives_the_same_reps(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = analysed(GOOD[kind](tmp_path), capsys)
    turns = [rep["turn_s"] for rep in data["reps"]]
    assert turns[:3] == pytest.approx(BOTTOMS, abs=0.45)
    assert data["clip"]["duration_s"] == pytest.approx(9.0 if "second" in kind else 8.0, abs=0.1)
    assert data["clip"]["frames"] == (45 if "second" in kind else 120)
    assert data["clip"]["damaged"] == []


def test_an_edit_list_is_followed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = analysed(edit(write(tmp_path / "c.mp4", Film(EVEN, options={"bf": "3"})), 0.6, 6.4), capsys)
    assert data["clip"]["duration_s"] == pytest.approx(6.4, abs=0.1)
    assert [rep["turn_s"] for rep in data["reps"]] == pytest.approx([1.5, 3.5, 5.5], abs=0.25)


def test_a_name_too_long_for_a_folder_gives_a_shorter_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = write(tmp_path / "c.mp4", Film(EVEN)).rename(tmp_path / f"{'x' * 250}.mp4")
    for _ in range(2):
        analysed(clip, capsys)
        (folder,) = tmp_path.glob("x*.formcheck")
        assert (folder / "analysis.json").is_file()


def test_of_two_recordings_in_one_file_none_is_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = analysed(two_recordings(tmp_path), capsys)
    assert data["clip"]["frames"] == 180
    assert data["clip"]["duration_s"] == pytest.approx(12.0, abs=0.1)


def unknown_coding(path: Path) -> Path:
    """Also where the file names its brands, in bytes that are no letters."""
    path.write_bytes(path.read_bytes().replace(b"avc1", b"zz\xff1"))
    return path


def sound_alone(folder: Path) -> Path:
    clip, sound = write(folder / "c.mp4", Film(EVEN, sound=True)), folder / "sound.m4a"
    with av.open(str(clip)) as source, av.open(str(sound), "w", format="mp4") as target:
        stream = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    return sound


SENTENCES = {
    "sound alone": (sound_alone, "has no video stream|holds no picture|no video"),
    "unknown coding": (lambda t: unknown_coding(write(t / "c.mp4", Film(EVEN))), "in a coding that is not known"),
    "one picture": (lambda t: write(t / "c.mp4", Film(EVEN[:1])), "shows 1 picture in 0.0 s"),
    "two pictures": (lambda t: write(t / "c.mp4", Film(EVEN[:2])), "shows 2 pictures"),
    "five pictures": (lambda t: write(t / "c.mp4", Film(EVEN[:5])), "shows 5 pictures in 0.3 s"),
    "2 a second": (lambda t: write(t / "c.mp4", Film(even(10, 2.0))), "has 2.0 frames a second; expected at least 5"),
    "4 a second": (lambda t: write(t / "c.mp4", Film(even(10, 4.0))), "has 4.0 frames a second; expected at least 5"),
    "no time stamps": (lambda t: write(t / "c.h264", Film(EVEN)), "does not say when its pictures were taken"),
    "one time stamp": (
        lambda t: same_stamps(write(t / "c.mp4", Film(EVEN, options={"bf": "0"}))),
        "does not say when its pictures were taken",
    ),
    "nobody": (lambda t: write(t / "c.mp4", Film(EVEN, dark=True)), "nobody was found"),
}


@pytest.mark.parametrize("kind", SENTENCES)
def test_what_cannot_be_analysed_is_refused_in_a_sentence(kind: str, tmp_path: Path) -> None:
    make, says = SENTENCES[kind]
    with installed(), pytest.raises(ClipError, match=says):
        app(["analyze", str(make(tmp_path)), "--quiet"], standalone_mode=False)
    assert not list(tmp_path.glob("*.formcheck/analysis.json"))

"""Frame times from packets and from decoding, and seeking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest

from formcheck.video.decoding import Skip
from formcheck.video.files import file_sha256
from formcheck.video.packets import read_packets
from formcheck.video.reader import ClipReader
from formcheck.video.sampling import drawn_frames, plan_clip

SAMPLES = sorted((Path(__file__).resolve().parents[2] / "samples").glob("*.mp4"))
TICKS = 12800


def uneven(count: int) -> np.ndarray:
    """Frame times of a phone in the dark: 30 Hz, now and then 20."""
    steps = np.where(np.arange(count) % 7 < 4, 1 / 30, 1 / 20)
    return np.cumsum(steps) - steps[0]


def film(path: Path, times: np.ndarray, start_s: float = 0.0, codec: str = "libx264", **options: str) -> Path:
    """A clip in which every frame says its number: as so many bright pixels of a bar."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=30)
        stream.width, stream.height, stream.pix_fmt = 256, 64, "yuv420p"
        stream.codec_context.time_base = Fraction(1, TICKS)
        stream.options = options
        for number, time_s in enumerate(times):
            picture = np.zeros((64, 256, 3), np.uint8)
            picture[:, : number + 1] = 255
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = round((time_s + start_s) * TICKS), Fraction(1, TICKS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def number_of(picture: np.ndarray) -> int:
    return round(float(picture[:, :, 1].mean(axis=0).sum() / 255)) - 1


EVEN, UNEVEN = np.arange(90) / 30, uneven(90)
FILMS = {
    "plain": (EVEN, {}),
    "many B-frames": (EVEN, {"options": {"bf": "5", "g": "24"}}),
    "open groups": (EVEN, {"options": {"bf": "3", "g": "12", "x264-params": "open-gop=1"}}),
    "uneven": (UNEVEN, {"options": {"bf": "3", "g": "15"}}),
    "starts late": (UNEVEN, {"start_s": 0.4, "options": {"bf": "3", "g": "15"}}),
    "HEVC": (UNEVEN, {"codec": "libx265", "options": {"x265-params": "keyint=20:bframes=4:log-level=none"}}),
}


@pytest.fixture(params=sorted(FILMS))
def clip(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    times, kind = FILMS[request.param]
    options = kind.get("options", {})
    return film(tmp_path / "a.mp4", times, kind.get("start_s", 0.0), kind.get("codec", "libx264"), **options)


def test_packets_say_the_times_that_decoding_gives(clip: Path) -> None:
    with ClipReader(clip) as reader:
        decoded = [frame.time_s for frame in reader.frames()]
        assert reader.frame_times() is not None
        assert reader.frame_times().tolist() == decoded
        assert len(decoded) == 90
        assert len(reader.keyframe_times()) > 1 or len(decoded) < 250


@pytest.mark.parametrize("sample", SAMPLES[:3], ids=lambda path: path.stem)
def test_packets_of_samples_say_the_times_that_decoding_gives(sample: Path) -> None:
    with ClipReader(sample, slow_motion=2.0, end_s=1.0) as reader:
        assert reader.frame_times().tolist() == [frame.time_s for frame in reader.frames()]


def test_a_part_that_is_seeked_to_holds_the_same_frames_as_one_that_is_decoded_to(clip: Path) -> None:
    with ClipReader(clip) as reader:
        every = [(frame.index, frame.time_s, number_of(frame.rgb())) for frame in reader.frames()]
    wanted = [frame for frame in every if 1.3 - 0.002 <= frame[1] <= 2.1 + 0.002]
    with ClipReader(clip, start_s=1.3, end_s=2.1) as reader:
        assert [(frame.index, frame.time_s, number_of(frame.rgb())) for frame in reader.frames()] == wanted
        assert reader.first_index() == wanted[0][0]
        assert reader.frame_times().tolist() == [frame[1] for frame in wanted]
        # A part of the part, as the plate search reads it.
        again = [frame.index for frame in reader.frames(wanted[5][1], wanted[9][1])]
        assert again == [frame[0] for frame in wanted[5:10]]


def test_the_part_is_not_decoded_from_the_clips_start(tmp_path: Path) -> None:
    clip = film(tmp_path / "a.mp4", EVEN, g="10", bf="0")
    with ClipReader(clip, start_s=2.5) as reader:
        reader.frame_times()
        decoded = []
        decode = reader._decoder.pictures

        def counted(skip: Skip) -> object:
            for source in decode(skip):
                decoded.append(source)
                yield source

        reader._decoder.pictures = counted  # type: ignore[method-assign, assignment]
        assert len(list(reader.frames())) == 15
    assert len(decoded) <= 25


def test_frames_near_gives_the_same_frames_by_seeking_and_by_decoding(clip: Path) -> None:
    with ClipReader(clip) as reader:
        times = reader.frame_times()
        for rows in ([3, 4, 30, 31, 85], [85, 3, 30, 3]):
            found = [(frame.time_s, number_of(frame.rgb())) for frame in reader.frames_near(list(times[rows]))]
            assert found == [(times[row], row) for row in rows]


@pytest.mark.parametrize(
    ("codec", "options"),
    [
        ("libx264", {"g": "15", "bf": "2"}),
        ("libx264", FILMS["open groups"][1]["options"]),
        ("libx265", {"x265-params": "keyint=20:bframes=4:log-level=none:open-gop=1"}),
        ("mpeg4", {"g": "15", "bf": "2"}),
    ],
)
def test_of_pictures_that_are_all_keyframes_no_others_are_decoded(tmp_path: Path, codec: str, options: dict[str, str]) -> None:
    with ClipReader(film(tmp_path / "a.mp4", EVEN, codec=codec, **options)) as reader:
        keyframes = reader.keyframe_times()
        rows = np.searchsorted(reader.frame_times(), keyframes).tolist()
        assert len(rows) > 4
        reader._decoder.pictures, skip = record(reader._decoder.pictures)  # type: ignore[method-assign]
        near = list(reader.frames_near(list(keyframes[1:])))
        assert [frame.time_s for frame in near] == list(keyframes[1:])
        through = [frame.rgb() for frame in reader.frames()]
        assert all(np.array_equal(frame.rgb(), through[row]) for frame, row in zip(near, rows[1:], strict=True))
        assert skip == ["nonkey", "nothing"]
        others = list(reader.frames_near([*keyframes[:3], float(reader.frame_times()[50])]))
        assert [frame.time_s for frame in others] == [*keyframes[:3], reader.frame_times()[50]]
        assert skip[2:3] == ["nothing"]


def record(pictures: Callable[[Skip], Iterator[Any]]) -> tuple[Callable[[Skip], Iterator[Any]], list[Skip]]:
    """The same function, and what it was told to leave out each time."""
    told: list[Skip] = []

    def recorded(skip: Skip) -> Iterator[Any]:
        told.append(skip)
        return pictures(skip)

    return recorded, told


@pytest.mark.parametrize("name", ["a.ts", "a.avi"])
def test_frames_are_found_where_seeking_fails(tmp_path: Path, name: str) -> None:
    clip = film(tmp_path / name, EVEN, codec="mpeg4" if name == "a.avi" else "libx264")
    with ClipReader(clip, start_s=1.0) as reader:
        assert [number_of(frame.rgb()) for frame in reader.frames()] == list(range(30, 90))
        near = [number_of(frame.rgb()) for frame in reader.frames_near([0.0, 0.5, 2.5, 1.0])]
    assert near == [0, 15, 75, 30]


@pytest.mark.parametrize("options", [{"bf": "0"}, {"bf": "2"}])
def test_packets_without_timestamps_are_not_used(tmp_path: Path, options: dict[str, str]) -> None:
    """An AVI file says in which order frames are decoded, not when they are shown."""
    clip = film(tmp_path / "a.avi", EVEN, codec="mpeg4", **options)
    with ClipReader(clip) as reader:
        decoded = [frame.time_s for frame in reader.frames()]
        said = reader.frame_times()
        assert len(decoded) > 80
        assert said is None or said.tolist() == decoded


def test_an_unchanged_file_is_hashed_once_and_a_changed_one_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"one")
    first = file_sha256(path)
    opened = []
    real = Path.open
    monkeypatch.setattr(Path, "open", lambda self, *a, **k: opened.append(self) or real(self, *a, **k))
    assert file_sha256(path) == first
    assert not opened
    path.write_bytes(b"other")
    assert file_sha256(path) != first


def test_packets_of_a_file_that_does_not_end_are_not_read_for_ever() -> None:
    class Packet:
        size, is_discard, is_keyframe = 10, False, True

        def __init__(self, number: int) -> None:
            self.pts = self.dts = number

    class Stream:
        time_base, frames = Fraction(1, 30), 0
        codec_context = SimpleNamespace(name="mpeg4", extradata=None)

    class Endless:
        read, stream = 0, Stream()

        def packets(self) -> object:
            while True:
                yield Packet(self.read)
                self.read += 1

    endless = Endless()
    assert read_packets(endless, 0.0, 8.0, 1.0).times is None  # type: ignore[arg-type]
    assert endless.read < 30 * 20


@pytest.mark.parametrize(("codec", "options"), [
    ("libx264", {"bf": "3", "x264-params": "b-adapt=0:b-pyramid=normal:log-level=-1"}),
    ("libx265", {"x265-params": "bframes=3:b-adapt=0:b-pyramid=1:log-level=none"}),
])  # fmt: skip
def test_non_reference_frames_can_be_skipped(tmp_path: Path, codec: str, options: dict[str, str]) -> None:
    """The packets say which ones they are; the others are the very same pictures, with their own numbers and times."""
    if codec not in av.codecs_available:
        pytest.skip(f"this PyAV has no {codec}")
    with ClipReader(film(tmp_path / "a.mp4", np.arange(120) / 60, codec=codec, **options)) as reader:
        every = list(reader.frames())
        given = reader.reference_frames(np.array([frame.time_s for frame in every]))
        some = list(reader.frames(skip_nonref=True))
        assert 40 < given.sum() < 90
        assert [frame.index for frame in some] == np.flatnonzero(given).tolist()
        assert [frame.time_s for frame in some] == [every[frame.index].time_s for frame in some]
        assert all((frame.rgb() == every[frame.index].rgb()).all() for frame in some[::10])
        part = list(reader.frames(0.5, 1.0, skip_nonref=True))
        assert [frame.index for frame in part] == [n for n in np.flatnonzero(given) if 30 <= n <= 60]
        assert len(list(reader.frames())) == 120
        plan = plan_clip(reader, 15.0)
        assert plan.skip_nonref
        assert set(plan.samples) <= set(np.flatnonzero(given))
        assert np.diff(plan.times[plan.samples]).max() < 1.6 / 15
        assert not plan_clip(reader, 60.0).skip_nonref


@pytest.mark.parametrize(("fps", "drawn"), [(24, 24), (30, 30), (50, 25), (60, 30), (120, 30)])
def test_of_fast_clips_thirty_pictures_a_second_are_drawn_evenly(tmp_path: Path, fps: int, drawn: int) -> None:
    with ClipReader(film(tmp_path / "a.mp4", np.arange(120) / fps, bf="0")) as reader:
        frames = list(drawn_frames(reader))
        every = [frame.time_s for frame in reader.frames()]
    assert [frame.time_s for frame in frames] == every[:: round(fps / drawn)]
    assert [number_of(frame.rgb()) for frame in frames] == list(range(0, 120, round(fps / drawn)))


def test_wavering_time_stamps_and_slow_motion_keep_all_their_pictures(tmp_path: Path) -> None:
    wavering = np.arange(90) / 30 + 0.002 * np.sin(np.arange(90))
    with ClipReader(film(tmp_path / "a.mp4", wavering)) as reader:
        assert len(list(drawn_frames(reader))) == 90
    with ClipReader(film(tmp_path / "b.mp4", np.arange(90) / 60), slow_motion=4) as reader:
        assert len(list(drawn_frames(reader))) == 90


def test_pictures_between_the_drawn_ones_are_not_decoded_where_no_other_needs_them(tmp_path: Path) -> None:
    pyramid = {"bf": "3", "x264-params": "b-adapt=0:b-pyramid=normal:log-level=-1"}
    with ClipReader(film(tmp_path / "a.mp4", np.arange(120) / 60, **pyramid)) as reader:
        reader._decoder.pictures, skipped = record(reader._decoder.pictures)  # type: ignore[method-assign]
        times = [frame.time_s for frame in drawn_frames(reader)]
        assert skipped == ["nonref"]
        assert np.diff(times) == pytest.approx(1 / 30, abs=1 / 50)
        assert len(times) >= 58

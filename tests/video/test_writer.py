from __future__ import annotations

import errno
import math
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from formcheck.errors import OutputError, output_error
from formcheck.video.writer import VideoWriter, sound_left_out

try:
    import resource
except ImportError:
    resource = None  # type: ignore[assignment]


def pictures(count: int, width: int = 96, height: int = 64) -> list[np.ndarray]:
    """A grey ramp that gets brighter, with a coloured half."""
    result = []
    for i in range(count):
        picture = np.full((height, width, 3), 40 + 4 * i, dtype=np.uint8)
        picture[:, : width // 2] = (180, 90, 60)
        result.append(picture)
    return result


@contextmanager
def no_larger_than(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes: what a full disk answers, on any disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def clip_with_sound(path: Path, start_s: float = 0.0) -> None:
    """Two seconds of video with a tone; the picture begins `start_s` after the sound."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        audio = container.add_stream("aac", rate=44100, layout="mono")
        for i, picture in enumerate(pictures(50)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = round((i / 25 + start_s) * 12800), Fraction(1, 12800)
            container.mux(video.encode(frame))
        tone = np.sin(np.arange(int(44100 * (2 + start_s))) * 2 * math.pi * 440 / 44100).astype(np.float32)
        for i in range(0, len(tone) - 1024, 1024):
            frame = av.AudioFrame.from_ndarray(tone[None, i : i + 1024].copy(), format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 44100, i, Fraction(1, 44100)
            container.mux(audio.encode(frame))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))


def test_what_players_need(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    times = [0.0, 0.04, 0.1, 0.35, 0.36]
    with VideoWriter(path, 97, 65, 25.0) as writer:
        for picture, time_s in zip(pictures(5, 97, 65), times, strict=True):
            writer.write(picture, time_s)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height) == (96, 64)
        read = [frame.time for frame in container.decode(stream)]
    assert read == pytest.approx(times, abs=1e-4)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat"), "not fast start"


def test_nothing_is_left_after_a_failure(tmp_path: Path) -> None:
    def fail() -> None:
        with VideoWriter(tmp_path / "a.mp4", 96, 64, 25.0) as writer:
            writer.write(pictures(1)[0], 0.0)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_sound_is_copied_in_step_with_the_picture(tmp_path: Path) -> None:
    source = tmp_path / "s.mp4"
    clip_with_sound(source)
    out = tmp_path / "a.mp4"
    with VideoWriter(out, 96, 64, 25.0, sound=source, sound_from_s=0.5) as writer:
        for i, picture in enumerate(pictures(25)):
            writer.write(picture, i / 25)
    with av.open(str(out)) as container:
        packets = [(p.stream.type, float(p.pts * p.time_base)) for p in container.demux() if p.pts is not None]
    sound = [time_s for kind, time_s in packets if kind == "audio"]
    assert sound[0] == pytest.approx(0.0, abs=0.05)
    assert sound[-1] == pytest.approx(1.0, abs=0.08), "the sound goes on after the picture"
    first_sound = next(i for i, (kind, _) in enumerate(packets) if kind == "audio")
    assert first_sound < 20, "sound and picture are not side by side in the file"


def test_grain_does_not_make_the_file_large(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    with VideoWriter(tmp_path / "a.mp4", 320, 240, 25.0) as writer:
        for i in range(250):
            writer.write(rng.integers(0, 255, (240, 320, 3), dtype=np.uint8), i / 25)
    assert (tmp_path / "a.mp4").stat().st_size < 20e6 / 60 * 10 * 1.2


def test_what_is_written_looks_as_it_did(tmp_path: Path) -> None:
    """A soft background that moves under sharp strokes, as the annotated video has."""
    x, y = np.meshgrid(np.arange(320), np.arange(240))

    def picture(i: int) -> np.ndarray:
        soft = 120 + 60 * np.sin((x + 2 * i) / 23) * np.cos((y - i) / 17)
        soft[(x - y + 3 * i) % 80 < 4] = 240
        return np.repeat(np.rint(soft).astype(np.uint8)[..., None], 3, axis=2)

    with VideoWriter(tmp_path / "a.mp4", 320, 240, 25.0) as writer:
        for i in range(50):
            writer.write(picture(i), i / 25)
    assert (tmp_path / "a.mp4").stat().st_size < 5e6 / 60 * 2
    with av.open(str(tmp_path / "a.mp4")) as container:
        for i, frame in enumerate(container.decode(video=0)):
            light = frame.to_ndarray()[:240].astype(float)
            wanted = 16 + picture(i)[..., 0] * (219 / 255)
            assert ((light - wanted) ** 2).mean() < 255**2 / 10**3.6, f"less than 36 dB in picture {i}"


@pytest.mark.skipif(resource is None, reason="limits on the size of files are a matter of Unix")
@pytest.mark.parametrize("share", [0.0, 0.4, 0.995])
def test_a_full_disk_is_one_sentence_and_leaves_no_file(tmp_path: Path, share: float) -> None:
    """Full at once, while pictures are written, and when the file is finished."""
    rng = np.random.default_rng(1)
    noise = [rng.integers(0, 255, (240, 320, 3), dtype=np.uint8) for _ in range(12)]

    def write(folder: Path) -> Path:
        folder.mkdir()
        with VideoWriter(folder / "a.mp4", 320, 240, 25.0) as writer:
            for i, picture in enumerate(noise):
                writer.write(picture, i / 25)
        return folder / "a.mp4"

    size = write(tmp_path / "roomy").stat().st_size
    with no_larger_than(round(size * share)), pytest.raises(OutputError, match=r"a\.mp4 was not written: no room is left"):
        write(tmp_path / "full")
    assert list((tmp_path / "full").iterdir()) == []


def test_a_folder_that_is_gone_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is gone or cannot be reached"):
        VideoWriter(tmp_path / "gone" / "a.mp4", 96, 64, 25.0)


def test_a_drive_that_vanishes_before_the_end_is_one_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "drive"
    folder.mkdir()

    def write() -> None:
        with VideoWriter(folder / "a.mp4", 96, 64, 25.0) as writer:
            writer.write(pictures(1)[0], 0.0)
            shutil.rmtree(folder)

    with pytest.raises(OutputError, match="is gone or cannot be reached"):
        write()


def test_a_link_is_not_written_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even one that guessed the temporary name."""
    other = tmp_path / "other.txt"
    other.write_text("mine")
    (tmp_path / "a.mp4").symlink_to(other)
    (tmp_path / ".a.guessed.part.mp4").symlink_to(other)
    with VideoWriter(tmp_path / "a.mp4", 96, 64, 25.0) as writer:
        writer.write(pictures(1)[0], 0.0)
    assert not (tmp_path / "a.mp4").is_symlink()
    monkeypatch.setattr("formcheck.runtime.files.secrets.token_hex", lambda length: "guessed")
    with pytest.raises(OutputError):
        VideoWriter(tmp_path / "a.mp4", 96, 64, 25.0)
    assert other.read_text() == "mine"


def test_two_writers_of_one_video_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with VideoWriter(path, 96, 64, 25.0) as one, VideoWriter(path, 128, 96, 25.0) as other:
        for i in range(3):
            one.write(pictures(1)[0], i / 25)
            other.write(pictures(1, 128, 96)[0], i / 25)
    with av.open(str(path)) as container:
        assert len([frame for frame in container.decode(video=0) if frame.width == 96]) == 3  # the last to finish
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "no room is left"), (errno.EROFS, "cannot be written to; change"),
        (errno.EACCES, "cannot be written to; change"), (errno.EIO, "gone or cannot be reached"),
        (errno.EMFILE, "Too many open files"),
    ],
)  # fmt: skip
def test_what_the_disk_refuses_is_said_in_one_sentence(tmp_path: Path, number: int, words: str) -> None:
    error = output_error(tmp_path / "a.mp4", OSError(number, "?"))
    assert words in str(error)
    assert str(error).count(". ") == 0
    assert error.exit_code == 5


def test_a_sound_that_ffmpeg_does_not_know_is_left_out(tmp_path: Path) -> None:
    """New iPhones write a second sound in the coding `apac`, and it may come first."""
    source = tmp_path / "clip.mp4"
    clip_with_sound(source)
    data = source.read_bytes()
    at = data.index(b"mp4a", data.index(b"smhd"))
    esds = data.index(b"esds", at)
    source.write_bytes(data[:at] + b"apac" + data[at + 4 : esds] + b"free" + data[esds + 4 :])
    with VideoWriter(tmp_path / "drawn.mp4", 96, 64, 25.0, sound=source) as writer:
        for number, picture in enumerate(pictures(5)):
            writer.write(picture, number / 25)
    with av.open(str(tmp_path / "drawn.mp4")) as drawn:
        assert not drawn.streams.audio
        assert drawn.streams.video
    assert sound_left_out(source) == "unknown"


@pytest.mark.parametrize("coding", ["pcm_s16le", None])
def test_a_sound_that_mp4_does_not_hold_is_named(coding: str | None, tmp_path: Path) -> None:
    path = tmp_path / "clip.mov"
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        audio = None if coding is None else container.add_stream(coding, rate=44100, layout="mono")
        container.mux(video.encode(av.VideoFrame.from_ndarray(pictures(1)[0], format="rgb24")))
        container.mux(video.encode(None))
        if audio is not None:
            kind = audio.codec_context.format.name
            frame = av.AudioFrame(format=kind, layout="mono", samples=1024)
            frame.sample_rate = 44100
            container.mux(audio.encode(frame))
    assert sound_left_out(path) == coding
    clip_with_sound(path)
    assert sound_left_out(path) is None

"""Odd files drawn, from the command to the video: the clip's frames at their times, seen as a player shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from formcheck.apps.cli import app
from formcheck.outputs.overlay.layout import plan
from fuzzing.clips import Film, edit, even, turn, write
from fuzzing.stand_in import installed

#: One squat.
TIMES = even(3.6, 8.0)
#: Steps of 20 ms to half a second, as phones in the dark have.
UNEVEN = tuple(np.cumsum([0.0, 0.5, 0.06, *([0.02, 0.18, 0.1, 0.1] * 8)]).tolist())
CODED_LATE = {"bf": "3", "x264-params": "rc-lookahead=0:mbtree=0:b-adapt=0"}
UPPER_LEFT, UPPER_RIGHT, LOWER_LEFT, LOWER_RIGHT = (0, 0), (1, 0), (0, 1), (1, 1)


@dataclass(frozen=True)
class Odd:
    """A clip, and what a player shows of it: the size, the corner of the mark, the times from the first picture on."""

    make: Callable[[Path], Path]
    size: tuple[int, int] = (96, 128)
    corner: tuple[int, int] = UPPER_LEFT
    times: tuple[float, ...] = TIMES


def made(name: str, **how: object) -> Callable[[Path], Path]:
    return lambda folder: write(folder / name, Film(**{"times": TIMES, "marked": True, **how}))  # type: ignore[arg-type]


def turned(a: float, b: float, c: float, d: float) -> Callable[[Path], Path]:
    return lambda folder: turn(made("c.mp4")(folder), ((a, b), (c, d)))


KINDS = {
    "oblong pixels": Odd(made("c.mp4", aspect=Fraction(4, 3)), size=(128, 128)),
    "oblong pixels, wide": Odd(made("c.mkv", size=(144, 96), aspect=Fraction(16, 11)), size=(209, 96)),
    "upright oblong pixels": Odd(made("c.mp4", aspect=Fraction(3, 4)), size=(72, 128)),
    "odd size": Odd(made("c.mkv", size=(97, 131), codec="ffv1"), size=(97, 131)),
    "turned right": Odd(turned(0, 1, -1, 0), size=(128, 96), corner=UPPER_RIGHT),
    "turned over": Odd(turned(-1, 0, 0, -1), corner=LOWER_RIGHT),
    "turned left": Odd(turned(0, -1, 1, 0), size=(128, 96), corner=LOWER_LEFT),
    "mirrored": Odd(turned(-1, 0, 0, 1), corner=UPPER_RIGHT),
    "turned by 30 degrees": Odd(turned(0.87, 0.5, -0.5, 0.87)),
    "turned by 60 degrees": Odd(turned(0.5, 0.87, -0.87, 0.5), size=(128, 96), corner=UPPER_RIGHT),
    "transparent, PNG": Odd(made("c.mov", codec="png", pixels="rgba")),
    "transparent, Animation": Odd(made("c.mov", codec="qtrle", pixels="argb")),
    "transparent, ProRes 4444": Odd(made("c.mov", codec="prores_ks", pixels="yuva444p10le")),
    "transparent, VP9": Odd(made("c.webm", codec="libvpx-vp9", pixels="yuva420p")),
    "B-frames": Odd(made("c.mp4", options=CODED_LATE)),
    "uneven steps": Odd(made("c.mp4", times=UNEVEN), times=UNEVEN),
    "begins late": Odd(made("c.mkv", start_s=50_000)),
    "edit list": Odd(lambda t: edit(made("c.mp4", options=CODED_LATE)(t), 0.5, 3.0), times=TIMES[4:28]),
    "sound": Odd(made("c.mp4", sound=True)),
}  # fmt: skip


def drawn(clip: Path, *options: str) -> Path:
    with installed():
        app(["analyze", str(clip), "--quiet", "--no-report", *options], standalone_mode=False)
    return clip.with_suffix(".formcheck") / "annotated.mp4"


@pytest.mark.parametrize("kind", KINDS)
def test_the_video_has_the_clips_frames_as_a_player_shows_them(kind: str, tmp_path: Path) -> None:
    odd = KINDS[kind]
    video = drawn(odd.make(tmp_path), "--full-rate")
    layout = plan(*odd.size)
    times, corners = [], []
    with av.open(str(video)) as container:
        for frame in container.decode(video=0):
            assert (frame.width, frame.height) == (layout.width, layout.height)
            times.append(frame.time)
            left, top, right, bottom = layout.picture.edges
            red, green, _ = np.moveaxis(frame.to_ndarray(format="rgb24")[top:bottom, left:right].astype(int), 2, 0)
            marked = red - green > 120
            rows, columns = marked.shape[0] // 10, marked.shape[1] // 10
            parts = {0: slice(None, rows), 1: slice(-rows, None)}, {0: slice(None, columns), 1: slice(-columns, None)}
            seen = {(x, y): float(marked[parts[0][y], parts[1][x]].mean()) for x in (0, 1) for y in (0, 1)}
            corners.append(max(seen, key=seen.__getitem__))
            assert max(seen.values()) > 0.8, seen
            assert sorted(seen.values())[-2] < 0.1, seen
    assert set(corners) == {odd.corner}
    assert np.array(times) - times[0] == pytest.approx(np.array(odd.times) - odd.times[0], abs=0.003)

"""Orientation by the file's display matrix."""

from __future__ import annotations

import gc
from pathlib import Path

import av
import numpy as np
import pytest

from formcheck.video.frame import Orientation
from formcheck.video.reader import ClipReader
from formcheck.video.writer import Canvas, YuvConverter
from fuzzing.clips import turn
from tests.video.test_reader import EVEN, film, number_of

#: Rows (a, b), (c, d) of the matrix: a stored point (x, y) is shown at (a x + c y, b x + d y).
WAYS = {
    ((1, 0), (0, 1)): lambda p: p,
    ((0, 1), (-1, 0)): lambda p: np.rot90(p, -1),
    ((-1, 0), (0, -1)): lambda p: np.rot90(p, 2),
    ((0, -1), (1, 0)): lambda p: np.rot90(p, 1),
    ((-1, 0), (0, 1)): lambda p: p[:, ::-1],
    ((1, 0), (0, -1)): lambda p: p[::-1],
    ((0, 1), (1, 0)): lambda p: p.transpose(1, 0, 2),
    ((0, -1), (-1, 0)): lambda p: np.rot90(p, 2).transpose(1, 0, 2),
}


@pytest.mark.parametrize("matrix", WAYS, ids=str)
def test_frames_are_oriented_as_players_show_them(tmp_path: Path, matrix: tuple) -> None:
    plain, turned = film(tmp_path / "a.mp4", EVEN[60:70]), turn(film(tmp_path / "b.mp4", EVEN[60:70]), matrix)
    with ClipReader(plain) as reader:
        stored = next(reader.frames()).rgb()
    shown = WAYS[matrix](stored)
    with ClipReader(turned) as reader:
        frame = next(reader.frames())
        assert (reader.info.height, reader.info.width) == shown.shape[:2]
        assert np.abs(frame.rgb().astype(int) - shown).mean() < 1
        assert np.abs(frame.whole(1000).picture.astype(int) - shown).mean() < 3
        canvas = Canvas(*shown.shape[1::-1])
        YuvConverter().put(frame, canvas.planes)
        assert np.abs(canvas.planes.y.astype(int) - (16 + 219 * shown[:, :, 1] / 255.0)).mean() < 4


def test_a_clip_that_is_turned_over_is_seen_upside_down(tmp_path: Path) -> None:
    with ClipReader(film(tmp_path / "a.mp4", EVEN)) as reader:
        (before,) = [frame.rgb() for frame in reader.frames_near([EVEN[40]])]
        reader.turn_over()
        (after,) = [frame.rgb() for frame in reader.frames_near([EVEN[40]])]
    assert number_of(before) == 40
    assert np.array_equal(after, np.rot90(before, 2))


def test_frames_are_freed_without_the_garbage_collector(tmp_path: Path) -> None:
    """A frame whose side data was read is part of a circle: of full pictures those are soon a gigabyte."""
    clip = turn(film(tmp_path / "a.mp4", EVEN), ((0, 1), (-1, 0)))
    gc.collect()
    gc.disable()
    try:
        with ClipReader(clip) as reader:
            ways = {frame.orientation for frame in reader.frames()}
            waiting = sum(isinstance(thing, av.VideoFrame) for thing in gc.get_objects())
    finally:
        gc.enable()
    assert ways == {Orientation(3)}
    assert waiting < 8 < len(EVEN)


@pytest.mark.parametrize("way", [Orientation(turns, mirrored) for turns in range(4) for mirrored in (False, True)], ids=str)
def test_points_follow_the_picture(way: Orientation) -> None:
    picture = np.zeros((20, 30), np.uint8)
    picture[4, 7] = 1
    seen = way.upright(picture)
    (row,), (column,) = np.nonzero(seen)
    size = (seen.shape[1], seen.shape[0])
    assert way.to_stored(np.array([[column + 0.5, row + 0.5]]), size).tolist() == [[7.5, 4.5]]
    assert way.to_seen(np.array([[7.5, 4.5]]), size).tolist() == [[column + 0.5, row + 0.5]]

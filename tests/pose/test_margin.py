"""A second search with a margin around the picture."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from formcheck.pose.detection import Detection
from formcheck.pose.worker import GREY, MARGIN, Picture, detect_turned, detect_with_margin, retry_rotated
from tests.pose.people import seen

PICTURE = np.full((120, 80, 3), 200, dtype=np.uint8)
SIDE = round(MARGIN * 120)


class Model:
    """Finds one person, if the picture has a grey border; a point at (x, y) and an outline around the whole picture."""

    def __init__(self, *, without_margin: bool = False) -> None:
        self.without_margin = without_margin
        self.shown: list[Picture] = []

    def __call__(self, picture: Picture) -> list[Detection]:
        self.shown.append(picture)
        if not self.without_margin and picture[0, 0, 0] != GREY:
            return []
        height, width = picture.shape[:2]
        edge = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
        return [replace(seen(np.full((23, 2), 50.0)), outline=(edge,))]


def test_a_found_person_is_searched_once() -> None:
    model = Model(without_margin=True)
    (found,) = detect_with_margin(PICTURE, model)
    assert len(model.shown) == 1
    assert found.points[0] == pytest.approx([50, 50])


def test_a_person_found_with_the_margin_is_in_pixels_of_the_picture() -> None:
    model = Model()
    (found,) = detect_with_margin(PICTURE, model)
    assert [shown.shape for shown in model.shown] == [PICTURE.shape, (120 + 2 * SIDE, 80 + 2 * SIDE, 3)]
    assert (model.shown[1][SIDE:-SIDE, SIDE:-SIDE] == PICTURE).all()
    assert found.points[0] == pytest.approx([50 - SIDE, 50 - SIDE])


def test_the_outline_ends_at_the_edge_of_the_picture() -> None:
    (found,) = detect_with_margin(PICTURE, Model())
    (curve,) = found.outline
    assert curve.min(axis=0) == pytest.approx([0, 0])
    assert curve.max(axis=0) == pytest.approx([80, 120])


def test_no_person_is_found_with_a_margin_either() -> None:
    assert detect_with_margin(PICTURE, lambda picture: []) == []


def lying_only(picture: Picture) -> list[Detection]:
    """Finds somebody at the lightest pixel, if the picture is wider than high and has no margin."""
    if picture.shape[0] > picture.shape[1] or picture[0, 0, 0] == GREY:
        return []
    row, column = np.unravel_index(np.argmax(picture[..., 0]), picture.shape[:2])
    return [seen(np.full((23, 2), [column + 0.5, row + 0.5]))]


@pytest.mark.parametrize("turns", [1, 3, 5])
def test_points_of_a_turned_picture_are_turned_back(turns: int) -> None:
    picture = PICTURE.copy()
    picture[30, 10] = 255
    (found,) = detect_turned(picture, turns, lying_only)
    assert found.points[0] == pytest.approx([10.5, 30.5])
    assert detect_turned(picture, turns + 1, lying_only) == []


#: Somebody's points, and the same person twice as large.
ONE = np.random.default_rng(3).uniform(0, 100, (23, 2))
HERE, LARGE = [seen(ONE)], [seen(2 * ONE)]


@pytest.mark.parametrize(
    ("found", "filled"),
    [((HERE, []), HERE), (([], HERE), HERE), (([], []), []), ((LARGE, []), []), ((LARGE, HERE), HERE)],
)
def test_pictures_without_anybody_are_looked_at_turned(found: tuple[Any, Any], filled: Any) -> None:
    answers = retry_rotated("abcdef", [HERE, None, HERE, [], HERE, LARGE], lambda picture, more: found[more // 2])
    assert answers[3] is filled or answers[3] == filled == []
    assert answers[1] is None
    assert answers[5] is LARGE


def test_where_hardly_anybody_is_known_whoever_is_found_turned_counts() -> None:
    assert retry_rotated("abc", [HERE, [], None], lambda picture, more: LARGE)[1] is LARGE

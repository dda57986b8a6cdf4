from __future__ import annotations

import pytest

from formcheck.lifts.registry import exercises
from formcheck.outputs.overlay.layout import LEAST_SHORT_SIDE, MOST_LONG_SIDE, MOST_SHORT_SIDE, plan
from formcheck.outputs.overlay.lettering import columns, text_width, wrap
from formcheck.outputs.overlay.panel import _parts, fitted

SIZES = [(360, 360), (480, 640), (360, 640), (640, 480), (1280, 720), (1920, 1080), (1080, 1920), (3840, 2160), (1732, 816)]


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("style", ["full", "minimal"])
def test_text_never_lies_over_the_clip(width: int, height: int, style: str) -> None:
    layout = plan(width, height, style)
    picture, panel = layout.picture, layout.panel
    assert panel.x >= picture.right or panel.y >= picture.bottom
    assert layout.width % 2 == layout.height % 2 == 0
    assert (layout.width, layout.height) == (max(picture.right, panel.right), max(picture.bottom, panel.bottom))


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_clip_keeps_its_shape_and_a_readable_size(width: int, height: int) -> None:
    picture = plan(width, height).picture
    assert picture.width / picture.height == pytest.approx(width / height, rel=0.01)
    assert LEAST_SHORT_SIDE - 2 <= min(picture.width, picture.height) <= max(MOST_SHORT_SIDE, 0) + 2


@pytest.mark.parametrize(("width", "height"), [*SIZES, (2160, 3840), (608, 1080), (1080, 2400), (2400, 1080), (1998, 1081)])
@pytest.mark.parametrize("style", ["full", "minimal"])
def test_the_video_is_no_longer_than_1920_pixels_unless_it_is_asked_for(width: int, height: int, style: str) -> None:
    layout = plan(width, height, style)
    assert max(layout.width, layout.height) <= MOST_LONG_SIDE
    kept = plan(width, height, style, full_size=True)
    assert kept.scale >= 1
    assert (kept.picture.width, kept.picture.height) >= (width // 2 * 2, height // 2 * 2)
    for box in (layout.picture, layout.panel, kept.picture, kept.panel):
        assert all(edge % 2 == 0 for edge in box.edges)


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("style", ["full", "minimal"])
def test_the_parts_of_the_panel_do_not_overlap(width: int, height: int, style: str) -> None:
    layout = plan(width, height, style)
    parts = list(_parts(layout).values())
    for i, one in enumerate(parts):
        assert one.x >= 0
        assert one.y >= 0
        assert one.right <= layout.panel.width
        assert one.bottom <= layout.panel.height
        for other in parts[i + 1 :]:
            apart = one.right <= other.x or other.right <= one.x or one.bottom <= other.y or other.bottom <= one.y
            assert apart, (one, other)


def test_small_text_is_at_least_a_fortieth_of_the_short_side() -> None:
    for width, height in SIZES:
        layout = plan(width, height)
        assert layout.unit >= min(layout.picture.width, layout.picture.height) / 40


def test_wrapping_fits_the_width_and_says_when_text_was_cut() -> None:
    text = "Let your chest travel over the front thigh: aim for about 45 degrees."
    lines = wrap(text, 220, 26, "bold")
    assert " ".join(lines) == text
    assert all(text_width(line, 26, "bold") <= 220 for line in lines)
    assert wrap(text, 220, 26, "bold", 2)[-1].endswith("…")
    assert all(text_width(line, 26) <= 90 for line in wrap("Unbreakablylongwordwithoutanyspace", 90, 26))


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_cue_fits_its_card_uncut(width: int, height: int) -> None:
    layout = plan(width, height)
    card = _parts(layout)["card"]
    for exercise in exercises():
        for rule in exercise.rules:
            size, lines = fitted(rule.cue, layout.unit, card.width, card.height - 2.4 * layout.unit)
            assert not any(line.endswith("…") for line in lines), (rule.cue, lines)
            assert size >= 0.85 * layout.unit


@pytest.mark.parametrize("width", [70, 90, 130, 200, 400])
def test_words_side_by_side_do_not_touch(width: int) -> None:
    words = ("lowering", "hold", "lifting")
    size, places = columns(words, width, unit=16.0)
    ends = [x + text_width(word, size) for word, x in zip(words, places, strict=True)]
    assert ends[0] < places[1]
    assert ends[1] < places[2]
    assert ends[2] <= width

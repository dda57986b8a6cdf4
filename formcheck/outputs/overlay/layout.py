"""Layout of the annotated video: the clip, and a panel for text beside or below it, so that text never covers the lifter.

Wide clips get a column, tall ones a footer, which brings common clips (16:9, 4:3, 3:4, 9:16) close to the shape of a phone's
screen. For a phone held upright, wide clips can have the panel below, with text as large as under a tall clip.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Literal

from formcheck.options import PanelPlace

#: Least short side of the picture, for legible text, and greatest one, pixels.
LEAST_SHORT_SIDE = 720
MOST_SHORT_SIDE = 1080
#: Greatest long side including the panel, pixels, which all phones and browsers play.
MOST_LONG_SIDE = 1920
#: Least aspect ratio (width over height) of clips with the panel at the side.
WIDE = 1.15
#: Width of the column, height of the footer, as shares of the picture's short side.
COLUMN = 0.5
FOOTER = 0.57


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def edges(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom."""
        return self.x, self.y, self.right, self.bottom


@dataclass(frozen=True)
class Layout:
    """Parts of the written picture.

    Attributes:
        width, height: of the written picture, both even.
        picture: the clip's picture, enlarged by `scale`.
        panel: the text.
        dock: position of the panel; "slim" is the footer of the minimal style.
        unit: size of small text in pixels, of which all other sizes are multiples.
    """

    width: int
    height: int
    picture: Box
    scale: float
    panel: Box
    dock: Literal["side", "below", "slim"]
    unit: int


def plan(
    width: int, height: int, style: str = "full", *, full_size: bool = False, panel: PanelPlace = "auto"
) -> Layout:
    """Lay out a clip of `width` x `height` pixels; `style` is "full" or "minimal" (a slim footer only).

    `full_size` keeps the size of large clips. `panel`: at the side or below; "auto" by the clip's shape.
    """
    below = panel == "below" or (panel == "auto" and width < WIDE * height)
    short = min(width, height)
    scale = max(1.0, LEAST_SHORT_SIDE / short)
    if full_size:
        return _placed(width, height, scale, style, below)
    scale = min(scale, MOST_SHORT_SIDE / short)
    layout = _placed(width, height, scale, style, below)
    while max(layout.width, layout.height) > MOST_LONG_SIDE:
        # Rounding each part may make the sum two pixels too long.
        scale *= min(MOST_LONG_SIDE / max(layout.width, layout.height), 0.999)
        layout = _placed(width, height, scale, style, below)
    return layout


def _placed(width: int, height: int, scale: float, style: str, below: bool) -> Layout:
    w, h = _even(width * scale), _even(height * scale)
    # The side that fills a phone's width: 3.6 % of it is 14 pixels of 390, about 2.5 mm, like a phone's own small text.
    short = w if below else min(w, h)
    unit = ceil(short * 0.036)
    picture = Box(0, 0, w, h)
    if style == "minimal":
        footer = _even(unit * 4.2)
        return Layout(w, h + footer, picture, w / width, Box(0, h, w, footer), "slim", unit)
    if not below:
        column = _even(short * COLUMN)
        return Layout(w + column, h, picture, w / width, Box(w, 0, column, h), "side", unit)
    footer = _even(short * FOOTER)
    return Layout(w, h + footer, picture, w / width, Box(0, h, w, footer), "below", unit)


def _even(length: float) -> int:
    """Round to even, as H.264 in 4:2:0 needs."""
    return max(2, 2 * round(length / 2))

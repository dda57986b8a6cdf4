"""Where things go: the size of the written picture, and the panel beside or below the clip that holds all the text.

Text never covers the lifter because it has a place of its own: a wide clip gets a column at its side, a tall one a
footer. Both bring common clips (16:9, 4:3, 3:4, 9:16) close to the shape of a phone's screen held the same way. Who watches a
wide clip on a phone that is held upright has the panel below: text is as large there as under a tall clip.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Literal

from formcheck.options import PanelPlace

#: Smaller clips are enlarged to this short side so that text can be read, larger ones reduced to the second.
LEAST_SHORT_SIDE = 720
MOST_SHORT_SIDE = 1080
#: The written picture's long side with the panel: what every phone and browser plays, and no larger than most screens.
MOST_LONG_SIDE = 1920
#: From this width over height on the panel goes to the side.
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
    """The written picture's parts.

    Attributes:
        width, height: of the written picture, both even.
        picture: where the clip's picture goes; `scale` is its pixels per clip pixel.
        panel: where the text goes.
        dock: where the panel is; "slim" is the footer of the minimal style.
        unit: size of small text in pixels; everything else is a multiple of it.
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

    `full_size` keeps a large clip's own size. `panel`: at the side or below; "auto" by the clip's shape.
    """
    below = panel == "below" or (panel == "auto" and width < WIDE * height)
    short = min(width, height)
    scale = max(1.0, LEAST_SHORT_SIDE / short)
    if full_size:
        return _placed(width, height, scale, style, below)
    scale = min(scale, MOST_SHORT_SIDE / short)
    layout = _placed(width, height, scale, style, below)
    while max(layout.width, layout.height) > MOST_LONG_SIDE:
        # The parts are rounded one by one: where the sum comes out two pixels too long, a little less will do.
        scale *= min(MOST_LONG_SIDE / max(layout.width, layout.height), 0.999)
        layout = _placed(width, height, scale, style, below)
    return layout


def _placed(width: int, height: int, scale: float, style: str, below: bool) -> Layout:
    w, h = _even(width * scale), _even(height * scale)
    # The side that fills a phone's width: 3.6 % of it is 14 pixels of 390, about 2.5 mm, the size of a phone's own small text.
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
    """H.264 in 4:2:0 has even sides."""
    return max(2, 2 * round(length / 2))

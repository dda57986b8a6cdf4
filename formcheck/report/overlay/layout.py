"""Where things go: the size of the written picture, and the panel beside or below the clip that holds all the text.

Text never covers the lifter because it has a place of its own: a wide clip gets a column at its side, a tall one a
footer. Both bring common clips (16:9, 4:3, 3:4, 9:16) close to the shape of a phone's screen held the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: Smaller clips are enlarged to this short side so that text can be read, larger ones reduced to the second.
LEAST_SHORT_SIDE = 720
MOST_SHORT_SIDE = 1080
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


def plan(width: int, height: int, style: str = "full") -> Layout:
    """Lay out a clip of `width` x `height` pixels; `style` is "full" or "minimal" (a slim footer only)."""
    short = min(width, height)
    scale = min(max(1.0, LEAST_SHORT_SIDE / short), MOST_SHORT_SIDE / short)
    w, h = _even(width * scale), _even(height * scale)
    short = min(w, h)
    # 3.6 % of the short side is about 2.5 mm on a phone, the size of its own small text.
    unit = round(short * 0.036)
    picture = Box(0, 0, w, h)
    if style == "minimal":
        footer = _even(unit * 4.2)
        return Layout(w, h + footer, picture, w / width, Box(0, h, w, footer), "slim", unit)
    if w >= WIDE * h:
        column = _even(short * COLUMN)
        return Layout(w + column, h, picture, w / width, Box(w, 0, column, h), "side", unit)
    footer = _even(short * FOOTER)
    return Layout(w, h + footer, picture, w / width, Box(0, h, w, footer), "below", unit)


def _even(length: float) -> int:
    """H.264 in 4:2:0 has even sides."""
    return max(2, 2 * round(length / 2))

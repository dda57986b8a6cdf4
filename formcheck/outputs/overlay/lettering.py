"""Text rendered once as small cached pictures, which are then copied onto the frames."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from formcheck.outputs.overlay.draw import Colour
from formcheck.video.writer import Picture

Weight = Literal["medium", "bold"]

_FILES = {"medium": "Roboto-Medium.ttf", "bold": "Roboto-Bold.ttf"}
#: Size of the cache: numbers and cues repeat.
_KEPT = 600


@lru_cache(maxsize=64)
def _font(weight: Weight, size: int) -> ImageFont.FreeTypeFont:
    with resources.as_file(resources.files("formcheck.outputs.overlay") / "fonts" / _FILES[weight]) as path:
        return ImageFont.truetype(str(path), size)


@lru_cache(maxsize=2048)
def text_width(text: str, size: int, weight: Weight = "medium") -> int:
    """Width of one line of text in pixels."""
    return int(np.ceil(_font(weight, size).getlength(text)))


def columns(words: Sequence[str], width: int, unit: float) -> tuple[int, list[float]]:
    """Text size and left edges of three columns in `width` pixels, each a word with a time below.

    Equal columns if the words fit; else as wide as the words, in smaller text if necessary.
    """
    size, gap = round(unit), unit * 0.5

    def wide(size: int) -> list[int]:
        return [max(text_width(word, size), text_width("0.0 s", round(size * 1.12), "bold")) for word in words]

    if max(wide(size)) + gap <= width / 3:
        return size, [width * i / 3 for i in range(3)]
    while size > 6 and sum(wide(size)) + 2 * gap > width:
        size -= 1
    room = (width - sum(wide(size))) / 2
    return size, [sum(wide(size)[:i]) + room * i for i in range(3)]


def wrap(text: str, width: int, size: int, weight: Weight = "medium", lines: int | None = None) -> list[str]:
    """Break text into at most `lines` lines of at most `width` pixels, with an ellipsis if it is cut."""
    result: list[str] = []
    for word in text.split():
        word = fit(word, width, size, weight)
        if result and text_width(f"{result[-1]} {word}", size, weight) <= width:
            result[-1] += f" {word}"
        else:
            result.append(word)
    if lines is not None and len(result) > lines:
        result = [*result[: lines - 1], fit(" ".join(result[lines - 1 :]), width, size, weight)]
    return result


def fit(text: str, width: int, size: int, weight: Weight = "medium") -> str:
    """The text, shortened with an ellipsis to `width` pixels."""
    if text_width(text, size, weight) <= width:
        return text
    while text and text_width(text + "…", size, weight) > width:
        text = text[:-1]
    return text.rstrip() + "…"


class Lettering:
    """Draws text onto RGB pictures; one instance per video, with a cache."""

    def __init__(self) -> None:
        self._masks: OrderedDict[tuple[str, int, str], tuple[NDArray[np.uint16], int]] = OrderedDict()

    def draw(
        self,
        picture: Picture,
        text: str,
        x: float,
        y: float,
        size: int,
        colour: Colour,
        weight: Weight = "medium",
        align: Literal["left", "middle", "right"] = "left",
        alpha: float = 1.0,
    ) -> int:
        """Draw a line with the middle of its capitals at height `y`; return its width in pixels."""
        mask, rise = self._mask(text, size, weight)
        height, width = int(mask.shape[0]), int(mask.shape[1])
        left = round(x - {"left": 0.0, "middle": width / 2, "right": float(width)}[align])
        top = round(y) - rise
        x0, y0 = max(left, 0), max(top, 0)
        x1, y1 = min(left + width, picture.shape[1]), min(top + height, picture.shape[0])
        if x1 > x0 and y1 > y0:
            share = mask[y0 - top : y1 - top, x0 - left : x1 - left, None]
            if alpha < 1:
                share = (share * alpha).astype(np.uint16)
            region = picture[y0:y1, x0:x1]
            ink = np.asarray(colour, dtype=np.uint16)
            region[:] = ((region * (255 - share) + ink * share + 127) // 255).astype(np.uint8)
        return width

    def _mask(self, text: str, size: int, weight: Weight) -> tuple[NDArray[np.uint16], int]:
        """(height, width) coverage 0-255 of a line, and the distance from its top to the middle of the capitals."""
        key = (text, size, weight)
        if key in self._masks:
            self._masks.move_to_end(key)
            return self._masks[key]
        font = _font(weight, size)
        ascent, descent = font.getmetrics()
        image = Image.new("L", (max(1, int(np.ceil(font.getlength(text)))), ascent + descent), 0)
        ImageDraw.Draw(image).text((0, 0), text, fill=255, font=font)
        _, top, _, bottom = font.getbbox("H")
        self._masks[key] = (np.asarray(image, dtype=np.uint16), round((top + bottom) / 2))
        if len(self._masks) > _KEPT:
            self._masks.popitem(last=False)
        return self._masks[key]

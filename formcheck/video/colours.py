"""What a file says of its colours, in FFmpeg's numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: Matrices, primaries and transfers that are written or asked for here. 2 is FFmpeg's "not said".
BT709, UNSAID, BT601, BT2020 = 1, 2, 5, 9
PQ, HLG = 16, 18
LIMITED, FULL = 1, 2


@dataclass(frozen=True)
class ColourTags:
    """FFmpeg's numbers for matrix, range, primaries and transfer, as a file states them."""

    matrix: int = BT601
    range: int = 0
    primaries: int = UNSAID
    transfer: int = UNSAID


#: What ordinary video of today says, and what HDR clips become.
SDR = ColourTags(BT709, LIMITED, BT709, BT709)


def tags_of(source: Any) -> ColourTags:
    """What a decoded frame says. An older PyAV does not know primaries and transfer: they count as not said."""
    return ColourTags(
        int(source.colorspace), int(source.color_range),
        int(getattr(source, "color_primaries", UNSAID)), int(getattr(source, "color_trc", UNSAID)),
    )  # fmt: skip


def is_hdr(tags: ColourTags) -> bool:
    """Whether the brightness is coded as HLG or PQ: shown as it is, it looks flat and grey."""
    return tags.transfer in (HLG, PQ)


def is_yuv(source: Any) -> bool:
    """Whether a frame holds brightness and colour differences: not RGB, a palette or grey alone."""
    form = source.format
    return not form.is_rgb and not form.has_palette and len(form.components) >= 3


def has_full_range(source: Any) -> bool:
    """Whether black is 0 and not 16."""
    return int(source.color_range) == FULL or str(source.format.name).startswith("yuvj")


def written_tags(source: Any) -> ColourTags:
    """What the annotated video says when its pictures come from frames like this one (see `PlaneBuffer`)."""
    tags = tags_of(source)
    if is_hdr(tags):
        return SDR
    if not is_yuv(source):  # converted with libswscale's default matrix
        return ColourTags()
    return ColourTags(tags.matrix, LIMITED if has_full_range(source) else tags.range, tags.primaries, tags.transfer)

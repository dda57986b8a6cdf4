"""Decoding and encoding on the computer's graphics hardware, where it can: what can't falls back to software."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import av
from av.codec.codec import UnknownCodecError
from av.codec.hwaccel import HWAccel, hwdevices_available

#: FFmpeg's devices that decode, in the order in which they are tried: Macs, Windows, NVIDIA cards, Linux.
DEVICES = ("videotoolbox", "d3d11va", "cuda", "vaapi")
#: FFmpeg's H.264 encoders on hardware, in the order in which they are tried: Macs, NVIDIA cards, Intel, AMD, Windows.
ENCODERS = ("h264_videotoolbox", "h264_nvenc", "h264_qsv", "h264_amf", "h264_mf")
#: Layouts in which hardware hands pictures over, and the planar ones with the same values.
PLANAR = {"nv12": "yuv420p", "p010le": "yuv420p10le"}
#: Rate of the trial pictures.
_TRIAL_HZ = 30


def decoding_devices() -> dict[str, HWAccel]:
    """The devices that this FFmpeg knows, first choice first. Whether the computer has one shows when a file is opened."""
    known = hwdevices_available()
    return {device: HWAccel(device, allow_software_fallback=True) for device in DEVICES if device in known}


def planar(picture: Any) -> Any:
    """A decoded frame with a plane for each component; the values are the same."""
    form = PLANAR.get(picture.format.name)
    if form is None:
        return picture
    same = picture.reformat(format=form, threads=1)
    same.pts = picture.pts
    if picture.time_base is not None:
        same.time_base = picture.time_base
    return same


@lru_cache(maxsize=16)
def hardware_encoder(width: int, height: int) -> str | None:
    """The first H.264 encoder on hardware that encodes a picture of this size here; None if none does."""
    return next((name for name in ENCODERS if _encodes(name, width, height)), None)


def _encodes(name: str, width: int, height: int) -> bool:
    try:
        codec = av.CodecContext.create(name, "w")
        codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
        codec.framerate, codec.time_base = Fraction(_TRIAL_HZ), Fraction(1, _TRIAL_HZ)
        frame = av.VideoFrame(width, height, "yuv420p")
        frame.pts, frame.time_base = 0, Fraction(1, _TRIAL_HZ)
        return bool([*codec.encode(frame), *codec.encode(None)])
    except (av.error.FFmpegError, UnknownCodecError, ValueError, NotImplementedError):
        return False

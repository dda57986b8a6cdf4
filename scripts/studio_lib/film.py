"""From drawn pictures to a phone's video: light, noise, blur, captions, small sizes, H.264."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class FilmPlan:
    """How the film looks. `noise` in grey levels, `blur` in pixels, `crf` the compression (23 good, 36 bad).

    `drawn_fps` frames a second are drawn; each is shown again until the next where `fps` is higher.
    """

    fps: float
    drawn_fps: float
    noise: float
    blur: float
    crf: int
    gain: float = 1.0
    gamma: float = 1.0
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    caption: str = ""
    seed: int = 0


class Film:
    """A video being written; `add` pictures, then leave the context."""

    def __init__(self, file: Path, width: int, height: int, plan: FilmPlan) -> None:
        self.plan = plan
        self._random = np.random.default_rng(plan.seed)
        self._container = av.open(str(file), "w", format="mp4")
        stream: Any = self._container.add_stream("libx264", rate=Fraction(plan.fps).limit_denominator(1001))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.thread_count = 1
        stream.options = {
            "crf": str(plan.crf),
            "preset": "veryfast",
            "threads": "1",
            "x264-params": "threads=1:lookahead-threads=1",
        }
        self._stream = stream
        levels = (np.arange(256) / 255.0).astype(np.float32)
        self._curves = [np.clip(plan.gain * tint * levels ** np.float32(plan.gamma), 0, 1) * 255 for tint in plan.tint]

    def __enter__(self) -> Film:
        return self

    def __exit__(self, *_: object) -> None:
        for packet in self._stream.encode():
            self._container.mux(packet)
        self._container.close()

    def add(self, picture: Picture) -> None:
        shown = np.stack([curve[picture[:, :, k]] for k, curve in enumerate(self._curves)], -1)
        if self.plan.blur > 0.3:
            shown = cv2.GaussianBlur(shown, (0, 0), self.plan.blur)
        height, width = shown.shape[:2]
        grain = self._random.standard_normal((height, width, 1), dtype=np.float32)
        shown = shown + self.plan.noise * grain
        result = np.clip(shown, 0, 255).astype(np.uint8)
        if self.plan.caption:
            _caption(result, self.plan.caption)
        for packet in self._stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(result), format="bgr24")):
            self._container.mux(packet)


def _caption(picture: Picture, text: str) -> None:
    height, width = picture.shape[:2]
    size = width / 480
    (w, h), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, size, 2)
    at = ((width - w) // 2, height - 2 * h)
    cv2.rectangle(picture, (at[0] - 8, at[1] - h - 8), (at[0] + w + 8, at[1] + 10), (20, 20, 20), -1)
    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_DUPLEX, size, (250, 250, 250), 2, cv2.LINE_AA)

"""A pose model without a network: it finds joints by coloured markers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import cv2
import numpy as np

from formcheck.pose.detection import Detection
from formcheck.pose.model import UNKNOWN, Calibration, Detector

COCO_17 = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow",
    "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip
#: One colour for each, as far from the others and from every grey as 17 can be.
COLOURS = np.array([
    (r, g, b) for r in (0, 120, 240) for g in (0, 120, 240) for b in (0, 120, 240) if max(r, g, b) - min(r, g, b) > 60
][:17], dtype=np.int16)  # fmt: skip
#: How far a pixel may be from a marker's colour, and how many such pixels make a marker.
NEAR, FEWEST = 45, 5


@dataclass(frozen=True)
class MarkerModel:
    name: str = "markers"
    version: str = "1"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(COLOURS.tobytes() + self.version.encode()).hexdigest()

    @property
    def calibration(self) -> Calibration:
        return replace(UNKNOWN, source="markers: stuck on the joints", sd=dict.fromkeys(UNKNOWN.sd, 0.01))

    def load(self) -> Detector:
        return MarkerDetector()


class MarkerDetector:
    def detect(self, picture: np.ndarray, people: int, outline: bool) -> list[Detection]:
        points = np.full((len(COLOURS), 2), np.nan)
        for number, colour in enumerate(COLOURS):
            low, high = (tuple(int(c) for c in np.clip(colour + step, 0, 255)) for step in (-NEAR, NEAR))
            rows, columns = np.nonzero(cv2.inRange(picture, low, high))
            if len(rows) >= FEWEST:
                points[number] = np.median(columns) + 0.5, np.median(rows) + 0.5
        found = np.isfinite(points[:, 0])
        return [Detection.named(COCO_17, points, found.astype(float))] if found.sum() > len(COLOURS) / 2 else []


MODEL = MarkerModel()

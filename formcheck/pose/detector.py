"""The boundary to MediaPipe: pictures in, our own `Detection` out. Nothing else in formcheck imports mediapipe."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import contourpy
import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.skeleton import JOINT_COUNT, Joint

#: Row of every point of ours in MediaPipe's list of 33 (BlazePose topology).
_BLAZEPOSE = {
    Joint.NOSE: 0, Joint.LEFT_EYE: 2, Joint.RIGHT_EYE: 5, Joint.LEFT_EAR: 7, Joint.RIGHT_EAR: 8,
    Joint.LEFT_SHOULDER: 11, Joint.RIGHT_SHOULDER: 12, Joint.LEFT_ELBOW: 13, Joint.RIGHT_ELBOW: 14,
    Joint.LEFT_WRIST: 15, Joint.RIGHT_WRIST: 16, Joint.LEFT_HAND: 19, Joint.RIGHT_HAND: 20,
    Joint.LEFT_HIP: 23, Joint.RIGHT_HIP: 24, Joint.LEFT_KNEE: 25, Joint.RIGHT_KNEE: 26,
    Joint.LEFT_ANKLE: 27, Joint.RIGHT_ANKLE: 28, Joint.LEFT_HEEL: 29, Joint.RIGHT_HEEL: 30,
    Joint.LEFT_TOE: 31, Joint.RIGHT_TOE: 32,
}  # fmt: skip
_ROWS = [_BLAZEPOSE[joint] for joint in Joint]

#: Longest side of the mask that is kept of a picture; the network's own mask has 256 x 256 pixels.
MASK_SIZE = 384
#: Pieces of the outline smaller than this share of its largest piece are specks.
SPECK_SHARE = 0.01

Outline = tuple[NDArray[np.float32], ...]


@dataclass(frozen=True)
class Detection:
    """One person in one picture.

    Attributes:
        points: (J, 2) pixels of the picture it was asked for, x right, y down; rows are `Joint`.
        depth: (J,) pixels, smaller is nearer to the camera, relative to the hips.
        visibility: (J,) 0-1, the model's own estimate that the point can be seen.
        world: (J, 3) metres relative to the middle of the hips: right, down, away from the camera.
        outline: closed curves around the person, each (K, 2) in pixels, found where the soft mask crosses 0.5.
    """

    points: NDArray[np.float64]
    depth: NDArray[np.float64]
    visibility: NDArray[np.float64]
    world: NDArray[np.float64]
    outline: Outline


class Detector:
    """A loaded model. One a process; several numbers of people share the file but not the graph.

    Every picture is searched for people afresh. MediaPipe's VIDEO mode follows a person without that (a quarter of the
    time), but on rendered clips its hip angles were a third worse (3.2 to 4.2 degrees on hinges and split squats).

    Opens no network socket (that is why mediapipe is pinned below 0.10.32, see `pyproject.toml`).
    """

    def __init__(self, model: Path, people: int) -> None:
        os.environ.setdefault("GLOG_minloglevel", "2")
        from mediapipe.tasks.python import BaseOptions, vision

        self._landmarker = vision.PoseLandmarker.create_from_options(
            vision.PoseLandmarkerOptions(
                base_options=BaseOptions(model_asset_path=str(model)),
                running_mode=vision.RunningMode.IMAGE,
                num_poses=people,
                output_segmentation_masks=True,
            )
        )

    def detect(self, picture: NDArray[np.uint8], turns: int = 0, outline: bool = True) -> list[Detection]:
        """Find people in a (height, width, 3) uint8 RGB picture, turned by `turns` x 90 degrees before the model sees it.

        The model is weak on lying people; turning the picture makes them stand. Everything returned is in the
        coordinates of the picture as it was given.
        """
        import mediapipe

        turned = _padded(np.rot90(picture, k=turns))
        result = self._landmarker.detect(mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=turned))
        masks = result.segmentation_masks or []
        found = []
        for person, landmarks in enumerate(result.pose_landmarks):
            mask = masks[person].numpy_view() if outline and person < len(masks) else None
            found.append(
                _detection(landmarks, result.pose_world_landmarks[person], mask, turned.shape, picture.shape, turns)
            )
        return found


def _padded(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Widen to a multiple of 4: other widths make MediaPipe abort the whole process when the mask is read."""
    missing = -picture.shape[1] % 4
    return np.ascontiguousarray(np.pad(picture, ((0, 0), (0, missing), (0, 0)), mode="edge"))


def _detection(
    landmarks: Any, world: Any, mask: Any, turned_shape: tuple[int, ...], shape: tuple[int, ...], turns: int
) -> Detection:
    height, width = turned_shape[:2]
    flat = np.array([(p.x * width, p.y * height, p.z * width, p.visibility or 0.0) for p in landmarks])[_ROWS]
    metres = np.array([(p.x, p.y, p.z) for p in world])[_ROWS]
    assert len(flat) == JOINT_COUNT
    curves = _outline(np.squeeze(np.asarray(mask))) if mask is not None else ()
    unturned_world = metres.copy()
    unturned_world[:, :2] = turn_back(metres[:, :2], turns, (0.0, 0.0))
    size = (float(shape[1]), float(shape[0]))
    return Detection(
        points=turn_back(flat[:, :2], turns, size),
        depth=flat[:, 2],
        visibility=flat[:, 3],
        world=unturned_world,
        outline=tuple(turn_back(curve, turns, size).astype(np.float32) for curve in curves),
    )


def turn_back(points: NDArray[np.float64], turns: int, size: tuple[float, float]) -> NDArray[np.float64]:
    """Undo `np.rot90(picture, k=turns)` for (N, 2) points; `size` is (width, height) of the picture before turning."""
    x, y = points[:, 0], points[:, 1]
    width, height = size
    turned = {0: (x, y), 1: (width - y, x), 2: (width - x, height - y), 3: (y, height - x)}[turns % 4]
    return np.stack(turned, axis=1)


def _outline(mask: NDArray[np.float32]) -> list[NDArray[np.float64]]:
    """Closed curves where the soft mask crosses 0.5, in pixels of the mask as given, sub-pixel."""
    height, width = mask.shape
    scale = min(1.0, MASK_SIZE / max(height, width))
    small = mask
    if scale < 1:
        small = cv2.resize(mask, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    lines = contourpy.contour_generator(z=np.pad(small, 1)).lines(0.5)
    areas = [abs(_area(line)) for line in lines]
    largest = max(areas, default=0.0)
    factors = np.array([width / small.shape[1], height / small.shape[0]])
    # Mask values belong to pixel centres, hence the half pixel; the padding shifted everything by one.
    return [(line - 0.5) * factors for line, area in zip(lines, areas, strict=True) if area > SPECK_SHARE * largest]


def _area(line: NDArray[np.float64]) -> float:
    x, y = line[:, 0], line[:, 1]
    return float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])) / 2

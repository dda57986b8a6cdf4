"""BlazePose through MediaPipe: pictures in, `Detection` out. The only module that imports mediapipe."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.detection import Detection
from formcheck.pose.model import MOST_PEOPLE
from formcheck.pose.outline import outline_of

#: MediaPipe's points, in its order.
NAMES = (
    "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer", "left_ear",
    "right_ear", "mouth_left", "mouth_right", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist",
    "right_wrist", "left_pinky", "right_pinky", "left_index", "right_index", "left_thumb", "right_thumb", "left_hip",
    "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle", "left_heel", "right_heel", "left_foot_index",
    "right_foot_index",
)  # fmt: skip

#: A graph unused for this many pictures is closed: it takes 110 MB, and an eighth of a second to make again.
UNUSED_AFTER = 8


class BlazePoseDetector:
    """A loaded model, with one graph for each number of people.

    Every picture is searched anew (IMAGE mode). VIDEO mode takes a quarter of the time, but its hip angles on rendered clips
    were a third worse. MediaPipe is pinned below 0.10.32, since newer versions open network sockets.
    """

    def __init__(self, bundle: Path) -> None:
        self._bundle = bundle
        self._landmarkers: dict[int, Any] = {}
        self._unused: dict[int, int] = {}
        self._landmarker(MOST_PEOPLE)  # for the sparse pass

    def detect(self, picture: NDArray[np.uint8], people: int, outline: bool) -> list[Detection]:
        """Find people in a (height, width, 3) uint8 RGB picture."""
        import mediapipe

        padded = _padded(picture)
        image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=padded)
        result = self._landmarker(people).detect(image)
        masks = result.segmentation_masks or []
        found = []
        for person, landmarks in enumerate(result.pose_landmarks):
            mask = masks[person].numpy_view() if outline and person < len(masks) else None
            found.append(_detection(landmarks, result.pose_world_landmarks[person], mask, padded.shape))
        return found

    def _landmarker(self, people: int) -> Any:
        if people not in self._landmarkers:
            os.environ.setdefault("GLOG_minloglevel", "2")
            from mediapipe.tasks.python import BaseOptions, vision

            self._landmarkers[people] = vision.PoseLandmarker.create_from_options(
                vision.PoseLandmarkerOptions(
                    base_options=BaseOptions(model_asset_path=str(self._bundle)),
                    running_mode=vision.RunningMode.IMAGE,
                    num_poses=people,
                    output_segmentation_masks=True,
                )
            )
        self._unused = {number: count + 1 for number, count in self._unused.items()} | {people: 0}
        for number in [number for number, count in self._unused.items() if count >= UNUSED_AFTER]:
            del self._landmarkers[number]  # which closes it
            del self._unused[number]
        return self._landmarkers[people]


def _padded(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Widen to a multiple of 4: other widths make MediaPipe abort the process when the mask is read."""
    missing = -picture.shape[1] % 4
    return np.ascontiguousarray(np.pad(picture, ((0, 0), (0, missing), (0, 0)), mode="edge"))


def _detection(landmarks: Any, world: Any, mask: Any, shape: tuple[int, ...]) -> Detection:
    height, width = shape[:2]
    flat = np.array([(p.x * width, p.y * height, p.z * width, p.visibility or 0.0) for p in landmarks])
    return Detection.named(
        NAMES,
        flat[:, :2],
        flat[:, 3],
        depth=flat[:, 2],
        world=np.array([(p.x, p.y, p.z) for p in world]),
        outline=outline_of(np.squeeze(np.asarray(mask))) if mask is not None else (),
    )

"""What anybody would write first: read every frame with OpenCV, give it to MediaPipe's heavy model, nothing else.

Run as a program of its own: `python -m benchmarking.plain_loop CLIP MODEL SECONDS` prints frames and seconds as JSON.
VIDEO mode is used, in which MediaPipe looks for the person once and then follows: its fastest way. Loading the model is
not counted.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import cv2
import mediapipe as mp
from mediapipe.tasks.python import BaseOptions, vision


def run(clip: Path, model: Path, seconds: float) -> dict[str, float]:
    """Frames and seconds of the loop over the first `seconds` of the clip."""
    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(model)), running_mode=vision.RunningMode.VIDEO
    )
    capture = cv2.VideoCapture(str(clip))
    rate = capture.get(cv2.CAP_PROP_FPS)
    with vision.PoseLandmarker.create_from_options(options) as landmarker:
        frames, found = 0, 0
        started = time.perf_counter()
        while frames < seconds * rate:
            more, picture = capture.read()
            if not more:
                break
            image = mp.Image(image_format=mp.ImageFormat.SRGB, data=cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
            found += bool(landmarker.detect_for_video(image, round(frames * 1000 / rate)).pose_landmarks)
            frames += 1
        taken = time.perf_counter() - started
    return {"frames": frames, "found": found, "seconds": taken, "video_seconds": frames / rate}


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]))))

"""Pose: keypoints and body outline of the lifter, sample by sample, by whichever pose model is chosen."""

from formcheck.pose.detection import Detection
from formcheck.pose.model import UNKNOWN, Calibration, Detector, PoseModel, Shift

__all__ = ["UNKNOWN", "Calibration", "Detection", "Detector", "PoseModel", "Shift"]

"""Pose: keypoints and body outline of the lifter, sample by sample, by whichever pose model is chosen."""

from formcheck.cache import TrackKey
from formcheck.pose.calibration import UNKNOWN, Calibration, Shift
from formcheck.pose.detection import Detection
from formcheck.pose.estimate import PoseOptions, estimate_pose
from formcheck.pose.model import Detector, PoseModel
from formcheck.pose.pool import PosePool
from formcheck.pose.registry import find_model
from formcheck.pose.track import PoseTrack, load_track, rounded_track, save_track

__all__ = [
    "UNKNOWN",
    "Calibration",
    "Detection",
    "Detector",
    "PoseModel",
    "PoseOptions",
    "PosePool",
    "PoseTrack",
    "Shift",
    "TrackKey",
    "estimate_pose",
    "find_model",
    "load_track",
    "rounded_track",
    "save_track",
]

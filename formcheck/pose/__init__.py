"""Pose: landmarks and body outline of the lifter, sample by sample. The only room that imports mediapipe."""

from formcheck.cache import TrackKey
from formcheck.pose.estimate import PoseOptions, estimate_pose
from formcheck.pose.model import PoseModel, find_model
from formcheck.pose.pool import PosePool
from formcheck.pose.track import PoseTrack, load_track, rounded_track, save_track

__all__ = [
    "PoseModel",
    "PoseOptions",
    "PosePool",
    "PoseTrack",
    "TrackKey",
    "estimate_pose",
    "find_model",
    "load_track",
    "rounded_track",
    "save_track",
]

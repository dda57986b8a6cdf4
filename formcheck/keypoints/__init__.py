"""Keypoints that another tool found in the clip, as the pose track that everything after is measured on."""

from formcheck.keypoints.build import track_from

__all__ = ["track_from"]

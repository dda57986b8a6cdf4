"""Keypoints that another tool found in the clip, as a pose track."""

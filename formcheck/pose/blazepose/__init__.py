"""BlazePose, the pose model that formcheck is shipped with, through MediaPipe."""

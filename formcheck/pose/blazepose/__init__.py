"""BlazePose, the pose model that formcheck is shipped with, through MediaPipe. Nothing else in formcheck knows either."""

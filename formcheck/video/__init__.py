"""Video files: frames with their true timestamps in, browser-playable H.264 out."""

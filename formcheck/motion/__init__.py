"""Motion: the cleaned body, its angles, the load and the back, shot by shot."""

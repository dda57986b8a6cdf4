"""formcheck: rep-by-rep technique feedback for hip thrusts, Romanian deadlifts, split squats and squats from video."""

__version__ = "0.2.0"

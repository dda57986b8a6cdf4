"""Parts of `scripts/fuzz.py`: made-up clips, what is done to them, and a stand-in for the pose model."""

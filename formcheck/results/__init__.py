"""Results: what formcheck says about a clip, as frozen dataclasses."""

"""The annotated video: the lifter with what decides the exercise drawn on, all words beside or below the picture."""

from formcheck.report.overlay.painter import Painter
from formcheck.report.overlay.render import render_video, snapshot_name

__all__ = ["Painter", "render_video", "snapshot_name"]

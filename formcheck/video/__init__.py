"""Video files: frames with their true timestamps in, browser-playable H.264 out."""

from formcheck.video.colours import ColourTags
from formcheck.video.damage import Damage
from formcheck.video.frame import Frame
from formcheck.video.info import ClipInfo
from formcheck.video.pictures import Canvas, Paintable, PlaneBuffer
from formcheck.video.plan import plan_clip
from formcheck.video.reader import ClipReader
from formcheck.video.survey import Survey, survey_clip
from formcheck.video.writer import VideoWriter

__all__ = [
    "Canvas",
    "ClipInfo",
    "ClipReader",
    "ColourTags",
    "Damage",
    "Frame",
    "Paintable",
    "PlaneBuffer",
    "Survey",
    "VideoWriter",
    "plan_clip",
    "survey_clip",
]

"""Video files: frames with their true timestamps in, browser-playable H.264 out."""

from formcheck.video.colours import ColourTags
from formcheck.video.damage import Damage
from formcheck.video.info import ClipInfo
from formcheck.video.pictures import Canvas, Paintable, PlaneBuffer
from formcheck.video.reader import ClipReader, Frame
from formcheck.video.survey import Survey, plan_clip, survey_clip
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

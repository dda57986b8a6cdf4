"""Video files: frames with their true timestamps in, browser-playable H.264 out."""

from formcheck.video.pictures import ColourTags, PictureBuffer
from formcheck.video.reader import ClipInfo, ClipReader, Frame
from formcheck.video.survey import Survey, survey_clip
from formcheck.video.writer import VideoWriter

__all__ = ["ClipInfo", "ClipReader", "ColourTags", "Frame", "PictureBuffer", "Survey", "VideoWriter", "survey_clip"]

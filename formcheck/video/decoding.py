"""The decoder: every decodable frame of a file, past damage, deinterlaced where needed."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import av
from av.filter import Graph

from formcheck.video.files import open_container, open_media, pictures_of
from formcheck.video.hardware import decoding_devices, planar

# Deinterlacing: interlaced pictures (old camcorders) hold two moments in alternate lines; the first one is reconstructed.

#: FFmpeg's bwdif: one picture out per picture in; pictures not marked as interlaced pass unchanged.
FILTER, SETTINGS = "bwdif", "mode=send_frame:parity=auto:deint=interlaced"


def whole_pictures(pictures: Iterator[Any]) -> Iterator[Any]:
    """The decoder's frames, deinterlaced from the first interlaced one on, at the same times.

    The earlier field is kept, whose time the frame has. Pixel formats that the filter does not support pass unchanged.
    """
    graph, kind = None, None
    for picture in pictures:
        if kind is None and not picture.interlaced_frame:
            yield picture
            continue
        if (own := (picture.width, picture.height, picture.format.name)) != kind:
            if graph is not None:
                yield from _through(graph, None)
            graph, kind = _graph_for(picture), own
        if graph is None:
            yield picture
        else:
            yield from _through(graph, picture)
    if graph is not None:
        yield from _through(graph, None)


def _graph_for(picture: Any) -> Graph | None:
    graph = Graph()
    try:
        source = graph.add_buffer(
            width=picture.width, height=picture.height, format=picture.format, time_base=picture.time_base
        )
        filtered, sink = graph.add(FILTER, SETTINGS), graph.add("buffersink")
        source.link_to(filtered)
        filtered.link_to(sink)
        graph.configure()
    except (av.error.FFmpegError, ValueError):  # a pixel format that the filter does not support
        return None
    return graph


def _through(graph: Graph, picture: Any) -> Iterator[Any]:
    """Push a picture (None ends the stream) and yield what is ready; the filter runs one picture behind."""
    graph.push(picture)
    while True:
        try:
            yield graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return


# Decoding.

#: The file counts as ended after this many errors in a row without a packet.
MOST_ERRORS = 20

#: Which pictures the decoder skips: none, those that no other picture refers to, or all but keyframes.
Skip = Literal["nothing", "nonref", "nonkey"]


class Decoder:
    """Decodes a file's pictures from the position last sought.

    Intact files are decoded by several threads, or with `hardware` on a device of this computer. On damaged files their output
    depends on timing, so at the first error the file is reopened single-threaded in software, and from then on every pass
    yields the same pictures.

    Attributes:
        container, stream: PyAV's; they change when the file is opened again.
        device: what decodes, such as "videotoolbox"; None for software.
        failures: packets that could not be decoded, over all passes. reason: the decoder's error for the last of them.

    Raises:
        ClipError, UsageError: see `open_container`.
    """

    def __init__(self, path: Path, *, hardware: bool = False) -> None:
        self._path = path
        self._hardware = hardware
        self.device: str | None = None
        self._careful = False
        self._skip: Skip = "nothing"
        self._from_s: float | None = None
        self.failures = 0
        self.reason = ""
        self._open()

    def _open(self) -> None:
        self.container: Any = open_container(self._path)
        self.stream: Any = pictures_of(self.container)[0]
        self.device = None
        if self._hardware and not self._careful:
            self._open_on_device()
        self.stream.thread_type = "NONE" if self._careful or self.device else "AUTO"
        self._apply_skip()

    def _open_on_device(self) -> None:
        """Reopen the file on the first device that takes it; otherwise leave it as it is, and do not ask again."""
        for name, device in decoding_devices().items():
            try:
                container = open_media(self._path, device)
            except (av.error.FFmpegError, OSError, ValueError, NotImplementedError):  # no such hardware, or no driver
                continue
            stream = pictures_of(container)[0]
            if stream.codec_context.is_hwaccel:
                self.container.close()
                self.container, self.stream, self.device = container, stream, name
                return
            container.close()
        self._hardware = False

    def _apply_skip(self) -> None:
        self.stream.codec_context.skip_frame = "NONREF" if self._skip == "nonref" else "DEFAULT"

    def close(self) -> None:
        self.container.close()

    def restart(self) -> None:
        """Go to the first picture by reopening the file: after seeking some containers begin at a later keyframe."""
        self._from_s = None
        self.close()
        self._open()

    def seek(self, seconds: float) -> None:
        """Go to the last keyframe before a time of the file."""
        self._from_s = seconds
        base = self.stream.time_base or Fraction(1, 1000)
        try:
            self.container.seek(int(seconds / base) - 1, stream=self.stream, backward=True)
        except (av.error.FFmpegError, OverflowError, ValueError):  # not seekable
            self.restart()

    def pictures(self, skip: Skip = "nothing") -> Iterator[Any]:
        """The decoder's frames from here to the end of the file, without those that cannot be decoded.

        Interlaced pictures are deinterlaced, except with "nonkey": that needs their neighbours.
        """
        pictures = self._pictures(skip)
        return pictures if skip == "nonkey" else whole_pictures(pictures)

    def _pictures(self, skip: Skip) -> Iterator[Any]:
        self._skip = skip
        self._apply_skip()
        given = 0
        while True:
            try:
                for picture in islice(self._decoded(), given, None):
                    given += 1
                    yield picture
            except av.error.FFmpegError:
                self._trust_less()
            else:
                return

    def _trust_less(self) -> None:
        """Reopen where the pass began: in software after an error of the hardware, else single-threaded, which raises none."""
        self._careful = self._careful or self.device is None
        self._hardware = False
        self.close()
        self._open()
        if self._from_s is not None:
            self.seek(self._from_s)

    def packets(self) -> Iterator[Any]:
        """The packets from here on. Errors in between are skipped: the demuxer resynchronises after them."""
        errors = 0
        while True:
            try:
                for packet in self.container.demux(self.stream):
                    errors = 0
                    yield packet
            except av.error.FFmpegError as error:
                errors += 1
                self.reason = error.strerror or ""
                if errors > MOST_ERRORS:
                    return
            else:
                return

    def _emptied(self) -> list[Any]:
        """The pictures the decoder still holds; resets it."""
        codec = self.stream.codec_context
        pictures: list[Any] = codec.decode(None)
        codec.flush_buffers()
        for picture in pictures:
            picture.time_base = self.stream.time_base
        return pictures

    def _decoded(self) -> Iterator[Any]:
        for packet in self.packets():
            alone = self._skip == "nonkey"
            if alone and not packet.is_keyframe:
                continue
            try:
                pictures = packet.decode()
                if alone:  # reset after each: the display order counts on the pictures skipped
                    pictures += self._emptied()
            except av.error.EOFError:
                return
            except av.error.FFmpegError as error:
                if self.device:
                    raise
                self.failures += 1
                self.reason = error.strerror or ""
                if not self._careful:
                    raise
                continue
            yield from map(planar, pictures) if self.device else pictures

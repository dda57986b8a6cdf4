"""Interlaced pictures (old camcorders) hold two moments, in every other line each: the first of them is made whole."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import av
from av.filter import Graph

from formcheck.video.files import open_container, pictures_of

#: FFmpeg's bwdif: one picture for each one, and those that are not marked as interlaced are left as they are.
FILTER, SETTINGS = "bwdif", "mode=send_frame:parity=auto:deint=interlaced"


def whole_pictures(pictures: Iterator[Any]) -> Iterator[Any]:
    """The decoder's frames as they are up to the first interlaced one; from there on without combs, at the same times.

    The moment that is kept is the earlier one, of which the frame has its time. What the filter cannot take stays as it is.
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
    except (av.error.FFmpegError, ValueError):  # pixels of a kind that the filter does not know
        return None
    return graph


def _through(graph: Graph, picture: Any) -> Iterator[Any]:
    """Put in a picture (None: that was the last) and take out what is ready: one behind, as the next one is looked at."""
    graph.push(picture)
    while True:
        try:
            yield graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return


# The decoder of a file: every picture that can still be had of it, also past the places where it is damaged.

#: A file that gives so many errors one after the other and no packet between them has nothing more to give.
MOST_ERRORS = 20

#: Which pictures the decoder skips: none, those that no other picture refers to, or all but keyframes.
Skip = Literal["nothing", "nonref", "nonkey"]


class Decoder:
    """Decodes a file's moving pictures from wherever it was last told to go.

    Several threads decode a sound file. What they give of a damaged one depends on chance, so at the first error the file is
    opened again for one thread, and every pass from then on gives the same pictures.

    Attributes:
        container, stream: PyAV's; they change when the file is opened again.
        failures: packets of this and earlier passes that could not be decoded. reason: what was wrong with the last one.

    Raises:
        ClipError, UsageError: see `open_container`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._careful = False
        self._skip: Skip = "nothing"
        self._from_s: float | None = None
        self.failures = 0
        self.reason = ""
        self._open()

    def _open(self) -> None:
        self.container: Any = open_container(self._path)
        self.stream: Any = pictures_of(self.container)[0]
        self.stream.thread_type = "NONE" if self._careful else "AUTO"
        self._apply_skip()

    def _apply_skip(self) -> None:
        self.stream.codec_context.skip_frame = "NONREF" if self._skip == "nonref" else "DEFAULT"

    def close(self) -> None:
        self.container.close()

    def restart(self) -> None:
        """Go to the first picture. Not by seeking: some containers then begin at a later keyframe."""
        self._from_s = None
        self.close()
        self._open()

    def seek(self, seconds: float) -> None:
        """Go to the last keyframe before a time of the file."""
        self._from_s = seconds
        base = self.stream.time_base or Fraction(1, 1000)
        try:
            self.container.seek(int(seconds / base) - 1, stream=self.stream, backward=True)
        except (av.error.FFmpegError, OverflowError, ValueError):  # cannot be seeked in
            self.restart()

    def pictures(self, skip: Skip = "nothing") -> Iterator[Any]:
        """The decoder's frames from here to the end of the file; what cannot be decoded is passed over.

        Interlaced ones are made whole, but for keyframes alone: that takes the pictures beside them.
        """
        pictures = self._pictures(skip)
        return pictures if skip == "nonkey" else whole_pictures(pictures)

    def _pictures(self, skip: Skip) -> Iterator[Any]:
        self._skip = skip
        self._apply_skip()
        given = 0
        if not self._careful:
            try:
                for picture in self._decoded():
                    given += 1
                    yield picture
            except av.error.FFmpegError:
                self._careful = True
                self.close()
                self._open()
                if self._from_s is not None:
                    self.seek(self._from_s)
            else:
                return
        yield from islice(self._decoded(), given, None)

    def packets(self) -> Iterator[Any]:
        """The packets from here on; errors in between are passed over, as the demuxer finds its way again behind them."""
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
        """What the decoder still holds; it then begins anew."""
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
                if alone:  # each from a fresh start: pictures are put in order by numbers that count on those left out
                    pictures += self._emptied()
            except av.error.EOFError:
                return
            except av.error.FFmpegError as error:
                self.failures += 1
                self.reason = error.strerror or ""
                if not self._careful:
                    raise
                continue
            yield from pictures

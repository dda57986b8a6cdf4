"""Interlaced pictures (old camcorders) hold two moments, in every other line each: the first of them is made whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import av
from av.filter import Graph

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

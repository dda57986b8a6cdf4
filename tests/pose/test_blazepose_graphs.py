"""MediaPipe's graphs are released when unused, with unchanged results."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.blazepose.bundle import find_bundle
from formcheck.pose.blazepose.detector import UNUSED_AFTER, BlazePoseDetector
from formcheck.pose.model import MOST_PEOPLE
from formcheck.video.reader import ClipReader

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "rdl_good_m.mp4"


def _sample() -> NDArray[np.uint8]:
    with ClipReader(SAMPLE) as reader:
        return next(reader.frames()).whole(512).picture


def test_a_graph_that_is_no_longer_asked_for_is_let_go_and_made_again() -> None:
    picture = _sample()
    detector = BlazePoseDetector(find_bundle("full").path)
    first = detector.detect(picture, MOST_PEOPLE, True)
    for _ in range(UNUSED_AFTER - 1):
        detector.detect(picture, 1, True)
    assert set(detector._landmarkers) == {1, MOST_PEOPLE}
    detector.detect(picture, 1, True)
    assert set(detector._landmarkers) == {1}
    again = detector.detect(picture, MOST_PEOPLE, True)
    assert len(first) == len(again) == 1
    assert np.array_equal(first[0].points, again[0].points)

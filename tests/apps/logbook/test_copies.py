"""A film that was logged and comes again, encoded anew, is the same set."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageFilter

from formcheck.apps.logbook.store import LEAST_REPS, Logbook, same_picture
from tests.apps.logbook.histories import a_set


def jpeg(seed, size=(480, 270), quality=80, blur=0.0):
    """A made-up room of large patches, the same for a seed."""
    patches = np.random.default_rng(seed).integers(0, 255, (6, 8), dtype=np.uint8)
    picture = Image.fromarray(patches).resize(size, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(blur))
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


@pytest.fixture
def book(tmp_path):
    with Logbook(tmp_path / "logbook.sqlite") as opened:
        yield opened


def moved(entry, seconds):
    """The same reps, later by so much, one after the other a little more."""
    reps = [
        replace(rep, start_s=rep.start_s + seconds * n, turn_s=rep.turn_s + seconds * n, end_s=rep.end_s + seconds * n)
        for n, rep in enumerate(entry.reps, 1)
    ]
    return replace(entry, reps=tuple(reps))


def test_a_film_saved_again_is_the_same_set_and_stays_it(book):
    first = book.log(a_set("ccfc", clip="camera"), (jpeg(1), 12.0)).entry
    again = moved(a_set("ccfb", clip="messenger", days=1, filmed_source="file"), 0.03)
    for _ in range(2):
        said = book.log(again, (jpeg(1, (320, 180), 40, 1.0), 12.1))
        assert (said.outcome, said.entry) == ("copy", first)
    assert book.log(again).outcome == "copy"  # known, even without a picture
    assert book.entries() == (first,)


def test_another_set_of_the_same_lifter_in_the_same_place_is_another(book):
    book.log(a_set("ccfc", clip="first"), (jpeg(1), 12.0))
    assert book.log(moved(a_set("ccfc", clip="second"), 0.1), (jpeg(1), 12.0)).outcome == "added"
    assert book.log(a_set("ccfc", clip="other place"), (jpeg(2), 12.0)).outcome == "added"
    assert book.log(a_set("ccfc", clip="no picture")).outcome == "added"
    assert book.log(a_set("ccf", clip="fewer reps"), (jpeg(1), 12.0)).outcome == "added"
    assert book.log(a_set("ccfc", clip="a day later", days=1), (jpeg(1), 12.0)).outcome == "added"
    few = "c" * (LEAST_REPS - 1)
    assert book.log(a_set(few, clip="few"), (jpeg(3), 5.0)).outcome == "added"
    assert book.log(a_set(few, clip="few again"), (jpeg(3), 5.0)).outcome == "added"
    assert len(book.entries()) == 8


def test_the_owner_says_that_it_is_another_set(book):
    book.log(a_set("ccfc", clip="camera"), (jpeg(1), 12.0))
    assert book.log(a_set("ccfc", clip="twin"), (jpeg(1), 12.0)).outcome == "copy"
    assert book.log(a_set("ccfc", clip="twin"), (jpeg(1), 12.0), another=True).outcome == "added"
    assert book.log(a_set("ccfc", clip="twin"), (jpeg(1), 12.0)).outcome == "unchanged"
    assert len(book.entries()) == 2


def test_a_film_of_another_person_is_another(book):
    book.log(a_set("ccfc", clip="camera", who="Ann"), (jpeg(1), 12.0))
    assert book.log(a_set("ccfc", clip="twin", who="Bo"), (jpeg(1), 12.0)).outcome == "added"
    assert book.log(a_set("ccfc", clip="copy", who="Bo", filmed_source="file"), (jpeg(1), 12.0)).entry.who == "Bo"


def test_what_is_no_picture_shows_nothing():
    assert same_picture(jpeg(1), jpeg(1, quality=30))
    assert not same_picture(jpeg(1), b"rubbish")
    assert not same_picture(jpeg(1), jpeg(2))

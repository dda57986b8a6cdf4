"""Whether two clips are one film, encoded twice: reps at the same moments, and the same picture."""

from __future__ import annotations

import io
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from formcheck.apps.logbook.entry import Entry

#: Fewer reps may be at the same moments by chance.
LEAST_REPS = 3
#: Most that a moment of a rep may differ, seconds: three times as much as in samples saved again at two thirds of their size.
MOST_APART_S = 0.2
#: Dates of two clips' metadata that differ by more are of two films.
SAME_TIME = timedelta(minutes=2)
#: Least correlation of two pictures, and their side when compared, pixels.
LEAST_ALIKE, SIDE = 0.8, 24


def may_be_copies(a: Entry, b: Entry) -> bool:
    """Whether the reps of two filmed sets are at the same moments of their clips, and lifter and camera do not differ."""
    if len(a.reps) != len(b.reps) or len(a.reps) < LEAST_REPS or a.exercise != b.exercise:
        return False
    if a.who is not None and b.who is not None and a.who != b.who:
        return False
    if a.filmed_source == b.filmed_source == "metadata" and abs(a.filmed_at - b.filmed_at) > SAME_TIME:
        return False
    return bool(np.abs(_moments(a) - _moments(b)).max() <= MOST_APART_S)


def same_picture(a: bytes, b: bytes) -> bool:
    """Whether two JPEGs show the same place and lifter, perhaps at another moment."""
    try:
        one, other = _small(a), _small(b)
    except OSError:  # no picture
        return False
    return bool(one.std() > 0 and other.std() > 0 and np.corrcoef(one, other)[0, 1] >= LEAST_ALIKE)


def _moments(entry: Entry) -> NDArray[np.float64]:
    """(R, 3) beginning, turn and end of each rep, seconds."""
    return np.array([(rep.start_s, rep.turn_s, rep.end_s) for rep in entry.reps])


def _small(jpeg: bytes) -> NDArray[np.float64]:
    """(SIDE * SIDE,) grey values."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        return np.asarray(picture.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX), dtype=np.float64).ravel()

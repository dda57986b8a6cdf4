from __future__ import annotations

import numpy as np
import pytest

from formcheck.errors import ClipError
from formcheck.motion import motion as build
from tests.motion.figure import lifter, make_track, times_at


def test_a_lifter_in_single_pictures_only_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    times = times_at(3)
    monkeypatch.setattr(build, "shots_by_length", lambda track: [])
    with pytest.raises(ClipError, match="single pictures"):
        build.rough_motions(make_track(times, lifter(times)))


def test_every_shot_is_analysed() -> None:
    """Reps in the shorter shots of a long edited clip count too."""
    times = times_at(seconds=26)
    track = make_track(times, lifter(times), shot=(times // 2).astype(np.int64))
    assert list(build.rough_motions(track)) == list(range(13))

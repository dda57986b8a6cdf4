"""The facts in `analysis.json` for a clip with known numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from formcheck.lifts.limits import load_limits
from formcheck.motion.bar.candidates import BarCandidates
from formcheck.options import Options
from formcheck.pipeline import score
from formcheck.pose.track import PoseTrack
from formcheck.results.analysis import Analysis
from formcheck.video.reader import ClipInfo, with_frame_times
from tests.motion.figure import lifter, make_track, times_at


def nothing_seen(track: PoseTrack) -> BarCandidates:
    """A clip in which no plate is seen."""
    none = np.zeros((len(track.samples), 0))
    return BarCandidates(
        track.key, track.times, np.full(len(track.samples), np.nan), none, none, none, none, track.width, track.height
    )


def analysed(*, start_s: float = 0.0, depth: np.ndarray | None = None) -> Analysis:
    """Goblet squats, 15 frames a second for ten seconds, filmed in a clip that goes on for longer."""
    times = times_at(15.0, 10.0) + start_s
    track = make_track(times, lifter(times - start_s, depth=depth), rate=1)
    info = with_frame_times(ClipInfo(Path("set.mp4"), "0" * 64, 640, 640, 15.0, 60.0), track.frame_times)
    return score(info, track, nothing_seen(track), Options.of(exercise="goblet_squat"), load_limits()).analysis


def test_the_duration_is_that_of_the_analysed_part() -> None:
    clip = analysed(start_s=10.0).clip
    assert (clip.start_s, clip.duration_s, clip.frames) == (10.0, pytest.approx(10.0), 150)
    whole = analysed().clip
    assert (whole.start_s, whole.duration_s, whole.frames) == (0.0, pytest.approx(10.0), 150)


def test_the_variation_is_that_of_a_sample() -> None:
    times = times_at(15.0, 10.0)
    bend = (1 - np.cos(2 * np.pi * times / 2.0)) / 2
    deep = np.array([1.0, 0.8, 1.0, 0.8, 1.0])[np.minimum((times / 2).astype(int), 4)]
    analysis = analysed(depth=bend * deep)
    ranges = [rep.range_deg for rep in analysis.reps]
    assert len(ranges) == 5
    expected = 100 * np.std(ranges, ddof=1) / np.mean(ranges)
    assert analysis.summary.consistency["range_cv_percent"] == pytest.approx(expected, abs=0.1)
    assert np.std(ranges, ddof=1) / np.std(ranges) > 1.1

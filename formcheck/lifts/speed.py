"""Undeclared slow motion: whether a clip plays at the lifter's own speed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from math import isfinite

from formcheck.options import SLOW_MOTION
from formcheck.results.rep import Rep
from formcheck.video.reader import ClipInfo

#: From this ratio of capture rate to playback rate on, a clip is slow motion; smaller ones are rounding.
SLOWER = 1.5
#: If one rep takes this many times as long as another, both down and up, the speed of the clip changes (the "ramp" of an
#: iPhone's slow motion). In 105 labelled clips at one speed the largest ratio is 1.72. A single phase differs up to ninefold
#: in them and says nothing. A ramp that slows less than a whole rep is not noticed.
RAMP = 1.8
#: If a rep takes this long both down and up, seconds, the whole set may be in slow motion. In 97 labelled clips the longest
#: such time is 3.2 s. With full speed only in the first and last second, as phones export it, eightfold slow motion is noticed
#: in all of 192 simulated clips by this and the ratio, fourfold in a third.
CRAWL_S = 5.0


def speed_doubt(info: ClipInfo, reps: Sequence[Rep]) -> str | None:
    """Why the lifter's own speed is not known, as half a sentence; None if there is no reason for doubt.

    The user's `--slow-motion` is trusted, but a speed that changes within the clip is reported in any case.
    """
    if info.slow_motion == 1 and info.captured_fps is not None and info.captured_fps > SLOWER * info.fps > 0:
        slower = info.captured_fps / info.fps
        return (
            f"it was filmed at {info.captured_fps:.0f} frames a second and plays at {info.fps:.0f}; if it is slow motion,"
            f" give {SLOW_MOTION.option} {slower:.2g}"
        )
    phases = [(rep.eccentric_s, rep.concentric_s) for rep in reps if isfinite(rep.eccentric_s) and isfinite(rep.concentric_s)]
    times = max((min(a / c, b / d) for (a, b), (c, d) in permutations(phases, 2) if c > 0 and d > 0), default=0.0)
    if times >= RAMP:
        return f"its speed seems to change: one rep takes {times:.1f} times as long as another, both down and up"
    down, up = max(phases, key=min, default=(0.0, 0.0))
    if info.slow_motion == 1 and min(down, up) >= CRAWL_S:
        return f"a rep takes {down:.0f} s down and {up:.0f} s up; if it is slow motion, give {SLOW_MOTION.option} 4 or 8"
    return None

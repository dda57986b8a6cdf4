"""Whether a clip plays as fast as the lifter lifted: the times of its pictures do not tell that they are slow motion."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

from formcheck.options import SLOW_MOTION
from formcheck.results.rep import Rep
from formcheck.video.reader import ClipInfo

#: A clip that was filmed at so many times the rate it plays at is slow motion; less is rounding.
SLOWER = 1.5
#: Who takes this many times as long down and up as in another rep of the set was filmed with a changing speed (the "ramp" of
#: an iPhone's slow motion): in none of 105 labelled clips at one speed is it more than 1.72. One phase alone differs up to
#: nine times in them, and says nothing.
RAMP = 1.8


def speed_doubt(info: ClipInfo, reps: Sequence[Rep]) -> str | None:
    """Why the lifter's own speed is not known, as half a sentence; None where nothing speaks against the clip's.

    What the user says of slow motion is believed; that the speed changes within the clip is noticed all the same.
    """
    if info.slow_motion == 1 and info.captured_fps is not None and info.captured_fps > SLOWER * info.fps > 0:
        slower = info.captured_fps / info.fps
        return (
            f"it was filmed at {info.captured_fps:.0f} frames a second and plays at {info.fps:.0f}; if it is slow motion,"
            f" say {SLOW_MOTION.option} {slower:.2g}"
        )
    phases = [(rep.eccentric_s, rep.concentric_s) for rep in reps]
    times = max((min(a / c, b / d) for (a, b), (c, d) in permutations(phases, 2) if c > 0 and d > 0), default=0.0)
    if times >= RAMP:
        return f"its speed seems to change: one rep takes {times:.1f} times as long as another, both down and up"
    return None

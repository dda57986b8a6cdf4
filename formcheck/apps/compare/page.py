"""What the comparison page's script needs, as plain data: both lifters' angles on the common clock, with their errors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from formcheck.apps.compare.differences import SURE, Comparison, Difference, in_motion, number
from formcheck.apps.compare.pairing import PairClock, Performed
from formcheck.apps.compare.video import FPS, turn_picture
from formcheck.motion.body import Array, Series
from formcheck.outputs.page.shell import asset, write_shell
from formcheck.results.catalogue import main_signal, signal

#: Points a second on the common clock: half the video's frame rate.
RATE_HZ = 15.0
_ANGLES = ("main", "trunk", "hip", "knee", "shin")


def page_data(clocks: Sequence[PairClock], comparison: Comparison, frame_step_s: float) -> dict[str, Any]:
    """The data of the page's charts; times are seconds of the common clock, missing values None.

    The angle with the most certain difference comes first.
    """
    focus = clocks[0].pair.a.of.exercise.focus
    times = np.arange(clocks[0].start_s, clocks[-1].end_s, 1 / RATE_HZ)
    angles = []
    for name in _ANGLES:
        if name == focus.series:
            continue
        label = focus.label if name == "main" else signal(name).label
        angles.append({"key": name, "label": label, **_both(clocks, times, name)})
    keys = [angle["key"] for angle in angles]
    differing = [one.name.partition("_at_")[0] for one in comparison.beyond if one.group in ("turn", "start")]
    first = next((key for key in ("main" if name == focus.series else name for name in differing) if key in keys), "main")
    return {
        "chosen": first,
        "frameStep": round(frame_step_s, 5),
        "times": [round(float(time), 3) for time in times],
        "last": round(clocks[-1].end_s, 3),
        "angles": angles,
        "pairs": [_pair(clock) for clock in clocks],
        "turn": clocks[0].pair.a.rep.turn_place,
    }


def _pair(clock: PairClock) -> dict[str, Any]:
    words = clock.pair.a.of.exercise.focus.phases
    return {
        "a": clock.pair.a.rep.index,
        "b": clock.pair.b.rep.index,
        "start": round(clock.start_s, 3),
        "end": round(clock.end_s, 3),
        "turn": round(clock.turn_s, 3),
        "phases": [
            {"name": part.phase, "word": words.of(part.phase), "start": round(part.start_s, 3), "end": round(part.end_s, 3),
             "a": round(part.a[1] - part.a[0], 2), "b": round(part.b[1] - part.b[0], 2)}
            for part in clock.stretches
            if part.phase != "rest" and part.end_s > part.start_s
        ],
    }  # fmt: skip


def _both(clocks: Sequence[PairClock], times: Array, name: str) -> dict[str, Any]:
    """An angle of both reps at the common times, with half its 95 % interval."""
    columns: dict[str, list[float | None]] = {key: [] for key in ("a", "aError", "b", "bError")}
    for place, clock in enumerate(clocks):
        last = place == len(clocks) - 1
        own = times[(times >= clock.start_s) & ((times < clock.end_s) | last)]
        for key, one, at in zip("ab", (clock.pair.a, clock.pair.b), clock.times(own), strict=True):
            series = _series(one, name)
            rows = np.argmin(np.abs(one.shot.motion.times[None, :] - at[:, None]), axis=1)
            values = np.where(series.known[rows], series.values[rows], np.nan)
            columns[key] += _numbers(values)
            columns[f"{key}Error"] += _numbers(SURE * series.sd[rows])
    return columns


def _series(of: Performed, name: str) -> Series:
    rep = in_motion(of)
    return main_signal(rep.main, rep.motion, rep.side) if name == "main" else rep.series(name)


def _numbers(values: Array) -> list[float | None]:
    return [round(float(value), 1) if np.isfinite(value) else None for value in values]


# `write_comparison_page`: puts the page together from its template and the comparison.

_OWN = "formcheck.apps.compare"
_GROUPS = {"tempo": "Tempo", "turn": "At the {turn}", "start": "At the start", "back": "Back", "bar": "Weight"}


def write_comparison_page(folder: Path, comparison: Comparison, clocks: Sequence[PairClock], *, video: str) -> Path:
    """Write `compare.html` into `folder` and return its path; it links to the video and pictures if they exist."""
    turn = clocks[0].pair.a.rep.turn_place
    groups: dict[str, list[Difference]] = {}
    for one in comparison.differences:
        groups.setdefault(_GROUPS[one.group].format(turn=turn), []).append(one)
    turns = [
        (clock, f"pictures/{turn_picture(i)}")
        for i, clock in enumerate(clocks, 1)
        if (folder / "pictures" / turn_picture(i)).exists()
    ]
    return write_shell(
        folder / "compare.html",
        asset("compare.html", package=_OWN),
        page_data(clocks, comparison, 1 / FPS),
        styles=asset("report.css") + asset("compare.css", package=_OWN),
        script=asset("compare.js", package=_OWN),
        comparison=comparison,
        clocks=clocks,
        groups=groups,
        turns=turns,
        turn=turn,
        phases=clocks[0].pair.a.of.exercise.focus.phases,
        amount=number,
        percent_of_error=lambda one: min(100.0, 25.0 * abs(one.difference) / max(one.error, 1e-9)),
        video=quote(video) if (folder / video).exists() else None,
    )

"""`write_comparison_page`: puts the page together from its template and the comparison."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from formcheck.compare.clock import PairClock
from formcheck.compare.comparison import Comparison, Difference
from formcheck.compare.differences import number
from formcheck.compare.page.data import page_data
from formcheck.compare.video import FPS, turn_picture
from formcheck.report.page.shell import asset, write_shell

_OWN = "formcheck.compare.page"
_GROUPS = {"tempo": "Tempo", "turn": "At the {turn}", "start": "At the start", "back": "Back", "bar": "Weight"}


def write_comparison_page(folder: Path, comparison: Comparison, clocks: Sequence[PairClock], *, video: str) -> Path:
    """Write `compare.html` into `folder` and return its path; the video and pictures are linked where they are there."""
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

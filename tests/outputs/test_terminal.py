"""The terminal report of a made-up analysis."""

from __future__ import annotations

from rich.console import Console

from formcheck.outputs.terminal import report
from tests.outputs.made_up import small_analysis


def test_the_terminal_tells_reps_findings_cues_and_what_was_not_judged() -> None:
    console = Console(width=160, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(report(small_analysis()))
    text = console.export_text()
    for expected in ("Bulgarian", "The one rep was not clean", "right leg in front", "Trunk too upright", "→ Lean forward.",
                     "Not judged", "hidden", "swapped back in 7 frames"):  # fmt: skip
        assert expected in text, expected

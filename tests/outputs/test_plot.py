"""The table of findings and the chart of a set, as notebooks use them."""

from __future__ import annotations

import pytest

from formcheck.api import plot_set
from formcheck.outputs.formats.tables import finding_columns
from tests.outputs.made_up import made_up_analysis, made_up_motion, shot_of


def test_the_table_of_findings_has_a_row_for_each() -> None:
    _, reps = made_up_motion()
    columns = finding_columns(made_up_analysis(reps, 5.0))
    assert columns["severity"] == ["fault", "borderline", "note"]
    assert columns["title"][0] == "Trunk too upright"
    assert columns["value"][:2] == [8.0, 18.0]
    assert {len(values) for values in columns.values()} == {3}


def test_the_chart_shows_every_rep_and_every_finding() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    motion, reps = made_up_motion()
    analysis = made_up_analysis(reps, float(motion.times[-1]))
    axes = plot_set(analysis, [shot_of(motion, reps)])
    assert [text.get_text() for text in axes.texts] == [str(rep.index) for rep in reps]
    moments = sorted(line.get_xdata()[0] for line in axes.lines[1:])
    assert moments == pytest.approx(sorted(finding.time_s for finding in analysis.findings))
    assert axes.get_ylabel() == "Front knee (degrees)"

"""What a notebook shows of a result: the key picture, how the set went, the findings and what was not judged."""

from __future__ import annotations

import base64

import cv2
import jinja2
import numpy as np
from numpy.typing import NDArray

from formcheck.analysis import Analysis
from formcheck.report.shown import exercise_title, rule_title
from formcheck.report.words import clock, outcome, recognition, side_in_words

#: Long side of the picture in pixels: a notebook keeps it in its file.
LONG_SIDE = 480

_PAGE = """\
<div style="display:flex;flex-wrap:wrap;gap:1.5em;align-items:flex-start">
{% if picture %}<img alt="{{ title }}" style="max-width:100%" src="data:image/jpeg;base64,{{ picture }}">{% endif %}
<div style="flex:1;min-width:20em">
<b>{{ title }}</b>: {{ outcome }}<br><small>{{ recognition }}; {{ side }}</small>
<table>
<tr><th>rep</th><th>time</th><th>finding</th><th>cue</th></tr>
{% for row in rows %}<tr><td>{{ row.rep }}</td><td>{{ row.time }}</td>
<td style="text-align:left"><b>{{ row.rule }}</b>{{ row.note }}: {{ row.message }}</td>
<td style="text-align:left">{{ row.cue }}</td></tr>
{% else %}<tr><td colspan="4">no findings</td></tr>
{% endfor %}</table>
{% if not_judged %}<small>Not judged: {{ not_judged | join("; ") }}</small>{% endif %}
</div></div>"""


def notebook_page(analysis: Analysis, picture: NDArray[np.uint8] | None = None) -> str:
    """HTML of an analysis with an RGB picture; it loads nothing from elsewhere."""
    name = analysis.exercise.name
    notes = {"fault": "", "borderline": " (borderline)", "info": " (note)"}
    rows = [
        {
            "rep": finding.rep,
            "time": clock(finding.time_s),
            "rule": rule_title(name, finding.rule),
            "note": notes[finding.severity],
            "message": finding.message,
            "cue": finding.cue,
        }
        for finding in analysis.findings
    ]
    unjudged = dict.fromkeys(f"{rule_title(name, entry.rule)} ({entry.reason})" for entry in analysis.not_judged)
    return jinja2.Environment(autoescape=True).from_string(_PAGE).render(
        title=exercise_title(analysis.exercise),
        outcome=outcome(analysis),
        recognition=recognition(analysis.exercise, in_python=True),
        side=side_in_words(analysis),
        rows=rows,
        not_judged=list(unjudged),
        picture=None if picture is None else _jpeg(picture),
    )


def _jpeg(picture: NDArray[np.uint8]) -> str:
    share = LONG_SIDE / max(picture.shape[:2])
    if share < 1:
        picture = np.asarray(cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    _, encoded = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
    return base64.b64encode(encoded.tobytes()).decode("ascii")

"""A result of a batch that was judged again by hand, with `render` or `analyze`, in its own folder: the batch keeps it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from formcheck.analysis import Analysis
from formcheck.batch.record import read_record, sizes, write_record
from formcheck.batch.rows import clip_row, rep_rows
from formcheck.folder.contents import OWN_FILES


def note_by_hand(folder: Path, analysis: Analysis) -> bool:
    """Put a new analysis of the same clip into the record of a batch's folder; False where there is no such record.

    The batch's next run then takes the clip as done and counts it as it was judged here, as long as the clip, the batch's
    options and the version stay the same.
    """
    record = read_record(folder, complete=False)
    if record is None or record.sha256 != analysis.clip.sha256:
        return False
    files = {name: size for name, size in sizes(folder).items() if name.partition("/")[0] in OWN_FILES}
    write_record(
        folder,
        replace(
            record, outcome="analysed", reason="", files=files, row=clip_row(analysis), reps=rep_rows(analysis), by_hand=True
        ),
    )
    return True

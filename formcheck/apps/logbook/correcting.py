"""Corrections of a set by hand: kept beside the analysis, applied whenever it is judged again, and exported as labels."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from formcheck.errors import MissingFileError, UsageError
from formcheck.lifts.registry import exercise_named
from formcheck.lifts.remembered import kept_options
from formcheck.options import AUTO, END, START, DrawingOptions, changed
from formcheck.outputs.folder import clip_folder
from formcheck.outputs.shown import exercise_title
from formcheck.outputs.words import oblique
from formcheck.pipeline import AnalysedClip, rescore
from formcheck.pose.track import load_track, open_tracked
from formcheck.results.analysis import Analysis
from formcheck.results.corrections import NOTHING, Correction, Corrections, read_corrections, write_corrections
from formcheck.results.encoding import read_analysis
from formcheck.runtime.files import ANALYSIS, BATCH_RECORD, REPORT, TRACK, VIDEO, folder_lock


@dataclass(frozen=True)
class Word:
    """A correction of a set.

    Attributes:
        not_reps: numbers of reps to strike out.
        not_faults: (rep, rule) of findings that are wrong.
        because: why, in a few words.
        exercise, leg: the right ones.
        undo: earlier corrections of the set are taken back first.
    """

    not_reps: Sequence[int] = ()
    not_faults: Sequence[tuple[int, str]] = ()
    because: str = ""
    exercise: str | None = None
    leg: Literal["left", "right"] | None = None
    undo: bool = False


def parse_not_fault(text: str) -> tuple[int, str]:
    """Read "2:short_range": the rep and the rule.

    Raises:
        UsageError: it is something else.
    """
    number, _, rule = text.partition(":")
    if not number.strip().isdecimal() or not rule.strip():
        raise UsageError(f"--not-a-fault expects a rep and a rule such as 2:short_range but got {text!r}.")
    return int(number), rule.strip().replace("-", "_")


def corrections_with(before: Corrections, analysis: Analysis, word: Word) -> Corrections:
    """The corrections of a clip with a new one, of the clip's analysis or that of one of its sets.

    Raises:
        UsageError: there is no such rep, finding or exercise, or nothing would be left of the set.
    """
    found = before.without_set(analysis) if word.undo else before
    reps = {rep.index: rep for rep in analysis.reps}
    if analysis.sets and (word.exercise is not None or word.leg is not None):
        raise UsageError(
            f"this clip has {len(analysis.sets)} sets; analyse one by itself with {START.option} and {END.option} to correct"
            " its exercise or leg."
        )
    if reps and set(word.not_reps) >= set(reps):
        raise UsageError("this would strike every rep of the set; leave one, or delete the set.")
    for number in (*word.not_reps, *(number for number, _ in word.not_faults)):
        if number not in reps:
            raise UsageError(f"there is no rep {number}; this set has {len(reps)}.")
    for number in word.not_reps:
        found = found.with_item(Correction("not_a_rep", reps[number].turn_s, "", word.because))
    for number, rule in word.not_faults:
        own = [finding.rule for finding in analysis.findings if finding.rep == number]
        if rule not in own:
            known = f"expected one of {', '.join(own)}" if own else "nothing was found in that rep"
            raise UsageError(f"{rule} was not found in rep {number}; {known}.")
        found = found.with_item(Correction("not_a_fault", reps[number].turn_s, rule, word.because))
    if word.exercise is not None:
        found = replace(found, exercise=exercise_named(word.exercise).name)
    return replace(found, leg=word.leg) if word.leg is not None else found


def correct(found: AnalysedClip, word: Word) -> AnalysedClip:
    """Save a correction, judge the clip again and rewrite its outputs; the video is drawn again if there was one.

    Returns:
        the clip, with all of its sets.

    Raises:
        UsageError: there is no such rep, finding or exercise, or the clip is not there.
        ClipError: nothing would be left.
    """
    folder = clip_folder(found.folder)
    first = read_analysis(folder / ANALYSIS)
    before = read_corrections(folder)
    after = corrections_with(before, found.analysis, word)
    track = load_track(folder / TRACK)
    assert track is not None  # without a key, load_track raises instead
    options = replace(kept_options(first, str(folder / ANALYSIS)), reading=track.key.reading)
    if after.exercise != before.exercise:
        options = changed(options, {"exercise": after.exercise or AUTO})
    if after.leg != before.leg:
        options = changed(options, {"leg": after.leg})
    if not found.path.is_file():
        raise MissingFileError(f"the clip {found.path} is not there.")
    with folder_lock(folder), open_tracked(found.path, track, f"{found.path} is not the clip that was analysed.") as reader:
        write_corrections(folder, after)
        try:
            again = rescore(reader, track, folder, options)
        except BaseException:
            write_corrections(folder, before)
            raise
        drawn = DrawingOptions(video=(folder / VIDEO).is_file(), report=(folder / REPORT).is_file(), snapshots=True)
        again.write(folder, drawn)
        (folder / BATCH_RECORD).unlink(missing_ok=True)  # its row in the batch's table is of the earlier judgement
    return again


# Labels: what people said, in the columns that `scripts/evaluate.py` reads.

LABEL_COLUMNS = (
    "file", "kind", "exercise", "variant", "reps", "reps_tolerance", "view", "near_side", "faults", "clean_of", "rep_faults",
    "origin", "notes",
)  # fmt: skip


def label_of(analysis: Analysis, said: Corrections) -> dict[str, str]:
    """A row of labels; only what was corrected by hand counts as certain.

    `clean_of` has the rules whose every finding was refused; where others of a rule stand, `rep_faults` tells them apart.
    """
    refused: dict[str, set[int]] = {}
    for gap in analysis.not_judged:
        if gap.code == "refused" and gap.rep is not None:
            refused.setdefault(gap.rule, set()).add(gap.rep)
    standing = {rule: {f.rep for f in analysis.findings if f.rule == rule and f.severity == "fault"} for rule in refused}
    mixed = {rule for rule in refused if standing[rule]}
    cells = []
    for number in sorted({rep for rule in mixed for rep in refused[rule] | standing[rule]}):
        own = sorted(rule for rule in mixed if number in standing[rule])
        cells.append(f"{number}:{'+'.join(own) or 'none'}")
    struck = any(item.kind == "not_a_rep" for item in said.items)
    notes = [
        f"{item.at_s:.1f} s: {'not a rep' if item.kind == 'not_a_rep' else f'{item.rule} refused'}"
        + (f" ({item.because})" if item.because else "")
        for item in said.items
    ]
    notes += [f"set {analysis.set_number} of {len(analysis.sets)}"] if analysis.sets else []
    notes += ["exercise corrected by hand"] * (said.exercise is not None) + ["leg corrected by hand"] * (said.leg is not None)
    return {
        "file": analysis.clip.path,
        "kind": "real",
        "exercise": analysis.exercise.family,
        "variant": exercise_title(analysis.exercise),
        "reps": str(len(analysis.reps)),
        "reps_tolerance": "0" if struck else "1",
        "view": "oblique" if oblique(analysis) else "side",
        "near_side": "" if oblique(analysis) else analysis.view.side,
        "faults": "",
        "clean_of": ";".join(sorted(rule for rule in refused if rule not in mixed)),
        "rep_faults": ";".join(cells),
        "origin": f"sha256 {analysis.clip.sha256}",
        "notes": "; ".join(notes),
    }


def labels_of(sets: Iterable[tuple[Analysis, Corrections]]) -> str:
    """The labels of the corrected sets, as CSV."""
    stream = io.StringIO()
    table = csv.DictWriter(stream, LABEL_COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(label_of(analysis, said) for analysis, said in sets if said != NOTHING)
    return stream.getvalue()


def corrected_sets(folders: Iterable[Path]) -> list[tuple[Analysis, Corrections]]:
    """The analyses in those folders that still exist, with the corrections of each."""
    there = [folder for folder in dict.fromkeys(folders) if (folder / ANALYSIS).is_file()]
    return [(own := read_analysis(folder / ANALYSIS), read_corrections(clip_folder(folder)).of_set(own)) for folder in there]

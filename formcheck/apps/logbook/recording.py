"""Logging an analysis: making an entry from it, and writing it into the logbook."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from PIL import Image
from rich.console import Console

from formcheck.apps.logbook.database import keep_video, logbook_path
from formcheck.apps.logbook.dates import clock_note, date_text, filmed_at
from formcheck.apps.logbook.entry import DateSource, Entry, LoggedClip, listed_title
from formcheck.apps.logbook.people import spelled
from formcheck.apps.logbook.store import Logbook, Logged
from formcheck.errors import FormcheckError, UsageError
from formcheck.options import LoggingOptions
from formcheck.outputs.folder import above_of, set_folder
from formcheck.outputs.shown import who_of
from formcheck.outputs.words import key_finding
from formcheck.pose.track import load_track
from formcheck.results.analysis import Analysis
from formcheck.results.encoding import read_analysis
from formcheck.runtime.files import ANALYSIS, TRACK, readable
from formcheck.units import Load, count_of, load_of_kg
from formcheck.video.reader import ClipReader


def entry_of(
    analysis: Analysis,
    filmed: tuple[datetime, DateSource],
    clip: Path,
    folder: Path,
    *,
    load: Load | None = None,
    stretch: tuple[float | None, float | None] = (None, None),
    kept: str | None = None,
) -> Entry:
    """The entry of an analysis.

    Args:
        filmed: date, and its source.
        clip, folder: current paths of clip and outputs.
        load: in the owner's unit; by default that of the analysis in kilograms.
        stretch: the analysed part of the clip in the lifter's seconds; None: its start or end.
        kept: the copy of the video beside the logbook.
    """
    facts, slow = analysis.exercise, analysis.clip.slow_motion
    if load is None and facts.load_kg is not None:
        load = load_of_kg(facts.load_kg)
    start_s, end_s = stretch
    return Entry(
        id=0,
        exercise=facts.name,
        variant=facts.variant,
        leg=facts.working_leg,
        filmed_at=filmed[0],
        filmed_source=filmed[1],
        logged_at=datetime.now().astimezone(),
        load=load,
        who=who_of(analysis),
        reps_done=len(analysis.reps),
        reps=analysis.reps,
        findings=tuple(sorted(analysis.findings, key=lambda finding: (finding.time_s, finding.rep, finding.rule))),
        not_judged=analysis.not_judged,
        clip=LoggedClip(
            sha256=analysis.clip.sha256,
            name=_text(analysis.clip.path),
            path=_text(os.path.abspath(clip)),
            folder=_text(os.path.abspath(folder)),
            start_s=round(max(0.0, start_s or 0.0) * slow, 3),
            end_s=None if end_s is None else round(end_s * slow, 3),
            slow_motion=slow,
            kept=kept,
        ),
        side=analysis.view.side,
        software=f"formcheck {analysis.software.version}, model {analysis.software.model}",
    )


def _text(name: str) -> str:
    """The name with undecodable bytes replaced by question marks."""
    return name.encode("utf-8", "replace").decode("utf-8")


# Logging.

#: Longest side of a set's picture, pixels.
PICTURE_SIZE = 480
_FROM = {
    "user": "as you said",
    "metadata": "from the clip's metadata",
    "name": "from the clip's name",
    "file": "taken from the file; the video has none",
}


@dataclass(frozen=True)
class Finished:
    """An analysis whose outputs are complete.

    `stretch` is the analysed part of the clip in the lifter's seconds; None: its start or end.
    """

    analysis: Analysis
    clip: Path
    folder: Path
    load: Load | None = None
    stretch: tuple[float | None, float | None] = (None, None)
    date: datetime | None = None
    who: str | None = None

    def with_load(self, load: Load | None) -> Finished:
        """The same with this load."""
        return replace(self, load=load)


@dataclass(frozen=True)
class Said:
    """What to print after logging: a line about the set, and warnings."""

    line: str
    warnings: tuple[str, ...]


def log_finished(done: Finished, options: LoggingOptions, *, another: bool = False) -> Said:
    """Write the set into the logbook; with `another` also if its film seems to be one that was logged, saved again.

    Raises:
        LogbookError: it could not be written.
    """
    path = logbook_path(options.logbook)
    try:
        with Logbook(path) as book:
            logged = log_into(book, done, keep=options.keep, another=another)
            note = clock_note(done.clip) if logged.entry.filmed_source == "metadata" else ""
            return Said(" ".join(filter(None, (logged_text(logged), note))), tuple(book.warnings))
    except FormcheckError as error:
        raise type(error)(
            f"{str(error).rstrip('.')}. The analysis is complete in {done.folder}, but not in the logbook; put it there with"
            " `formcheck log add`."
        ) from None


def print_logged(said: Said, *, to_stderr: bool = False) -> None:
    """Print the result of logging; with `to_stderr` (if stdout is used otherwise) only warnings."""
    for text, aside in [*((warning, True) for warning in said.warnings), *([] if to_stderr else [(said.line, False)])]:
        Console(stderr=aside, highlight=False, soft_wrap=True).print(readable(text), markup=False)


def log_into(book: Logbook, done: Finished, *, keep: bool, another: bool = False) -> Logged:
    """Write the set into an open logbook; `another` as in `log_finished`."""
    sha256 = done.analysis.clip.sha256
    kept = keep_video(done.clip, sha256, book.path) if keep and done.clip.is_file() else None
    entry = entry_of(
        done.analysis, _date(done), done.clip, done.folder, load=done.load, stretch=done.stretch, kept=kept
    )
    who = spelled(done.who or entry.who, book.people())
    logged = book.log(replace(entry, who=who), picture_of(done), another=another)
    if kept is not None and logged.outcome == "copy":
        (book.path.parent / kept).unlink(missing_ok=True)
    return logged


def finished_folder(folder: Path, clip: Path | None, load: Load | None, date: datetime | None) -> Finished:
    """Load the analysis in an output folder.

    Raises:
        UsageError: there is none.
    """
    analysis = read_analysis(folder / ANALYSIS)
    stretch: tuple[float | None, float | None] = (None, None)
    with suppress(UsageError):  # without its track the set is identified by its reps
        track = load_track(folder / TRACK)
        stretch = (None, None) if track is None else (track.key.reading.start_s, track.key.reading.end_s)
    if analysis.sets:  # its track may be of the whole clip
        own = analysis.sets[analysis.set_number - 1]
        stretch = (own.start_s, own.end_s)
    return Finished(analysis, clip or above_of(folder) / analysis.clip.path, folder, load, stretch, date)


def finished_sets(folder: Path, clip: Path | None, load: Load | None, date: datetime | None) -> list[Finished]:
    """The analyses of all sets of a clip, by its folder; of a further set's own folder, only that set.

    Raises:
        UsageError: as `finished_folder` does.
    """
    first = finished_folder(folder, clip, load, date)
    if first.analysis.set_number > 1:
        return [first]
    numbers = [one.number for one in first.analysis.sets if one.number > 1]
    return [first, *(finished_folder(set_folder(folder, number), first.clip, load, date) for number in numbers)]


def picture_of(done: Finished) -> tuple[bytes, float] | None:
    """A small picture of the set, at the turn of the rep with the worst fault, else of the middle rep."""
    analysis = done.analysis
    key = key_finding(analysis)
    at_fault = key is not None and key.severity == "fault"
    time_s = key.time_s if key is not None and at_fault else analysis.reps[len(analysis.reps) // 2].turn_s
    try:
        with ClipReader(done.clip, slow_motion=analysis.clip.slow_motion) as reader:
            for frame in reader.frames_near([time_s]):
                stream = io.BytesIO()
                Image.fromarray(frame.whole(PICTURE_SIZE).picture).save(stream, "JPEG", quality=80)
                return stream.getvalue(), time_s
    except (FormcheckError, OSError):
        return None  # the clip is missing or unreadable
    return None


def logged_text(logged: Logged) -> str:
    """One line about the result of logging."""
    entry = logged.entry
    load = f" with {entry.load.text()}" if entry.load is not None else ""
    what = f"{listed_title(entry)}, {count_of(entry.reps_done, 'rep')}{load}"
    when = f"{date_text(entry.filmed_at)} ({_FROM[entry.filmed_source]})"
    text = {
        "added": f"Logged as set {entry.id}: {what}, {when}.",
        "updated": f"Set {entry.id} of the logbook is updated: {what}, {when}.",
        "unchanged": f"The logbook has this clip already, as set {entry.id}: {what}, {when}.",
        "copy": f"This is the film of set {entry.id}, saved again (the same picture, and reps at the same moments), and was"
        f" not logged twice: {what}, {when}. If it is another set, `formcheck log add CLIP --another` logs it.",
    }[logged.outcome]
    for name in logged.kept:
        text += f" Your own {name} is kept."
    if entry.load is None:
        text += f" Set the load with `formcheck log edit {entry.id} --load 60kg`."
    if entry.filmed_source == "file":
        text += f" Correct the date with `formcheck log edit {entry.id} --date 2026-03-02`."
    return text


def _date(done: Finished) -> tuple[datetime, DateSource]:
    if done.date is not None:
        return done.date, "user"
    try:
        return filmed_at(done.clip)
    except OSError:
        pass
    try:
        return datetime.fromtimestamp((done.folder / ANALYSIS).stat().st_mtime).astimezone(), "file"
    except OSError:
        raise UsageError(f"neither {done.clip.name} nor its analysis is there any more; give the date with --date.") from None

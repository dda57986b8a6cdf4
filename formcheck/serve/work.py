"""One order of the server done: a clip analysed into its folder and entered in the logbook, or its videos removed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from formcheck.batch.board import STAGES
from formcheck.batch.record import Record
from formcheck.batch.work import ClipJob, analyse_into, reason_of
from formcheck.errors import FormcheckError, OutputError, PoseCrashError, StoppedError
from formcheck.exercises import AUTO
from formcheck.logbook.loads import load_of_kg
from formcheck.logbook.options import LogOptions
from formcheck.logbook.recording import finished_folder, log_finished
from formcheck.options import AnalyzeOptions
from formcheck.pose import PosePool
from formcheck.report.outputs import OutputOptions
from formcheck.report.page import write_page
from formcheck.saved import read_saved
from formcheck.serve.result import result_of
from formcheck.version import __version__

#: What a lifter is told of each stage of the work.
_WORDS = {
    "opening": "opening the clip", "reading": "looking through the clip", "finding the lifter": "finding the lifter",
    "watching": "watching the lifter", "following the bar": "following the bar", "finishing": "judging and drawing the video",
}  # fmt: skip
#: What is drawn and written for a clip.
OUTPUTS = OutputOptions()


def do_order(order: dict[str, Any], pool: PosePool, progress: Callable[[str, float], None]) -> dict[str, Any]:
    """Do an order; the answer says what came of it, also when it went wrong."""
    try:
        if "forget" in order:
            return {"done": forget_videos(Path(order["forget"]))}
        return {"done": judge(order, pool, progress)}
    except StoppedError:
        raise
    except OutputError as error:  # a full disk says nothing of the clip
        return {"later": str(error)}
    except Exception as error:  # whatever it is, it costs one clip
        may_pass = isinstance(error, OSError | MemoryError | PoseCrashError)
        return {"again" if may_pass else "failed": _reason(error)}


def judge(order: dict[str, Any], pool: PosePool, progress: Callable[[str, float], None]) -> dict[str, Any]:
    """Analyse a clip and log the set; what was done of it by an earlier attempt is used.

    Returns:
        `result`, or `error` for a clip that cannot be analysed; `note` for what went wrong beside it.
    """
    clip, asked = Path(order["clip"]), order["asked"]
    folder = clip.with_suffix(".formcheck")
    options = AnalyzeOptions(
        exercise=asked["exercise"] or AUTO, model=pool.model.name, side=asked["side"], load_kg=asked["load_kg"]
    )
    job = ClipJob(
        name=clip.name, tag="", location=str(clip), out_name=folder.name, options=options, outputs=OUTPUTS,
        key=_key(options, pool.model.sha256), size=clip.stat().st_size, longest_s=order["longest_s"],
    )  # fmt: skip

    def told(what: str, share: float, frames: float) -> None:
        low, high = STAGES.get(what, (STAGES["finishing"][0],) * 2)
        progress(_WORDS.get(what, what), low + (high - low) * min(1.0, share))

    record = analyse_into(clip, job, folder, pool, told)
    if record.outcome == "failed":
        return {"error": _as_page(record)}
    said = None if options.load_kg is None else load_of_kg(options.load_kg)
    done = finished_folder(folder, clip, said, None)
    answer: dict[str, Any] = {"result": result_of(done.analysis)}
    try:
        warnings = log_finished(done, LogOptions(Path(order["logbook"]))).warnings
    except FormcheckError as error:
        warnings = (str(error),)
    return {**answer, "note": " ".join(warnings)} if warnings else answer


def forget_videos(clip: Path) -> dict[str, Any]:
    """Remove a clip and its annotated video; the page is written again without them, everything else stays."""
    folder = clip.with_suffix(".formcheck")
    (folder / "annotated.mp4").unlink(missing_ok=True)
    if (folder / "report.html").exists():
        with suppress(FormcheckError):  # of another version: its page then says that the video is not there
            saved = read_saved(folder)
            write_page(folder, saved.analysis, saved.takes())
    clip.unlink(missing_ok=True)
    return {}


def _key(options: AnalyzeOptions, model_sha256: str) -> str:
    """A short name of everything, beside the clip, that its results depend on."""
    facts = {
        "options": asdict(replace(options, limits=None)), "outputs": asdict(OUTPUTS), "model": model_sha256,
        "version": __version__,
    }  # fmt: skip
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:24]


def _as_page(record: Record) -> str:
    """The reason as the phone shows it: it knows the clip by its own name, and no options of a command line."""
    return without_options(record.reason.replace(record.clip, "The clip", 1))


def without_options(text: str) -> str:
    """A message without the advice that names options of the command line; all of it where nothing else would be left."""
    parts = [part for part in re.split(r"(?<=[.;:]) ", text) if "--" not in part]
    return f"{' '.join(parts).rstrip('.;:')}." if parts else text


def _reason(error: Exception) -> str:
    return without_options(reason_of(error).replace("; it is tried again on the next run", ""))

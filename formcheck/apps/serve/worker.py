"""The server's worker process: resource limits, analysing clips, and results for the phone."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from formcheck.apps.batch.record import Record
from formcheck.apps.batch.run import STAGES
from formcheck.apps.batch.settings import job_key
from formcheck.apps.batch.work import ClipJob, analyse_into, reason_of
from formcheck.apps.live.after import LIVE_FILE, beside, read_said
from formcheck.apps.logbook.recording import finished_sets, log_finished
from formcheck.apps.serve.settings import Settings
from formcheck.errors import FormcheckError, OutputError, PoseCrashError, StoppedError
from formcheck.options import DrawingOptions, LoggingOptions, Options
from formcheck.outputs.overlay.render import snapshot_name
from formcheck.outputs.page.page import write_page
from formcheck.outputs.shown import exercise_title, rule_title
from formcheck.outputs.words import grouped, key_finding, not_judged_reps, set_in_words
from formcheck.pipeline import AnalysedClip
from formcheck.pose.pool import PosePool
from formcheck.pose.registry import find_model
from formcheck.results.analysis import Analysis
from formcheck.runtime import messages
from formcheck.runtime.files import REPORT, VIDEO
from formcheck.runtime.workers import Parent, worker_command
from formcheck.units import load_of_kg
from formcheck.video.sampling import DRAWN_HZ

try:
    import resource
except ImportError:  # Windows: only the server's timeout applies
    resource = None  # type: ignore[assignment]

#: Largest file that a worker may write, bytes; annotated videos of long clips have a few hundred million.
LARGEST_FILE = 8 * 1024**3


def bound_process(memory: int, niceness: int) -> None:
    """Limit this process and its children: private memory, core dumps, file size and priority."""
    if hasattr(os, "nice"):
        os.nice(niceness)
    os.umask(0o077)
    if resource is None:
        return
    # Private memory rather than address space, of which threads and models reserve far more than they use.
    for name, most in (("RLIMIT_DATA", memory), ("RLIMIT_CORE", 0), ("RLIMIT_FSIZE", LARGEST_FILE)):
        kind = getattr(resource, name, None)
        if kind is not None:
            hard = resource.getrlimit(kind)[1]
            with suppress(ValueError, OSError):  # macOS refuses some of them
                resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def bound_seconds(more: float) -> None:
    """Limit this process to `more` seconds of processor time from now on."""
    if resource is None:
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = int(usage.ru_utime + usage.ru_stime + more) + 1
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


# The summary for the phone.

def result_of(analysis: Analysis, *others: Analysis) -> dict[str, Any]:
    """Summary of the analysis as plain data, with the most frequent faults first.

    Of a clip with several sets it covers all of them, each finding with the number of its set.
    """
    if others:
        return _result_of_sets(analysis, *others)
    summary = analysis.summary
    return {
        "exercise": analysis.exercise.name,
        "title": exercise_title(analysis.exercise),
        "kind": analysis.exercise.variant or analysis.exercise.name,
        "reps": summary.reps,
        "clean": summary.clean_reps == summary.reps,
        "headline": set_in_words(analysis),
        "findings": findings_of(analysis),
        "not_judged": not_judged_reps(analysis),
        "duration_s": round(analysis.clip.duration_s, 3),
        "fps": round(min(analysis.clip.fps, DRAWN_HZ), 3),
        "still": _still(analysis),
    }


def _still(analysis: Analysis) -> str | None:
    """The file of the picture that says most: the worst moment of what to change first, with the part it is about in red."""
    key = key_finding(analysis)
    return None if key is None else snapshot_name(analysis.findings.index(key) + 1, key)


def _result_of_sets(*sets: Analysis) -> dict[str, Any]:
    results = [result_of(one) for one in sets]
    titles = list(dict.fromkeys(result["title"] for result in results))
    said = [(f"Set {number}", result) for number, result in enumerate(results, 1)]
    return {
        **results[0],
        "title": ", ".join(titles),
        "reps": sum(result["reps"] for result in results),
        "clean": all(result["clean"] for result in results),
        "headline": " ".join(f"{which}: {result['headline'].rstrip('.')}." for which, result in said),
        "findings": [
            {**finding, "title": f"{which}: {finding['title']}", "at_s": None, "set": number}  # each has a video of its own
            for number, (which, result) in enumerate(said, 1)
            for finding in result["findings"]
        ],
        "not_judged": sum(result["not_judged"] for result in results),
        "duration_s": round(sum(result["duration_s"] for result in results), 3),
    }


def findings_of(analysis: Analysis) -> list[dict[str, Any]]:
    """An entry for each rule with findings: its reps, and its worst moment. Notes are left out."""
    return [
        {
            "rule": worst.rule,
            "title": rule_title(analysis.exercise.name, worst.rule),
            "reps": sorted({finding.rep for finding in group if finding.severity == worst.severity}),
            "state": worst.severity,
            "cue": worst.cue,
            "confidence": round(worst.confidence, 3),
            "message": worst.message,
            "rep": worst.rep,
            "at_s": round(max(0.0, (worst.time_s - analysis.clip.start_s) * analysis.clip.slow_motion), 3),
        }
        for group in grouped(analysis.findings)
        if (worst := group[0]).severity != "info"
    ]


# Tasks: analyse and log a clip, or remove its videos.

#: Names of the stages for the phone.
_WORDS = {
    "opening": "opening the clip", "reading": "looking through the clip", "finding the lifter": "finding the lifter",
    "watching": "watching the lifter", "following the bar": "following the bar", "finishing": "judging and drawing the video",
}  # fmt: skip
#: Outputs of a clip; most people watch the video on a phone held upright.
OUTPUTS = DrawingOptions(panel="below")


def do_order(
    order: dict[str, Any],
    pool: PosePool,
    progress: Callable[[str, float], None],
    on_findings: Callable[[dict[str, Any]], None],
) -> dict[str, Any]:
    """Run a task; return its result or error. `on_findings` gets the result before the video is drawn."""
    try:
        if "forget" in order:
            return {"done": forget_videos(Path(order["forget"]))}
        return {"done": judge(order, pool, progress, on_findings)}
    except StoppedError:
        raise
    except OutputError as error:  # a full disk, not the clip
        return {"later": str(error)}
    except Exception as error:  # fails this clip only
        may_pass = isinstance(error, OSError | MemoryError | PoseCrashError)
        return {"again" if may_pass else "failed": _reason(error)}


def judge(
    order: dict[str, Any],
    pool: PosePool,
    progress: Callable[[str, float], None],
    on_findings: Callable[[dict[str, Any]], None],
) -> dict[str, Any]:
    """Analyse a clip and log the set, reusing results of an earlier attempt.

    Returns:
        `result`, or `error` if the clip cannot be analysed; `note` for other problems.
    """
    clip = Path(order["clip"])
    folder = clip.with_suffix(".formcheck")
    said = {name: value for name, value in order["asked"].items() if value is not None}
    options = Options.of(model=pool.model.name, **said)
    job = ClipJob(
        name=clip.name, tag="", location=str(clip), out_name=folder.name, options=options, outputs=OUTPUTS,
        key=job_key(options, OUTPUTS, pool.model.sha256), size=clip.stat().st_size, longest_s=order["longest_s"],
    )  # fmt: skip

    def told(what: str, share: float, frames: float) -> None:
        low, high = STAGES.get(what, (STAGES["finishing"][0],) * 2)
        progress(_WORDS.get(what, what), low + (high - low) * min(1.0, share))

    live = read_said(clip.with_name(LIVE_FILE))

    def result_with_live(*sets: Analysis) -> dict[str, Any]:
        return {**result_of(*sets), "live": None if live is None else beside(live, sets)}

    record = analyse_into(clip, job, folder, pool, told, lambda sets: on_findings(result_with_live(*sets)))
    if record.outcome == "failed":
        return {"error": _as_page(record)}
    load_kg = options.judging.load_kg
    sets = finished_sets(folder, clip, None if load_kg is None else load_of_kg(load_kg), None)
    answer: dict[str, Any] = {"result": result_with_live(*(done.analysis for done in sets))}
    logging = LoggingOptions(log=True, logbook=Path(order["logbook"]))
    warnings: list[str] = []
    for done in sets:
        try:
            warnings += log_finished(done, logging).warnings
        except FormcheckError as error:
            warnings.append(str(error))
    return {**answer, "note": " ".join(warnings)} if warnings else answer


def forget_videos(clip: Path) -> dict[str, Any]:
    """Remove a clip and its annotated video, and rewrite the page without them."""
    folder = clip.with_suffix(".formcheck")
    for own in (folder, *sorted(folder.glob("set-*"))):
        (own / VIDEO).unlink(missing_ok=True)
    if (folder / REPORT).exists():
        with suppress(FormcheckError):  # of another version: its page then says that the video is not there
            for one in AnalysedClip.load(folder).sets:
                write_page(one.folder, one.analysis, one.shots)
    clip.unlink(missing_ok=True)
    return {}


def _as_page(record: Record) -> str:
    """The reason for the phone: with the clip's name there, without command line options."""
    reason = record.reason.replace(record.clip, "the clip", 1)
    return without_options(reason[:1].upper() + reason[1:])


def without_options(text: str) -> str:
    """A message without advice about command line options, unless nothing else would be left."""
    parts = [part for part in re.split(r"(?<=[.;:]) ", text) if "--" not in part]
    return f"{' '.join(parts).rstrip('.;:')}." if parts else text


def _reason(error: Exception) -> str:
    return without_options(reason_of(error).replace("; it is tried again on the next run", ""))


# The process.

def command(settings: Settings) -> list[str]:
    """The command line of the process."""
    bounds = [str(settings.job_memory), str(settings.niceness)]
    return worker_command(__name__, *bounds, settings.model, str(settings.workers or ""))


def main() -> None:
    """Run tasks until the server closes the pipe or dies."""
    server = Parent(ignored=("SIGINT", "SIGTERM", "SIGHUP"))  # the server says when to stop
    memory, niceness, model, workers = server.words
    bound_process(int(memory), int(niceness))

    def answer(line: dict[str, Any]) -> None:
        server.send(messages.packed(line))

    with PosePool(find_model(model), int(workers) if workers else None) as pool:
        answer({"ready": True})
        while True:
            order = server.next_task()
            bound_seconds(order["limit_s"])
            answer(do_order(
                order, pool, lambda what, share: answer({"stage": what, "share": round(share, 3)}),
                lambda result: answer({"judged": result}),
            ))  # fmt: skip

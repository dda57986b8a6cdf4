"""Analysing one clip of a batch, from file to finished folder, on this computer or on a cluster's worker."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2

from formcheck.apps.batch.record import Record, begin, clear, publish, read_record, sizes, write_record
from formcheck.apps.batch.summary import clip_row
from formcheck.errors import ClipError, FormcheckError, PoseCrashError, output_error
from formcheck.options import DrawingOptions, Options
from formcheck.outputs.folder import set_folder
from formcheck.pipeline import analyze_clip, watch_clip
from formcheck.pose.pool import PosePool
from formcheck.results.analysis import Analysis
from formcheck.results.encoding import read_analysis
from formcheck.results.rows import rep_rows
from formcheck.runtime.files import THUMBNAIL, TRACK
from formcheck.runtime.messages import worker_task
from formcheck.runtime.workers import DEATHS_TO_GIVE_UP, WorkerDiedError
from formcheck.video.files import file_sha256
from formcheck.video.reader import ClipReader, open_clip

#: Timeout of judging and drawing one clip, seconds.
FINISH_LIMIT_S = 3600.0
#: How often to look whether the findings are there while a clip is drawn, seconds.
LOOK_EVERY_S = 0.5
#: Width of the picture in the index, pixels.
THUMBNAIL_WIDTH = 320
#: A clip longer than its stated duration by this factor is endless.
ENDLESS = 1.5

#: Called with the stage, its progress (0-1) and the clip's number of frames (0 if unknown).
Progress = Callable[[str, float, float], None]
#: Called with what was found in each set of a clip, while the video is still being drawn.
OnFindings = Callable[[Sequence[Analysis]], None]


def unheard(sets: Sequence[Analysis]) -> None:
    """Ignore the findings."""


@dataclass(frozen=True)
class ClipJob:
    """A clip to analyse.

    Attributes:
        name: its path below the batch folder.
        tag: see `Record.tag`.
        location: path or URL.
        out_name: its output folder, below `--out`.
        key: see `Record.key`.
        size: bytes.
        longest_s: clips longer than this (seconds of the file) are not analysed.
        force: reuse nothing.
    """

    name: str
    tag: str
    location: str
    out_name: str
    options: Options
    outputs: DrawingOptions
    key: str
    size: int
    longest_s: float
    force: bool = False


def analyse_into(
    clip: Path, job: ClipJob, folder: Path, pool: PosePool, progress: Progress, on_findings: OnFindings = unheard
) -> Record:
    """Analyse a clip and publish its folder; a failed clip leaves the reason there.

    A folder with the same options and contents, whose clip only has another time, is kept.

    Raises:
        StoppedError: the batch was stopped.
        OSError, PoseCrashError, MemoryError: a temporary failure, of a drive or for lack of memory.
        OutputError: no outputs can be written, which affects all clips.
    """
    out = folder.parents[job.out_name.count("/")]
    if not out.is_dir():  # its drive may be temporarily gone
        raise output_error(folder, FileNotFoundError(errno.ENOENT, "gone"))
    with disk_full_is_an_error_of_its_own(folder):
        sha256 = file_sha256(clip)
        done = None if job.force else read_record(folder)
        if done is not None and (done.sha256, done.key, done.clip) == (sha256, job.key, job.name):
            record = Record(**{**vars(done), "tag": job.tag})
            write_record(folder, record)
            return record
        part = begin(folder, afresh=job.force)
        record = fill(clip, sha256, job, part, pool, progress, on_findings)
        publish(folder)
    return record


def fill(
    clip: Path, sha256: str, job: ClipJob, part: Path, pool: PosePool, progress: Progress, on_findings: OnFindings = unheard
) -> Record:
    """Analyse a clip into the folder `part`, ending with its record; see `analyse_into`."""
    try:
        if clip.stat().st_size:
            _watch(clip, job, part, pool, progress)
        progress("finishing", 0.0, 0.0)
        rows, reps = _finish_in_worker(clip, job, part, pool, on_findings)
        outcome: dict[str, Any] = {"outcome": "analysed", "row": rows[0], "further": rows[1:], "reps": reps}
    except PoseCrashError:
        raise  # may be due to lack of memory
    except ClipError as error:
        if _may_pass(clip, sha256, error):
            raise OSError(errno.EAGAIN, str(error).rstrip(".")) from None
        clear(part, keep=(TRACK,))  # the pose can be reused
        with contextlib.suppress(Exception), open_clip(clip, job.options.reading) as reader:
            write_thumbnail(reader, part, reader.info.duration_s / 2)
        outcome = {"outcome": "failed", "reason": str(error)}
    record = Record(clip=job.name, tag=job.tag, sha256=sha256, key=job.key, files=sizes(part), **outcome)
    write_record(part, record)
    progress("finishing", 1.0, 0.0)
    return record


def _watch(clip: Path, job: ClipJob, part: Path, pool: PosePool, progress: Progress) -> None:
    """Write `track.npz` into `part`."""
    with open_clip(clip, job.options.reading) as reader:
        length_s = reader.info.duration_s
        frames = length_s * reader.info.fps
        if length_s * reader.info.slow_motion > job.longest_s:
            raise ClipError(
                f"{clip.name} lasts {length_s * reader.info.slow_motion / 60:.0f} minutes; expected one set of at most"
                f" {job.longest_s / 60:.0f}. Cut it, or allow longer clips with --longest."
            )

        def guarded(what: str, share: float) -> None:
            seen_s = share * max(length_s, 1e-6)
            if what == "reading" and share > ENDLESS and seen_s * reader.info.slow_motion > max(10.0, job.longest_s):
                raise ClipError(
                    f"{clip.name} does not end (the file says {length_s:.1f} s, but frames go on after {seen_s:.0f} s);"
                    " save it again with another program."
                )
            progress(what, share, frames)

        watch_clip(reader, part, pool.model, job.options, pool, guarded)


def _finish_in_worker(
    clip: Path, job: ClipJob, part: Path, pool: PosePool, on_findings: OnFindings
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Judge and draw in a worker process of the pool."""
    outputs = replace(job.outputs, library_levels=job.out_name.count("/") + 1)
    for _ in range(DEATHS_TO_GIVE_UP):
        with contextlib.suppress(WorkerDiedError):
            answer = pool.submit(finish, clip, part, job.options, outputs, limit_s=FINISH_LIMIT_S)
            _tell_of_findings(answer, part, on_findings)
            rows, reps = answer.result()
            return rows, reps
    raise PoseCrashError(
        f"{clip.name} crashed the worker process twice while its outputs were made; try it with --no-video."
    )


def _tell_of_findings(answer: Future[Any], part: Path, on_findings: OnFindings) -> None:
    """Pass on the findings as soon as all are on the disk, since drawing the video takes longest."""
    while not wait([answer], LOOK_EVERY_S).done:
        if (part / "analysis.json").is_file():
            first = read_analysis(part / "analysis.json")
            further = [set_folder(part, one.number) / "analysis.json" for one in first.sets if one.number > 1]
            if all(path.is_file() for path in further):
                on_findings([first, *map(read_analysis, further)])
                return


@worker_task
def finish(
    clip: Path, part: Path, options: Options, outputs: DrawingOptions
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Judge the clip from its saved track and write its outputs; return the rows of its sets and of its reps."""
    found = analyze_clip(clip, part, options)
    found.write(part, outputs)
    with found.open() as reader:
        analysis = found.analysis
        faults = [finding.time_s for finding in analysis.findings if finding.severity == "fault"]
        write_thumbnail(reader, part, faults[0] if faults else analysis.reps[0].turn_s)
    sets = [one.analysis for one in found.sets]
    return [clip_row(one) for one in sets], [row for one in sets for row in rep_rows(one)]


def write_thumbnail(reader: ClipReader, folder: Path, time_s: float) -> None:
    """Write `thumbnail.jpg`: the picture at a time of the clip."""
    for frame in reader.frames_near([time_s]):
        picture = frame.whole(4 * THUMBNAIL_WIDTH).picture
        size = (THUMBNAIL_WIDTH, max(1, round(picture.shape[0] * THUMBNAIL_WIDTH / picture.shape[1])))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        _, encoded = cv2.imencode(".jpg", small[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])
        (folder / THUMBNAIL).write_bytes(encoded.tobytes())


@contextlib.contextmanager
def disk_full_is_an_error_of_its_own(folder: Path) -> Any:
    """Raise errors of a full or read-only disk as `OutputError`."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise output_error(folder, error) from None
        raise


def _may_pass(clip: Path, sha256: str, error: ClipError) -> bool:
    """Whether a failure is temporary: the drive is gone, the clip is still being copied, or memory ran out."""
    if not clip.exists() or file_sha256(clip) != sha256:
        return True
    behind: BaseException | None = error
    while behind is not None:
        if isinstance(behind, MemoryError) or (isinstance(behind, OSError) and behind.errno == errno.ENOMEM):
            return True
        behind = behind.__cause__ or behind.__context__
    return False


def reason_of(error: BaseException) -> str:
    """One sentence about why a clip failed."""
    if isinstance(error, PoseCrashError):
        return f"{str(error).rstrip('.')}; it is tried again on the next run."
    if isinstance(error, FormcheckError):
        return str(error)
    if isinstance(error, MemoryError):
        return "memory ran out; it is tried again on the next run. Use fewer --workers, or close other programs."
    if isinstance(error, TimeoutError):
        return f"{error}; it is tried again on the next run."
    if isinstance(error, OSError):
        return f"reading or writing failed ({error.strerror or error}); it is tried again on the next run."
    return f"formcheck has a bug here ({type(error).__name__}: {error}); please report it."


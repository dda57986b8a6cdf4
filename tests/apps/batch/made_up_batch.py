"""A batch with made-up analyses: everything but the video and the pose is real."""

from __future__ import annotations

from pathlib import Path

from formcheck.apps.batch.local import LocalRunner
from formcheck.apps.batch.run import Batch
from formcheck.apps.batch.settings import Settings
from formcheck.apps.batch.sources import LocalFolder
from formcheck.errors import ClipError
from formcheck.options import DrawingOptions, Options
from formcheck.pose.blazepose.bundle import BlazePose
from formcheck.pose.pool import PosePool

ROW = {
    "exercise": "hip_thrust", "variant": None, "exercise_source": "auto", "confidence": 0.9, "side": "left", "reps": 3,
    "clean_reps": 2, "not_judged_reps": 0, "faults": "lumbar_arch:1", "borderline": "", "not_judged": "", "coverage": 1.0,
    "range_deg": 80.5, "eccentric_s": None, "frames": 90, "model": "heavy",
}  # fmt: skip
REPS = [
    {"exercise": "hip_thrust", "rep": n, "verdict": "clean", "range_deg": 80.0 + n, "hip_at_top_deg": 170.0}
    for n in (1, 2, 3)
]


class MadeUp:
    """Stands in for the analysis. A clip's text says what it does: "good", "bad" (cannot be analysed) or "broken" (a bug)."""

    def __init__(self) -> None:
        self.analysed: list[str] = []
        self.hook = lambda job: None

    def watch(self, clip, job, part, pool, progress):
        progress("watching", 0.5, 90.0)
        if "bad" in clip.read_text():
            raise ClipError(f"{clip.name} is bad.")
        if "broken" in clip.read_text():
            raise ZeroDivisionError("oops")
        if not (part / "track.npz").exists():
            (part / "track.npz").write_text("track")

    def finish(self, clip, job, part, pool, judged):
        named = job.options.judging.exercise
        (part / "analysis.json").write_text(clip.read_text() + named)
        self.hook(job)
        self.analysed.append(job.name)
        return [{**ROW, "exercise": named if named != "auto" else "hip_thrust"}], REPS


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def batch_of(folder: Path, out: Path, **options) -> Batch:
    source = LocalFolder(folder)
    given = Options.of(exercise=options.pop("exercise", "auto"))
    outputs = DrawingOptions(style=options.pop("style", "full"))
    settings = Settings(source, given, outputs, "0", options.pop("exercise_from", None), options.pop("who_from", None))
    return Batch(source, out, settings, **options)


def run(folder: Path, out: Path, **options) -> Batch:
    """A whole batch run; returns it for its totals."""
    batch = batch_of(folder, out, **options)
    batch.run(batch.scan(), lambda jobs: runner(jobs, out))
    batch.write_summary()
    return batch


def runner(jobs, out):
    return LocalRunner(jobs, out, PosePool(BlazePose("none", "0", Path("none.task")), 1))

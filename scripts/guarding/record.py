"""Runs formcheck's command line on every clip, from saved poses, and keeps all that it writes and says."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guarding.warm import WarmCommands

#: From these files an analysis goes on without estimating poses.
POSES = ("track.npz", "bar.npz")
#: A command that has not ended after this time is stopped, seconds.
PATIENCE_S = 900.0
#: The last two need metres, and end the command where the scale is not known.
FORMATS = "csv,mot,coco,parquet,netcdf,trc,c3d"
#: So many analysed clips go through `render`, `compare` and `analyze --track`, too.
LOOKED_AT_CLOSER = 4


@dataclass(frozen=True)
class Clip:
    """`name` is its path below the recording's folder `clips`; `poses` the folder of its saved poses, if there are any."""

    name: str
    path: Path
    poses: Path | None = None

    @property
    def stem(self) -> str:
        return str(Path(self.name).with_suffix(""))


def clips_of(folders: Iterable[Path]) -> list[Clip]:
    """The clips of labels.csv where a folder has one; else all of the folder, under its name."""
    found = []
    for folder in folders:
        table = folder / "labels.csv"
        if table.is_file():
            with table.open(newline="", encoding="utf-8") as stream:
                found += [Clip(row["file"], folder / row["file"]) for row in csv.DictReader(stream)]
        else:
            found += [Clip(f"{folder.name}/{path.name}", path) for path in sorted(folder.glob("*.mp4"))]
    return found


def with_poses(clips: Sequence[Clip], poses: Path) -> list[Clip]:
    """The clips with the folders of their poses: under their own name, else those of a clip with the same bytes."""
    own = {clip.name: poses / clip.stem for clip in clips if all((poses / clip.stem / name).is_file() for name in POSES)}
    by_bytes = {_sha256(clip.path): own[clip.name] for clip in clips if clip.name in own}
    return [Clip(clip.name, clip.path, own.get(clip.name) or by_bytes.get(_sha256(clip.path))) for clip in clips]


@dataclass
class Recorder:
    """Records the formcheck of `checkout` into `out`. What is there already is kept: an interrupted recording goes on."""

    checkout: Path
    out: Path
    jobs: int = 2
    told: Callable[[str], None] = print

    def __post_init__(self) -> None:
        self.checkout, self.out = self.checkout.resolve(), self.out.resolve()
        self._entry = entry_point(self.checkout)
        self._warm: WarmCommands | None = None
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FORMCHECK", "PYTHON"))}
        self._environment = {
            **kept, "PYTHONPATH": str(self.checkout), "PYTHONSAFEPATH": "1",
            "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb", "TZ": "UTC",
            "FORMCHECK_LOGBOOK": str(self.out / "log" / "unnamed.sqlite"),
        }  # fmt: skip

    def record_clips(self, clips: Sequence[Clip]) -> None:
        """Record what is written and said of each clip."""
        self._write_facts()
        waiting = [clip for clip in clips if not self._said(clip.stem).is_file()]
        self.told(f"{len(clips)} clips, {len(waiting)} to do")
        with self._warmed(), ThreadPoolExecutor(self.jobs) as threads:
            running = {threads.submit(self._clip, clip): clip for clip in waiting}
            for number, done in enumerate(as_completed(running), 1):
                self.told(f"{number}/{len(waiting)}  {running[done].name}  {done.result()}")

    def record_all(self, clips: Sequence[Clip]) -> None:
        """Record what is made of all clips: batch, logbook, comparisons; and what is refused."""
        parts = {"batch": self._batch, "log": self._log, "more": self._more, "refused": self._refused}
        listed, names = self.out / "all.json", json.dumps([clip.name for clip in clips])
        if not listed.is_file() or listed.read_text() != names:
            for name in parts:
                self._said(name).unlink(missing_ok=True)
            listed.write_text(names)
        for name, record in parts.items():
            if not self._said(name).is_file():
                shutil.rmtree(self.out / name, ignore_errors=True)
                (self.out / name).mkdir()
                self.told(name)
                with nullcontext() if name == "batch" else self._warmed():
                    record(clips)

    def run(self, *arguments: str) -> dict[str, Any]:
        """Run formcheck in the recording's folder, so that all paths it is told are the same in every recording."""
        if self._warm is not None:
            ran = self._warm.run(arguments)
        else:
            done = subprocess.run(
                ["nice", "-n", "5", sys.executable, "-c", "from {0} import {1}; {1}()".format(*self._entry), *arguments],
                cwd=self.out, env=self._environment, capture_output=True, encoding="utf-8", errors="backslashreplace",
            )  # fmt: skip
            ran = {"exit": done.returncode, "stdout": done.stdout, "stderr": done.stderr}
        as_json = "--json" in arguments and ran["exit"] == 0
        # Lines are filled up to the width, which the length of a path would show in.
        lines = {name: [line.rstrip() for line in ran[name].splitlines()] for name in ("stdout", "stderr")}
        return {"exit": ran["exit"], **lines, **({"stdout": json.loads(ran["stdout"])} if as_json else {})}

    @contextmanager
    def _warmed(self) -> Iterator[None]:
        with WarmCommands(self._entry, self.out, self._environment, self.jobs, PATIENCE_S) as self._warm:
            try:
                yield
            finally:
                self._warm = None

    def _write_facts(self) -> None:
        """What `compare` takes for the same in two recordings: where they lie, and the version."""
        self.out.mkdir(parents=True, exist_ok=True)
        said = self.run("--version")
        version = "".join(said["stdout"]).split()
        if len(version) != 2:
            raise SystemExit(f"formcheck of {self.checkout} does not start: {' '.join(said['stderr'][-1:])}")
        facts = {"out": str(self.out), "checkout": str(self.checkout), "version": version[1], "commit": _commit(self.checkout)}
        known = self.out / "recording.json"
        if known.is_file() and json.loads(known.read_text())["checkout"] != facts["checkout"]:
            raise SystemExit(f"{self.out} is a recording of another checkout; name a new folder.")
        known.write_text(json.dumps(facts, indent=2))

    def _said(self, name: str) -> Path:
        return self.out / "said" / f"{name}.json"

    def _say(self, name: str, said: dict[str, Any]) -> None:
        path = self._said(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".part").write_text(json.dumps(said, indent=1, ensure_ascii=False), encoding="utf-8")
        path.with_suffix(".part").replace(path)

    def _clip(self, clip: Clip) -> str:
        folder, exported = f"clips/{clip.stem}.formcheck", f"exports/{clip.stem}"
        for name in (folder, exported):
            shutil.rmtree(self.out / name, ignore_errors=True)
        self._link(clip, "clips")
        _lay_poses(clip, self.out / folder)
        analyzed = self.run("analyze", f"clips/{clip.name}", "--out", folder, "--no-video", "--no-report")
        said: dict[str, Any] = {"analyze": analyzed, "poses": _what_became(clip, self.out / folder)}
        if analyzed["exit"] == 0:
            said["export"] = self.run("export", folder, "--format", FORMATS, "--out", exported)
            said["export_px"] = self.run("export", folder, "--format", "trc,c3d", "--units", "px", "--out", f"{exported}/px")
        self._say(clip.stem, said)
        return "analysed" if analyzed["exit"] == 0 else f"exit code {analyzed['exit']}"

    def _link(self, clip: Clip, folder: str) -> None:
        link = self.out / folder / clip.name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(clip.path.resolve())

    def _analysed(self, clips: Sequence[Clip]) -> list[Clip]:
        return [clip for clip in clips if json.loads(self._said(clip.stem).read_text("utf-8"))["analyze"]["exit"] == 0]

    def _batch(self, clips: Sequence[Clip]) -> None:
        """A batch finds the poses in the folders that its results go to."""
        for clip in clips:
            self._link(clip, "batch/clips")
            _lay_poses(clip, self.out / "batch/results" / f"{clip.stem}.formcheck")
        said = self.run(
            "batch", "batch/clips", "--out", "batch/results", "--no-video", "--no-report", "--workers", str(self.jobs)
        )
        # Clips end in any order: without their numbers, sorted.
        said["stderr"] = sorted(re.sub(r"^ *\d+/\d+ +", "", line) for line in said.get("stderr", []))
        became = {clip.stem: _what_became(clip, self.out / "batch/results" / f"{clip.stem}.formcheck") for clip in clips}
        self._say("batch", {"batch": said, "poses": became})

    def _log(self, clips: Sequence[Clip]) -> None:
        book = ("--logbook", "log/logbook.sqlite")
        folders = [f"clips/{clip.stem}.formcheck" for clip in self._analysed(clips)]
        commands = {
            "add": ("log", "add", *folders, "--load", "60kg"),
            "edit": ("log", "edit", "1", "--load", "135lb", "--notes", "by the guard", "--date", "2026-03-02"),
            "csv": ("log", "export", "--out", "log/log.csv"),
            "json": ("log", "export", "--out", "log/log.json"),
            "list": ("log", "list", "--last", "0"),
            "show": ("log", "show", "2"),
            "next": ("next",),
            "next_json": ("next", "--json"),
        }
        self._say("log", {name: self.run(*words, *book) for name, words in commands.items()})

    def _more(self, clips: Sequence[Clip]) -> None:
        """Other ways through the program, with a few clips of different exercises."""
        analysed = self._analysed(clips)
        chosen = analysed[:: max(1, len(analysed) // LOOKED_AT_CLOSER)][:LOOKED_AT_CLOSER]
        said: dict[str, Any] = {"rules": self.run("rules"), "rules_json": self.run("rules", "--json")}
        with ThreadPoolExecutor(self.jobs) as threads:
            # The next clip of the list is mostly of the same exercise, which two sets must be to be compared.
            others = [analysed[(analysed.index(clip) + 1) % len(analysed)] for clip in chosen]
            closer = threads.map(self._closer, chosen, others)
            said |= {clip.stem: one for clip, one in zip(chosen, closer, strict=True)}
        self._say("more", said)

    def _closer(self, clip: Clip, other: Clip) -> dict[str, Any]:
        folder, own = f"clips/{clip.stem}.formcheck", f"more/{clip.stem}"
        again, quick = f"{own}.formcheck", ("--no-video", "--no-report")
        track = f"exports/{clip.stem}/px/{Path(clip.stem).name}.trc"
        self._link(clip, "more")
        shutil.copytree(self.out / folder, self.out / again)
        commands = {
            "two reps": ("compare", folder, "--reps", "1,last", "--no-video", "--out", f"{own}/reps"),
            "two sets": ("compare", folder, f"clips/{other.stem}.formcheck", "--no-video", "--out", f"{own}/sets"),
            "render": ("render", again, "--height", "172cm", "--load", "135lb", *quick),
            "export in metres": ("export", again, "--format", "trc,c3d", "--out", f"{own}/metres"),
            "as a squat": ("render", again, "--exercise", "squat", *quick),
            "keypoints": ("analyze", f"clips/{clip.name}", "--track", track, "--out", f"{own}/track", "--json", *quick),
        }  # fmt: skip
        return {name: self.run(*words) for name, words in commands.items()}

    def _refused(self, clips: Sequence[Clip]) -> None:
        """What is refused before anything is watched: each sentence with its exit code."""
        (self.out / "refused/empty.mp4").touch()
        (self.out / "refused/text.mp4").write_text("This is no video.\n" * 100)
        (self.out / "refused/limits.toml").write_text("[hip_thrust]\nno_such_limit = 3\n")
        clip, folder = f"clips/{clips[0].name}", f"clips/{clips[0].stem}.formcheck"
        options = (
            "--exercise juggling", "--side up", "--height 3km", "--load heavy", "--limits refused/none.toml", "--keep",
            "--limits refused/limits.toml", "--track refused/none.trc", "--start 9 --end 3", "--no-such-option",
        )  # fmt: skip
        book = "--logbook log/logbook.sqlite"
        lines = [
            "", "analyze", *(f"analyze refused/{name}" for name in ("none.mp4", "empty.mp4", "text.mp4", "")),
            *(f"analyze {clip} {words}" for words in options), "render refused",
            f"export {folder} --format png", f"export {folder} --format trc --units ft", "export refused --format csv",
            "compare refused refused", f"compare {folder} --reps 1,99 --no-video",
            "batch refused/none", "batch refused/empty.mp4",
            f"log show 999 {book}", f"log edit 1 {book}", f"log import refused/none.csv {book}",
            "log list --logbook refused/none.sqlite", "rules juggling", f"next juggling {book}",
        ]  # fmt: skip
        with ThreadPoolExecutor(self.jobs) as threads:
            said = dict(zip(lines, threads.map(lambda line: self.run(*line.split()), lines), strict=True))
        self._say("refused", said)


def entry_point(checkout: Path) -> tuple[str, str]:
    """Module and function of the checkout's command line, wherever they are."""
    project = (checkout / "pyproject.toml").read_text(encoding="utf-8")
    found = re.search(r'^formcheck *= *"([\w.]+):(\w+)"', project, re.MULTILINE)
    if found is None:
        raise SystemExit(f"{checkout}/pyproject.toml names no script formcheck.")
    return found[1], found[2]


def _lay_poses(clip: Clip, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in POSES:
        if clip.poses is not None and (clip.poses / name).is_file():
            shutil.copyfile(clip.poses / name, folder / name)


def _what_became(clip: Clip, folder: Path) -> dict[str, str]:
    """Whether the saved poses were used as they are: else formcheck did not take them, and estimated anew."""
    became = {}
    for name in POSES:
        before = _sha256(clip.poses / name) if clip.poses is not None and (clip.poses / name).is_file() else ""
        after = _sha256(folder / name) if (folder / name).is_file() else ""
        became[name] = "none" if not after else "as saved" if before == after else "made anew"
    return became


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _commit(checkout: Path) -> str:
    done = subprocess.run(["git", "-C", str(checkout), "describe", "--always", "--dirty"], capture_output=True, text=True)
    return done.stdout.strip()

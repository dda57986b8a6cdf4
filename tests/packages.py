"""Packages of other people, as pip leaves them in a folder, and the command line in a program that finds them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def package(folder: Path, name: str, files: dict[str, str], entry_points: str) -> Path:
    """A folder with a package of some files, and the file that names its entry points."""
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").touch()
    for file, content in files.items():
        (folder / name / file).write_text(content, encoding="utf-8")
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entry_points)
    return folder


def run(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """The command line with the packages of a folder installed."""
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "formcheck.apps.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, env={**os.environ, "PYTHONPATH": path})

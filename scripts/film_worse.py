#!/usr/bin/env python
"""Copies of labelled clips, filmed worse: do the answers hold? Judge the copies with evaluate.py, like the clips.

    python scripts/film_worse.py ../shared/clips worse --mirror --scale 0.9 --contrast 0.93
    python scripts/evaluate.py worse

What was tuned on the clips themselves shows here. Rendered clips keep their truth files, so they are left out where the
picture's geometry changes (--mirror, --scale).
"""

from __future__ import annotations

import argparse
import csv
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from evaluation.labels import ClipLabel, cell_of, read_labels
from formcheck.pose.skeleton import other_side
from formcheck.video.reader import ClipReader
from formcheck.video.writer import VideoWriter

COLUMNS = ("file", "kind", "exercise", "variant", "reps", "reps_tolerance", "view", "near_side", "faults", "clean_of",
           "rep_faults")


@dataclass(frozen=True)
class Filming:
    """How the copies differ: mirrored, `scale` of the size, `rate` frames a second at most, contrast, noise (grey levels)."""

    mirror: bool = False
    scale: float = 1.0
    rate: float = float("inf")
    contrast: float = 1.0
    noise: float = 0.0

    @property
    def keeps_geometry(self) -> bool:
        return not self.mirror and self.scale == 1.0


def main() -> int:
    """Make the copies; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path, help="folder with labels.csv, or with rendered clips and truth files")
    parser.add_argument("out", type=Path, help="folder for the copies")
    parser.add_argument("--mirror", action="store_true")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--rate", type=float, default=float("inf"), help="frames a second, at most")
    parser.add_argument("--contrast", type=float, default=1.0)
    parser.add_argument("--noise", type=float, default=0.0, help="standard deviation, grey levels of 255")
    given = parser.parse_args()
    filming = Filming(given.mirror, given.scale, given.rate, given.contrast, given.noise)
    try:
        labels = read_labels(given.clips)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    copied = [label for label in labels if label.kind != "rendered" or filming.keeps_geometry]
    for label in copied:
        print(label.name, flush=True)
        film(label, given.out / label.file, filming)
    write_labels(copied, given.out / "labels.csv", filming)
    return 0


def film(label: ClipLabel, path: Path, filming: Filming) -> None:
    """Write one copy, and the truth beside it where there is one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    change = picture_change(filming)
    with ClipReader(label.path) as reader:
        first = change(next(iter(reader.frames())).rgb())
        with VideoWriter(path, first.shape[1], first.shape[0], reader.info.fps) as writer:
            due = 0.0
            for frame in reader.frames():
                if frame.time_s >= due - 1e-6:
                    due = max(due, frame.time_s - 1 / filming.rate) + 1 / filming.rate
                    writer.write(change(frame.rgb()), frame.time_s)
    if label.truth is not None:
        shutil.copy(label.path.with_name(f"{label.path.stem}.truth.json"), path.with_name(f"{path.stem}.truth.json"))


def picture_change(filming: Filming) -> Callable[[np.ndarray], np.ndarray]:
    """What is done to every picture, (height, width, 3) uint8; sizes stay even."""
    random = np.random.default_rng(1)

    def change(picture: np.ndarray) -> np.ndarray:
        height, width = (max(2, round(side * filming.scale) // 2 * 2) for side in picture.shape[:2])
        small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        grey = (small.astype(np.float32) - 128) * filming.contrast + 128
        if filming.noise:
            grey += random.normal(0, filming.noise, small.shape).astype(np.float32)
        grey = grey[:, ::-1] if filming.mirror else grey
        return np.ascontiguousarray(np.clip(grey, 0, 255).astype(np.uint8))

    return change


def write_labels(labels: list[ClipLabel], path: Path, filming: Filming) -> None:
    """The labels of the copies: in a mirror the other side is near."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        for label in labels:
            row = {name: getattr(label, name, "") for name in COLUMNS}
            near = other_side(label.near_side) if filming.mirror and label.near_side else label.near_side
            row |= {"near_side": near or "", "faults": ";".join(label.faults), "clean_of": ";".join(label.clean_of)}
            row["rep_faults"] = cell_of(label.own)
            writer.writerow(row)


if __name__ == "__main__":
    sys.exit(main())

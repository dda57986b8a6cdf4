"""Cut-outs of `shoot.py` in a gym: walls, benches, plates, light and a phone's camera, drawn anew at every call.

    python scripts/learn_back/compose.py CUTOUTS OUT.pkl [--versions 2] [--look PICTURE.png]

writes what the pose network makes of them: a list of dicts, one a picture, with `file`, `number` (the posture), `version`,
`radius` (of the near plate, metres, 0 without) and `points` (J, 2), as if no picture were mirrored on the way. A tenth of a
second a picture.
"""

from __future__ import annotations

import argparse
import pickle
import sys
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from studio_lib.camera import View

#: Radii of the near plate, metres, and how often each is on a bar.
RADII, SHARES = (0.0, 0.16, 0.225), (0.25, 0.3, 0.45)
_ROUND = np.linspace(0, 2 * np.pi, 48, endpoint=False)


def view_of(setup) -> View:
    at = setup["view"]
    height, width = setup["cut"].shape[1:3]
    return View(at[:3], at[3:6], at[6:9], float(at[9]), width, height)


def draw_radius(setup, random) -> float:
    return float(random.choice(RADII, p=SHARES)) if str(setup["held"]) == "barbell" else 0.0


def compose(setup, number: int, radius: float, random: np.random.Generator) -> np.ndarray:
    """(height, width, 3) blue, green, red: posture `number` of a setup with plates of a radius (metres, 0: none)."""
    view, cut = view_of(setup), setup["cut"][number].astype(np.float32)
    picture = background(view.width, view.height, random)
    if setup["bench"] > 0:
        _bench(picture, view, float(setup["bench"]), random)
    load, shade = setup["load"][number], random.uniform(5, 90, 3) if random.random() < 0.7 else random.uniform(5, 235, 3)
    start, thick = random.uniform(0.6, 0.7), random.uniform(0.02, 0.16)
    if radius:
        _plate(picture, view, load, start, start + thick, radius, shade, random)
    alpha = cut[..., 3:] / 255
    picture += (cut[..., :3] * np.float32(random.uniform(0.75, 1.25)) - picture) * alpha
    if radius:
        picture = np.ascontiguousarray(picture)
        _plate(picture, view, load, -start, -start - thick, radius, shade * random.uniform(0.8, 1.2), random)
    if random.random() < 0.06:
        x, wide = random.uniform(0.1, 0.9) * view.width, random.uniform(6, 16)
        picture[:, int(x) : int(x + wide)] = random.uniform(10, 120, 3)
    return _filmed(picture, random)


def background(width: int, height: int, random: np.random.Generator) -> np.ndarray:
    """Wall, floor and things, from plain to crowded."""
    colour = lambda: random.uniform(20, 245) + random.uniform(-25, 25, 3)  # noqa: E731
    picture = np.empty((height, width, 3), np.float32)
    horizon = int(random.uniform(0.35, 0.75) * height)
    picture[:horizon], picture[horizon:] = colour(), colour()
    rough = random.normal(0, random.uniform(0, 18), (8, 10, 1)).astype(np.float32)
    picture += cv2.resize(rough, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    picture = np.ascontiguousarray(picture)
    for _ in range(int(random.integers(0, 14) * random.uniform(0, 1))):
        kind, shade = random.integers(4), colour().tolist()
        x, y = random.uniform(0, width), random.uniform(0, height)
        if kind == 0:
            w, h = random.uniform(4, 120), random.uniform(4, 160)
            cv2.rectangle(picture, (int(x), int(y)), (int(x + w), int(y + h)), shade, -1)
        elif kind == 1:
            cv2.circle(picture, (int(x), int(y)), int(random.uniform(5, 45)), shade, -1, cv2.LINE_AA)
        elif kind == 2:
            end = (int(x + random.normal(0, 150)), int(y + random.normal(0, 60)))
            cv2.line(picture, (int(x), int(y)), end, shade, int(random.integers(1, 9)), cv2.LINE_AA)
        else:
            step = int(random.uniform(12, 60))
            for row in range(int(y), min(height, int(y + 120)), step):
                cv2.line(picture, (0, row), (width, row), shade, int(random.integers(1, 3)))
    if random.random() < 0.3:
        grain = random.normal(0, random.uniform(4, 16), (height // 3, width // 3, 1)).astype(np.float32)
        picture += cv2.resize(grain, (width, height), interpolation=cv2.INTER_LINEAR)[..., None]
    return picture


def _hull(picture, points, shade) -> None:
    cv2.fillConvexPoly(picture, cv2.convexHull(np.round(points * 8).astype(np.int32)), list(map(float, shade)), cv2.LINE_AA, 3)


def _bench(picture, view: View, top: float, random) -> None:
    wide, deep, shade = random.uniform(0.25, 0.65), random.uniform(0.28, 0.5), random.uniform(5, 90, 3)
    low = 0.0 if random.random() < 0.45 else top - random.uniform(0.06, 0.14)
    box = np.array([[x, y, z] for x in (-wide, wide) for y in (0.01, deep) for z in (low, top - 0.01)])
    _hull(picture, view.project(box), shade)
    _hull(picture, view.project(box[box[:, 2] > low]), shade * 1.35)
    if low:
        for y in (0.06, deep - 0.06):
            for x in (-wide * 0.8, wide * 0.8):
                a, b = view.project(np.array([[x, y, 0.0], [x, y, low]]))
                cv2.line(picture, tuple(a.astype(int)), tuple(b.astype(int)), [60.0] * 3, 4, cv2.LINE_AA)


def _plate(picture, view: View, load, inner: float, outer: float, radius: float, shade, random) -> None:
    """A plate (a drum between two X) around the bar, its outer face last."""

    def ring(x, r):
        circle = np.stack([np.zeros(len(_ROUND)), np.cos(_ROUND), np.sin(_ROUND)], 1) * r
        return view.project(load + circle + [x, 0, 0])

    near = outer if outer < 0 else inner
    _hull(picture, np.concatenate([ring(inner, radius), ring(outer, radius)]), shade * 0.7)
    _hull(picture, ring(near, radius), shade)
    if random.random() < 0.7:
        _hull(picture, ring(near, radius * random.uniform(0.5, 0.9)), np.clip(shade * random.uniform(0.7, 1.6), 0, 255))
    if random.random() < 0.7:
        _hull(picture, ring(near, radius * random.uniform(0.15, 0.45)), np.clip(shade + random.uniform(-40, 120), 0, 255))
    if random.random() < 0.3:  # handles, letters
        for angle in random.uniform(0, 2 * np.pi) + np.arange(3) * 2.1:
            at = view.project(load + np.array([near, 0.65 * radius * np.cos(angle), 0.65 * radius * np.sin(angle)]))
            cv2.circle(picture, tuple(at.astype(int)), 4, random.uniform(0, 255, 3).tolist(), -1, cv2.LINE_AA)
    if outer < 0:
        ends = np.concatenate([ring(near, 0.025), ring(near - random.uniform(0.05, 0.3), 0.025)])
        _hull(picture, ends, np.full(3, random.uniform(90, 210)))


def _filmed(picture, random) -> np.ndarray:
    """Light, blur, noise and compression of a phone."""
    levels = (np.arange(256) / 255.0) ** random.uniform(0.7, 1.4) * random.uniform(0.6, 1.15) * 255
    curves = np.clip(levels[:, None] * random.uniform(0.9, 1.1, 3), 0, 255).astype(np.uint8)
    picture = cv2.LUT(np.clip(picture, 0, 255).astype(np.uint8), curves[None]).astype(np.float32)
    height, width = picture.shape[:2]
    if random.random() < 0.4:  # light from one side
        picture *= np.linspace(*random.uniform(0.6, 1.2, 2), width, dtype=np.float32)[None, :, None]
    if random.random() < 0.5:
        picture = cv2.GaussianBlur(picture, (0, 0), random.uniform(0.3, 1.4))
    picture += np.float32(random.uniform(0.5, 9)) * random.standard_normal((height, width, 1), dtype=np.float32)
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    if random.random() < 0.7:
        quality = int(random.integers(25, 90))
        picture = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)
    return np.ascontiguousarray(picture)


def seen(detector, picture: np.ndarray, flip: bool):
    """(J, 2) the lifter's points that the pose network finds, as if not flipped, or None."""
    from formcheck.pose.skeleton import JOINT_COUNT, SYMMETRY

    shown = picture[:, ::-1] if flip else picture
    found = detector.detect(np.ascontiguousarray(shown[:, :, ::-1]), 1, False)
    if not found:
        return None
    points = found[0].points.copy()
    if flip:
        width = picture.shape[1]
        points[:, 0] = width - 1 - points[:, 0]
        swap = np.arange(JOINT_COUNT)
        for a, b in SYMMETRY:
            swap[a], swap[b] = b, a
        points = points[swap]
    return points


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cutouts", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--versions", type=int, default=2)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--last", type=int, default=10**9)
    parser.add_argument("--look", type=Path)
    options = parser.parse_args()
    from formcheck.pose.registry import find_model

    detector = find_model("heavy").load()
    rows, asked, shown = [], 0, []
    files = [file for file in sorted(options.cutouts.glob("*.npz")) if ".tmp" not in file.name]
    for at, file in enumerate(files):
        number_of_file = int(file.stem.split("_")[1])
        if not options.first <= number_of_file < options.last:
            continue
        setup = dict(np.load(file))
        for version in range(options.versions):
            random = np.random.default_rng([number_of_file, version, 40])
            radius = draw_radius(setup, random)
            for number in range(len(setup["cut"])):
                picture = compose(setup, number, radius, np.random.default_rng([number_of_file, version, 41]))
                points = seen(detector, picture, flip=bool((number_of_file + version) % 2))
                asked += 1
                if options.look and len(shown) < 60 and version == 0:
                    shown.append(picture)
                if points is not None:
                    rows.append(dict(file=file.name, number=number, version=version, radius=radius, points=points))
        if at % 50 == 0:
            print(f"{file.name}: {len(rows)} of {asked}", flush=True)
    if options.look:
        cv2.imwrite(str(options.look), np.vstack([np.hstack(shown[k : k + 5]) for k in range(0, len(shown) // 5 * 5, 5)]))
    with options.out.open("wb") as stream:
        pickle.dump(rows, stream)
    del detector
    print(f"found in {len(rows)} of {asked}")


if __name__ == "__main__":
    main()

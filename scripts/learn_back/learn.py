"""The small networks that read backs: the arch of lying lifters ("lying", `models/lumbar_arch.onnx`) and the bend of those
who bend over ("leaning", `models/back_bend.onnx`).

    python scripts/learn_back/learn.py WHAT parts CUTOUTS POOL --seen SEEN.pkl ... --minutes 25    # at the same time as:
    python scripts/learn_back/learn.py WHAT train POOL OUT.pt --minutes 27
    python scripts/learn_back/learn.py WHAT weigh CUTOUTS OUT.pt --seen SEEN.pkl    # of bodies that nothing was learned from
    python scripts/learn_back/learn.py WHAT write OUT.pt models/NAME.onnx

CUTOUTS are those of `shoot.py`, SEEN.pkl what `compose.py` wrote of some of them. "parts" composes the cut-outs anew again and
again and cuts them out there where the pose network would see the joints; "train" learns from what is there so far and says
how good it is on bodies left out; "weigh" says how good it is on the very pictures that went through the pose network, and how
likely a fault is by what it reads. Needs torch, and onnx to write.
"""

from __future__ import annotations

import argparse
import pickle
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from compose import compose, draw_radius

from formcheck.motion.spine.arch import ARCHED, MOST_READ_SD
from formcheck.pose.back import ARCH, BEND, HEIGHT, UNIT, WIDTH, Network, cut_out, edges

#: Bodies whose number leaves this remainder are left out of the training, to see when to stop.
LEFT_OUT, OF = 7, 10
#: The true points of a cut-out, see `shoot.py`.
POINTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", "toe", "ear")
#: Pictures a file, and in a step of the training.
FILE, BATCH = 1500, 64


#: Exercises whose bar lies on the back.
ON_BACK = ("good_morning", "back_squat")


@dataclass(frozen=True)
class Lesson:
    """What a network learns: its first two angles in posture `at` of a setup, and for which of the first there is no fault
    (up to `clean`), a clear one (from `fault`) and one at all (from `limit`); readings with a greater error are left out.
    """

    network: Network
    angles: Callable[[dict, int], tuple[float, float]]
    clean: float
    fault: float
    limit: float
    most_sd: float

    def true_ends(self, points: np.ndarray) -> np.ndarray:
        """(2, 2) middles of the network's pairs of joints, of the (2, 9, 2) true points of a cut-out."""
        return points.mean(axis=0)[[POINTS.index(name) for name in self.network.joints]]


def _arch(setup: dict, at: int) -> tuple[float, float]:
    return -float(setup["lumbar"][at]), float(setup["hip"][at])


def _bend(setup: dict, at: int) -> tuple[float, float]:
    return float(setup["lumbar"][at] + setup["thoracic"][at]), float(setup["lumbar"][at])


LESSONS = {
    "lying": Lesson(ARCH, _arch, 6.0, 18.0, ARCHED, MOST_READ_SD),
    "leaning": Lesson(BEND, _bend, 12.0, 30.0, 25.0, 99.0),
}


def _axes(ends: np.ndarray) -> np.ndarray:
    """(2, 2) from pixels to shares of the line between two ends, along and across it."""
    line = ends[1] - ends[0]
    return np.array([line, [-line[1], line[0]]]) / (line @ line)


def _where(setup: dict, radius: float) -> tuple[bool, float]:
    """Whether the bar lies on the back, and the radius of its plates: the pose network errs in its own way with each."""
    return str(setup["kind"]) in ON_BACK, radius


def misses(lesson: Lesson, cutouts: Path, seen: list[Path]) -> dict[tuple[bool, float], np.ndarray]:
    """How far off (N, 2, 2) the pose network sees the ends, in shares of their distance, see `_where`."""
    found: dict[tuple[bool, float], list] = {}
    for row in _rows(seen):
        with np.load(cutouts / row["file"]) as setup:
            true, where = lesson.true_ends(setup["points"][row["number"]]), _where(setup, row["radius"])
        found.setdefault(where, []).append((lesson.network.middles_of(row["points"]) - true) @ _axes(true).T)
    return {where: np.array(rows) for where, rows in found.items()}


def _rows(seen: list[Path]) -> list[dict]:
    return [row for file in seen for row in pickle.loads(file.read_bytes())]


def parts(lesson: Lesson, cutouts: Path, pool: Path, seen: list[Path], minutes: float) -> None:
    pool.mkdir(parents=True, exist_ok=True)
    began, number = time.time(), len(list(pool.glob("*.npz")))
    net, off = lesson.network, misses(lesson, cutouts, seen)
    for (on_back, radius), rows in sorted(off.items()):
        print(f"plates of {200 * radius:.0f} cm{' on the back' * on_back}: {len(rows)} seen, off by",
              np.median(np.abs(rows), axis=0).round(3).tolist())  # fmt: skip
    while time.time() - began < 60 * minutes:
        files = sorted(file for file in cutouts.glob("*.npz") if ".tmp" not in file.name)
        made: list[tuple] = []
        random = np.random.default_rng([5, number])
        while len(made) < FILE:
            setup = dict(np.load(files[random.integers(len(files))]))
            for at in (*range(len(setup["cut"])), *range(len(setup["cut"]))):
                radius = draw_radius(setup, random)
                true, rows = lesson.true_ends(setup["points"][at]), off[_where(setup, radius)]
                share = 1.0 if random.random() < 0.55 else random.uniform(0, 0.6)  # what is left after a first look
                ends = true + share * rows[random.integers(len(rows))] @ np.linalg.inv(_axes(true)).T
                part = net.between(*(ends + random.normal(0, 0.008, (2, 2)) * np.linalg.norm(ends[1] - ends[0])))
                if part is None:
                    continue
                grey = cv2.cvtColor(compose(setup, at, radius, random), cv2.COLOR_BGR2GRAY)
                place = (true @ part[:, :2].T + part[:, 2] - net.ends).ravel()
                made.append((cut_out(grey, part), [*lesson.angles(setup, at), *place], int(setup["body"]), radius))
        pictures, truths, bodies, radii = zip(*made, strict=True)
        partial = pool / f".{number:04d}.npz"
        np.savez(partial, pictures=np.array(pictures), truths=np.array(truths, np.float32), body=np.array(bodies),
                 radius=np.array(radii))  # fmt: skip
        partial.rename(pool / f"{number:04d}.npz")
        number += 1
        print(f"{number} files, {time.time() - began:.0f} s", flush=True)


def network():
    from torch import nn

    def block(a, b, stride, size=3):
        return [nn.Conv2d(a, b, size, stride, size // 2, bias=False), nn.BatchNorm2d(b), nn.ReLU(inplace=True)]

    return nn.Sequential(
        *block(3, 16, 2, 5), *block(16, 32, 2), *block(32, 48, 2), *block(48, 64, 1), *block(64, 96, 2), *block(96, 96, 1),
        nn.Conv2d(96, 24, 1), nn.ReLU(inplace=True), nn.Flatten(), nn.Dropout(0.3),
        nn.Linear(24 * (HEIGHT // 16) * (WIDTH // 16), 48), nn.ReLU(inplace=True), nn.Dropout(0.2), nn.Linear(48, 8),
    )  # fmt: skip


def auc(of_clean: np.ndarray, of_faulty: np.ndarray) -> float:
    return float(np.mean((of_faulty[:, None] > of_clean[None]) + 0.5 * (of_faulty[:, None] == of_clean[None])))


def train(lesson: Lesson, pool: Path, out: Path, minutes: float, threads: int, begin: Path | None) -> None:
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    cv2.setNumThreads(1)
    torch.manual_seed(1)
    random = np.random.default_rng(2)
    net, most = network(), 2e-3
    middles = np.array([*lesson.network.middles, 0, 0, 0, 0])
    if begin is not None:
        net.load_state_dict(torch.load(begin))
        most = 1e-3
    print(sum(p.numel() for p in net.parameters()), "weights", flush=True)
    best = torch.optim.AdamW(net.parameters(), lr=most, weight_decay=3e-3)
    have: dict[Path, dict] = {}
    ahead = ThreadPoolExecutor(1)
    began, total, passes = time.time(), 60 * minutes, 0
    left: list[dict] = []
    while True:
        share = (time.time() - began) / total
        if share >= 1:
            break
        for file in sorted(pool.glob("[0-9]*.npz")):
            if file not in have:
                data = dict(np.load(file))
                out_ = data["body"] % OF == LEFT_OUT
                if len(left) < 6:
                    left.append({name: column[out_] for name, column in data.items()})
                have[file] = {name: column[~out_] for name, column in data.items()}
        keep = {name: np.concatenate([data[name] for data in have.values()]) for name in ("pictures", "truths")}
        # A pass of fixed length over the newest and some older pictures.
        order = random.choice(len(keep["pictures"]), size=min(len(keep["pictures"]), 2048), replace=False)
        net.train()
        losses = []
        rows_of = [order[k : k + BATCH] for k in range(0, len(order) - BATCH + 1, BATCH)]
        asked = ((keep["pictures"][rows], keep["truths"][rows], lesson.network.ends, random) for rows in rows_of)
        for shown, truths in ahead.map(lambda one: _varied(*one), asked):
            now = min(1.0, (time.time() - began) / total)
            for group in best.param_groups:
                group["lr"] = most * min(1, (now + 0.002) / 0.03) * (0.5 + 0.5 * np.cos(np.pi * now)) + 1e-5
            x = torch.from_numpy(shown)
            y = torch.from_numpy((truths - middles).astype(np.float32) / UNIT)
            answer = net(x)
            spread = answer[:, 6:].clamp(-2.5, 2.0)
            loss = (0.5 * ((answer[:, :2] - y[:, :2]) / spread.exp()) ** 2 + spread).clamp(max=8) @ torch.tensor([1.0, 0.4])
            loss = loss.mean() + 0.1 * ((answer[:, 0] - y[:, 0]) ** 2).mean()
            loss = loss + 2 * nn.functional.smooth_l1_loss(answer[:, 2:6], y[:, 2:].clamp(-2.5, 2.5), beta=0.3)
            best.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
            best.step()
            losses.append(loss.item())
        passes += 1
        if passes % 4 == 0 or share > 0.97:
            print(f"{time.time() - began:.0f} s, pass {passes}, {len(keep['pictures'])} pictures, loss {np.mean(losses):.3f};"
                  f" {_checked(lesson, net, left)}", flush=True)  # fmt: skip
            torch.save(net.state_dict(), out)
    torch.save(net.state_dict(), out)


def _varied(pictures: np.ndarray, truths: np.ndarray, ends: np.ndarray, random: np.random.Generator) -> tuple:
    """Edges of pictures, each drawn a little differently every time, and the truths with the joints' new places."""
    shown, truths = [], truths.copy()
    for picture, truth in zip(pictures, truths, strict=True):
        turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), random.normal(0, 2.5), np.exp(random.normal(0, 0.04)))
        turn[:, 2] += random.normal(0, 1.5, 2)
        picture = cv2.warpAffine(picture, turn, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
        truth[2:] = ((ends + truth[2:].reshape(2, 2)) @ turn[:, :2].T + turn[:, 2] - ends).ravel()
        if random.random() < 0.5:  # cloth, shadows
            rough = random.normal(0, random.uniform(0, 22), random.integers(4, 16, 2)).astype(np.float32)
            picture += cv2.resize(rough, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        for _ in range(random.integers(0, 4) if random.random() < 0.4 else 0):
            a, b = random.uniform(0, [WIDTH, HEIGHT], (2, 2)).astype(int).tolist()
            cv2.line(picture, a, b, random.uniform(0, 255), int(random.integers(1, 4)), cv2.LINE_AA)
        if random.random() < 0.35:  # something in front
            w, h = random.integers(8, 45, 2)
            x, y = random.integers(0, WIDTH - 8), random.integers(0, HEIGHT - 8)
            picture[y : y + h, x : x + w] = random.uniform(0, 255)
        if random.random() < 0.3:
            picture = cv2.GaussianBlur(picture, (0, 0), random.uniform(0.3, 1.2))
        picture += random.uniform(0, 5) * random.standard_normal(picture.shape, dtype=np.float32)
        shown.append(edges(np.clip(picture, 0, 255).astype(np.uint8)))
    return np.stack(shown), truths


def answers(lesson: Lesson, net, pictures: np.ndarray) -> np.ndarray:
    """(N, 8): see `Network.in_degrees`."""
    import torch

    net.eval()
    found = []
    with torch.no_grad():
        for k in range(0, len(pictures), 256):
            shown = torch.from_numpy(np.stack([edges(picture) for picture in pictures[k : k + 256]]))
            found.append(lesson.network.in_degrees(net(shown).numpy().astype(float)))
    return np.concatenate(found)


def weigh(lesson: Lesson, cutouts: Path, weights: Path, seen: list[Path]) -> None:
    """Area under the curve, and the logarithm of the odds of a fault by the reading."""
    import torch

    net = network()
    net.load_state_dict(torch.load(weights))
    shown, kept, sorts = [], [], []
    for row in _rows(seen):
        part = lesson.network.part(row["points"])
        if part is None:
            continue
        setup, at = dict(np.load(cutouts / row["file"])), row["number"]
        number = int(row["file"].split("_")[1].split(".")[0])
        picture = compose(setup, at, row["radius"], np.random.default_rng([number, row["version"], 41]))
        shown.append(cut_out(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), part))
        kept.append((lesson.angles(setup, at)[0], int(setup["body"]), number))
        sorts.append((f"plates of {200 * row['radius']:.0f} cm", f"wears {setup['top']}", str(setup["kind"])))
    true, body, setups = np.array(kept).T
    found = answers(lesson, net, np.array(shown))
    beyond = (found[:, 0] - lesson.limit) / found[:, 6]
    sure = found[:, 6] <= lesson.most_sd
    clean, faulty = sure & (true <= lesson.clean), sure & (true >= lesson.fault)
    for one in sorted({sort for each in sorts for sort in each}):
        own, whole = np.array([one in each for each in sorts]), []
        for setup in np.unique(setups[own]):
            tops = own & (setups == setup)
            whole += [(beyond[tops & kind].mean(), kind is faulty) for kind in (clean, faulty) if (tops & kind).any()]
        sets = np.array([value for value, _ in whole]), np.array([kind for _, kind in whole])
        alone, together = auc(beyond[own & clean], beyond[own & faulty]), auc(sets[0][~sets[1]], sets[0][sets[1]])
        off = np.sqrt(np.mean((found[:, 0] - true)[own & sure] ** 2))
        print(f"{one}: {own.sum()} pictures, {np.mean(sure[own]):.2f} sure enough, off by {off:.1f} degrees"
              f" (said {np.sqrt(np.mean(found[own & sure, 6] ** 2)):.1f}), AUC {alone:.3f} (sets {together:.3f})")  # fmt: skip
    beyond, true, body = beyond[sure], true[sure], body[sure]
    steps, odds = np.c_[np.ones(len(beyond)), beyond], np.zeros(2)
    for _ in range(30):  # logistic regression
        likely = 1 / (1 + np.exp(-steps @ odds))
        hessian = (steps * (likely * (1 - likely))[:, None]).T @ steps
        odds += np.linalg.solve(hessian, steps.T @ ((true >= lesson.limit) - likely))
    likely = 1 / (1 + np.exp(-steps @ odds))
    print(f"logarithm of the odds: {odds[0]:.2f} + {odds[1]:.2f} for each error; {len(np.unique(body))} bodies")
    for low, high in ((0, 0.1), (0.1, 0.35), (0.35, 0.5), (0.5, 0.75), (0.75, 0.9), (0.9, 1.01)):
        own = (likely >= low) & (likely < high)
        print(f"said {low:.2f} to {high:.2f}: {own.sum()} pictures, {np.mean(true[own] >= lesson.limit):.2f} faulty")


def _checked(lesson: Lesson, net, left: list[dict]) -> str:
    data = {name: np.concatenate([one[name] for one in left]) for name in left[0]}
    found, truth = answers(lesson, net, data["pictures"]), data["truths"]
    said = [f"left out {len(truth)}: error {np.sqrt(np.mean((found[:, 0] - truth[:, 0]) ** 2)):.1f}"
            f" (said {np.median(found[:, 6]):.1f}), second {np.sqrt(np.mean((found[:, 1] - truth[:, 1]) ** 2)):.1f},"
            f" ends {np.abs(truth[:, 2:]).mean():.1f} to {np.abs(found[:, 2:6] - truth[:, 2:]).mean():.1f} px"]  # fmt: skip
    for radius in (0.0, 0.16, 0.225):
        own = data["radius"] == radius
        a, b = found[own & (truth[:, 0] <= lesson.clean), 0], found[own & (truth[:, 0] >= lesson.fault), 0]
        said.append(f"AUC {100 * radius * 2:.0f} cm {auc(a, b):.3f}")
    return ", ".join(said)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=tuple(LESSONS))
    parser.add_argument("step", choices=("parts", "train", "weigh", "write"))
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seen", type=Path, nargs="*", default=[])
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--begin", type=Path, help="go on with what was learned before (OUT.pt of then)")
    options = parser.parse_args()
    lesson = LESSONS[options.what]
    if options.step == "parts":
        parts(lesson, options.source, options.out, options.seen, options.minutes)
    elif options.step == "train":
        train(lesson, options.source, options.out, options.minutes, options.threads, options.begin)
    elif options.step == "weigh":
        weigh(lesson, options.source, options.out, options.seen)
    else:
        import torch

        net = network()
        net.load_state_dict(torch.load(options.source))
        net.eval()
        torch.onnx.export(net, (torch.zeros(1, 3, HEIGHT, WIDTH),), str(options.out), opset_version=17, dynamo=False,
                          input_names=["edges"], output_names=["angles"])  # fmt: skip


if __name__ == "__main__":
    main()

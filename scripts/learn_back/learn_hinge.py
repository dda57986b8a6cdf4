"""What the pose network makes of made-up bent backs, learned: writes `models/back_bend.npz` and says how good it is.

    python scripts/learn_back/learn_hinge.py [TABLE.npz ...] [--write models/back_bend.npz]

Without a table, `hinges.npz` beside this file: what the shipped weights were learned from, which come out the same byte for
byte. Edges and bends are taken as one normal distribution, holes in the edges filled in by expectation and maximisation.
Errors are those of bodies that were left out. Needs numpy only; half a minute.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from formcheck.motion.spine.contour import STATIONS
from formcheck.motion.spine.learned import LEAST_SEEN, BackTable

#: The pictures that the shipped weights were learned from, read: edges, true bends and bodies.
READ = Path(__file__).with_name("hinges.npz")
#: The part of the edge that counts: the upper buttock to the shoulder.
FIRST, LAST = -0.05, 1.0
#: A trunk leans farther than this (degrees) in the pictures that are learned from: an upright one is another task.
LEAST_LEAN = 22.0
#: Error of an edge station beyond what the pictures show, trunk lengths: clothes, phones and gyms are rougher than they.
ROUGH = 0.02
#: Bodies are left out in so many parts.
PARTS = 8
#: This share of the studio's own edges counts as strange.
STRANGE = 0.002

USED = (STATIONS >= FIRST - 1e-9) & (STATIONS <= LAST + 1e-9)


def learned(edges: np.ndarray, bends: np.ndarray, rounds: int = 8) -> BackTable:
    """Mean and covariance of edges (N, K), NaN where hidden, and bends (N,)."""
    rows = np.c_[edges[:, USED], bends]
    mean = np.nanmean(rows, axis=0)
    filled = np.where(np.isfinite(rows), rows, mean)
    covariance = np.cov(filled.T) + np.diag(np.r_[np.full(USED.sum(), 1e-4), 1e-2])
    for _ in range(rounds):
        uncertain = np.zeros_like(covariance)
        for row, values in enumerate(rows):
            known = np.isfinite(values)
            if known.all():
                continue
            gain = np.linalg.solve(covariance[np.ix_(known, known)], covariance[np.ix_(known, ~known)]).T
            filled[row, ~known] = mean[~known] + gain @ (values[known] - mean[known])
            uncertain[np.ix_(~known, ~known)] += covariance[np.ix_(~known, ~known)] - gain @ covariance[np.ix_(known, ~known)]
        mean = filled.mean(axis=0)
        covariance = ((filled - mean).T @ (filled - mean) + uncertain) / len(rows) + np.diag(np.full(len(mean), 1e-6))
    covariance[:-1, :-1] += np.diag(np.full(USED.sum(), ROUGH**2))
    return BackTable(USED, mean, covariance, np.inf, -np.inf, np.inf)


def strangeness(table: BackTable, edges: np.ndarray) -> np.ndarray:
    """(N,) mean squared distance a station of edges that are seen well enough, NaN of the others."""
    return np.array([table.strangeness(edge) for edge in edges])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", type=Path, default=[READ])
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    tables = [np.load(file) for file in options.tables]
    edges, lumbar, thoracic, fit, lean, upright, body = (
        np.concatenate([table[key] for table in tables])
        for key in ("back", "lumbar", "thoracic", "fit", "seen_lean", "upright", "body")
    )
    bends = lumbar + thoracic
    seen = np.isfinite(edges[:, USED]).mean(axis=1) >= LEAST_SEEN
    use = ~upright & (lean >= LEAST_LEAN) & seen
    edges, bends, fit, body = edges[use], bends[use], fit[use], body[use]
    number = np.unique(body, return_inverse=True)[1]
    found, said = np.full(len(bends), np.nan), []
    for part in range(PARTS):
        out = number % PARTS == part
        table = learned(edges[~out], bends[~out])
        found[out] = [table.bend(edge)[0] for edge in edges[out]]
        said.append(table.sd)
    judged = np.isfinite(fit)
    line = np.polyval(np.polyfit(fit[judged], bends[judged], 1), fit[judged])
    print(f"{len(bends)} pictures of {len(set(body))} bodies; bends {np.percentile(bends, [0, 50, 100]).round()}")
    print(f"bodies left out: error {np.sqrt(np.nanmean((found - bends) ** 2)):.1f} degrees (said: {np.mean(said):.1f})")
    print(f"arcs of the outline after their best line: {np.sqrt(np.mean((line - bends[judged]) ** 2)):.1f} on {judged.sum()}")
    flat, round_ = found[bends < 12], found[bends > 38]
    print(f"true bend over 38 against under 12: AUC {np.mean(round_[:, None] > flat[None]):.3f}; "
          f"percentiles 5, 50, 95 of the flat {np.nanpercentile(flat, [5, 50, 95]).round()},"
          f" the round {np.nanpercentile(round_, [5, 50, 95]).round()}")  # fmt: skip
    table = learned(edges, bends)
    strange = strangeness(table, edges)
    print("strangeness, percentiles 50, 95, 99, 99.8, 100:", np.nanpercentile(strange, [50, 95, 99, 99.8, 100]).round(2))
    if options.write:
        np.savez_compressed(options.write, stations=STATIONS[USED], mean=table.mean.astype(np.float32),
                            covariance=table.covariance.astype(np.float32), strangest=np.nanquantile(strange, 1 - STRANGE),
                            lowest=bends.min(), highest=bends.max())  # fmt: skip


if __name__ == "__main__":
    main()

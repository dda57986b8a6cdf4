"""The bend of a back from its edge, learned from rendered lifters whose bend is known.

The edge alone is misleading: flat backs of two bodies read -70 and -31 degrees, because of buttocks, muscle, shirts and the
pose model's points. `models/back_bend.npz` holds the mean and covariance of back edges and true bends of rendered lifters,
seen through the pose model (`scripts/learn_back`). The bend is the conditional mean given the visible stations. Edges unlike
those learned from are rejected.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import UsageError
from formcheck.motion.body import Array
from formcheck.motion.spine.contour import STATIONS
from formcheck.runtime.files import expected_sha256, models_folder
from formcheck.video.files import file_sha256

#: File of the shipped table.
TABLE = "back_bend.npz"
#: Least visible share of an edge.
LEAST_SEEN = 0.45
#: A plate's edge turns by more degrees than this within half a trunk length, as smoothly as a circle (trunk lengths). Plates
#: of 45 cm turn by 60 to 67 degrees, smaller ones by more. Of 389 rendered backs, bent by up to 64 degrees, one does so; of 27
#: real ones none (at most 53).
DISC_TURN, DISC_SMOOTH, DISC_SPAN = 58.0, 0.006, 0.5

_TRUNK = (STATIONS >= -0.05 - 1e-9) & (STATIONS <= 1.05 + 1e-9)
_X = np.arange(round(DISC_SPAN / (STATIONS[1] - STATIONS[0])) + 1) * (STATIONS[1] - STATIONS[0]) - DISC_SPAN / 2
_PARABOLA = np.linalg.pinv(np.stack([_X**2, _X, np.ones_like(_X)], axis=1))


@dataclass(frozen=True, eq=False)
class BackTable:
    """A joint normal distribution of back edge and bend.

    Attributes:
        used: (K,) which of `STATIONS` are used.
        mean: (N + 1,) of the N used stations (trunk lengths) and the bend (degrees).
        covariance: (N + 1, N + 1) of the same.
        strangest: greatest accepted `strangeness`.
        lowest, highest: range of the learned bends, degrees.
    """

    used: NDArray[np.bool_]
    mean: Array
    covariance: Array
    strangest: float
    lowest: float
    highest: float

    def bend(self, edge: Array) -> tuple[float, float]:
        """Bend of the whole back, and its error due to hidden parts, degrees, from a (K,) back edge `d` with NaN where hidden.

        NaN if too little is visible, the edge is unlike a back, or the bend is outside the learned range.
        """
        nothing = (float("nan"), float("nan"))
        if not self.strangeness(edge) <= self.strangest or round_as_a_plate(edge):
            return nothing
        known, offset = self._offset(edge)
        _, gain, sd = _conditional(self, known.tobytes())
        bend = float(self.mean[-1] + gain @ offset)
        if not self.lowest - sd <= bend <= self.highest + sd:
            return nothing
        return bend, float(np.sqrt(max(0.0, sd**2 - self.sd**2)))

    @property
    def sd(self) -> float:
        """Error of the bend of a completely visible back between rendered people, degrees."""
        return _conditional(self, np.arange(len(self.mean) - 1).tobytes())[2]

    def strangeness(self, edge: Array) -> float:
        """Squared Mahalanobis distance from the learned edges per visible station; NaN if too little is visible."""
        known, offset = self._offset(edge)
        if len(known) < LEAST_SEEN * (len(self.mean) - 1):
            return float("nan")
        inverse, _, _ = _conditional(self, known.tobytes())
        return float(offset @ inverse @ offset) / len(known)

    def _offset(self, edge: Array) -> tuple[NDArray[np.int64], Array]:
        """Indices of the visible stations, and their offset from the mean edge."""
        values = edge[self.used]
        known = np.flatnonzero(np.isfinite(values))
        return known, values[known] - self.mean[known]


def round_as_a_plate(edge: Array) -> bool:
    """Whether part of an edge is a circular arc: a plate taken for the back."""
    windows = np.lib.stride_tricks.sliding_window_view(edge[_TRUNK], len(_X))
    windows = windows[np.isfinite(windows).all(axis=1)]
    if len(windows) == 0:
        return False
    curve, slope, level = _PARABOLA @ windows.T
    end = DISC_SPAN / 2
    turn = np.degrees(np.arctan(slope - 2 * curve * end) - np.arctan(slope + 2 * curve * end))
    off = windows - (np.outer(curve, _X**2) + np.outer(slope, _X) + level[:, None])
    return bool(((turn > DISC_TURN) & (np.sqrt((off**2).mean(axis=1)) < DISC_SMOOTH)).any())


@lru_cache(maxsize=256)
def _conditional(table: BackTable, pattern: bytes) -> tuple[Array, Array, float]:
    """For the stations in `pattern`: their inverse covariance, the regression of the bend on them, and its residual error."""
    known = np.frombuffer(pattern, dtype=np.int64)
    inverse = np.linalg.inv(table.covariance[np.ix_(known, known)])
    gain = inverse @ table.covariance[known, -1]
    return np.asarray(inverse), np.asarray(gain), float(np.sqrt(table.covariance[-1, -1] - table.covariance[known, -1] @ gain))


@cache
def back_table() -> BackTable:
    """The shipped table.

    Raises:
        UsageError: it is missing or altered.
    """
    file = models_folder() / TABLE
    if not file.is_file() or file_sha256(file) != expected_sha256(TABLE):
        raise UsageError(f"the table {file} is missing, damaged or altered; install formcheck again.")
    with np.load(file, allow_pickle=False) as data:
        return BackTable(
            used=np.isin(np.round(STATIONS, 4), np.round(data["stations"], 4)),
            mean=data["mean"].astype(float),
            covariance=data["covariance"].astype(float),
            strangest=float(data["strangest"]),
            lowest=float(data["lowest"]),
            highest=float(data["highest"]),
        )

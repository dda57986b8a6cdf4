"""The shipped table equals the output of its training script."""

from __future__ import annotations

import numpy as np

from formcheck.motion.spine.learned import back_table
from learn_back.learn_hinge import READ, USED, learned


def test_the_shipped_table_is_learned_from_the_kept_pictures() -> None:
    with np.load(READ) as read:
        edges, bends = read["back"], read["lumbar"] + read["thoracic"]
    table = learned(edges, bends)
    shipped = back_table()
    assert (shipped.used == USED).all()
    np.testing.assert_allclose(shipped.mean, table.mean, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(shipped.covariance, table.covariance, rtol=1e-3, atol=1e-5)
    assert (shipped.lowest, shipped.highest) == (bends.min(), bends.max())

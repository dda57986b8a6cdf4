"""Compact storage of outlines."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from formcheck.pose.outline import STEPS, CompactOutline

CURVES = st.lists(
    st.lists(st.tuples(st.floats(-50, 8000, width=32), st.floats(-50, 8000, width=32)), min_size=1, max_size=30), max_size=4
)


@given(CURVES)
def test_curves_come_back_rounded_to_sixteenths(curves: list[list[tuple[float, float]]]) -> None:
    arrays = [np.array(curve, dtype=np.float32) for curve in curves]
    kept = CompactOutline.of(arrays)
    assert len(kept) == len(arrays)
    assert bool(kept) == bool(arrays)
    for there, back in zip(arrays, kept, strict=True):
        assert back.dtype == np.float32
        np.testing.assert_array_equal(back, np.round(there * STEPS) / np.float32(STEPS))
    again = CompactOutline.of(list(kept))
    assert all(np.array_equal(a, b) for a, b in zip(again, kept, strict=True))


def test_a_usual_outline_takes_a_byte_for_a_coordinate() -> None:
    angle = np.linspace(0, 2 * np.pi, 900)
    circle = np.stack([500 + 300 * np.cos(angle), 900 + 300 * np.sin(angle)], axis=1).astype(np.float32)
    assert CompactOutline.of([circle])._moves.nbytes < 900 * 2 + 1

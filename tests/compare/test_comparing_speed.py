"""Comparing is not what a run waits for: CPU time against NumPy's own isclose, side by side."""

from __future__ import annotations

import statistics

import numpy as np
import pytest

from benchmarks.comparing import WANTED, by_numpy, compared, ratios, sides
from parity.compare.finite import finite


@pytest.mark.slow
def test_a_million_rows_are_compared_within_a_few_times_of_isclose() -> None:
    found = {name: statistics.median(turns) for name, turns in ratios().items()}
    assert max(found.values()) <= WANTED, found


@pytest.mark.parametrize("apart", [False, True])
def test_both_count_the_same_rows(apart: bool) -> None:
    reference, runtime = sides(apart, "float32", 5_000)
    values = runtime.outputs[-1].values
    values[7, -1] += np.float32(0.5)
    values[4_999, -1] += np.float32(2e-5)
    assert compared(reference, runtime) == by_numpy(reference, runtime) == 2


def test_infinities_and_nan_are_left_to_the_careful_way() -> None:
    plain = np.ones((40_000, 2))
    for odd in (np.nan, np.inf):
        other = plain.copy()
        other[39_999, 1] = odd
        assert finite(plain, other, "float32") is None
        assert finite(other, other, "float64") is None
    distance, ulp = finite(plain, -plain, "float32") or (None, None)
    assert distance is not None and (distance == 2).all()
    assert ulp is not None and (ulp == 2 * 0x3F800000).all()


def test_no_rows_and_no_difference() -> None:
    for rows in (0, 3):
        found = finite(np.zeros((rows, 1)), np.zeros((rows, 1)), "float64")
        assert found is not None and not found[0].any() and not found[1].any()

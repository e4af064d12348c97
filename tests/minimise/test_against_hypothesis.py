"""The same row, made smaller by Hypothesis' own shrinker: at least ten times the calls, and no fewer columns stay."""

from __future__ import annotations

import pytest

from benchmarks.smallest import Fault, ours, theirs

pytestmark = pytest.mark.slow


def test_a_tenth_of_the_calls_and_no_more_columns() -> None:
    fault = Fault(1)
    calls, rows, columns, exact = ours(fault)
    their_calls, their_columns = theirs(fault)
    assert calls * 10 <= their_calls
    assert columns <= their_columns == 2
    assert exact and calls <= 20 and rows <= 1_500

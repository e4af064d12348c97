"""Quantiles by nearest rank, and timings of two sides on the same rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parity.bench.latency import Plans, measure, quantile_ns, quantiles, remarks, rows_per_second
from parity.report.latency import crossing_us
from parity.values.timing import Timing, TimingPlan

BATCH = pa.RecordBatch.from_arrays([pa.array(np.arange(100.0))], names=["x"])


def timing(nanoseconds: list[int], rows: int = 1, crossing: float | None = None) -> Timing:
    return Timing(rows, tuple(nanoseconds), 10, True, crossing)


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=300), st.integers(1, 100))
def test_nearest_rank(samples: list[int], percent: int) -> None:
    """Its definition: the smallest sample with at least so many per cent at or below it."""
    found = quantile_ns(timing(samples), percent)
    assert found in samples
    assert sum(s <= found for s in samples) * 100 >= percent * len(samples)
    assert sum(s < found for s in samples) * 100 < percent * len(samples)


def test_whole_ranks_are_not_rounded_up() -> None:
    assert quantile_ns(timing(list(range(1, 101))), 7) == 7


def test_quantiles_with_their_count() -> None:
    found = quantiles(timing([n * 1000 for n in range(1, 1001)]))
    assert (found.samples, found.p50_us, found.p90_us, found.p99_us) == (1000, 500.0, 900.0, 990.0)


def test_p99_needs_a_thousand_samples() -> None:
    few = timing([1000] * 999)
    assert quantiles(few).p99_us is None
    assert remarks({"runtime-single": few}) == ("runtime-single: p99 needs at least 1,000 samples, there are 999",)
    assert remarks({"runtime-single": timing([1] * 1000), "runtime-batch": few}) == ()


def test_nothing_timed() -> None:
    assert quantiles(None) == quantiles(timing([])) != quantiles(timing([1]))
    assert rows_per_second(None) is None
    with pytest.raises(ValueError, match="no samples"):
        quantile_ns(timing([]), 50)


def test_rows_per_second_of_the_median_call() -> None:
    assert rows_per_second(timing([1_000_000, 2_000_000, 90_000_000], rows=1000)) == 500_000.0


def test_crossing_of_a_batch_before_that_of_a_row() -> None:
    timings = {"runtime-single": timing([1], crossing=1000.0), "runtime-batch": timing([1], crossing=50_000.0)}
    assert crossing_us(timings) == 50.0
    assert crossing_us({"runtime-single": timing([1], crossing=-5.0)}) == 0.0
    assert crossing_us({"reference-single": timing([1])}) is None


@dataclass
class Clocked:
    """A side that takes so long per row."""

    ns_per_row: int
    seen: list[tuple[int, TimingPlan]] = field(default_factory=list)

    def time(self, batch: pa.RecordBatch, plan: TimingPlan) -> Timing:
        self.seen.append((batch.num_rows, plan))
        return Timing(plan.batch_rows, (plan.batch_rows * self.ns_per_row,) * plan.samples, 0, True)


def test_both_sides_time_the_same_rows_under_the_same_plan() -> None:
    python, jvm = Clocked(20_000), Clocked(2_000)
    found = measure(python, jvm, BATCH.slice(0, 1), BATCH)
    assert set(found) == {"runtime-single", "reference-single", "runtime-batch", "reference-batch"}
    assert python.seen == jvm.seen
    assert [(rows, plan.batch_rows) for rows, plan in jvm.seen] == [(1, 1), (100, 100)]
    assert [quantiles(found[side]).p99_us for side in ("runtime-single", "reference-single")] == [2.0, 20.0]
    assert [rows_per_second(found[side]) for side in ("runtime-batch", "reference-batch")] == [500_000.0, 50_000.0]


def test_the_default_plan_can_say_p99() -> None:
    assert Plans().single.samples >= 1000
    assert Plans().single.batch_rows == 1


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="one row and a batch of at least one, got 2 and 0 rows"):
        measure(Clocked(1), Clocked(1), BATCH.slice(0, 2), BATCH.slice(0, 0))

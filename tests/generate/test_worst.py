"""The search for the worst drift: valid rows only, the same for one seed, and better than drawing."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from sklearn.linear_model import LinearRegression

from parity.generate import SEARCH, Search, chunks, valid_rows
from parity.generate.batches import numbers
from parity.values.case import ColumnRule
from parity.values.plan import Budget, Phase
from tests.generate.subjects import frame, subject_of

ROWS = 5_000


def subject(**rules: ColumnRule):
    data, target = frame()
    model = LinearRegression().fit(data[["ratio", "age"]], target)
    return subject_of(model, data, rules=rules)


def drift_of(batch: pa.RecordBatch) -> np.ndarray:
    """Largest where income is near 4,321.5, age is 88 and the city Roma: no row of the sample comes near."""
    income = np.nan_to_num(numbers(batch.column("income")), nan=-1e6)
    city = np.array([c == "Roma" for c in batch.column("city").to_pylist()])
    return 1.0 / (1.0 + np.abs(income - 4321.5)) + 1e-3 * (numbers(batch.column("age")) == 88) + 1e-3 * city


def searched(given, seed: int = 0, rows: int = ROWS) -> list[pa.RecordBatch]:
    search, found = Search(given, seed, Budget(search_rows=rows)), []
    for chunk in search.chunks():
        assert chunk.input_class == SEARCH
        assert chunk.valid.all()
        found.append(chunk.batch)
        drift = drift_of(chunk.batch)
        search.tell(drift, drift)
    return found


def test_rows_stay_within_the_budget_and_the_valid_domain() -> None:
    given = subject()
    found = searched(given)
    assert 0.9 * ROWS <= sum(b.num_rows for b in found) <= ROWS
    assert all(valid_rows(given.schema, b).all() for b in found)
    assert any(b.column("income").null_count for b in found), "missing is valid in this column, and part of the search"


def test_it_finds_half_as_much_again_as_the_same_number_of_drawn_rows() -> None:
    given = subject()
    best = max(float(drift_of(b).max()) for b in searched(given))
    drawn = chunks(Phase.RANDOM, given, 0, Budget(random_rows=ROWS))
    most = max(float(drift_of(c.batch).max()) for c in drawn)
    assert best > 0.9
    assert best > 1.5 * most


def test_the_same_seed_searches_the_same_rows() -> None:
    one, two, other = (searched(subject(), seed, 2_000) for seed in (1, 1, 2))
    assert all(a.equals(b) for a, b in zip(one, two, strict=True))
    assert not one[0].equals(other[0])


def test_a_narrow_domain_is_not_left() -> None:
    given = subject(income=ColumnRule(minimum=10.0, maximum=10.5), city=ColumnRule(categories=("Oslo",)))
    for batch in searched(given, rows=2_000):
        known = batch.column("income").drop_null().to_numpy()
        assert ((known >= 10.0) & (known <= 10.5)).all()
        assert set(batch.column("city").to_pylist()) == {"Oslo"}


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_drift_that_is_no_number_does_not_end_the_search(bad: float) -> None:
    search = Search(subject(), 0, Budget(search_rows=1_500))
    sizes = []
    for chunk in search.chunks():
        sizes.append(chunk.batch.num_rows)
        drift = np.full(chunk.batch.num_rows, bad)
        search.tell(drift, drift)
    assert len(sizes) == 3

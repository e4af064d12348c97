"""Bounds of a row's own: from its leaves, and never more digits near zero than the scores around it have."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import PoissonRegressor

from parity.anatomy import read_model
from parity.compare.tolerance import Side, ceiling, row_bounds, spread, tolerance_of
from parity.values.policy import Gate
from parity.values.signature import OutputKind, OutputSpec

COLUMNS = ("a", "b", "c")


def sides(anatomy):
    return Side(anatomy, OutputSpec("value", "float64", OutputKind.VALUE, 1)), Side(
        anatomy, OutputSpec("value", "float32", OutputKind.VALUE, 1)
    )


def frame(rows):
    return pa.RecordBatch.from_arrays([pa.array(rows[:, j]) for j in range(rows.shape[1])], names=list(COLUMNS))


def matrix(batch):
    return np.column_stack([c.to_numpy() for c in batch.columns])


def data():
    rows = np.random.default_rng(0).normal(size=(400, 3))
    return rows, rows[:, 0] * 3 + np.where(rows[:, 1] > 2, 1_000.0, 0.0)


def test_rows_are_judged_by_their_own_leaves():
    X, y = data()
    model = GradientBoostingRegressor(n_estimators=30, random_state=0).fit(X, y)
    anatomy = read_model(model, COLUMNS)
    tolerance = tolerance_of(OutputKind.VALUE, *sides(anatomy), matrix, Gate(), "float32")
    scores, batch = model.predict(X)[:, None], frame(X)
    usual = np.abs(scores[:, 0]) < 100
    largest = tolerance.bound(scores, batch)
    own = row_bounds(tolerance, scores, batch, np.full(len(X), 1e-5) * np.maximum(1.0, np.abs(scores[:, 0])))
    assert (own <= largest).all()
    assert np.median(own[usual]) < np.median(largest[usual]) / 5
    single = model.init_.constant_[0, 0].astype(np.float32) + np.zeros(len(X), np.float32)
    for (tree,) in model.estimators_:
        single += (np.float32(0.1) * tree.predict(X).astype(np.float32)).astype(np.float32)
    assert (np.abs(single - scores[:, 0]) <= own).all()


def test_small_drift_and_drift_beyond_need_no_bound_of_their_own():
    X, y = data()
    model = GradientBoostingRegressor(n_estimators=3, random_state=0).fit(X, y)
    tolerance = tolerance_of(OutputKind.VALUE, *sides(read_model(model, COLUMNS)), matrix, Gate(), "float32")
    scores, batch = model.predict(X)[:, None], frame(X)
    for distance in (0.0, 1e9):
        assert np.array_equal(row_bounds(tolerance, scores, batch, np.full(len(X), distance)), tolerance.bound(scores, batch))


def test_the_ceiling_is_a_share_of_what_tells_rows_apart():
    near_zero = np.array([[1e-6], [5.0]])
    assert np.allclose(ceiling(near_zero, OutputKind.VALUE, 8.0), 8.0 / 1024)
    assert ceiling(near_zero, OutputKind.VALUE)[1] == 5.0 / 1024
    assert np.array_equal(ceiling(near_zero, OutputKind.PROBABILITY, 8.0), np.full(2, 2.0**-10))


def test_spread_is_of_the_middle_of_the_scores():
    scores = np.concatenate([np.linspace(-1, 1, 999), [1e9]])[:, None]
    assert 0.85 < spread(scores) < 0.95
    assert spread(np.array([[np.nan], [1.0]])) == 0.0


def test_a_poisson_model_has_a_positive_bound_through_exp():
    X, _ = data()
    model = PoissonRegressor().fit(X, np.exp(X[:, 0]))
    tolerance = tolerance_of(OutputKind.VALUE, *sides(read_model(model, COLUMNS)), matrix, Gate(), "float32")
    scores = model.predict(X)[:, None]
    bound = tolerance.bound(scores, frame(X))
    single = np.exp(X.astype(np.float32) @ model.coef_.astype(np.float32) + np.float32(model.intercept_))
    assert (np.abs(single - scores[:, 0]) <= bound).all()
    assert (bound < 1e-4 * np.maximum(scores[:, 0], 1)).all()


def test_a_side_with_fewer_outputs_than_the_trees_has_a_bound():
    """A file that keeps one of two targets, asked against itself."""
    X, y = data()
    model = RandomForestRegressor(5, random_state=0).fit(X, np.c_[y, 2 * y])
    tolerance = tolerance_of(OutputKind.VALUE, *sides(read_model(model, COLUMNS)), matrix, Gate(), "float32")
    scores, batch = model.predict(X), frame(X)
    whole = row_bounds(tolerance, scores, batch, np.full(len(X), 1e-3))
    one = row_bounds(tolerance, scores[:, :1], batch, np.full(len(X), 1e-3))
    assert np.isfinite(one).all() and (one > 0).all() and (one <= whole * (1 + 1e-12)).all()

"""PowerTransformer in float32 stays within its rule, on both sides of zero and near the exponents 0 and 2."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PowerTransformer

from parity.anatomy import read_model

U = 2.0**-24
COLUMNS = ("a", "b", "c")


def data(positive):
    generator = np.random.default_rng(2)
    skewed = np.column_stack([generator.lognormal(0, 1, 600), generator.gamma(2, 3, 600), generator.normal(5, 1, 600)])
    return np.abs(skewed) + 0.01 if positive else skewed - np.array([1.0, 4.0, 5.0])


def single(step, x):
    """The formulas of Yeo & Johnson and Box & Cox, each operation in float32."""
    x, one, k = np.asarray(x, np.float32), np.float32(1), np.asarray(step.lambdas_, np.float32)
    yeo = step.method == "yeo-johnson"
    below = (x < 0) & yeo
    base = np.where(below, one - x, one + x) if yeo else x
    power = np.where(below, np.float32(2) - k, k)
    with np.errstate(all="ignore"):
        curved = np.where(power == 0, np.log(base), (base**power - one) / power)
    curved = np.where(below, -curved, curved)
    if not step.standardize:
        return curved
    return (curved - np.asarray(step._scaler.mean_, np.float32)) / np.asarray(step._scaler.scale_, np.float32)


@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("method", ["yeo-johnson", "box-cox"])
def test_float32_stays_within_the_rule(method, standardize):
    X = data(method == "box-cox")
    step = PowerTransformer(method, standardize=standardize)
    anatomy = read_model(make_pipeline(step, LinearRegression()).fit(X, X[:, 0]), COLUMNS)
    rows = np.abs(X) * 3 + 0.01 if method == "box-cox" else X * 3
    check(step, anatomy, rows)


@pytest.mark.parametrize("exponent", [0.0, 1e-3, 1.0, 1.999, 2.0, -1.5, 3.0])
def test_exponents_at_which_the_formula_cancels_or_changes(exponent):
    X = data(positive=False)
    model = make_pipeline(PowerTransformer(), LinearRegression()).fit(X, X[:, 0])
    model[0].lambdas_ = np.full(3, exponent)
    check(model[0], read_model(model, COLUMNS), X)


def check(step, anatomy, rows):
    rows = np.asarray(rows, np.float32).astype(np.float64)
    exact = step.transform(rows)
    bound = U * anatomy.prefix.magnification(rows)
    error = np.abs(single(step, rows) - exact)
    assert np.isfinite(bound).all()
    assert (error <= bound).all(), (error / bound).max()
    assert (error > bound / 100).any()

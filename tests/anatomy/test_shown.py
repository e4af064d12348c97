"""Ranges that models without trees show, knots, and the ends of clipping."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC, SVR

from parity.anatomy import read_model
from tests.anatomy.rows import table

X, Y, _, NUMBER = table(rows=300)
X = X[:, :3]
NAMES = ("plain", "money", "count")


@pytest.mark.parametrize("model", [KNeighborsClassifier(3), GaussianProcessRegressor()], ids=lambda m: type(m).__name__)
def test_models_that_keep_their_rows_show_their_exact_range(model):
    anatomy = read_model(model.fit(X, Y), NAMES)
    assert anatomy.ranges == tuple((low, high) for low, high in zip(X.min(axis=0), X.max(axis=0), strict=True))


@pytest.mark.parametrize("model", [SVC(kernel="poly"), SVR(), SVC(probability=False)], ids=str)
def test_support_vectors_show_a_range_within_the_data(model):
    for (low, high), column in zip(read_model(model.fit(X, Y), NAMES).ranges, X.T, strict=True):
        assert column.min() <= low < high <= column.max()


def test_naive_bayes_shows_four_standard_deviations_codes_or_flags():
    for (low, high), column in zip(read_model(GaussianNB().fit(X, Y), NAMES).ranges, X.T, strict=True):
        ends = [(m - 4 * s, m + 4 * s) for m, s in ((column[c == Y].mean(), column[c == Y].std()) for c in (0, 1))]
        assert (low, high) == pytest.approx((min(a for a, _ in ends), max(b for _, b in ends)), rel=1e-6)
    codes = np.stack([np.arange(300) % 4, np.arange(300) % 7], axis=1)
    assert read_model(CategoricalNB().fit(codes, Y), ("a", "b")).ranges == ((0.0, 3.0), (0.0, 6.0))
    assert read_model(BernoulliNB().fit(codes, Y), ("a", "b")).ranges == ((0.0, 1.0), (0.0, 1.0))


def test_a_constant_column_shows_no_range_and_a_scaler_in_front_keeps_its_own():
    constant = X.copy()
    constant[:, 1] = 5.0
    assert read_model(KNeighborsClassifier(3).fit(constant, Y), NAMES).ranges[1] is None
    behind = read_model(make_pipeline(StandardScaler(), KNeighborsClassifier(3)).fit(X, Y), NAMES).ranges
    assert behind[0] == pytest.approx((X[:, 0].mean() - 4 * X[:, 0].std(), X[:, 0].mean() + 4 * X[:, 0].std()))


def test_isotonic_knots_are_cuts():
    model = IsotonicRegression(out_of_bounds="clip").fit(X[:, 0], NUMBER)
    anatomy = read_model(model, ("plain",))
    assert np.array_equal(anatomy.cuts.threshold, np.unique(model.X_thresholds_))
    assert anatomy.ranges == ((model.X_min_, model.X_max_),)
    assert anatomy.unread == ()


def test_the_ends_of_clipping_are_cuts():
    plain, clipped = (make_pipeline(MinMaxScaler(clip=c), LogisticRegression()).fit(X, Y) for c in (False, True))
    assert len(read_model(plain, NAMES).cuts.column) == 0
    cuts = read_model(clipped, NAMES).cuts
    assert sorted(cuts.threshold) == pytest.approx(sorted([*X.min(axis=0), *X.max(axis=0)]))

"""Linear models: margins are the library's own up to the order of the sum, and the link is that of predict_proba."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import (
    ElasticNet,
    Lasso,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    SGDClassifier,
    SGDRegressor,
)
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from parity.anatomy import read_model
from tests.anatomy.rows import COLUMNS, table

MODELS = [
    (LogisticRegression(max_iter=200), "two", "logistic"),
    (LogisticRegression(max_iter=200), "three", "softmax"),
    (SGDClassifier(loss="log_loss", random_state=0), "two", "logistic"),
    (SGDClassifier(loss="log_loss", random_state=0), "three", "unknown"),
    (SGDClassifier(random_state=0), "three", "identity"),
    (LinearSVC(), "three", "identity"),
    (LinearRegression(), "number", "identity"),
    (Ridge(), "number", "identity"),
    (Lasso(), "number", "identity"),
    (ElasticNet(), "number", "identity"),
    (SGDRegressor(random_state=0), "number", "identity"),
    (PoissonRegressor(), "positive", "exp"),
]


@pytest.mark.parametrize(("model", "target", "link"), MODELS)
def test_margins_are_sklearns(model, target, link):
    X, two, three, number = table()
    X = StandardScaler().fit_transform(X)
    model.fit(X, {"two": two, "three": three, "number": number, "positive": np.abs(number)}[target])
    anatomy = read_model(model, COLUMNS)
    rows = np.random.default_rng(0).normal(size=(12_000, X.shape[1])) * 3
    margin = rows @ anatomy.linear.weights.T + anatomy.linear.intercept
    if link == "exp":
        margin, theirs = np.exp(margin), model.predict(rows)
    else:
        theirs = model.decision_function(rows) if hasattr(model, "decision_function") else model.predict(rows)
    np.testing.assert_allclose(margin, theirs.reshape(len(rows), -1), rtol=1e-12, atol=1e-9)
    assert anatomy.linear.link == link
    assert bool(anatomy.unread) == (link == "unknown")
    assert len(anatomy.cuts.column) == 0


def test_a_model_fitted_on_float32_adds_in_float32():
    X, two, _, _ = table()
    X = StandardScaler().fit_transform(X).astype(np.float32)
    assert read_model(LinearRegression().fit(X, two.astype(np.float32)), COLUMNS).linear.precision == "float32"
    assert read_model(LinearRegression().fit(X.astype(float), two), COLUMNS).linear.precision == "float64"

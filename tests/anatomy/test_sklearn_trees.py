"""Trees, forests and gradient boosting of scikit-learn: leaves and margins are the library's own, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from parity.anatomy import read_model
from parity.anatomy.traverse import leaves, margins
from tests.anatomy.rows import COLUMNS, hard_rows, same_partition, table

AVERAGED = [
    (DecisionTreeClassifier(max_depth=8, random_state=0), "three"),
    (RandomForestClassifier(12, random_state=0), "two"),
    (RandomForestClassifier(12, max_depth=5, random_state=0), "three"),
    (RandomForestRegressor(8, random_state=0), "number"),
    (ExtraTreesRegressor(8, random_state=0), "number"),
]
BOOSTED = [
    (GradientBoostingClassifier(n_estimators=15, random_state=0), "two", "logistic"),
    (GradientBoostingClassifier(n_estimators=8, learning_rate=0.3, random_state=0), "three", "softmax"),
    (GradientBoostingClassifier(n_estimators=8, loss="exponential", random_state=0), "two", "unknown"),
    (GradientBoostingRegressor(n_estimators=15, init="zero", random_state=0), "number", "identity"),
    (GradientBoostingRegressor(n_estimators=15, init=DummyRegressor(strategy="median"), random_state=0), "number", "identity"),
]
HISTOGRAMS = [
    (HistGradientBoostingClassifier(max_iter=15), "two", "logistic"),
    (HistGradientBoostingClassifier(max_iter=8), "three", "softmax"),
    (HistGradientBoostingRegressor(max_iter=15), "number", "identity"),
    (HistGradientBoostingRegressor(max_iter=15, loss="gamma"), "positive", "exp"),
]


def fitted(model, target, missing=False):
    X, two, three, number = table(missing)
    y = {"two": two, "three": three, "number": number, "positive": np.abs(number) + 1}[target]
    return model.fit(X, y), X


@pytest.mark.parametrize(("model", "target"), AVERAGED, ids=lambda v: type(v).__name__)
@pytest.mark.parametrize("missing", [False, True])
def test_leaves_of_forests_are_sklearns(model, target, missing):
    missing = missing and type(model).__name__ != "ExtraTreesRegressor"
    model, X = fitted(model, target, missing)
    anatomy = read_model(model, COLUMNS)
    rows = hard_rows(anatomy, X, missing)
    theirs = model.apply(rows).reshape(len(rows), -1)
    mine = leaves(anatomy.trees, rows)
    assert np.array_equal(mine - anatomy.trees.root, theirs)
    scores = model.predict_proba(rows) if hasattr(model, "predict_proba") else model.predict(rows)[:, None]
    np.testing.assert_allclose(margins(anatomy.trees, mine), scores, rtol=1e-14, atol=1e-15)
    assert (anatomy.unread, anatomy.trees.link) == ((), "identity")


@pytest.mark.parametrize(("model", "target", "link"), BOOSTED)
def test_gradient_boosting_adds_up_to_its_decision_function(model, target, link):
    model, X = fitted(model, target)
    anatomy = read_model(model, COLUMNS)
    rows = hard_rows(anatomy, X)
    mine = leaves(anatomy.trees, rows)
    theirs = np.concatenate([model.apply(rows).reshape(len(rows), -1)], axis=1)
    assert np.array_equal(mine - anatomy.trees.root, theirs)
    scores = model.decision_function(rows) if hasattr(model, "decision_function") else model.predict(rows)
    np.testing.assert_allclose(margins(anatomy.trees, mine), scores.reshape(len(rows), -1), rtol=1e-13, atol=1e-12)
    assert anatomy.trees.link == link
    assert bool(anatomy.unread) == (link == "unknown")


@pytest.mark.parametrize(("model", "target", "link"), HISTOGRAMS)
@pytest.mark.parametrize("missing", [False, True])
def test_histogram_boosting_adds_up_bit_for_bit(model, target, link, missing):
    model, X = fitted(model, target, missing)
    anatomy = read_model(model, COLUMNS)
    rows = hard_rows(anatomy, X, missing)
    raw = model._raw_predict(rows)
    assert np.array_equal(margins(anatomy.trees, leaves(anatomy.trees, rows)), raw)
    assert anatomy.trees.link == link


@pytest.mark.parametrize("model", [RandomForestClassifier(5, random_state=0), HistGradientBoostingClassifier(max_iter=5)])
@pytest.mark.parametrize("missing", [False, True])
def test_a_learned_place_for_missing_values_is_told_from_the_default(model, missing):
    model, _ = fitted(model, "two", missing)
    learned = read_model(model, COLUMNS).learned_missing
    assert any(learned) == missing


def test_an_estimator_as_init_that_is_no_tree_is_told():
    model, X = fitted(GradientBoostingRegressor(n_estimators=3, init=LinearRegression()), "number")
    anatomy = read_model(model, COLUMNS)
    assert anatomy.unread == ("margin before the first tree (init=LinearRegression)",)
    assert anatomy.trees.link == "unknown", "nothing is derived from leaves that are not the whole sum"
    assert np.array_equal(leaves(anatomy.trees, X) - anatomy.trees.root, model.apply(X))


@pytest.mark.parametrize("init", [DecisionTreeRegressor(max_depth=4), RandomForestRegressor(4), GradientBoostingRegressor()])
def test_trees_as_init_are_the_first_of_the_sum(init):
    model, X = fitted(GradientBoostingRegressor(n_estimators=6, init=init.set_params(random_state=0), random_state=0), "number")
    anatomy = read_model(model, COLUMNS)
    assert (anatomy.unread, anatomy.trees.link) == ((), "identity")
    rows = hard_rows(anatomy, X)
    mine = margins(anatomy.trees, leaves(anatomy.trees, rows))[:, 0]
    np.testing.assert_allclose(mine, model.predict(rows), rtol=1e-13, atol=1e-12)
    if isinstance(init, DecisionTreeRegressor):
        assert np.array_equal(mine, model.predict(rows))
    cuts = len(read_model(model.init_, COLUMNS).cuts.threshold)
    assert len(anatomy.cuts.threshold) > cuts > 3


def test_what_a_classifiers_init_becomes_is_told():
    model, _ = fitted(GradientBoostingClassifier(n_estimators=3, init=RandomForestClassifier(3, random_state=0)), "two")
    anatomy = read_model(model, COLUMNS)
    assert anatomy.unread == ("what becomes of RandomForestClassifier's answer before the first tree",)
    assert anatomy.trees.link == "unknown" and len(anatomy.trees.root) == 6


def test_partitions_that_differ_are_seen():
    assert same_partition([[0], [1], [1]], [[7], [3], [3]])
    assert not same_partition([[0], [1], [1]], [[7], [3], [7]])

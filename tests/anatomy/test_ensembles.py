"""Ensembles of other models: their margins are scikit-learn's where they are a sum, and their cuts are the members'."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from parity.anatomy import read_model
from parity.anatomy.traverse import features, leaves, margins
from tests.anatomy.rows import COLUMNS, hard_rows, table

X, Y, THREE, NUMBER = table()
TREE = DecisionTreeClassifier(max_depth=5, random_state=0)
FOREST = RandomForestClassifier(8, max_depth=5, random_state=0)
MEANS = [
    BaggingClassifier(TREE, 12, random_state=0),
    BaggingClassifier(FOREST, 3, max_features=0.5, bootstrap_features=True, random_state=0),
    VotingClassifier([("a", TREE), ("b", FOREST)], voting="soft", weights=[3, 1]),
]


@pytest.mark.parametrize("model", MEANS, ids=lambda m: type(m).__name__)
@pytest.mark.parametrize("target", [Y, THREE], ids=["two", "three"])
def test_probabilities_of_means_are_the_margin(model, target):
    model = model.fit(X, target)
    anatomy = read_model(model, COLUMNS)
    assert anatomy.unread == () and anatomy.trees.link == "identity"
    rows = hard_rows(anatomy, X)
    mine = margins(anatomy.trees, leaves(anatomy.trees, features(anatomy, rows)))
    assert np.abs(mine - model.predict_proba(rows)).max() < 1e-13


@pytest.mark.parametrize(
    "model",
    [
        BaggingRegressor(DecisionTreeRegressor(max_depth=6), 10, max_features=3, random_state=0),
        VotingRegressor(
            [("a", RandomForestRegressor(5, random_state=0)), ("b", DecisionTreeRegressor(max_depth=4))], weights=[1, 4]
        ),
    ],
    ids=lambda m: type(m).__name__,
)
def test_means_of_regressors(model):
    model = model.fit(X, NUMBER)
    anatomy = read_model(model, COLUMNS)
    rows = hard_rows(anatomy, X)
    mine = margins(anatomy.trees, leaves(anatomy.trees, features(anatomy, rows)))[:, 0]
    assert anatomy.unread == ()
    assert np.abs(mine - model.predict(rows)).max() < 1e-10 * np.abs(NUMBER).max()


def test_adaboost_of_two_classes_is_the_logistic_of_its_votes():
    model = AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=20, random_state=0).fit(X, Y)
    anatomy = read_model(model, COLUMNS)
    rows = hard_rows(anatomy, X)
    mine = margins(anatomy.trees, leaves(anatomy.trees, features(anatomy, rows)))[:, 0]
    assert anatomy.trees.link == "logistic" and anatomy.unread == ()
    assert np.abs(mine - model.decision_function(rows)).max() < 1e-12
    assert np.abs(1 / (1 + np.exp(-mine)) - model.predict_proba(rows)[:, 1]).max() < 1e-12


CUTS_ONLY = [
    CalibratedClassifierCV(TREE, method="isotonic", cv=2),
    VotingClassifier([("a", TREE), ("b", GradientBoostingClassifier(n_estimators=5))], voting="soft"),
    VotingClassifier([("a", TREE), ("b", FOREST)], voting="hard"),
    StackingClassifier([("a", TREE), ("b", LogisticRegression(max_iter=50))], cv=2),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("model", CUTS_ONLY, ids=lambda m: type(m).__name__)
def test_elsewhere_the_members_cuts_are_known_and_nothing_else_is_claimed(model):
    model = make_pipeline(StandardScaler(), model).fit(X, THREE)
    anatomy = read_model(model, COLUMNS)
    assert anatomy.trees.link == "unknown"
    assert any(type(model[-1]).__name__ in note for note in anatomy.unread)
    assert len(anatomy.cuts.column) > 5
    jumping = hard_rows(anatomy, X)[:400]
    assert np.isfinite(features(anatomy, jumping)).all()


def test_regressors_of_adaboost_take_a_median_and_are_not_summed():
    anatomy = read_model(AdaBoostRegressor(n_estimators=5, random_state=0).fit(X, NUMBER), COLUMNS)
    assert anatomy.trees.link == "unknown" and len(anatomy.cuts.column) > 5


def test_members_that_compare_otherwise_are_named():
    members = [("a", TREE), ("b", HistGradientBoostingClassifier(max_iter=3))]
    anatomy = read_model(VotingClassifier(members, voting="soft").fit(X, Y), COLUMNS)
    assert any("which compares otherwise" in note for note in anatomy.unread)
    assert len(anatomy.cuts.column) > 5


def test_members_without_trees_leave_nothing_to_read():
    model = BaggingClassifier(LogisticRegression(max_iter=50), 3).fit(X[:, :1], Y)
    anatomy = read_model(model, COLUMNS[:1])
    assert anatomy.trees is None
    assert anatomy.unread == ("what BaggingClassifier computes",)


@pytest.mark.parametrize("features", [1.0, 0.5])
def test_an_isolation_forest_is_made_of_path_lengths(features):
    model = IsolationForest(n_estimators=20, max_features=features, max_samples=200, random_state=0).fit(X)
    anatomy = read_model(model, COLUMNS)
    assert anatomy.unread == () and anatomy.smooth is not None and len(anatomy.cuts.column) > 100
    rows = hard_rows(anatomy, X)
    ends = leaves(anatomy.trees, rows)
    for k, (member, used) in enumerate(zip(model.estimators_, model.estimators_features_, strict=True)):
        assert np.array_equal(ends[:, k] - anatomy.trees.root[k], member.apply(rows[:, used]))
    np.testing.assert_allclose(-(2.0 ** -margins(anatomy.trees, ends)[:, 0]), model.score_samples(rows), rtol=1e-13)


def test_adaboost_of_three_classes_is_a_sum_of_votes():
    model = AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=15, random_state=0).fit(X, THREE)
    anatomy = read_model(model, COLUMNS)
    assert anatomy.unread == () and anatomy.trees.link == "softmax"
    rows = hard_rows(anatomy, X)
    mine = margins(anatomy.trees, leaves(anatomy.trees, rows))
    np.testing.assert_allclose(mine * 2, model.decision_function(rows), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(softmax(mine, axis=1), model.predict_proba(rows), rtol=1e-12)

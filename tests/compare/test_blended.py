"""Bounds of voting, bagging and stacking: a float32 computation stays within them, a wrong weight does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import BaggingClassifier, StackingClassifier, StackingRegressor, VotingClassifier, VotingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from parity.anatomy import read_model
from parity.compare.allowance import Units
from parity.compare.derived import derived
from parity.compare.tolerance import Side, tolerance_of
from parity.values.policy import Gate
from parity.values.signature import OutputKind, OutputSpec
from tests.compare.test_tolerance_rows import COLUMNS, frame

F = np.float32


def rows():
    return np.random.default_rng(3).normal(size=(500, 3)) * [1.0, 40.0, 0.01] + [0.0, 300.0, 5.0]


def table(batch):
    return pd.DataFrame({c: batch.column(c).to_numpy() for c in batch.schema.names})


def bound_of(model, kind, scores, runtime="float32"):
    """The bound of each row, and whether it is derived."""
    anatomy = read_model(model, COLUMNS)
    if runtime == "float32" and anatomy.blend is not None:  # which `tolerance_of` measures instead
        tolerance = derived(kind, anatomy, Units((2.0**-53, 2.0**-24), (2.0**-53, 2.0**-24)), table)
    if runtime == "float64" or anatomy.blend is None or tolerance is None:
        sides = [Side(anatomy, OutputSpec("out", t, kind, scores.shape[1])) for t in ("float64", runtime)]
        tolerance = tolerance_of(kind, *sides, table, Gate(), runtime, 3.0)
    return tolerance.bound(scores, frame(rows())), tolerance


def test_in_float32_what_is_measured_is_closer():
    model = voting_regressor()
    sides = [Side(read_model(model, COLUMNS), OutputSpec("out", t, OutputKind.VALUE, 1)) for t in ("float64", "float32")]
    assert tolerance_of(OutputKind.VALUE, *sides, table, Gate(), "float32", 3.0).measured
    assert tolerance_of(OutputKind.VALUE, sides[0], sides[0], table, Gate(), "float64", 3.0).derived


def fitted(model, y):
    return model.fit(pd.DataFrame(rows(), columns=list(COLUMNS)), y)


def value():
    X = rows()
    return 2 * X[:, 0] + X[:, 1] / 20


def classes():
    return np.digitize(rows()[:, 0] + rows()[:, 1] / 40, [7.0, 8.0])


def linear32(model, X):
    return (X @ model.coef_.astype(F) + F(model.intercept_)).astype(F)


def scaled32(scaler, X):
    return ((X - scaler.mean_.astype(F)) / scaler.scale_.astype(F)).astype(F)


def softmax32(model, X):
    margin = (X @ model.coef_.T.astype(F) + model.intercept_.astype(F)).astype(F)
    parts = np.exp(margin - margin.max(axis=1, keepdims=True))
    return (parts / parts.sum(axis=1, keepdims=True)).astype(F)


def voting_regressor():
    members = [("plain", LinearRegression()), ("scaled", make_pipeline(StandardScaler(), Ridge(0.1)))]
    return fitted(VotingRegressor(members, weights=[3, 1]), value())


def test_a_mean_of_linear_models_in_float32_stays_within_its_bound_and_other_weights_do_not():
    model, X = voting_regressor(), rows().astype(F)
    scores = model.predict(pd.DataFrame(rows(), columns=list(COLUMNS)))[:, None]
    plain, scaled = model.estimators_
    parts = linear32(plain, X), linear32(scaled[-1], scaled32(scaled[0], X))
    single = (F(0.75) * parts[0] + F(0.25) * parts[1]).astype(F)
    bound, tolerance = bound_of(model, OutputKind.VALUE, scores)
    assert tolerance.derived
    assert not tolerance.measured
    assert "mean of 2 models" in tolerance.formula
    assert (np.abs(single - scores[:, 0]) <= bound).all()
    named = pd.DataFrame(rows(), columns=list(COLUMNS))
    swapped = 0.25 * plain.predict(named) + 0.75 * scaled.predict(named)
    assert (np.abs(swapped - scores[:, 0]) > bound).mean() > 0.9


def test_soft_voting_of_probabilities_in_float32_stays_within_its_bound():
    model = fitted(
        VotingClassifier(
            [("a", LogisticRegression(max_iter=5000)), ("b", LogisticRegression(C=0.01, max_iter=5000))], voting="soft"
        ),
        classes(),
    )
    scores = model.predict_proba(pd.DataFrame(rows(), columns=list(COLUMNS)))
    single = sum(softmax32(one, rows().astype(F)) for one in model.estimators_) / F(2)
    bound, tolerance = bound_of(model, OutputKind.PROBABILITY, scores)
    assert tolerance.derived
    assert (np.abs(single - scores).max(axis=1) <= bound).all()
    assert np.median(bound) < 1e-3


def test_a_stack_in_float32_stays_within_its_bound():
    members = [("plain", LinearRegression()), ("scaled", make_pipeline(StandardScaler(), Ridge(0.1)))]
    model = fitted(StackingRegressor(members, final_estimator=Ridge(1e-3), passthrough=True), value())
    scores = model.predict(pd.DataFrame(rows(), columns=list(COLUMNS)))[:, None]
    plain, scaled = model.estimators_
    X = rows().astype(F)
    features = np.column_stack([linear32(plain, X), linear32(scaled[-1], scaled32(scaled[0], X)), X])
    bound, tolerance = bound_of(model, OutputKind.VALUE, scores)
    assert tolerance.derived
    assert (np.abs(linear32(model.final_estimator_, features) - scores[:, 0]) <= bound).all()
    assert np.median(bound) < 1e-2


@pytest.mark.parametrize("labels", [2, 3])
def test_a_stack_of_a_tree_and_bayes_is_derived_to_float64(labels):
    y = np.minimum(classes(), labels - 1)
    members = [("tree", DecisionTreeClassifier(max_depth=3)), ("bayes", GaussianNB())]
    model = fitted(StackingClassifier(members), y)
    scores = model.predict_proba(pd.DataFrame(rows(), columns=list(COLUMNS)))
    bound, tolerance = bound_of(model, OutputKind.PROBABILITY, scores, runtime="float64")
    assert tolerance.derived
    assert (bound > 0).all()
    assert (bound < 1e-9).all()


def test_behind_a_scaler_the_members_are_off_by_what_the_scaler_is_off_by():
    inner = VotingRegressor([("a", LinearRegression()), ("b", Ridge(1.0))])
    model, X = fitted(make_pipeline(StandardScaler(), inner), value()), rows().astype(F)
    scores = model.predict(pd.DataFrame(rows(), columns=list(COLUMNS)))[:, None]
    given = scaled32(model[0], X)
    single = (linear32(model[1].estimators_[0], given) + linear32(model[1].estimators_[1], given)) / F(2)
    bound, tolerance = bound_of(model, OutputKind.VALUE, scores)
    assert tolerance.derived
    assert (np.abs(single - scores[:, 0]) <= bound).all()


def test_bags_of_linear_models_are_means():
    model = fitted(BaggingClassifier(LogisticRegression(max_iter=5000), n_estimators=4, random_state=0), classes())
    scores = model.predict_proba(pd.DataFrame(rows(), columns=list(COLUMNS)))
    assert bound_of(model, OutputKind.PROBABILITY, scores)[1].derived


@pytest.mark.parametrize(
    "model",
    [
        VotingClassifier([("a", LogisticRegression(max_iter=5000)), ("b", GaussianNB())], voting="hard"),
        BaggingClassifier(LogisticRegression(max_iter=5000), n_estimators=3, max_features=2, random_state=0),
        StackingRegressor([("a", LinearRegression())], final_estimator=DecisionTreeRegressor(max_depth=2)),
        StackingRegressor([("a", LinearRegression())], final_estimator=make_pipeline(StandardScaler(), Ridge())),
    ],
    ids=["votes", "subsets of features", "a tree last", "a pipeline last"],
)
def test_what_has_no_bound_is_measured(model):
    y = classes() if hasattr(model, "predict_proba") or "Classifier" in type(model).__name__ else value()
    fitted(model, y)
    scores = np.ones((len(rows()), 1))
    _, tolerance = bound_of(model, OutputKind.VALUE, scores)
    assert not tolerance.derived
    assert tolerance.measured

"""Pipelines: the features are sklearn's, origins and errors are right, and cuts come back to the very double."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)
from sklearn.tree import DecisionTreeClassifier

from parity.anatomy import read_model
from parity.anatomy.floats import cast
from parity.anatomy.traverse import features, leaves, margins
from tests.anatomy.rows import COLUMNS, hard_rows, table

SCALERS = [StandardScaler(), StandardScaler(with_mean=False), MinMaxScaler(), MaxAbsScaler(), RobustScaler()]


@pytest.mark.parametrize("scaler", SCALERS, ids=str)
def test_cuts_behind_a_scaler_are_where_the_forest_jumps(scaler):
    X, y, _, _ = table()
    model = make_pipeline(scaler, RandomForestClassifier(10, max_depth=5, random_state=0)).fit(X, y)
    anatomy = read_model(model, COLUMNS)
    cuts = anatomy.cuts
    assert len(cuts.column) > 100
    assert not cuts.strict.any()
    node = model[-1].estimators_
    low, high = np.zeros((len(cuts.column), 6)), np.zeros((len(cuts.column), 6))
    index = np.arange(len(cuts.column)), cuts.column
    low[index], high[index] = cuts.threshold, np.nextafter(cuts.threshold, np.inf)
    assert len(node) == len(anatomy.trees.root)
    feature, threshold = anatomy.trees.feature[cuts.node], anatomy.trees.threshold[cuts.node]
    rows = np.arange(len(cuts.column))
    assert np.all(cast(scaler.transform(low)[rows, feature], "float32") <= threshold)
    assert np.all(cast(scaler.transform(high)[rows, feature], "float32") > threshold)


def test_leaves_behind_steps_are_sklearns():
    X, y, _, _ = table(missing=True)
    model = make_pipeline(SimpleImputer(), StandardScaler(), RandomForestClassifier(10, random_state=0)).fit(X, y)
    anatomy = read_model(model, COLUMNS)
    rows = hard_rows(anatomy, X, missing=True)
    mine = leaves(anatomy.trees, features(anatomy, rows))
    assert np.array_equal(mine - anatomy.trees.root, model[-1].apply(model[:-1].transform(rows)))
    np.testing.assert_allclose(margins(anatomy.trees, mine), model.predict_proba(rows), rtol=1e-13, atol=1e-15)
    assert anatomy.learned_missing == (True,) * 6
    assert anatomy.prefix.steps == ("SimpleImputer", "StandardScaler")


def mixed(missing=True):
    X, y, _, _ = table(missing)
    frame = pd.DataFrame(X, columns=COLUMNS)
    frame.insert(2, "city", np.array(["Łódź", "Oslo", "Roma"])[np.arange(len(X)) % 3])
    return frame, y


def columns_model(last, **more):
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    parts = [("text", OneHotEncoder(handle_unknown="ignore"), ["city"]), ("numbers", numbers, ["money", "plain"])]
    parts += [("kept", "passthrough", ["count"]), ("gone", "drop", ["tiny"])]
    return make_pipeline(ColumnTransformer(parts, **more), last)


def test_a_column_transformer_is_followed_to_the_users_columns():
    frame, y = mixed()
    frame["count"] = frame["count"].fillna(7.0)
    anatomy = read_model(columns_model(DecisionTreeClassifier(max_depth=7, random_state=0)).fit(frame, y), list(frame.columns))
    assert anatomy.unread == ()
    names = [anatomy.columns[c] if c >= 0 else "" for c in anatomy.prefix.origin]
    assert names == ["", "", "", "money", "plain", "", "", "count"]
    assert anatomy.prefix.unchanged.tolist() == [False] * 7 + [True]
    assert anatomy.categories[2] == ("Oslo", "Roma", "Łódź")
    assert [anatomy.columns[i] for i in np.flatnonzero(anatomy.learned_missing)] == ["plain", "money"]
    assert set(anatomy.cuts.column.tolist()) == {0, 1, 3}
    mean, sigma = frame["money"].median(), frame["money"].std()
    assert anatomy.ranges[1][0] < mean - 3 * sigma < mean + 3 * sigma < anatomy.ranges[1][1]


def test_cells_that_a_sparse_matrix_leaves_out_are_missing_to_xgboost():
    frame, y = mixed(missing=False)
    last = xgboost.XGBClassifier(n_estimators=8, max_depth=4, n_jobs=1)
    model = columns_model(last, sparse_threshold=1.0).fit(frame, y)
    anatomy = read_model(model, list(frame.columns))
    found = features(anatomy, frame)
    assert np.isnan(found).any()
    mine = leaves(anatomy.trees, found)
    assert np.array_equal(margins(anatomy.trees, mine)[:, 0], model[-1].predict(model[:-1].transform(frame), output_margin=True))


@pytest.mark.parametrize("encode", ["onehot-dense", "ordinal"])
def test_bin_edges_become_cuts_of_the_column(encode):
    X, y, _, _ = table()
    bins = KBinsDiscretizer(6, encode=encode, strategy="quantile", quantile_method="linear")
    model = make_pipeline(StandardScaler(), bins, LogisticRegression(max_iter=500)).fit(X[:, :3], y)
    anatomy = read_model(model, COLUMNS[:3])
    cuts = anatomy.cuts
    assert set(cuts.source) == {"bin"}
    assert len(cuts.column) == sum(len(e) - 2 for e in model[1].bin_edges_)
    before, at = np.tile(X[0, :3], (len(cuts.column), 1)), np.tile(X[0, :3], (len(cuts.column), 1))
    index = np.arange(len(cuts.column)), cuts.column
    before[index], at[index] = np.nextafter(cuts.threshold, -np.inf), cuts.threshold
    assert cuts.strict.all()
    assert not np.any(np.all(model[:-1].transform(before) == model[:-1].transform(at), axis=1))


@pytest.mark.parametrize("scaler", SCALERS, ids=str)
def test_magnification_bounds_what_float32_does(scaler):
    """Features computed in float32 from rounded inputs and constants stay within the stated errors."""
    X, y, _, _ = table()
    model = make_pipeline(SimpleImputer(), scaler, LogisticRegression()).fit(X, y)
    prefix = read_model(model, COLUMNS).prefix
    exact = prefix.transform(X)
    shift, scale = (
        model[1].transform(np.zeros((1, 6))),
        model[1].transform(np.ones((1, 6))) - model[1].transform(np.zeros((1, 6))),
    )
    narrow = lambda a: np.asarray(a, np.float32)  # noqa: E731
    if isinstance(scaler, MinMaxScaler):
        rounded = narrow(X) * narrow(scale) + narrow(shift)
    else:
        rounded = (narrow(X) - narrow(-shift / scale)) * narrow(scale)
    allowed = 2.0**-24 * prefix.magnification(X)
    assert np.all(np.abs(rounded.astype(float) - exact) <= allowed + 1e-30)
    assert np.all(allowed[:, [0, 1]] < 1e-5)


def test_imputed_values_have_the_error_of_the_statistic():
    X, y, _, _ = table(missing=True)
    model = make_pipeline(SimpleImputer(), LogisticRegression()).fit(X, y)
    errors = read_model(model, COLUMNS).prefix.magnification(X)
    expected = np.where(np.isnan(X), np.abs(model[0].statistics_), np.abs(X))
    assert np.array_equal(errors, expected)


def test_steps_that_are_not_understood_are_named_and_still_run():
    X, y, _, _ = table()
    model = make_pipeline(StandardScaler(), TruncatedSVD(3, random_state=0), RandomForestClassifier(5, random_state=0)).fit(X, y)
    anatomy = read_model(model, COLUMNS)
    assert anatomy.unread == ("what TruncatedSVD does to its columns",)
    assert anatomy.prefix.magnification is None
    assert len(anatomy.cuts.column) == 0
    mine = leaves(anatomy.trees, features(anatomy, X))
    assert np.array_equal(mine - anatomy.trees.root, model[-1].apply(model[:-1].transform(X)))


def test_text_that_is_imputed_and_encoded():
    frame, y = mixed(missing=False)
    frame.loc[::7, "city"] = None
    text = make_pipeline(SimpleImputer(strategy="most_frequent", missing_values=None), OneHotEncoder(sparse_output=False))
    model = make_pipeline(ColumnTransformer([("city", text, ["city"]), ("n", StandardScaler(), ["money"])]), LogisticRegression())
    frame["city"] = frame["city"].astype(object).where(frame["city"].notna(), None)
    anatomy = read_model(model.fit(frame, y), list(frame.columns))
    assert anatomy.unread == ()
    assert anatomy.categories[2] == ("Oslo", "Roma", "Łódź")
    assert [anatomy.columns[i] for i in np.flatnonzero(anatomy.learned_missing)] == ["city"]
    errors = anatomy.prefix.magnification(frame)
    assert not errors[:, :3].any()
    assert errors[:, 3].all()


def test_unions_functions_searches_and_encoders():
    X, y, _, _ = table()
    union = FeatureUnion([("a", StandardScaler()), ("b", FunctionTransformer(np.cbrt))])
    search = GridSearchCV(
        make_pipeline(union, DecisionTreeClassifier(random_state=0)), {"decisiontreeclassifier__max_depth": [3, 5]}, cv=2
    )
    anatomy = read_model(search.fit(X, y), COLUMNS)
    assert anatomy.unread == ()
    assert anatomy.prefix.origin.tolist() == [0, 1, 2, 3, 4, 5] * 2
    frame, y = mixed(missing=False)
    model = make_pipeline(
        ColumnTransformer([("o", OrdinalEncoder(), ["city"])], remainder="passthrough"), DecisionTreeClassifier()
    )
    anatomy = read_model(model.fit(frame, y), list(frame.columns))
    assert anatomy.prefix.origin.tolist() == [-1, 0, 1, 3, 4, 5, 6]
    assert anatomy.categories[2] == ("Oslo", "Roma", "Łódź")


class Selected(TransformerMixin, BaseEstimator):
    """A user's own step: it keeps nothing that it fitted, which a pipeline of such steps alone takes for not fitted."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X[["c1", "c0"]]


def test_a_step_that_keeps_nothing_it_fitted_is_passed_through():
    X, y, _, _ = table()
    frame = pd.DataFrame(X, columns=[f"c{i}" for i in range(X.shape[1])])
    model = make_pipeline(Selected(), RandomForestClassifier(3, max_depth=3, random_state=0)).fit(frame, y)
    anatomy = read_model(model, tuple(frame.columns))
    np.testing.assert_array_equal(features(anatomy, frame), X[:, [1, 0]])

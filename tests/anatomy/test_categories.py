"""Splits on categories: every code, known or not, goes the way that the library itself sends it, bit for bit in the sum."""

from __future__ import annotations

import lightgbm
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import xgboost
from sklearn.ensemble import HistGradientBoostingRegressor

from parity.anatomy import read_artifact, read_model
from parity.anatomy.traverse import features, leaves, margins

COLUMNS = ("number", "level", "kind")
ROWS = 10_000
# Unseen, negative and fractional codes, those at the ends of int32 and of what XGBoost takes for a code, NaN, nearly 0.
ODD = [-1, -0.5, 1.7, 3.9999999999, 77, np.nan, 2.0**24, 2.0**31, -(2.0**31) - 1, 1e30, -1e30, np.inf, -np.inf, 1e-36]


def table():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=1_500), rng.integers(0, 40, 1_500), rng.integers(0, 3, 1_500)]).astype(np.float64)
    return X, 2 * np.isin(X[:, 1], [1, 4, 7, 9, 30, 33]) + X[:, 0] + X[:, 2] * X[:, 1] / 10 + rng.normal(size=1_500) * 0.1


def odd_rows(odd=ODD):
    rng = np.random.default_rng(1)
    return np.column_stack([rng.normal(size=ROWS), rng.choice([*range(40), *odd], ROWS), rng.choice([0, 1, 2, 3, -1, 0.5], ROWS)])


def frame():
    X, y = table()
    level = pd.Categorical.from_codes(X[:, 1].astype(int), [f"k{i}" for i in range(40)])
    return pd.DataFrame({"number": X[:, 0], "level": level, "kind": pd.Categorical(X[:, 2].astype(int) * 10)}), y


def asks(anatomy):
    return int((anatomy.trees.sets.of >= 0).sum())


@pytest.mark.parametrize("options", [{"max_cat_to_onehot": 50}, {"max_cat_to_onehot": 1, "max_cat_threshold": 8}])
def test_xgboost(options, tmp_path):
    X, y = table()
    kinds = ["q", "c", "c"]
    data = xgboost.DMatrix(X, y, feature_types=kinds, enable_categorical=True)
    model = xgboost.train({**options, "max_depth": 5, "nthread": 1}, data, 15)
    model.save_model(tmp_path / "model.ubj")
    rows = odd_rows([v for v in ODD if not np.isinf(v)])  # it refuses infinite input
    matrix = xgboost.DMatrix(rows, feature_types=kinds)
    for anatomy in (read_model(model, COLUMNS), read_artifact(tmp_path / "model.ubj", COLUMNS)):
        mine = leaves(anatomy.trees, rows)
        assert anatomy.unread == ()
        assert asks(anatomy) > 50
        assert np.array_equal(mine - anatomy.trees.root, model.predict(matrix, pred_leaf=True))
        assert np.array_equal(margins(anatomy.trees, mine)[:, 0], model.predict(matrix, output_margin=True))
        assert anatomy.categories[1:] == (tuple(range(40)), (0, 1, 2))
        assert set(anatomy.cuts.column) == {0}


@pytest.mark.parametrize("options", [{}, {"max_cat_to_onehot": 64}, {"zero_as_missing": True}, {"use_missing": False}])
def test_lightgbm(options):
    X, y = table()
    quiet = {"verbose": -1, "num_threads": 1, "min_data_per_group": 5, "cat_smooth": 1, **options}
    model = lightgbm.train(quiet, lightgbm.Dataset(X, y, categorical_feature=[1, 2]), 15)
    anatomy, rows = read_model(model, COLUMNS), odd_rows()
    assert anatomy.unread == ()
    assert asks(anatomy) > 50
    assert np.array_equal(margins(anatomy.trees, leaves(anatomy.trees, rows))[:, 0], model.predict(rows, raw_score=True))


def test_codes_of_a_frame_are_those_of_training():
    given, y = frame()
    batch = pa.RecordBatch.from_pandas(given.assign(level=given["level"].astype(str), kind=given["kind"].astype(int)))
    boosters = (
        (xgboost.XGBRegressor(n_estimators=5, max_depth=4, n_jobs=1, enable_categorical=True), {"output_margin": True}),
        (lightgbm.LGBMRegressor(n_estimators=5, verbose=-1, n_jobs=1), {"raw_score": True}),
    )
    for model, margin in boosters:
        anatomy = read_model(model.fit(given, y), COLUMNS)
        assert anatomy.categories == (None, tuple(f"k{i}" for i in range(40)), (0, 10, 20))
        for rows in (given, batch):
            mine = margins(anatomy.trees, leaves(anatomy.trees, features(anatomy, rows)))[:, 0]
            assert np.array_equal(mine, model.predict(given, **margin))


def test_where_xgboost_cuts_names_off_the_splits_on_numbers_are_read():
    given, y = frame()
    given["level"] = given["level"].cat.rename_categories(lambda name: name + "é")
    model = xgboost.XGBRegressor(n_estimators=9, max_depth=4, n_jobs=1, enable_categorical=True).fit(given, y)
    anatomy = read_model(model, COLUMNS)
    assert anatomy.trees is None
    assert anatomy.unread == (
        "categories whose names are not ASCII: XGBoost writes them cut off (the splits on numbers are probed)",
    )
    table = model.get_booster().trees_to_dataframe()
    splits = table[table.Feature == "number"].Split.dropna().astype(np.float32)
    at = anatomy.cuts.threshold
    assert set(anatomy.cuts.column) == {0} and len(at) == splits.nunique() > 5
    assert set(np.nextafter(at, np.inf).astype(np.float32)) == set(splits), "from the next double on a value is at the split"
    assert (at.astype(np.float32) < np.sort(splits.unique())).all()


@pytest.mark.parametrize("framed", [False, True])
def test_histogram_gradient_boosting(framed):
    given, y = frame() if framed else table()
    model = HistGradientBoostingRegressor(max_iter=20, categorical_features="from_dtype" if framed else [1, 2]).fit(given, y)
    anatomy = read_model(model, COLUMNS)
    rows = given if framed else odd_rows([v for v in ODD if not np.isinf(v)])  # it refuses infinite input
    assert anatomy.unread == ()
    assert asks(anatomy) > 50
    mine = margins(anatomy.trees, leaves(anatomy.trees, features(anatomy, rows)))[:, 0]
    assert np.array_equal(mine, model.predict(rows))


def test_leaves_that_hold_a_value_for_each_output():
    X, y = table()
    model = xgboost.XGBRegressor(n_estimators=8, max_depth=4, n_jobs=1, multi_strategy="multi_output_tree")
    model.fit(X, np.column_stack([y, -2 * y]))
    anatomy = read_model(model, COLUMNS)
    mine = margins(anatomy.trees, leaves(anatomy.trees, odd_rows([np.nan])))
    assert np.array_equal(mine, model.predict(odd_rows([np.nan]), output_margin=True))

"""Splits on categories: both ways out of each are met, leaves behind them too, and impossible ones are not counted."""

from __future__ import annotations

import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost

from parity.anatomy.traverse import passes
from parity.generate import Coverage, chunks
from parity.generate.codes import closed, codes_of, ways
from parity.generate.coverage import followed
from parity.generate.features import features_of
from parity.generate.targets import targets_of
from parity.values.plan import Budget, Phase
from tests.generate.subjects import subject_of


def data(text: bool):
    rng = np.random.default_rng(0)
    level, kind = rng.integers(0, 25, 900), rng.integers(0, 3, 900)
    number = rng.normal(size=900)
    y = 2 * np.isin(level, [1, 4, 7, 9, 20]) + number + kind * level / 10 + rng.normal(size=900) * 0.1
    if text:
        names = pd.Categorical.from_codes(level, [f"k{i}" for i in range(25)])
        return pd.DataFrame({"number": number, "level": names, "kind": pd.Categorical(kind * 10)}), y
    return pd.DataFrame({"number": number, "level": level.astype(float), "kind": kind}), y


def model_of(library: str, text: bool):
    rows, y = data(text)
    if library == "xgboost":
        kinds = None if text else ["q", "c", "c"]
        model = xgboost.XGBRegressor(n_estimators=20, max_depth=5, n_jobs=1, enable_categorical=True, feature_types=kinds)
        return model.fit(rows, y), rows
    model = lightgbm.LGBMRegressor(n_estimators=20, verbose=-1, n_jobs=1, min_data_per_group=5, cat_smooth=1)
    return model.fit(rows, y, categorical_feature="auto" if text else [1, 2]), rows


def plain(rows: pd.DataFrame) -> pd.DataFrame:
    """The sample as it crosses: categories as their values."""
    return (
        rows.assign(level=rows["level"].astype(object), kind=rows["kind"].astype(int))
        if rows["level"].dtype == "category"
        else rows
    )


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
@pytest.mark.parametrize("text", [False, True])
def test_both_ways_out_of_every_split_and_every_leaf_are_met(library, text):
    model, rows = model_of(library, text)
    subject = subject_of(model, plain(rows))
    forest = targets_of(subject).forests[0]
    assert forest is not None and len(codes_of(forest)) == 2
    coverage = Coverage(Phase.BOUNDARY, subject)
    met = np.zeros(len(forest.trees.left), bool)
    for chunk in chunks(Phase.BOUNDARY, subject, 1, Budget()):
        coverage.add(chunk, np.ones(chunk.batch.num_rows, bool))
        if chunk.input_class == "edge-category":
            met |= followed(forest.trees, features_of(subject, forest.anatomy, chunk.batch))[0]
    assert len(ways(forest)) > 50
    assert met[ways(forest)].mean() > 0.98  # a box beside a category may leave the column's valid range
    assert coverage.cuts and coverage.probed == coverage.cuts
    known, found = coverage.leaves
    assert known and found >= 0.99 * known


def test_a_path_that_asks_twice_for_other_categories_is_closed():
    model, rows = model_of("xgboost", False)
    forest = targets_of(subject_of(model, rows)).forests[0]
    assert forest is not None
    shut = closed(forest)
    rng = np.random.default_rng(2)
    features = np.column_stack([rng.normal(size=20_000) * 2, rng.integers(-1, 27, 20_000), rng.integers(-1, 5, 20_000)]).astype(
        float
    )
    reached = followed(forest.trees, features)[0]
    assert not (reached & shut).any()
    some = np.flatnonzero(reached)[:1].astype(np.int32)
    assert passes(forest.trees, np.repeat(some, len(features)), features).any()

"""LightGBM text models."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow as pa

from tests.contract.artifacts import Made, array, columns_of, numbers, target
from tests.contract.newer import replaced


def binary_trees(folder: Path) -> Made:
    import lightgbm

    path, batch = folder / "trees.txt", numbers()
    model = lightgbm.LGBMClassifier(n_estimators=30, min_child_samples=3, n_jobs=1, verbose=-1)
    model.fit(array(batch), target(batch)).booster_.save_model(path)
    return Made(path, columns_of(batch), batch, "prediction", model.booster_.predict(array(batch)).reshape(-1, 1))


def regression_with_missing(folder: Path) -> Made:
    """Named columns, an integer that is a category, zero as missing, a regression: what the text format can say."""
    import lightgbm

    path, batch = folder / "regression.lgb", numbers()
    codes = pa.array(np.arange(40, dtype=np.float32) % 4)
    batch = batch.set_column(2, "c", codes)
    data = lightgbm.Dataset(batch.to_pandas(), batch.column("b").to_numpy() * codes.to_numpy(), categorical_feature=["c"])
    chosen = {"objective": "regression", "zero_as_missing": True, "min_data_in_leaf": 3, "num_threads": 1, "verbose": -1}
    model = lightgbm.train(chosen | {"min_data_per_group": 2, "cat_smooth": 1}, data, 30)
    model.save_model(path)
    return Made(path, columns_of(batch), batch, "prediction", model.predict(batch.to_pandas()).reshape(-1, 1))


MAKERS = (binary_trees, regression_with_missing)


def newer(path: Path, folder: Path) -> Path:
    """The version of the text format, 4 since LightGBM 4."""
    return replaced(path, folder, re.compile(rb"(?<=\nversion=)v\d"), b"v99")


NEWER = (newer,)

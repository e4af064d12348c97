"""Pipelines as MLeap's own Python package exports them: being imported, it gives scikit-learn's classes their export."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.real.models import Made, frame


def bundle(model: Any, X: pd.DataFrame, y: Any, where: Path) -> Made:
    """The model behind a feature extractor, in MLeap's own pipeline, fitted and exported as its documentation has it."""
    import mleap.sklearn.ensemble.forest
    import mleap.sklearn.logistic
    import mleap.sklearn.pipeline  # noqa: F401 - for what the imports do
    from mleap.sklearn.preprocessing.data import FeatureExtractor
    from sklearn.pipeline import Pipeline

    names = list(X.columns)
    extractor = FeatureExtractor(input_scalars=names, output_vector="features", output_vector_items=names)
    more = {"feature_names": names} if hasattr(model, "n_estimators") else {}
    model.mlinit(input_features="features", prediction_column="prediction", **more)
    pipeline = Pipeline([(extractor.name, extractor), (model.name, model)])
    pipeline.mlinit()
    pipeline.fit(X, y)
    pipeline.serialize_to_bundle(str(where), "bundle", init=True)
    return Made(pipeline, where / "bundle.zip", X)


def three_classes_are_read_the_other_way_round(where: Path) -> Made:
    """The exporter writes the coefficients row by row, the runtime reads them column by column; no side says a word."""
    from sklearn.linear_model import LogisticRegression

    X, y = frame("wine")
    return bundle(LogisticRegression(max_iter=5_000), (X - X.mean()) / X.std(), y, where)


def forest_with_missing(where: Path, depth: int = 3) -> Made:
    """scikit-learn's forest learned a direction for missing values; a bundle has no place for it, and all NaN go right."""
    from sklearn.ensemble import RandomForestClassifier

    X, y = frame("breast_cancer")
    X = X.iloc[:, :6].mask(np.random.default_rng(1).random((len(X), 6)) < 0.1)
    return bundle(RandomForestClassifier(10, max_depth=depth, random_state=0), X, y, where)


def clean_two_classes(where: Path) -> Made:
    from sklearn.linear_model import LogisticRegression

    X, y = frame("breast_cancer")
    return bundle(LogisticRegression(max_iter=5_000), (X - X.mean()) / X.std(), y, where)


def forest_compared_in_double(where: Path) -> Made:
    """scikit-learn's forests compare floats, MLeap doubles: a row that lies between the two roundings takes another leaf."""
    from sklearn.ensemble import RandomForestClassifier

    X, y = frame("wine")
    return bundle(RandomForestClassifier(10, max_depth=5, random_state=0), X, y, where)


def clean_forest(where: Path) -> Made:
    from sklearn.ensemble import RandomForestClassifier

    X, y = frame("wine", np.float32)
    return bundle(RandomForestClassifier(10, max_depth=5, random_state=0), X, y, where)


def written_column_by_column(made: Made, path: Path) -> Made:
    """The same bundle with its coefficient matrix in the order in which the runtime reads it."""
    with zipfile.ZipFile(made.artifact) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if "logistic_regression" in name and name.endswith("model.json"):
                model = json.loads(content)
                matrix = model["attributes"]["coefficient_matrix"]
                rows = [size["size"] for size in matrix["shape"]["dimensions"]]
                matrix["double"] = np.reshape(matrix["double"], rows).ravel(order="F").tolist()
                content = json.dumps(model).encode()
            new.writestr(name, content)
    return Made(made.model, path, made.sample)

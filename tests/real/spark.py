"""Saved Spark pipelines, and their twins in Python: the numbers of the pipeline's files, computed by scikit-learn or NumPy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as parquet
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from tests.contract.makers.spark import unpacked
from tests.real.models import Made, frame


def rows_of(folder: Path, stage: str, table: str = "data") -> list[dict[str, Any]]:
    (file,) = folder.glob(f"stages/*_{stage}_*/{table}/part-*.parquet")
    found: list[dict[str, Any]] = parquet.read_table(file).to_pylist()
    return found


def vector(of: dict[str, Any]) -> np.ndarray:
    """A vector as Spark stores it: type 1 is dense, type 0 has places."""
    if of["type"] == 1:
        return np.array(of["values"])
    dense = np.zeros(of["size"])
    dense[of["indices"]] = of["values"]
    return dense


def matrix(of: dict[str, Any]) -> np.ndarray:
    assert of["type"] == 1
    shape = (of["numRows"], of["numCols"])
    return np.array(of["values"]).reshape(shape, order="C" if of["isTransposed"] else "F")


def digits(where: Path) -> Made:
    """Ten classes: scikit-learn's scaler and logistic regression with Spark's numbers in them."""
    X, y = frame("digits")
    folder = unpacked("digits", where)
    (learned,), (scaled,) = rows_of(folder, "LogisticRegression"), rows_of(folder, "StandardScaler")
    scaler, last = StandardScaler().fit(X), LogisticRegression(max_iter=1)
    scaler.mean_, std = vector(scaled["mean"]), vector(scaled["std"])
    scaler.scale_ = np.where(std == 0, 1.0, std)
    last.classes_, last.n_features_in_ = np.unique(y), X.shape[1]
    last.coef_, last.intercept_ = matrix(learned["coefficientMatrix"]), vector(learned["interceptVector"])
    return Made(Pipeline([("scaler", scaler), ("model", last)]), folder, X)


class Boosted(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Spark's boosted trees walked in NumPy, node by node."""

    classes_ = np.array([0, 1])

    def __init__(self, folder: Path, columns: tuple[str, ...]) -> None:
        self.folder, self.columns = folder, columns
        self.feature_names_in_, self.n_features_in_ = np.array(columns, object), len(columns)
        nodes = rows_of(folder, "GBTClassifier")
        self.weights = [row["_3"] for row in rows_of(folder, "GBTClassifier", "treesMetadata")]
        self.trees = [{n["nodeData"]["id"]: n["nodeData"] for n in nodes if n["treeID"] == i} for i in range(len(self.weights))]

    def decision_function(self, X: pd.DataFrame) -> np.ndarray:
        values = np.asarray(X, np.float64)
        total = np.zeros(len(values))
        for tree, weight in zip(self.trees, self.weights, strict=True):
            total += weight * self.walked(tree, 0, values)
        return total

    def walked(self, tree: dict[int, Any], node: int, values: np.ndarray) -> np.ndarray:
        here = tree[node]
        if here["leftChild"] < 0:
            return np.full(len(values), here["prediction"])
        left = values[:, here["split"]["featureIndex"]] <= here["split"]["leftCategoriesOrThreshold"][0]
        found = np.empty(len(values))
        for side, rows in (("leftChild", left), ("rightChild", ~left)):
            found[rows] = self.walked(tree, here[side], values[rows])
        return found

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        last = 1 / (1 + np.exp(-2 * self.decision_function(X)))
        return np.column_stack([1 - last, last])

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        return (self.decision_function(X) > 0).astype(int)


def tumour(where: Path) -> Made:
    X, _ = frame("breast_cancer")
    folder = unpacked("tumour", where)
    return Made(Boosted(folder, tuple(X.columns)), folder, X)


class Codes(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """One coefficient a code, none for the rarest; for Python 3.0 is 3."""

    classes_ = np.array([0, 1])
    feature_names_in_, n_features_in_ = np.array(["code"], object), 1

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (learned,), (indexed,) = rows_of(folder, "LogisticRegression"), rows_of(folder, "StringIndexer")
        (labels,) = indexed["labelsArray"]
        weights = np.append(matrix(learned["coefficientMatrix"])[0], 0.0)
        self.margin = {int(label): w + vector(learned["interceptVector"])[0] for label, w in zip(labels, weights, strict=True)}

    def decision_function(self, X: pd.DataFrame) -> np.ndarray:
        return np.array([self.margin[int(code)] for code in X["code"]])

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        last = 1 / (1 + np.exp(-self.decision_function(X)))
        return np.column_stack([1 - last, last])

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        return (self.decision_function(X) > 0).astype(int)


def codes(where: Path, dtype: type) -> Made:
    """The categories were whole numbers when the pipeline was fitted; a caller may have them as doubles."""
    folder = unpacked("codes", where)
    return Made(Codes(folder), folder, pd.DataFrame({"code": np.random.default_rng(3).integers(0, 9, 600).astype(dtype)}))

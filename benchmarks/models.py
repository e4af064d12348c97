"""The two models of the table, trained once: logistic regression and a forest of 100 trees over 30 numeric columns."""

from __future__ import annotations

import hashlib
import importlib.metadata
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

WORK = Path(__file__).parent / "work"
WIDTH = 30
NAMES = [f"x{i}" for i in range(WIDTH)]
PROBABILITY = "probability(1)"
_MADE_BY = ("scikit-learn", "sklearn2pmml", "numpy")


def artifact(name: str) -> Path:
    """The PMML file of "lr" or "rf"."""
    return _made() / f"{name}.pmml"


def reference(name: str) -> Path:
    """The estimator's .joblib, fitted on an array, as the naive test of the comparison calls it too."""
    return _made() / f"{name}.joblib"


@cache
def estimator(name: str) -> Any:
    """The estimator itself, on one thread."""
    import joblib

    model = joblib.load(reference(name))
    if hasattr(model, "n_jobs"):
        model.n_jobs = 1
    return model


def rows(count: int, seed: int = 3) -> npt.NDArray[np.float64]:
    """Rows like the training data, shape (count, 30)."""
    features, _ = training()
    generator = np.random.default_rng(seed)
    return features[generator.integers(0, len(features), count)] + generator.normal(0, 0.05, (count, WIDTH))


def batch(count: int, seed: int = 3) -> pa.RecordBatch:
    """The same as an Arrow batch."""
    data = np.asfortranarray(rows(count, seed))
    return pa.RecordBatch.from_arrays([pa.array(data[:, i]) for i in range(WIDTH)], names=NAMES)


def training() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Features, shape (20,000, 30), and the class of each row."""
    from sklearn.datasets import make_classification

    features, target = make_classification(20_000, WIDTH, n_informative=12, random_state=7)
    return features, target


@cache
def _made() -> Path:
    """The folder of models made by these versions; they are made where it is not there."""
    versions = ";".join(f"{name}={importlib.metadata.version(name)}" for name in _MADE_BY)
    folder = WORK / f"models-{hashlib.sha256(versions.encode()).hexdigest()[:12]}"
    if not (folder / "done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        _make(folder)
        (folder / "done").write_text(versions)
    return folder


def _make(folder: Path) -> None:
    import joblib
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn2pmml import make_pmml_pipeline, sklearn2pmml

    features, target = training()
    untrained = {"lr": LogisticRegression(max_iter=500), "rf": RandomForestClassifier(100, max_depth=8, random_state=0, n_jobs=2)}
    for name, model in untrained.items():
        model.fit(features, target)
        joblib.dump(model, folder / f"{name}.joblib")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sklearn2pmml(make_pmml_pipeline(model, NAMES, ["y"]), str(folder / f"{name}.pmml"))

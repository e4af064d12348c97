"""Which reader reads a model object: by the class's module and name, so that no library is imported just to look."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from parity.anatomy.boosters import catboost_json, lightgbm_dump, xgboost_json
from parity.anatomy.part import Part, unread
from parity.anatomy.scikit import ensembles, isolation, linear, naive_bayes, shown, smooth
from parity.anatomy.scikit import histogram as sklearn_histogram
from parity.anatomy.scikit import trees as sklearn_trees

# Wrappers whose scores are those of an estimator that they hold.
_HOLDERS = {
    "GridSearchCV": "best_estimator_",
    "RandomizedSearchCV": "best_estimator_",
    "HalvingGridSearchCV": "best_estimator_",
    "HalvingRandomSearchCV": "best_estimator_",
    "FixedThresholdClassifier": "estimator_",
    "TunedThresholdClassifierCV": "estimator_",
}


def held(model: Any) -> Any:
    """The estimator that answers, where the model is a search over estimators or a threshold on one."""
    while type(model).__name__ in _HOLDERS and hasattr(model, _HOLDERS[type(model).__name__]):
        model = getattr(model, _HOLDERS[type(model).__name__])
    return model


def library(model: Any) -> str:
    """The top-level package in which the model's class, or the nearest base that is not the user's own, is defined."""
    known = {"sklearn", "xgboost", "lightgbm", "catboost", "onnxruntime", "h2o"}
    homes = [c.__module__.partition(".")[0] for c in type(model).__mro__]
    return next((h for h in homes if h in known), homes[0])


def read_last(model: Any, columns: int) -> Part:
    """The structure of a model that is no pipeline, with what it shows of its data.

    `columns` counts its features where it does not say so itself.
    """
    part = _structure(model, columns)
    if part.ranges or library(model) != "sklearn":
        return part
    ranges = shown.ranges(model)
    return replace(part, ranges=ranges) if len(ranges) == part.features else part


def _structure(model: Any, columns: int) -> Part:
    name, home = type(model).__name__, library(model)
    features = getattr(model, "n_features_in_", columns)
    if home == "sklearn" and name in sklearn_trees.NAMES:
        return sklearn_trees.read(model, lambda one, width: read_last(held(one), width))
    if home == "sklearn" and name in sklearn_histogram.NAMES:
        return sklearn_histogram.read(model)
    if home == "sklearn" and name in ensembles.NAMES:
        return ensembles.read(model, int(features), lambda one, width: read_last(held(one), width))
    if home == "sklearn" and name == "IsolationForest":
        return isolation.read(model)
    if home == "sklearn" and name == "IsotonicRegression":
        return shown.isotonic(model)
    if home == "sklearn" and linear.recognises(model):
        return linear.read(model)
    if home == "sklearn" and naive_bayes.recognises(model):
        return naive_bayes.read(model)
    if home == "sklearn" and smooth.recognises(model):
        return smooth.read(model)
    if home == "xgboost":
        return xgboost_json.read_wrapper(model) if hasattr(model, "get_booster") else xgboost_json.read_booster(model)
    if home == "lightgbm":
        return lightgbm_dump.read_booster(getattr(model, "booster_", model))
    if home == "catboost":
        return catboost_json.read(model)
    return unread(int(features), f"what {name} computes")

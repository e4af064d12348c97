"""What models without trees show of their training data: the range of each feature, and knots along a single one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from parity.anatomy.part import Part, Range

# Standard deviations about a class's mean that count as seen, as about a scaler's (DESIGN section 5).
SPREAD = 4.0


def ranges(model: Any) -> tuple[Range | None, ...]:
    """Ranges by feature of a fitted scikit-learn model; empty where it keeps nothing of its data."""
    rule = _RULES.get(type(model).__name__)
    found = rule(model) if rule is not None else None
    if found is None:
        return ()
    low, high = (np.ravel(np.asarray(side, dtype=np.float64)) for side in found)
    return tuple(
        (float(a), float(b)) if np.isfinite(a) and np.isfinite(b) and a < b else None for a, b in zip(low, high, strict=True)
    )


def isotonic(model: Any) -> Part:
    """Isotonic regression: a line between knots, flat beyond the ends (or refused there). It bends at the knots."""
    knots = tuple((0, float(x), False) for x in np.unique(np.asarray(model.X_thresholds_, dtype=np.float64)))
    return Part(1, knots=knots, ranges=((float(model.X_min_), float(model.X_max_)),))


Extent = tuple[Any, Any] | None


def _of_rows(rows: Any) -> Extent:
    """Least and largest value by column; nothing of sparse data, whose zeros are not stored."""
    if hasattr(rows, "toarray") or not len(rows):
        return None
    return np.min(rows, axis=0), np.max(rows, axis=0)


def _neighbours(model: Any) -> Extent:
    return _of_rows(model._fit_X)


def _support_vectors(model: Any) -> Extent:
    """The vectors that the model keeps lie at the border between classes, or outside the tube: the data reaches further."""
    if model.kernel == "precomputed":
        return None
    return _of_rows(model.support_vectors_)


def _training_rows(model: Any) -> Extent:
    return _of_rows(model.X_train_)


def _gaussian(model: Any) -> Extent:
    sigma = np.sqrt(np.asarray(model.var_))
    return (model.theta_ - SPREAD * sigma).min(axis=0), (model.theta_ + SPREAD * sigma).max(axis=0)


def _categorical(model: Any) -> Extent:
    return np.zeros(len(model.n_categories_)), np.asarray(model.n_categories_) - 1


def _binary(model: Any) -> Extent:
    width = int(model.n_features_in_)
    return np.zeros(width), np.ones(width)


_RULES: dict[str, Callable[[Any], Extent]] = {
    "KNeighborsClassifier": _neighbours,
    "KNeighborsRegressor": _neighbours,
    "RadiusNeighborsClassifier": _neighbours,
    "RadiusNeighborsRegressor": _neighbours,
    "SVC": _support_vectors,
    "NuSVC": _support_vectors,
    "SVR": _support_vectors,
    "NuSVR": _support_vectors,
    "OneClassSVM": _support_vectors,
    "GaussianProcessRegressor": _training_rows,
    "GaussianNB": _gaussian,
    "CategoricalNB": _categorical,
    "BernoulliNB": _binary,
}

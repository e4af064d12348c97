"""scikit-learn's linear models: anything with `coef_` and `intercept_`."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity.anatomy.part import Part
from parity.values.anatomy import Linear

# Generalised linear models: exp of the margin, but for Tweedie models of the normal distribution.
_LOGARITHMIC = {"PoissonRegressor", "GammaRegressor", "TweedieRegressor"}


def recognises(model: Any) -> bool:
    """Is it a fitted linear model of scikit-learn (linear_model, LinearSVC, LinearSVR)?"""
    module = type(model).__module__
    home = module.startswith("sklearn.linear_model") or type(model).__name__ in {"LinearSVC", "LinearSVR"}
    return home and hasattr(model, "coef_") and hasattr(model, "intercept_")


def read(model: Any) -> Part:
    """Weights (outputs, features), intercept and the link of `predict_proba` where there is one."""
    weights = np.atleast_2d(np.asarray(_dense(model.coef_)))
    intercept = np.broadcast_to(np.ravel(np.asarray(model.intercept_, dtype=np.float64)), (len(weights),))
    link = _link(model, len(weights))
    precision = "float32" if weights.dtype == np.float32 else "float64"
    notes = (f"link of {type(model).__name__}",) if link == "unknown" else ()
    return Part(weights.shape[1], linear=Linear(weights.astype(np.float64), intercept.copy(), link, precision), unread=notes)


def _dense(coefficients: Any) -> Any:
    return coefficients.toarray() if hasattr(coefficients, "toarray") else coefficients


def _link(model: Any, outputs: int) -> str:
    name = type(model).__name__
    if name in _LOGARITHMIC:
        identity = name == "TweedieRegressor" and (model.link == "identity" or (model.link == "auto" and model.power <= 0))
        return "identity" if identity else "exp"
    if not hasattr(model, "predict_proba"):
        return "identity"
    if name.startswith("LogisticRegression"):
        return _logistic_regression_link(model, outputs)
    return "logistic" if outputs == 1 and getattr(model, "loss", "") == "log_loss" else "unknown"


def _logistic_regression_link(model: Any, outputs: int) -> str:
    """Binary models use the logistic unless asked for "multinomial"; more classes use softmax unless one against the rest."""
    asked = getattr(model, "multi_class", "auto")
    if outputs == 1:
        return "unknown" if asked == "multinomial" else "logistic"
    return "unknown" if asked == "ovr" or model.solver == "liblinear" else "softmax"

"""scikit-learn's naive Bayes over counts and flags: linear in its inputs, compared by exp(m - log sum exp m)."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity.anatomy.part import Part
from parity.anatomy.scikit import of_scikit_learn
from parity.numeric.bounds import dot_bound, dot_variance, random_bound
from parity.values.anatomy import Floats, Linear, Smooth

LINK = "log-softmax"


def recognises(model: Any) -> bool:
    """Is it a fitted naive Bayes model over counts or flags?"""
    name = type(model).__name__
    return of_scikit_learn(model) and name in ("MultinomialNB", "BernoulliNB") and hasattr(model, "classes_")


def read(model: Any) -> Part:
    """Multinomial: m = log P(x|c) . x + log P(c). Bernoulli: the same over flags, with log(1 - P) where a flag is not set."""
    weights = np.asarray(model.feature_log_prob_, np.float64)
    prior = np.asarray(model.class_log_prior_, np.float64)
    width = weights.shape[1]
    if type(model).__name__ == "MultinomialNB":
        return Part(width, linear=Linear(weights, prior, LINK))
    absent = np.log1p(-np.exp(weights))
    border = model.binarize
    knots = () if border is None else tuple((j, float(border), False) for j in range(width))
    return Part(width, smooth=_flags(weights, absent, prior, border), knots=knots)


def _flags(present: Floats, absent: Floats, prior: Floats, border: float | None) -> Smooth:
    """m = sum of log P or log(1 - P) + log prior, as f (present - absent) + sum absent + log prior or term by term.

    The first form adds terms of both signs, up to |present| + 2 |absent| in size: its bound holds for the second as well.
    """
    both, fixed = np.abs(present) + np.abs(absent), np.abs(absent).sum(1) + np.abs(prior)

    def error(z: Floats, dz: Floats, u: float) -> Floats:
        flags = z if border is None else (z > border).astype(np.float64)
        moved = dz @ both.T if border is None else np.zeros((len(z), 1))
        size, terms = np.abs(flags) @ both.T + fixed, present.shape[1]
        squares = flags**2 @ both.T**2 + (absent**2).sum(1) + prior**2
        certain = dot_bound(size, 2 * terms, u)
        return np.asarray(np.minimum(certain, random_bound(dot_variance(size, size, squares, 2 * terms), u)) + moved)

    return Smooth(error, LINK, "sum of log-probabilities: min(gamma(2n + 2) sum|terms|, random roundings)")

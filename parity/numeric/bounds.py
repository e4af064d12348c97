"""Bounds on the drift that floating-point arithmetic alone explains.

u is the unit roundoff of the precision in which a side computes, gamma(n) = n u / (1 - n u)
(Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 3.1).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

DELTA = 1e-6
"""Probability with which the probabilistic bound may fail for one sum."""


LAMBDA = math.sqrt(2 * math.log(2 / DELTA))
"""Hoeffding: independent roundings of sizes c_i add up to at most LAMBDA sqrt(sum c_i^2), with probability 1 - DELTA."""


def gamma(n: int, u: float) -> float:
    """n u / (1 - n u), or inf where n u >= 1 (no bound)."""
    return n * u / (1 - n * u) if n * u < 1 else math.inf


def sum_bound(magnitudes: Floats, u: float) -> Floats:
    """Error of adding up n terms with |term t| <= magnitudes[..., t] in precision u, each first rounded to u.

    The smaller of the deterministic bound gamma(n) sum|v| (any order of summation; n - 1 additions and one rounding of
    each term; Higham 4.2) and the probabilistic one u sqrt(2 ln(2/delta)) sqrt(sum s_k^2) + u sum|v| with the running
    sums s_k (Higham & Mary 2019; Hallman & Ipsen 2021), in the given order.
    """
    total = magnitudes.sum(axis=-1)
    running = np.sqrt((np.cumsum(magnitudes, axis=-1) ** 2).sum(axis=-1))
    probabilistic = u * LAMBDA * running + u * total
    deterministic = gamma(magnitudes.shape[-1], u) * total
    return np.asarray(np.minimum(deterministic, probabilistic), dtype=np.float64)


def dot_bound(magnitude: Floats, terms: int, u: float) -> Floats:
    """Error of w.x + b with sum|w x| + |b| = magnitude: gamma(n + 2) magnitude (weights and inputs rounded to u as well)."""
    return gamma(terms + 2, u) * magnitude


def logistic_bound(probability: Floats, margin_error: Floats, u: float) -> Floats:
    """|dp| for p = 1 / (1 + exp(-m)) when the margin is off by margin_error.

    p (1 - p) is the derivative; its own change over the error adds |dm| / 10 (|p''| <= 0.0963). 4 u: one rounding each of
    exp, sum and quotient, and of 1 - p, which is how ONNX Runtime computes the smaller half (so small p is a multiple of u).
    """
    slope = probability * (1 - probability) + 0.1 * margin_error
    return np.asarray(np.minimum(0.25, slope) * margin_error + 4 * u, dtype=np.float64)


def exp_bound(score: Floats, margin_error: Floats, u: float) -> Floats:
    """|dy| for y = exp(m) when the margin is off by margin_error: y (exp(dm) - 1), and 4 u.

    An exponential is within one unit in the last place, which is 2 u, on each of the two sides.
    """
    return np.asarray(np.abs(score) * (np.expm1(np.minimum(margin_error, 700.0)) + 4 * u), dtype=np.float64)


def softmax_bound(probability: Floats, margin_error: Floats, u: float) -> Floats:
    """|dp_i| <= p_i (2 max|dx| + (n + 4) u) + 2 u, first order (Blanchard, Higham & Higham 2021); shapes (rows, n), (rows, n)."""
    n = probability.shape[-1]
    worst = margin_error.max(axis=-1, keepdims=True)
    return np.asarray(probability * (2 * worst * (1 + worst) + (n + 4) * u) + 2 * u, dtype=np.float64)

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


def dot_variance(magnitude: Floats, value: Floats, squares: Floats, terms: int) -> Floats:
    """Sum of squares of the roundings, in units of u^2, of w.x + b = value, whatever the order of its n + 1 terms.

    An addition rounds a partial sum, which lies between the sum of the negative terms and that of the positive ones: at most
    (magnitude + |value|) / 2, n of them. A term rounds for its weight, its input and their product: 3 `squares`, which is
    sum (w x)^2 + b^2. Independent roundings of these sizes add up to LAMBDA u sqrt(variance) (`random_bound`).
    """
    return np.asarray(terms * ((magnitude + np.abs(value)) / 2) ** 2 + 3 * squares)


def random_bound(variance: Floats, u: float) -> Floats:
    """LAMBDA u sqrt(variance): Hoeffding's inequality for independent roundings, as in Higham & Mary (2019), Theorem 2.4."""
    return np.asarray(LAMBDA * u * np.sqrt(variance))


def logistic_bound(probability: Floats, margin_error: Floats, u: float) -> Floats:
    """|dp| for p = 1 / (1 + exp(-m)) when the margin is off by d = margin_error: at most p (1 - p) (exp(d) - 1), and d / 4.

    The first is exact algebra: p' - p = p (1 - p) (e^d - 1) / (p e^d + 1 - p), and the same with -d; the second is the largest
    slope. 4 u: one rounding each of exp, sum and quotient, and of 1 - p, which is how ONNX Runtime computes the smaller half
    (so small p is a multiple of u).
    """
    moved = np.minimum(0.25 * margin_error, probability * (1 - probability) * np.expm1(np.minimum(margin_error, 700.0)))
    return np.asarray(moved + 4 * u, dtype=np.float64)


COUPLING_SLOPE, COUPLING_OFFSET, COUPLING_ROUNDINGS = 1.11, 0.005, 5
"""What libsvm's coupling does to two probabilities r and 1 - r: see `platt_bound`."""


def platt_bound(probability: Floats, margin_error: Floats, u: float) -> Floats:
    """|dp| of libsvm's probability of two classes, whose r = 1 / (1 + exp(A f + B)) is off as `logistic_bound` says.

    Two classes too go through the iteration of Wu, Lin & Weng (2004, second method), which libsvm ends at a residual of
    0.005 / k: at p = 1/2, or after one or two steps. So p is within 0.005 of r, jumps at six places of r, and has a slope of at
    most 1.11 in between; its arithmetic adds at most 5 roundings of 1. The three numbers are those of 2,000,000 places of r, from
    1e-7 to 1 - 1e-7, of which tests/numeric/test_platt.py goes through a fifth. A jump is no rounding and is not explained.
    """
    largest = np.minimum(0.25, probability * (1 - probability) + COUPLING_OFFSET)
    moved = np.minimum(0.25 * margin_error, largest * np.expm1(np.minimum(margin_error, 700.0)))
    return np.asarray(COUPLING_SLOPE * moved + (4 + COUPLING_ROUNDINGS) * u, dtype=np.float64)


def exp_bound(score: Floats, margin_error: Floats, u: float) -> Floats:
    """|dy| for y = exp(m) when the margin is off by margin_error: y (exp(dm) - 1), and 4 u.

    An exponential is within one unit in the last place, which is 2 u, on each of the two sides.
    """
    return np.asarray(np.abs(score) * (np.expm1(np.minimum(margin_error, 700.0)) + 4 * u), dtype=np.float64)


SMALLEST = 2.0**-126
"""The smallest normal float32: probabilities below it may be flushed to zero."""


def softmax_bound(probability: Floats, margin_error: Floats, u: float) -> Floats:
    """|dp_i| of a softmax whose margin j is off by at most w_j; shapes (rows, n), (rows, n).

    With X_j = exp(w_j) - 1 and E = sum p_j X_j: |dp_i| <= p_i e^E ((1 - 2 p_i) X_i + E). It is exact algebra: p_i moves to
    p_i e^(d_i) / sum p_j e^(d_j), whose difference from p_i is p_i sum_{j != i} p_j (e^(d_i) - e^(d_j)) over that sum; a term is
    at most X_i + X_j, and the sum is at least exp(-E) by Jensen's inequality. So a margin that is far off counts only as much
    as its class does, and a probability near 1 hardly moves.
    The arithmetic: n + 4 roundings of p for exponential, sum and quotient (Blanchard, Higham & Higham 2021), and that of the
    difference from the largest margin, which is ln(max p / p_i).
    """
    return np.asarray(_softmax(probability, margin_error, u, common=False))


def log_softmax_bound(probability: Floats, margin_error: Floats, u: float) -> Floats:
    """As `softmax_bound` for p_i = exp(m_i - log sum exp m): what the logarithm is off by moves all p_i alike, 1 included.

    |dp_i| <= p_i (exp(w_i + E) - 1): here the margins' errors w must cover the roundings of the logarithm of their sum, which
    is as large as the largest margin.
    """
    return np.asarray(_softmax(probability, margin_error, u, common=True))


def _softmax(probability: Floats, margin_error: Floats, u: float, *, common: bool) -> Floats:
    n = probability.shape[-1]
    p = np.maximum(probability, SMALLEST)  # one that a side has flushed to zero may still be anything below
    off = np.expm1(np.minimum(margin_error, 600.0))
    mean = np.minimum((p * off).sum(axis=-1, keepdims=True), 600.0)
    moved = np.expm1(np.minimum(margin_error + mean, 600.0)) if common else np.exp(mean) * ((1 - 2 * p) * off + mean)
    size = np.log(np.maximum(p.max(axis=-1, keepdims=True) / p, 1.0))
    return np.asarray(p * (np.maximum(moved, 0.0) + (n + 4 + size) * u) + SMALLEST)

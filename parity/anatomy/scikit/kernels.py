"""Kernel machines of scikit-learn, f = sum a_i k(z, s_i) + b, with the rounding errors of their own arithmetic.

Whatever the kernel: what z is off by moves every term alike, |grad f| dz and the rest of second order; the roundings of a term
are its own; those of the sum have the size of the partial sums. Independent roundings add up to LAMBDA u sqrt(sum of squares)
with probability 1 - DELTA (Higham & Mary 2019).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity.numeric.bounds import LAMBDA
from parity.values.anatomy import Floats, Smooth

# Rows at once: rows times support vectors stay within a few megabytes.
_CELLS = 2_000_000

Curve = Callable[[Floats], tuple[Floats, Floats, Floats]]
"""q to phi(q), |phi'(q)| with its sign, and a bound on |phi''| near q."""


@dataclass(frozen=True)
class Expansion:
    """f = sum `weights` k(z / `length`, `vectors`) + `constant`; `vectors` (n, features) are divided by `length` already.

    `products` counts the roundings of one term that are neither its kernel's argument nor the sum's.
    """

    vectors: Floats
    weights: Floats
    constant: float
    products: int = 3
    length: Floats | float = 1.0


@dataclass(frozen=True)
class Terms:
    """The terms (rows, n) of an expansion, what dz does to their sum (rows,), and squares of their roundings in units of u."""

    value: Floats
    moved: Floats
    own: Floats


Kernel = Callable[[Expansion, Floats, Floats, float], Terms]


def support_vectors(model: Any) -> Smooth | None:
    """The rule of a support vector machine with one decision function; None where there is none.

    With `probability` the link is "platt" and its margin A f + B; the decision function is then an output of its own.
    """
    two = len(getattr(model, "classes_", (0, 1))) == 2
    if not two or hasattr(model.support_vectors_, "toarray") or callable(model.kernel):
        return None
    kernel = _of_libsvm(model)
    if kernel is None:
        return None
    vectors, weights = np.asarray(model.support_vectors_, np.float64), np.ravel(np.asarray(model.dual_coef_, np.float64))
    expansion = Expansion(vectors, weights, float(np.ravel(model.intercept_)[0]))
    plain = _smooth(expansion, kernel, f"{len(vectors)} {model.kernel} kernels")
    return _platt(model, plain) if getattr(model, "probability", False) else plain


def gaussian_process(model: Any) -> Smooth | None:
    """The mean of a Gaussian process of one output whose kernel is a Gaussian, times a constant, plus white noise or not."""
    found = _gaussian(getattr(model, "kernel_", None))
    alpha = np.asarray(getattr(model, "alpha_", np.zeros(0)), np.float64)
    if found is None or np.size(model._y_train_std) != 1 or alpha.size != len(model.X_train_):
        return None
    factor, length = found
    vectors, spread = np.asarray(model.X_train_, np.float64) / length, float(np.ravel(model._y_train_std)[0])
    expansion = Expansion(vectors, factor * spread * np.ravel(alpha), float(np.ravel(model._y_train_mean)[0]), 6, length)
    return _smooth(expansion, _gauss(0.5), f"{len(vectors)} Gaussian kernels")


def _gaussian(kernel: Any) -> tuple[float, Floats] | None:
    """Factor and length scale."""
    name = type(kernel).__name__
    if name == "RBF":
        return 1.0, np.asarray(kernel.length_scale, np.float64)
    inner: list[Any] = [getattr(kernel, "k1", None), getattr(kernel, "k2", None)]
    kinds = [type(k).__name__ for k in inner]
    if name == "Product" and "ConstantKernel" in kinds:
        at = kinds.index("ConstantKernel")
        found = _gaussian(inner[1 - at])
        return None if found is None else (float(inner[at].constant_value) * found[0], found[1])
    if name == "Sum" and "WhiteKernel" in kinds:  # white noise adds nothing between a new row and a training row
        return _gaussian(inner[1 - kinds.index("WhiteKernel")])
    return None


def _of_libsvm(model: Any) -> Kernel | None:
    g, shift, degree = float(model._gamma), float(model.coef0), int(model.degree)
    curves: dict[str, tuple[float, float, int, Curve]] = {
        "linear": (1.0, 0.0, 0, _straight),
        "poly": (g, shift, degree + 4, lambda q: _power(q, degree)),
        "sigmoid": (g, shift, 4, _tanh),
    }
    if model.kernel == "rbf":
        return _gauss(g)
    return _dot(*curves[model.kernel]) if model.kernel in curves else None


def _straight(q: Floats) -> tuple[Floats, Floats, Floats]:
    return q, np.ones_like(q), np.zeros_like(q)


def _power(q: Floats, degree: int) -> tuple[Floats, Floats, Floats]:
    return q**degree, degree * q ** max(degree - 1, 0), np.abs(degree * (degree - 1) * q ** max(degree - 2, 0))


def _tanh(q: Floats) -> tuple[Floats, Floats, Floats]:
    """|tanh''| <= 4 / sqrt(27) < 0.77."""
    value = np.tanh(q)
    return value, 1 - value**2, np.full_like(q, 0.77)


def _dot(g: float, shift: float, roundings: int, curve: Curve) -> Kernel:
    """k = phi(q), q = g s.z + shift. q adds n products, whose partial sums are at most |s||z| = m: n g^2 m^2 of squares, and 3
    of each product; its factor, shift and own value round once or twice more. phi rounds its value `roundings` times.
    """

    def terms(of: Expansion, z: Floats, dz: Floats, u: float) -> Terms:
        product, size = z @ of.vectors.T, np.abs(z) @ np.abs(of.vectors).T
        q = g * product + shift
        value, first, second = curve(q)
        off = g**2 * ((z.shape[1] + 3) * size**2 + 9 * product**2) + shift**2 + q**2
        slope = np.abs(g * (of.weights * first) @ of.vectors)
        reach = np.abs(g) * dz @ np.abs(of.vectors).T + LAMBDA * u * np.sqrt(off)
        moved = (slope * dz).sum(1) + (np.abs(of.weights) * second * reach**2).sum(1) / 2
        own = of.weights**2 * (first**2 * off + (of.products + roundings) ** 2 * value**2)
        return Terms(of.weights * value, moved, own)

    return terms


def _gauss(g: float) -> Kernel:
    """k = exp(-g D), D = |z - s|^2: (n + 6) g D for the distance and its exponent, 2 g |z - s| |s| for the support vector."""

    def terms(of: Expansion, z: Floats, dz: Floats, u: float) -> Terms:
        del u
        s, n = of.vectors, z.shape[1]
        away = np.maximum((z**2).sum(1)[:, None] + (s**2).sum(1) - 2 * z @ s.T, 0.0)
        value = of.weights * np.exp(-g * away)
        slope = 2 * g * np.abs(z * value.sum(1)[:, None] - value @ s)
        reach = np.sqrt((dz**2).sum(1))[:, None]
        rest = (np.abs(value) * ((2 * g * np.sqrt(away) * reach) ** 2 + g * reach**2)).sum(1)
        placed = np.maximum(z**2 @ (s**2).T - 2 * z @ (s**3).T + (s**4).sum(1), 0.0)
        own = (value * (of.products + (n + 6) * g * away)) ** 2 + of.products / 3 * (2 * g * value) ** 2 * placed
        return Terms(value, (slope * dz).sum(1) + rest, own)

    return terms


def _smooth(of: Expansion, kernel: Kernel, what: str) -> Smooth:
    scaled = np.any(np.asarray(of.length) != 1.0)

    def some(z: Floats, dz: Floats, u: float) -> Floats:
        z = z / of.length
        dz = dz / of.length + (2 * u * np.abs(z) if scaled else 0.0)
        terms = kernel(of, z, dz, u)
        partial = np.cumsum(terms.value, axis=1)
        squares = (terms.own + partial**2 + (partial + of.constant) ** 2).sum(1)
        return np.asarray(terms.moved + LAMBDA * u * np.sqrt(squares) + 2 * u * abs(of.constant))[:, None]

    def error(z: Floats, dz: Floats, u: float) -> Floats:
        step = max(1, _CELLS // len(of.vectors))
        parts = [some(z[i : i + step], dz[i : i + step], u) for i in range(0, len(z), step)]
        return np.vstack(parts) if parts else np.zeros((0, 1))

    return Smooth(error, "identity", f"{what}: |grad f| dz + {LAMBDA:.1f} u |partial sums and own roundings|")


def _platt(model: Any, plain: Smooth) -> Smooth:
    """libsvm's probability of two classes: the logistic of A f + B, coupled (`bounds.platt_bound`); A, B, product, sum round."""
    slope, constant = abs(float(model.probA_[0])), abs(float(model.probB_[0]))

    def error(z: Floats, dz: Floats, u: float) -> Floats:
        off = plain.error(z, dz, u)
        size = np.abs(np.asarray(model.decision_function(z), np.float64)).reshape(-1, 1)
        return np.asarray(slope * off + 3 * u * slope * size + 2 * u * constant)

    return Smooth(error, "platt", f"|A| df + 3 u |A f| + 2 u |B|, df of {plain.formula}", decision=plain.error)

"""scikit-learn's models that neither jump nor are linear, with the rounding errors of their own arithmetic.

Each `error(z, dz, u)` bounds |d margin|, (rows, outputs), for features z (rows, n) that are off by dz, where every operation
and every learned constant is rounded to unit roundoff u. Sums of many terms use Hoeffding's inequality over the independent
roundings, as Higham & Mary (2019) do: LAMBDA u sqrt(sum of squares) holds with probability 1 - DELTA.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from parity.anatomy.part import Part
from parity.anatomy.scikit import kernels, of_scikit_learn
from parity.numeric.bounds import LAMBDA, gamma
from parity.values.anatomy import Floats, Smooth

# Rows at once: rows times support vectors stay within a few megabytes.
_CELLS = 2_000_000


def recognises(model: Any) -> bool:
    """Is there a rule for this fitted model?"""
    return _rule(model) is not None


def read(model: Any) -> Part:
    """The rule of a model that `recognises` knows; kernel machines are in `kernels`."""
    return Part(int(model.n_features_in_), smooth=_rule(model))


def _rule(model: Any) -> Smooth | None:
    """By the class's name; None for other models, and for those whose kernel or weights have no rule."""
    rules: dict[str, Callable[[Any], Smooth | None]] = {
        "GaussianNB": _naive_bayes,
        "GaussianProcessRegressor": kernels.gaussian_process,
        "IsolationForest": _isolation,
        "KNeighborsClassifier": _neighbours,
        "KNeighborsRegressor": _neighbours,
        "MLPClassifier": _network,
        "MLPRegressor": _network,
        **dict.fromkeys(("SVC", "NuSVC", "SVR", "NuSVR"), kernels.support_vectors),
    }
    rule = rules.get(type(model).__name__) if of_scikit_learn(model) else None
    return None if rule is None else rule(model)


def _neighbours(model: Any) -> Smooth | None:
    """The mean of the k nearest rows' targets, each of the same weight: (k + 2) roundings of the largest.

    Which rows are nearest is not computed with: a runtime that finds another neighbour jumps, and that is no rounding.
    """
    if model.weights != "uniform":
        return None
    largest = 1.0 if hasattr(model, "classes_") else float(np.abs(np.asarray(model._y, np.float64)).max())
    count = int(model.n_neighbors)

    def error(z: Floats, dz: Floats, u: float) -> Floats:
        del dz
        return np.full((len(z), 1), gamma(count + 2, u) * largest)

    return Smooth(error, "identity", f"mean of {count} targets: gamma({count} + 2) {largest:.3g}")


def _naive_bayes(model: Any) -> Smooth:
    """log p_c = log prior - sum log(2 pi var) / 2 - sum (z - mean)^2 / (2 var); compared by exp(m - log sum exp m).

    The difference is off by dz, by the rounding of the mean and by its own; squares, quotients, sum and
    the logarithm of their total by n + 10 more.
    """
    means, spread = np.asarray(model.theta_), np.asarray(model.var_)
    fixed = (np.abs(np.log(2 * np.pi * spread)) / 2).sum(1) + np.abs(np.log(model.class_prior_))

    def error(z: Floats, dz: Floats, u: float) -> Floats:
        out = np.empty((len(z), len(means)))
        for c, (mean, var) in enumerate(zip(means, spread, strict=True)):
            off = np.abs(z - mean)
            moved = dz + u * np.abs(mean) + u * off
            square = ((off + moved) ** 2 / (2 * var)).sum(1)
            out[:, c] = (moved * (off + moved / 2) / var).sum(1) + gamma(z.shape[1] + 10, u) * (square + fixed[c])
        return out

    return Smooth(error, "log-softmax", "sum |z - mean| dz / var + gamma(n + 10) sum (z - mean)^2 / 2 var")


def _isolation(model: Any) -> Smooth:
    """f = -2^-x - offset, x the mean of T path lengths over a constant: x 2^-x ln 2 <= 1 / e is what a relative error of x moves.

    A sum of T positive terms is off by LAMBDA u sqrt(T + 1) of itself at most (partial sums are no larger than the sum, and
    each term is rounded once); two quotients add 2 u, exponent and power 4 u of at most one, the offset its own rounding.
    The inputs choose leaves and are not computed with: what they are off by does not enter.
    """
    trees, offset = len(model.estimators_), abs(float(model.offset_))

    def error(z: Floats, dz: Floats, u: float) -> Floats:
        del dz
        return np.full((len(z), 1), u * ((LAMBDA * np.sqrt(trees + 1) + 2) / np.e + 4 + offset))

    return Smooth(error, "identity", f"mean of {trees} path lengths: u (({LAMBDA:.1f} sqrt(T + 1) + 2) / e + 4 + |offset|)")


def _network(model: Any) -> Smooth:
    """What the input is off by goes through the whole network: |J| dz. The roundings of a unit are its own, (n + 2) of the
    size |W||h| + |b| of its sum and 4 of its activation, and reach the output by the slope from there: they add up at random.
    """
    layers = list(zip(model.coefs_, model.intercepts_, strict=True))
    widest = max(int(w.shape[0]) for w, _ in layers) * int(layers[-1][0].shape[1])
    link = getattr(model, "out_activation_", "identity")

    def error(z: Floats, dz: Floats, u: float) -> Floats:
        step = max(1, _CELLS // widest)
        parts = [_network_error(layers, model.activation, z[i : i + step], dz[i : i + step], u) for i in range(0, len(z), step)]
        return np.vstack(parts) if parts else np.zeros((0, layers[-1][0].shape[1]))

    known = link if link in ("identity", "logistic", "softmax") else "unknown"
    precision = "float32" if layers[0][0].dtype == np.float32 else "float64"
    return Smooth(error, known, f"|J| dz + {LAMBDA:.1f} u |J roundings of {len(layers)} layers|", precision)


def _network_error(layers: list[tuple[Floats, Floats]], activation: str, z: Floats, dz: Floats, u: float) -> Floats:
    met = _forward(layers, activation, z, dz, u)
    outputs = layers[-1][0].shape[1]
    reach = np.broadcast_to(np.eye(outputs), (len(z), outputs, outputs))  # d output / d unit, from the last layer backwards
    squares = np.zeros((len(z), outputs))
    for (weights, _), (slope, size, value) in zip(reversed(layers), reversed(met), strict=True):
        squares += np.einsum("rou,ru->ro", reach**2, (4 * value) ** 2)
        reach = reach * slope[:, None, :]
        squares += np.einsum("rou,ru->ro", reach**2, (len(weights) + 2) * size**2)
        reach = reach @ weights.T
    return np.asarray(np.einsum("roi,ri->ro", np.abs(reach), dz) + LAMBDA * u * np.sqrt(squares))


def _forward(
    layers: list[tuple[Floats, Floats]], activation: str, z: Floats, dz: Floats, u: float
) -> list[tuple[Floats, Floats, Floats]]:
    """Per layer (rows, units): the largest slope of the activation within the worst-case error, the size of the sum, the value.

    A unit that any error could switch on counts as switched on; its worst case is |W| e + gamma(n + 2) size.
    """
    met, h, e = [], z, dz
    for k, (weights, bias) in enumerate(layers):
        size = np.abs(h) @ np.abs(weights) + np.abs(bias)
        e = e @ np.abs(weights) + gamma(len(weights) + 2, u) * size
        h = h @ weights + bias
        slope, h = _activated(activation if k + 1 < len(layers) else "identity", h, e)
        e = e + 4 * u * np.abs(h)
        met.append((slope, size, h))
    return met


def _activated(activation: str, h: Floats, e: Floats) -> tuple[Floats, Floats]:
    """Slope and value; |tanh''| <= 0.77 and |logistic''| <= 0.1 bound how much the slope changes within e."""
    if activation == "relu":
        return (h > -e).astype(np.float64), np.maximum(h, 0.0)
    if activation == "tanh":
        value = np.tanh(h)
        return np.minimum(1.0, 1 - value**2 + e), value
    if activation == "logistic":
        value = np.asarray(1 / (1 + np.exp(-h)))
        return np.minimum(0.25, value * (1 - value) + e), value
    return np.ones_like(h), h

"""How roundings grow in scikit-learn's PowerTransformer."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity.anatomy.stage import ErrorRule
from parity.values.anatomy import Floats

_POWER = 4.0
"""A float32 pow is within 2 units in the last place, 4 roundings, in the libraries at hand (glibc, fdlibm, MLAS: 1 to 2)."""


def powers(step: Any) -> ErrorRule:
    """y = (b^k - 1) / k, or log b where k = 0; then z = (y - mean) / sigma where the step standardises.

    Yeo and Johnson (2000): b = 1 + x, k = lambda for x >= 0, and b = 1 - x, k = 2 - lambda, y negated for x < 0; Box and Cox
    (1964): b = x, k = lambda. The difference b^k - 1 cancels, so y is off by what the power is off by, over |k|:
    P = b^k is off by P (4 + |k| |log b|) for pow itself and for k, and by P |k| (db + b) / b for the base;
    subtraction and quotient round y, k rounds once more.
    """
    lambdas = np.asarray(step.lambdas_, np.float64)
    scaler = getattr(step, "_scaler", None) if step.standardize else None
    mean = np.zeros(len(lambdas)) if scaler is None else np.asarray(scaler.mean_, np.float64)
    sigma = np.ones(len(lambdas)) if scaler is None else np.asarray(scaler.scale_, np.float64)
    yeo = step.method == "yeo-johnson"

    def error(given: Floats, errors: Floats, outputs: Floats) -> Floats:
        below = yeo & (given < 0)
        base = np.where(below, 1 - given, 1 + given) if yeo else given
        k = np.where(below, 2 - lambdas, lambdas)
        with np.errstate(all="ignore"):
            log, moved = np.abs(np.log(base)), errors / base + 1.0  # relative to the base, its own rounding included
            power = base**k * (_POWER + np.abs(k) * (log + moved))
            value = np.where(np.abs(k) < np.spacing(1.0), log, (base**k - 1) / k)
            off = np.where(np.abs(k) < np.spacing(1.0), moved + _POWER * log, power / np.abs(k) + 3 * np.abs(value))
        return np.asarray((off + np.abs(value) + np.abs(mean)) / sigma + 3 * np.abs(outputs))

    return error

"""Distances between floating-point numbers in units in the last place (ULP)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

UNIT_ROUNDOFF = {"float32": 2.0**-24, "float64": 2.0**-53}
"""Largest relative error of one rounding to nearest (IEEE 754: half a unit in the last place)."""


def ordered(values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """IEEE bits of float32 or float64 values as integers that grow with the value; +0 and -0 coincide."""
    integer: type[np.signedinteger[Any]] = np.int32 if values.dtype.itemsize == 4 else np.int64
    bits = np.ascontiguousarray(values).view(integer).astype(np.int64)
    return np.where(bits < 0, np.int64(np.iinfo(integer).min) - bits, bits)


def ulp_distance(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> Floats:
    """Steps between a and b, both of one float type, as float64 (rounded beyond 2^53).

    NaN against NaN is 0, NaN against a number is inf; infinities are one step beyond the largest number.
    """
    if a.dtype != b.dtype:
        raise TypeError(f"ulp_distance wants one type on both sides, got {a.dtype} and {b.dtype}")
    x, y = ordered(a), ordered(b)
    same_sign = (x < 0) == (y < 0)
    with np.errstate(over="ignore"):
        near = np.abs(x - y).astype(np.float64)
    far = np.abs(x.astype(np.float64)) + np.abs(y.astype(np.float64))
    steps = np.where(same_sign, near, far)
    nan_a, nan_b = np.isnan(a), np.isnan(b)
    return np.where(nan_a & nan_b, 0.0, np.where(nan_a ^ nan_b, np.inf, steps))


def narrower(a: str, b: str) -> str:
    """The narrower of two type names: "float32" if either side is float32, else "float64"."""
    return "float32" if "float32" in (a, b) else "float64"

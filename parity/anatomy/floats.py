"""Steps on the float grids: neighbours in 32 and 64 bit, and doubles as integers whose order is theirs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from parity.values.anatomy import Floats

# 0x7FFF...: all bits of a double but the sign.
_MAGNITUDE = np.int64(0x7FFF_FFFF_FFFF_FFFF)


def cast(values: Floats, precision: str) -> Floats:
    """Values as an engine of that precision sees them ("float32" rounds to nearest even, overflow is inf), still float64."""
    if precision != "float32":
        return values
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        return values.astype(np.float32).astype(np.float64)


def down32(values: Floats) -> Floats:
    """The largest float32 that is not above each value, as float64."""
    near = cast(values, "float32")
    return np.where(near > values, before32(near), near)


def up32(values: Floats) -> Floats:
    """The smallest float32 that is not below each value, as float64."""
    near = cast(values, "float32")
    return np.where(near < values, after32(near), near)


def after32(values: Floats) -> Floats:
    """The next float32 above values that are float32 themselves."""
    return _step32(values, np.float32(np.inf))


def before32(values: Floats) -> Floats:
    """The next float32 below values that are float32 themselves."""
    return _step32(values, np.float32(-np.inf))


def _step32(values: Floats, towards: np.float32) -> Floats:
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        return np.nextafter(values.astype(np.float32), towards).astype(np.float64)


def after64(values: Floats) -> Floats:
    """The next double above."""
    with np.errstate(over="ignore", under="ignore"):
        return np.nextafter(values, np.inf)


def before64(values: Floats) -> Floats:
    """The next double below."""
    with np.errstate(over="ignore", under="ignore"):
        return np.nextafter(values, -np.inf)


def to_ordered(values: Floats) -> npt.NDArray[np.int64]:
    """Doubles as integers in the same order, one step a unit; -0.0 lies one step below 0.0."""
    bits = np.ascontiguousarray(values, dtype=np.float64).view(np.int64)
    return np.where(bits < 0, bits ^ _MAGNITUDE, bits)


def from_ordered(steps: npt.NDArray[np.int64]) -> Floats:
    """The inverse of `to_ordered`."""
    bits = np.where(steps < 0, steps ^ _MAGNITUDE, steps)
    return np.ascontiguousarray(bits, dtype=np.int64).view(np.float64)


def largest_at_most(thresholds: Floats, strict: bool, precision: str) -> Floats:
    """The largest value of the precision's grid that goes to the low side of each threshold.

    "le" (strict False): x <= t; "lt" (strict True): x < t. Infinite thresholds stay as they are.
    """
    if precision == "float32":
        low = before32(up32(thresholds)) if strict else down32(thresholds)
    else:
        low = before64(thresholds) if strict else thresholds
    return np.where(np.isinf(thresholds), thresholds, low)


def following(values: Floats, precision: str) -> Floats:
    """The next value of the precision's grid."""
    return after32(values) if precision == "float32" else after64(values)


def last_rounded_to(singles: Floats) -> Floats:
    """The last doubles whose nearest float32, ties to even, is at most each of these float32."""
    middle = singles / 2 + after32(singles) / 2
    return np.where(cast(middle, "float32") <= singles, middle, before64(middle))

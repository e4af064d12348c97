"""Carrying places of a feature back to the user's column: bisection over the doubles, through the real steps.

An inverse transform would round; bisection finds the very double at which the model's own arithmetic changes sides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.anatomy.floats import cast, from_ordered, to_ordered
from parity.anatomy.flow import Jumps
from parity.values.anatomy import Bools, Floats

Feed = Callable[[Floats], Any]
"""A matrix (rows, user columns) of numbers, NaN for "any value", to the frame or array that the model takes."""

# Beyond float32's largest number a scaler may overflow, which some steps refuse.
_WIDEST = 1e38


def last_on_low_side(jumps: Jumps, feed: Feed, columns: int) -> Floats:
    """For each jump the largest double of its user column that is on the side of small values; NaN where none is found.

    Shape (n,). Feature i must follow its column monotonically; where it falls with it, small values are its high side.
    All jumps are bisected at once, one per column in a row: about 64 calls of `jumps.evaluate`.
    """
    slot, rows = _packed(jumps.column, columns)
    low = np.full(len(slot), to_ordered(np.array([-_WIDEST]))[0])
    high = np.full(len(slot), to_ordered(np.array([_WIDEST]))[0])
    found = _is_small(jumps, feed, slot, rows, columns, low) & ~_is_small(jumps, feed, slot, rows, columns, high)
    while np.any(low + 1 < high):  # not their difference, which may be beyond int64
        middle = (low & high) + ((low ^ high) >> 1)  # the mean, without overflow
        small = _is_small(jumps, feed, slot, rows, columns, middle)
        low, high = np.where(small, middle, low), np.where(small, high, middle)
    return np.where(found, from_ordered(low), np.nan)


def _packed(column: npt.NDArray[Any], columns: int) -> tuple[npt.NDArray[np.int64], int]:
    """A row for each jump, so that no two of one column share a row; and the number of rows."""
    order = np.argsort(column, kind="stable")
    counts = np.bincount(column, minlength=columns)
    first = np.cumsum(counts) - counts
    slot = np.empty(len(column), np.int64)
    slot[order] = np.arange(len(column)) - first[column[order]]
    return slot, int(counts.max(initial=0))


def _is_small(
    jumps: Jumps, feed: Feed, slot: npt.NDArray[np.int64], rows: int, columns: int, steps: npt.NDArray[np.int64]
) -> Bools:
    matrix = np.full((rows, columns), np.nan)
    matrix[slot, jumps.column] = from_ordered(steps)
    reached = cast(jumps.evaluate(feed(matrix))[slot, jumps.feature], jumps.precision)
    low_side = np.where(jumps.strict, reached < jumps.value, reached <= jumps.value)
    # Below where a logarithm or a root begins there is no feature, and no way up but to it.
    return np.asarray(np.isnan(reached) | (low_side == (jumps.direction > 0)))

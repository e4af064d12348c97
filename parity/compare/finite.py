"""Drift of numbers that are all finite, which is the usual case: few passes over memory, in blocks that stay in the cache."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from parity.numeric.ulp import ulp_distance

Floats = npt.NDArray[np.float64]

_CELLS = 16_384
"""Cells of a block: its handful of arrays stay within 1 MB, a usual second-level cache."""


def finite(a: Floats, b: Floats, narrow: str) -> tuple[Floats, Floats] | None:
    """(rows,) the largest |a - b| of each row and the largest distance in ULPs of type `narrow`; a and b are (rows, columns).

    None where any difference is no finite number: then there are NaNs or infinities, which need more care.
    """
    distance, ulp = np.empty(len(a)), np.empty(len(a))
    step = max(1, _CELLS // max(1, a.shape[1]))
    with np.errstate(invalid="ignore", over="ignore"):
        for i in range(0, len(a), step):
            x, y = a[i : i + step], b[i : i + step]
            gap = np.subtract(x, y)
            np.abs(gap, out=gap)
            if not np.isfinite(gap.max(initial=0.0)):
                return None
            distance[i : i + step] = widest(gap)
            ulp[i : i + step] = widest(_steps(x.astype(narrow, copy=False), y.astype(narrow, copy=False)))
    return distance, ulp


def _steps(x: npt.NDArray[Any], y: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """ULPs between finite numbers. Of one sign, the bits of two floats differ by as many integers as there are steps."""
    integer: type[np.signedinteger[Any]] = np.int32 if x.dtype.itemsize == 4 else np.int64
    p, q = np.ascontiguousarray(x).view(integer), np.ascontiguousarray(y).view(integer)
    if (p ^ q).min(initial=0) < 0:  # a sign differs somewhere
        return ulp_distance(x, y)
    return np.asarray(np.abs(p - q))


def widest(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The largest of each row. Column by column where there are few: NumPy reduces short rows one by one."""
    if values.shape[1] > 8:
        return np.asarray(values.max(axis=1))
    found = values[:, 0]
    for k in range(1, values.shape[1]):
        found = np.maximum(found, values[:, k])
    return found

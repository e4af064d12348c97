"""Values on a cut and one float step beside it, on the grid of the cut's column."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from parity.anatomy.floats import after32, after64, before32, before64, cast, down32, up32
from parity.generate.batches import INTEGERS
from parity.values.anatomy import Floats
from parity.values.columns import Column, ColumnType

# Values per cut: both sides in 64 and in 32 bit, one step further each, and the last doubles that still round onto the cut.
VARIANTS = 10


def grid_of(column: Column) -> str:
    """ "whole", "float32" or "float64": which numbers the column may hold; "text" where it holds none."""
    if column.type == ColumnType.STRING:
        return "text"
    if column.whole or column.type in INTEGERS or column.type == ColumnType.BOOL:
        return "whole"
    return "float32" if column.type == ColumnType.FLOAT32 else "float64"


def edge_values(threshold: Floats, strict: npt.NDArray[np.bool_], coarse: npt.NDArray[np.bool_], grid: str) -> Floats:
    """Values to put on the tested column, (VARIANTS, n), the most telling first; NaN where a variant equals an earlier one.

    The first two lie on the two sides of the cut. `coarse` cuts are compared in float32.
    """
    if grid == "whole":
        low = last_whole(threshold, strict, coarse)
        return _distinct(_padded([low, low + 1.0, low - 1.0, low + 2.0]))
    low32 = np.where(strict, before32(up32(threshold)), down32(threshold))
    high32 = after32(low32)
    if grid == "float32":
        return _distinct(_padded([low32, high32, before32(low32), after32(high32)]))
    low64 = np.where(strict, before64(threshold), threshold)
    pair32, pair64 = [low32, high32], [low64, after64(low64)]
    first = [np.where(coarse, a, b) for a, b in zip(pair32, pair64, strict=True)]
    second = [np.where(coarse, b, a) for a, b in zip(pair32, pair64, strict=True)]
    near = cast(threshold, "float32")
    mid_up = before64(near / 2 + after32(near) / 2)  # the last double that rounds onto the float32 from above …
    mid_down = after64(near / 2 + before32(near) / 2)  # … and from below
    beside = np.where(strict, after64(threshold), before64(threshold))
    return _distinct(_padded([*first, *second, beside, mid_up, mid_down, near, before32(low32), after32(high32)]))


def last_whole(threshold: Floats, strict: npt.NDArray[np.bool_], coarse: npt.NDArray[np.bool_]) -> Floats:
    """The largest whole number below each cut; of a `coarse` one the largest that float32 rounds below it."""
    exact = np.where(strict, np.ceil(threshold) - 1.0, np.floor(threshold))
    below = np.where(strict, before32(up32(threshold)), down32(threshold))
    middle = np.floor(below / 2 + after32(below) / 2)  # a tie goes to the even one of the two
    return np.where(coarse, np.where(cast(middle, "float32") <= below, middle, middle - 1.0), exact)


def _padded(values: list[Floats]) -> Floats:
    rows = np.full((VARIANTS, len(values[0])), np.nan)
    rows[: len(values)] = np.stack(values)
    return rows


def _distinct(values: Floats) -> Floats:
    for i in range(1, len(values)):
        values[i, (values[:i] == values[i]).any(axis=0)] = np.nan
    values[np.isinf(values)] = np.nan
    return values


def side_of(values: Floats, threshold: Floats, coarse: npt.NDArray[np.bool_]) -> npt.NDArray[np.int8]:
    """-1 below the cut, 0 at it, +1 above, as an engine of the cut's precision sees the value."""
    seen = np.where(coarse, cast(values, "float32"), values)
    return (np.sign(seen - threshold)).astype(np.int8)

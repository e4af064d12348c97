"""Numbers to the frame or array that a model takes, with something harmless in the columns that are not asked about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from parity.anatomy.carry import Feed
from parity.values.anatomy import Floats


def feed_for(columns: Sequence[str], filler: Mapping[int, Any], named: bool) -> Feed:
    """Feeds float64 columns, a pandas frame where `named`; NaN becomes the column's filler (0 where there is none).

    A column whose filler is text is all filler.
    """

    def feed(matrix: Floats) -> Any:
        parts = [_filled(matrix[:, i], filler.get(i, 0.0)) for i in range(len(columns))]
        if not named:
            return np.column_stack(parts) if parts else matrix
        import pandas as pd

        return pd.DataFrame(dict(zip(columns, parts, strict=True)))

    return feed


def _filled(values: Floats, filler: Any) -> Any:
    if isinstance(filler, str):
        return np.full(len(values), filler, dtype=object)
    return np.where(np.isnan(values), float(filler), values)

"""What a side answered to one row, as findings hold it."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity.values.outcome import Scores
from parity.values.signature import OutputKind


def answers_of(scores: Scores) -> dict[str, list[Any]] | str:
    """The values of the first row by output, None where the side gave none; leaves are left out. A refusal as its text."""
    if 0 in scores.refused:
        refusal = scores.refused[0]
        return f"{refusal.kind}: {refusal.message}"
    return {
        o.spec.name: [
            None if o.missing is not None and o.missing[0, j] else _plain(o.values[0, j]) for j in range(o.values.shape[1])
        ]
        for o in scores.outputs
        if len(o.values) and o.spec.kind != OutputKind.LEAF
    }


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value

"""What one comparison of a batch came to: both outcomes, drift, bounds and kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parity.compare.drift import Answered, Drift
from parity.compare.kinds import RowKinds
from parity.values.outcome import Scores

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Examined:
    """Both outcomes of a batch, the drift of each pair, the bounds that were applied, and the kinds of the rows."""

    reference: Scores
    runtime: Scores
    drifts: tuple[Drift, ...]
    bounds: Mapping[str, Floats]
    kinds: RowKinds
    rows: Answered

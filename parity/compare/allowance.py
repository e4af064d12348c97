"""What drift is explained in each row, as a function of the reference's scores and the rows, and the units it is measured in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.numeric.ulp import UNIT_ROUNDOFF

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Tolerance:
    """`bound(reference (rows, columns), batch)` gives (rows,): the drift that is explained in each row.

    `formula` says what it is made of and `derived` whether it was derived (False: a measured noise floor, or set by policy).
    `own`, where there is one, is a smaller bound that costs more: from the very terms that a row adds up.
    `scale` is how far the reference's scores spread, 0 where not known.
    `measured` says that rows beyond `bound` may still be within the noise that half a step of inputs and constants makes in the
    reference; `steps` are those half steps, of inputs and of constants, relative.
    """

    bound: Callable[[Floats, pa.RecordBatch], Floats]
    formula: str
    derived: bool = True
    measured: bool = False
    own: Callable[[Floats, pa.RecordBatch], Floats] | None = None
    scale: float = 0.0
    steps: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Units:
    """Unit roundoffs of the reference and of the runtime: of their arithmetic, and of the numbers that they are given."""

    arithmetic: tuple[float, float]
    inputs: tuple[float, float]

    @property
    def largest(self) -> float:
        return max(self.arithmetic)

    @property
    def pairs(self) -> tuple[tuple[float, float], ...]:
        return tuple(zip(self.arithmetic, self.inputs, strict=True))

    @property
    def name(self) -> str:
        return "float32" if self.largest > UNIT_ROUNDOFF["float64"] else "float64"

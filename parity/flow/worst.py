"""The worst drift that a search came upon: kept beside the totals, because drift within tolerance makes no finding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from parity.compare.examined import Examined
from parity.flow.sides import Sides
from parity.replay.rows import row_for_people
from parity.values.anatomy import Floats
from parity.values.plan import Chunk
from parity.values.signature import OutputKind


@dataclass
class Worst:
    """The furthest row so far, and how many rows were searched for it."""

    rows: int = 0
    drift: float = 0.0
    output: str = ""
    row: pa.RecordBatch | None = field(default=None, repr=False)

    def seen(self, sides: Sides, chunk: Chunk, examined: Examined) -> tuple[Floats, Floats]:
        """Take note of a chunk; the merits of its rows, each (rows,): drift over the output's spread, and over the bound."""
        size = chunk.batch.num_rows
        merit, excess = np.zeros(size), np.zeros(size)
        self.rows += size
        for drift in (d for d in examined.drifts if d.pair.kind != OutputKind.LABEL):
            far = np.where(examined.rows.both, drift.distance, 0.0)
            bound = examined.bounds[drift.pair.name]
            merit = np.maximum(merit, far / (sides.tolerances[drift.pair.name].scale or 1.0))
            excess = np.maximum(excess, np.divide(far, bound, out=np.zeros(size), where=bound > 0))
            self._keep(chunk, far, drift.pair.name)
        return merit, excess

    def _keep(self, chunk: Chunk, far: Floats, output: str) -> None:
        place = int(np.argmax(far))
        if self.row is None or far[place] > self.drift:
            self.drift, self.output, self.row = float(far[place]), output, chunk.batch.slice(place, 1)

    @property
    def told(self) -> str:
        """One clause for the phase's reason."""
        found = f", {self.drift:.3g} on {self.output}" if self.drift > 0 else ": no row drifted"
        return f"no cuts: searched {self.rows:,} rows for the worst drift{found}"

    @property
    def facts(self) -> Mapping[str, Any]:
        """For the report; the row as people read it, with hex floats."""
        row = {} if self.row is None else row_for_people(self.row)
        return {"rows": self.rows, "output": self.output, "drift": self.drift, "row": row}

"""What is to be generated: drawn by Hypothesis, filled by NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa


class Phase(StrEnum):
    """One way of choosing inputs; each phase of a case and runtime is one test item."""

    EXAMPLES = "examples"
    BOUNDARY = "boundary"
    SPECIAL = "special"
    RANDOM = "random"
    INVARIANCE = "invariance"
    LATENCY = "latency"


@dataclass(frozen=True)
class Budget:
    """Rows per phase and chunk; `max_seconds` is checked between chunks and never changes rows, only ends the phase.

    `boundary_rows` are all rows of that phase: cuts share them with missing values and categories at splits (a fifth each at
    most, as long as cuts want the rest) and with borders of regions (a tenth).
    Up to `search_rows` of them are spent on models without cuts; `invariance_rows` are asked for in several ways.
    """

    random_rows: int = 10_000
    boundary_rows: int = 100_000
    special_rows: int = 16
    search_rows: int = 20_000
    invariance_rows: int = 300
    chunk_rows: int = 20_000
    max_seconds: float | None = None


@dataclass(frozen=True)
class Mixture:
    """Shares of the generators of the `random` phase, in chunk order. `generator`: "sample-rows", "marginals", "uniform"."""

    generator: str
    rows: int
    missing_share: float
    stream: int


@dataclass(frozen=True)
class Chunk:
    """Rows to be scored on both sides.

    `input_class` names what kind of rows these are ("sample", "edge", "missing:age", "inf:all" …).
    `valid` is a mask over rows: does the row lie in the declared domain? `malformed` calls, wrong
    as a whole (an absent column, another type or shape), are never valid.
    `cut` and `side` (rows,) say which reachable cut a boundary row probes and from which side (-1, 0 at it, +1);
    None in other phases.
    """

    phase: Phase
    batch: pa.RecordBatch
    input_class: str
    valid: npt.NDArray[np.bool_]
    generator: str = ""
    cut: npt.NDArray[np.int64] | None = None
    side: npt.NDArray[np.int8] | None = None
    example_ids: tuple[str, ...] = ()
    malformed: bool = False

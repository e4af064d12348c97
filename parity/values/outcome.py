"""What a side answers for a batch: scores with a per-row refusal mask, or one refusal for the whole batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.values.signature import OutputSpec


@dataclass(frozen=True)
class Refusal:
    """A row, or a whole batch, that a side declined to score.

    `kind` is one of "missing", "invalid-value", "unseen-category", "type", "shape", "empty-batch", "column-absent",
    "artifact", "crash", "timeout", "out-of-memory", "unresolved", "never-asked", "other"; `message` is the side's own text.
    """

    kind: str
    message: str


@dataclass(frozen=True)
class Output:
    """The values of one output: shape (rows, width) in the type in which the side gave them (object for text).

    `missing` has the same shape and is True where the side gave no value; None where it always gave one.
    The values of missing or refused cells mean nothing.
    """

    spec: OutputSpec
    values: npt.NDArray[Any]
    missing: npt.NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Scores:
    """All outputs of a batch, and the rows that the side refused (`refused` maps a row to its refusal)."""

    rows: int
    outputs: tuple[Output, ...]
    refused: Mapping[int, Refusal] = field(default_factory=dict)


Outcome = Scores | Refusal

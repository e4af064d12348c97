"""What a diagnosis works with: rows that drift, rows that agree, and both sides to ask again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.diagnose.advice import ADVICE
from parity.values.anatomy import Anatomy
from parity.values.finding import Cause

Floats = npt.NDArray[np.float64]
Ask = Callable[[pa.RecordBatch], Floats]

CONFIRM_EXPLAINED = 0.98
CONFIRM_BROKEN = 0.01
"""A cause is confirmed only where it explains at least 98 % of the drifting rows and breaks at most 1 % of the agreeing ones."""


@dataclass(frozen=True)
class Evidence:
    """Rows of one finding's kind and class. `ask_reference` and `ask_runtime` give the pair's columns, (rows, columns);
    NaN where a side refused or gave nothing. `bound(scores, batch)` is the derived tolerance per row.
    `features` maps a batch to the features of the reference's last step; `model` is the reference itself.
    """

    drifting: pa.RecordBatch
    agreeing: pa.RecordBatch
    ask_reference: Ask
    ask_runtime: Ask
    bound: Callable[[Floats, pa.RecordBatch], Floats]
    reference: Anatomy
    artifact: Anatomy
    features: Callable[[pa.RecordBatch], Floats]
    model: Any = None


@dataclass(frozen=True)
class Shares:
    """How much of the drift a hypothesis explains, and how much agreement it breaks."""

    explained: float
    broken: float

    @property
    def confirmed(self) -> bool:
        return self.explained >= CONFIRM_EXPLAINED and self.broken <= CONFIRM_BROKEN


@dataclass(frozen=True)
class Hypothesis:
    """A named mechanism. `predict` gives what one side would answer if it were at work; `target` is the other side's answer."""

    name: str
    predict: Ask
    target: Ask
    evidence: str


def shares(evidence: Evidence, hypothesis: Hypothesis) -> Shares:
    """Ask the hypothesis for both groups of rows and count."""
    return Shares(
        _agreement(evidence, hypothesis, evidence.drifting),
        1 - _agreement(evidence, hypothesis, evidence.agreeing) if evidence.agreeing.num_rows else 0.0,
    )


def _agreement(evidence: Evidence, hypothesis: Hypothesis, batch: pa.RecordBatch) -> float:
    predicted, target = hypothesis.predict(batch), hypothesis.target(batch)
    if predicted.shape != target.shape:
        return 0.0
    bound = 2 * evidence.bound(np.nan_to_num(target), batch)  # both sides of the counterfactual round
    with np.errstate(invalid="ignore"):
        near = np.abs(predicted - target).max(axis=1) <= bound
    both_silent = np.isnan(predicted).all(axis=1) & np.isnan(target).all(axis=1)
    return float((near | both_silent).mean())


def cause_of(hypothesis: Hypothesis, found: Shares) -> Cause:
    """A confirmed hypothesis as the value that reports show."""
    return Cause(hypothesis.name, found.explained, found.broken, ADVICE[hypothesis.name], hypothesis.evidence)

"""Drift beyond tolerance, grouped, with its smallest row."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pyarrow as pa

from parity.values.plan import Phase


class FindingKind(StrEnum):
    """Worst first."""

    CRASH = "crash"
    TIMEOUT = "timeout"
    REFUSAL = "refusal"
    SHAPE = "shape"
    LABEL_FLIP = "label-flip"
    MISSING_MASK = "missing-mask"
    BRANCH_FLIP = "branch-flip"
    VALUE = "value"
    ROUNDING = "rounding"


@dataclass(frozen=True)
class Cause:
    """A named mechanism with its proof: the shares of drifting rows explained and of agreeing rows broken."""

    name: str
    explained: float
    broken: float
    fix: str
    evidence: str = ""


@dataclass(frozen=True)
class Seen:
    """Both outcomes of one row: output name to a list of numbers or labels, or the refusal's text."""

    reference: dict[str, list[Any]] | str
    runtime: dict[str, list[Any]] | str


@dataclass(frozen=True)
class Finding:
    """One kind of drift of one output under one cause or class of input.

    `row` is a batch of one row with the exact bits; `names` are the columns that are off a typical row.
    `places` are, of columns of tensors among them, the places in C order whose values are off the typical ones.
    `output` is the reference's name of what drifts, `runtime_output` the runtime's where it has another.
    `worst` is the largest drift met and `tolerance` the bound at that row (NaN for refusals).
    `origin` says whether the file or the engine differs, and who else was asked; `stage` where in a pipeline the drift is born.
    `known` is what the ledger says of it: who accepted it, why and until when; or why an entry that matches it no longer holds.
    """

    id: str
    case: str
    artifact: str
    runtime: str
    phase: Phase
    kind: FindingKind
    output: str
    input_class: str
    rows: int
    row: pa.RecordBatch
    off_typical: tuple[str, ...]
    seen: Seen
    worst: float
    tolerance: float
    off_domain: bool
    cause: Cause | None = None
    message: str = ""
    cut: str = ""
    known: str = ""
    origin: str = ""
    stage: str = ""
    places: dict[str, tuple[int, ...]] = field(default_factory=dict)
    runtime_output: str = ""

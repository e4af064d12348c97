"""Running totals of a phase: what was compared, the drift of each output, and groups of drifting rows with their worst one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.compare.allowance import Tolerance
from parity.compare.drift import Drift
from parity.compare.examined import Examined
from parity.compare.kinds import UNJUDGED
from parity.values.finding import FindingKind
from parity.values.plan import Chunk
from parity.values.result import OutputResult
from parity.values.signature import OutputKind

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


NEVER_EXCUSED = (FindingKind.CRASH, FindingKind.TIMEOUT)
"""An input that takes the whole process down is no matter of the declared domain. A malformed call is no input: that is told."""

KEPT_DRIFTING = 256
KEPT_AGREEING = 512
"""Rows kept to diagnose from: enough to tell 98 % and 1 % apart from all and none, little enough to score in one call."""


@dataclass(frozen=True)
class GroupKey:
    """Findings of one kind and class of input are one finding."""

    kind: FindingKind
    output: str
    input_class: str
    off_domain: bool


@dataclass
class Group:
    """Count of rows, the worst row met so far with its drift and tolerance there, and rows to diagnose from."""

    rows: int = 0
    kept: list[pa.RecordBatch] = field(default_factory=list)
    kept_rows: int = 0
    row: pa.RecordBatch | None = None
    worst: float = -1.0
    tolerance: float = float("nan")
    message: str = ""


@dataclass
class OutputTally:
    """Totals of one pair over valid rows."""

    kind: OutputKind
    compared: int = 0
    max_abs: float = 0.0
    max_ulp: float = 0.0
    minimum_tolerance: float = 0.0
    derived_tolerance: float = 0.0
    lowest: float = float("inf")
    highest: float = float("-inf")


@dataclass
class Tally:
    """Totals of a phase, filled chunk by chunk in bounded memory."""

    rows: int = 0
    compared: int = 0
    compared_valid: int = 0
    drifted: int = 0
    off_domain_drifted: int = 0
    both_refused: int = 0
    reference_refused: int = 0
    unresolved: int = 0
    never_asked: int = 0
    rounding: int = 0
    agreeing: pa.RecordBatch | None = None
    outputs: dict[str, OutputTally] = field(default_factory=dict)
    groups: dict[GroupKey, Group] = field(default_factory=dict)


def add(tally: Tally, chunk: Chunk, input_class: str, examined: Examined) -> None:
    """Count one chunk and keep what the findings are made of."""
    kinds, both = examined.kinds, examined.rows.both
    drifting = kinds.kind != None  # noqa: E711  elementwise on an object array
    tally.rows += chunk.batch.num_rows
    tally.compared += int(both.sum())
    tally.compared_valid += int((both & chunk.valid).sum())
    tally.drifted += int((drifting & chunk.valid).sum())
    tally.off_domain_drifted += int((drifting & ~chunk.valid).sum())
    tally.both_refused += int(kinds.both_refused.sum())
    tally.reference_refused += int((~examined.rows.reference).sum())
    tally.unresolved += int(kinds.unresolved.sum())
    tally.never_asked += int(kinds.never_asked.sum())
    tally.rounding += int((kinds.rounding & chunk.valid).sum())
    for drift in examined.drifts:
        _add_output(tally, drift, examined.bounds.get(drift.pair.name), both & chunk.valid)
    _keep_agreeing(tally, chunk, both & ~drifting)
    for row in np.flatnonzero(drifting):
        _add_row(tally, chunk, input_class, int(row), examined)


def _keep_agreeing(tally: Tally, chunk: Chunk, agreeing: Bools) -> None:
    """The first chunk with enough agreeing rows of the whole schema, spread over it."""
    rows = np.flatnonzero(agreeing)
    before = 0 if tally.agreeing is None else tally.agreeing.num_rows
    if len(rows) <= before or before >= KEPT_AGREEING:
        return
    if tally.agreeing is not None and tally.agreeing.schema != chunk.batch.schema:
        return
    spread = rows[np.linspace(0, len(rows) - 1, min(KEPT_AGREEING, len(rows))).astype(np.int64)]
    tally.agreeing = chunk.batch.take(pa.array(spread))


def add_call(tally: Tally, chunk: Chunk, input_class: str, refused: tuple[bool, bool]) -> None:
    """Count a call without rows: there is nothing to compare but whether each side refuses it."""
    tally.both_refused += int(all(refused))
    if refused[0] != refused[1]:
        tally.off_domain_drifted += 1
        tally.groups[GroupKey(FindingKind.REFUSAL, "", input_class, True)] = Group(rows=1, row=chunk.batch, worst=0.0)


def _add_output(tally: Tally, drift: Drift, bound: Floats | None, counted: Bools) -> None:
    total = tally.outputs.setdefault(drift.pair.name, OutputTally(drift.pair.kind))
    total.compared += int(counted.sum())
    if not counted.any():
        return
    total.max_abs = max(total.max_abs, float(drift.distance[counted].max()))
    total.max_ulp = max(total.max_ulp, float(drift.ulp[counted].max()))
    total.minimum_tolerance = total.max_abs
    if bound is not None:
        total.derived_tolerance = max(total.derived_tolerance, float(bound[counted].max()))
    if drift.reference is not None:
        scores = drift.reference[counted]
        with np.errstate(invalid="ignore"):
            total.lowest = min(total.lowest, float(np.fmin.reduce(scores, axis=None)))
            total.highest = max(total.highest, float(np.fmax.reduce(scores, axis=None)))


def _add_row(tally: Tally, chunk: Chunk, input_class: str, row: int, examined: Examined) -> None:
    kind, output = examined.kinds.kind[row], examined.kinds.output[row]
    excused = chunk.malformed or kind not in NEVER_EXCUSED
    key = GroupKey(kind, output, input_class, excused and not bool(chunk.valid[row]))
    group = tally.groups.setdefault(key, Group())
    group.rows += 1
    if group.kept_rows < KEPT_DRIFTING:
        group.kept.append(chunk.batch.slice(row, 1))
        group.kept_rows += 1
    drift = next((d for d in examined.drifts if d.pair.name == output), None)
    size = float(drift.distance[row]) if drift is not None else 0.0
    if size > group.worst:
        group.worst, group.row = size, chunk.batch.slice(row, 1)
        group.message = _message(examined, row)
        bound = examined.bounds.get(output)
        group.tolerance = float(bound[row]) if bound is not None else float("nan")


def _message(examined: Examined, row: int) -> str:
    """Why the runtime declined the row, or died of it the first time that it was asked and was not asked again."""
    said = examined.runtime.refused.get(row)
    if said is None or said.kind not in UNJUDGED:
        return said.message if said is not None else ""
    return examined.reference.refused.get(row, said).message


def output_results(tally: Tally, tolerances: Mapping[str, Tolerance]) -> tuple[OutputResult, ...]:
    """The totals of each output as values."""
    return tuple(
        OutputResult(
            name=name,
            kind=str(total.kind),
            compared=total.compared,
            max_abs=total.max_abs,
            max_ulp=total.max_ulp,
            minimum_tolerance=total.minimum_tolerance,
            derived_tolerance=total.derived_tolerance,
            formula=tolerances[name].formula if name in tolerances else "labels are equal or not",
            constant=total.kind != OutputKind.LABEL and total.compared > 1 and not total.lowest < total.highest,
        )
        for name, total in tally.outputs.items()
    )

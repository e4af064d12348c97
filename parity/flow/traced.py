"""Traces that were recorded in training mode: eval() does not reach them any more, in Python or on the JVM."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from parity.anatomy.torchscript import in_inference, in_training
from parity.diagnose.advice import ADVICE
from parity.diagnose.evidence import CONFIRM_EXPLAINED, Evidence
from parity.flow.other_way import agreement, rows_of
from parity.flow.sides import Sides
from parity.values.finding import Cause


def cause_of_a_trace(sides: Sides, kept: Sequence[pa.RecordBatch], evidence: Evidence | None) -> Cause | None:
    """Proof: the same file with these steps in inference mode, in the same runtime, has the reference's scores; or the file as it
    is says otherwise of the same rows in other company."""
    artifact, rows = sides.item.artifact, rows_of(sides, kept)
    if rows is None or sides.session.environment.get("mode") != "worker" or not zipfile.is_zipfile(artifact.path):
        return None
    steps = in_training(artifact.path)
    if not steps:
        return None
    with tempfile.TemporaryDirectory(prefix="parity-trace-") as folder:
        changed = Path(folder, artifact.path.name)
        in_inference(artifact.path, changed)
        right = agreement(sides, replace(artifact, path=changed), rows)
    told = f"the trace holds {', '.join(steps)} in training mode"
    if right is not None and right >= CONFIRM_EXPLAINED:
        scores = f"with these in inference mode the same file and runtime give the reference's scores to {right:.1%}"
        return _cause(right, f"{told}; {scores} of {rows.num_rows:,} rows")
    unsteady = 0.0 if evidence is None else _unsteady(evidence)
    if unsteady < CONFIRM_EXPLAINED:
        return None
    return _cause(unsteady, f"{told}; the runtime, asked again for the same rows, answers {unsteady:.0%} of them otherwise")


def _cause(explained: float, text: str) -> Cause:
    return Cause("traced-in-training", explained, 0.0, ADVICE["traced-in-training"], text)


AGAIN = 8
"""Calls of the same rows: dropout leaves a row as it was once in a while, eight times in a row hardly ever."""


def _unsteady(evidence: Evidence) -> float:
    """The share of the drifting rows that the runtime answers otherwise when it is asked again, or for half of them: it drops at
    random, or takes the statistics of the batch. Tracing itself moves the statistics that a module keeps, so that the file in
    inference mode need not have the reference's scores."""
    rows = evidence.drifting
    half = rows.num_rows // 2
    if not half:
        return 0.0
    whole = evidence.ask_runtime(rows)
    bound = evidence.bound(np.nan_to_num(whole), rows)
    halves = np.vstack([evidence.ask_runtime(rows.slice(0, half)), evidence.ask_runtime(rows.slice(half))])
    answers = [halves, *(evidence.ask_runtime(rows.slice(0)) for _ in range(AGAIN))]  # remembered by batch: each is a new one
    with np.errstate(invalid="ignore"):
        return float(np.any([np.abs(whole - other).max(axis=1) > bound for other in answers], axis=0).mean())

"""Another way of calling the same engine: what it answers as the reference does, convicts the way that was taken."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from parity.diagnose.advice import ADVICE
from parity.diagnose.evidence import CONFIRM_EXPLAINED
from parity.errors import ParityError
from parity.flow.binding import bound
from parity.flow.examine import examine
from parity.flow.sides import Sides
from parity.runtimes import find, open_session
from parity.runtimes.isolate import Allowance
from parity.runtimes.runtime import other_ways
from parity.values.case import Artifact
from parity.values.finding import Cause

ROWS = 2_000
"""Rows of the sample that are asked beside the finding's own: one row alone shows no memory that is written past its end."""
TIMEOUT_SECONDS = 20.0


def cause_of_the_call(sides: Sides, kept: Sequence[pa.RecordBatch]) -> Cause | None:
    """The option that calls the same engine another way, where the rows then have the reference's scores.

    None where the runtime has one way alone, or a JVM inside this process leaves no room for another.
    """
    artifact, rows = sides.item.artifact, rows_of(sides, kept)
    if sides.session.environment.get("mode") != "worker" or rows is None:
        return None
    runtime = find()[sides.item.runtime]
    for name, value in other_ways(runtime):
        if artifact.options.get(name) == value:
            continue
        right = agreement(sides, replace(artifact, options={**artifact.options, name: value}), rows)
        if right is not None and right >= CONFIRM_EXPLAINED:
            told = f'the same engine, called with the option {name} = "{value}", gives the reference\'s scores'
            return Cause("engine-api", right, 0.0, ADVICE["engine-api"], f"{told} to {right:.1%} of {rows.num_rows:,} rows")
    return None


def rows_of(sides: Sides, kept: Sequence[pa.RecordBatch]) -> pa.RecordBatch | None:
    """The finding's rows, then those of the sample; None where they are malformed calls."""
    names = [c.name for c in sides.subject.schema.columns]
    whole = [row for row in kept if row.schema.names == names]
    if not whole:
        return None
    sample = sides.subject.sample
    if sample is not None and sample.schema == whole[0].schema:
        whole.append(sample.slice(0, ROWS))
    return pa.Table.from_batches([row for row in whole if row.schema == whole[0].schema]).combine_chunks().to_batches()[0]


def agreement(sides: Sides, artifact: Artifact, rows: pa.RecordBatch) -> float | None:
    """The share of the rows on which both sides agree when the artifact is opened so; None where it cannot be."""
    runtime = find()[sides.item.runtime]
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="parity-way-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        try:
            session = open_session(runtime, artifact, folder=folder, timeout=TIMEOUT_SECONDS)
            stack.callback(session.close)
            fed, _ = bound(session, sides.subject.schema.columns, sides.subject.reference, sides.item.case)
        except ParityError:
            return None
        kinds = examine(replace(sides, session=fed), rows, (Allowance(), Allowance())).kinds
        return float(np.mean([kind is None for kind in kinds.kind]) - np.mean(kinds.unresolved))

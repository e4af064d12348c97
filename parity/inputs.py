"""Which rows an item gets beyond the generated ones: budgets, rows that failed before, rows to time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa

from parity.generate import Subject, chunks, typical_row, valid_rows
from parity.replay.store import Store
from parity.values.plan import Budget, Chunk, Phase
from parity.values.settings import Item, Settings

PROFILES = {
    "dev": Budget(random_rows=2_000, boundary_rows=20_000, special_rows=8),
    "ci": Budget(),
    "nightly": Budget(random_rows=200_000, boundary_rows=1_000_000, special_rows=32),
}
"""Rows per phase: `dev` answers in seconds, `ci` in at most two minutes for usual models, `nightly` looks everywhere."""

TIMED_ROWS = 10_000
"""Rows of one timed batch: enough that the crossing is below a hundredth of it on the cheapest model (facts: 0.995)."""


def budget_of(settings: Settings) -> Budget:
    """The profile's budget, or `--parity-rows` for the phases that can take any number."""
    budget = PROFILES[settings.profile]
    if settings.rows is None:
        return budget
    return replace(budget, random_rows=settings.rows, boundary_rows=settings.rows)


def examples_of(item: Item, subject: Subject, store: Store) -> Iterator[Chunk]:
    """Rows of findings that this case, artifact and runtime had before, each under its own class of input."""
    for entry in store.all(item.case.name):
        finding = entry.finding
        if finding.runtime != item.runtime or finding.artifact != item.artifact.path.name:
            continue
        same_columns = finding.row.schema.names == [c.name for c in subject.schema.columns]
        valid = np.zeros(finding.row.num_rows, bool) if finding.off_domain or not same_columns else valid_rows(subject.schema, finding.row)
        yield Chunk(Phase.EXAMPLES, finding.row, finding.input_class, valid, generator="found before", example_ids=(finding.id,))


def latency_rows(subject: Subject) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    """A single row and a batch of TIMED_ROWS rows: the sample's, repeated, or random valid ones."""
    rows = subject.sample
    if rows is None or rows.num_rows == 0:
        drawn = next(chunks(Phase.RANDOM, subject, 0, Budget(random_rows=TIMED_ROWS, chunk_rows=TIMED_ROWS)), None)
        rows = drawn.batch if drawn is not None else typical_row(subject.schema, subject.sample, subject.reference)
    big = rows.take(pa.array(np.arange(TIMED_ROWS) % rows.num_rows))
    return big.slice(0, 1), big

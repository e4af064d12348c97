"""Which rows an item gets beyond the generated ones: budgets, rows that failed before, rows to time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa

from parity.generate import Subject, chunks, typical_row, valid_rows
from parity.replay.store import Store
from parity.runtimes.isolate import Allowance
from parity.values.finding import Finding
from parity.values.plan import Budget, Chunk, Phase
from parity.values.settings import Item, Settings

PROFILES = {
    "dev": Budget(random_rows=2_000, boundary_rows=20_000, special_rows=8, search_rows=4_000, invariance_rows=150),
    "ci": Budget(),
    "nightly": Budget(random_rows=200_000, boundary_rows=1_000_000, special_rows=32, search_rows=200_000, invariance_rows=2_000),
}
"""Rows per phase: `dev` answers in seconds, `ci` in at most two minutes for usual models, `nightly` looks everywhere."""

ROWS_BETWEEN_LOOKS = 1_000
"""Rows that are scored between two looks at the clock of `--parity-max-time`; no fewer than a generation of the search has."""

TIMED_ROWS = 10_000
"""Rows of one timed batch: enough that the crossing is below a hundredth of it on the cheapest model (facts: 0.995)."""


def budget_of(settings: Settings) -> Budget:
    """The profile's budget, or `--parity-rows` for the phases that can take any number."""
    budget = PROFILES[settings.profile]
    if settings.rows is None:
        return budget
    return replace(
        budget,
        random_rows=settings.rows,
        boundary_rows=settings.rows,
        search_rows=min(settings.rows, budget.search_rows),
        invariance_rows=min(settings.rows, budget.invariance_rows),
    )


def pieces(chunks: Iterable[Chunk], timed: bool) -> Iterator[Chunk]:
    """Chunks as they are; where there is a clock to look at, the same rows in pieces, so that a slow model overruns it by few."""
    for chunk in chunks:
        rows = chunk.batch.num_rows
        if not timed or rows <= ROWS_BETWEEN_LOOKS:
            yield chunk
            continue
        for start in range(0, rows, ROWS_BETWEEN_LOOKS):
            part = slice(start, start + ROWS_BETWEEN_LOOKS)
            cut = None if chunk.cut is None else chunk.cut[part]
            side = None if chunk.side is None else chunk.side[part]
            yield replace(chunk, batch=chunk.batch[part], valid=chunk.valid[part], cut=cut, side=side)


def allowances_of(phase: Phase) -> tuple[Allowance, Allowance]:
    """Of the reference and the runtime. A batch of `special` is one class of input, so that two rows stand for it."""
    return Allowance(one_class=phase == Phase.SPECIAL), Allowance(one_class=phase == Phase.SPECIAL)


def stored_of(item: Item, store: Store) -> dict[str, Finding]:
    """Findings that this case, artifact and runtime had before, by id, for the phase that asks the same question again.

    A finding of `invariance` needs the rows beside its own and is looked for there; all others are replayed by `examples`.
    """
    entries = [entry.finding for entry in store.all(item.case.name)]
    mine = [f for f in entries if f.runtime == item.runtime and f.artifact == item.artifact.path.name]
    asked = {Phase.EXAMPLES: False, Phase.INVARIANCE: True}.get(item.phase)
    return {f.id: f for f in mine if (f.phase == Phase.INVARIANCE) == asked}


def replayed_chunks(subject: Subject, stored: Mapping[str, Finding]) -> Iterator[Chunk]:
    """The row of each stored finding as a chunk of its own, whose class of input is the finding's id."""
    names = [c.name for c in subject.schema.columns]
    for finding in stored.values():
        judged = finding.row.schema.names == names and not finding.off_domain
        valid = valid_rows(subject.schema, finding.row) if judged else np.zeros(finding.row.num_rows, bool)
        yield Chunk(Phase.EXAMPLES, finding.row, finding.id, valid, generator="found before", example_ids=(finding.id,))


def latency_rows(subject: Subject) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    """A single row and a batch of TIMED_ROWS rows: the sample's, repeated, or random valid ones."""
    rows = subject.sample
    if rows is None or rows.num_rows == 0:
        drawn = next(chunks(Phase.RANDOM, subject, 0, Budget(random_rows=TIMED_ROWS, chunk_rows=TIMED_ROWS)), None)
        rows = drawn.batch if drawn is not None else typical_row(subject.schema, subject.sample, subject.reference)
    big = rows.take(pa.array(np.arange(TIMED_ROWS) % rows.num_rows))
    return big.slice(0, 1), big

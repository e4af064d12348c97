"""Rows of the `examples` phase: the sample as it is. Rows that failed before are added where findings are kept."""

from __future__ import annotations

from collections.abc import Iterator

from parity.generate.batches import conform
from parity.generate.subject import Subject
from parity.generate.typical import typical_row
from parity.generate.valid import valid_rows
from parity.values.plan import Budget, Chunk, Phase


def examples(subject: Subject, budget: Budget) -> Iterator[Chunk]:
    """The sample in chunks; without one, a single typical row."""
    if subject.sample is None:
        name, rows = "typical", typical_row(subject.schema, None, subject.reference)
    else:
        name, rows = "sample", conform(subject.sample, subject.schema)
    for start in range(0, rows.num_rows, budget.chunk_rows):
        batch = rows.slice(start, budget.chunk_rows)
        yield Chunk(Phase.EXAMPLES, batch, name, valid_rows(subject.schema, batch), generator=name)

"""The rows on which a clean model is judged: drawn as its data are, drawn evenly, and at the model's edges."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import numpy as np
import pyarrow as pa

from parity.generate import Subject, chunks, valid_rows
from parity.generate.crossings import CROSSINGS
from parity.generate.random_rows import Source, fill
from parity.values.plan import Budget, Chunk, Mixture, Phase

SEED = 11


def streams(subject: Subject, rows: int) -> Iterator[tuple[str, Chunk]]:
    """So many in-distribution rows (whole rows of the sample; each column for itself), uniform rows, and rows at edges.

    A model with few cuts has its edges probed under seed after seed, until the rows are as many. One without cuts has the ends of
    each column's range for edges.
    """
    source, rng = Source(subject), np.random.default_rng(SEED)
    for name, generator, share in (
        ("in-distribution", "sample-rows", rows // 2),
        ("in-distribution", "marginals", rows - rows // 2),
        ("uniform", "uniform", rows),
    ):
        batch = fill(source, Mixture(generator, share, 0.05, 0), rng)
        yield name, Chunk(Phase.RANDOM, batch, generator, valid_rows(subject.schema, batch))
    left = rows
    for seed in count(SEED):
        before = left
        for chunk in chunks(Phase.BOUNDARY, subject, seed, Budget(boundary_rows=rows)):
            if left and (seed == SEED or chunk.input_class not in CROSSINGS):
                kept = _first(chunk, min(left, chunk.batch.num_rows))
                left -= kept.batch.num_rows
                yield "edge", kept
        if not left:
            return
        if left == before:
            break
    batch = _ends(fill(source, Mixture("uniform", left, 0.0, 0), rng), rng)
    yield "edge", Chunk(Phase.RANDOM, batch, "ends", valid_rows(subject.schema, batch))


def _first(chunk: Chunk, rows: int) -> Chunk:
    return Chunk(chunk.phase, chunk.batch.slice(0, rows), chunk.input_class, chunk.valid[:rows])


def _ends(batch: pa.RecordBatch, rng: np.random.Generator) -> pa.RecordBatch:
    """Nine in ten numbers of uniform rows moved to the smallest or the largest of their column."""
    columns = []
    for column in batch.columns:
        if pa.types.is_floating(column.type):
            values = column.to_numpy(zero_copy_only=False).copy()
            share = rng.random(len(values))
            column = pa.array(np.where(share < 0.45, values.min(), np.where(share < 0.9, values.max(), values)))
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)

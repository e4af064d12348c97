"""Rows that bring splits what is no number on either side of them: a missing value, or a category for each way out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from parity.generate.codes import ways
from parity.generate.defaults import default_nodes
from parity.generate.domain import valid_rows
from parity.generate.paths import Work, batch_of, boxes_of, start_rows, with_codes
from parity.generate.repair import into_box
from parity.generate.seeds import stream
from parity.generate.targets import Targets
from parity.values.anatomy import Ints
from parity.values.plan import Budget, Chunk, Phase

# The random streams of these rows, far from those of the cuts' chunks.
_DEFAULTS = 2**33
_SETS = _DEFAULTS + 1


def missing(work: Work, seed: int, budget: Budget) -> Iterator[Chunk]:
    """For each split of the reference that a valid missing value can meet a row that brings one there, on its path."""
    nodes = default_nodes(work.subject, work.targets.forests[0])
    rng = stream(seed, work.subject.case_name, Phase.BOUNDARY, _DEFAULTS)
    nodes = rng.permutation(nodes)[: budget.boundary_rows // 5]
    for start in range(0, len(nodes), budget.chunk_rows):
        part = nodes[start : start + budget.chunk_rows]
        forest, owner = work.targets.forests[0], np.zeros(len(part), np.int32)
        assert forest is not None  # it has nodes
        begun = start_rows(work.base, owner, part, rng)
        box = boxes_of(work.targets, owner, part, len(work.places.kinds))
        values = into_box(work.base.values[begun], box, work.places, rng)
        values[np.arange(len(part)), forest.splits.column[part]] = np.nan
        batch = with_codes(work, batch_of(work, begun, values), owner, part, rng)
        yield Chunk(Phase.BOUNDARY, batch, "edge-missing", valid_rows(work.subject.schema, batch), "boundary")


def categories(work: Work, seed: int, budget: Budget) -> Iterator[Chunk]:
    """For each split on categories of either side, and each way out of it, a row on its path with a category that goes there."""
    rng = stream(seed, work.subject.case_name, Phase.BOUNDARY, _SETS)
    both = [np.zeros(0, np.int32) if f is None else ways(f) for f in work.targets.forests]
    owner, node = np.repeat(np.arange(2, dtype=np.int32), [len(n) for n in both]), np.concatenate(both)
    chosen = rng.permutation(len(node))[: budget.boundary_rows // 5]
    for start in range(0, len(chosen), budget.chunk_rows):
        part = chosen[start : start + budget.chunk_rows]
        begun = start_rows(work.base, owner[part], _parents(work.targets, owner[part], node[part]), rng)
        box = boxes_of(work.targets, owner[part], node[part], len(work.places.kinds))
        values = into_box(work.base.values[begun], box, work.places, rng)
        batch = with_codes(work, batch_of(work, begun, values), owner[part], node[part], rng)
        yield Chunk(Phase.BOUNDARY, batch, "edge-category", valid_rows(work.subject.schema, batch), "boundary")


def _parents(targets: Targets, owner: Ints, node: Ints) -> Ints:
    above = node.copy()
    for side, forest in enumerate(targets.forests):
        if forest is not None:
            above[owner == side] = forest.parent[node[owner == side]]
    return above

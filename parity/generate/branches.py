"""Rows that bring splits what is no number on either side of them: a missing value, or a category for each way out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from parity.generate.codes import ways
from parity.generate.defaults import default_nodes
from parity.generate.paths import Work, batch_of, boxes_of, start_rows, with_codes
from parity.generate.repair import into_box
from parity.generate.seeds import stream
from parity.generate.targets import Targets
from parity.generate.valid import valid_rows
from parity.values.anatomy import Ints
from parity.values.plan import Chunk, Phase

# The random streams of these rows, far from those of the cuts' chunks.
_DEFAULTS = 2**33
_SETS = _DEFAULTS + 1


def missing_at(work: Work) -> Ints:
    """The splits of the reference that a valid missing value can meet."""
    return default_nodes(work.subject, work.targets.forests[0])


def missing(work: Work, at: Ints, seed: int, most: int, chunk_rows: int) -> Iterator[Chunk]:
    """For each of the splits `at` (of `missing_at`) a row that brings a missing value there, on its path; at most `most` rows."""
    rng = stream(seed, work.subject.case_name, Phase.BOUNDARY, _DEFAULTS)
    nodes = rng.permutation(at)[:most]
    for start in range(0, len(nodes), chunk_rows):
        part = nodes[start : start + chunk_rows]
        forest, owner = work.targets.forests[0], np.zeros(len(part), np.int32)
        assert forest is not None  # it has nodes
        begun = start_rows(work.base, owner, part, rng)
        box = boxes_of(work.targets, owner, part, len(work.places.kinds))
        values = into_box(work.base.values[begun], box, work.places, rng)
        values[np.arange(len(part)), forest.splits.column[part]] = np.nan
        batch = with_codes(work, batch_of(work, begun, values), owner, part, rng)
        yield Chunk(Phase.BOUNDARY, batch, "edge-missing", valid_rows(work.subject.schema, batch), "boundary")


@dataclass(frozen=True)
class Ways:
    """The ways out of splits on categories of either side: the child `node` in the trees of `owner` (0 the reference)."""

    owner: Ints
    node: Ints


def ways_of(work: Work) -> Ways:
    both = [np.zeros(0, np.int32) if f is None else ways(f) for f in work.targets.forests]
    return Ways(np.repeat(np.arange(2, dtype=np.int32), [len(n) for n in both]), np.concatenate(both))


def categories(work: Work, out: Ways, seed: int, most: int, chunk_rows: int) -> Iterator[Chunk]:
    """For each of the ways `out` a row on its path with a category that goes there; at most `most` rows."""
    rng = stream(seed, work.subject.case_name, Phase.BOUNDARY, _SETS)
    chosen = rng.permutation(len(out.node))[:most]
    for start in range(0, len(chosen), chunk_rows):
        part = chosen[start : start + chunk_rows]
        owner, node = out.owner[part], out.node[part]
        begun = start_rows(work.base, owner, _parents(work.targets, owner, node), rng)
        box = boxes_of(work.targets, owner, node, len(work.places.kinds))
        values = into_box(work.base.values[begun], box, work.places, rng)
        batch = with_codes(work, batch_of(work, begun, values), owner, node, rng)
        yield Chunk(Phase.BOUNDARY, batch, "edge-category", valid_rows(work.subject.schema, batch), "boundary")


def _parents(targets: Targets, owner: Ints, node: Ints) -> Ints:
    above = node.copy()
    for side, forest in enumerate(targets.forests):
        if forest is not None:
            above[owner == side] = forest.parent[node[owner == side]]
    return above

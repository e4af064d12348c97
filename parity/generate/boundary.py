"""Rows of the `boundary` phase: every reachable cut of both sides, met on its path, one float step to each side.

A row for a cut is a sample row that comes by one of its nodes, or a random one brought into the node's box; its tested
column is put on an edge value. In a second round the other columns are put on edges too, inside the box: faults that only
show when two values are off together are found four times as fast (facts/numerics.md B5).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from parity.anatomy.traverse import passes
from parity.generate.boxes import Boxes, Forest
from parity.generate.branches import categories, missing
from parity.generate.domain import valid_rows
from parity.generate.edges import side_of
from parity.generate.features import features_of
from parity.generate.paths import Places, Work, batch_of, boxes_of, prepared, start_rows, with_codes
from parity.generate.repair import into_box, onto_edges
from parity.generate.seeds import stream
from parity.generate.subject import Subject
from parity.generate.targets import Targets, targets_of
from parity.values.anatomy import Bools, Floats, Ints
from parity.values.plan import Budget, Chunk, Phase

# Share of the other columns that the second round puts on edges.
ON_EDGES = 0.5


def boundary(subject: Subject, seed: int, budget: Budget) -> Iterator[Chunk]:
    """Chunks of at most `budget.chunk_rows` rows: `budget.boundary_rows` at most for cuts, a fifth of that each for missing
    values and categories; none where there is no cut."""
    targets = targets_of(subject)
    asks = any(f is not None and f.trees.sets is not None for f in targets.forests)
    if not len(targets.column) and not asks:
        return
    rng = stream(seed, subject.case_name, Phase.BOUNDARY, 0)
    work = prepared(subject, targets, rng)
    cut, variant, second = _listed(work.edges, budget.boundary_rows, rng)
    for start in range(0, len(cut), budget.chunk_rows):
        part = slice(start, start + budget.chunk_rows)
        own = stream(seed, subject.case_name, Phase.BOUNDARY, 1 + start // budget.chunk_rows)
        yield _chunk(work, cut[part], variant[part], second[part], own)
    yield from missing(work, seed, budget)
    yield from categories(work, seed, budget)


def _listed(edges: Floats, most: int, rng: np.random.Generator) -> tuple[Places, Places, Bools]:
    """Which cut, which variant, and whether in the second round, for each row: at most `most` rows.

    Both sides of every cut come first, then further variants in order, then all of it again with other columns on edges;
    where not even both sides of all cuts fit, both sides of some.
    """
    order = rng.permutation(edges.shape[1])
    variant, place = np.nonzero(~np.isnan(edges[:, order]))
    pairs = variant < 2
    first = np.argsort(np.where(pairs, place, len(order) + variant), kind="stable")
    cut, variant = order[place[first]], variant[first]
    cut, variant = np.concatenate([cut, cut])[:most], np.concatenate([variant, variant])[:most]
    return cut, variant, np.arange(len(cut)) >= len(first)


def _chunk(work: Work, cut: Places, variant: Places, second: Bools, rng: np.random.Generator) -> Chunk:
    targets = work.targets
    owner, node = targets.owner[cut], _nodes(targets, cut, rng)
    start = start_rows(work.base, owner, node, rng)
    box = boxes_of(targets, owner, node, len(work.places.kinds))
    values = into_box(work.base.values[start], box, work.places, rng)
    if second.any():
        later = Boxes(box.low[second], box.high[second], box.nan_ok[second])
        values[second] = onto_edges(values[second], later, work.places, rng, ON_EDGES)
    tested = (np.arange(len(cut)), targets.column[cut])
    values[tested] = work.edges[variant, cut]
    batch = with_codes(work, batch_of(work, start, values), owner, node, rng)
    passed = _passed(work, batch, owner, node)
    side = side_of(values[tested], targets.threshold[cut], targets.coarse[cut])
    return Chunk(
        Phase.BOUNDARY,
        batch,
        "edge",
        valid_rows(work.subject.schema, batch),
        "boundary",
        cut=np.where(passed, cut, -1),
        side=side,
    )


def _nodes(targets: Targets, cut: Places, rng: np.random.Generator) -> Ints:
    """One of the nodes of each cut, -1 where it has none."""
    place = targets.first[cut] + (rng.random(len(cut)) * targets.count[cut]).astype(np.int64)
    return targets.nodes[place]


def _passed(work: Work, batch: pa.RecordBatch, owner: Ints, node: Ints) -> Bools:
    """Did each row really come by its node? Rows of cuts without nodes did."""
    passed = np.ones(len(node), bool)
    for side, forest in enumerate(work.targets.forests):
        mine = np.flatnonzero(owner == side)
        if forest is not None and len(mine):
            passed[mine] = _follow(work.subject, forest, node[mine], batch.take(pa.array(mine)))
    return passed


def _follow(subject: Subject, forest: Forest, node: Ints, batch: pa.RecordBatch, smallest: int = 64) -> Bools:
    """Which rows come by their node. Rows that the user's own steps refuse come by none: found by halves, to `smallest` rows."""
    try:
        return passes(forest.trees, node, features_of(subject, forest.anatomy, batch))
    except Exception:  # noqa: BLE001 - the user's own steps are called, and may refuse rows in any way
        if len(node) <= smallest:
            return np.zeros(len(node), bool)
    half = len(node) // 2
    parts = ((node[:half], batch.slice(0, half)), (node[half:], batch.slice(half)))
    return np.concatenate([_follow(subject, forest, some, rows, smallest) for some, rows in parts])

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
from parity.generate.asking import Tell, unheard
from parity.generate.boxes import Boxes, Forest
from parity.generate.branches import categories, missing, missing_at, ways_of
from parity.generate.crossings import MOST_BORDERS, crossings
from parity.generate.edges import side_of
from parity.generate.features import features_of
from parity.generate.paths import Places, Work, batch_of, boxes_of, prepared, start_rows, with_codes
from parity.generate.repair import into_box, onto_edges
from parity.generate.seeds import stream
from parity.generate.shares import CATEGORIES, CUTS, MISSING, REGIONS, search_rows, shared, told
from parity.generate.subject import Subject
from parity.generate.targets import Targets, targets_of
from parity.generate.valid import valid_rows
from parity.values.anatomy import Bools, Floats, Ints
from parity.values.plan import Budget, Chunk, Phase

# Share of the other columns that the second round puts on edges.
ON_EDGES = 0.5


def boundary(subject: Subject, seed: int, budget: Budget, tell: Tell = unheard) -> Iterator[Chunk]:
    """Chunks of at most `budget.chunk_rows` rows, `budget.boundary_rows` in all: for cuts, for missing values and categories at
    splits, for borders of regions. `tell` hears what did not fit.

    Where there are no cuts, a part of the rows is left to the search for the worst drift (`shares.search_rows`).
    """
    targets = targets_of(subject)
    total = budget.boundary_rows - (0 if len(targets.column) else search_rows(subject, budget))
    asks = any(f is not None and f.trees.sets is not None for f in targets.forests)
    regions = {REGIONS: 2 * MOST_BORDERS * len(subject.reference.regions)}
    if not len(targets.column) and not asks:
        shares = _shares(total, {CUTS: 0, MISSING: 0, CATEGORIES: 0, **regions}, tell)
    else:
        rng = stream(seed, subject.case_name, Phase.BOUNDARY, 0)
        work = prepared(subject, targets, rng)
        (cut, variant), at, out = _listed(work.edges, rng), missing_at(work), ways_of(work)
        shares = _shares(total, {CUTS: len(cut), MISSING: len(at), CATEGORIES: len(out.node), **regions}, tell)
        yield from _edges(work, seed, cut, variant, shares[CUTS], budget.chunk_rows)
        yield from missing(work, at, seed, shares[MISSING], budget.chunk_rows)
        yield from categories(work, out, seed, shares[CATEGORIES], budget.chunk_rows)
    yield from crossings(subject, seed, shares[REGIONS], budget.chunk_rows, tell)


def _shares(total: int, needed: dict[str, int], tell: Tell) -> dict[str, int]:
    """Rows of each part; cuts want a second round, which nobody needs. `tell` hears what was cut."""
    shares = shared(total, {**needed, CUTS: 2 * needed[CUTS]})
    if cut_short := told(total, shares, needed):
        tell(cut_short)
    return shares


def _listed(edges: Floats, rng: np.random.Generator) -> tuple[Places, Places]:
    """Which cut and which variant for each row of a round: both sides of every cut come first, then further variants in order."""
    order = rng.permutation(edges.shape[1])
    variant, place = np.nonzero(~np.isnan(edges[:, order]))
    first = np.argsort(np.where(variant < 2, place, len(order) + variant), kind="stable")
    return order[place[first]], variant[first]


def _edges(work: Work, seed: int, cut: Places, variant: Places, most: int, chunk_rows: int) -> Iterator[Chunk]:
    """A round of the rows, and a second one with other columns on edges: at most `most` rows."""
    second = np.arange(2 * len(cut))[:most] >= len(cut)
    cut, variant = np.concatenate([cut, cut])[:most], np.concatenate([variant, variant])[:most]
    for start in range(0, len(cut), chunk_rows):
        part = slice(start, start + chunk_rows)
        own = stream(seed, work.subject.case_name, Phase.BOUNDARY, 1 + start // chunk_rows)
        yield _chunk(work, cut[part], variant[part], second[part], own)


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

"""Which sample rows come by which node: real rows that satisfy a path as they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parity.anatomy.traverse import goes_left, seen
from parity.values.anatomy import Floats, Ints, Trees

# Pairs of row and node that are remembered: 12 bytes each, and a second's work.
MOST_PAIRS = 3_000_000


@dataclass(frozen=True)
class Visits:
    """Rows that come by node i: `rows[first[i] : first[i] + count[i]]`."""

    first: npt.NDArray[np.int64]
    count: npt.NDArray[np.int64]
    rows: Ints

    def pick(self, nodes: npt.NDArray[np.int32], rng: np.random.Generator, rows: int) -> npt.NDArray[np.int64]:
        """A row for each node: one that comes by where there is any, else any of `rows`."""
        count = self.count[nodes]
        place = self.first[nodes] + (rng.random(len(nodes)) * count).astype(np.int64)
        found = count > 0
        place = np.where(found, place, 0)
        anywhere = rng.integers(0, rows, len(nodes))
        return np.where(found, self.rows[place], anywhere) if len(self.rows) else anywhere


def affordable_rows(trees: Trees, rows: int) -> int:
    """How many rows can be followed: a path is about as deep as the logarithm of its tree's nodes, twice that to be safe."""
    depth = 2 * np.log2(max(2.0, len(trees.left) / max(1, len(trees.root))))
    return int(max(1, min(rows, MOST_PAIRS / (depth * max(1, len(trees.root))))))


def visits(trees: Trees, features: Floats) -> Visits:
    """Follows all rows through all trees; features are (rows, n) as the engine is given them."""
    columns = np.asfortranarray(seen(trees, features))
    nodes, rows = [], []
    row = np.tile(np.arange(len(features), dtype=np.int32), len(trees.root))
    node = np.repeat(trees.root, len(features))
    while len(node):
        moving = trees.left[node] >= 0
        node, row = node[moving], row[moving]
        nodes.append(node)
        rows.append(row)
        left = goes_left(trees, node, columns[row, trees.feature[node]])
        node = np.where(left, trees.left[node], trees.right[node])
    return _by_node(np.concatenate(nodes), np.concatenate(rows), len(trees.left))


def _by_node(nodes: Ints, rows: Ints, size: int) -> Visits:
    order = np.argsort(nodes, kind="stable")
    count = np.bincount(nodes, minlength=size)
    return Visits(np.cumsum(count) - count, count, rows[order])

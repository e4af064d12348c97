"""What adding up rounds, leaf by leaf and term by term, in one precision."""

from __future__ import annotations

import numpy as np

from parity.anatomy.traverse import leaves
from parity.compare.allowance import Floats
from parity.numeric import bounds
from parity.values.anatomy import Linear, Trees

_CELLS = 2_000_000
"""Rows times terms at once: arrays of a few megabytes."""


def own_leaves_error(trees: Trees, rows: Floats, units: tuple[float, float]) -> Floats:
    """Shape (rows, outputs): as `tree_sum_error`, with the leaves that each row ends in instead of the largest ones.

    A runtime that takes another leaf is not explained by it: that is no rounding of the sum.
    """
    leaf, outputs = np.abs(trees.leaf) * abs(trees.scale), trees.leaf.shape[1]
    ends, error = leaves(trees, rows), np.zeros((len(rows), outputs))
    base = np.broadcast_to(np.abs(np.atleast_1d(trees.base)), (outputs,))
    step = max(1, _CELLS // max(1, ends.shape[1] * outputs))
    for i in range(0, len(rows), step):
        terms = leaf[ends[i : i + step]]
        terms = np.concatenate([np.broadcast_to(base, (len(terms), 1, outputs)), terms], axis=1).transpose(0, 2, 1)
        error[i : i + step] = sum(bounds.sum_bound(terms, u) for u in units)
    return error


def tree_sum_error(trees: Trees, u: float) -> Floats:
    """Shape (outputs,): every leaf at its tree's largest size, the base as the first term of the sum."""
    largest = np.zeros((len(trees.root), trees.leaf.shape[1]))
    leaves = np.flatnonzero(trees.left < 0)
    np.maximum.at(largest, trees.tree[leaves], np.abs(trees.leaf[leaves]))
    terms = np.vstack([np.abs(np.atleast_1d(trees.base))[None, :] * np.ones((1, largest.shape[1])), largest * abs(trees.scale)])
    return bounds.sum_bound(terms.T, u)


def dot_error(linear: Linear, z: Floats, moved: Floats, u: float, apart: bool) -> Floats:
    """(rows, outputs): the deterministic or the probabilistic bound of W z + b for features off by u `moved`, what is smaller.

    Independent roundings of the features join those of the sum; features that share columns (`apart` False) may be off together.
    """
    n, weights = linear.weights.shape[1], np.abs(linear.weights)
    size, value = np.abs(z) @ weights.T + np.abs(linear.intercept), z @ linear.weights.T + linear.intercept
    shifted, squares = moved @ weights.T, z**2 @ weights.T**2 + linear.intercept**2
    variance = bounds.dot_variance(size, value, squares, n)
    certain = bounds.dot_bound(size, n, u) + u * shifted
    if apart:
        return np.minimum(certain, bounds.random_bound(variance + moved**2 @ weights.T**2, u))
    return np.minimum(certain, bounds.random_bound(variance, u) + u * shifted)

"""The inner nodes of a model's trees, in terms of the user's columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from parity.anatomy.carry import Feed, last_on_low_side
from parity.anatomy.floats import after32, after64, down32, following, largest_at_most
from parity.anatomy.flow import Jumps
from parity.values.anatomy import Anatomy, Bools, Floats, Ints, Prefix, Trees


@dataclass(frozen=True)
class Splits:
    """Arrays over all nodes; leaves, nodes that ask for a category, and nodes whose feature follows no single column, have
    column -1.

    A value of the column is on the low side where it is <= `upper` and on the high side where it is >= `lower`; between the
    two lie at most values that round to one of them, or, behind a step whose last digit depends on the machine, those between
    two neighbours in float32: such a cut is sought no closer, so that every machine finds it at the same place. `threshold` and
    `strict` name the place. `low_left`: is the left child the low side? `exact`: is the threshold the one that the engine
    compares the value itself with (no step in between)?
    """

    column: Ints
    upper: Floats
    lower: Floats
    threshold: Floats
    strict: Bools
    low_left: Bools
    exact: Bools


def splits_of(anatomy: Anatomy, feed: Feed) -> Splits | None:
    """All splits of an anatomy's trees; behind a prefix they are bisected through it. None without trees."""
    trees, prefix = anatomy.trees, anatomy.prefix
    if trees is None:
        return None
    inner = trees.left >= 0
    if trees.sets is not None:
        inner &= trees.sets.of < 0
    plain = _plain(trees, prefix, inner)
    if prefix is None:
        return plain
    return _bisected(trees, prefix, inner, plain, feed, len(anatomy.columns))


def _plain(trees: Trees, prefix: Prefix | None, inner: Bools) -> Splits:
    """As if every feature were the column itself."""
    strict = trees.rule == "lt"
    upper = largest_at_most(trees.threshold, strict, trees.precision)
    column = trees.feature if prefix is None else prefix.origin[np.where(inner, trees.feature, 0)]
    return Splits(
        column=np.where(inner, column, -1).astype(np.int32),
        upper=upper,
        lower=following(upper, trees.precision),
        threshold=trees.threshold,
        strict=np.full(len(upper), strict),
        low_left=np.ones(len(upper), bool),
        exact=np.ones(len(upper), bool),
    )


def _bisected(trees: Trees, prefix: Prefix, inner: Bools, plain: Splits, feed: Feed, columns: int) -> Splits:
    same = np.zeros(len(prefix.origin), bool) if prefix.unchanged is None else prefix.unchanged
    todo = np.flatnonzero(inner & (plain.column >= 0) & ~same[trees.feature] & np.isfinite(trees.threshold))
    column, upper, lower = plain.column.copy(), plain.upper.copy(), plain.lower.copy()
    threshold, strict, low_left = plain.threshold.copy(), plain.strict.copy(), plain.low_left.copy()
    exact = plain.exact.copy()
    if len(todo):
        key, place = np.unique(np.stack([trees.feature[todo], trees.threshold[todo]]), axis=1, return_inverse=True)
        last = last_on_low_side(_as_jumps(trees, prefix, key), feed, columns)[np.ravel(place)]
        column[todo] = np.where(np.isnan(last), -1, column[todo])
        coarse = np.isin(column[todo], sorted(prefix.unsteady))
        last = np.where(coarse, down32(last), last)
        upper[todo], lower[todo], threshold[todo], strict[todo] = last, after64(last), last, False
        lower[todo[coarse]] = after32(last[coarse])
        low_left[todo] = prefix.direction[trees.feature[todo]] > 0
        exact[todo] = False
    return Splits(column, upper, lower, threshold, strict, low_left, exact)


def _as_jumps(trees: Trees, prefix: Prefix, key: Floats) -> Jumps:
    feature = key[0].astype(np.int32)
    strict = np.full(len(feature), trees.rule == "lt")
    return Jumps(prefix.transform, feature, prefix.origin[feature], prefix.direction[feature], key[1], strict, trees.precision)

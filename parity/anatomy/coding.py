"""Columns of categories to the numbers that a model learned them by: a category's place in the list that it keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from parity.anatomy.part import Part
from parity.anatomy.traverse import as_floats
from parity.values.anatomy import Floats, Ints, Prefix, Trees

# Codes are numbered from 0; a model that asks for larger ones holds numbers that are no codes.
MOST_CODES = 10_000

Coding = tuple[tuple[Any, ...] | None, ...]


def coded_prefix(coding: Coding, origin: Ints) -> Prefix:
    """Feature j is column `origin[j]`: its number, or the place of its category in `coding[j]`, NaN for any other."""
    plain = np.array([known is None for known in coding])
    places = [None if known is None else {value: float(i) for i, value in enumerate(known)} for known in coding]

    def transform(rows: Any) -> Floats:
        if isinstance(rows, np.ndarray):
            return as_floats(rows)[:, origin]
        parts = [_feature(_column(rows, int(c)), place) for c, place in zip(origin, places, strict=True)]
        return np.column_stack(parts)

    return Prefix(transform, origin, plain.astype(np.int32), unchanged=plain)


def own_numbers(known: Sequence[Any] | None) -> bool:
    """Are the categories 0, 1, 2 …, each its own place?"""
    return known is None or list(known) == list(range(len(known)))


def known_codes(part: Part, prefix: Prefix | None) -> dict[int, tuple[Any, ...]]:
    """The categories of the user's columns whose value a set of the trees asks for: kept by the model, or met in its sets."""
    trees = part.trees
    if trees is None or trees.sets is None:
        return {}
    asked = np.flatnonzero(trees.sets.of >= 0)
    found: dict[int, tuple[Any, ...]] = {}
    for feature in np.unique(trees.feature[asked]):
        column = int(feature) if prefix is None else int(prefix.origin[feature])
        kept = part.coding[feature] if part.coding else None
        if kept is not None:
            found[column] = kept
        elif column >= 0 and (prefix is None or (prefix.unchanged is not None and prefix.unchanged[feature])):
            found[column] = _met(trees, asked[trees.feature[asked] == feature])
    return found


def _met(trees: Trees, nodes: Ints) -> tuple[Any, ...]:
    """All codes up to the largest that a set holds, where sets hold codes; else what they hold."""
    sets = trees.sets
    assert sets is not None, "the caller has nodes that ask"
    members = np.unique(np.concatenate([sets.members[sets.first[s] : sets.first[s + 1]] for s in sets.of[nodes]]))
    if sets.whole and len(members) and members[-1] < MOST_CODES:
        return tuple(range(int(members[-1]) + 1))
    return tuple(int(m) if m == int(m) else float(m) for m in members)


def _column(rows: Any, index: int) -> Any:
    """A frame's or Arrow batch's column, as a list of values or an array of numbers."""
    column = rows.column(index) if isinstance(rows, pa.RecordBatch) else rows.iloc[:, index]
    if isinstance(column, pa.Array):
        return column.to_pylist() if _is_text(column) else np.asarray(column.to_numpy(zero_copy_only=False))
    return column.to_numpy(dtype=object).tolist() if column.dtype.kind not in "fiub" else column.to_numpy()


def _is_text(column: pa.Array) -> bool:
    return bool(pa.types.is_dictionary(column.type) or pa.types.is_string(column.type))


def _feature(values: Any, places: dict[Any, float] | None) -> Floats:
    if places is not None:
        return np.array([places.get(v, np.nan) for v in (values.tolist() if hasattr(values, "tolist") else values)])
    return (
        np.array([np.nan if v is None else float(v) for v in values]) if isinstance(values, list) else values.astype(np.float64)
    )

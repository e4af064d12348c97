"""Splits of the reference's trees that a valid missing value can meet: where a learned direction may have been lost."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from parity.generate.batches import record
from parity.generate.boxes import Forest, boxes
from parity.generate.codes import closed, reachable
from parity.generate.features import features_of
from parity.generate.subject import Subject
from parity.generate.typical import typical_row
from parity.values.anatomy import Bools, Ints

_AT_ONCE = 4_000
"""Nodes whose boxes are held at once: a few megabytes for a hundred columns."""


def default_nodes(subject: Subject, forest: Forest | None) -> Ints:
    """Nodes whose column may be missing, whose path lets a missing value of it through, and which see it as missing."""
    if forest is None:
        return np.zeros(0, np.int32)
    columns = forest.splits.column
    may = np.array([c.missing for c in subject.schema.columns] + [False])
    inner = np.flatnonzero(reachable(forest) & may[columns]).astype(np.int32)
    if not len(inner):
        return np.zeros(0, np.int32)
    absent = _absent_features(subject, forest)
    inner = inner[absent[forest.trees.feature[inner]]]
    passes = [_passing(forest, inner[i : i + _AT_ONCE], len(subject.schema.columns)) for i in range(0, len(inner), _AT_ONCE)]
    return inner[np.concatenate(passes)] if passes else inner


def _passing(forest: Forest, nodes: Ints, columns: int) -> Bools:
    box = boxes(forest, nodes, columns)
    return np.asarray(box.nan_ok[np.arange(len(nodes)), forest.splits.column[nodes]], dtype=bool)


def _absent_features(subject: Subject, forest: Forest) -> Bools:
    """Features that are missing where all columns that may be missing are; none where a step refuses such a row."""
    typical = typical_row(subject.schema, subject.sample, subject.reference)
    arrays = [
        pa.nulls(1, typical.schema.types[i]) if c.missing else typical.column(i) for i, c in enumerate(subject.schema.columns)
    ]
    try:
        row = features_of(subject, forest.anatomy, record(subject.schema.columns, arrays))
    except Exception:  # noqa: BLE001 - the user's own steps are called, and may refuse missing values in any way
        return np.zeros(int(forest.trees.feature.max(initial=0)) + 1, bool)
    return np.asarray(np.isnan(row[0]))


def reachable_leaves(subject: Subject, forest: Forest) -> Ints:
    """Leaves whose path does not contradict itself."""
    may = np.array([c.missing for c in subject.schema.columns])
    leaves = np.flatnonzero((forest.trees.left < 0) & ~closed(forest, may)).astype(np.int32)
    found = []
    for i in range(0, len(leaves), _AT_ONCE):
        part = leaves[i : i + _AT_ONCE]
        box = boxes(forest, part, len(may))
        found.append(part[((box.low <= box.high) | (box.nan_ok & may)).all(axis=1)])
    return np.concatenate(found) if found else leaves

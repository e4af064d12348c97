"""Causes that lie in an engine and not in a file: what it cannot parse, what it swallows, what it makes of a number."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parity.anatomy.traverse import leaves
from parity.diagnose.advice import ADVICE
from parity.diagnose.evidence import CONFIRM_BROKEN, CONFIRM_EXPLAINED, Evidence, Floats, Hypothesis
from parity.numeric.tensors import element_of, inner, shape_of
from parity.values.anatomy import Trees
from parity.values.finding import Cause


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """A split between missing and present is `x <= INF` in PMML; an engine that cannot parse that has no branch for a value.

    INF is the infinity of XML Schema's doubles; Java spells it Infinity.
    """
    trees = evidence.reference.trees
    if trees is None:
        return
    nodes = np.flatnonzero((trees.left >= 0) & np.isinf(trees.threshold))
    if not len(nodes):
        return

    def predict(batch: pa.RecordBatch) -> Floats:
        answers = evidence.ask_reference(batch).copy()
        answers[_pass_with_a_value(trees, nodes, evidence.features(batch))] = np.nan
        return answers

    text = f"rows that meet one of {len(nodes)} splits at infinity with a value get no score, all others the reference's"
    yield Hypothesis("infinite-threshold", predict, evidence.ask_runtime, text)


def _pass_with_a_value(trees: Trees, nodes: npt.NDArray[np.int64], features: Floats) -> npt.NDArray[np.bool_]:
    """(rows,): does the row's way lead through one of the nodes, with a value in the column that it asks?"""
    ends = leaves(trees, features)
    found = np.zeros(len(features), bool)
    for node in nodes.tolist():
        here = np.isin(ends[:, trees.tree[node]], _below(trees, node))
        found |= here & ~np.isnan(features[:, trees.feature[node]])
    return found


def _below(trees: Trees, node: int) -> list[int]:
    """The leaves under a node."""
    found, stack = list[int](), [node]
    while stack:
        at = stack.pop()
        if trees.left[at] < 0:
            found.append(at)
        else:
            stack += [int(trees.left[at]), int(trees.right[at])]
    return found


def swallowed(evidence: Evidence) -> Cause | None:
    """The reference says NaN to a row with a NaN in it, the runtime a number; with 0 in its place both say the same.

    No hypothesis: a row that the reference answers with NaN has no bound. With 0 in place of NaN the two sides may be a few
    times as far apart as they are on the rows that agree.
    """
    rows = evidence.drifting
    silent, number = np.isnan(evidence.ask_reference(rows)), np.isfinite(evidence.ask_runtime(rows))
    found = np.array([bool(silent[i].any() and number[i].all()) and holds_nan(rows, i) for i in range(rows.num_rows)], bool)
    if not len(found) or found.mean() < CONFIRM_EXPLAINED:
        return None
    room = np.maximum(_ROOM * _apart(evidence, evidence.agreeing).max(initial=0.0), np.finfo(np.float32).tiny)
    explained = float((found & (_apart(evidence, without_nan(rows)) <= room)).mean())
    agreeing = _apart(evidence, without_nan(evidence.agreeing)) <= room
    broken = 1 - float(agreeing.mean()) if len(agreeing) else 0.0
    if explained < CONFIRM_EXPLAINED or broken > CONFIRM_BROKEN:
        return None
    text = "the reference answers NaN to a NaN, the runtime a number; with 0 in its place both answer alike"
    return Cause("nan-swallowed", explained, broken, ADVICE["nan-swallowed"], text)


_ROOM = 4.0


def _apart(evidence: Evidence, rows: pa.RecordBatch) -> Floats:
    """(rows,): the distance between both sides' answers, 0 where both say NaN."""
    if not rows.num_rows:
        return np.zeros(0)
    ours, theirs = evidence.ask_reference(rows), evidence.ask_runtime(rows)
    if ours.shape != theirs.shape:
        return np.full(rows.num_rows, np.inf)
    with np.errstate(invalid="ignore"):
        distance = np.abs(ours - theirs)
    distance = np.where(np.isnan(ours) & np.isnan(theirs), 0.0, np.where(np.isnan(distance), np.inf, distance))
    return np.asarray(distance.max(axis=1, initial=0.0))


def holds_nan(batch: pa.RecordBatch, row: int) -> bool:
    """Is there a NaN in one of the row's numbers, or tensors of numbers?"""
    one = batch.slice(row, 1)
    return any(bool(pc.any(pc.is_nan(_flat(c))).as_py()) for c in one.columns if pa.types.is_floating(element_of(c.type)))


def without_nan(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The rows with 0 for NaN, in tensors too; a missing value stays one."""
    columns = [_filled(c) if pa.types.is_floating(element_of(c.type)) else c for c in batch.columns]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _flat(column: pa.Array) -> pa.Array:
    while shape_of(column.type):
        column = inner(column)
    return column


def _filled(column: pa.Array) -> pa.Array:
    if shape_of(column.type):
        mask = column.is_null() if column.null_count else None
        return pa.FixedSizeListArray.from_arrays(_filled(inner(column)), type=column.type, mask=mask)
    return pc.if_else(pc.is_nan(column), pa.scalar(0.0, column.type), column)


def codes(evidence: Evidence) -> Iterator[Hypothesis]:
    """Whole numbers that came as doubles, given as integers: for an engine that makes a text of a code 3.0 is not 3.

    Only where the reference itself does not tell the two apart.
    """
    rows = evidence.drifting
    for name in [n for n in rows.schema.names if _whole(rows.column(n))]:

        def predict(batch: pa.RecordBatch, name: str = name) -> Floats:
            return evidence.ask_runtime(as_integers(batch, name))

        before, after = evidence.ask_reference(rows), evidence.ask_reference(as_integers(rows, name))
        if before.shape == after.shape and np.array_equal(before, after, equal_nan=True):
            text = f"the runtime, given the whole numbers of {name} as integers (3 for 3.0), answers as the reference does"
            yield Hypothesis("number-as-text", predict, evidence.ask_reference, text)


def _whole(column: pa.Array) -> bool:
    """Doubles without a fraction or a missing one, some of them."""
    if not pa.types.is_floating(column.type) or column.null_count or not len(column):
        return False
    values = column.to_numpy(zero_copy_only=False)
    with np.errstate(invalid="ignore"):
        return bool(((values == np.trunc(values)) & (np.abs(values) < 2.0**53)).all())


def as_integers(batch: pa.RecordBatch, name: str) -> pa.RecordBatch:
    """The batch with one column as integers; itself where some of its values are none."""
    column = batch.column(name)
    if not _whole(column):
        return batch
    return batch.set_column(batch.schema.get_field_index(name), name, column.cast(pa.int64()))

"""The smallest row parts at the cut at which the row that it was made from parted, and at no other one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from parity.anatomy.traverse import as_floats, leaves
from parity.minimise import cut_of, minimise, same_cut
from parity.minimise.same_cut import parting
from parity.values.anatomy import Anatomy, Trees
from parity.values.columns import Column, ColumnType, Schema

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

NAMES = ("a", "b", "c")
SCHEMA = Schema(tuple(Column(name, ColumnType.FLOAT64, -100.0, 100.0, missing=True) for name in NAMES))


def stumps(thresholds: tuple[float, float], nan_left: tuple[bool, bool] = (True, True)) -> Anatomy:
    """Two trees of one split each: `a` against the first threshold, `b` against the second."""
    trees = Trees(
        left=np.array([1, -1, -1, 4, -1, -1], np.int32),
        right=np.array([2, -1, -1, 5, -1, -1], np.int32),
        feature=np.array([0, 0, 0, 1, 0, 0], np.int32),
        threshold=np.array([thresholds[0], 0, 0, thresholds[1], 0, 0]),
        nan_left=np.array([nan_left[0], False, False, nan_left[1], False, False]),
        root=np.array([0, 3], np.int32),
        tree=np.array([0, 0, 0, 1, 1, 1], np.int32),
        leaf=np.array([[0.0], [0.0], [1.0], [0.0], [0.0], [2.0]]),
        rule="le",
        precision="float64",
        sum_precision="float64",
        base=np.zeros(1),
    )
    return Anatomy(NAMES, trees=trees)


OURS, THEIRS = stumps((5.0, 0.25)), stumps((5.5, 0.75))
"""Both cuts are wrong: one for a in (5, 5.5], the other for b in (0.25, 0.75]."""


def batch(*rows: tuple[float | None, float | None, float | None]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array(column, pa.float64()) for column in zip(*rows, strict=True)], names=list(NAMES))


TYPICAL = batch((1.0, 0.5, 0.0))
ROW = batch((5.318710551, 9.123, 77.25))


def drifts(asked: pa.RecordBatch) -> Bools:
    ours, theirs = (leaves(anatomy.trees, as_floats(asked)) for anatomy in (OURS, THEIRS) if anatomy.trees is not None)
    return np.asarray((ours != theirs).any(axis=1))


def test_without_the_cut_the_row_slips_to_the_other_fault() -> None:
    assert minimise(ROW, TYPICAL, SCHEMA, drifts).off_typical == ()


def test_with_the_cut_it_stays() -> None:
    stays = same_cut(ROW, OURS, THEIRS, as_floats)
    assert stays is not None
    found = minimise(ROW, TYPICAL, SCHEMA, lambda asked: drifts(asked) & stays(asked))
    assert found.off_typical == ("a",)
    assert found.row.column("a")[0].as_py() == 5.3
    assert found.calls <= 20


def test_nodes_at_which_rows_part() -> None:
    assert OURS.trees is not None and THEIRS.trees is not None
    rows = as_floats(batch((5.25, 9.0, 0.0), (1.0, 0.5, 0.0), (5.25, 0.5, 0.0), (1.0, 1.0, 1.0)))
    found = parting(OURS.trees, THEIRS.trees, rows, rows)
    assert found is not None
    assert found.tolist() == [[0, -1], [-1, 3], [0, 3], [-1, -1]]


def test_a_missing_value_stays_missing_in_the_same_column() -> None:
    ours, theirs = stumps((5.0, 0.25)), stumps((5.0, 0.25), nan_left=(False, False))
    stays = same_cut(batch((None, 1.0, 1.0)), ours, theirs, as_floats)
    assert stays is not None
    assert stays(batch((None, 0.0, 0.0), (1.0, None, 0.0), (None, None, None), (1.0, 1.0, 1.0))).tolist() == [
        True,
        False,
        True,
        False,
    ]


def test_the_same_threshold_in_another_tree_is_the_same_cut() -> None:
    assert OURS.trees is not None and THEIRS.trees is not None
    twice = replace(OURS.trees, feature=np.zeros(6, np.int32), threshold=np.array([5.0, 0, 0, 5.0, 0, 0]))
    first = replace(OURS, trees=twice)
    second = replace(first, trees=replace(twice, threshold=np.array([5.5, 0, 0, 6.0, 0, 0])))
    stays = same_cut(ROW, first, second, as_floats)
    assert stays is not None
    assert stays(batch((5.9, 0.0, 0.0), (6.1, 0.0, 0.0))).tolist() == [True, False]


def test_the_cut_in_words() -> None:
    assert cut_of(ROW, OURS, THEIRS, as_floats) == "a <= 5.0 (tree 0)"
    assert cut_of(batch((1.0, 0.5, 0.0)), OURS, THEIRS, as_floats) == "b <= 0.25 (tree 1)"
    assert cut_of(batch((1.0, 1.0, 1.0)), OURS, THEIRS, as_floats) == ""
    assert cut_of(ROW, OURS, Anatomy(NAMES), as_floats) == ""


def agreeing(_: pa.RecordBatch) -> tuple[Anatomy, Anatomy]:
    return OURS, OURS


def unread(_: pa.RecordBatch) -> tuple[Anatomy, Anatomy]:
    return OURS, Anatomy(NAMES, unread=("no",))


def pruned(_: pa.RecordBatch) -> tuple[Anatomy, Anatomy]:
    assert THEIRS.trees is not None
    return OURS, replace(THEIRS, trees=replace(THEIRS.trees, left=np.array([-1, -1, -1, 4, -1, -1], np.int32)))


@pytest.mark.parametrize("made", [agreeing, unread, pruned])
def test_where_nothing_can_be_said_nothing_is(made: Callable[[pa.RecordBatch], tuple[Anatomy, Anatomy]]) -> None:
    """Same leaves on both sides, a structure that was not read, trees of other shapes."""
    assert same_cut(ROW, *made(ROW), as_floats) is None


@pytest.mark.parametrize("seed", range(40))
def test_at_most_twenty_calls_and_1500_rows(seed: int) -> None:
    """A fault in two of 200 columns, told by a narrow interval of each: exactly those two stay."""
    rng = np.random.default_rng(seed)
    names = [f"x{i}" for i in range(200)]
    wide = Schema(tuple(Column(n, ColumnType.FLOAT64, -4.0, 4.0) for n in names))
    values = rng.normal(size=200)
    row = pa.RecordBatch.from_arrays([pa.array([v]) for v in values], names=names)
    typical = pa.RecordBatch.from_arrays([pa.array([0.0])] * 200, names=names)
    guilty = sorted(rng.choice(200, 2, replace=False))
    calls: list[int] = []

    def fails(asked: pa.RecordBatch) -> Bools:
        calls.append(asked.num_rows)
        near = [np.abs(asked.column(int(g)).to_numpy() - values[g]) < 0.01 * abs(values[g]) for g in guilty]
        return np.asarray(near[0] & near[1])

    found = minimise(row, typical, wide, fails)
    assert found.off_typical == tuple(names[g] for g in guilty)
    assert (len(calls), sum(calls)) == (found.calls, found.rows)
    assert found.calls <= 20
    assert found.rows - calls[0] <= 1500

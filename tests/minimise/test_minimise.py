"""The minimiser on synthetic predicates: still fails, never more columns off typical, never more calls than allowed."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parity.minimise import minimise
from parity.minimise.row import off_typical
from parity.values.columns import Column, ColumnType, Schema

Bools = npt.NDArray[np.bool_]

SCHEMA = Schema(
    (
        *(Column(f"f{i}", ColumnType.FLOAT64, -10.0, 10.0) for i in range(8)),
        Column("g", ColumnType.FLOAT32, missing=True),
        Column("k", ColumnType.INT32, 0, 500),
        Column("n", ColumnType.INT64),
        Column("b", ColumnType.BOOL),
        Column("city", ColumnType.STRING, categories=("Oslo", "London", "Rome")),
        Column("note", ColumnType.STRING),
    )
)
ARROW = {
    "float64": pa.float64(),
    "float32": pa.float32(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "bool": pa.bool_(),
    "string": pa.string(),
}
NAMES = [c.name for c in SCHEMA.columns]


def batch(values: list[object]) -> pa.RecordBatch:
    arrays = [pa.array([v], ARROW[c.type]) for v, c in zip(values, SCHEMA.columns, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, names=NAMES)


TYPICAL = batch([0.0] * 8 + [1.0, 7, 3, False, "Rome", "note"])
ROW = batch([0.1 * i - 0.123456789 for i in range(8)] + [None, 487, 2**53 + 1, True, "London", "a longer note"])

finite = st.floats(-10, 10)
rows = st.builds(
    lambda floats, rest: batch([*floats, *rest]),
    st.lists(finite, min_size=8, max_size=8),
    st.tuples(
        st.none() | st.floats(width=32, allow_nan=True),
        st.integers(0, 500),
        st.integers(-(2**63), 2**63 - 1),
        st.booleans(),
        st.sampled_from(["Oslo", "London", "Rome"]),
        st.none() | st.text(max_size=20),
    ),
)


class Predicate:
    """Fails where a hash of the chosen columns agrees with the row's: arbitrary, but the same for equal rows."""

    def __init__(self, row: pa.RecordBatch, needed: list[str], share: int) -> None:
        self.row, self.needed, self.share = row, needed, share
        self.calls: list[int] = []

    def __call__(self, asked: pa.RecordBatch) -> Bools:
        self.calls.append(asked.num_rows)
        return np.array([self.one(asked.slice(i, 1)) for i in range(asked.num_rows)], dtype=bool)

    def one(self, row: pa.RecordBatch) -> bool:
        changed = [n for n in off_typical(row, self.row) if n in self.needed]
        return all(
            zlib.crc32(f"{n}{row.column(n)[0].as_py()!r}".encode("utf-8", "surrogatepass")) % self.share == 0 for n in changed
        )


@given(rows, st.lists(st.sampled_from(NAMES), unique=True), st.integers(1, 5), st.integers(0, 20))
def test_still_fails_with_no_more_columns_and_no_more_calls(
    row: pa.RecordBatch, needed: list[str], share: int, most: int
) -> None:
    fails = Predicate(row, needed, share)
    found = minimise(row, TYPICAL, SCHEMA, fails, max_calls=most)
    assert len(fails.calls) == found.calls <= most
    assert sum(fails.calls) == found.rows
    assert fails.one(found.row)
    assert set(found.off_typical) <= set(off_typical(row, TYPICAL))
    assert found.row.schema.equals(row.schema)
    assert found.off_typical == off_typical(found.row, TYPICAL)
    assert found.reproduced == (most > 0)


@given(st.lists(st.sampled_from(NAMES), unique=True))
def test_exactly_the_needed_columns_stay(needed: list[str]) -> None:
    def fails(asked: pa.RecordBatch) -> Bools:
        return np.array([not set(needed) & set(off_typical(asked.slice(i, 1), ROW)) for i in range(asked.num_rows)])

    found = minimise(ROW, TYPICAL, SCHEMA, fails)
    assert set(found.off_typical) == set(needed)
    assert found.calls <= 10


def test_a_narrow_interval_keeps_its_shortest_number() -> None:
    def fails(asked: pa.RecordBatch) -> Bools:
        x = asked.column("f3").to_numpy()
        return np.asarray((x > 0.1764) & (x < 0.1766))

    found = minimise(ROW, TYPICAL, SCHEMA, fails)
    assert found.off_typical == ("f3",)
    assert found.row.column("f3")[0].as_py() == 0.1765


def test_two_hundred_columns_cost_a_handful_of_calls() -> None:
    names = [f"x{i}" for i in range(200)]
    wide = Schema(tuple(Column(n, ColumnType.FLOAT64) for n in names))
    values = np.random.default_rng(5).normal(size=200)
    row = pa.RecordBatch.from_arrays([pa.array([v]) for v in values], names=names)
    typical = pa.RecordBatch.from_arrays([pa.array([0.0])] * 200, names=names)

    def fails(asked: pa.RecordBatch) -> Bools:
        return np.asarray((asked.column("x17").to_numpy() * values[17] > 0) & (asked.column("x150").to_numpy() * values[150] > 0))

    found = minimise(row, typical, wide, fails)
    assert found.off_typical == ("x17", "x150")
    assert found.calls <= 9
    assert {abs(found.row.column(n)[0].as_py()) for n in found.off_typical} == {1.0}


def test_missing_stays_missing_and_bits_stay_bits() -> None:
    payload = struct.unpack("<d", struct.pack("<Q", 0x7FF8000000000ABC))[0]
    row = batch([payload] + [0.0] * 7 + [None, 7, 3, False, "Rome", "note"])

    def fails(asked: pa.RecordBatch) -> Bools:
        return np.isnan(asked.column("f0").to_numpy()) & np.asarray(asked.column("g").is_null())

    found = minimise(row, TYPICAL, SCHEMA, fails)
    assert found.off_typical == ("f0", "g")
    assert found.row.column("f0").to_numpy().view(np.uint64)[0] == 0x7FF8000000000ABC
    assert found.row.column("g").null_count == 1


def test_minus_zero_is_off_typical() -> None:
    row = batch([-0.0] + [0.0] * 7 + [1.0, 7, 3, False, "Rome", "note"])
    found = minimise(row, TYPICAL, SCHEMA, lambda asked: np.signbit(asked.column("f0").to_numpy()))
    assert found.off_typical == ("f0",)


def test_a_row_that_does_not_fail_again_comes_back_as_it_was() -> None:
    found = minimise(ROW, TYPICAL, SCHEMA, lambda asked: np.zeros(asked.num_rows, bool))
    assert (found.reproduced, found.calls, found.row.equals(ROW)) == (False, 1, True)


def test_a_row_that_fails_only_in_company_is_not_taken() -> None:
    def fails(asked: pa.RecordBatch) -> Bools:
        alone = asked.num_rows == 1
        return np.full(asked.num_rows, not alone or asked.equals(ROW))

    assert minimise(ROW, TYPICAL, SCHEMA, fails).row.equals(ROW)


def test_a_column_of_another_type_or_without_a_typical_value_stays() -> None:
    row = pa.RecordBatch.from_arrays(
        [pa.array(["text for a number"]), pa.array([5.25]), pa.array([1])], names=["f0", "f1", "unknown"]
    )
    found = minimise(row, TYPICAL, SCHEMA, lambda asked: np.ones(asked.num_rows, bool))
    assert found.off_typical == ("f0", "unknown")
    assert found.row.column("f0")[0].as_py() == "text for a number"


def test_a_batch_without_rows_is_left_alone() -> None:
    empty = ROW.slice(0, 0)
    found = minimise(empty, TYPICAL, SCHEMA, lambda asked: np.ones(asked.num_rows, bool))
    assert (found.row, found.calls, found.reproduced) == (empty, 0, False)


def test_an_answer_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"fails\(\) got 1 rows and answered in shape \(2,\)"):
        minimise(ROW, TYPICAL, SCHEMA, lambda asked: np.ones(2, bool))


def test_of_ten_thousand_columns_the_guilty_ones_stay():
    """Singles do not fit into a batch: the finest parts that do are reset together."""
    names = [f"x{i}" for i in range(10_000)]
    schema = Schema(tuple(Column(name, ColumnType.FLOAT64, -8.0, 8.0) for name in names))
    rng = np.random.default_rng(0)
    values, guilty = rng.normal(size=len(names)), np.sort(rng.choice(len(names), 5, replace=False))
    there = values[guilty]

    def fails(batch):
        asked = np.column_stack([batch.column(int(i)).to_numpy() for i in guilty])
        return (np.abs(asked - there) < 0.01 * np.abs(there)).all(axis=1)

    row, typical = (pa.RecordBatch.from_arrays([pa.array([v]) for v in vs], names=names) for vs in (values, np.zeros(len(names))))
    found = minimise(row, typical, schema, fails)
    assert found.off_typical == tuple(names[i] for i in guilty)
    assert found.calls <= 20 and found.rows <= 1_500

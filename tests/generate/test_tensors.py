"""Rows of tensors: valid where they are drawn to be, odd where a phase wants them odd, and simple where nothing is remarkable."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from parity.anatomy import unread_tensors
from parity.generate import Search, Subject, chunks, schema_of, typical_row, valid_rows
from parity.minimise import minimise, places_off
from parity.numeric.tensors import cells, column_of, flat, matrix, shape_of
from parity.replay.rows import row_bytes, row_for_people, row_from_bytes
from parity.report.lines import cell
from parity.values.case import ColumnRule
from parity.values.columns import Column, ColumnType, Schema
from parity.values.plan import Budget, Phase
from parity.values.signature import InputSpec
from tests.generate.subjects import case


def sample(rows: int = 50) -> pa.RecordBatch:
    images = np.random.default_rng(3).uniform(0, 1, (rows, 3, 4, 1)).astype(np.float32)
    return pa.record_batch({"image": column_of(images, pa.float32(), (3, 4, 1)), "age": pa.array(np.arange(rows) * 1.5)})


def subject(given: pa.RecordBatch | None = None, **rules: ColumnRule) -> Subject:
    given = sample() if given is None else given
    names = given.schema.names
    nothing = unread_tensors(names)
    return Subject("images", schema_of(case(**rules), names, given, nothing), given, nothing, nothing, lambda batch: batch)


def test_a_sample_shows_shape_type_range_and_what_may_be_absent() -> None:
    image, age = subject().schema.columns
    assert (image.shape, image.type, image.missing, image.nan) == ((3, 4, 1), ColumnType.FLOAT32, False, False)
    assert 0 <= (image.minimum or 0) < 0.05 < 0.95 < (image.maximum or 0) <= 1
    assert age.shape == ()
    holed = column_of(np.array([[0.0, np.nan], [1.0, 2.0]]), pa.float64(), (2,), np.array([False, True]))
    (column,) = subject(pa.record_batch({"v": holed})).schema.columns
    assert (column.missing, column.nan, column.maximum) == (True, True, 0.0)


def test_an_input_tells_its_shape_where_there_is_no_sample() -> None:
    specs = {"image": InputSpec("image", "int32", 12, shape=(3, 4)), "open": InputSpec("open", "float32", None, shape=(None, 4))}
    columns = schema_of(case(), ["image", "open"], None, unread_tensors(["image", "open"]), specs).columns
    assert (columns[0].shape, columns[0].type) == ((3, 4), ColumnType.INT32)
    assert columns[1].shape == ()


def test_a_tensor_is_valid_where_all_its_values_are() -> None:
    column = Column("v", ColumnType.FLOAT32, 0.0, 1.0, shape=(2,))
    values = np.array([[0, 1], [0, 1.5], [np.nan, 0], [0, 0]], np.float32)
    batch = pa.record_batch({"v": column_of(values, pa.float32(), (2,), np.array([False, False, False, True]))})
    assert valid_rows(Schema((column,)), batch).tolist() == [True, False, False, False]
    assert not valid_rows(Schema((Column("v", ColumnType.FLOAT32, shape=(3,)),)), batch).any(), "another shape is no valid call"


def test_random_rows_are_valid_whole_tensors_of_several_kinds() -> None:
    found = list(chunks(Phase.RANDOM, subject(), 0, Budget(random_rows=3_000)))
    assert all(c.valid.all() for c in found)
    rows = np.concatenate([matrix(c.batch.column("image")) for c in found if c.generator == "uniform"])
    spread = (rows != rows[:, :1]).sum(axis=1)
    assert (spread == 0).mean() > 0.1, "one value throughout"
    assert ((spread == 1) | (spread == rows.shape[1] - 1)).mean() > 0.1, "one place that stands out"
    assert (np.array([len(np.unique(row)) for row in rows]) == rows.shape[1]).mean() > 0.1, "noise"
    again = list(chunks(Phase.RANDOM, subject(), 0, Budget(random_rows=3_000)))
    assert all(a.batch.equals(b.batch) for a, b in zip(found, again, strict=True))


def test_nan_stands_somewhere_where_it_is_declared() -> None:
    found = list(chunks(Phase.RANDOM, subject(image=ColumnRule(nan=True)), 0, Budget(random_rows=3_000)))
    counts = np.concatenate([np.isnan(matrix(c.batch.column("image"))).sum(axis=1) for c in found])
    assert set(counts.tolist()) == {0, 1}


def test_special_values_stand_at_one_place_or_throughout() -> None:
    found = {c.input_class: c for c in chunks(Phase.SPECIAL, subject(), 0, Budget(special_rows=8))}
    counts = np.isnan(matrix(found["nan:image"].batch.column("image"))).sum(axis=1)
    assert set(counts.tolist()) == {1, 12}
    assert found["missing:image"].batch.column("image").null_count
    shapes = {
        name: shape_of(c.batch.column("image").type) for name, c in found.items() if name.endswith(":image") and "tensor" in name
    }
    assert shapes == {"flattened-tensor:image": (12,), "shorter-tensor:image": (2, 4, 1), "longer-tensor:image": (4, 4, 1)}
    assert shape_of(found["further-dimension:image"].batch.column("image").type) == (3, 4, 1, 1)
    assert not any(found[name].valid.any() for name in (*shapes, "nan:image", "further-dimension:image"))


def test_the_search_moves_some_values_of_the_best_and_stays_valid() -> None:
    search, drawn = Search(subject(), 0, Budget(search_rows=1_500)), []
    for chunk in search.chunks():
        drawn.append(chunk.batch)
        merit = matrix(chunk.batch.column("image")).sum(axis=1).astype(float)
        search.tell(merit, merit)
    assert len(drawn) == 3
    sums = [matrix(batch.column("image")).sum(axis=1).max() for batch in drawn]
    assert sums[-1] >= sums[0]
    assert all(valid_rows(subject().schema, batch).all() for batch in drawn)


def test_a_typical_tensor_is_the_middle_at_each_place() -> None:
    row = typical_row(subject().schema, sample(), subject().reference)
    seen = matrix(sample().column("image"))
    assert np.array_equal(matrix(row.column("image"))[0], np.sort(seen, axis=0)[24])


def test_the_smallest_row_keeps_the_values_that_matter() -> None:
    schema, typical = subject().schema, typical_row(subject().schema, sample(), subject().reference)
    image = matrix(sample().column("image"))[7].copy()
    image[5] = 0.875
    row = pa.record_batch({"image": column_of(image[None], pa.float32(), (3, 4, 1)), "age": pa.array([70.5])})

    def fails(batch: pa.RecordBatch) -> np.ndarray:
        return matrix(batch.column("image"))[:, 5] > 0.8

    found = minimise(row, typical, schema, fails)
    assert found.off_typical == ("image",)
    places = places_off(found.row.column("image"), typical.column("image"))
    assert places == (5,)
    assert 0.8 < matrix(found.row.column("image"))[0, 5] <= 0.9
    assert found.calls <= 20
    shown = cell(found.row.column("image"), places)
    assert shown.startswith("tensor [3, 4, 1], 1 of 12 values off typical: [1,1,0] 0.")


def test_large_tensors_are_halved_in_runs_of_neighbours() -> None:
    values = np.zeros((2, 64, 64), np.float32)
    values[1, 40, 40] = 1
    column = column_of(values, pa.float32(), (64, 64))
    batch, schema = pa.record_batch({"x": column}), Schema((Column("x", ColumnType.FLOAT32, 0, 1, shape=(64, 64)),))
    batch = batch.set_column(0, "x", column_of(values + np.float32(0.25), pa.float32(), (64, 64)))
    found = minimise(
        batch.slice(1), pa.record_batch({"x": column.slice(0, 1)}), schema, lambda b: matrix(b.column("x")).max(axis=1) > 1
    )
    places = places_off(found.row.column("x"), column.slice(0, 1))
    assert 40 * 64 + 40 in places
    assert len(places) == 4


def test_a_row_is_kept_bit_for_bit_and_told_to_people() -> None:
    values = np.array([[1.5, np.nan]], np.float32)
    values.view(np.uint32)[0, 1] = 0x7FC00123
    row = pa.record_batch({"x": column_of(values, pa.float32(), (2,))})
    assert cells(row_from_bytes(row_bytes(row)).column("x")).tobytes() == values.tobytes()
    told = row_for_people(row)["x"]
    assert told["shape"] == [2]
    assert told["values"][0] == 1.5
    assert told["values"][1]["special"] == "nan"
    assert flat(row.column("x")).null_count == 0

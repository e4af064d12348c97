"""Batches to frames and arrays: types kept, null as NaN, bits untouched."""

from __future__ import annotations

import struct

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from parity.references.frames import Layout, arranged, categorical, select, to_array, to_frame

PAYLOAD = struct.unpack("<d", bytes.fromhex("010000000000f87f"))[0]


def batch(**columns: pa.Array) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(columns)


def test_types_are_kept():
    frame = to_frame(
        batch(
            a=pa.array([1.5], pa.float32()),
            b=pa.array([2**53 + 1], pa.int64()),
            c=pa.array([7], pa.int32()),
            d=pa.array([True]),
            e=pa.array([""]),
            f=pa.array([0.1]),
        )
    )
    assert [str(t) for t in frame.dtypes] == ["float32", "int64", "int32", "bool", "object", "float64"]
    assert frame.iloc[0].tolist()[1:5] == [2**53 + 1, 7, True, ""]


def test_null_turns_whole_numbers_and_truths_into_floats():
    frame = to_frame(batch(a=pa.array([1, None]), b=pa.array([True, None]), c=pa.array([1.5, None], pa.float32())))
    assert [str(t) for t in frame.dtypes] == ["float64", "float64", "float32"]
    assert frame.isna().sum().tolist() == [1, 1, 1]
    assert frame.iloc[0].tolist() == [1.0, 1.0, 1.5]


@pytest.mark.parametrize("marker", [None, np.nan])
def test_null_text_is_the_asked_marker(marker):
    column = to_frame(batch(a=pa.array(["nan", None, ""])), missing_text=marker).a.tolist()
    assert column[0::2] == ["nan", ""]
    assert column[1] is None if marker is None else np.isnan(column[1])


@pytest.mark.parametrize("make", [to_frame, to_array])
def test_bits_of_floats_are_untouched(make):
    odd = np.array([PAYLOAD, -0.0, 5e-324, np.inf, 0.1])
    given = batch(a=pa.array(odd), b=pa.array(odd))
    made = make(given)
    column = np.ascontiguousarray(made.to_numpy()[:, 1] if isinstance(made, pd.DataFrame) else made[:, 1])
    assert column.tobytes() == odd.tobytes()


def test_models_may_write_into_what_they_get():
    given = batch(a=pa.array([1.0, 2.0]), b=pa.array([3.0, 4.0]))
    to_array(given)[0, 0] = 9.0
    frame = to_frame(given)
    frame.iloc[0, 0] = 9.0
    assert frame.iloc[0, 0] == 9.0
    assert given.column(0).to_pylist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("columns", "dtype"),
    [
        ({"a": pa.array([1.0], pa.float32()), "b": pa.array([2.0], pa.float32())}, "float32"),
        ({"a": pa.array([1]), "b": pa.array([2])}, "int64"),
        ({"a": pa.array([1]), "b": pa.array([None], pa.int64())}, "float64"),
        ({"a": pa.array([1.0], pa.float32()), "b": pa.array([2.0])}, "float64"),
        ({"a": pa.array([1.0]), "b": pa.array(["x"])}, "object"),
        ({"a": pa.array([None])}, "float64"),
    ],
)
def test_arrays_have_the_type_that_holds_all_columns(columns, dtype):
    array = to_array(batch(**columns))
    assert (str(array.dtype), array.shape) == (dtype, (1, len(columns)))


def test_no_rows_keep_columns_and_types():
    given = batch(a=pa.array([1]), b=pa.array(["x"])).slice(0, 0)
    assert to_frame(given).shape == (0, 2)
    assert to_frame(given).dtypes.astype(str).tolist() == ["int64", "object"]
    assert to_array(given).shape == (0, 2)


def test_selection_is_in_fitted_order_and_leaves_out_what_is_absent():
    given = batch(a=pa.array([1]), b=pa.array([2]), c=pa.array([3]))
    assert select(given, ("c", "a")).schema.names == ["c", "a"]
    assert select(given, ("c", "z")).schema.names == ["c"]
    nothing = select(given, ("z",))
    assert (nothing.num_rows, nothing.num_columns) == (1, 0)
    assert to_frame(nothing).shape == (1, 0)


def test_categories_stand_in_learned_order_and_new_ones_behind():
    made = categorical(pa.array(["x", "b", None, "y", "a"]), ("b", "a"))
    assert made.cat.categories.tolist() == ["b", "a", "x", "y"]
    assert made.isna().tolist() == [False, False, True, False, False]


def test_categories_of_whole_numbers_match_floats_with_holes():
    made = categorical(pa.array([3.0, None, 4.5]), (3, 7))
    assert made.cat.categories.tolist() == [3, 7, 4.5]
    assert made.isna().tolist() == [False, True, False]


def test_dictionary_columns_become_categoricals():
    column = pa.array(["x", "y", None]).dictionary_encode()
    frame = to_frame(batch(a=column))
    assert (str(frame.dtypes["a"]), frame.a.cat.categories.tolist()) == ("category", ["x", "y"])
    assert to_array(batch(a=column)).ravel().tolist() == ["x", "y", None]


def test_text_layout_gives_a_series_and_a_frame_where_there_are_two_columns():
    layout = Layout("text")
    assert isinstance(arranged(batch(a=pa.array(["x"])), layout), pd.Series)
    assert isinstance(arranged(batch(a=pa.array(["x"]), b=pa.array(["y"])), layout), pd.DataFrame)

"""Tensors in sample data, and rows of columns put into input tensors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from parity.errors import DataError, MatchingError, ReferenceLoadError
from parity.numeric.tensors import cells, column_of, shape_of
from parity.references import load_sample, to_array, to_frame
from parity.references.context import Context
from parity.references.tensors import Tensor, assigned, feeds, layout
from parity.runtimes.inputs import match_inputs
from parity.values.case import Case
from parity.values.columns import Column, ColumnType
from parity.values.outcome import Refusal
from parity.values.signature import InputSpec, Signature

IMAGES = np.random.default_rng(0).random((5, 3, 2)).astype(np.float32)


def case(data: object, **inputs: tuple[str, ...]) -> Case:
    return Case("images", None, (), Path(), data=data, inputs=inputs)


def loaded(data: object) -> pa.RecordBatch:
    found = load_sample(case(data))
    assert found is not None
    return found


@pytest.mark.parametrize(
    "given",
    [
        {"image": IMAGES},
        {"image": IMAGES.tolist()},
        pa.table({"image": column_of(IMAGES, pa.float32(), (3, 2))}),
        pa.table({"image": pa.FixedShapeTensorArray.from_numpy_ndarray(IMAGES)}),
        pa.table({"image": pa.array(IMAGES.tolist())}),
        pd.DataFrame({"image": list(IMAGES)}),
    ],
    ids=["array", "lists", "fixed lists", "arrow's tensors", "lists in arrow", "frame of arrays"],
)
def test_tensors_are_read_from_whatever_holds_them(given: object) -> None:
    column = loaded(given).column("image")
    assert shape_of(column.type) == (3, 2)
    assert np.array_equal(cells(column).astype(np.float32), IMAGES)


@pytest.mark.parametrize("suffix", ["npy", "npz", "parquet"])
def test_tensors_are_read_from_files(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"sample.{suffix}"
    if suffix == "npy":
        np.save(path, IMAGES)
    elif suffix == "npz":
        np.savez(path, x=IMAGES)
    else:
        import pyarrow.parquet

        pyarrow.parquet.write_table(pa.table({"x": column_of(IMAGES, pa.float32(), (3, 2))}), path)
    assert np.array_equal(cells(loaded(path).column("x")), IMAGES)


def test_missing_tensors_stay_missing_and_nan_stays_nan() -> None:
    rows = pa.array([[1.0, float("nan")], None])
    column = loaded(pa.table({"v": rows})).column("v")
    assert column.null_count == 1
    assert np.isnan(cells(column)[0, 1])


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([[1.0, 2.0], [1.0]], "is ragged: it holds lists of 1 and 2 values; a tensor has one shape in every row"),
        ([[[1.0], [2.0, 3.0]]], "is ragged"),
        ([[1.0, None]], "a tensor in which a value is missing; fill the value, or leave out the whole tensor"),
    ],
)
def test_what_is_no_tensor_is_an_error(rows: list[object], words: str) -> None:
    with pytest.raises(DataError, match=words):
        loaded(pa.table({"v": pa.array(rows)}))


def test_models_that_take_frames_or_arrays_get_them() -> None:
    batch = pa.record_batch({"image": column_of(IMAGES, pa.float32(), (3, 2))})
    assert np.array_equal(to_array(batch), IMAGES)
    wide = batch.append_column("age", pa.array(np.arange(5.0)))
    assert to_array(wide).shape == (5, 7)
    assert np.array_equal(to_frame(wide)["image"][3], IMAGES[3])


def test_inputs_are_filled_by_name_by_shape_and_from_the_rest() -> None:
    sample = pa.record_batch({"pixels": column_of(IMAGES, pa.float32(), (3, 2)), "age": pa.array(np.arange(5.0))})
    tensors = assigned([Tensor("image", "float32", (None, 2)), Tensor("age", "float32", (1,))], Context(case(None), sample), "T")
    assert [t.columns for t in tensors] == [("pixels",), ("age",)]
    assert layout(tensors) == (("pixels", "age"), 2)
    fed = feeds(sample, tensors)
    assert isinstance(fed, dict)
    assert fed["image"].shape == (5, 3, 2)
    assert fed["age"].shape == (5, 1)
    rest = assigned([Tensor("x", "float64", (2,))], Context(case(None), pa.record_batch({"a": [1.0], "b": [2.0]})), "T")
    assert layout(rest) == (None, 2)
    assert feeds(pa.record_batch({"a": [1.0], "b": [2.0]}), rest)["x"].tolist() == [[1.0, 2.0]]


def test_single_values_fill_an_image_where_counts_fit() -> None:
    batch = pa.record_batch({f"p{i}": [float(i)] for i in range(6)})
    (item,) = assigned([Tensor("image", "float32", (3, 2))], Context(case(None), batch), "T")
    assert feeds(batch, [item])["image"].tolist() == [[[0, 1], [2, 3], [4, 5]]]
    narrower = feeds(batch.select(["p0", "p1"]), [item])
    assert narrower["image"].shape == (1, 2), "the model itself says what it thinks of that"


def test_two_open_inputs_are_an_error_and_nulls_without_a_stand_in_a_refusal() -> None:
    with pytest.raises(ReferenceLoadError, match="several wide inputs"):
        assigned([Tensor("a", "float32", (2,)), Tensor("b", "float32", (2,))], Context(case(None), None), "T")
    refused = feeds(pa.record_batch({"a": pa.array([None], pa.int64())}), [Tensor("a", "int64", (), ("a",))])
    assert isinstance(refused, Refusal)
    assert refused.kind == "missing"


IMAGE = InputSpec("image", "float32", None, shape=(None, 8, 1))
PIXELS = Column("pixels", ColumnType.FLOAT32, shape=(4, 8, 1))
AGE = Column("age", ColumnType.FLOAT64)


def matched(columns: list[Column], *specs: InputSpec, **declared: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return match_inputs(columns, Signature(specs, ()), declared)


def test_tensors_feed_the_artifacts_inputs_of_their_shape() -> None:
    assert matched([PIXELS], IMAGE) == {"image": ("pixels",)}
    age = InputSpec("years", "float32", 1, shape=(1,))
    assert matched([AGE, PIXELS], IMAGE, age) == {"image": ("pixels",), "years": ("age",)}
    assert matched([PIXELS], IMAGE, image=("pixels",)) == {"image": ("pixels",)}
    vector = Column("v", ColumnType.FLOAT32, shape=(3,))
    assert matched([vector], InputSpec("x", "float32", 3, shape=(3,))) == {"x": ("v",)}


@pytest.mark.parametrize("shape", [(4, 8), (4, 8, 2), (4, 8, 1, 1)])
def test_another_shape_or_rank_is_an_error_that_shows_both(shape: tuple[int, ...]) -> None:
    wrong = Column("pixels", ColumnType.FLOAT32, shape=shape)
    shown = " x ".join(map(str, shape))
    with pytest.raises(MatchingError, match=rf"pixels \(float32 \[{shown}\]\). Inputs: image \(float32, tensor \[\? x 8 x 1\]\)"):
        matched([wrong], IMAGE)
    with pytest.raises(MatchingError, match="a tensor feeds an input alone, and has its shape"):
        matched([wrong], IMAGE, image=("pixels",))


def test_an_engine_of_single_values_takes_no_tensor() -> None:
    with pytest.raises(MatchingError, match="do not fit"):
        matched([PIXELS], InputSpec("x", "float32", None))

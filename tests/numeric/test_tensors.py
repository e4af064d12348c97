from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from parity.numeric.tensors import (
    cells,
    column_of,
    element_of,
    flat,
    has_holes,
    matrix,
    one_level,
    shape_of,
    spelled,
    tensor_type,
)

IMAGES = np.arange(2 * 3 * 4, dtype=np.float32).reshape(2, 3, 4)


def test_a_tensor_type_nests_from_the_last_dimension_out() -> None:
    kind = tensor_type(pa.int64(), (3, 4, 1))
    assert str(kind).count("fixed_size_list") == 3
    assert shape_of(kind) == (3, 4, 1)
    assert element_of(kind) == pa.int64()
    assert shape_of(pa.float32()) == ()
    assert element_of(pa.string()) == pa.string()


def test_bits_come_out_as_they_went_in_whole_sliced_and_taken() -> None:
    odd = IMAGES.copy()
    odd.view(np.uint32)[0, 0, :2] = 0x7FC00001, 0x80000000
    column = column_of(odd, pa.float32(), (3, 4))
    assert cells(column).tobytes() == odd.tobytes()
    assert cells(column.slice(1)).tobytes() == odd[1:].tobytes()
    assert cells(column.take(pa.array([1, 0]))).tobytes() == odd[::-1].tobytes()
    assert matrix(column).shape == (2, 12)
    assert cells(column.slice(0, 0)).shape == (0, 3, 4)


def test_arrows_own_tensor_type_is_read_by_its_shape() -> None:
    column = pa.FixedShapeTensorArray.from_numpy_ndarray(IMAGES)
    assert shape_of(column.type) == (3, 4)
    assert np.array_equal(cells(column), IMAGES)


def test_a_tensor_is_missing_as_a_whole() -> None:
    column = column_of(IMAGES, pa.float32(), (3, 4), np.array([True, False]))
    assert column.null_count == 1
    assert not has_holes(column)
    assert one_level(column).null_count == 1
    assert flat(one_level(column)).null_count == 0
    holed = pa.array([[[1.0, None]], None], pa.list_(pa.list_(pa.float32(), 2), 1))
    assert has_holes(holed)
    assert not has_holes(holed.slice(1))


def test_text_and_truth_are_tensors_too() -> None:
    texts = pa.array([["a", "Łódź"], ["", "b"]], pa.list_(pa.string(), 2))
    assert cells(texts).tolist() == [["a", "Łódź"], ["", "b"]]
    truth = pa.array([[True, False]], pa.list_(pa.bool_(), 2))
    assert cells(truth).tolist() == [[True, False]]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("float32[3, 224, 224]", ("float32", (3, 224, 224))),
        (" int64 [] ", ("int64", ())),
        ("bool[2]", ("bool", (2,))),
        ("float32", None),
        ("float32[-1]", None),
        ("float32[0]", None),
        ("float[3]", None),
        ("string[3]", None),
    ],
)
def test_a_row_is_spelled_by_type_and_shape(text: str, found: object) -> None:
    assert spelled(text) == found

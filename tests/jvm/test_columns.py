from __future__ import annotations

import pyarrow as pa
import pytest

from parity.jvm.columns import Crossing, crossing_type, plan, ready
from parity.values.outcome import Refusal


def crossed(batch: pa.RecordBatch, bound: dict[str, tuple[str, ...]] | None = None) -> pa.RecordBatch:
    crossing = plan(batch.schema, bound or {})
    assert isinstance(crossing, Crossing)
    result = ready(batch, crossing)
    assert isinstance(result, pa.RecordBatch)
    return result


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (pa.float16(), pa.float32()),
        (pa.int8(), pa.int32()),
        (pa.int16(), pa.int32()),
        (pa.uint8(), pa.int32()),
        (pa.uint16(), pa.int32()),
        (pa.uint32(), pa.int64()),
        (pa.large_string(), pa.string()),
        (pa.dictionary(pa.int8(), pa.large_string()), pa.string()),
        (pa.dictionary(pa.int32(), pa.int16()), pa.int32()),
        (pa.float64(), pa.float64()),
        (pa.bool_(), pa.bool_()),
    ],
)
def test_types_are_widened_never_narrowed(given: pa.DataType, wanted: pa.DataType) -> None:
    assert crossing_type(given) == wanted


@pytest.mark.parametrize("given", [pa.uint64(), pa.timestamp("us"), pa.date32(), pa.decimal128(10, 2), pa.binary(), pa.null()])
def test_a_type_that_would_have_to_be_narrowed_is_refused(given: pa.DataType) -> None:
    refusal = plan(pa.schema([("ok", pa.int32()), ("when", given)]), {})
    assert isinstance(refusal, Refusal)
    assert refusal.kind == "type"
    assert "column when has type" in refusal.message
    assert "wanted: float32, float64, int32, int64, bool or text" in refusal.message


def test_values_survive_the_casts() -> None:
    batch = pa.record_batch(
        {
            "small": pa.array([-128, None, 127], pa.int8()),
            "wide": pa.array([0, 2**32 - 1, None], pa.uint32()),
            "text": pa.array(["Łódź", None, ""]).dictionary_encode(),
            "large": pa.array(["", "a", None], pa.large_string()),
        }
    )
    assert crossed(batch).to_pydict() == batch.to_pydict()
    assert [str(field.type) for field in crossed(batch).schema] == ["int32", "int64", "string", "string"]


def test_columns_stand_in_the_order_of_the_binding_and_free_ones_last() -> None:
    batch = pa.record_batch({"id": [7], "b": [2.0], "a": [1.0], "c": [3.0]})
    bound = {"X": ("a", "b", "c")}
    crossing = plan(batch.schema, bound)
    assert isinstance(crossing, Crossing)
    assert crossed(batch, bound).schema.names == ["a", "b", "c", "id"]
    assert crossing.inputs == ("X", "X", "X", "")


def test_a_bound_column_that_is_absent_is_the_runtime_s_to_judge() -> None:
    crossing = plan(pa.schema([("a", pa.float64())]), {"X": ("a", "b")})
    assert isinstance(crossing, Crossing)
    assert crossing.inputs == ("X",)


def test_two_columns_of_one_name_are_refused() -> None:
    batch = pa.RecordBatch.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    refusal = plan(batch.schema, {})
    assert refusal == Refusal("shape", "the batch has more than one column named a")


def test_metadata_and_not_null_do_not_stand_in_the_way() -> None:
    schema = pa.schema([pa.field("a", pa.int64(), nullable=False, metadata={"k": "v"})], metadata={"pandas": "x" * 1000})
    assert crossed(pa.RecordBatch.from_arrays([pa.array([1, 2])], schema=schema)).to_pydict() == {"a": [1, 2]}

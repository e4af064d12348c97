"""Values survive JSON bit for bit; rows survive Arrow files bit for bit."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parity.replay.exact import from_json, to_json
from parity.replay.rows import row_bytes, row_for_people, row_from_bytes, short_hex
from parity.values.finding import FindingKind


def through_json(value: object) -> object:
    return from_json(json.loads(json.dumps(to_json(value), allow_nan=False)))


def bits(value: float) -> bytes:
    return struct.pack("<d", value)


@given(st.binary(min_size=8, max_size=8))
def test_every_double_keeps_its_bits(raw: bytes) -> None:
    (value,) = struct.unpack("<d", raw)
    found = through_json(value)
    assert isinstance(found, float)
    assert bits(found) == raw


SCALARS = st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False)


@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_nested_values_come_back_equal(value: object) -> None:
    assert through_json(value) == value


def test_the_forms_that_the_design_names() -> None:
    assert to_json(struct.unpack("<d", struct.pack("<Q", 0x7FF8000000000001))[0]) == {
        "special": "nan",
        "bits": "7ff8000000000001",
    }
    assert to_json([math.inf, -math.inf]) == [{"special": "inf"}, {"special": "-inf"}]


def test_foreign_types_become_plain_ones() -> None:
    value = {
        "a": np.float32(0.5),
        "b": np.arange(2),
        "c": Path("x/y"),
        "d": (1, FindingKind.CRASH),
        "e": np.str_("z"),
        "f": np.True_,
    }
    found = to_json(value)
    assert found == {"a": 0.5, "b": [0, 1], "c": "x/y", "d": [1, "crash"], "e": "z", "f": True}
    assert [type(v) for v in (found["a"], found["d"][1], found["e"], found["f"])] == [float, str, str, bool]


def test_what_has_no_json_form_is_refused() -> None:
    with pytest.raises(TypeError, match="of type complex has no JSON form; numbers, text, lists and mappings have"):
        to_json({"a": [1j]})


def same_bits(a: pa.RecordBatch, b: pa.RecordBatch) -> bool:
    """Types, missing cells, and the bytes of every present value."""
    if not a.schema.equals(b.schema, check_metadata=True) or a.num_rows != b.num_rows:
        return False
    return all(_cells(x) == _cells(y) for x, y in zip(a.columns, b.columns, strict=True))


def _cells(column: pa.Array) -> list[object]:
    unsigned = {4: pa.uint32(), 8: pa.uint64()}
    values = column.view(unsigned[column.type.bit_width // 8]) if pa.types.is_floating(column.type) else column
    return values.to_pylist()


@given(
    st.lists(st.binary(min_size=8, max_size=8), max_size=3),
    st.lists(st.binary(min_size=4, max_size=4), min_size=3, max_size=3),
    st.lists(st.none() | st.text(), min_size=3, max_size=3),
)
def test_rows_keep_their_bits(doubles: list[bytes], singles: list[bytes], texts: list[str | None]) -> None:
    rows = len(doubles)
    given = pa.RecordBatch.from_arrays(
        [
            pa.array(np.frombuffer(b"".join(doubles), np.float64)),
            pa.array(np.frombuffer(b"".join(singles[:rows]), np.float32), mask=np.arange(rows) == 1),
            pa.array(texts[:rows], pa.string()),
            pa.array([2**53 + 1] * rows, pa.int64()),
        ],
        names=["d", "f", "t", "i"],
    )
    assert same_bits(row_from_bytes(row_bytes(given)), given)
    assert same_bits(row_from_bytes(row_bytes(given.slice(rows // 2))), given.slice(rows // 2))


def test_rows_for_people() -> None:
    nan = np.array([0x7FC00001], np.uint32).view(np.float32)
    row = pa.RecordBatch.from_arrays(
        [
            pa.array([41.5]),
            pa.array(["Łódź"]),
            pa.array([None], pa.float64()),
            pa.array(nan),
            pa.array([-math.inf]),
            pa.array([-0.0]),
        ],
        names=["age", "city", "income", "nan", "low", "zero"],
    )
    assert row_for_people(row) == {
        "age": {"value": 41.5, "hex": "0x1.4cp+5"},
        "city": {"value": "Łódź"},
        "income": {"missing": True},
        "nan": {"value": {"special": "nan", "bits": "7fc00001"}},
        "low": {"value": {"special": "-inf"}},
        "zero": {"value": -0.0, "hex": "-0x0p+0"},
    }


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_hex_floats_read_back(value: float) -> None:
    assert bits(float.fromhex(short_hex(value))) == bits(value)


@pytest.mark.parametrize("data", [b"", b"not an arrow file", b"ARROW1\0\0"])
def test_a_damaged_row_is_refused(data: bytes) -> None:
    with pytest.raises(pa.ArrowInvalid):
        row_from_bytes(data)

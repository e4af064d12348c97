"""Text that goes to an engine of numbers as the places of categories."""

from __future__ import annotations

import pyarrow as pa

from parity.runtimes.codes import codes_of, encoded, told
from parity.values.columns import Column, ColumnType
from parity.values.signature import InputSpec, Signature

COLUMNS = (Column("age", ColumnType.FLOAT64), Column("city", ColumnType.STRING), Column("note", ColumnType.STRING))
CITIES = ("Köln", "New York", "Paris")


def signature(kind: str) -> Signature:
    return Signature((InputSpec("x", kind, 3),), ())


def test_columns_whose_categories_the_model_keeps_go_as_codes() -> None:
    coding, inputs = (None, CITIES, None), {"x": ("age", "city", "note")}
    assert codes_of(COLUMNS, coding, inputs, signature("float64")) == {"city": CITIES}
    assert codes_of(COLUMNS, coding, inputs, signature("string")) == {}, "an engine that takes text gets it"
    assert codes_of(COLUMNS, (None, (10, 20), None), inputs, signature("float64")) == {}, "numbers go as they are"
    assert codes_of(COLUMNS, (), inputs, signature("float64")) == {}


def test_a_category_is_its_place_and_all_else_is_missing() -> None:
    batch = pa.RecordBatch.from_pydict({"age": [1.0, 2.0, 3.0, 4.0], "city": ["Paris", "paris", None, "Köln"]})
    found = encoded(batch, {"city": CITIES})
    assert found.column("city").to_pylist() == [2.0, None, None, 0.0]
    assert found.column("city").type == pa.float32()
    assert found.column("age").equals(batch.column("age"))
    assert encoded(batch, {}).equals(batch)


def test_a_malformed_call_keeps_what_it_has() -> None:
    batch = pa.RecordBatch.from_pydict({"age": [1.0], "city": [3.0]})
    assert encoded(batch, {"city": CITIES}).equals(batch)


def test_the_report_says_which_code_is_which() -> None:
    (note,) = told({"city": CITIES})
    assert note == "city goes to the runtime as codes, Köln=0, New York=1, Paris=2; any other text as missing"
    many = tuple("abcdefgh")
    assert told({"city": many}) == (
        "city goes to the runtime as codes, a=0, b=1, c=2, d=3, e=4, f=5, … h=7; any other text as missing",
    )

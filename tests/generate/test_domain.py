"""What is valid: declared, else the sample, else the model; and which rows of a batch are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from parity.anatomy import read_model
from parity.errors import ConfigurationError, DataError
from parity.generate import schema_of, typical_row, valid_rows
from parity.values.case import ColumnRule
from parity.values.columns import Column, ColumnType, Schema
from tests.generate.subjects import batch, case, frame, mixed_model, nothing, subject_of


def test_the_sample_shows_types_ranges_categories_and_missing():
    data, _ = frame()
    columns = {c.name: c for c in schema_of(case(), tuple(data.columns), batch(data), nothing(data.columns)).columns}
    assert [c.type.value for c in columns.values()] == ["float64", "float32", "int32", "int64", "bool", "string", "float64"]
    assert (columns["age"].minimum, columns["age"].maximum) == (data.age.min(), data.age.max())
    assert columns["id"].maximum == int(data.id.max())  # beyond what a float holds
    assert columns["city"].categories == ("Oslo", "Roma", "Łódź")
    assert [n for n, c in columns.items() if c.missing] == ["income"]
    assert [n for n, c in columns.items() if c.whole] == ["visits"]
    assert {c.source for c in columns.values()} == {"sample"}
    assert not any(c.nan or c.unseen for c in columns.values())


def test_declared_keys_win_each_for_itself():
    data, _ = frame()
    rules = {"age": ColumnRule(maximum=120), "city": ColumnRule(unseen=True), "income": ColumnRule(missing=False, nan=True)}
    columns = {c.name: c for c in schema_of(case(**rules), tuple(data.columns), batch(data), nothing(data.columns)).columns}
    assert (columns["age"].minimum, columns["age"].maximum, columns["age"].source) == (data.age.min(), 120, "declared")
    assert columns["city"].unseen
    assert (columns["income"].missing, columns["income"].nan) == (False, True)
    assert columns["visits"].source == "sample"


def test_what_an_artifact_declares_valid_stands_beside_what_the_sample_shows():
    """Neither hides that the other side refuses it; the user's own word stands before both."""
    data, _ = frame()
    spans = {"age": (0.5, 60.0), "income": (-10.0, None), "city": (0.0, 1.0), "ratio": (-1.0, 2.0)}
    rules = case(ratio=ColumnRule(maximum=1.5))
    found = schema_of(rules, tuple(data.columns), batch(data), nothing(data.columns), intervals=spans).columns
    columns = {c.name: c for c in found}
    assert (columns["age"].minimum, columns["age"].maximum, columns["age"].source) == (1, data.age.max(), "declared")
    assert (columns["income"].minimum, columns["income"].maximum) == (-10.0, data.income.max())
    assert columns["city"].categories == ("Oslo", "Roma", "Łódź")
    assert (columns["ratio"].minimum, columns["ratio"].maximum) == (-1.0, 1.5)
    (alone,) = schema_of(case(), ("x",), None, nothing(("x",)), intervals={"x": (0.0, 3.0)}).columns
    assert (alone.minimum, alone.maximum, alone.source) == (0.0, 3.0, "declared")


def test_without_a_sample_the_model_shows():
    model, data = mixed_model()
    columns = {c.name: c for c in schema_of(case(), tuple(data.columns), None, read_model(model, data.columns)).columns}
    assert columns["city"].type == ColumnType.STRING
    assert columns["city"].categories == ("Oslo", "Roma", "Łódź")
    mean, sigma = data.age.mean(), data.age.std(ddof=0)
    assert (columns["age"].minimum, columns["age"].maximum) == pytest.approx((mean - 4 * sigma, mean + 4 * sigma))
    assert [n for n, c in columns.items() if c.missing] == ["income", "ratio", "age", "visits"]
    assert columns["id"].source == "nothing"


def test_a_column_of_the_sample_without_any_value_is_left_to_the_model():
    data, _ = frame()
    data["visits"] = np.nan
    column = schema_of(case(), tuple(data.columns), batch(data), nothing(data.columns)).columns[-1]
    assert (column.minimum, column.maximum, column.missing, column.source) == (None, None, True, "nothing")


def test_free_text_has_no_categories():
    rows = pa.record_batch({"t": [f"text {i}" for i in range(500)]})
    column = schema_of(case(), ("t",), rows, nothing(("t",))).columns[0]
    assert column.categories is None
    assert valid_rows(Schema((column,)), pa.record_batch({"t": ["anything", ""]})).all()


def test_a_column_that_the_sample_lacks_is_an_error():
    with pytest.raises(DataError, match=r"mixed: the sample data has no column 'b'; it has a\. Add the column"):
        schema_of(case(), ("a", "b"), pa.record_batch({"a": [1.0]}), nothing(("a", "b")))


def test_a_rule_for_a_column_that_does_not_exist_is_an_error():
    with pytest.raises(ConfigurationError, match=r"\[case\.columns\.agee\] names no column of the model\. It has: age"):
        schema_of(case(agee=ColumnRule(minimum=0)), ("age",), pa.record_batch({"age": [1.0]}), nothing(("age",)))


def test_a_type_that_cannot_cross_is_an_error():
    with pytest.raises(DataError, match="a column of type date32"):
        schema_of(case(), ("d",), pa.record_batch({"d": pa.array([1], pa.date32())}), nothing(("d",)))


def valid(values, **rules):
    column = Column("x", ColumnType.FLOAT64, **rules)
    return valid_rows(Schema((column,)), pa.record_batch({"x": pa.array(values, pa.float64(), from_pandas=False)})).tolist()


def test_bounds_are_inclusive_and_say_whether_infinity_is_valid():
    inf, nan = np.inf, np.nan
    assert valid([0.0, 1.0, np.nextafter(0, -1), np.nextafter(1, 2), inf, nan, None], minimum=0, maximum=1) == [
        True,
        True,
        *[False] * 5,
    ]
    assert valid([1e308, inf, -inf], minimum=0, maximum=inf) == [True, True, False]
    assert valid([2.0**24, -(2.0**24), 2.0**24 + 1, inf, nan]) == [True, True, False, False, False]
    assert valid([None, nan], missing=True) == [True, False]
    assert valid([None, nan], nan=True) == [False, True]
    assert valid([3.0, 3.5, -0.0], minimum=0, maximum=9, whole=True) == [True, False, True]


def test_numbers_that_a_library_reads_as_0_are_valid_where_they_are_shown():
    """LightGBM's kZeroThreshold; every export of a model that splits zeros from the rest differs there."""
    assert valid([0.0, -0.0, 1e-35, -5e-324, 1.1e-35], minimum=-1, maximum=1) == [True, True, False, False, True]
    data = pa.RecordBatch.from_pydict({"x": [1e-40, 0.5, -3.0]})
    assert valid_rows(schema_of(case(), ("x",), data, nothing(("x",))), data).all()
    plain = pa.RecordBatch.from_pydict({"x": [0.25, 0.5, 0.75]})
    declared = schema_of(case(x=ColumnRule(minimum=1e-36)), ("x",), plain, nothing(("x",)))
    assert valid_rows(declared, pa.RecordBatch.from_pydict({"x": [1e-36, 0.5, 1e-37]})).tolist() == [True, True, False]


def test_other_columns_orders_and_types_are_never_valid():
    subject = subject_of(*mixed_model())
    rows = subject.sample
    assert valid_rows(subject.schema, rows).all()
    assert not valid_rows(subject.schema, rows.remove_column(0)).any()
    assert not valid_rows(subject.schema, rows.select(rows.schema.names[::-1])).any()
    assert not valid_rows(subject.schema, rows.append_column("more", rows.column(0))).any()
    assert not valid_rows(subject.schema, rows.set_column(0, "income", rows.column(0).cast(pa.float32()))).any()


@pytest.mark.parametrize("sample", [True, False])
def test_the_typical_row_is_valid_and_plain(sample):
    subject = subject_of(*mixed_model(), sample=sample)
    row = typical_row(subject.schema, subject.sample, subject.reference)
    assert row.num_rows == 1
    assert valid_rows(subject.schema, row).all()
    assert len(repr(row["income"][0].as_py())) <= 6
    if sample:
        data, _ = frame()
        low, high = data.income.quantile([0.25, 0.75])
        assert low <= row["income"][0].as_py() <= high
        assert row["city"][0].as_py() == data.city.mode()[0]


@pytest.mark.parametrize(
    ("name", "rule", "kind"),
    [
        ("age", ColumnRule(minimum=20.2, maximum=20.8), "whole number"),
        ("visits", ColumnRule(minimum=3.1, maximum=3.9), "whole number"),
        ("ratio", ColumnRule(minimum=0.1 + 1e-12, maximum=0.1 + 2e-12), "float32 number"),
        ("age", ColumnRule(minimum=5_000), "whole number"),  # beyond what the sample shows
        ("income", ColumnRule(minimum=1e9), "number"),
    ],
)
def test_a_domain_in_which_nothing_can_be_drawn_is_an_error(name, rule, kind):
    with pytest.raises(ConfigurationError, match=rf"case.columns.{name}\] leaves nothing to draw: there is no {kind}"):
        subject_of(None, frame()[0], rules={name: rule})

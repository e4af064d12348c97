"""Strategies for users' own tests: valid rows, in the case's own types, that shrink to readable ones."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from parity.errors import ConfigurationError, UsageError
from parity.generate import valid_rows
from parity.generate.plans import draw_bits
from parity.strategies import batch_of, batches, rows, schema_for
from parity.values.case import Artifact, Case, ColumnRule
from parity.values.columns import Column, ColumnType, Schema

LONG = settings(max_examples=2_000, database=None)
"""A hundred examples, the default, miss a rare row in some runs."""

SCHEMA = Schema(
    (
        Column("income", ColumnType.FLOAT64, 0.5, 9_000.0, missing=True),
        Column("rate", ColumnType.FLOAT32, 0.1, 0.2),
        Column("visits", ColumnType.FLOAT64, 3.0, 40.0, whole=True),
        Column("id", ColumnType.INT64, 2**53 - 3, 2**53 + 5),
        Column("age", ColumnType.INT32, 18, 99),
        Column("member", ColumnType.BOOL),
        Column("city", ColumnType.STRING, categories=("Oslo", "Łódź")),
        Column("note", ColumnType.STRING, missing=True),
        Column("load", ColumnType.FLOAT64, 0.0, math.inf, nan=True),
    )
)


@given(batches(SCHEMA))
def test_all_rows_are_valid_and_of_the_schemas_types(batch: pa.RecordBatch) -> None:
    assert valid_rows(SCHEMA, batch).all()
    assert 1 <= batch.num_rows <= 20


@given(rows(SCHEMA))
def test_a_row_names_every_column_in_order(row: dict[str, Any]) -> None:
    assert list(row) == [c.name for c in SCHEMA.columns]
    assert batch_of(SCHEMA, [row]).num_rows == 1


def test_every_kind_of_valid_value_is_drawn() -> None:
    assert find(rows(SCHEMA), lambda r: r["income"] is None, settings=LONG)["income"] is None
    assert math.isnan(find(rows(SCHEMA), lambda r: r["load"] != r["load"], settings=LONG)["load"])
    assert math.isinf(find(rows(SCHEMA), lambda r: math.isinf(r["load"]), settings=LONG)["load"])
    assert find(rows(SCHEMA), lambda r: r["city"] == "Łódź", settings=LONG)["city"] == "Łódź"


def test_a_failure_shrinks_to_a_row_that_can_be_read() -> None:
    found = find(rows(SCHEMA), lambda r: (r["income"] or 0) > 400 and r["age"] > 60, settings=LONG)
    assert found["income"] == 401.0
    assert found["age"] == 61
    assert (found["member"], found["city"], found["note"], found["visits"]) == (False, "Oslo", "", 3.0)


def test_a_failing_row_is_printed_as_the_dict_that_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    told: list[str] = []

    @settings(database=None, print_blob=False)
    @given(rows(SCHEMA))
    def small(row: dict[str, Any]) -> None:
        assert row["age"] <= 60

    with pytest.raises(AssertionError) as failure:
        small()
    told += list(getattr(failure.value, "__notes__", []))
    text = " ".join(" ".join(told).split())
    assert "row={" in text and "'age': 61," in text and "'city': 'Oslo'," in text, text


@given(rows(SCHEMA))
@settings(max_examples=3, deadline=None, database=None)
def test_rows_of_the_random_phase_can_be_drawn_inside_a_users_own_test(row: dict[str, Any]) -> None:
    """`parity.check_row` in a test with @given draws rows of its own; Hypothesis refuses a test inside a test."""
    draw_bits.cache_clear()
    assert len(draw_bits(int(row["age"]))) > 50


def test_batches_shrink_to_the_fewest_rows() -> None:
    found = find(batches(SCHEMA, max_size=8), lambda b: b.column("income").null_count > 0, settings=LONG)
    assert found.num_rows == 1


def test_integers_beyond_doubles_keep_their_last_digit() -> None:
    (one,) = {batch_of(SCHEMA, [{"id": 2**53 + 1}]).column("id")[0].as_py()}
    assert one == 2**53 + 1


def test_unseen_categories_are_drawn_where_they_are_valid() -> None:
    schema = Schema((Column("city", ColumnType.STRING, categories=("Oslo",), unseen=True),))
    assert find(rows(schema), lambda r: r["city"] != "Oslo", settings=LONG)["city"] != "Oslo"


def test_sizes_are_checked() -> None:
    with pytest.raises(UsageError, match=r"batches\(min_size=3, max_size=2\): 0 <= min_size <= max_size is wanted"):
        batches(SCHEMA, min_size=3, max_size=2)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    data = pd.DataFrame({"age": np.arange(18.0, 78.0), "rate": np.linspace(0.25, 0.75, 60)})
    model = LogisticRegression().fit(data, data.age > 40)
    joblib.dump(model, tmp_path / "churn.joblib")
    data.to_parquet(tmp_path / "sample.parquet")
    (tmp_path / "churn.onnx").write_bytes(b"not opened: no JVM is started")
    text = '[[case]]\nname = "churn"\nreference = "churn.joblib"\nartifacts = ["churn.onnx"]\ndata = "sample.parquet"\n'
    (tmp_path / "parity.toml").write_text(text + "[case.columns.age]\nmax = 60\n")
    return tmp_path


def test_a_case_by_its_name_from_the_folder_or_below(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "tests").mkdir()
    monkeypatch.chdir(project / "tests")
    row = find(rows("churn"), lambda r: r["age"] > 50, settings=LONG)
    assert row == {"age": 51.0, "rate": pytest.approx(0.5, abs=0.25)}
    assert schema_for_age(project).maximum == 60


def schema_for_age(project: Path) -> Column:
    case = Case(
        "churn",
        str(project / "churn.joblib"),
        (Artifact(project / "churn.onnx"),),
        project,
        data=project / "sample.parquet",
        columns={"age": ColumnRule(maximum=60)},
    )
    return schema_for(case).columns[0]


def test_nothing_is_loaded_until_a_row_is_drawn(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    (project / "churn.joblib").unlink()
    lazy = rows("churn")  # no error: a test module can be imported where the model is not
    with pytest.raises(ConfigurationError, match="there is no file"):
        find(lazy, lambda r: True, settings=LONG)


def test_a_name_that_is_unknown_and_a_folder_without_cases(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    with pytest.raises(ConfigurationError, match=r"case 'chorn': parity.toml has no such case. It has: churn"):
        find(rows("chorn"), lambda r: True)
    (project / "parity.toml").unlink()
    monkeypatch.chdir(project.parent)
    with pytest.raises(ConfigurationError, match=r"case 'else': there is no parity\.toml in"):
        find(rows("else"), lambda r: True)


@given(st.data())
def test_a_case_object_with_a_frame(data: st.DataObject) -> None:
    row = data.draw(rows(CASE))
    assert 0 <= row["x"] <= 9


CASE = Case("plain", lambda frame: frame["x"], (), Path(), data=pd.DataFrame({"x": np.arange(10.0) + 0.0}))

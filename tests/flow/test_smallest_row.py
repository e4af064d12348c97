"""The smallest row keeps the cause: of rows that show the same kind and output, those that its proof explains."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pytest

from parity.flow import findings
from parity.flow.findings import Diagnosed
from parity.judge.tally import Group, GroupKey
from parity.values.anatomy import Anatomy
from parity.values.columns import Column, ColumnType, Schema
from parity.values.finding import FindingKind

SCHEMA = Schema((Column("a", ColumnType.FLOAT64), Column("b", ColumnType.FLOAT64)))
KEY = GroupKey(FindingKind.VALUE, "value", "edge", False)


def batch(*a: float) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"a": list(a), "b": [1.0] * len(a)})


def still(monkeypatch: pytest.MonkeyPatch, row: pa.RecordBatch, diagnosis: Any) -> Any:
    """What is asked of smaller rows, where every row shows a `value` finding on the same output."""

    def every(_: Any, rows: pa.RecordBatch, __: Any) -> Any:
        kinds = SimpleNamespace(kind=np.full(rows.num_rows, KEY.kind), output=np.full(rows.num_rows, KEY.output))
        return SimpleNamespace(kinds=kinds)

    monkeypatch.setattr(findings, "examine", every)
    anatomy = Anatomy(("a", "b"))
    sides = SimpleNamespace(subject=SimpleNamespace(schema=SCHEMA, reference=anatomy, artifact=anatomy))
    return findings._still(cast(Any, sides), Diagnosed(KEY, Group(), None, (), diagnosis), row)


class Above:
    """A cause that explains rows whose `a` is above a number."""

    def __init__(self, number: float) -> None:
        self.number = number

    def explains(self, rows: pa.RecordBatch) -> Any:
        return rows.column("a").to_numpy() > self.number


def test_a_smaller_row_of_another_cause_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert still(monkeypatch, batch(5.0), Above(2.0))(batch(1.0, 3.0, 0.0)).tolist() == [False, True, False]


def test_a_row_that_its_cause_does_not_explain_is_made_smaller_without(monkeypatch: pytest.MonkeyPatch) -> None:
    assert still(monkeypatch, batch(1.0), Above(2.0))(batch(1.0, 3.0, 0.0)).all()


def test_without_a_proof_kind_and_output_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    assert still(monkeypatch, batch(5.0), None)(batch(1.0, 3.0)).all()

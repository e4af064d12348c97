"""Sessions that lie in one known way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from parity.runtimes.wrapped import WrappedSession
from parity.selftest.sessions import (
    class_order,
    columns_swapped,
    label_shifted,
    stale_rows,
    zero_and_missing_swapped,
)
from parity.values.outcome import Outcome, Output, Refusal, Scores
from parity.values.signature import OutputKind, OutputSpec, Signature
from parity.values.timing import Timing, TimingPlan

BATCH = pa.record_batch({"a": [0.0, 1.0, None, float("nan")], "b": [4.0, 5.0, 6.0, 7.0], "n": [0, 1, 2, 3]})


@dataclass
class Truthful:
    outcome: Outcome
    asked: list[pa.RecordBatch] = field(default_factory=list)
    signature: Signature = field(default_factory=lambda: Signature((), ()))
    environment: dict[str, str] = field(default_factory=dict)

    def bind(self, inputs: object) -> None: ...

    def score(self, batch: pa.RecordBatch) -> Outcome:
        self.asked.append(batch)
        return self.outcome

    def time(self, batch: pa.RecordBatch, plan: TimingPlan) -> Timing:
        raise NotImplementedError

    def close(self) -> None: ...


def asked(change: Callable[[pa.RecordBatch], pa.RecordBatch]) -> pa.RecordBatch:
    below = Truthful(Refusal("other", "no"))
    assert WrappedSession(below, asked=change).score(BATCH) == below.outcome
    return below.asked[0]


def test_columns_change_places_and_types_must_fit() -> None:
    found = asked(columns_swapped("a", "b"))
    assert found.schema == BATCH.schema and found.column("a").equals(BATCH.column("b")) and found.column("b").null_count == 1
    assert asked(columns_swapped("a", "n")) is BATCH


def test_zero_and_missing_change_places_in_floats_only() -> None:
    found = asked(zero_and_missing_swapped)
    assert found.column("a").to_pylist() == [None, 1.0, 0.0, 0.0] and found.column("n").to_pylist() == [0, 1, 2, 3]


def scores(probability: object, label: list[object]) -> Scores:
    return Scores(
        len(label),
        (
            Output(OutputSpec("p", "float32", OutputKind.PROBABILITY), np.asarray(probability)),
            Output(OutputSpec("l", "string", OutputKind.LABEL), np.array(label, dtype=object).reshape(-1, 1)),
        ),
    )


def answered(change: Callable[[Scores], Scores], given: Scores) -> tuple[list[Any], list[Any]]:
    found = WrappedSession(Truthful(given), answered=change).score(BATCH)
    assert isinstance(found, Scores)
    return found.outputs[0].values.tolist(), found.outputs[1].values.ravel().tolist()


def test_classes_are_reversed_and_labels_are_not() -> None:
    assert answered(class_order, scores([[0.1, 0.9]], ["x"])) == ([[0.9, 0.1]], ["x"])


@pytest.mark.parametrize(("labels", "shifted"), [(["a", "b", "c"], ["b", "c", "a"]), (["a", "a"], ["a+1", "a+1"])])
def test_labels_are_those_of_the_next_class(labels: list[object], shifted: list[object]) -> None:
    given = scores(np.zeros((len(labels), 2)), labels)
    assert answered(label_shifted, given) == (given.outputs[0].values.tolist(), shifted)


def test_every_tenth_row_is_stale() -> None:
    rows, _ = answered(stale_rows, scores(np.arange(25.0).reshape(25, 1), ["x"] * 25))
    assert [row[0] for row in rows] == [*range(9), 8, *range(10, 19), 18, *range(20, 25)]

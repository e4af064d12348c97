"""A reference is asked twice before anything is compared."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.judge.determinism import contradiction
from parity.values.outcome import Outcome, Output, Refusal, Scores
from parity.values.signature import OutputKind, OutputSpec

BATCH = pa.record_batch({"a": np.arange(4.0)})


def answering(*answers: npt.NDArray[np.generic] | Refusal) -> Callable[[pa.RecordBatch], Outcome]:
    left = list(answers)

    def score(batch: pa.RecordBatch) -> Outcome:
        values = left.pop(0)
        if isinstance(values, Refusal):
            return values
        return Scores(len(values), (Output(OutputSpec("value", "float64", OutputKind.VALUE), values),))

    return score


ONES = np.ones((4, 1))


def test_the_same_answer_twice_is_no_contradiction_nor_is_rounding_nor_nan() -> None:
    assert contradiction(answering(ONES, ONES.copy()), BATCH) is None
    assert contradiction(answering(ONES, ONES * (1 + 1e-7)), BATCH) is None
    assert contradiction(answering(ONES * np.nan, ONES * np.nan), BATCH) is None
    assert contradiction(answering(Refusal("other", "no"), Refusal("other", "no")), BATCH) is None


def test_another_number_is_told_with_its_row() -> None:
    other = ONES.copy()
    other[2] = 1.1
    said = contradiction(answering(ONES, other), BATCH)
    assert said is not None and said.startswith("the reference disagrees with itself: asked twice for the same 4 rows, value")
    assert "differs in 1 of 4 rows, in row 2 [1.0] and then [1.1]" in said and "Fix its random state" in said


def test_other_labels_shapes_and_refusals() -> None:
    labels = np.array([["a"], ["b"]], dtype=object)
    assert "differs in 2 of 2 rows" in str(contradiction(answering(labels, labels[::-1]), BATCH))
    assert "another shape" in str(contradiction(answering(ONES, np.ones((4, 2))), BATCH))
    assert "once it refuses" in str(contradiction(answering(ONES, Refusal("other", "no")), BATCH))

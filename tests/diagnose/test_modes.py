"""A reference in training mode: asked in inference mode and put back, and only where it has such a mode."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from parity.diagnose import diagnose, modes
from parity.diagnose.evidence import Evidence
from parity.values.anatomy import Anatomy


class Part:
    """As a module of PyTorch has it: in training mode the scores hang on the batch."""

    def __init__(self, *parts: Any) -> None:
        self.training, self.parts = True, parts

    def modules(self) -> tuple[Any, ...]:
        return (self, *self.parts)

    def eval(self) -> None:
        for part in self.modules():
            part.training = False


def x(batch: pa.RecordBatch) -> np.ndarray:
    return np.asarray(batch.column(0).to_numpy()).reshape(-1, 1)


def evidence(model: Any, shift: float = 0.0) -> Evidence:
    def reference(batch: pa.RecordBatch) -> np.ndarray:
        return x(batch) - (x(batch).mean() if model.training else 0.0)

    rows = pa.RecordBatch.from_arrays([pa.array(np.linspace(1, 2, 40))], names=["x"])
    return Evidence(
        drifting=rows,
        agreeing=rows.slice(0, 0),
        ask_reference=reference,
        ask_runtime=lambda batch: x(batch) + shift,
        bound=lambda scores, batch: np.full(len(scores), 1e-9),
        reference=Anatomy(("x",)),
        artifact=Anatomy(("x",)),
        features=x,
        model=model,
    )


def test_the_mode_is_the_cause_where_inference_mode_answers_as_the_runtime_does() -> None:
    frozen = Part()
    frozen.training = False
    model = Part(Part(), frozen)
    found = diagnose(evidence(model))
    assert found is not None
    assert found.cause.name == "training-mode"
    assert [part.training for part in model.modules()] == [True, True, False], "each part is put back as it was"


def test_another_difference_is_not_explained_by_it() -> None:
    found = diagnose(evidence(Part(), shift=0.25))
    assert found is None or found.cause.name != "training-mode"


def test_an_agreeing_row_that_the_reference_alone_refuses_again_says_nothing() -> None:
    def refuses_one(batch: pa.RecordBatch) -> np.ndarray:
        return np.full((1, 1), np.nan) if batch.num_rows == 1 else given.ask_reference(batch)

    given = evidence(Part())
    found = diagnose(replace(given, agreeing=given.drifting.slice(0, 1), ask_reference=refuses_one))
    assert found is not None
    assert found.cause.name == "training-mode"


def test_a_model_without_modes_or_in_inference_mode_is_not_asked() -> None:
    quiet = Part()
    quiet.eval()
    assert list(modes.hypotheses(evidence(quiet))) == []
    assert list(modes.hypotheses(replace(evidence(quiet), model=object()))) == []

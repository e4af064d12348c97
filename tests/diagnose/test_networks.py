"""Constants in half the bits, and a normalisation that is left out: asked of the network itself, which is left as it was."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from parity.diagnose import diagnose, networks
from parity.diagnose.evidence import Evidence
from parity.references.constants import changed
from parity.values.anatomy import Anatomy

NAMES = ("a", "b", "c")
RNG = np.random.default_rng(4)
X = RNG.normal(5, 2, size=(60, 3)).astype(np.float32)
MEAN, VARIANCE = X.mean(axis=0), X.var(axis=0)


class Variable:
    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def numpy(self) -> np.ndarray:
        return self.values

    def assign(self, values: np.ndarray) -> None:
        assert values.dtype == self.values.dtype
        self.values = values


class Network:
    """As TensorFlow loads one: its constants are variables."""

    def __init__(self) -> None:
        self.weights = RNG.normal(size=(3, 2)).astype(np.float32)
        self.variables = [Variable(self.weights), Variable(np.arange(3))]

    def _flatten_layers(self) -> list[Any]:
        return [type("Normalization", (), {"mean": MEAN, "variance": VARIANCE, "invert": False})(), SimpleNamespace()]

    def score(self, values: np.ndarray) -> np.ndarray:
        return np.asarray(values @ self.variables[0].values)


Network.__module__ = "tensorflow.python.saved"


def given(batch: pa.RecordBatch) -> np.ndarray:
    return np.column_stack([column.to_numpy() for column in batch.columns])


def evidence(model: Any, reference: Callable[[np.ndarray], np.ndarray], runtime: Callable[[np.ndarray], np.ndarray]) -> Evidence:
    rows = pa.record_batch({name: X[:, i] for i, name in enumerate(NAMES)})
    return Evidence(
        drifting=rows,
        agreeing=rows.slice(0, 0),
        ask_reference=lambda batch: reference(given(batch)).astype(np.float64),
        ask_runtime=lambda batch: runtime(given(batch)).astype(np.float64),
        bound=lambda scores, batch: np.full(len(scores), 1e-5),
        reference=Anatomy(NAMES),
        artifact=Anatomy(NAMES),
        features=given,
        model=model,
    )


def half(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float16).astype(np.float32)


def brain(values: np.ndarray) -> np.ndarray:
    """bfloat16 by its definition: eight bits of mantissa, to nearest."""
    mantissa, exponent = np.frexp(values.astype(np.float64))
    return np.ldexp(np.rint(mantissa * 2**8) / 2**8, exponent).astype(np.float32)


@pytest.mark.parametrize(("told", "rounded"), [("float16", half), ("bfloat16", brain)])
def test_rounded_constants_are_the_cause(told: str, rounded: Callable[[np.ndarray], np.ndarray]) -> None:
    model = Network()
    found = diagnose(evidence(model, model.score, lambda values: values @ rounded(model.weights)))
    assert found is not None
    assert (found.cause.name, found.cause.explained) == ("coarse-constants", 1.0)
    assert f"rounded to {told} answers" in found.cause.evidence
    assert model.variables[0].values is not None and (model.variables[0].values == model.weights).all()


def test_other_constants_are_no_rounded_ones() -> None:
    model, other = Network(), np.float32(0.01) * RNG.normal(size=(3, 2))
    found = diagnose(evidence(model, model.score, lambda values: values @ (model.weights + other)))
    assert found is None or found.cause.name != "coarse-constants"


def test_a_normalisation_that_the_file_lacks() -> None:
    model = Network()
    found = diagnose(evidence(model, lambda values: model.score((values - MEAN) / np.sqrt(VARIANCE)), model.score))
    assert found is not None
    assert found.cause.name == "normalisation-dropped"


def fails_with_doubled_constants(model: Network) -> None:
    with changed(model, lambda values: values * 2) as count:
        assert count == 1
        assert (model.variables[0].values == model.weights * 2).all()
        raise ZeroDivisionError


def test_constants_are_put_back_whatever_happens_and_whole_numbers_are_left_alone() -> None:
    model = Network()
    with pytest.raises(ZeroDivisionError):
        fails_with_doubled_constants(model)
    assert (model.variables[0].values == model.weights).all()


def test_a_model_of_another_kind_is_not_asked() -> None:
    for model in (object(), SimpleNamespace(weights="uniform", variables=3)):
        assert list(networks.hypotheses(evidence(model, lambda v: v, lambda v: v))) == []

"""Tribuo models, against what their ONNX exports give in Python; the tree has no export, and is asked about its manners."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from parity.runtimes import find, runtime_for
from parity.values.outcome import Scores
from parity.values.signature import OutputKind
from tests.contract.makers.tribuo import KEPT
from tests.runtimes.opened import Opener, answers, opener


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opener]:
    with opener("tribuo", tmp_path_factory.mktemp("tribuo")) as found:
        yield found


def rows(*names: str) -> pa.RecordBatch:
    table = np.loadtxt(KEPT / "rows.csv", delimiter=",")
    return pa.record_batch({name: table[:, i] for i, name in enumerate(names)})


def test_a_model_is_known_by_the_class_that_it_names_and_other_files_are_not(tmp_path: Path) -> None:
    assert all(runtime_for(path).name == "tribuo" for path in KEPT.glob("*.tribuo"))
    assert runtime_for(KEPT / "three.onnx").name == "onnxruntime"
    java = tmp_path / "serialised"
    java.write_bytes(b"\xac\xed\x00\x05sr\x00\x33org.tribuo.Model")
    assert not find()["tribuo"].recognises(java)


def test_inputs_stand_in_the_order_of_the_alphabet_and_classes_in_the_models(opened: Opener) -> None:
    signature = opened(KEPT / "three.tribuo").signature
    assert [spec.name for spec in signature.inputs] == ["f1", "f10", "f2"]
    label, probability = signature.outputs
    assert (label.kind, probability.kind) == (OutputKind.LABEL, OutputKind.PROBABILITY)
    assert set(probability.classes or ()) == {"low", "mid", "high"}


def test_probabilities_are_those_of_the_onnx_export_within_float32(opened: Opener) -> None:
    found = answers((session := opened(KEPT / "three.tribuo")).score(rows("f2", "f10", "f1")))
    with np.load(KEPT / "three.npz") as kept:
        np.testing.assert_allclose(found["probability"], kept["scores"], rtol=0, atol=2e-6)
    classes = np.array(session.signature.outputs[1].classes)
    assert (classes[found["probability"].argmax(axis=1)] == found["label"][:, 0]).all()


def test_a_missing_cell_is_a_feature_that_is_not_there_which_a_linear_model_counts_as_zero(opened: Opener) -> None:
    session, batch = opened(KEPT / "line.tribuo"), rows("a", "b", "c")
    zero = answers(session.score(batch.set_column(1, "b", pa.array(np.zeros(200)))))["value"]
    np.testing.assert_array_equal(answers(session.score(batch.set_column(1, "b", pa.nulls(200, pa.float64()))))["value"], zero)


def test_nan_and_a_row_of_nothing_are_refused_in_tribuos_words(opened: Opener) -> None:
    columns = {"a": pa.array([1.0, float("nan"), None]), "b": pa.array([1.0, 1.0, None]), "c": pa.array([1.0, 1.0, None])}
    outcome = opened(KEPT / "tree.tribuo").score(pa.record_batch(columns))
    assert isinstance(outcome, Scores)
    assert {row: refusal.kind for row, refusal in outcome.refused.items()} == {1: "invalid-value", 2: "missing"}
    assert "Example contained a NaN feature" in outcome.refused[1].message

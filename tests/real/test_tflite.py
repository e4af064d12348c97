"""Keras's networks converted for TensorFlow Lite: as floats they are green, in eight bits every row drifts, and kernels matter.

Converted with examples, weights and activations become whole numbers of eight bits: the scores are multiples of 1/256, and no
row of the digits is scored as Keras scores it. That is the conversion and not the JVM: Python's interpreter says the same of the
same file. But not of every row. It applies the XNNPACK delegate unasked, the C API in Bytedeco's build applies none, and the two
round some sums to another of the 256 steps. Without the delegate both sides have the same bits, as floats and as eight bits
(ai-edge-litert 2.3.0, TensorFlow Lite 2.21.0).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from parity.values.case import Artifact, Case
from parity.values.result import Verdict
from tests.real import lite_models
from tests.real.judged import judged

pytestmark = [
    pytest.mark.slow,
    pytest.mark.heavy("tensorflow"),
    pytest.mark.filterwarnings("ignore"),  # the converter's own
]
Digits = tuple[Any, np.ndarray]


@pytest.fixture(scope="module")
def digits() -> Digits:
    return lite_models.digits()


def case(reference: Any, artifact: Path, data: pa.RecordBatch) -> Case:
    return Case("case", reference, (Artifact(artifact, ("tflite",)),), artifact.parent, data=data, source="test")


def without_delegate(artifact: Path) -> Any:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    return Interpreter(str(artifact), num_threads=1, experimental_op_resolver_type=plain)


def test_a_network_of_floats_is_green(digits: Digits, tmp_path: Path) -> None:
    model, images = digits
    artifact = lite_models.converted(model, tmp_path)
    for result in judged(case(model, artifact, lite_models.rows(images)), artifact.parent, "examples", "random"):
        assert result.verdict == Verdict.PASS, result.reason
        assert result.compared >= len(images)
        assert all(output.max_abs <= output.derived_tolerance for output in result.outputs)


def test_in_eight_bits_no_row_is_scored_as_keras_scores_it(digits: Digits, tmp_path: Path) -> None:
    model, images = digits
    artifact = lite_models.converted(model, tmp_path, images)
    (result,) = judged(case(model, artifact, lite_models.rows(images)), artifact.parent, "examples")
    assert result.verdict == Verdict.FAIL
    assert [(str(f.kind), f.rows) for f in result.findings if not f.off_domain] == [("value", len(images))]
    (finding,) = [f for f in result.findings if not f.off_domain]
    assert isinstance(finding.seen.runtime, dict)
    steps = np.asarray(finding.seen.runtime["output_0"]) * 256
    assert (steps == np.rint(steps)).all()
    assert finding.cause is not None and finding.cause.name == "quantised"
    assert "its output in steps of 0.00390625 (int8)" in finding.cause.evidence
    assert "saved file" in finding.origin


def test_in_eight_bits_some_rows_hang_on_the_delegate(digits: Digits, tmp_path: Path) -> None:
    model, images = digits
    artifact, rows = lite_models.converted(model, tmp_path, images), lite_models.rows(images)
    (result,) = judged(case(str(artifact), artifact, rows), artifact.parent, "examples")
    assert result.verdict == Verdict.FAIL
    (finding,) = [f for f in result.findings if not f.off_domain]
    assert str(finding.kind) == "value"
    assert 0 < finding.rows < len(images) / 20
    assert finding.cause is not None and finding.cause.name == "quantised"
    assert "the reference's are too: kernels round to another step" in finding.cause.evidence
    # The counterfactual: the same interpreter without its delegate has the JVM's bits.
    (told,) = judged(case(without_delegate(artifact), artifact, rows), artifact.parent, "examples")
    assert told.verdict == Verdict.PASS, told.reason
    assert [output.max_abs for output in told.outputs] == [0.0]


def test_weights_in_float16_are_named_by_what_they_move(digits: Digits, tmp_path: Path) -> None:
    import tensorflow as tf

    model, images = digits
    settings = {"optimizations": [tf.lite.Optimize.DEFAULT], "target_spec__supported_types": [tf.float16]}
    finding = first(case(model, lite_models.converted(model, tmp_path, **settings), lite_models.rows(images)))
    assert (finding.cause.name, finding.cause.explained >= 0.98) == ("coarse-constants", True)
    assert "float16" in finding.cause.evidence


def test_dynamic_range_is_named_by_what_eight_bits_of_the_weights_move(tmp_path: Path) -> None:
    import tensorflow as tf

    model, images = lite_models.wide()
    settings = {"optimizations": [tf.lite.Optimize.DEFAULT]}
    finding = first(case(model, lite_models.converted(model, tmp_path, **settings), lite_models.rows(images)))
    assert (finding.cause.name, finding.cause.explained >= 0.98) == ("coarse-constants", True)
    assert "whole numbers of eight bits" in finding.cause.evidence


def test_the_weights_of_another_training_are_not_taken_for_coarse_ones(digits: Digits, tmp_path: Path) -> None:
    """Two per cent is forty steps of float16."""
    import tensorflow as tf

    model, images = digits
    settings = {"optimizations": [tf.lite.Optimize.DEFAULT], "target_spec__supported_types": [tf.float16]}
    artifact = lite_models.converted(model, tmp_path, **settings)
    other = tf.keras.models.clone_model(model)
    other.set_weights([weights * np.float32(1.02) for weights in model.get_weights()])
    finding = first(case(other, artifact, lite_models.rows(images)))
    assert finding.cause is None or finding.cause.name != "coarse-constants"


def first(case: Case) -> Any:
    (result,) = judged(case, case.root, "examples")
    assert result.verdict == Verdict.FAIL, result.reason
    return next(f for f in result.findings if not f.off_domain)

"""TensorFlow Lite models as references, in LiteRT."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from parity.errors import ReferenceLoadError
from parity.numeric.tensors import column_of
from parity.references import load
from parity.references.native import library_for
from parity.values.case import Artifact, Case
from parity.values.outcome import Refusal, Scores
from tests.contract.artifacts import FIXTURES, NUMBERS

KEPT = FIXTURES / "tflite"


def case(name: str, **options: Any) -> Case:
    file = KEPT / f"{name}.tflite"
    return Case(name, str(file), (Artifact(file, options=options),), Path())


def kept(file: str, name: str) -> np.ndarray:
    with np.load(KEPT / file) as found:
        return np.asarray(found[name])


def numbers() -> pa.RecordBatch:
    return pa.record_batch({n: kept("rows.npz", "numbers")[:, i] for i, n in enumerate(NUMBERS)})


def scores(outcome: Any) -> dict[str, np.ndarray]:
    assert isinstance(outcome, Scores), outcome
    return {o.spec.name: o.values for o in outcome.outputs}


def test_a_file_is_known_by_its_identifier(tmp_path: Path) -> None:
    copy = tmp_path / "model.bin"
    copy.write_bytes((KEPT / "numbers.tflite").read_bytes())
    library = library_for(copy)
    assert library is not None
    assert library.NAME == "LiteRT"


def test_a_model_says_what_it_said_when_it_was_kept() -> None:
    reference = load(case("numbers"), numbers())
    found = scores(reference.score(numbers()))
    np.testing.assert_allclose(found["probability"], kept("scores.npz", "numbers"), rtol=0, atol=2e-6)
    assert {s.name: str(s.kind) for s in reference.signature.outputs} == {"probability": "value", "label": "label"}
    assert reference.score(numbers().slice(0, 0)).rows == 0  # type: ignore[union-attr]


def test_a_model_of_sixteen_rows_is_called_as_often_as_it_takes() -> None:
    found = scores(load(case("fixed"), numbers()).score(numbers()))
    np.testing.assert_allclose(found["probability"], kept("scores.npz", "numbers"), rtol=0, atol=2e-6)


def test_whole_numbers_that_stand_for_real_ones_are_fed_and_read_as_real_ones() -> None:
    reference = load(case("int8"), numbers())
    assert [(s.name, s.type) for s in reference.signature.inputs] == [("features", "float32")]
    found = scores(reference.score(numbers()))["probability"]
    # Another kernel may round to the next of 256 steps.
    np.testing.assert_allclose(found, kept("scores.npz", "int8"), rtol=0, atol=1 / 256)


def test_several_inputs_and_an_image() -> None:
    batch = numbers().append_column("shop", pa.array(kept("rows.npz", "shops")))
    found = scores(load(case("mixed"), batch).score(batch))
    np.testing.assert_allclose(found["value"].ravel(), kept("scores.npz", "mixed"), rtol=0, atol=2e-6)
    images = pa.record_batch({"image": column_of(kept("rows.npz", "images"), pa.float32(), (6, 5, 1))})
    reference = load(case("image"), images)
    assert reference.columns == ("image",)
    np.testing.assert_allclose(scores(reference.score(images))["output_0"], kept("scores.npz", "image"), rtol=0, atol=2e-6)


def test_what_the_interpreter_raises_is_a_refusal() -> None:
    batch = numbers().append_column("shop", pa.array([9] * 40))
    refused = load(case("mixed"), batch).score(batch)
    assert isinstance(refused, Refusal)
    assert "gather index out of bounds" in refused.message


def test_an_unknown_signature_and_a_damaged_file_are_errors(tmp_path: Path) -> None:
    with pytest.raises(ReferenceLoadError, match="has no signature 'nope'; it has serving_default"):
        load(case("numbers", signature="nope"))
    (tmp_path / "cut.tflite").write_bytes((KEPT / "numbers.tflite").read_bytes()[:900])
    with pytest.raises(ReferenceLoadError, match=r"cannot be opened by LiteRT: ValueError: .*is it complete"):
        load(Case("cut", str(tmp_path / "cut.tflite"), (), Path()))

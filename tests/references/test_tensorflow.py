"""Keras models and SavedModels as references. Without TensorFlow only what needs none of it is tested; nightly has it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

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

KEPT = FIXTURES / "tensorflow"
needs_tensorflow = pytest.mark.heavy("tensorflow")


def case(name: str, **options: str) -> Case:
    return Case(name, str(KEPT / name), (Artifact(KEPT / name, options=options),), Path())


def rows(name: str) -> np.ndarray:
    with np.load(KEPT / "rows.npz") as kept:
        return np.asarray(kept[name])


def said(name: str) -> np.ndarray:
    with np.load(KEPT / "scores.npz") as kept:
        return np.asarray(kept[name])


def test_a_folder_is_a_saved_model_by_what_it_holds(tmp_path: Path) -> None:
    library = library_for(KEPT / "numbers")
    assert library is not None
    assert library.NAME == "TensorFlow"
    assert library_for(tmp_path) is None
    with pytest.raises(ReferenceLoadError, match="is a folder, but no SavedModel; a file is wanted"):
        load(Case("none", str(tmp_path), (), Path()))


@pytest.mark.skipif(importlib.util.find_spec("tensorflow") is not None, reason="tensorflow is installed")
def test_without_tensorflow_the_error_names_the_package() -> None:
    with pytest.raises(ReferenceLoadError, match=r"needs the package tensorflow: .*; install it"):
        load(case("numbers"))


@pytest.mark.slow
@needs_tensorflow
def test_a_saved_model_says_what_it_said_when_it_was_kept() -> None:
    reference = load(case("numbers"), pa.record_batch({n: rows("numbers")[:, i] for i, n in enumerate(NUMBERS)}))
    outcome = reference.score(pa.record_batch({n: rows("numbers")[:, i] for i, n in enumerate(NUMBERS)}))
    assert isinstance(outcome, Scores)
    found = {o.spec.name: o for o in outcome.outputs}
    np.testing.assert_allclose(found["probability"].values, said("probability"), rtol=0, atol=2e-6)
    # By name, whatever order the process of this test reads them in.
    assert [(o.spec.name, str(o.spec.kind)) for o in outcome.outputs] == [("label", "label"), ("probability", "value")]


@pytest.mark.slow
@needs_tensorflow
def test_an_image_is_one_column_and_a_wrong_rank_a_refusal() -> None:
    images = rows("images")
    batch = pa.record_batch({"image": column_of(images, pa.float32(), (6, 5, 1))})
    reference = load(case("image"), batch)
    assert reference.columns == ("image",)
    outcome = reference.score(batch)
    assert isinstance(outcome, Scores)
    np.testing.assert_allclose(outcome.outputs[0].values, said("image"), rtol=0, atol=2e-6)
    refused = reference.score(pa.record_batch({"image": column_of(images, pa.float32(), (30,))}))
    assert isinstance(refused, Refusal), "TensorFlow itself would abort this process"
    assert refused.message == "the input 'image' takes rows of shape (6, 5, 1), and was given (30,)"


@pytest.mark.slow
@needs_tensorflow
def test_the_artifacts_signature_is_the_references_too() -> None:
    reference = load(case("numbers", signature="margins"))
    assert [o.name for o in reference.signature.outputs] == ["margin"]
    with pytest.raises(ReferenceLoadError, match="no signature 'nope'; it has margins, serving_default"):
        load(case("numbers", signature="nope"))

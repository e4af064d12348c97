"""PyTorch modules and TorchScript files as references. Without torch only what needs none of it is tested; nightly has it."""

from __future__ import annotations

import importlib.util
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

KEPT = FIXTURES / "pytorch"
MIXED = {"inputs": {"x": "float64[3]", "shop": "int64[]"}}
there = importlib.util.find_spec("torch") is not None
needs_torch = pytest.mark.heavy("torch")


def case(reference: Any, artifact: str = "", **options: Any) -> Case:
    artifacts = (Artifact(KEPT / artifact, options=options),) if artifact else ()
    return Case("net", reference, artifacts, Path())


def kept(file: str, name: str) -> np.ndarray:
    with np.load(KEPT / file) as found:
        return np.asarray(found[name])


def numbers() -> pa.RecordBatch:
    return pa.record_batch({n: kept("rows.npz", "numbers")[:, i] for i, n in enumerate(NUMBERS)})


def scores(outcome: Any) -> dict[str, np.ndarray]:
    assert isinstance(outcome, Scores), outcome
    return {o.spec.name: o.values for o in outcome.outputs}


def test_a_file_is_torchs_by_its_suffix() -> None:
    library = library_for(KEPT / "numbers.pt")
    assert library is not None
    assert library.NAME == "PyTorch"


@pytest.mark.skipif(there, reason="torch is installed")
def test_without_torch_the_error_names_the_package() -> None:
    with pytest.raises(ReferenceLoadError, match=r"needs the package torch: .*No module named 'torch'; install it"):
        load(case(str(KEPT / "numbers.pt")))


@pytest.mark.slow
@needs_torch
@pytest.mark.parametrize("sample", [True, False])
def test_torchscript_says_what_it_said_when_it_was_kept(sample: bool) -> None:
    reference = load(case(str(KEPT / "numbers.pt")), numbers() if sample else None)
    found = scores(reference.score(numbers()))
    np.testing.assert_allclose(found["output"], kept("scores.npz", "numbers"), rtol=0, atol=2e-6)
    assert reference.facts["model"] == "RecursiveScriptModule"
    assert "training" not in reference.facts


@pytest.mark.slow
@needs_torch
def test_what_is_declared_beside_the_artifact_counts_for_the_reference_too() -> None:
    reference = load(case(str(KEPT / "mixed.pt"), "mixed.pt", **MIXED))
    batch = numbers().append_column("shop", pa.array(kept("rows.npz", "shops")))
    found = scores(reference.score(batch))
    np.testing.assert_allclose(found["output_1"], kept("scores.npz", "mixed"), rtol=0, atol=1e-12)
    assert [(s.name, s.type, s.shape) for s in reference.signature.inputs] == [("x", "float64", (3,)), ("shop", "int64", ())]
    refused = reference.score(batch.set_column(3, "shop", pa.array([9] * 40)))
    assert isinstance(refused, Refusal)
    with pytest.raises(ReferenceLoadError, match="names z, but forward takes x, shop, scale"):
        load(case(str(KEPT / "mixed.pt"), "mixed.pt", inputs={"z": "bool[]"}))


@pytest.mark.slow
@needs_torch
def test_an_image_of_the_sample_shows_the_shape() -> None:
    batch = pa.record_batch({"image": column_of(kept("rows.npz", "images"), pa.float32(), (1, 6, 5))})
    reference = load(case(str(KEPT / "image.pt")), batch)
    found = scores(reference.score(batch))
    assert sorted(found) == ["label", "probability"]
    np.testing.assert_allclose(found["probability"], kept("scores.npz", "image"), rtol=0, atol=2e-6)
    with pytest.raises(
        ReferenceLoadError, match=r"refuses its first rows: RuntimeError: Expected 3D .* conv2d.*; give data, or say"
    ):
        load(case(str(KEPT / "image.pt")))


@pytest.mark.slow
@needs_torch
def test_a_module_in_memory_is_called_as_it_is_and_says_what_its_numbers_mean(tmp_path: Path) -> None:
    import torch

    torch.manual_seed(3)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 2), torch.nn.Softmax(1))
    trained = load(case(model), numbers())
    assert trained.facts["training"] == "True: eval() was not called"
    reference = load(case(model.eval()), numbers())
    assert [str(s.kind) for s in reference.signature.outputs] == ["probability"]
    with torch.inference_mode():
        expected = model(torch.from_numpy(kept("rows.npz", "numbers"))).numpy()
    assert scores(reference.score(numbers()))["output"].tobytes() == expected.tobytes()
    torch.save(model, tmp_path / "module.pt")
    torch.save(model.state_dict(), tmp_path / "weights.pt")
    again = load(case(str(tmp_path / "module.pt")), numbers())
    assert scores(again.score(numbers()))["output"].tobytes() == expected.tobytes()
    with pytest.raises(ReferenceLoadError, match=r"it holds weights \(OrderedDict\), and no module: give"):
        load(case(str(tmp_path / "weights.pt")))


@pytest.mark.slow
@needs_torch
def test_rows_that_the_module_does_not_take_are_told_with_what_to_write() -> None:
    with pytest.raises(ReferenceLoadError, match=r"its first rows: RuntimeError: mat1 and mat2 .*; give data, or say what"):
        load(case(str(KEPT / "numbers.pt"), "mixed.pt", inputs={"input": "float32[4]"}))


@pytest.mark.slow
@needs_torch
def test_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "cut.pt").write_bytes((KEPT / "numbers.pt").read_bytes()[:6000])
    with pytest.raises(ReferenceLoadError, match=r"cannot be opened by PyTorch: RuntimeError: .*is it complete"):
        load(case(str(tmp_path / "cut.pt")))

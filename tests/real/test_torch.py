"""Networks of PyTorch on DJL: the same kernels give the same bits, but DJL calls eval(), and Python does what the file says.

A module that was scripted while it was still in training mode keeps that mode. Python's `torch.jit.load` gives it back as it was:
a normalised layer then takes the mean and the variance of the very batch that it scores, so that a row's score depends on its
company, and dropout drops at random. DJL puts every module into inference mode before it scores (0.36.0,
PtSymbolBlock.forwardInternal).

A trace is not reached by eval(): recorded in training mode it stays in it, on the JVM as in Python. And the tracing itself runs
the module, which in training mode moves the statistics that the file then keeps.
"""

from __future__ import annotations

import copy
import warnings
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from parity.values.case import Artifact, Case
from parity.values.result import Verdict
from tests.real import torch_models
from tests.real.judged import judged

pytestmark = [
    pytest.mark.slow,
    pytest.mark.heavy("torch", jars="pytorch"),
]


def case(reference: Any, artifact: Path, data: pa.RecordBatch) -> Case:
    return Case("case", reference, (Artifact(artifact, ("pytorch",)),), artifact.parent, data=data, source="test")


@pytest.mark.parametrize("build", [torch_models.dense, torch_models.convolution])
def test_a_network_in_inference_mode_is_green_to_the_last_bit(build: Any, tmp_path: Path) -> None:
    import torch

    model, X, batch = build()
    artifact = torch_models.saved(torch.jit.trace(model.eval(), X[:4]), tmp_path)
    for result in judged(case(model, artifact, batch), artifact.parent, "examples", "random"):
        assert result.verdict == Verdict.PASS, result.reason
        assert result.compared >= min(batch.num_rows, 2_000)
        assert [output.max_abs for output in result.outputs] == [0.0]


def test_a_module_scripted_in_training_mode_is_scored_in_another_mode_by_djl(tmp_path: Path) -> None:
    import torch

    model, _, batch = torch_models.dense()
    artifact = torch_models.saved(torch.jit.script(model), tmp_path)
    (result,) = judged(case(str(artifact), artifact, batch), artifact.parent, "examples")
    assert result.verdict == Verdict.FAIL, result.reason
    (finding,) = [f for f in result.findings if not f.off_domain]
    assert (str(finding.kind), finding.rows > 500) == ("value", True)
    # The counterfactual: the reference in inference mode, which is what DJL scores.
    assert finding.cause is not None
    assert finding.cause.name == "training-mode"
    (told,) = judged(case(model.eval(), artifact, batch), artifact.parent, "examples")
    assert told.verdict == Verdict.PASS, told.reason


def first(case: Case) -> Any:
    (result,) = judged(case, case.root, "examples")
    assert result.verdict == Verdict.FAIL, result.reason
    return next(f for f in result.findings if not f.off_domain)


def traced_in_training(model: Any, X: Any, where: Path) -> Path:
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", torch.jit.TracerWarning)  # torch itself says that such a trace is not deterministic
        return torch_models.saved(torch.jit.trace(model.train(), X[:4], check_trace=False), where)


def test_a_trace_in_training_mode_is_found_and_convicted_by_its_own_file_in_inference_mode(tmp_path: Path) -> None:
    model, X, batch = torch_models.dense()
    artifact = traced_in_training(model, X, tmp_path)
    finding = first(case(model.eval(), artifact, batch))
    assert finding.cause is not None
    assert (finding.cause.name, finding.cause.explained) == ("traced-in-training", 1.0)
    assert "holds torch.batch_norm in training mode; with these in inference mode" in finding.cause.evidence


def test_statistics_that_the_tracing_moved_leave_the_runtime_at_odds_with_itself(tmp_path: Path) -> None:
    import torch

    model, X, batch = torch_models.dropping()
    kept = tmp_path / "kept.pth"
    torch.save(model.eval(), kept)
    finding = first(case(str(kept), traced_in_training(model, X, tmp_path), batch))
    assert finding.cause is not None
    assert finding.cause.name == "traced-in-training"
    assert "torch.batch_norm, torch.dropout in training mode; the runtime, asked again" in finding.cause.evidence


@pytest.mark.parametrize("half", ["float16", "bfloat16"])
def test_constants_that_went_through_half_precision_are_named(half: str, tmp_path: Path) -> None:
    import torch

    model, X, batch = torch_models.convolution()
    narrow = copy.deepcopy(model).to(getattr(torch, half)).float()
    finding = first(case(model, torch_models.saved(torch.jit.trace(narrow, X[:4]), tmp_path), batch))
    assert finding.cause is not None
    assert finding.cause.name == "coarse-constants"
    assert f"rounded to {half}" in finding.cause.evidence


def test_an_image_that_is_read_with_height_and_width_exchanged_is_named(tmp_path: Path) -> None:
    import torch

    model, X, batch = torch_models.convolution()

    class Exchanged(torch.nn.Sequential):
        def forward(self, image: torch.Tensor) -> torch.Tensor:
            return super().forward(image.transpose(2, 3))

    exchanged = torch.jit.trace(Exchanged(*model), X[:4])
    finding = first(case(model, torch_models.saved(exchanged, tmp_path), batch))
    assert finding.cause is not None
    assert finding.cause.name == "axes-permuted"
    assert "order of axes 0, 2, 1" in finding.cause.evidence


def test_a_module_of_doubles_is_asked_in_doubles_beside_a_trace_of_floats(tmp_path: Path) -> None:
    import torch

    model, X, batch = torch_models.dense()
    narrow = torch_models.saved(torch.jit.trace(copy.deepcopy(model).eval(), X[:4]), tmp_path)
    (result,) = judged(case(model.double().eval(), narrow, batch), tmp_path, "examples")
    assert result.verdict == Verdict.PASS, result.reason
    assert 0 < result.outputs[0].max_abs < 1e-6

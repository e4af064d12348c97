"""Networks of PyTorch on DJL: the same kernels give the same bits, but DJL calls eval(), and Python does what the file says.

A module that was scripted while it was still in training mode keeps that mode. Python's `torch.jit.load` gives it back as it was:
a normalised layer then takes the mean and the variance of the very batch that it scores, so that a row's score depends on its
company, and dropout drops at random. DJL puts every module into inference mode before it scores (0.36.0,
PtSymbolBlock.forwardInternal).
"""

from __future__ import annotations

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

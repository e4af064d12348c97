"""Tribuo beside its own ONNX export scored in Python: the reference is the export, and Java holds the model that was trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from parity.values.case import Artifact, Case
from parity.values.result import PhaseResult, Verdict
from tests.contract.makers.tribuo import KEPT
from tests.real.judged import judged

pytestmark = pytest.mark.slow


def on_the_sample(columns: list[str], where: Path) -> PhaseResult:
    """The sample with its columns in this order, which is the order in which a caller of the ONNX file would feed them."""
    sample = pd.DataFrame(np.loadtxt(KEPT / "rows.csv", delimiter=","), columns=["f2", "f10", "f1"])[columns]
    artifact = Artifact(KEPT / "three.tribuo", ("tribuo",))
    reference = str(KEPT / "three.onnx")
    outputs = {"output": "probability"}  # the export declares no kind, and no label
    case = Case("case", reference, (artifact,), where, data=sample, source="test", outputs=outputs, ignore_outputs=("label",))
    (result,) = judged(case, where, "examples")
    return result


def test_a_caller_who_keeps_the_order_of_training_feeds_the_export_wrongly(tmp_path: Path) -> None:
    """Tribuo sorts its features by name (f1, f10, f2), and the export's tensor has none: no side complains."""
    result = on_the_sample(["f2", "f10", "f1"], tmp_path)
    assert result.verdict == Verdict.FAIL
    assert sum(finding.rows for finding in result.findings if not finding.off_domain) > 150
    assert {str(finding.kind) for finding in result.findings} <= {"value", "shape"}
    told = [finding for finding in result.findings if str(finding.kind) == "value"]
    assert {finding.cause.name if finding.cause else None for finding in told} == {"columns-swapped"}


def test_in_the_order_of_the_alphabet_the_export_agrees(tmp_path: Path) -> None:
    result = on_the_sample(["f1", "f10", "f2"], tmp_path)
    assert result.verdict == Verdict.PASS, result.reason
    assert result.compared == 200

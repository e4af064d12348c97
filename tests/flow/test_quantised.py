"""Drift of artifacts of eight bits is explained by their steps, and only where it is no more than some of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from parity.diagnose.evidence import Evidence
from parity.flow.quantised import cause_of_quantising
from parity.values.anatomy import Anatomy

KEPT = Path(__file__).parents[1] / "fixtures" / "tflite"
Floats = npt.NDArray[np.float64]
ROWS = pa.record_batch({"a": np.random.default_rng(0).random(200)})


def exact(batch: pa.RecordBatch) -> Floats:
    return batch.column("a").to_numpy().reshape(-1, 1)


def in_steps(values: Floats, off: int = 0) -> Floats:
    return (np.rint(values * 256) + off).astype(np.float32).astype(np.float64) / 256


def asked(runtime: Callable[[pa.RecordBatch], Floats], artifact: str = "int8") -> Any:
    item = SimpleNamespace(artifact=SimpleNamespace(path=KEPT / f"{artifact}.tflite"))
    evidence = Evidence(
        ROWS, ROWS.slice(0, 0), exact, runtime, lambda s, b: np.zeros(len(s)), Anatomy(("a",)), Anatomy(("a",)), exact
    )
    return cause_of_quantising(SimpleNamespace(item=item), evidence)  # type: ignore[arg-type]


def test_answers_in_steps_near_the_reference_are_quantised() -> None:
    found = asked(lambda batch: in_steps(exact(batch), 3))
    assert found is not None and found.name == "quantised"
    assert found.evidence.startswith("6 of 6 tensors of the artifact are quantised, its output in steps of 0.00390625 (int8)")
    assert "at most 3.5 from the reference's" in found.evidence


@pytest.mark.parametrize(
    "runtime",
    [
        lambda batch: in_steps(exact(batch), 40),
        lambda batch: in_steps(1 - exact(batch)),
        lambda batch: exact(batch) + 1e-3,
    ],
    ids=["many steps", "another answer", "no steps"],
)
def test_other_drift_of_the_same_file_is_not(runtime: Callable[[pa.RecordBatch], Floats]) -> None:
    assert asked(runtime) is None


def test_files_of_floats_explain_nothing() -> None:
    assert asked(lambda batch: in_steps(exact(batch), 3), "numbers") is None

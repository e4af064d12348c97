"""Tribuo models."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa

from tests.contract.artifacts import FIXTURES, NUMBERS, Made, columns_of

KEPT = FIXTURES / "tribuo"


def line(folder: Path) -> Made:
    """A kept model, with the scores that its ONNX export gives in Python."""
    path = Path(shutil.copyfile(KEPT / "line.tribuo", folder / "line.tribuo"))
    rows = np.loadtxt(KEPT / "rows.csv", delimiter=",", dtype=np.float32)[:40]
    batch = pa.record_batch({name: rows[:, i] for i, name in enumerate(NUMBERS)})
    with np.load(KEPT / "line.npz") as expected:
        return Made(path, columns_of(batch), batch, "value", expected["scores"][:40])


MAKERS = (line,)

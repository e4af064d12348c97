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


def newer(path: Path, folder: Path) -> Path:
    """ModelProto's field 1, its version; protobuf takes fields in any order, and 0 is not written."""
    to = folder / f"newer{path.suffix}"
    to.write_bytes(path.read_bytes() + b"\x08\x63")
    return to


NEWER = (newer,)

"""XGBoost's format before JSON."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import numpy as np
import pyarrow as pa

from tests.contract.artifacts import FIXTURES, Made, columns_of


def three_margins(folder: Path) -> Made:
    """The newest XGBoost cannot write this format: a kept model, with the scores of the library that wrote it."""
    path, kept = folder / "trees.deprecated", FIXTURES / "old_xgboost"
    shutil.copyfile(kept / "three.deprecated", path)
    rows = np.load(kept / "rows.npy")[:40]
    batch = pa.record_batch({name: pa.array(rows[:, i], from_pandas=True) for i, name in enumerate("abcd")})
    with np.load(kept / "three.npz") as expected:
        return Made(path, columns_of(batch), batch, "prediction", expected["prediction"][:40])


MAKERS = (three_margins,)


def newer(path: Path, folder: Path) -> Path:
    """The major version of XGBoost in the header (LearnerModelParam, the sixth of its numbers, after the mark "binf")."""
    content = bytearray(path.read_bytes())
    assert struct.unpack_from("<I", content, 24) == (3,)
    struct.pack_into("<I", content, 24, 99)
    to = folder / f"newer{path.suffix}"
    to.write_bytes(content)
    return to


NEWER = (newer,)

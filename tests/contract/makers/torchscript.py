"""TorchScript: kept, with the scores that Python's PyTorch gave, as it takes gigabytes of packages to write it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa

from parity.numeric.tensors import column_of
from parity.values.columns import Column, ColumnType
from tests.contract.artifacts import FIXTURES, NUMBERS, Made, columns_of
from tests.contract.newer import rezipped

KEPT = FIXTURES / "pytorch"
RUNTIME = "pytorch"


def numbers(folder: Path) -> Made:
    """Traced, so that the archive holds the sizes of its example."""
    with np.load(KEPT / "rows.npz") as rows, np.load(KEPT / "scores.npz") as said:
        batch = pa.record_batch({name: rows["numbers"][:, i] for i, name in enumerate(NUMBERS)})
        return Made(_copied("numbers", folder), columns_of(batch), batch, "output", said["numbers"])


def mixed(folder: Path) -> Made:
    """Scripted, with two inputs of different types: both are declared."""
    options = {"inputs": {"x": "float64[3]", "shop": "int64[]"}}
    with np.load(KEPT / "rows.npz") as rows, np.load(KEPT / "scores.npz") as said:
        columns = {name: rows["numbers"][:, i] for i, name in enumerate(NUMBERS)}
        batch = pa.record_batch({**columns, "shop": rows["shops"]})
        return Made(_copied("mixed", folder), columns_of(batch), batch, "output_1", said["mixed"], options)


def image(folder: Path) -> Made:
    with np.load(KEPT / "rows.npz") as rows, np.load(KEPT / "scores.npz") as said:
        batch = pa.record_batch({"image": column_of(rows["images"], pa.float32(), (1, 6, 5))})
        columns = (Column("image", ColumnType.FLOAT32, 0.0, 1.0, shape=(1, 6, 5)),)
        options = {"inputs": {"image": "float32[1, 6, 5]"}}
        return Made(_copied("image", folder), columns, batch, "probability", said["image"], options)


def _copied(name: str, folder: Path) -> Path:
    return Path(shutil.copyfile(KEPT / f"{name}.pt", folder / f"torch_{name}.pt"))


MAKERS = (numbers, mixed)
TENSORS = (image,)


def newer(path: Path, folder: Path) -> Path:
    """The version of the archive of TorchScript, 3 in files of PyTorch 2."""
    return rezipped(path, folder, "version", re.compile(rb"\d+"), b"99")


NEWER = (newer,)

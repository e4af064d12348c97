"""TensorFlow Lite models: kept, with the scores that Python's interpreter gave, as it takes 1.5 GB of packages to convert one."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import numpy as np
import pyarrow as pa

from parity.numeric.tensors import column_of
from parity.values.columns import Column, ColumnType
from tests.contract.artifacts import FIXTURES, NUMBERS, Made, columns_of

KEPT = FIXTURES / "tflite"


def kept(folder: Path, name: str, output: str, scores: str = "") -> Made:
    """A model of the three numbers, alone or with a place in a table."""
    with np.load(KEPT / "rows.npz") as rows, np.load(KEPT / "scores.npz") as said:
        columns = {column: rows["numbers"][:, i] for i, column in enumerate(NUMBERS)}
        shop = {"shop": rows["shops"].astype(np.int64)} if name == "mixed" else {}
        batch = pa.record_batch(columns | shop)
        expected = said[scores or name].reshape(batch.num_rows, -1)
        return Made(_copied(name, folder), columns_of(batch), batch, output, expected)


def numbers(folder: Path) -> Made:
    return kept(folder, "numbers", "probability")


def fixed(folder: Path) -> Made:
    """Of sixteen rows, so that forty are three calls, and the last of them is filled up."""
    return kept(folder, "fixed", "probability", "numbers")


def mixed(folder: Path) -> Made:
    return kept(folder, "mixed", "value")


def int8(folder: Path) -> Made:
    """Whole numbers that stand for real ones, at both ends."""
    return kept(folder, "int8", "probability")


def image(folder: Path) -> Made:
    with np.load(KEPT / "rows.npz") as rows, np.load(KEPT / "scores.npz") as said:
        batch = pa.record_batch({"image": column_of(rows["images"], pa.float32(), (6, 5, 1))})
        columns = (Column("image", ColumnType.FLOAT32, 0.0, 1.0, shape=(6, 5, 1)),)
        return Made(_copied("image", folder), columns, batch, "output_0", said["image"])


def _copied(name: str, folder: Path) -> Path:
    return Path(shutil.copyfile(KEPT / f"{name}.tflite", folder / f"lite_{name}.tflite"))


MAKERS = (numbers, fixed, mixed, int8)
TENSORS = (image,)


def newer(path: Path, folder: Path) -> Path:
    """The version of the schema: the first field of the root table (schema.fbs), found as FlatBuffers lays tables out."""
    content = bytearray(path.read_bytes())
    (root,) = struct.unpack_from("<I", content)
    (up,) = struct.unpack_from("<i", content, root)
    (field,) = struct.unpack_from("<H", content, root - up + 4)
    assert struct.unpack_from("<I", content, root + field) == (3,)
    struct.pack_into("<I", content, root + field, 99)
    to = folder / f"newer{path.suffix}"
    to.write_bytes(content)
    return to


NEWER = (newer,)

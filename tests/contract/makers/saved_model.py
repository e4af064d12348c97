"""SavedModels: kept, with the scores that Python's TensorFlow gave, as it takes 1.5 GB of packages to write one."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa

from parity.numeric.tensors import column_of
from parity.values.columns import Column, ColumnType
from tests.contract.artifacts import FIXTURES, NUMBERS, Made, columns_of
from tests.contract.newer import appended, field, varint

KEPT = FIXTURES / "tensorflow"
RUNTIME = "tensorflow"


def numbers(folder: Path) -> Made:
    with np.load(KEPT / "rows.npz") as rows, np.load(KEPT / "scores.npz") as said:
        batch = pa.record_batch({name: rows["numbers"][:, i] for i, name in enumerate(NUMBERS)})
        return Made(_copied("numbers", folder), columns_of(batch), batch, "probability", said["probability"])


def words(folder: Path) -> Made:
    with np.load(KEPT / "rows.npz") as rows, np.load(KEPT / "scores.npz") as said:
        columns = {name: rows["numbers"][:, i] for i, name in enumerate(NUMBERS)}
        batch = pa.record_batch({**columns, "city": pa.array(rows["cities"].tolist())})
        return Made(_copied("words", folder), columns_of(batch), batch, "value", said["value"][:, None])


def image(folder: Path) -> Made:
    with np.load(KEPT / "rows.npz") as rows, np.load(KEPT / "scores.npz") as said:
        batch = pa.record_batch({"image": column_of(rows["images"], pa.float32(), (6, 5, 1))})
        columns = (Column("image", ColumnType.FLOAT32, 0.0, 1.0, shape=(6, 5, 1)),)
        return Made(_copied("image", folder), columns, batch, "output_0", said["image"])


def _copied(name: str, folder: Path) -> Path:
    return Path(shutil.copytree(KEPT / name, folder / f"tensorflow-{name}"))


MAKERS = (numbers, words)
TENSORS = (image,)


def newer(path: Path, folder: Path) -> Path:
    """A graph that asks for consumers of a later version (GraphDef.versions.min_consumer, versions.proto), and says so itself."""
    to = Path(shutil.copytree(path, folder / "tensorflow-newer"))
    file = to / "saved_model.pb"
    # Field 4 of field 2 (graph) of field 2 (meta graph): protobuf merges a message that comes twice.
    file.write_bytes(appended(file.read_bytes(), (2, 2), field(4, varint(1, 99_999) + varint(2, 99_999))))
    return to


NEWER = (newer,)

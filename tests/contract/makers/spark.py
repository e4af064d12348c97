"""Spark pipelines: kept, with the scores that NumPy computes from them, as it takes 500 MB of packages to write one."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa

from parity.numeric.tensors import column_of
from parity.values.columns import Column, ColumnType
from tests.contract.artifacts import FIXTURES, NUMBERS, Made, columns_of

KEPT = FIXTURES / "spark"
RUNTIME = "spark"
CITIES = ("Oslo", "Łódź", "")


def unpacked(name: str, folder: Path) -> Path:
    with zipfile.ZipFile(KEPT / f"{name}.zip") as archive:
        archive.extractall(folder / f"spark-{name}")
    return folder / f"spark-{name}"


def numbers() -> np.ndarray:
    with np.load(KEPT / "rows.npz") as rows:
        return np.asarray(rows["numbers"])


def rows() -> pa.RecordBatch:
    with np.load(KEPT / "rows.npz") as kept:
        cities = pa.array([CITIES[code] for code in kept["city"]])
    return pa.record_batch({name: numbers()[:, i] for i, name in enumerate(NUMBERS)} | {"city": cities})


def made(folder: Path, name: str, output: str, *, text: bool = False) -> Made:
    """A kept pipeline, with what NumPy computes from its coefficients or nodes."""
    batch = rows().slice(0, 40).select([*NUMBERS, *(["city"] if text else [])])
    with np.load(KEPT / f"{name}.npz") as expected:
        return Made(unpacked(name, folder), columns_of(batch), batch, output, expected["python"][:40])


def logistic(folder: Path) -> Made:
    return made(folder, "logistic", "probability")


def text(folder: Path) -> Made:
    return made(folder, "text", "prediction", text=True)


def forest(folder: Path) -> Made:
    return made(folder, "forest", "probability")


def vector(folder: Path) -> Made:
    batch = pa.record_batch({"features": column_of(numbers()[:12], pa.float32(), (3,))})
    columns = (Column("features", ColumnType.FLOAT32, -9.0, 9.0, shape=(3,)),)
    with np.load(KEPT / "vector.npz") as expected:
        return Made(unpacked("vector", folder), columns, batch, "probability", expected["python"][:12])


MAKERS = (logistic, text, forest)
TENSORS = (vector,)


def newer(path: Path, folder: Path) -> Path:
    """The version of Spark that wrote the pipeline, in the metadata of all its stages; Hadoop's checksums would not fit."""
    to = Path(shutil.copytree(path, folder / "spark-newer", ignore=shutil.ignore_patterns("*.crc")))
    for part in to.rglob("metadata/part-*"):
        part.write_bytes(re.sub(rb'(?<="sparkVersion":")[\d.]+', b"99.0.0", part.read_bytes()))
    return to


NEWER = (newer,)

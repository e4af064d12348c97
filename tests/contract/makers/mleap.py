"""MLeap bundles."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa

from tests.contract.artifacts import FIXTURES, NUMBERS, Made, columns_of
from tests.contract.newer import rezipped

KEPT = FIXTURES / "mleap"
CITIES = ("Oslo", "Łódź", "")


def kept(folder: Path, name: str, output: str, *, text: bool = False) -> Made:
    """A kept bundle, with the scores of the scikit-learn model that it was made from."""
    path = Path(shutil.copyfile(KEPT / f"{name}.zip", folder / f"mleap_{name}.zip"))
    with np.load(KEPT / "rows.npz") as rows, np.load(KEPT / f"{name}.npz") as expected:
        columns = {column: rows["numbers"][:40, i] for i, column in enumerate(NUMBERS)}
        cities = {"city": pa.array([CITIES[code] for code in rows["city"][:40]])} if text else {}
        batch = pa.record_batch(columns | cities)
        return Made(path, columns_of(batch), batch, output, expected["scores"][:40])


def logistic(folder: Path) -> Made:
    return kept(folder, "logistic_probability", "probability")


def forest(folder: Path) -> Made:
    return kept(folder, "forest_value", "prediction")


def text(folder: Path) -> Made:
    return kept(folder, "text", "prediction", text=True)


MAKERS = (logistic, forest, text)


def newer(path: Path, folder: Path) -> Path:
    """The version of MLeap that wrote the bundle."""
    return rezipped(path, folder, "bundle.json", re.compile(rb'(?<="version": ")[\d.]+'), b"99.0.0")


NEWER = (newer,)

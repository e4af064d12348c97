"""PFA documents."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa

from tests.contract.artifacts import FIXTURES, NUMBERS, Made, columns_of
from tests.contract.newer import replaced

KEPT = FIXTURES / "pfa"
CITIES = ("Oslo", "Łódź", "")


def kept(folder: Path, name: str, output: str = "output", *, text: bool = False) -> Made:
    """A kept document, with the scores of the scikit-learn model that it was written from."""
    path = Path(shutil.copyfile(KEPT / f"{name}.pfa", folder / f"{name}.pfa"))
    with np.load(KEPT / "rows.npz") as rows, np.load(KEPT / f"{name}.npz") as expected:
        columns = {column: rows["numbers"][:40, i] for i, column in enumerate(NUMBERS)}
        cities = {"city": pa.array([CITIES[code] for code in rows["city"][:40]])} if text else {}
        batch = pa.record_batch(columns | cities)
        return Made(path, columns_of(batch), batch, output, expected["scores"][:40])


def softmax(folder: Path) -> Made:
    return kept(folder, "softmax")


def forest(folder: Path) -> Made:
    return kept(folder, "forest")


def text(folder: Path) -> Made:
    return kept(folder, "text", "value", text=True)


MAKERS = (softmax, forest, text)


def newer(path: Path, folder: Path) -> Path:
    """A document has a version of its own alone; PFA has none to name."""
    return replaced(path, folder, re.compile(rb"^\{"), b'{"version": 99, ')


NEWER = (newer,)

"""H2O MOJOs."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa

from tests.contract.artifacts import FIXTURES, NUMBERS, Made, columns_of
from tests.contract.newer import rezipped


def gradient_boosting(folder: Path) -> Made:
    """Exporting one takes an H2O cluster: a kept model, with the scores of the cluster that trained it."""
    path, kept = folder / "trees.zip", FIXTURES / "h2o_mojo"
    shutil.copyfile(kept / "gbm.zip", path)
    with np.load(kept / "rows.npz") as rows, np.load(kept / "gbm.npz") as expected:
        arrays = [pa.array(column, from_pandas=True) for column in rows["numbers"][:40].T]
        cities = [("Oslo", "Łódź", "Kyōto", "Lima", None)[code] for code in rows["city"][:40]]
        batch = pa.record_batch([*arrays, pa.array(cities)], names=[*NUMBERS, "city"])
        return Made(path, columns_of(batch), batch, "probability", expected["scores"][:40])


MAKERS = (gradient_boosting,)


def newer(path: Path, folder: Path) -> Path:
    """The version of the MOJO format of its algorithm."""
    return rezipped(path, folder, "model.ini", re.compile(rb"(?<=mojo_version = )[\d.]+"), b"99.00")


NEWER = (newer,)

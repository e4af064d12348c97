"""Driverless AI's pipelines. Its exporter is licensed as its engine is: this is the archive around a pipeline of nothing."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from tests.contract.artifacts import Made, columns_of, numbers


def empty(folder: Path) -> Made:
    path = folder / "pipeline.mojo"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mojo/pipeline.pb", b"")
    return Made(path, columns_of(numbers()), numbers(), "", np.zeros((40, 0)))


MAKERS = (empty,)

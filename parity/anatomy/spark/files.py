"""What Spark's `save` writes of a stage: its parameters as JSON, what it learned as Parquet; Spark is not imported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

from parity.anatomy.fields import NotUnderstoodError
from parity.values.anatomy import Floats

CLASS = "org.apache.spark.ml."


def metadata(folder: Path) -> dict[str, Any]:
    (part, *_) = sorted(folder.glob("metadata/part-*"))
    found: dict[str, Any] = json.loads(part.read_text("utf-8"))
    return found


def params(folder: Path) -> dict[str, Any]:
    """What was set, over the defaults."""
    found = metadata(folder)
    return {**found.get("defaultParamMap", {}), **found["paramMap"]}


def stages(folder: Path) -> list[Path]:
    """The folders of the stages in order: `stages/0_UID`, with as many digits as the last needs."""
    uids = params(folder).get("stageUids")
    if uids is None:
        return [folder]
    found = {stage.name.partition("_")[2]: stage for stage in (folder / "stages").iterdir() if stage.is_dir()}
    return [found[uid] for uid in uids]


def table(folder: Path) -> pa.Table:
    """All rows of a folder of Parquet files."""
    return pa.concat_tables([parquet.read_table(part) for part in sorted(folder.glob("*.parquet"))])


def learned(folder: Path) -> dict[str, Any]:
    """The one row of what a stage learned."""
    rows = table(folder / "data").to_pylist()
    if len(rows) != 1:
        raise NotUnderstoodError(f"a stage of Spark with {len(rows)} rows of data")
    found: dict[str, Any] = rows[0]
    return found


def vector(given: Any) -> Floats:
    """A Vector: dense, or sparse with indices."""
    values = np.asarray(given["values"], np.float64)
    if given["type"] == 1:
        return values
    whole = np.zeros(given["size"])
    whole[given["indices"]] = values
    return whole


def matrix(given: Any) -> Floats:
    """A Matrix: its values stand column by column, or row by row where it is transposed; a sparse one has pointers."""
    rows, columns, values = given["numRows"], given["numCols"], np.asarray(given["values"], np.float64)
    order: Any = "C" if given["isTransposed"] else "F"
    if given["type"] == 1:
        return values.reshape((rows, columns), order=order)
    whole = np.zeros((rows, columns) if order == "F" else (columns, rows))
    for major, (start, end) in enumerate(zip(given["colPtrs"][:-1], given["colPtrs"][1:], strict=True)):
        whole[given["rowIndices"][start:end], major] = values[start:end]
    return whole if order == "F" else whole.T

"""Small outcomes to compare."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity.values.outcome import Output, Refusal, Scores
from parity.values.signature import OutputKind, OutputSpec


def output(
    name: str, values: Any, kind: OutputKind | None = OutputKind.VALUE, missing: Any = None, classes: Any = None
) -> Output:
    array = np.asarray(values)
    array = array.reshape(len(array), -1)
    type_name = "string" if array.dtype.kind in "OU" else str(array.dtype)
    spec = OutputSpec(name, type_name, kind, array.shape[1], classes)
    mask = None if missing is None else np.asarray(missing, bool).reshape(array.shape)
    return Output(spec, array, mask)


def scores(*outputs: Output, rows: int | None = None, refused: dict[int, Refusal] | None = None) -> Scores:
    return Scores(len(outputs[0].values) if rows is None else rows, outputs, refused or {})

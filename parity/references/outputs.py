"""What a method returned, as outputs of shape (rows, width) with their specs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.values.outcome import Output, Refusal
from parity.values.signature import OutputSpec

# The types that OutputSpec knows; other widths of the same family become the next of them that holds all values.
TYPES = {"float32": "float32", "float64": "float64", "int64": "int64", "bool": "bool", "float16": "float32"}


def outputs(raw: Any, specs: Sequence[OutputSpec], rows: int) -> tuple[Output, ...] | Refusal:
    """One output per spec, or a refusal of kind "shape" where the numbers of outputs or of rows do not fit."""
    parts = split(raw, specs)
    if isinstance(parts, Refusal):
        return parts
    made = tuple(output(part, spec, rows) for part, spec in zip(parts, specs, strict=True))
    broken = next((item for item in made if isinstance(item, Refusal)), None)
    return broken or tuple(item for item in made if isinstance(item, Output))


def split(raw: Any, specs: Sequence[OutputSpec]) -> list[Any] | Refusal:
    """A mapping by name, a list or tuple in order where several outputs are declared, else the value itself."""
    if isinstance(raw, Mapping):
        absent = [spec.name for spec in specs if spec.name not in raw]
        if absent:
            return Refusal("shape", f"no output {absent[0]!r} among {sorted(map(str, raw))}")
        return [raw[spec.name] for spec in specs]
    if len(specs) == 1:
        return [raw]
    if not isinstance(raw, list | tuple) or len(raw) != len(specs):
        got = f"{len(raw)} values" if isinstance(raw, list | tuple) else f"one {type(raw).__name__}"
        return Refusal("shape", f"{len(specs)} outputs are declared ({', '.join(s.name for s in specs)}), {got} came back")
    return list(raw)


def output(raw: Any, spec: OutputSpec, rows: int) -> Output | Refusal:
    values = np.asarray(raw.toarray() if hasattr(raw, "toarray") else raw)
    if values.ndim == 0 or len(values) != rows:
        got = "a single value" if values.ndim == 0 else f"{len(values)} rows"
        return Refusal("shape", f"output {spec.name!r}: {rows} rows were given, {got} came back")
    # Not -1: NumPy cannot infer a width where there are no rows.
    table = values.reshape(rows, int(np.prod(values.shape[1:], dtype=int)))
    return typed(table, spec)


def typed(table: npt.NDArray[Any], spec: OutputSpec) -> Output:
    """The values in one of the types that OutputSpec knows, never a narrower one, and the spec as it turned out."""
    missing = None
    if table.dtype.kind in "OUST":
        table, missing = objects(table)
    name = "string" if table.dtype == object else TYPES.get(table.dtype.name) or wider(table.dtype)
    values = table if name == "string" else table.astype(name, copy=False)
    return Output(replace(spec, type=name, width=values.shape[1]), values, missing)


def objects(table: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_] | None]:
    """Numbers and booleans in an object array become numbers; anything else becomes text; None is missing."""
    flat = table.astype(object).ravel().tolist()
    missing = np.array([item is None for item in flat], dtype=bool).reshape(table.shape)
    present = [item for item in flat if item is not None]
    numeric = bool(present) and all(isinstance(item, int | float | np.number | np.bool_) for item in present)
    made = numbers(flat, type(present[0])(0)) if numeric else texts(flat)
    return made.reshape(table.shape), missing if missing.any() else None


def numbers(flat: list[Any], filler: Any) -> npt.NDArray[Any]:
    return np.array([filler if item is None else item for item in flat])


def texts(flat: list[Any]) -> npt.NDArray[Any]:
    made = np.empty(len(flat), dtype=object)
    made[:] = ["" if item is None else str(item) for item in flat]
    return made


def wider(dtype: np.dtype[Any]) -> str:
    # uint64 beyond 2^63 does not occur in scores; longdouble has no counterpart on the JVM.
    return "int64" if dtype.kind in "iu" else "float64"

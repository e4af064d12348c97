"""Features that a document makes of the user's columns, one of one column or of several, whatever language it is written in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from parity.values.anatomy import Floats, Prefix

Columns = Sequence[Floats]
"""The user's columns as numbers, by index: codes of categories, NaN where missing."""


class NotUnderstoodError(Exception):
    """What of a document is not read, in words."""


@dataclass(frozen=True)
class Field:
    """A feature. `evaluate` computes it, in numbers of `precision`; `origin`, `direction` and `same` as in `Prefix`.

    `reads` is the type in which constants that it is compared with are read. `codes`: of a field of categories, each category
    as it is written to its place. `constant`: what an expression is that asks for no column. `unsteady` as in `Prefix`.
    """

    name: str
    feature: int
    precision: str
    evaluate: Callable[[Columns], Floats]
    origin: int
    direction: int
    same: bool
    reads: str = "float64"
    codes: Mapping[str, float] | None = None
    constant: float | None = None
    unsteady: bool = False


def constant(value: float) -> Field:
    """A number that asks for no column."""
    return Field("", -1, "float64", lambda columns: np.full(len(columns[0]), value), -1, 0, False, constant=value)


def coding_of(fields: Sequence[Field | None]) -> tuple[tuple[str, ...] | None, ...]:
    """Categories of each feature in the order of their codes, None for numbers."""
    return tuple(None if f is None or f.codes is None else tuple(f.codes) for f in fields)


def prefix_of(own: Sequence[Field | None], made: Sequence[Field], step: str, kept: Sequence[int] | None = None) -> Prefix:
    """From the user's frame, array or batch to all features: first the columns (None for one that nothing asks for).

    `kept` are the numbers of those that are wanted, where it is not all of them.
    """
    plain = [f or Field("", i, "float64", nth(i), i, 1, True) for i, f in enumerate(own)]
    every = [*plain, *made]
    features = every if kept is None else [every[i] for i in kept]
    codes = [None if f is None else f.codes for f in own]

    def transform(rows: Any) -> Floats:
        columns = [numbers_of(rows, i, known) for i, known in enumerate(codes)]
        return np.column_stack([f.evaluate(columns) for f in features])

    origin, direction = (np.array([getattr(f, n) for f in features], np.int32) for n in ("origin", "direction"))
    same = np.array([f.same for f in features])
    unsteady = frozenset(f.origin for f in features if f.unsteady and f.origin >= 0)
    return Prefix(transform, origin, direction, steps=(step,), unchanged=same, unsteady=unsteady)


def nth(place: int) -> Callable[[Columns], Floats]:
    """The column at that place."""
    return lambda columns: columns[place]


def numbers_of(rows: Any, place: int, codes: Mapping[str, float] | None) -> Floats:
    """A column of a frame, array or batch as numbers, NaN where it holds none: codes of categories, -1 for unknown ones."""
    if isinstance(rows, pa.RecordBatch):
        column: Any = rows.column(place).to_pylist() if codes is not None or pa.types.is_string(rows.column(place).type) else None
        column = rows.column(place).to_numpy(zero_copy_only=False) if column is None else np.array(column, dtype=object)
    else:
        column = rows.iloc[:, place].to_numpy() if hasattr(rows, "iloc") else np.asarray(rows)[:, place]
    if codes is not None:
        return np.array([np.nan if v is None or v != v else codes.get(str(v), -1.0) for v in column.tolist()])
    try:
        return np.asarray(column, dtype=np.float64)
    except (TypeError, ValueError):  # text that no predicate asks for
        return np.full(len(column), np.nan)


def _rounded(x: Floats) -> Floats:
    """To the nearest whole number, halves up."""
    low = np.floor(x)
    return np.asarray(low + (x - low >= 0.5))


FUNCTIONS: dict[str, tuple[Callable[[Floats], Floats], int, bool]] = {
    "ln": (np.log, 1, True),
    "ln1p": (np.log1p, 1, True),
    "log10": (np.log10, 1, True),
    "exp": (np.exp, 1, True),
    "expm1": (np.expm1, 1, True),
    "sqrt": (np.sqrt, 1, False),
    "floor": (np.floor, 1, False),
    "ceil": (np.ceil, 1, False),
    "round": (_rounded, 1, False),
    "abs": (np.abs, 0, False),
}
"""What they compute, whether they grow with their argument, and whether their last digit depends on the machine."""


def applied(name: str, of: Field) -> Field:
    """Of numbers outside its domain a function has no value: NaN."""
    compute, direction, unsteady = FUNCTIONS[name]

    def evaluate(columns: Columns) -> Floats:
        with np.errstate(all="ignore"):
            return np.asarray(compute(of.evaluate(columns)))

    origin = of.origin if direction else -1
    return Field("", -1, "float64", evaluate, origin, of.direction * direction, False, unsteady=unsteady or of.unsteady)


ARITHMETIC: dict[str, Callable[[Floats, Floats], Floats]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
}


def arithmetic(function: str, a: Field, b: Field) -> Field:
    """One of `ARITHMETIC` on two numbers: what it follows is known beside a constant alone."""
    operation = ARITHMETIC[function]

    def evaluate(columns: Columns) -> Floats:
        with np.errstate(all="ignore"):
            return np.asarray(operation(a.evaluate(columns), b.evaluate(columns)))

    origin, direction = _trail(function, a, b)
    return Field("", -1, "float64", evaluate, origin, direction, False, unsteady=a.unsteady or b.unsteady)


def _trail(function: str, a: Field, b: Field) -> tuple[int, int]:
    """The column that the result follows, and its direction: only beside a constant is it a monotone one."""
    fixed, moving = (a, b) if a.constant is not None else (b, a)
    if fixed.constant is None or moving.origin < 0 or (function == "/" and fixed is a):
        return -1, 0
    sign = int(np.sign(fixed.constant)) if function in ("*", "/") else -1 if function == "-" and fixed is a else 1
    return (moving.origin, moving.direction * sign) if sign else (-1, 0)

"""Simpler values for one cell, simplest first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal

import numpy as np

from parity.values.columns import Column, ColumnType

Cell = float | str

MOST = 64
"""Candidates of one cell: 17 digits rounded three ways and a few round numbers fit; text needs fewer."""

INTEGER_LIMITS = {ColumnType.INT32: 2**31, ColumnType.INT64: 2**63}
ROUND_NUMBERS = (0, 1, -1, 10, 100)


def simpler_values(value: object, column: Column) -> Sequence[Cell]:
    """Values simpler than `value` that are as valid as it is (same side of the column's range), simplest first.

    Whole numbers stay whole and of their type, text gets shorter or becomes a shorter known category. Nothing is simpler
    than None, NaN, an infinity or a bool: another class of input would be another finding.
    """
    if isinstance(value, str):
        return list(_texts(value, column))[:MOST]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return []
    found = _integers(value, column) if isinstance(value, int) else _floats(value, column)
    valid = {v for v in found if _as_valid(v, value, column)}
    own = number_cost(value, column.type)
    ordered = sorted((number_cost(v, column.type), v) for v in valid)
    return [v for cost, v in ordered if cost < own][:MOST]


def number_cost(value: float, kind: ColumnType) -> tuple[int, bool, float]:
    """Characters that a reader sees, then sign, then size. -0.0 costs more than 0.0."""
    negative = math.copysign(1.0, value) < 0
    return len(number_text(abs(value), kind)), negative, abs(value)


def number_text(value: float, kind: ColumnType) -> str:
    """The shortest decimal that reads back as the same number of the column's type."""
    if isinstance(value, int):
        return str(value)
    shortest = float(str(np.float32(value))) if kind == ColumnType.FLOAT32 else float(value)
    return repr(shortest).removesuffix(".0")


def _floats(value: float, column: Column) -> Iterable[float]:
    candidates = [float(n) for n in (*ROUND_NUMBERS, *_numbers(column.categories))]
    candidates += [float(d) for d in _rounded(Decimal(value), 17)]
    if column.type == ColumnType.FLOAT32:
        with np.errstate(over="ignore"):
            candidates = [float(np.float32(c)) for c in candidates]
    return [c + 0.0 for c in candidates if math.isfinite(c) and not (column.whole and c != math.floor(c))]


def _integers(value: int, column: Column) -> Iterable[int]:
    limit = INTEGER_LIMITS.get(column.type, 2**63)
    candidates = [*ROUND_NUMBERS, *_numbers(column.categories), *(int(d) for d in _rounded(Decimal(value), len(str(abs(value)))))]
    return [c for c in candidates if -limit <= c < limit]


def _numbers(categories: tuple[str | int, ...] | None) -> list[int]:
    return [c for c in categories or () if not isinstance(c, str)]


def _rounded(exact: Decimal, most_digits: int) -> Iterable[Decimal]:
    """The neighbours below and above and the nearest of `exact` with 1, 2, … significant digits.

    If any number of d digits lies in an interval around `exact`, one of its two neighbours of d digits does.
    """
    for digits in range(1, most_digits + 1):
        for rounding in (ROUND_HALF_EVEN, ROUND_FLOOR, ROUND_CEILING):
            yield Context(prec=digits, rounding=rounding).create_decimal(exact)


def _as_valid(candidate: float, value: float, column: Column) -> bool:
    """A number in the range stays there; one outside stays on its side; a known category stays known, an unknown one unknown."""
    if column.categories is not None:
        return (candidate in column.categories) == (value in column.categories)
    return _place(candidate, column) == _place(value, column)


def _place(value: float, column: Column) -> int:
    """-1 below the column's range, 0 inside, 1 above. A bound that is None or NaN bounds nothing."""
    if column.minimum is not None and value < column.minimum:
        return -1
    return int(column.maximum is not None and value > column.maximum)


def _texts(value: str, column: Column) -> Iterable[str]:
    known = {c for c in column.categories or () if isinstance(c, str)}
    found = known if value in known else _parts(value) - known
    return sorted((t for t in found if len(t) < len(value)), key=lambda t: (len(t), t))


def _parts(value: str) -> set[str]:
    """Nothing, single characters, words, and beginnings and ends of halving length."""
    parts = {"", *value[:16], *value.split()[:16]}
    length = len(value)
    while length > 1:
        length //= 2
        parts |= {value[:length], value[-length:], value[: len(value) - length]}
    return parts

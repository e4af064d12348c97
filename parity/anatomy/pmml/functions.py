"""Functions and tables of PMML's transformations on several values, or on one in pieces (PMML 4.4, Transformations, Functions).

A boolean is 1 or 0, and NaN where it is unknown. Aggregates leave out what is missing; everything else is missing with its
arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from parity.anatomy.fields import Columns, Field, NotUnderstoodError
from parity.anatomy.pmml.xml import child, children, local
from parity.values.anatomy import Floats

Edges = list[tuple[int, float, bool]]
"""Places along the user's columns where a step jumps: column, value, and "lt" (True) or "le"."""


def made(evaluate: Callable[[Columns], Floats], parts: Sequence[Field], origin: int = -1, direction: int = 0) -> Field:
    """A number that is computed of others."""
    unsteady = any(p.unsteady for p in parts)
    return Field("", -1, "float64", evaluate, origin if direction else -1, direction, False, unsteady=unsteady)


def aggregated(name: str, parts: Sequence[Field]) -> Field:
    """min, max, sum, product or avg of what is not missing; missing where all is."""
    moving = [p for p in parts if p.constant is None]
    follows = moving[0] if len(moving) == 1 and name in ("min", "max", "sum", "avg") else None

    def evaluate(columns: Columns) -> Floats:
        values = np.stack([p.evaluate(columns) for p in parts])
        there = ~np.isnan(values)
        with np.errstate(all="ignore"):
            found = _AGGREGATES[name](values, there)
        return np.where(there.any(axis=0), found, np.nan)

    return made(evaluate, parts, follows.origin if follows else -1, follows.direction if follows else 0)


def _filled(values: Floats, there: Any, by: float) -> Floats:
    return np.where(there, values, by)


_AGGREGATES: dict[str, Callable[[Floats, Any], Floats]] = {
    "min": lambda v, there: _filled(v, there, np.inf).min(axis=0),
    "max": lambda v, there: _filled(v, there, -np.inf).max(axis=0),
    "sum": lambda v, there: _filled(v, there, 0.0).sum(axis=0),
    "product": lambda v, there: _filled(v, there, 1.0).prod(axis=0),
    "avg": lambda v, there: np.asarray(_filled(v, there, 0.0).sum(axis=0) / there.sum(axis=0)),
}


def power(base: Field, exponent: Field) -> Field:
    """base ** exponent; of an odd whole exponent it grows with its base."""
    odd = exponent.constant is not None and exponent.constant > 0 and exponent.constant % 2 == 1

    def evaluate(columns: Columns) -> Floats:
        with np.errstate(all="ignore"):
            return np.asarray(np.power(base.evaluate(columns), exponent.evaluate(columns)))

    return replace(made(evaluate, (base, exponent), base.origin, base.direction if odd else 0), unsteady=True)


def chosen(parts: Sequence[Field]) -> Field:
    """if: the second where the first is true, the third where it is false, nothing where it is unknown."""
    test, yes = parts[0], parts[1]

    def evaluate(columns: Columns) -> Floats:
        asked = test.evaluate(columns)
        no = parts[2].evaluate(columns) if len(parts) > 2 else np.full(len(asked), np.nan)
        return np.where(np.isnan(asked), np.nan, np.where(asked != 0, yes.evaluate(columns), no))

    return made(evaluate, parts)


_COMPARED: dict[str, Callable[[Floats, Floats], Any]] = {
    "equal": np.equal, "notEqual": np.not_equal, "lessThan": np.less, "lessOrEqual": np.less_equal,
    "greaterThan": np.greater, "greaterOrEqual": np.greater_equal, "threshold": np.greater,
}  # fmt: skip


def compared(name: str, a: Field, b: Field, edges: Edges) -> Field:
    """A comparison, 1 or 0; "threshold" is "greaterThan" as a number."""
    if a.same and b.constant is not None and name not in ("equal", "notEqual"):
        edges.append((a.origin, b.constant, name in ("lessThan", "greaterOrEqual")))
    sign = {"greaterThan": 1, "greaterOrEqual": 1, "threshold": 1, "lessThan": -1, "lessOrEqual": -1}.get(name, 0)

    def evaluate(columns: Columns) -> Floats:
        left, right = a.evaluate(columns), b.evaluate(columns)
        unknown = np.isnan(left) | np.isnan(right)
        return np.where(unknown, np.nan, _COMPARED[name](left, right).astype(np.float64))

    follows = a.direction * sign if b.constant is not None else 0
    return made(evaluate, (a, b), a.origin, follows)


def missing(of: Field, yes: bool) -> Field:
    """isMissing, isNotMissing: never unknown."""
    return made(lambda columns: (np.isnan(of.evaluate(columns)) == yes).astype(np.float64), (of,))


def joined(name: str, parts: Sequence[Field]) -> Field:
    """and, or, not, in three-valued logic (PMML 4.4, CompoundPredicate)."""

    def evaluate(columns: Columns) -> Floats:
        values = np.stack([p.evaluate(columns) for p in parts])
        if name == "not":
            return np.asarray(1.0 - values[0])
        decided = 0.0 if name == "and" else 1.0
        other = np.where(np.isnan(values).any(axis=0), np.nan, 1.0 - decided)
        return np.where((values == decided).any(axis=0), decided, other)

    return made(evaluate, parts)


def discretized(element: Any, of: Field, edges: Edges) -> Field:
    """Discretize: the value of the interval that holds the number, the default elsewhere. Not followed where it gives text."""
    if of.codes is not None:
        raise NotUnderstoodError("a PMML Discretize of text")
    bins = [(_interval(child(b, "Interval")), float(b.get("binValue"))) for b in children(element, "DiscretizeBin")]
    other, absent = (_number(element.get(name)) for name in ("defaultValue", "mapMissingTo"))
    if of.same:
        edges += [edge for (low, high, left, right), _ in bins for edge in _ends(of.origin, low, high, left, right)]

    def evaluate(columns: Columns) -> Floats:
        given = of.evaluate(columns)
        found = np.full(len(given), other)
        for (low, high, left, right), value in reversed(bins):  # of several that hold it the first
            inside = (given >= low if left else given > low) & (given <= high if right else given < high)
            found = np.where(inside, value, found)
        return np.where(np.isnan(given), absent, found)

    rising = [value for (low, *_), value in sorted(bins)]
    whole = np.isinf([bins[0][0][0], bins[-1][0][1]]).all() if bins else False
    step = 1 if rising == sorted(rising) else -1 if rising == sorted(rising, reverse=True) else 0
    return made(evaluate, (of,), of.origin, of.direction * step if whole else 0)


def _interval(element: Any) -> tuple[float, float, bool, bool]:
    """Its ends, and whether each belongs to it."""
    closure = element.get("closure", "openOpen")
    low, high = float(element.get("leftMargin", "-inf")), float(element.get("rightMargin", "inf"))
    return low, high, closure.startswith("closed"), closure.endswith("Closed")


def _ends(column: int, low: float, high: float, left: bool, right: bool) -> Edges:
    found = [(column, low, left), (column, high, not right)]
    return [edge for edge in found if np.isfinite(edge[1])]


def _number(text: str | None) -> float:
    return float("nan") if text is None else float(text)


def looked_up(element: Any, field_of: Callable[[str], Field]) -> Field:
    """MapValues from the categories of one field to numbers."""
    pairs, rows = children(element, "FieldColumnPair"), children(child(element, "InlineTable"), "row")
    if len(pairs) != 1 or not rows:
        raise NotUnderstoodError(f"a PMML MapValues of {len(pairs)} fields, or from a table that is elsewhere")
    of, column, output = field_of(pairs[0].get("field")), pairs[0].get("column"), element.get("outputColumn")
    if of.codes is None:
        raise NotUnderstoodError(f"a PMML MapValues of the number {of.name!r}")
    cells = [{local(cell): cell.text or "" for cell in row} for row in rows]
    try:
        table = {of.codes[row[column]]: float(row[output]) for row in cells if row[column] in of.codes}
    except (KeyError, ValueError) as wrong:
        raise NotUnderstoodError(f"a PMML MapValues whose answers are no numbers ({wrong})") from wrong
    other, absent = (_number(element.get(name)) for name in ("defaultValue", "mapMissingTo"))

    def evaluate(columns: Columns) -> Floats:
        codes = of.evaluate(columns)
        found = np.array([table.get(code, other) for code in codes.tolist()])
        return np.where(np.isnan(codes), absent, found)

    return made(evaluate, (of,))


def mapped_missing(of: Field, text: str) -> Field:
    """mapMissingTo: a number in place of a missing one."""
    value = float(text)

    def evaluate(columns: Columns) -> Floats:
        given = of.evaluate(columns)
        return np.where(np.isnan(given), value, given)

    return replace(of, evaluate=evaluate, feature=-1)

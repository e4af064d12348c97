"""Fields of a PMML document as features: the user's columns themselves, and what a DerivedField makes of one.

Features are numbered: first the user's columns in their order, then every derived field that a predicate asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from parity.anatomy.floats import cast
from parity.anatomy.pmml.xml import children, every, local
from parity.values.anatomy import Floats, Prefix

_PRECISION = {"float": "float32", "double": "float64", "integer": "float64", "boolean": "float64"}
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


@dataclass
class Fields:
    """A document's fields for a model of the user's `columns`; `of` finds one by name and remembers it."""

    columns: tuple[str, ...]
    data: dict[str, Any]
    derived: dict[str, Any]
    replaced: dict[str, str]
    known: dict[str, Field] = field(default_factory=dict)
    made: list[Field] = field(default_factory=list)

    def of(self, name: str) -> Field:
        """The feature that a field is. NotUnderstoodError where it is none."""
        if name not in self.known:
            self.known[name] = self._derived(name) if name in self.derived else self._column(name)
        return self.known[name]

    def _column(self, name: str) -> Field:
        if name not in self.columns or name not in self.data:
            raise NotUnderstoodError(f"the PMML field {name!r}, which is no column")
        place, element = self.columns.index(name), self.data[name]
        codes = _codes(element)
        if codes is None and element.get("dataType") not in _PRECISION:
            raise NotUnderstoodError(f"the PMML field {name!r} of type {element.get('dataType')}")
        precision = "float64" if codes is not None else _PRECISION[element.get("dataType")]
        filled = None if name not in self.replaced else _filler(self.replaced[name], codes)

        def evaluate(columns: Columns) -> Floats:
            values = columns[place]
            return cast(values if filled is None else np.where(np.isnan(values), filled, values), precision)

        return Field(name, place, precision, evaluate, place, int(codes is None), codes is None, precision, codes)

    def _derived(self, name: str) -> Field:
        element = self.derived.pop(name)  # one that asks for itself is no column either
        inner = _expression(next(c for c in element if local(c) != "Extension"), self)
        precision = _PRECISION.get(element.get("dataType"), "")
        if inner.codes is not None:
            found = inner
        elif not precision:
            raise NotUnderstoodError(f"the PMML field {name!r} of type {element.get('dataType')}")
        elif inner.same and (precision == inner.precision or precision == "float64"):
            found = replace(inner, reads=precision)
        else:
            place = len(self.columns) + len(self.made)
            found = replace(inner, name=name, feature=place, precision=precision, reads=precision, constant=None)
            found = replace(found, evaluate=lambda columns: cast(inner.evaluate(columns), precision))
            self.made.append(found)
        self.derived[name] = element
        return found

    def prefix(self) -> Prefix | None:
        """From the user's frame, array or batch to all features; None where those are the columns themselves, as numbers."""
        own = [self.known.get(c) for c in self.columns]
        text = any(self.data[c].get("dataType") == "string" for c in self.columns if c in self.data)
        if not self.made and not self.replaced and not text:
            return None
        plain = [f or Field(c, i, "float64", _nth(i), i, 1, True) for i, (c, f) in enumerate(zip(self.columns, own, strict=True))]
        features = [*plain, *self.made]
        coding = tuple(None if f is None else f.codes for f in own)

        def transform(rows: Any) -> Floats:
            columns = [_numbers(rows, i, known) for i, known in enumerate(coding)]
            return np.column_stack([f.evaluate(columns) for f in features])

        origin, direction = (np.array([getattr(f, n) for f in features], np.int32) for n in ("origin", "direction"))
        same = np.array([f.same for f in features])
        unsteady = frozenset(f.origin for f in features if f.unsteady and f.origin >= 0)
        return Prefix(transform, origin, direction, steps=("PMML fields",), unchanged=same, unsteady=unsteady)

    def coding(self) -> tuple[tuple[str, ...] | None, ...]:
        """Categories of each feature in the order of their codes, None for numbers."""
        own = [self.known.get(c) for c in self.columns]
        return tuple(None if f is None or f.codes is None else tuple(f.codes) for f in [*own, *self.made])


def fields_of(root: Any, columns: Sequence[str]) -> Fields:
    """The fields of a document. NotUnderstoodError where some change values in ways that are not followed."""
    data = {f.get("name"): f for f in every(root, "DataField")}
    for name, element in data.items():
        odd = [v for v in children(element, "Value") if v.get("property") == "missing" and v.get("value") not in ("NaN", "")]
        if odd and name in columns:
            raise NotUnderstoodError(f"the PMML field {name!r}, of which {odd[0].get('value')!r} is missing")
    replaced = {}
    for mining in every(root, "MiningField"):
        if mining.get("outliers", "asIs") != "asIs":
            raise NotUnderstoodError(
                f"the PMML field {mining.get('name')!r}, whose outliers are treated {mining.get('outliers')}"
            )
        if mining.get("missingValueReplacement") is not None:
            replaced[mining.get("name")] = mining.get("missingValueReplacement")
    return Fields(tuple(columns), data, {f.get("name"): f for f in every(root, "DerivedField")}, replaced)


def _codes(element: Any) -> dict[str, float] | None:
    if element.get("dataType") != "string":
        return None
    listed = [v.get("value") for v in children(element, "Value") if v.get("property", "valid") == "valid"]
    return {value: float(i) for i, value in enumerate(listed)}


def _filler(text: str, codes: Mapping[str, float] | None) -> float:
    return float(text) if codes is None else codes.get(text, -1.0)


def _nth(place: int) -> Callable[[Columns], Floats]:
    return lambda columns: columns[place]


def _numbers(rows: Any, place: int, codes: Mapping[str, float] | None) -> Floats:
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


def _expression(element: Any, fields: Fields) -> Field:
    """FieldRef, Constant, NormDiscrete, the four operations of arithmetic, and functions of one number (PMML 4.4, Transformations
    and Built-in functions)."""
    kind = local(element)
    if kind == "FieldRef" and element.get("mapMissingTo") is None:
        return fields.of(element.get("field"))
    if kind == "Constant":
        value = float(element.text)
        return Field("", -1, "float64", lambda columns: np.full(len(columns[0]), value), -1, 0, False, constant=value)
    if kind == "NormDiscrete" and element.get("mapMissingTo") is None:
        return _flag(fields.of(element.get("field")), element.get("value"))
    if kind == "Apply" and element.get("mapMissingTo") is None and element.get("defaultValue") is None:
        parts = [_expression(c, fields) for c in element if local(c) != "Extension"]
        if element.get("function") in _ARITHMETIC and len(parts) == 2 and not any(p.codes for p in parts):
            return _arithmetic(element.get("function"), parts[0], parts[1])
        if element.get("function") in _FUNCTIONS and len(parts) == 1 and not parts[0].codes:
            return _function(element.get("function"), parts[0])
    raise NotUnderstoodError(f"the PMML transformation {element.get('function') or kind}")


def _flag(of: Field, value: str) -> Field:
    if of.codes is None:
        raise NotUnderstoodError(f"NormDiscrete of the number {of.name!r}")
    code = of.codes.get(value, -1.0)

    def evaluate(columns: Columns) -> Floats:
        given = of.evaluate(columns)
        return np.where(np.isnan(given), np.nan, (given == code).astype(np.float64))

    return Field("", -1, "float64", evaluate, -1, 0, False)


_FUNCTIONS: dict[str, tuple[Callable[[Floats], Floats], int, bool]] = {
    "ln": (np.log, 1, True),
    "ln1p": (np.log1p, 1, True),
    "log10": (np.log10, 1, True),
    "exp": (np.exp, 1, True),
    "expm1": (np.expm1, 1, True),
    "sqrt": (np.sqrt, 1, False),
    "floor": (np.floor, 1, False),
    "ceil": (np.ceil, 1, False),
    "abs": (np.abs, 0, False),
}
"""What they compute, whether they grow with their argument, and whether their last digit depends on the machine."""


def _function(name: str, of: Field) -> Field:
    """Of numbers outside its domain a function has no value: NaN."""
    compute, direction, unsteady = _FUNCTIONS[name]

    def evaluate(columns: Columns) -> Floats:
        with np.errstate(all="ignore"):
            return np.asarray(compute(of.evaluate(columns)))

    origin = of.origin if direction else -1
    return Field("", -1, "float64", evaluate, origin, of.direction * direction, False, unsteady=unsteady or of.unsteady)


_ARITHMETIC: dict[str, Callable[[Floats, Floats], Floats]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
}


def _arithmetic(function: str, a: Field, b: Field) -> Field:
    operation = _ARITHMETIC[function]

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

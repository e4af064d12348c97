"""Fields of a PMML document as features: the user's columns themselves, and what a DerivedField makes of one.

Features are numbered: first the user's columns in their order, then every derived field that a predicate asks for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from parity.anatomy.fields import (
    ARITHMETIC,
    FUNCTIONS,
    Columns,
    Field,
    NotUnderstoodError,
    applied,
    arithmetic,
    coding_of,
    constant,
    prefix_of,
)
from parity.anatomy.floats import cast
from parity.anatomy.pmml import functions
from parity.anatomy.pmml.xml import children, every, local
from parity.values.anatomy import Floats, Prefix

_PRECISION = {"float": "float32", "double": "float64", "integer": "float64", "boolean": "float64"}


@dataclass
class Fields:
    """A document's fields for a model of the user's `columns`; `of` finds one by name and remembers it.

    `edges` are places where what was made of a column jumps.
    """

    columns: tuple[str, ...]
    data: dict[str, Any]
    derived: dict[str, Any]
    replaced: dict[str, str]
    known: dict[str, Field] = field(default_factory=dict)
    made: list[Field] = field(default_factory=list)
    edges: functions.Edges = field(default_factory=list)

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
        elif inner.same and inner.feature >= 0 and (precision == inner.precision or precision == "float64"):
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
        return prefix_of(own, self.made, "PMML fields")

    def coding(self) -> tuple[tuple[str, ...] | None, ...]:
        """Categories of each feature in the order of their codes, None for numbers."""
        own = [self.known.get(c) for c in self.columns]
        return coding_of([*own, *self.made])


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


def _expression(element: Any, fields: Fields) -> Field:
    """FieldRef, Constant, NormDiscrete, Discretize, MapValues and Apply (PMML 4.4, Transformations and Built-in functions)."""
    kind = local(element)
    if kind == "FieldRef":
        return _referred(element, fields)
    if kind == "Constant":
        return _constant(element)
    if kind == "NormDiscrete":
        return _or_missing(_flag(fields.of(element.get("field")), element.get("value")), element)
    if kind == "Discretize":
        return functions.discretized(element, fields.of(element.get("field")), fields.edges)
    if kind == "MapValues":
        return functions.looked_up(element, fields.of)
    if kind == "Apply" and element.get("mapMissingTo") is None:
        return _or_default(_applied(element, fields), element)
    raise NotUnderstoodError(f"the PMML transformation {element.get('function') or kind}")


def _referred(element: Any, fields: Fields) -> Field:
    return _or_missing(fields.of(element.get("field")), element)


def _or_missing(found: Field, element: Any) -> Field:
    if element.get("mapMissingTo") is None:
        return found
    if found.codes is not None:
        raise NotUnderstoodError("a PMML text with another one for a missing value")
    return functions.mapped_missing(found, element.get("mapMissingTo"))


def _or_default(found: Field, element: Any) -> Field:
    """defaultValue: where the result is missing."""
    return found if element.get("defaultValue") is None else functions.mapped_missing(found, element.get("defaultValue"))


def _constant(element: Any) -> Field:
    try:
        text = (element.text or "nan").strip()
        return constant(float(text == "true") if text in ("true", "false") else float(text))
    except ValueError as wrong:
        raise NotUnderstoodError(f"the PMML constant {element.text!r} where a number is wanted") from wrong


def _applied(element: Any, fields: Fields) -> Field:
    name, inner = element.get("function"), [c for c in element if local(c) != "Extension"]
    if name in ("equal", "notEqual", "isIn", "isNotIn") and (asked := _category(inner, fields)) is not None:
        return _among(asked, [c.text or "" for c in inner[1:]], name in ("equal", "isIn"))
    if name in ("isMissing", "isNotMissing") and len(inner) == 1:
        return functions.missing(_expression(inner[0], fields), name == "isMissing")
    parts = [_expression(c, fields) for c in inner]
    if not any(p.codes for p in parts):
        found = _of_numbers(name, parts, fields)
        if found is not None:
            return found
    raise NotUnderstoodError(f"the PMML transformation {name}")


def _of_numbers(name: str, parts: list[Field], fields: Fields) -> Field | None:
    count = len(parts)
    if name in ARITHMETIC and count == 2:
        return arithmetic(name, parts[0], parts[1])
    if name in FUNCTIONS and count == 1:
        return applied(name, parts[0])
    if name in ("min", "max", "sum", "product", "avg") and count:
        return functions.aggregated(name, parts)
    if name == "pow" and count == 2:
        return functions.power(parts[0], parts[1])
    if name == "if" and count in (2, 3):
        return functions.chosen(parts)
    if name in ("and", "or") or (name == "not" and count == 1):
        return functions.joined(name, parts)
    if name in _COMPARISONS and count == 2:
        return functions.compared(name, parts[0], parts[1], fields.edges)
    return None


_COMPARISONS = ("equal", "notEqual", "lessThan", "lessOrEqual", "greaterThan", "greaterOrEqual", "threshold")


def _category(inner: list[Any], fields: Fields) -> Field | None:
    """The field of text that is compared with constants."""
    if not inner or local(inner[0]) != "FieldRef" or not all(local(c) == "Constant" for c in inner[1:]):
        return None
    found = fields.of(inner[0].get("field"))
    return found if found.codes is not None else None


def _among(of: Field, texts: list[str], inside: bool) -> Field:
    codes = [(of.codes or {}).get(text, -2.0) for text in texts]

    def evaluate(columns: Columns) -> Floats:
        given = of.evaluate(columns)
        return np.where(np.isnan(given), np.nan, (np.isin(given, codes) == inside).astype(np.float64))

    return functions.made(evaluate, (of,))


def _flag(of: Field, value: str) -> Field:
    if of.codes is None:
        raise NotUnderstoodError(f"NormDiscrete of the number {of.name!r}")
    code = of.codes.get(value, -1.0)

    def evaluate(columns: Columns) -> Floats:
        given = of.evaluate(columns)
        return np.where(np.isnan(given), np.nan, (given == code).astype(np.float64))

    return Field("", -1, "float64", evaluate, -1, 0, False)

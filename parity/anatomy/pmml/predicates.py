"""Predicates of PMML as questions about one feature each, or several of them (PMML 4.4, Predicates)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from parity.anatomy.fields import Field, NotUnderstoodError
from parity.anatomy.floats import largest_at_most
from parity.anatomy.pmml.xml import children, local
from parity.anatomy.questions import Absent, Among, Compare, Known, Several, Test

# operator: does the low side answer yes, and is the cut strict?
_ORDER = {"lessOrEqual": (True, False), "lessThan": (True, True), "greaterThan": (False, False), "greaterOrEqual": (False, True)}
PREDICATES = ("SimplePredicate", "SimpleSetPredicate", "CompoundPredicate", "True", "False")

FieldOf = Callable[[str], Field]


def predicate_of(element: Any, field_of: FieldOf) -> Test:
    """The predicate of a Node, Segment or Attribute. NotUnderstoodError where it is of another kind."""
    for child in element:
        if local(child) in PREDICATES:
            return _test(child, field_of)
    raise NotUnderstoodError(f"a PMML {local(element)} without a predicate")


def _test(element: Any, field_of: FieldOf) -> Test:
    kind = local(element)
    if kind in ("True", "False"):
        return Known(kind == "True")
    if kind == "SimplePredicate":
        return _simple(element, field_of(element.get("field", "")))
    if kind == "SimpleSetPredicate":
        field = field_of(element.get("field", ""))
        listed = frozenset(_value(field, v) for a in children(element, "Array") for v in words_of(a))
        return Among(field.feature, listed, element.get("booleanOperator") == "isIn", _every(field))
    operator = element.get("booleanOperator", "")
    if operator not in ("and", "or", "xor", "surrogate"):
        raise NotUnderstoodError(f"PMML predicates joined by {operator!r}")
    return Several(operator, tuple(_test(c, field_of) for c in element if local(c) in PREDICATES))


def _simple(element: Any, field: Field) -> Test:
    operator = element.get("operator", "")
    if operator in ("isMissing", "isNotMissing"):
        return Absent(field.feature, operator == "isMissing")
    if operator in ("equal", "notEqual"):
        return Among(field.feature, frozenset([_value(field, element.get("value", ""))]), operator == "equal", _every(field))
    if operator not in _ORDER or field.codes is not None:
        raise NotUnderstoodError(f"a PMML predicate {operator!r} on {field.name}")
    low, strict = _ORDER[operator]
    threshold = np.array([_value(field, element.get("value", ""))])
    if np.isnan(threshold[0]):
        raise NotUnderstoodError(f"a PMML predicate on {field.name} that compares with NaN")
    upper = largest_at_most(threshold, strict, field.precision)
    return Compare(field.feature, float(threshold[0]), strict, float(upper[0]), low)


def _value(field: Field, text: str) -> float:
    """A constant in the type of its field (PMML 4.4, SimplePredicate); of a category its place."""
    if field.codes is not None:
        return field.codes.get(text, -1.0)
    number = float(text)
    return float(np.float32(number)) if field.reads == "float32" else number


def _every(field: Field) -> frozenset[float] | None:
    return frozenset(field.codes.values()) if field.codes is not None else None


def words_of(array: Any) -> list[str]:
    """The values of an Array: words apart by spaces, in quotation marks where they hold spaces (PMML 4.4, Array)."""
    found, rest = [], (array.text or "").strip()
    while rest:
        if rest[0] == '"':
            end = 1
            while end < len(rest) and (rest[end] != '"' or rest[end - 1] == "\\"):
                end += 1
            found.append(rest[1:end].replace('\\"', '"'))
            rest = rest[end + 1 :].lstrip()
        else:
            word, _, rest = rest.partition(" ")
            found.append(word)
            rest = rest.lstrip()
    return found

"""Questions that a PFA document asks of a row, and how NaN answers them.

The tests of trees compare as Java does: NaN answers no to everything but "!=" (SimpleComparison in Hadrian's model/tree.scala).
Comparisons in expressions take NaN for the largest number (NumericalComparison in data.scala).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from parity.anatomy.fields import NotUnderstoodError
from parity.anatomy.floats import largest_at_most
from parity.anatomy.pfa.data import Datum
from parity.anatomy.pfa.features import Features, code_of, number
from parity.anatomy.pfa.shapes import plain
from parity.anatomy.pfa.values import (
    Asked,
    Beyond,
    Category,
    Choice,
    Const,
    Joined,
    Known,
    Linked,
    Negated,
    Null,
    Number,
    Sum,
    Test,
    Text,
    Value,
)
from parity.anatomy.questions import Absent, Among, Compare

# operator: does the low side answer yes, and is the cut strict?
ORDER = {"<=": (True, False), "<": (True, True), ">": (False, False), ">=": (False, True)}
_TURNED = {"<=": ">=", "<": ">", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def tree_test(
    datum: Value, comparison: Datum, features: Features, attribute: Callable[[Value, Any], Value], missing: bool
) -> Test:
    """`model.tree.simpleTest`, or `missingTest` where `missing`, of a record that says field, operator and value."""
    operator = comparison.at("operator").value
    if operator in ("alwaysTrue", "alwaysFalse"):
        return Known(operator == "alwaysTrue")
    asked = attribute(datum, comparison.at("field").value)
    if operator in ("isMissing", "notMissing") and not missing:
        return absent(asked, operator == "isMissing", features)
    if not isinstance(asked, Number | Category):
        raise NotUnderstoodError(f"a PFA tree that asks about a {type(asked).__name__.lower()}")
    if asked.nullable and not missing:
        raise NotUnderstoodError("a PFA simpleTest of a value that may be null")
    value = comparison.at("value")
    if operator in ("in", "notIn"):
        return _among(asked, list(value.items()), operator == "in", features)
    if operator in ("==", "!="):
        return _among(asked, [value], operator == "==", features)
    if operator not in ORDER or not isinstance(asked, Number):
        raise NotUnderstoodError(f"the PFA operator {operator!r} of a tree")
    return _compare(operator, asked, value.number(), features, nan=False)


def _compare(operator: str, asked: Number, threshold: float, features: Features, nan: bool) -> Asked:
    low, strict = ORDER[operator]
    if math.isnan(threshold):
        raise NotUnderstoodError("a PFA comparison with NaN")
    precision = asked.field.precision
    if precision == "float64":
        upper = math.nextafter(threshold, -math.inf) if strict and math.isfinite(threshold) else threshold
    else:
        upper = float(largest_at_most(np.array([threshold]), strict, precision)[0])
    return Asked(Compare(features.place(asked.field), threshold, strict, upper, low), nan)


def _among(asked: Number | Category, members: Sequence[Datum], inside: bool, features: Features) -> Asked:
    if isinstance(asked, Category):
        texts = [m.value for m in members]
        if not all(isinstance(t, str) for t in texts):
            raise NotUnderstoodError("a PFA test of text for what is no text")
        found = frozenset(code_of(asked, t) for t in texts)
    else:
        found = frozenset(m.number() for m in members)
    return Asked(Among(features.place(asked.field), found, inside, None), not inside)


def absent(asked: Value, yes: bool, features: Features) -> Test:
    """Is a value null?"""
    if isinstance(asked, Null):
        return Known(yes)
    if not isinstance(asked, Number | Category) or not asked.nullable:
        return Known(not yes)
    return Asked(Absent(features.place(asked.field), yes), yes)


def compared(operator: str, a: Value, b: Value, features: Features) -> Test:
    """A comparison in an expression."""
    a, b = plain(a), plain(b)
    if isinstance(a, Const | Text) and isinstance(b, Const | Text):
        return _fixed(operator, a.value, b.value)
    if isinstance(a, Const | Text):
        a, b, operator = b, a, _TURNED[operator]
    if isinstance(a, Category) and isinstance(b, Text) and operator in ("==", "!=") and not a.nullable:
        member = frozenset([code_of(a, b.value)])
        return Asked(Among(features.place(a.field), member, operator == "==", None), operator != "==")
    if isinstance(a, Sum | Linked) and isinstance(b, Const) and operator in (">", ">=", "<", "<="):
        beyond = Beyond(a, b.value)
        return beyond if operator in (">", ">=") else Negated(beyond)
    if not isinstance(b, Const) or not isinstance(a, Number | Choice):
        raise NotUnderstoodError(f"a PFA comparison of a {type(a).__name__.lower()} with a {type(b).__name__.lower()}")
    of = number(a, features)
    if operator in ("==", "!="):
        member = frozenset([b.value])
        return Asked(Among(features.place(of.field), member, operator == "==", None), operator != "==")
    return _compare(operator, of, b.value, features, nan=operator in (">", ">="))


def _fixed(operator: str, a: Any, b: Any) -> Known:
    if operator in ("==", "!="):
        return Known((a == b) == (operator == "=="))
    if type(a) is not type(b):
        raise NotUnderstoodError("a PFA comparison of text with a number")
    low, strict = ORDER[operator]
    return Known((a < b if strict else a <= b) == low)


def contained(members: Sequence[Value], asked: Value, features: Features) -> Test:
    """Is a value one of some constants (`a.contains`)?"""
    given = [plain(m) for m in members]
    asked = plain(asked)
    if isinstance(asked, Const | Text):
        return Known(any(getattr(m, "value", None) == asked.value for m in given))
    if isinstance(asked, Category) and all(isinstance(m, Text) for m in given):
        found = frozenset(code_of(asked, m.value) for m in given)
        return Asked(Among(features.place(asked.field), found, True, None))
    if isinstance(asked, Number) and all(isinstance(m, Const) for m in given) and not asked.nullable:
        return Asked(Among(features.place(asked.field), frozenset(m.value for m in given), True, None))
    raise NotUnderstoodError(f"whether a PFA array holds a {type(asked).__name__.lower()}")


def joined(operator: str, parts: Sequence[Test]) -> Test:
    """What follows from the parts that are known is known."""
    if operator == "xor":
        return Joined(operator, tuple(parts))
    end = operator == "or"
    if any(isinstance(p, Known) and p.answer == end for p in parts):
        return Known(end)
    left = tuple(p for p in parts if not isinstance(p, Known))
    return Joined(operator, left) if len(left) > 1 else (left[0] if left else Known(not end))

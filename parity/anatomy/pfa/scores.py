"""Arithmetic on what is added up: leaves of trees, products of numbers with coefficients, and links of such sums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parity.anatomy.fields import NotUnderstoodError
from parity.anatomy.pfa.features import Features, calculated, number
from parity.anatomy.pfa.values import Choice, Const, Linked, Number, Shifted, Sum, Total, Value, Vector, vector

LINKS = {
    "m.link.logit": "logistic",
    "m.link.probit": "probit",
    "m.link.cloglog": "cloglog",
    "m.link.loglog": "loglog",
    "m.link.cauchit": "cauchit",
    "m.link.softplus": "softplus",
    "m.link.relu": "relu",
    "m.link.tanh": "tanh",
    "m.exp": "exp",
}


def operated(operator: str, a: Value, b: Value, features: Features) -> Value:
    """+, -, * or / of two numbers of any kind."""
    if isinstance(a, Const) and isinstance(b, Const):
        return _constants(operator, a.value, b.value)
    if isinstance(a, Number | Const) and isinstance(b, Number | Const):
        return calculated(operator, a, b, features)
    if (shifted := _shifted(operator, a, b)) is not None:
        return shifted
    if operator == "/" and isinstance(a, Const) and isinstance(b, Total) and b.how == "sum" and a.value == 1:
        return Total("inverse", b.of)
    if operator == "/" and isinstance(b, Total) and b.how == "sum":
        return _share(a, b)
    if isinstance(b, Linked) and operator == "-" and a == Const(1.0) and b.link == "logistic":
        return Linked(b.link, b.of, not b.complement)
    if operator == "/" and a == Const(1.0) and (logistic := _spelled_logistic(b)) is not None:
        return logistic
    if isinstance(a, Const) and isinstance(b, Linked) and operator == "+" and b.link == "exp":
        return _OnePlus(b) if a.value == 1 else _none(operator, a, b)
    if isinstance(a, Linked) or isinstance(b, Linked):
        return Linked("unknown", tuple(x for v in (a, b) for x in _inside(v)))
    return _sums(operator, a, b)


class _OnePlus:
    """1 + exp(z), on the way to a logistic that is spelled out."""

    def __init__(self, of: Linked) -> None:
        self.of = of


def _spelled_logistic(value: Value) -> Linked | None:
    """1 / (1 + exp(-z))."""
    if not isinstance(value, _OnePlus) or not isinstance(value.of.of, Sum):
        return None
    return Linked("logistic", times(value.of.of, -1.0))


def _inside(value: Value) -> tuple[Value, ...]:
    return (value.of,) if isinstance(value, Linked) else ()


def _none(operator: str, a: Value, b: Value) -> Value:
    raise NotUnderstoodError(f"a PFA {operator!r} of a {type(a).__name__.lower()} and a {type(b).__name__.lower()}")


def _constants(operator: str, a: float, b: float) -> Const:
    if operator == "/" and b == 0:
        raise NotUnderstoodError("a PFA division by zero")
    return Const({"+": a + b, "-": a - b, "*": a * b}[operator] if operator != "/" else a / b)


def _shifted(operator: str, a: Value, b: Value) -> Value | None:
    if operator == "-" and isinstance(b, Total) and b.how in ("max", "logsumexp"):
        return Shifted(a, b)
    return None


def _share(a: Value, total: Total) -> Value:
    """A score over the sum of all: of exponentials that is the softmax."""
    if isinstance(a, Linked) and a.link == "exp" and any(a is one for one in total.of):
        return Linked("softmax", a.of, among=tuple(one.of for one in total.of))
    return Linked("unknown", a.of if isinstance(a, Linked) else a)


def _sums(operator: str, a: Value, b: Value) -> Sum:
    if operator in "+-":
        return _added(summed(a), times(summed(b), 1.0 if operator == "+" else -1.0))
    if operator == "*" and isinstance(a, Const):
        return times(summed(b), a.value)
    if isinstance(b, Const) and (operator == "*" or b.value):
        return times(summed(a), b.value if operator == "*" else 1.0 / b.value)
    raise NotUnderstoodError(f"a PFA {operator!r} of a {type(a).__name__.lower()} and a {type(b).__name__.lower()}")


def summed(value: Value) -> Sum:
    """A number of any kind as a sum. NotUnderstoodError where it is none."""
    if isinstance(value, Sum):
        return value
    if isinstance(value, Const):
        return Sum(value.value)
    if isinstance(value, Choice):
        return Sum(choices=((value, None, 1.0),))
    if isinstance(value, Number) and not value.nullable:
        return Sum(terms=((value, 1.0),))
    raise NotUnderstoodError(f"a PFA sum of a {type(value).__name__.lower()}")


def _added(a: Sum, b: Sum) -> Sum:
    return Sum(a.base + b.base, a.choices + b.choices, a.terms + b.terms)


def times(of: Sum, by: float) -> Sum:
    """A sum times a constant."""
    if by == 1.0:
        return of
    choices = tuple((c, k, f * by) for c, k, f in of.choices)
    return Sum(of.base * by, choices, tuple((n, f * by) for n, f in of.terms))


def total(values: Sequence[Value]) -> Value:
    """The sum of an array: of numbers a sum, of what went through a link what they have in common."""
    if any(isinstance(v, Linked) for v in values):
        return Total("sum", tuple(values))
    parts = [summed(v) for v in values]
    choices = tuple(c for p in parts for c in p.choices)
    return Sum(sum(p.base for p in parts), choices, tuple(t for p in parts for t in p.terms))


def linked(link: str, value: Value, features: Features) -> Value:
    """A link of a score, of one feature, or of each score of several."""
    if isinstance(value, Vector):
        return vector([linked(link, item, features) for item in value.items])
    if isinstance(value, Shifted):
        return _unshifted(link, value)
    if isinstance(value, Number | Choice):
        value = summed(value)
    if not isinstance(value, Sum):
        raise NotUnderstoodError(f"a PFA link {link} of a {type(value).__name__.lower()}")
    return Linked(link, value)


def _unshifted(link: str, value: Shifted) -> Value:
    """exp(z - log sum exp) is the softmax; exp(z - max) is not yet, but in proportion to it."""
    if link == "exp" and value.by.how == "logsumexp" and any(value.score is one for one in value.by.of):
        return Linked("softmax", value.score, among=value.by.of)
    if link == "exp" and value.by.how == "max" and any(value.score is one for one in value.by.of):
        return Linked("exp", value.score)
    return Linked("unknown", value.score)


def softmax(values: Sequence[Value]) -> list[Value]:
    """Of several scores; what is taken off all of them changes nothing."""
    plain = [v.score if isinstance(v, Shifted) else v for v in values]
    parts = tuple(summed(v) for v in plain)
    return [Linked("softmax", part, among=parts) for part in parts]


def product(weights: Any, values: Sequence[Value], features: Features) -> Sum:
    """Numbers times constants, added up."""
    if len(weights) != len(values):
        raise NotUnderstoodError(f"{len(weights)} PFA coefficients for {len(values)} numbers")
    return Sum(terms=tuple((number(v, features), w) for v, w in zip(values, weights, strict=True)))

"""Functions of PFA on numbers and truth: operators, comparisons, links, casts, what stands in for null."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity.anatomy.fields import NotUnderstoodError
from parity.anatomy.pfa import questions, scores
from parity.anatomy.pfa.calls import Functions, Run
from parity.anatomy.pfa.features import Features, applied_to, filled, number
from parity.anatomy.pfa.shapes import not_null, plain, tested
from parity.anatomy.pfa.values import (
    Asked,
    Category,
    Choice,
    Const,
    Known,
    Linked,
    Negated,
    Number,
    Sum,
    Table,
    Value,
    vector,
)
from parity.anatomy.questions import Among

_ONE_NUMBER = {
    "m.ln": "ln", "m.ln1p": "ln1p", "m.log10": "log10", "m.expm1": "expm1",
    "m.sqrt": "sqrt", "m.floor": "floor", "m.ceil": "ceil", "m.abs": "abs",
}  # fmt: skip


def _operator(name: str) -> Any:
    return lambda run, a, b: scores.operated(name, plain(a), plain(b), run.features)


def _comparison(name: str) -> Any:
    return lambda run, a, b: questions.compared(name, a, b, run.features)


def _linked(name: str) -> Any:
    return lambda run, x: _link_of(scores.LINKS[name], plain(x), run.features)


def _link_of(link: str, value: Value, features: Features) -> Value:
    if link == "exp" and isinstance(value, Const):
        return Const(float(np.exp(value.value)))
    if isinstance(value, Table):
        return Table({key: _link_of(link, item, features) for key, item in value.items.items()})
    return scores.linked(link, value, features)


def _one_number(name: str) -> Any:
    def apply(run: Run, x: Value) -> Value:
        x = plain(x)
        if isinstance(x, Sum | Linked):
            return Linked("unknown", x)
        return applied_to(_ONE_NUMBER[name], x, run.features)

    return apply


def _negative(run: Run, x: Value) -> Value:
    return scores.operated("*", Const(-1.0), plain(x), run.features)


def _power(run: Run, x: Value, y: Value) -> Value:
    x, y = plain(x), plain(y)
    if isinstance(x, Const) and isinstance(y, Const):
        return Const(x.value**y.value)
    if isinstance(x, Number | Choice) and y == Const(2.0):
        return scores.operated("*", x, x, run.features)
    if isinstance(x, Sum | Linked) and isinstance(y, Const):
        return Linked("unknown", x)
    raise NotUnderstoodError("a PFA power")


def _cast(run: Run, x: Value) -> Value:
    del run
    x = plain(x)
    if isinstance(x, Number | Const | Sum | Choice | Linked):
        return x
    raise NotUnderstoodError(f"a PFA cast of a {type(x).__name__.lower()}")


def _defaulted(run: Run, x: Value, default: Value) -> Value:
    if not isinstance(x, Number):
        raise NotUnderstoodError(f"a PFA default for a {type(x).__name__.lower()}")
    return filled(x, plain(default), run.features)


def _or_error(run: Run, x: Value) -> Value:
    del run
    return not_null(x)


def _bounded(name: str) -> Any:
    def apply(run: Run, a: Value, b: Value) -> Value:
        a, b = plain(a), plain(b)
        if isinstance(a, Const) and isinstance(b, Const):
            return Const(min(a.value, b.value) if name == "min" else max(a.value, b.value))
        if isinstance(a, Sum | Linked) or isinstance(b, Sum | Linked):
            return Linked("unknown", (a, b))
        test = questions.compared("<" if name == "min" else ">", a, b, run.features)
        return Number(number(Choice(test, a, b), run.features).field)

    return apply


def _both(operator: str) -> Any:
    return lambda run, a, b: questions.joined(operator, [tested(a), tested(b)])


def _not(run: Run, a: Value) -> Value:
    del run
    return Known(not a.answer) if isinstance(a, Known) else Negated(tested(a))


def _fanned_out(run: Run, x: Value) -> Value:
    """A number for each symbol of an enum: 1 for the one that it is."""
    if not isinstance(x, Category) or x.nullable or not x.field.codes:
        raise NotUnderstoodError("a PFA fan-out of something else than an enum")
    place = run.features.place(x.field)
    asked = [Asked(Among(place, frozenset([code]), True, None)) for code in x.field.codes.values()]
    return vector([Choice(one, Const(1.0), Const(0.0)) for one in asked])


ARITHMETIC: Functions = {
    **{name: _operator(name) for name in ("+", "-", "*", "/")},
    **{name: _comparison(name) for name in ("<", "<=", ">", ">=", "==", "!=")},
    **{name: _linked(name) for name in scores.LINKS},
    **{name: _one_number(name) for name in _ONE_NUMBER},
    **{name: _bounded(name) for name in ("min", "max")},
    **{f"cast.{name}": _cast for name in ("int", "long", "double")},
    "u-": _negative,
    "**": _power,
    "&&": _both("and"),
    "||": _both("or"),
    "^^": _both("xor"),
    "!": _not,
    "cast.fanoutDouble": _fanned_out,
    "impute.defaultOnNull": _defaulted,
    "impute.errorOnNull": _or_error,
}

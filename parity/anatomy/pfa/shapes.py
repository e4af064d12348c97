"""What PFA values are made of: items, entries, the ends of a choice, and one value in place of another."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from parity.anatomy.fields import Columns, Field, NotUnderstoodError
from parity.anatomy.pfa.data import NUMBERS, Datum
from parity.anatomy.pfa.features import code_of
from parity.anatomy.pfa.values import (
    Category,
    Choice,
    Const,
    Known,
    Label,
    Linked,
    Negated,
    Null,
    Number,
    Sum,
    Table,
    Text,
    Value,
    Vector,
)
from parity.values.anatomy import Floats

_NUMBER = re.compile(r"-?[0-9]+([.][0-9]+)?")


def plain(value: Value) -> Value:
    """A constant number, text or null as such; records, maps and arrays as they are."""
    if not isinstance(value, Datum):
        return value
    found = value.resolved()
    if found.kind in NUMBERS:
        return Const(found.number())
    if found.kind in ("string", "enum"):
        return Text(str(found.value))
    if found.kind == "boolean":
        return Known(bool(found.value))
    return Null() if found.kind == "null" else found


def items(value: Value) -> tuple[Value, ...]:
    """The items of an array."""
    if isinstance(value, Vector):
        return value.items
    if isinstance(value, Datum):
        return tuple(plain(item) for item in value.items())
    raise NotUnderstoodError(f"the items of a PFA {type(value).__name__.lower()}")


def entries(value: Value) -> Mapping[str, Value]:
    """Keys and values of a map, or fields of a record."""
    if isinstance(value, Table):
        return value.items
    if isinstance(value, Datum):
        return {key: plain(value.at(key)) for key in value.names()}
    raise NotUnderstoodError(f"the entries of a PFA {type(value).__name__.lower()}")


def by_key(value: Value) -> Value:
    """Maps with their keys in order, of numbers where all are: as the runtime lays their values out. A tree's ends too."""
    if isinstance(value, Choice):
        return through(value, by_key)
    if isinstance(value, Table) or (isinstance(value, Datum) and value.kind in ("map", "record")):
        found = entries(value)
        order: Any = float if all(_NUMBER.fullmatch(key) for key in found) else str
        return Table({key: found[key] for key in sorted(found, key=order)})
    return value


def through(choice: Choice, change: Callable[[Value], Value]) -> Value:
    """The same choice between other ends; what is one object stays one."""
    done: dict[int, Value] = {}
    todo: list[Value] = [choice]
    while todo:
        one = todo[-1]
        below = [b for b in (one.yes, one.no, one.missing) if b is not None] if isinstance(one, Choice) else []
        left = [b for b in below if id(b) not in done]
        if left:
            todo += left
            continue
        todo.pop()
        if id(one) not in done:
            done[id(one)] = _with(one, done) if isinstance(one, Choice) else change(one)
    return done[id(choice)]


def _with(choice: Choice, ends: Mapping[int, Value]) -> Choice:
    missing = None if choice.missing is None else ends[id(choice.missing)]
    return Choice(choice.test, ends[id(choice.yes)], ends[id(choice.no)], missing, choice.asks)


def chosen(test: Any, yes: Value, no: Value) -> Value:
    """One value or the other."""
    if isinstance(test, Known):
        return yes if test.answer else no
    beyond = _score_asked(test)
    if beyond is not None:
        names = (yes, no) if isinstance(test, Negated) else (no, yes)
        return Label((Sum(), beyond), names)
    if isinstance(yes, Sum | Linked | Label) or isinstance(no, Sum | Linked | Label):
        raise NotUnderstoodError("a PFA if between scores")
    return Choice(test, yes, no)


def _score_asked(test: Any) -> Value:
    inner = test.of if isinstance(test, Negated) else test
    return inner.score if hasattr(inner, "threshold") and hasattr(inner, "score") else None


def mapped(key: Category, values: Mapping[str, Value]) -> Value:
    """A number for each category, NaN for any other."""
    if not all(isinstance(v, Const) for v in values.values()):
        raise NotUnderstoodError("a PFA map from text to something else than numbers")
    table = {code_of(key, text): v.value for text, v in values.items()}
    codes, numbers = np.array(sorted(table)), np.array([table[c] for c in sorted(table)])
    inner = key.field.evaluate

    def evaluate(columns: Columns) -> Floats:
        given = inner(columns)
        at = np.minimum(np.searchsorted(codes, given), len(codes) - 1)
        return np.where(codes[at] == given, numbers[at], np.nan)

    return Number(Field("", -1, "float64", evaluate, -1, 0, False))


def not_null(value: Value) -> Value:
    """The value where it is not null."""
    if isinstance(value, Number):
        return Number(value.field, terms=value.terms, base=value.base)
    return Category(value.field) if isinstance(value, Category) else value


def ends(choice: Choice) -> list[Any]:
    """The ends of a choice, each once. NotUnderstoodError where one is no number or text."""
    found: dict[Any, None] = {}
    seen: set[int] = set()
    todo: list[Value] = [choice]
    while todo:
        one = todo.pop()
        if isinstance(one, Choice):
            if id(one) not in seen:
                seen.add(id(one))
                todo += [b for b in (one.yes, one.no, one.missing) if b is not None]
        elif isinstance(one, Const | Text):
            found[one] = None
        else:
            raise NotUnderstoodError(f"a PFA tree that ends in a {type(one).__name__.lower()}")
    return list(found)


def width_of(value: Value) -> int:
    while isinstance(value, Choice):
        value = value.yes
    return len(items(value))


def at_width(value: Value, width: int) -> list[Value]:
    if isinstance(value, Choice):
        return [Sum(choices=((value, k, 1.0),)) for k in range(width)]
    found = [plain(v) for v in items(value)]
    if len(found) != width:
        raise NotUnderstoodError(f"a PFA array of {len(found)} items beside one of {width}")
    return found


def components(value: Value) -> list[Value]:
    """The items of an array, or of the arrays in which a tree ends."""
    return at_width(value, width_of(value))


def tested(test: Value) -> Any:
    """What a tree's test gives: an answer, or a question."""
    if isinstance(test, Datum | Const | Null | Number | Choice | Text):
        raise NotUnderstoodError(f"a PFA tree whose test gives a {type(test).__name__.lower()}")
    return test

"""The columns that a PFA document takes, and the features that it makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from parity.anatomy.fields import Columns, Field, NotUnderstoodError, applied, arithmetic, constant, nth
from parity.anatomy.floats import cast
from parity.anatomy.pfa.data import NUMBERS, Types
from parity.anatomy.pfa.values import Asked, Category, Choice, Const, Joined, Known, Negated, Number, Table, Value, Vector
from parity.anatomy.questions import Absent, Among, Compare
from parity.values.anatomy import Floats

# A choice of more ends is a tree, and no feature.
_MOST_ENDS = 200


@dataclass
class Features:
    """Features by number: the user's columns first, then what trees and sums ask for.

    `knots` as in `Part`. Of the numbers of features, `nullable` may be null, and `learned` have a way of their own then.
    """

    columns: tuple[str, ...]
    own: list[Field | None]
    made: list[Field] = field(default_factory=list)
    imputed: set[int] = field(default_factory=set)
    knots: list[tuple[int, float, bool]] = field(default_factory=list)
    nullable: set[int] = field(default_factory=set)
    learned: set[int] = field(default_factory=set)

    def place(self, of: Field) -> int:
        """The number of a feature, which is given one where it has none yet."""
        if of.feature >= 0:
            return of.feature
        for known in self.made:
            if known.evaluate is of.evaluate:
                return known.feature
        self.made.append(replace(of, feature=len(self.columns) + len(self.made)))
        return self.made[-1].feature

    def known(self) -> list[Field]:
        """All features that anything asks for."""
        return [*(f for f in self.own if f is not None), *self.made]


def input_of(types: Types, given: Any, columns: Sequence[str], fed: Mapping[str, Sequence[str]]) -> tuple[Value, Features]:
    """The value of `input`, and the columns that it takes."""
    features = Features(tuple(columns), [None] * len(columns))
    if types.kind(given) == "record":
        return Table({name: _taken(types, name, kind, features, fed) for name, kind in types.fields(given).items()}), features
    return _taken(types, "input", given, features, fed), features


def _taken(types: Types, name: str, given: Any, features: Features, fed: Mapping[str, Sequence[str]]) -> Value:
    kind, nullable = types.nullable(given)
    if types.kind(kind) == "array":
        item, absent = types.nullable(kind["items"])
        several = fed.get(name) or (features.columns if len(fed) < 2 and name == "input" else ())
        return Vector(tuple(_column(types, column, item, absent, features) for column in several)) if several else Vector(())
    names = fed.get(name) or (name,)
    if len(names) != 1:
        raise NotUnderstoodError(f"the PFA field {name!r}, which {len(names)} columns feed")
    return _column(types, names[0], kind, nullable, features)


def _column(types: Types, name: str, given: Any, nullable: bool, features: Features) -> Value:
    if name not in features.columns:
        raise NotUnderstoodError(f"the PFA field {name!r}, which is no column")
    place, kind = features.columns.index(name), types.kind(given)
    if nullable:
        features.nullable.add(place)
    if kind in NUMBERS or kind == "boolean":
        precision = "float32" if kind == "float" else "float64"
        values = nth(place)
        found = Field(name, place, precision, lambda columns: cast(values(columns), precision), place, 1, True, precision)
        features.own[place] = found
        return Number(found, nullable)
    if kind not in ("string", "enum"):
        raise NotUnderstoodError(f"the PFA field {name!r} of type {kind}")
    symbols = types.of(given)["symbols"] if kind == "enum" else ()
    codes = {symbol: float(i) for i, symbol in enumerate(symbols)}
    features.own[place] = Field(name, place, "float64", nth(place), place, 0, False, codes=codes)
    return Category(features.own[place], nullable)  # type: ignore[arg-type]


def code_of(category: Category, text: str) -> float:
    """The code of a category, which is new where it was not met yet."""
    codes: Any = category.field.codes
    return float(codes.setdefault(text, float(len(codes))))


def number(value: Value, features: Features) -> Number:
    """A value as one feature. NotUnderstoodError where it is none, or may be null."""
    if isinstance(value, Number) and not value.nullable:
        return value
    if isinstance(value, Const):
        return Number(constant(value.value), base=value.value)
    if isinstance(value, Choice):
        return _chosen(value, features)
    raise NotUnderstoodError(f"a PFA number that is made of a {type(value).__name__.lower()}")


def calculated(operator: str, a: Value, b: Value, features: Features) -> Value:
    """a + b and so on, of numbers of which at least one follows from the row."""
    left, right = number(a, features), number(b, features)
    if left.field.precision == right.field.precision == "float32" and not (_fixed(left) or _fixed(right)):
        raise NotUnderstoodError("PFA's arithmetic on two floats")
    terms, base = _combined(operator, left, right)
    return Number(arithmetic(operator, left.field, right.field), terms=terms, base=base)


def _fixed(value: Number) -> bool:
    return value.field.constant is not None


def _line(value: Number) -> tuple[tuple[tuple[Number, float], ...], float]:
    if _fixed(value):
        return (), float(value.field.constant or 0.0)
    return (value.terms, value.base) if value.terms else (((value, 1.0),), 0.0)


def _combined(operator: str, a: Number, b: Number) -> tuple[tuple[tuple[Number, float], ...], float]:
    """The result as a sum of products; nothing where it is none."""
    (left, one), (right, other) = _line(a), _line(b)
    if operator in "+-":
        sign = 1.0 if operator == "+" else -1.0
        return (*left, *((n, sign * f) for n, f in right)), one + sign * other
    if operator == "*" and not (left and right):
        by, terms = (one, right) if not left else (other, left)
        return tuple((n, f * by) for n, f in terms), one * other if not left else other * one
    if operator == "/" and not right and other:
        return tuple((n, f / other) for n, f in left), one / other
    return (), 0.0


def applied_to(name: str, value: Value, features: Features) -> Number:
    """A function of one number, by PMML's name."""
    return Number(applied(name, number(value, features).field))


def filled(value: Number | Category, by: Value, features: Features) -> Value:
    """A value with a constant for null."""
    features.imputed.add(value.field.origin)
    if isinstance(value, Category):
        raise NotUnderstoodError("a PFA text with another one for null")
    if not isinstance(by, Const):
        raise NotUnderstoodError("a PFA number with something else than a number for null")
    inner, put = value.field.evaluate, by.value

    def evaluate(columns: Columns) -> Floats:
        given = inner(columns)
        return np.where(np.isnan(given), put, given)

    return Number(replace(value.field, feature=-1, evaluate=evaluate))


def _chosen(choice: Choice, features: Features) -> Number:
    """A choice between numbers as a feature: it jumps where its questions do."""
    if _ends(choice) > _MOST_ENDS:
        raise NotUnderstoodError("a PFA tree whose answer is one of the features")

    def evaluate(columns: Columns) -> Floats:
        return _answers(choice, columns, features)

    origin, direction = _step(choice, features)
    for test in _asked(choice):
        if isinstance(test, Compare) and test.feature < len(features.columns):
            features.knots.append((test.feature, test.threshold, test.strict))
    return Number(Field("", -1, "float64", evaluate, origin, direction, False))


def _ends(value: Value) -> int:
    count, todo = 0, [value]
    while todo and count <= _MOST_ENDS:
        one = todo.pop()
        todo += [v for v in (one.yes, one.no, one.missing) if v is not None] if isinstance(one, Choice) else []
        count += not isinstance(one, Choice)
    return count


def _asked(value: Value) -> list[Any]:
    found, todo = [], [value]
    while todo:
        one = todo.pop()
        if isinstance(one, Choice):
            todo += [one.test, one.yes, one.no, one.missing]
        elif isinstance(one, Joined):
            todo += one.parts
        elif isinstance(one, Negated):
            todo.append(one.of)
        elif isinstance(one, Asked):
            found.append(one.about)
    return found


def _answers(value: Value, columns: Columns, features: Features) -> Floats:
    if not isinstance(value, Choice):
        return number(value, features).field.evaluate(columns)
    yes, no = _answers(value.yes, columns, features), _answers(value.no, columns, features)
    found = np.where(_holds(value.test, columns, features), yes, no)
    if value.missing is None:
        return found
    absent = np.any([np.isnan(_feature(features, place).evaluate(columns)) for place in value.asks], axis=0)
    return np.where(absent, _answers(value.missing, columns, features), found)


def _feature(features: Features, place: int) -> Field:
    found = features.own[place] if place < len(features.columns) else features.made[place - len(features.columns)]
    assert found is not None, "a question is asked about a feature that is known"
    return found


def _holds(test: Any, columns: Columns, features: Features) -> Any:
    if isinstance(test, Known):
        return np.full(len(columns[0]), test.answer)
    if isinstance(test, Negated):
        return ~_holds(test.of, columns, features)
    if isinstance(test, Joined):
        parts = [_holds(part, columns, features) for part in test.parts]
        return {"and": np.logical_and, "or": np.logical_or, "xor": np.logical_xor}[test.operator].reduce(parts)
    if not isinstance(test, Asked):
        raise NotUnderstoodError("a PFA feature that depends on a score")
    values = _feature(features, test.about.feature).evaluate(columns)
    if isinstance(test.about, Absent):
        return np.isnan(values) == test.about.yes
    if isinstance(test.about, Among):
        found = np.isin(values, list(test.about.members)) == test.about.inside
    else:
        found = (values <= test.about.upper) == test.about.low
    return np.where(np.isnan(values), test.nan, found)


def _step(choice: Choice, features: Features) -> tuple[int, int]:
    """The column that a single step follows, and its direction."""
    test = choice.test
    plain = isinstance(choice.yes, Const) and isinstance(choice.no, Const) and choice.missing is None
    if not plain or not isinstance(test, Asked) or not isinstance(test.about, Compare):
        return -1, 0
    of = _feature(features, test.about.feature)
    low, high = (choice.yes.value, choice.no.value) if test.about.low else (choice.no.value, choice.yes.value)
    sign = int(np.sign(high - low)) * of.direction
    return (of.origin, sign) if sign else (-1, 0)

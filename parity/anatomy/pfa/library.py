"""Functions of PFA's library (0.8.1, section 5) on values that may depend on the row. What is not here is said by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from parity.anatomy.fields import Columns, Field, NotUnderstoodError
from parity.anatomy.pfa import questions, scores
from parity.anatomy.pfa.data import NUMBERS, Datum
from parity.anatomy.pfa.features import Features, applied_to, code_of, filled, number
from parity.anatomy.pfa.values import (
    Asked,
    Category,
    Choice,
    Const,
    Function,
    Known,
    Label,
    Linked,
    Negated,
    Null,
    Number,
    Shifted,
    Sum,
    Table,
    Text,
    Total,
    Value,
    Vector,
    Vote,
    vector,
)
from parity.anatomy.pfa.walks import walked
from parity.anatomy.questions import Among
from parity.values.anatomy import Floats

if TYPE_CHECKING:
    from parity.anatomy.pfa.expressions import Interpreter

CHAINED = ("+", "la.add")
_ONE_NUMBER = {
    "m.ln": "ln", "m.ln1p": "ln1p", "m.log10": "log10", "m.expm1": "expm1",
    "m.sqrt": "sqrt", "m.floor": "floor", "m.ceil": "ceil", "m.abs": "abs",
}  # fmt: skip


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
    def apply(run: Interpreter, x: Value) -> Value:
        x = plain(x)
        if isinstance(x, Sum | Linked):
            return Linked("unknown", x)
        return applied_to(_ONE_NUMBER[name], x, run.features)

    return apply


def _negative(run: Interpreter, x: Value) -> Value:
    return scores.operated("*", Const(-1.0), plain(x), run.features)


def _power(run: Interpreter, x: Value, y: Value) -> Value:
    x, y = plain(x), plain(y)
    if isinstance(x, Const) and isinstance(y, Const):
        return Const(x.value**y.value)
    if isinstance(x, Number | Choice) and y == Const(2.0):
        return scores.operated("*", x, x, run.features)
    if isinstance(x, Sum | Linked) and isinstance(y, Const):
        return Linked("unknown", x)
    raise NotUnderstoodError("a PFA power")


def _softmax(run: Interpreter, x: Value) -> Value:
    del run
    if isinstance(x, Table):
        return Table(dict(zip(x.items, scores.softmax(tuple(x.items.values())), strict=True)))
    return vector(scores.softmax(items(x)))


def _test(run: Interpreter, datum: Value, comparison: Value) -> Value:
    return questions.tree_test(datum, _record(comparison), run.features, run.attribute, missing=False)


def _record(value: Value) -> Datum:
    if not isinstance(value, Datum):
        raise NotUnderstoodError(f"a PFA tree that is a {type(value).__name__.lower()}")
    return value


def _simple_walk(run: Interpreter, datum: Value, tree: Value, test: Function) -> Value:
    return walked(_record(tree), lambda node: _answer(run.call(test, [datum, node])), plain)


def _missing_walk(run: Interpreter, datum: Value, tree: Value, test: Function) -> Value:
    return walked(
        _record(tree), lambda node: _answer(run.call(test, [datum, node])), plain, lambda place: place in run.features.nullable
    )


def _missing_test(run: Interpreter, datum: Value, comparison: Value) -> Value:
    return questions.tree_test(datum, _record(comparison), run.features, run.attribute, missing=True)


def _answer(test: Value) -> Any:
    if isinstance(test, Datum | Const | Null | Number | Choice | Text):
        raise NotUnderstoodError(f"a PFA tree whose test gives a {type(test).__name__.lower()}")
    return test


def _simple_tree(run: Interpreter, datum: Value, tree: Value) -> Value:
    return walked(_record(tree), lambda node: _test(run, datum, node), plain)


def _compound(run: Interpreter, datum: Value, operator: Value, comparisons: Value, test: Function) -> Value:
    return questions.joined(str(getattr(operator, "value", "")), [run.call(test, [datum, one]) for one in comparisons.items()])


def _linear(run: Interpreter, datum: Value, model: Value) -> Value:
    """coeff . datum + const: of one target or of several, by place or by name."""
    coefficients, constant = run.attribute(model, "coeff"), plain(run.attribute(model, "const"))
    if isinstance(coefficients, Datum) and coefficients.kind == "map":
        return _by_name(run, entries(datum), coefficients, constant)
    given, rows = items(datum), items(coefficients)
    if rows and isinstance(rows[0], Datum):
        constants = items(constant)
        if len(constants) != len(rows):
            raise NotUnderstoodError(f"{len(constants)} PFA constants for {len(rows)} rows of coefficients")
        return vector([_product(run, items(row), given, c) for row, c in zip(rows, constants, strict=True)])
    return _product(run, rows, given, constant)


def _product(run: Interpreter, weights: Sequence[Value], given: Sequence[Value], constant: Value) -> Value:
    if not all(isinstance(w, Const) for w in weights):
        raise NotUnderstoodError("PFA coefficients that depend on the row")
    return scores.operated("+", scores.product([w.value for w in weights], given, run.features), constant, run.features)


def _by_name(run: Interpreter, given: Mapping[str, Value], coefficients: Datum, constant: Value) -> Value:
    """Names that only one side has count as 0."""
    rows = entries(coefficients)
    if any(isinstance(row, Datum) for row in rows.values()):
        constants = entries(constant)
        return Table({k: _named(run, given, entries(row), constants.get(k, Const(0.0))) for k, row in rows.items()})
    return _named(run, given, rows, constant)


def _named(run: Interpreter, given: Mapping[str, Value], weights: Mapping[str, Value], constant: Value) -> Value:
    both = [name for name in given if name in weights]
    return _product(run, [weights[n] for n in both], [given[n] for n in both], constant)


def _closest(run: Interpreter, datum: Value, clusters: Value, metric: Function | None = None) -> Value:
    """|x - c|^2 is least where 2 c . x - |c|^2 is largest."""
    if metric is not None and metric.name not in ("metric.simpleEuclidean",):
        raise NotUnderstoodError("a PFA metric of a document's own")
    found, given = items(clusters), items(datum)
    places = [[c.value for c in items(run.attribute(one, "center"))] for one in found]
    lines = [scores.product([2 * c for c in place], given, run.features) for place in places]
    sides = [
        scores.operated("+", line, Const(-sum(c * c for c in place)), run.features)
        for line, place in zip(lines, places, strict=True)
    ]
    return Label(tuple(sides), found)


def _map(run: Interpreter, array: Value, function: Function) -> Value:
    return vector([run.call(function, [item]) for item in items(array)])


def _map_map(run: Interpreter, table: Value, function: Function) -> Value:
    return Table({key: run.call(function, [item]) for key, item in entries(table).items()})


def _zipped(run: Interpreter, a: Value, b: Value, function: Function) -> Value:
    return vector([run.call(function, [x, y]) for x, y in _pairs(a, b)])


def _map_zipped(run: Interpreter, a: Value, b: Value, function: Function) -> Value:
    left, right = entries(a), entries(b)
    if set(left) != set(right):
        raise NotUnderstoodError("two PFA maps of other keys")
    return Table({key: run.call(function, [item, right[key]]) for key, item in left.items()})


def _pairs(a: Value, b: Value) -> list[tuple[Value, Value]]:
    left, right = items(a), items(b)
    if len(left) != len(right):
        raise NotUnderstoodError(f"two PFA arrays of {len(left)} and {len(right)} items")
    return list(zip(left, right, strict=True))


def _sum(run: Interpreter, array: Value) -> Value:
    del run
    return scores.total(items(array))


def _mean(run: Interpreter, array: Value) -> Value:
    found = items(array)
    if not found:
        raise NotUnderstoodError("the mean of an empty PFA array")
    return scores.operated("/", scores.total(found), Const(float(len(found))), run.features)


def _count(run: Interpreter, array: Value, wanted: Value) -> Value:
    """How many items are the wanted one: a vote for each tree that ends in it."""
    del run
    wanted = plain(wanted)
    if not isinstance(wanted, Text | Const):
        raise NotUnderstoodError("a PFA count by a function")
    return Sum(choices=tuple((one, Vote(wanted), 1.0) for one in _choices(array)))


def _choices(array: Value) -> list[Choice]:
    found = items(array)
    if not all(isinstance(one, Choice) for one in found):
        raise NotUnderstoodError("PFA votes of what are no trees")
    return list(found)


def _mode(run: Interpreter, array: Value) -> Value:
    """The answer that most trees give; of equally many the first in order."""
    votes = _choices(array)
    names = sorted({end for one in votes for end in ends(one)}, key=lambda end: (str(type(end)), end.value))
    return Label(tuple(_count(run, vector(votes), name) for name in names), tuple(names))


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


def _total(how: str) -> Any:
    return lambda run, array: Total(how, items(array))


def _argmax(run: Interpreter, array: Value) -> Value:
    del run
    if isinstance(array, Choice):
        return through(array, lambda end: Const(float(np.argmax([plain(i).value for i in items(end)]))))
    return Label(tuple(_unshifted(one) for one in items(array)))


def _map_argmax(run: Interpreter, table: Value) -> Value:
    del run
    if isinstance(table, Choice):
        return through(table, _largest)
    found = entries(table)
    return Label(tuple(_unshifted(one) for one in found.values()), tuple(Text(key) for key in found))


def _largest(end: Value) -> Value:
    found = {key: v.value for key, v in entries(end).items() if isinstance(v, Const)}
    return Text(max(found, key=lambda key: found[key]))


def _unshifted(value: Value) -> Value:
    return value.score if isinstance(value, Shifted) else value


def _elementwise(operator: str) -> Any:
    def apply(run: Interpreter, a: Value, b: Value) -> Value:
        if isinstance(a, Choice | _Mixed) or isinstance(b, Choice | _Mixed):
            return _added_ends(run, operator, a, b)
        if isinstance(a, Table):
            return _map_zipped(run, a, b, Function(operator))
        return vector([scores.operated(operator, plain(x), plain(y), run.features) for x, y in _pairs(a, b)])

    return apply


class _Mixed(Vector):
    """An array of sums, some of whose trees end in arrays."""


def _added_ends(run: Interpreter, operator: str, a: Value, b: Value) -> Value:
    """Trees that end in arrays, added up item by item."""
    width = max(_width(a), _width(b))
    left, right = (_components(v, width) for v in (a, b))
    return _Mixed(tuple(scores.operated(operator, x, y, run.features) for x, y in zip(left, right, strict=True)))


def _width(value: Value) -> int:
    while isinstance(value, Choice):
        value = value.yes
    return len(items(value))


def _components(value: Value, width: int) -> list[Value]:
    if isinstance(value, Choice):
        return [Sum(choices=((value, k, 1.0),)) for k in range(width)]
    found = [plain(v) for v in items(value)]
    if len(found) != width:
        raise NotUnderstoodError(f"a PFA array of {len(found)} items beside one of {width}")
    return found


def components(value: Value) -> list[Value]:
    """The items of an array, or of the arrays in which a tree ends."""
    return _components(value, _width(value))


def _scaled(run: Interpreter, array: Value, by: Value) -> Value:
    """Exponentials over their own sum are the softmax."""
    by = plain(by)
    given = entries(array) if isinstance(array, Table) else dict(enumerate(components(array)))
    found = {key: _times(run, plain(value), by) for key, value in given.items()}
    return Table({str(k): v for k, v in found.items()}) if isinstance(array, Table) else _Mixed(tuple(found.values()))


def _times(run: Interpreter, value: Value, by: Value) -> Value:
    if isinstance(by, Total) and by.how == "inverse":
        return scores.operated("/", value, Total("sum", by.of), run.features)
    return scores.operated("*", value, by, run.features)


def _dot(run: Interpreter, matrix: Value, array: Value) -> Value:
    """A constant matrix times a vector, or a vector in a list of its own (`la.dot` of 1 x n) times another."""
    rows = items(matrix)
    constant = [items(row) for row in rows]
    if all(isinstance(c, Const) for row in constant for c in row):
        return vector([scores.product([c.value for c in row], items(array), run.features) for row in constant])
    weights = [plain(w) for w in items(array)]
    if all(isinstance(w, Const) for w in weights):
        return vector([scores.product([w.value for w in weights], row, run.features) for row in constant])
    raise NotUnderstoodError("a PFA product of two arrays that follow from the row")


def _flattened(run: Interpreter, arrays: Value) -> Value:
    del run
    return vector([item for array in items(arrays) for item in items(array)])


def _joined_arrays(run: Interpreter, a: Value, b: Value) -> Value:
    del run
    return vector([*items(a), *items(b)])


def _appended(run: Interpreter, a: Value, item: Value) -> Value:
    del run
    return vector([*items(a), plain(item)])


def _length(run: Interpreter, a: Value) -> Value:
    del run
    return Const(float(len(items(a))))


def _contains(run: Interpreter, array: Value, item: Value) -> Value:
    return questions.contained(items(array), item, run.features)


def _fanned_out(run: Interpreter, x: Value) -> Value:
    """A number for each symbol of an enum: 1 for the one that it is."""
    if not isinstance(x, Category) or x.nullable or not x.field.codes:
        raise NotUnderstoodError("a PFA fan-out of something else than an enum")
    place = run.features.place(x.field)
    asked = [Asked(Among(place, frozenset([code]), True, None)) for code in x.field.codes.values()]
    return vector([Choice(one, Const(1.0), Const(0.0)) for one in asked])


def _cast(run: Interpreter, x: Value) -> Value:
    del run
    x = plain(x)
    if isinstance(x, Number | Const | Sum | Choice | Linked):
        return x
    raise NotUnderstoodError(f"a PFA cast of a {type(x).__name__.lower()}")


def _defaulted(run: Interpreter, x: Value, default: Value) -> Value:
    if not isinstance(x, Number):
        raise NotUnderstoodError(f"a PFA default for a {type(x).__name__.lower()}")
    return filled(x, plain(default), run.features)


def _or_error(run: Interpreter, x: Value) -> Value:
    del run
    return not_null(x)


def _bounded(name: str) -> Any:
    def apply(run: Interpreter, a: Value, b: Value) -> Value:
        a, b = plain(a), plain(b)
        if isinstance(a, Const) and isinstance(b, Const):
            return Const(min(a.value, b.value) if name == "min" else max(a.value, b.value))
        if isinstance(a, Sum | Linked) or isinstance(b, Sum | Linked):
            return Linked("unknown", (a, b))
        test = questions.compared("<" if name == "min" else ">", a, b, run.features)
        return Number(number(Choice(test, a, b), run.features).field)

    return apply


def _both(operator: str) -> Any:
    return lambda run, a, b: questions.joined(operator, [_answer(a), _answer(b)])


def _not(run: Interpreter, a: Value) -> Value:
    del run
    return Known(not a.answer) if isinstance(a, Known) else Negated(_answer(a))


FUNCTIONS: dict[str, Callable[..., Value]] = {
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
    "m.link.softmax": _softmax,
    "model.tree.simpleTest": _test,
    "model.tree.missingTest": _missing_test,
    "model.tree.compoundTest": _compound,
    "model.tree.simpleWalk": _simple_walk,
    "model.tree.missingWalk": _missing_walk,
    "model.tree.simpleTree": _simple_tree,
    "model.reg.linear": _linear,
    "model.cluster.closest": _closest,
    "a.map": _map,
    "map.map": _map_map,
    "a.zipmap": _zipped,
    "map.zipmap": _map_zipped,
    "map.fromset": lambda run, table: vector(tuple(entries(table).values())),
    "a.sum": _sum,
    "a.mean": _mean,
    "a.count": _count,
    "a.mode": _mode,
    "a.logsumexp": _total("logsumexp"),
    "a.max": _total("max"),
    "a.argmax": _argmax,
    "map.argmax": _map_argmax,
    "a.flatten": _flattened,
    "a.concat": _joined_arrays,
    "a.append": _appended,
    "a.len": _length,
    "a.contains": _contains,
    "la.add": _elementwise("+"),
    "la.sub": _elementwise("-"),
    "la.scale": _scaled,
    "la.dot": _dot,
    "cast.fanoutDouble": _fanned_out,
    "impute.defaultOnNull": _defaulted,
    "impute.errorOnNull": _or_error,
}

"""Functions of PFA on arrays and maps (`a.*`, `map.*`, `la.*`), also where their items are trees."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity.anatomy.fields import NotUnderstoodError
from parity.anatomy.pfa import questions, scores
from parity.anatomy.pfa.calls import Functions, Run
from parity.anatomy.pfa.shapes import at_width, components, ends, entries, items, plain, through, width_of
from parity.anatomy.pfa.values import (
    Choice,
    Const,
    Function,
    Label,
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


def _softmax(run: Run, x: Value) -> Value:
    del run
    if isinstance(x, Table):
        return Table(dict(zip(x.items, scores.softmax(tuple(x.items.values())), strict=True)))
    return vector(scores.softmax(items(x)))


def _map(run: Run, array: Value, function: Function) -> Value:
    return vector([run.call(function, [item]) for item in items(array)])


def _map_map(run: Run, table: Value, function: Function) -> Value:
    return Table({key: run.call(function, [item]) for key, item in entries(table).items()})


def _zipped(run: Run, a: Value, b: Value, function: Function) -> Value:
    return vector([run.call(function, [x, y]) for x, y in _pairs(a, b)])


def _map_zipped(run: Run, a: Value, b: Value, function: Function) -> Value:
    left, right = entries(a), entries(b)
    if set(left) != set(right):
        raise NotUnderstoodError("two PFA maps of other keys")
    return Table({key: run.call(function, [item, right[key]]) for key, item in left.items()})


def _pairs(a: Value, b: Value) -> list[tuple[Value, Value]]:
    left, right = items(a), items(b)
    if len(left) != len(right):
        raise NotUnderstoodError(f"two PFA arrays of {len(left)} and {len(right)} items")
    return list(zip(left, right, strict=True))


def _sum(run: Run, array: Value) -> Value:
    del run
    return scores.total(items(array))


def _mean(run: Run, array: Value) -> Value:
    found = items(array)
    if not found:
        raise NotUnderstoodError("the mean of an empty PFA array")
    return scores.operated("/", scores.total(found), Const(float(len(found))), run.features)


def _count(run: Run, array: Value, wanted: Value) -> Value:
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


def _mode(run: Run, array: Value) -> Value:
    """The answer that most trees give; of equally many the first in order."""
    votes = _choices(array)
    names = sorted({end for one in votes for end in ends(one)}, key=lambda end: (str(type(end)), end.value))
    return Label(tuple(_count(run, vector(votes), name) for name in names), tuple(names))


def _total(how: str) -> Any:
    return lambda run, array: Total(how, items(array))


def _argmax(run: Run, array: Value) -> Value:
    del run
    if isinstance(array, Choice):
        return through(array, lambda end: Const(float(np.argmax([plain(i).value for i in items(end)]))))
    return Label(tuple(_unshifted(one) for one in items(array)))


def _map_argmax(run: Run, table: Value) -> Value:
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
    def apply(run: Run, a: Value, b: Value) -> Value:
        if isinstance(a, Choice | _Mixed) or isinstance(b, Choice | _Mixed):
            return _added_ends(run, operator, a, b)
        if isinstance(a, Table):
            return _map_zipped(run, a, b, Function(operator))
        return vector([scores.operated(operator, plain(x), plain(y), run.features) for x, y in _pairs(a, b)])

    return apply


class _Mixed(Vector):
    """An array of sums, some of whose trees end in arrays."""


def _added_ends(run: Run, operator: str, a: Value, b: Value) -> Value:
    """Trees that end in arrays, added up item by item."""
    width = max(width_of(a), width_of(b))
    left, right = (at_width(v, width) for v in (a, b))
    return _Mixed(tuple(scores.operated(operator, x, y, run.features) for x, y in zip(left, right, strict=True)))


def _scaled(run: Run, array: Value, by: Value) -> Value:
    """Exponentials over their own sum are the softmax."""
    by = plain(by)
    given = entries(array) if isinstance(array, Table) else dict(enumerate(components(array)))
    found = {key: _times(run, plain(value), by) for key, value in given.items()}
    return Table({str(k): v for k, v in found.items()}) if isinstance(array, Table) else _Mixed(tuple(found.values()))


def _times(run: Run, value: Value, by: Value) -> Value:
    if isinstance(by, Total) and by.how == "inverse":
        return scores.operated("/", value, Total("sum", by.of), run.features)
    return scores.operated("*", value, by, run.features)


def _dot(run: Run, matrix: Value, array: Value) -> Value:
    """A constant matrix times a vector, or a vector in a list of its own (`la.dot` of 1 x n) times another."""
    rows = items(matrix)
    constant = [items(row) for row in rows]
    if all(isinstance(c, Const) for row in constant for c in row):
        return vector([scores.product([c.value for c in row], items(array), run.features) for row in constant])
    weights = [plain(w) for w in items(array)]
    if all(isinstance(w, Const) for w in weights):
        return vector([scores.product([w.value for w in weights], row, run.features) for row in constant])
    raise NotUnderstoodError("a PFA product of two arrays that follow from the row")


def _flattened(run: Run, arrays: Value) -> Value:
    del run
    return vector([item for array in items(arrays) for item in items(array)])


def _joined_arrays(run: Run, a: Value, b: Value) -> Value:
    del run
    return vector([*items(a), *items(b)])


def _appended(run: Run, a: Value, item: Value) -> Value:
    del run
    return vector([*items(a), plain(item)])


def _length(run: Run, a: Value) -> Value:
    del run
    return Const(float(len(items(a))))


def _contains(run: Run, array: Value, item: Value) -> Value:
    return questions.contained(items(array), item, run.features)


ARRAYS: Functions = {
    "m.link.softmax": _softmax,
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
}

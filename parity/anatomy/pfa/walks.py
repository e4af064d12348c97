"""Trees of PFA, kept in cells as records of records, as choices of choices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parity.anatomy.fields import NotUnderstoodError
from parity.anatomy.pfa.data import Datum
from parity.anatomy.pfa.values import Asked, Choice, Test, Value

# Far more than an engine of 2017 holds in memory; what follows is bounded by it.
_MOST_NODES = 2_000_000


def walked(
    tree: Datum, test_of: Callable[[Datum], Test], plain: Callable[[Datum], Value], missing: Callable[[int], bool] | None = None
) -> Value:
    """What `simpleWalk` (or `missingWalk`) ends in. Branches that are the same become the same object.

    `missing` says of a feature whether it may be null: then it goes where the branch of that name leads.
    """
    root = tree.resolved()
    name, sides = root.type, ("pass", "fail", "missing") if missing is not None else ("pass", "fail")
    below: dict[int, list[Value | int]] = {}
    order, todo = [root], [0]
    while todo:
        at = todo.pop()
        below[at] = []
        for side in sides:
            branch = order[at].at(side)
            if branch.kind == "record" and branch.type is name:
                below[at].append(len(order))
                todo.append(len(order))
                order.append(branch)
            else:
                below[at].append(plain(branch))
        if len(order) > _MOST_NODES:
            raise NotUnderstoodError(f"a PFA tree of more than {_MOST_NODES:,} nodes")
    return _joined(order, below, test_of, missing or (lambda _: False))


def _joined(
    order: list[Datum], below: dict[int, list[Any]], test_of: Callable[[Datum], Test], null: Callable[[int], bool]
) -> Value:
    """From the last node back to the root: children stand behind their parents."""
    made: dict[int, Value] = {}
    known: dict[Any, Value] = {}
    for at in reversed(range(len(order))):
        test = test_of(order[at])
        branches = [made.pop(b) if isinstance(b, int) else known.setdefault(_key(b), b) for b in below[at]]
        key = (test, *map(id, branches))
        choice = known.get(key)
        if choice is None:
            choice = known[key] = _choice(test, branches, null)
        made[at] = choice
    return made[0]


def _key(value: Value) -> Any:
    return value if not isinstance(value, Datum) else id(value)


def _choice(test: Test, branches: list[Value], null: Callable[[int], bool]) -> Choice:
    if len(branches) < 3 or not isinstance(test, Asked) or not null(test.about.feature):
        return Choice(test, branches[0], branches[1])
    return Choice(test, branches[0], branches[1], branches[2], (test.about.feature,))

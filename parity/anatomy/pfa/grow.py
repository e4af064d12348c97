"""Choices of a PFA document as one tree of two-way splits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from parity.anatomy.fields import NotUnderstoodError
from parity.anatomy.grown import Grown
from parity.anatomy.pfa.data import Datum
from parity.anatomy.pfa.features import Features
from parity.anatomy.pfa.shapes import entries, items, plain
from parity.anatomy.pfa.values import Asked, Beyond, Choice, Const, Joined, Known, Negated, Table, Value, Vector, Vote
from parity.anatomy.questions import Absent
from parity.anatomy.two_way import Splits

_MOST_NODES = 4_000_000
"""Compound questions multiply a tree; one of so many splits is not followed further."""


def grown(choice: Choice, adds: Sequence[tuple[int, Any, float]], outputs: int, features: Features) -> Grown:
    """`adds`: (output, component of an end or None, factor) for each output that an end adds to."""
    splits, rows = Splits(), list[list[float]]()
    known: dict[int, int] = {}
    todo: list[tuple[Value, frozenset[int], int, bool]] = [(choice, frozenset(), -1, False)]
    while todo:
        state, present, parent, is_left = todo.pop()
        state = _settled(state, present)
        place = len(splits.left)
        if place > _MOST_NODES:
            raise NotUnderstoodError(f"a PFA tree of more than {_MOST_NODES:,} splits")
        if parent >= 0:
            (splits.left if is_left else splits.right)[parent] = place
        if isinstance(state, Choice):
            yes, no = _ask(splits, state, present, features)
            todo += [(*no, place, False), (*yes, place, True)]
        else:
            if id(state) not in known:
                known[id(state)] = len(rows)
                rows.append(_row(state, adds, outputs))
            _add(splits, None, False, known[id(state)])
    return Grown(splits, np.array(rows, dtype=np.float64).reshape(-1, outputs))


def _settled(state: Value, present: frozenset[int]) -> Value:
    """The choice whose question is a simple one, or the end: joined questions become choices of choices."""
    while isinstance(state, Choice):
        test = state.test
        if isinstance(test, Known):
            state = state.yes if test.answer else state.no
        elif isinstance(test, Negated):
            state = Choice(test.of, state.no, state.yes)
        elif isinstance(test, Joined):
            state = _apart(test, state.yes, state.no)
        elif isinstance(test, Beyond):
            raise NotUnderstoodError("a PFA tree that asks for a score")
        elif isinstance(test.about, Absent) and test.about.feature in present:
            state = state.no if test.about.yes else state.yes
        else:
            return state
    return state


def _apart(test: Joined, yes: Value, no: Value) -> Value:
    first, rest = test.parts[0], test.parts[1:]
    if not rest:
        return Choice(first, yes, no)
    left = Joined(test.operator, rest)
    if test.operator == "and":
        return Choice(first, Choice(left, yes, no), no)
    if test.operator == "or":
        return Choice(first, yes, Choice(left, yes, no))
    if test.operator == "xor":
        return Choice(first, Choice(left, no, yes), Choice(left, yes, no))
    raise NotUnderstoodError(f"PFA tests joined by {test.operator!r}")


def _ask(splits: Splits, choice: Choice, present: frozenset[int], features: Features) -> tuple[Any, Any]:
    """Adds a node, and says what follows on its left and right side: the low side, the members of a set, or what is missing."""
    test = choice.test
    assert isinstance(test, Asked), "only a simple question is open"
    place = test.about.feature
    if isinstance(test.about, Absent):
        features.learned.add(place)
        _add(splits, test.about, True, -1)
        there, other = (choice.yes, choice.no) if test.about.yes else (choice.no, choice.yes)
        return (there, present), (other, present | {place})
    nan = test.nan
    if choice.missing is not None and place not in present:
        features.learned.add(place)
        if choice.missing is not choice.yes and choice.missing is not choice.no:
            _add(splits, Absent(place, True), True, -1)
            return (choice.missing, present), (choice, present | {place})
        nan = choice.missing is choice.yes
    yes_left = test.about.low if hasattr(test.about, "low") else test.about.inside
    _add(splits, test.about, nan == yes_left, -1)
    sides = (choice.yes, choice.no) if yes_left else (choice.no, choice.yes)
    return (sides[0], present), (sides[1], present)


def _add(splits: Splits, test: Any, nan_left: bool, score: int) -> None:
    splits.left.append(-1)
    splits.right.append(-1)
    splits.test.append(test)
    splits.nan_left.append(nan_left)
    splits.nowhere.append(False)
    splits.score.append(score)


def _row(end: Value, adds: Sequence[tuple[int, Any, float]], outputs: int) -> list[float]:
    row = [0.0] * outputs
    for output, component, factor in adds:
        row[output] += factor * _number(end, component)
    return row


def _number(end: Value, component: Any) -> float:
    if isinstance(component, Vote):
        return float(end == component.for_)
    if component is not None:
        if isinstance(end, Vector | Datum) and isinstance(component, int):
            found = items(end)
            end = found[component] if component < len(found) else None
        elif isinstance(end, Table | Datum):
            end = entries(end).get(component)
    end = plain(end)
    if not isinstance(end, Const):
        raise NotUnderstoodError(f"a PFA tree that ends in a {type(end).__name__.lower()}")
    return end.value

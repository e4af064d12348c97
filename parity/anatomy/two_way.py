"""PMML's trees, whose nodes have any number of children and strategies for missing values, as trees of two-way splits.

The children of a node are asked one after the other (PMML 4.4, TreeModel), so a node is a chain of questions: yes enters the
child, no goes on to the next, and a missing value does what the model's strategy says. What exporters flatten comes out as the
splits that it was made of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from parity.anatomy.fields import NotUnderstoodError
from parity.anatomy.questions import Absent, Among, Compare, Known, Several, Simple, Test

_MORE_NODES = 4
"""A tree of so many two-way splits per node of its own, and a thousand, is not followed further: predicates were multiplied."""


@dataclass(frozen=True)
class Node:
    """A node: its predicate, its children's indices, the default child's, and the row of its score, -1 where it has none."""

    test: Test
    children: tuple[int, ...]
    default: int
    score: int


@dataclass(frozen=True)
class Strategy:
    """`missingValueStrategy` and `noTrueChildStrategy` of a TreeModel."""

    missing: str = "none"
    none_true: str = "returnNullPrediction"


@dataclass
class Splits:
    """Two-way nodes in lists, in the order in which they were made; `score` is a leaf's row, -1 at inner nodes.

    `test` is the question of an inner node. `nowhere`: a missing value ends there without a prediction.
    """

    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    test: list[Simple | None] = field(default_factory=list)
    nan_left: list[bool] = field(default_factory=list)
    nowhere: list[bool] = field(default_factory=list)
    score: list[int] = field(default_factory=list)


# What is still to be done: enter a node, ask its children from the i-th on, ask a question, or end at a score or without one.
State = tuple[Any, ...]
Facts = Mapping[tuple[str, int, float], Any]
_NULL: State = ("null",)
_NO_FACTS: Facts = {}


def two_way(nodes: Sequence[Node], strategy: Strategy) -> Splits:
    """The tree whose root is the first node. NotUnderstoodError where a value that is not missing ends without a prediction."""
    walk, out = _Walk(nodes, strategy), Splits()
    todo: list[tuple[State, Facts, int, bool]] = [(walk.asking(nodes[0].test, ("enter", 0), _NULL, _NULL), _NO_FACTS, -1, False)]
    while todo:
        state, facts, parent, is_left = todo.pop()
        place = len(out.left)
        if place > _MORE_NODES * len(nodes) + 1000:
            raise NotUnderstoodError("a PMML tree whose predicates multiply it")
        if parent >= 0:
            (out.left if is_left else out.right)[parent] = place
        state, facts = walk.settled(state, facts)
        if state == _NULL:
            raise NotUnderstoodError("a PMML tree with a branch that has no prediction")
        _add(out, state)
        if state[0] == "ask":
            low, high, out.nan_left[-1], out.nowhere[-1], out.test[-1] = walk.split(state, facts)
            todo += [(*high, place, False), (*low, place, True)]
    return out


def _add(out: Splits, state: State) -> None:
    out.left.append(-1)
    out.right.append(-1)
    out.test.append(None)
    out.nan_left.append(False)
    out.nowhere.append(False)
    out.score.append(state[1] if state[0] == "score" else -1)


Way = tuple[State, Facts]


@dataclass(frozen=True)
class _Walk:
    nodes: Sequence[Node]
    strategy: Strategy

    def asking(self, test: Test, yes: State, no: State, unknown: State) -> State:
        """A question, compound ones as one after the other: three-valued logic (PMML 4.4, CompoundPredicate)."""
        if yes == no == unknown:
            return yes
        if isinstance(test, Known):
            return yes if test.answer else no
        if not isinstance(test, Several):
            return ("ask", test, yes, no, unknown)
        first, rest = test.parts[0], Several(test.operator, test.parts[1:])
        if not rest.parts:
            return self.asking(first, yes, no, unknown)
        if test.operator == "and":
            return self.asking(first, self.asking(rest, yes, no, unknown), no, self.asking(rest, unknown, no, unknown))
        if test.operator == "or":
            return self.asking(first, yes, self.asking(rest, yes, no, unknown), self.asking(rest, yes, unknown, unknown))
        if test.operator == "xor":  # unknown as soon as one of them is
            return self.asking(first, self.asking(rest, no, yes, unknown), self.asking(rest, yes, no, unknown), unknown)
        return self.asking(first, yes, no, self.asking(rest, yes, no, unknown))

    def settled(self, state: State, facts: Facts) -> Way:
        """The next question whose answer is open, or the end; what is known about a node's question ends with the node."""
        while True:
            if state[0] == "enter":
                node = self.nodes[state[1]]
                facts = {k: v for k, v in facts.items() if k[0] == "missing"}
                state = ("children", state[1], 0) if node.children else self._score(state[1])
            elif state[0] == "children":
                state = self._child(*state[1:])
            elif state[0] == "ask":
                following = self._answered(state, facts)
                if following is None:
                    return state, facts
                state = following
            else:
                return state, facts

    def _score(self, node: int) -> State:
        return ("score", self.nodes[node].score) if self.nodes[node].score >= 0 else _NULL

    def _child(self, node: int, turn: int) -> State:
        of = self.nodes[node]
        last = self._score(node)
        if turn == len(of.children):
            return last if self.strategy.none_true == "returnLastPrediction" else _NULL
        no: State = ("children", node, turn + 1)
        unknown = {
            "none": no,
            "nullPrediction": _NULL,
            "lastPrediction": last,
            "defaultChild": ("enter", of.default) if of.default >= 0 else _NULL,
        }.get(self.strategy.missing)
        if unknown is None:
            raise NotUnderstoodError(f"the PMML missingValueStrategy {self.strategy.missing}")
        return self.asking(self.nodes[of.children[turn]].test, ("enter", of.children[turn]), no, unknown)

    def _answered(self, state: State, facts: Facts) -> State | None:
        """Where a question leads whose answer follows from the facts; None where it is open."""
        test, yes, no, unknown = state[1:]
        missing = facts.get(("missing", test.feature, 0.0))
        if isinstance(test, Absent):
            return None if missing is None else _state(yes if missing == test.yes else no)
        if missing:
            return _state(unknown)
        known = _known(test, facts)
        if known is None:
            return None
        reached: State = yes if known else no
        if missing is False:
            return reached
        number = self.settled(reached, _with_missing(test, facts, False))[0]
        return reached if number == self.settled(unknown, _with_missing(test, facts, True))[0] else None

    def split(self, state: State, facts: Facts) -> tuple[Way, Way, bool, bool, Simple]:
        """Both ways on from an open question (left, right), does a missing value go left, is it nowhere, and what is asked."""
        test, yes, no, unknown = state[1:]
        if isinstance(test, Absent):
            left, right = (yes, no) if test.yes else (no, yes)
            present = _with_missing(test, facts, False)
            return (left, _with_missing(test, facts, True)), (right, present), True, False, test
        yes_left = test.low if isinstance(test, Compare) else test.inside
        ways = {answer: (yes if answer else no, _after(test, facts, answer)) for answer in (True, False)}
        alone = {answer: (state, _with_missing(test, known, False)) for answer, (state, known) in ways.items()}
        taken, nowhere = False, False
        if facts.get(("missing", test.feature, 0.0)) is None:
            joined = {answer: self._joined(test, ways[answer], unknown, facts) for answer in (False, True)}
            taken = joined[False] is None and joined[True] is not None
            nowhere = self.settled(unknown, _with_missing(test, facts, True))[0] == _NULL
            together = joined[taken]
            if together is not None:
                alone[taken], nowhere = together, False
            elif not nowhere:  # a third way: ask first whether the value is missing
                first = Absent(test.feature, True)
                here = ("ask", test, yes, no, unknown)
                return (
                    (unknown, _with_missing(first, facts, True)),
                    (here, _with_missing(first, facts, False)),
                    True,
                    False,
                    first,
                )
        return alone[yes_left], alone[not yes_left], taken == yes_left, nowhere, test

    def _joined(self, test: Compare | Among, way: Way, unknown: State, facts: Facts) -> Way | None:
        """The way of an answer for a missing value too, where that comes to the same as its own; None where it does not."""
        state, known = way
        number, beyond = self.settled(state, _with_missing(test, known, False))
        if state == unknown:
            return way if self.settled(state, known)[0] == number else None
        if number in (self.settled(unknown, facts)[0], self.settled(unknown, _with_missing(test, facts, True))[0]):
            return number, {k: v for k, v in beyond.items() if k != ("missing", test.feature, 0.0)}
        return None


def _state(state: Any) -> State:
    return tuple(state)


def _with_missing(test: Simple, facts: Facts, missing: bool) -> Facts:
    return {**facts, ("missing", test.feature, 0.0): missing}


def _known(test: Compare | Among, facts: Facts) -> bool | None:
    """The answer for a value that is not missing, where an earlier question of the same node told it."""
    if isinstance(test, Compare):
        below = facts.get(("upper", test.feature, test.upper))
        return None if below is None else below == test.low
    possible = facts.get(("among", test.feature, 0.0), test.every)
    if possible is None:
        return None
    if possible <= test.members:
        return test.inside
    return not test.inside if not possible & test.members else None


def _after(test: Compare | Among, facts: Facts, answer: bool) -> Facts:
    """The facts once a question about a value that is not missing was answered."""
    if isinstance(test, Compare):
        return {**facts, ("upper", test.feature, test.upper): answer == test.low}
    possible, inside = facts.get(("among", test.feature, 0.0), test.every), answer == test.inside
    if possible is None:
        return {**facts, ("among", test.feature, 0.0): test.members} if inside else facts
    return {**facts, ("among", test.feature, 0.0): possible & test.members if inside else possible - test.members}

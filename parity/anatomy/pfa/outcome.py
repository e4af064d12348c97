"""The answer of a PFA document as sums and the link that they go through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from parity.anatomy.fields import NotUnderstoodError
from parity.anatomy.pfa.scores import summed, times
from parity.anatomy.pfa.shapes import components, ends, entries
from parity.anatomy.pfa.values import (
    Choice,
    Const,
    Label,
    Linked,
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
)

# Links that the rest of the package knows; of others the score is right and the answer is not followed.
_KNOWN = ("identity", "logistic", "softmax", "exp")


@dataclass(frozen=True)
class Outcome:
    """A sum for each output, and the link of all; what was not understood is in `notes`."""

    sums: tuple[Sum, ...]
    link: str
    notes: tuple[str, ...] = ()

    @property
    def has_trees(self) -> bool:
        return any(one.choices for one in self.sums)


def outcome_of(answer: Value) -> Outcome:
    """NotUnderstoodError where the answer is no such thing."""
    if isinstance(answer, Table):
        return _record(answer)
    if isinstance(answer, Label):
        return _scores(answer.of[1:] if _is_cut_off(answer) else answer.of)
    if isinstance(answer, Choice):
        return _ends(answer)
    return _scores(answer.items if isinstance(answer, Vector) else (answer,))


def _is_cut_off(answer: Label) -> bool:
    """The label that a threshold on one score decides has nothing against it."""
    first = answer.of[0]
    return len(answer.of) == 2 and isinstance(first, Sum) and not first.choices and not first.terms and first.base == 0


def _record(answer: Table) -> Outcome:
    """A map from classes to scores, or a record, of which one field is read: probabilities, else numbers, else labels."""
    values = tuple(answer.items.values())
    if all(isinstance(v, Const | Number | Choice | Sum | Linked) for v in values):
        try:
            return _scores(values)
        except NotUnderstoodError:
            pass
    found = []
    for name, value in answer.items.items():
        try:
            found.append((name, value, outcome_of(value)))
        except NotUnderstoodError:
            continue
    if not found:
        raise NotUnderstoodError(f"the PFA record of {', '.join(answer.items)[:60]}")
    ranked = sorted(found, key=lambda one: (isinstance(one[1], Label), one[2].link == "identity"))
    return ranked[0][2]


def _ends(answer: Choice) -> Outcome:
    """A single tree: of numbers, of texts (a vote for each class), or of arrays and maps."""
    first: Value = answer
    while isinstance(first, Choice):
        first = first.yes
    if isinstance(first, Text):
        names = sorted({end.value for end in ends(answer)})
        return Outcome(tuple(Sum(choices=((answer, Vote(Text(name)), 1.0),)) for name in names), "identity")
    if isinstance(first, Const | Number | Sum | Null):
        return Outcome((summed(answer),), "identity")
    if isinstance(first, Vector) or getattr(first, "kind", "") == "array":
        return Outcome(tuple(summed(part) for part in components(answer)), "identity")
    return Outcome(tuple(Sum(choices=((answer, key, 1.0),)) for key in entries(first)), "identity")


def _scores(values: Sequence[Value]) -> Outcome:
    values = tuple(v.score if isinstance(v, Shifted) else v for v in values)
    if any(isinstance(v, Total) for v in values):
        raise NotUnderstoodError("a PFA answer that is the sum or the largest of several scores")
    links = {v.link if isinstance(v, Linked) else "identity" for v in values}
    if len(links) != 1:
        raise NotUnderstoodError(f"PFA scores through several links: {', '.join(sorted(links))}")
    link = links.pop()
    if link == "softmax":
        return Outcome(_of_softmax(values), link)
    if link == "logistic" and len(values) == 2 and {v.complement for v in values} == {False, True}:
        first, second = values
        if first.of is second.of:
            return _of_two(first, second)
    if link == "logistic" and any(v.complement for v in values):
        values = tuple(Linked(v.link, _turned(v)) for v in values)
    sums = tuple(summed(_score(v)) for v in values)
    notes = () if link in _KNOWN else (f"the link of the PFA document ({link})",)
    return Outcome(sums, link if link in _KNOWN else "unknown", notes)


def _turned(value: Linked) -> Value:
    return times(summed(value.of), -1.0) if value.complement else value.of


def _score(value: Value) -> Value:
    if not isinstance(value, Linked):
        return value
    if isinstance(value.of, tuple):
        raise NotUnderstoodError("PFA arithmetic on what went through a link")
    return value.of


def _of_two(first: Linked, second: Linked) -> Outcome:
    """1 - p and p, in either order: as libraries have it, the margin is that of the second."""
    return Outcome((summed(second.of if first.complement else _turned(second)),), "logistic")


def _of_softmax(values: Sequence[Linked]) -> tuple[Sum, ...]:
    """All of the scores in the order of the answer. Where some are left out, the others are not the softmax of themselves."""
    if len(values) != len(values[0].among):
        raise NotUnderstoodError("a part of the PFA softmax")
    return tuple(summed(v.of) for v in values)

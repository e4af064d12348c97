"""What a node of a tree asks of a row: questions about one feature each, or several of them joined."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """A predicate that asks nothing."""

    answer: bool


@dataclass(frozen=True)
class Compare:
    """Is the feature <= `upper`, the last number of its type on the low side of the threshold? Yes where `low`, else no."""

    feature: int
    threshold: float
    strict: bool
    upper: float
    low: bool


@dataclass(frozen=True)
class Among:
    """Is the feature one of `members`? Yes where `inside`. `every` are all that it may be, None where not known."""

    feature: int
    members: frozenset[float]
    inside: bool
    every: frozenset[float] | None


@dataclass(frozen=True)
class Absent:
    """Is the feature missing? Yes where `yes`. The answer is never unknown."""

    feature: int
    yes: bool


@dataclass(frozen=True)
class Several:
    """Predicates joined by "and", "or", "xor" (an odd number are true) or "surrogate" (the first whose answer is known)."""

    operator: str
    parts: tuple[Test, ...]


Simple = Compare | Among | Absent
Test = Known | Simple | Several

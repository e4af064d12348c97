"""What expressions of a PFA document come to where their input is not known: constants, features, choices and sums of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from parity.anatomy.fields import Field
from parity.anatomy.questions import Absent, Among, Compare

Value = Any
"""One of the classes below, or a `Datum` (parity/anatomy/pfa/data.py)."""


@dataclass(frozen=True)
class Const:
    """A number."""

    value: float


@dataclass(frozen=True)
class Text:
    """A string, or an enum's symbol."""

    value: str


@dataclass(frozen=True)
class Null:
    """No value."""


@dataclass(frozen=True, eq=False)
class Number:
    """A number that follows from the row. `nullable`: it may be null, of which only some functions know what to make.

    `terms` and `base`: the same as a sum of products of other such numbers with constants, where it is one.
    """

    field: Field
    nullable: bool = False
    terms: tuple[tuple[Number, float], ...] = ()
    base: float = 0.0


@dataclass(frozen=True, eq=False)
class Category:
    """Text that follows from the row: a column of strings or an enum's symbols, whose codes are met one after the other."""

    field: Field
    nullable: bool = False


@dataclass(frozen=True)
class Asked:
    """A question about one feature, and the answer for NaN (and for a missing value, where nothing else is said of it)."""

    about: Compare | Among | Absent
    nan: bool = False


@dataclass(frozen=True)
class Known:
    """A question whose answer does not depend on the row."""

    answer: bool


@dataclass(frozen=True)
class Joined:
    """Questions joined by "and", "or" or "xor" (an odd number are true)."""

    operator: str
    parts: tuple[Test, ...]


@dataclass(frozen=True)
class Negated:
    """The other answer."""

    of: Test


@dataclass(frozen=True, eq=False)
class Beyond:
    """Is a score above the threshold, or at least as large?"""

    score: Value
    threshold: float


Test = Asked | Known | Joined | Negated | Beyond


@dataclass(frozen=True, eq=False)
class Choice:
    """One of two values; where any of `asks` is null, the third of them instead."""

    test: Test
    yes: Value
    no: Value
    missing: Value = None
    asks: tuple[int, ...] = ()


@dataclass(frozen=True)
class Vote:
    """1 where a choice ends in this number or text, 0 elsewhere."""

    for_: Const | Text


@dataclass(frozen=True, eq=False)
class Sum:
    """base + sum of choices and of numbers, each times a factor.

    A choice adds its ends (None), a component of those (a place or key), or a `Vote`.
    """

    base: float = 0.0
    choices: tuple[tuple[Choice, Any, float], ...] = ()
    terms: tuple[tuple[Number, float], ...] = ()


@dataclass(frozen=True, eq=False)
class Linked:
    """A link of a score; `complement`: 1 minus that. `of` is a sum; of the softmax of several, `among` are all of them."""

    link: str
    of: Value
    complement: bool = False
    among: tuple[Value, ...] = ()


@dataclass(frozen=True, eq=False)
class Total:
    """Of scores: "sum", "inverse" of their sum, "logsumexp" or "max"."""

    how: str
    of: tuple[Value, ...]


@dataclass(frozen=True, eq=False)
class Shifted:
    """A score minus what is the same for all of `of`."""

    score: Value
    by: Total


@dataclass(frozen=True, eq=False)
class Vector:
    """An array of known length."""

    items: tuple[Value, ...]


@dataclass(frozen=True, eq=False)
class Table:
    """A map or record of known keys."""

    items: Mapping[str, Value]


@dataclass(frozen=True, eq=False)
class Label:
    """Which of several scores is the largest: its place, its name (`names`), or what stands for it in a cell."""

    of: tuple[Value, ...]
    names: tuple[Value, ...] = ()


@dataclass(frozen=True, eq=False)
class Function:
    """A function of the library ("name"), or one that the document defines.

    `fill`: arguments that are given already; `scope`: symbols around one that is written down where it is used.
    """

    name: str = ""
    params: tuple[str, ...] = ()
    body: Any = None
    fill: Mapping[str, Value] = field(default_factory=dict)
    scope: Mapping[str, Value] = field(default_factory=dict)


def vector(items: Sequence[Value]) -> Vector:
    return Vector(tuple(items))

"""Steps that Spark and MLeap put in front of a model, as features of the user's columns: scalers, encoders, bins, fillers.

Both engines compute in double. A vector is a tuple of features; a column of text has codes, its place among the labels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from parity.anatomy.fields import Columns, Field, NotUnderstoodError, coding_of, nth, prefix_of
from parity.anatomy.flow import Jumps
from parity.anatomy.part import Part
from parity.values.anatomy import Floats, Prefix

Vector = tuple[Field, ...]


@dataclass
class Steps:
    """The columns of a table by name, while stages add to it. `fed` says which columns feed an input of another name.

    `edges` are places along the user's columns where a step jumps: column, value, is it strict? `categories`: of a column its
    labels. `imputed` are columns that a step fills.
    """

    columns: tuple[str, ...]
    fed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    known: dict[str, Vector] = field(default_factory=dict)
    texts: dict[int, Field] = field(default_factory=dict)
    edges: list[tuple[int, float, bool]] = field(default_factory=list)
    categories: dict[int, tuple[str, ...]] = field(default_factory=dict)
    imputed: set[int] = field(default_factory=set)

    def of(self, name: str) -> Vector:
        """The features of a column or vector. NotUnderstoodError where nothing makes it."""
        if name not in self.known:
            self.known[name] = tuple(self._own(column) for column in self.fed.get(name, (name,)))
        return self.known[name]

    def one(self, name: str) -> Field:
        """A column that is no vector."""
        found = self.of(name)
        if len(found) != 1:
            raise NotUnderstoodError(f"the vector {name!r} where one number is wanted")
        return found[0]

    def _own(self, name: str) -> Field:
        if name not in self.columns:
            raise NotUnderstoodError(f"the column {name!r}, which no step before makes")
        place = self.columns.index(name)
        return Field(name, place, "float64", nth(place), place, 1, True)

    def text(self, name: str, labels: Sequence[str]) -> Field:
        """A column of text by the places of its labels; -1 for any other, NaN for a missing one."""
        if name in self.known and self.known[name][0].codes != dict(_codes(labels)):
            raise NotUnderstoodError(f"the column {name!r}, which two steps read as text")
        place = self._own(name).feature
        found = Field(name, place, "float64", nth(place), place, 0, False, codes=dict(_codes(labels)))
        self.known[name], self.texts[place], self.categories[place] = (found,), found, tuple(labels)
        return found

    def front(self, features: Vector) -> Prefix | None:
        """From the user's rows to those features; None where they are the columns themselves."""
        if not self.texts and [f.feature for f in features] == list(range(len(self.columns))):
            return None
        own = [self.texts.get(i) for i in range(len(self.columns))]
        made = [replace(f, feature=len(own) + i) for i, f in enumerate(features)]
        return prefix_of(own, made, "stages", range(len(own), len(own) + len(made)))

    def jumps(self) -> tuple[Jumps, ...]:
        """Where steps jump along the columns themselves."""
        if not self.edges:
            return ()
        found = sorted(dict.fromkeys(self.edges))
        place = np.array([column for column, _, _ in found], np.int32)
        value, strict = np.array([v for _, v, _ in found]), np.array([s for _, _, s in found], bool)
        own = [self.texts.get(i) for i in range(len(self.columns))]
        return (Jumps(prefix_of(own, (), "columns").transform, place, place, np.ones(len(found), np.int32), value, strict),)


def _codes(labels: Sequence[str]) -> list[tuple[str, float]]:
    return [(label, float(i)) for i, label in enumerate(labels)]


def coded(part: Part, features: Vector) -> Part:
    """A part whose features of text keep their labels."""
    coding = coding_of(features)
    return replace(part, coding=coding) if any(known is not None for known in coding) and part.trees is not None else part


def changed(of: Field, compute: Callable[[Floats], Floats], direction: int, same: bool = False) -> Field:
    """A function of one feature that grows (1), falls (-1) or does neither (0)."""
    inner = of.evaluate

    def evaluate(columns: Columns) -> Floats:
        with np.errstate(all="ignore"):
            return np.asarray(compute(inner(columns)), dtype=np.float64)

    return replace(
        of, feature=-1, evaluate=evaluate, origin=of.origin if direction else -1, direction=of.direction * direction,
        same=same and of.same, codes=None,
    )  # fmt: skip


def scaled(of: Field, shift: float, factor: float) -> Field:
    """(x - shift) * factor."""
    if shift == 0 and factor == 1:
        return of
    return changed(of, lambda x: (x - shift) * factor, int(np.sign(factor)))


def filled(steps: Steps, of: Field, value: float, missing: float) -> Field:
    """The value where nothing is, or what stands for it."""
    steps.imputed.add(of.origin)
    plain = np.isnan(missing)
    return changed(of, lambda x: np.where(np.isnan(x) | (x == missing), value, x), int(plain), same=plain)


def above(steps: Steps, of: Field, threshold: float) -> Field:
    """1 above the threshold, else 0."""
    if of.same:
        steps.edges.append((of.origin, threshold, False))
    return changed(of, lambda x: (x > threshold).astype(np.float64), 1)


def bucketed(steps: Steps, of: Field, splits: Sequence[float], keep: bool) -> Field:
    """The number of the interval [splits[i], splits[i + 1]), of which the last is closed; others have no number (NaN)."""
    edges, last = np.asarray(splits, dtype=np.float64), len(splits) - 2
    if of.same:
        steps.edges += [(of.origin, float(edge), True) for edge in edges[1:-1] if np.isfinite(edge)]

    def compute(x: Floats) -> Floats:
        place = np.where(x == edges[-1], last, np.searchsorted(edges, x, side="right") - 1).astype(np.float64)
        place[(x < edges[0]) | (x > edges[-1])] = np.nan
        place[np.isnan(x)] = last + 1 if keep else np.nan
        return place

    return changed(of, compute, 1)


def indexed(steps: Steps, name: str, labels: Sequence[str], keep: bool) -> Field:
    """The place of a text's label; `keep`: any other, and a missing one, are a further label."""
    found = steps.text(name, labels)
    if not keep:
        return found
    inner, other = found.evaluate, float(len(labels))

    def evaluate(columns: Columns) -> Floats:
        codes = inner(columns)
        return np.where(np.isnan(codes) | (codes < 0), other, codes)

    return replace(found, evaluate=evaluate, feature=-1)


def one_hot(of: Field, size: int, drop_last: bool, keep: bool) -> Vector:
    """A number for each category; `keep`: those beyond them are one more; the last may be left out (OneHotEncoderModel)."""
    width = size + int(keep) - int(drop_last)

    def flag(category: int) -> Callable[[Floats], Floats]:
        def compute(codes: Floats) -> Floats:
            inside = (codes >= 0) & (codes < size)
            place = np.where(inside, codes, size if keep else np.nan)
            return np.where(np.isnan(place), np.nan, (place == category).astype(np.float64))

        return compute

    return tuple(changed(of, flag(category), 0) for category in range(width))


def sided(members: Sequence[float], categories: int, left: Any, right: Any) -> tuple[list[float], Any, Any]:
    """A split on categories as (members, their side, the other side), of those that `members` say go left.

    The larger part is kept as what is not in it (CategoricalSplit in Spark's ml/tree/Split.scala), and so is any other number.
    """
    if len(members) <= categories / 2:
        return list(members), left, right
    there = set(members)
    return [float(c) for c in range(categories) if float(c) not in there], right, left

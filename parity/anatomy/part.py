"""What one reader found out about the last step of a model, in terms of that step's own features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from parity.values.anatomy import Linear, Smooth, Trees

Range = tuple[float, float]


@dataclass(frozen=True)
class Part:
    """`features` counts the inputs of the step. `learned_missing` and `ranges` have one entry per feature, or none at all.

    `names` are the features' names where the model carries its own. `unread` says what was not understood.
    `coding` has, per feature or not at all, the categories whose place is the feature's number; None where it is one itself.
    `whole` are all trees of a model that stopped early and answers with the first of them.
    `knots` are places where the step jumps or bends along one feature: its index, the value, and "lt" (True) or "le".
    """

    features: int
    trees: Trees | None = None
    linear: Linear | None = None
    smooth: Smooth | None = None
    learned_missing: tuple[bool, ...] = ()
    ranges: tuple[Range | None, ...] = ()
    names: tuple[str, ...] | None = None
    knots: tuple[tuple[int, float, bool], ...] = ()
    coding: tuple[tuple[Any, ...] | None, ...] = ()
    whole: Trees | None = None
    unread: tuple[str, ...] = ()


def unread(features: int, what: str) -> Part:
    """A part of which nothing was read, and why."""
    return Part(features=features, unread=(f"{what}",))

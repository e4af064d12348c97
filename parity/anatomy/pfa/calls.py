"""How a function of PFA's library is called: with what works out the document, and its arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from parity.anatomy.pfa.features import Features
from parity.anatomy.pfa.values import Function, Value


class Run(Protocol):
    """What works out a document, as a function sees it."""

    features: Features

    def call(self, function: Function, arguments: Sequence[Value]) -> Value:
        """A function that was given as an argument, with arguments of its own."""
        ...

    def attribute(self, of: Value, key: Any) -> Value:
        """A field, an item or a map's value."""
        ...


Functions = dict[str, Callable[..., Value]]
"""By name; each takes the run first."""

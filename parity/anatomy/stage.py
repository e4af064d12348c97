"""One step in front of the model: where its outputs come from, how they move, and how errors grow in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.anatomy.part import Range
from parity.values.anatomy import Floats, Ints

ErrorRule = Callable[[Floats, Floats, Floats], Floats]
"""(inputs, their errors, outputs), each (rows, n), to errors of the outputs, all in units of u."""


@dataclass(frozen=True)
class Edge:
    """A place where a step jumps along one of its inputs: the input's index, the value there, and "lt" (strict) or "le"."""

    feature: int
    value: float
    strict: bool


@dataclass(frozen=True)
class Stage:
    """What is known of one transformer, in terms of its own inputs and outputs.

    `apply` maps its inputs (frame or array) to an array (rows, outputs) or a sparse matrix.
    `origin[j]` is the input that output j grows or falls with, -1 for none or several; `direction[j]` is +1, -1 or 0.
    `error` is None where nothing is known of its rounding. `edges` are its own jumps.
    `ranges`, `imputes`, `categories` and `words` have an entry per input where they are given; `inputs` counts them.
    `unsteady`: a power, a logarithm, a quantile of a distribution, whose last digit is another on another machine.
    """

    inputs: int
    apply: Callable[[Any], Any]
    origin: Ints
    direction: Ints
    error: ErrorRule | None
    edges: tuple[Edge, ...] = ()
    ranges: tuple[Range | None, ...] = ()
    imputes: tuple[bool, ...] = ()
    categories: tuple[tuple[Any, ...] | None, ...] = ()
    words: tuple[tuple[str, ...] | None, ...] = ()
    unread: tuple[str, ...] = ()
    unsteady: bool = False


def one_to_one(inputs: int, apply: Callable[[Any], Any], direction: npt.NDArray[Any], error: ErrorRule | None) -> Stage:
    """A stage whose output j depends on input j alone. Where the direction is 0 there is no origin."""
    signs = np.asarray(direction, dtype=np.int32)
    origin = np.where(signs == 0, -1, np.arange(inputs)).astype(np.int32)
    return Stage(inputs, apply, origin, signs, error)


def opaque(inputs: int, outputs: int, apply: Callable[[Any], Any], error: ErrorRule | None = None, note: str = "") -> Stage:
    """A stage whose outputs follow from no single input, as far as is known."""
    nowhere = np.full(outputs, -1, np.int32)
    stage = Stage(inputs, apply, nowhere, np.zeros(outputs, np.int32), error)
    return replace(stage, unread=(note,)) if note else stage


def exact(_inputs: Floats, _errors: Floats, outputs: Floats) -> Floats:
    """Outputs are choices, not sums: nothing is rounded, and where nothing jumps nothing moves."""
    return np.zeros_like(outputs)


def unchanged(_inputs: Floats, errors: Floats, _outputs: Floats) -> Floats:
    """Outputs are the inputs."""
    return errors


def affine(shift: Floats, scale: Floats) -> ErrorRule:
    """z = (x - shift) * scale, with the constants rounded too: (dx + |shift|) |scale| + 3 |z|.

    The subtraction cancels, so the roundings of x and of the shift are magnified by the scale; the scale itself, its product
    and the difference round once each (facts/numerics.md A2).
    """
    moved, stretch = np.abs(shift), np.abs(scale)

    def error(_inputs: Floats, errors: Floats, outputs: Floats) -> Floats:
        return np.asarray((errors + moved) * stretch + 3.0 * np.abs(outputs))

    return error


def dense(result: Any) -> Floats:
    """A transformer's result, sparse or frame or array, as a float64 matrix."""
    if hasattr(result, "toarray"):
        result = result.toarray()
    return np.asarray(result, dtype=np.float64)

"""What a side says of itself before it scores: inputs and outputs with their types, shapes and kinds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OutputKind(StrEnum):
    """What an output means. Declared by a method or an artifact, never guessed from values."""

    PROBABILITY = "probability"
    LABEL = "label"
    VALUE = "value"
    MARGIN = "margin"
    LEAF = "leaf"
    EMBEDDING = "embedding"


@dataclass(frozen=True)
class InputSpec:
    """One input of a side. `type` is a ColumnType's value or "any"; `width` counts columns (None: any number).

    `shape` is that of one row where the input takes tensors (None in it: any length), () for one value a row, and None where
    the engine takes single values only. Columns of single values may feed a tensor too: `width` of them, in C order.
    """

    name: str
    type: str
    width: int | None = 1
    categories: tuple[str, ...] | None = None
    shape: tuple[int | None, ...] | None = None


@dataclass(frozen=True)
class OutputSpec:
    """One output. `kind` is None where the side does not declare it; `classes` in column order where it names them.

    `type` is the numeric type in which the side computed it: "float32", "float64", "int64", "string", "bool".
    `width` counts the columns of the output; None where the side cannot tell before it scores.
    """

    name: str
    type: str
    kind: OutputKind | None = None
    width: int | None = None
    classes: tuple[str | int | float | bool, ...] | None = None


@dataclass(frozen=True)
class Signature:
    """Inputs and outputs as the side itself reads them, and `facts` worth printing (versions, modes, licences)."""

    inputs: tuple[InputSpec, ...]
    outputs: tuple[OutputSpec, ...]
    facts: tuple[tuple[str, str], ...] = ()

"""How the two sides of a finding were put together: what is needed, beside the row, to write the call of the runtime down."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from parity.compare.matching import Pair
from parity.jvm.columns import crossing_type, type_name
from parity.numeric.tensors import shape_of
from parity.runtimes.codes import Codes, encoded
from parity.runtimes.repro import Cell, Fed
from parity.values.columns import ColumnType
from parity.values.signature import InputSpec, OutputKind


@dataclass(frozen=True)
class Wiring:
    """`inputs`: each input of the artifact with the columns that feed it, in order; `pairs`: the outputs that were compared.

    `codes`: the columns of text that go to the runtime as codes.
    """

    inputs: tuple[tuple[InputSpec, tuple[str, ...]], ...]
    pairs: tuple[Pair, ...]
    codes: Codes = field(default_factory=dict)


def pair_of(wiring: Wiring, output: str) -> Pair:
    """The pair of a finding's output; where it names none (a refusal), the first numeric one."""
    named = [pair for pair in wiring.pairs if pair.name == output]
    return (named or sorted(wiring.pairs, key=lambda pair: pair.kind == OutputKind.LABEL))[0]


def fed_of(wiring: Wiring, row: pa.RecordBatch) -> tuple[Fed, ...] | None:
    """The row's cells by input; a column that a malformed call lacks feeds nothing.

    None where a column does not cross, or holds a tensor, which would be a literal of thousands of values.
    """
    cells = cells_of(encoded(row, wiring.codes))
    if cells is None:
        return None
    return tuple(Fed(spec, tuple(cells[name] for name in names if name in cells)) for spec, names in wiring.inputs)


def cells_of(row: pa.RecordBatch) -> dict[str, Cell] | None:
    """The cells of a batch of one row, by column, in the types in which they cross; None where one has no such type
    or is a tensor."""
    cells = {}
    for given, column in zip(row.schema, row.columns, strict=True):
        crossed = crossing_type(given.type)
        if crossed is None or shape_of(given.type):
            return None
        cells[given.name] = Cell(given.name, ColumnType(type_name(crossed)), column[0].as_py())
    return cells

"""Text for an engine that takes numbers: a category goes as its place in the model's list, as a Java caller sends it.

Libraries of boosted trees do this to a pandas frame in Python, by name and unasked; in Java nobody does it for the caller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from parity.numeric.kinds import is_text
from parity.runtimes.session import Session
from parity.runtimes.wrapped import WrappedSession
from parity.values.columns import Column, ColumnType
from parity.values.signature import Signature

Codes = Mapping[str, tuple[str, ...]]


def codes_of(
    columns: Sequence[Column], coding: Sequence[tuple[Any, ...] | None], inputs: Mapping[str, Sequence[str]], signature: Signature
) -> dict[str, tuple[str, ...]]:
    """The text columns whose categories a model keeps (`coding`, by column), of those that feed inputs of numbers."""
    takes = {name: spec.type for spec in signature.inputs for name in inputs.get(spec.name, ())}
    return {
        column.name: tuple(known)
        for column, known in zip(columns, coding, strict=False)
        if column.type == ColumnType.STRING and known and takes.get(column.name, "string") != "string"
        if all(isinstance(category, str) for category in known)
    }


def encoded(batch: pa.RecordBatch, codes: Codes) -> pa.RecordBatch:
    """The batch with float32 codes for the text of the columns in `codes`; null for what is missing or in no list."""
    columns, fields = list(batch.columns), list(batch.schema)
    for i, given in enumerate(batch.schema):
        if given.name in codes and is_text(given.type):
            places = pc.index_in(columns[i], value_set=pa.array(codes[given.name], given.type), skip_nulls=True)
            columns[i], fields[i] = places.cast(pa.float32()), pa.field(given.name, pa.float32())
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields))


def told(codes: Codes) -> tuple[str, ...]:
    """A note for the report on each column that is sent as codes."""
    return tuple(f"{name} goes to the runtime as codes, {_listed(c)}; any other text as missing" for name, c in codes.items())


def _listed(known: Sequence[str]) -> str:
    shown = ", ".join(f"{category}={i}" for i, category in enumerate(known[:6]))
    return shown + (f", … {known[-1]}={len(known) - 1}" if len(known) > 6 else "")


@dataclass(frozen=True)
class Coded(WrappedSession):
    """A session that is fed with codes."""

    codes: Codes = field(default_factory=dict)


def coded(session: Session, codes: Codes) -> Coded:
    """The session, fed with these codes."""
    return Coded(session, partial(encoded, codes=codes), codes=codes)

"""What a reference is made from, beside the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from parity.numeric.kinds import is_text
from parity.values.case import Case


@dataclass(frozen=True)
class Context:
    """The case, its sample (None without one), whether the model is ours to change, and facts met while loading."""

    case: Case
    sample: pa.RecordBatch | None = None
    owned: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)


def sample_categories(context: Context) -> dict[str, tuple[Any, ...]]:
    """Categories of the sample's dictionary columns, which were pandas categoricals."""
    if context.sample is None:
        return {}
    fields = zip(context.sample.schema.names, context.sample.columns, strict=True)
    return {name: tuple(column.dictionary.to_pylist()) for name, column in fields if pa.types.is_dictionary(column.type)}


def categories_of(
    names: Sequence[str] | None, shown: Mapping[str, tuple[Any, ...]], learned: Mapping[str, tuple[Any, ...]]
) -> dict[str, tuple[Any, ...]]:
    """Categories by column of a model fitted on a frame: what it learned, else what the sample shows; () where neither says."""
    known = {name: learned.get(name) or shown.get(name, ()) for name in {**shown, **learned}}
    return {name: known[name] for name in names or () if name in known}


def sample_names(context: Context) -> list[str]:
    return [] if context.sample is None else list(context.sample.schema.names)


def text_like(context: Context) -> set[str]:
    """Columns of the sample that hold text or were categoricals."""
    if context.sample is None:
        return set()
    return {f.name for f in context.sample.schema if is_text(f.type) or pa.types.is_dictionary(f.type)}


def without_spaces(names: tuple[str, ...], context: Context) -> tuple[str, ...]:
    """LightGBM stores "my col" as "my_col": the sample's own spelling, where it has one."""
    known = sample_names(context)
    spelled = {name.replace(" ", "_"): name for name in known if " " in name}
    return tuple(name if name in known else spelled.get(name, name) for name in names)

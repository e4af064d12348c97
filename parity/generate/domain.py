"""Which inputs are valid: what the user declared, else what the sample shows, else what the model shows (DESIGN section 5)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parity.anatomy.floats import up32
from parity.errors import ConfigurationError, DataError
from parity.generate.batches import FLOATS, INTEGERS, numbers, type_of
from parity.generate.valid import is_tiny
from parity.numeric.tensors import flat, matrix, shape_of
from parity.values.anatomy import Anatomy
from parity.values.case import Case, ColumnRule
from parity.values.columns import Column, ColumnType, Schema
from parity.values.signature import InputSpec

Interval = tuple[float | None, float | None]
"""Both ends valid; None where there is no end."""

# Fewer values than this do not show that a float column holds whole numbers only.
ENOUGH_WHOLE = 10
# Text with more distinct values than this, and in more than half of its rows another one, is free text and no category.
MOST_CATEGORIES = 200


def schema_of(
    case: Case,
    names: Sequence[str],
    sample: pa.RecordBatch | None,
    reference: Anatomy,
    inputs: Mapping[str, InputSpec] | None = None,
    intervals: Mapping[str, Interval] | None = None,
) -> Schema:
    """The columns `names`, in that order, and what is valid in each. `inputs`: what a side says of the columns that are inputs
    of its own, for where there is no sample. `intervals`: least and largest number that an artifact declares valid.

    DataError where the sample lacks a column or has one of a type that cannot cross; ConfigurationError where the case
    declares something for a column that the model does not have.
    """
    unknown = [n for n in case.columns if n not in names]
    if unknown:
        raise ConfigurationError(
            f"{case.name}: [case.columns.{unknown[0]}] names no column of the model. It has: {', '.join(names)}. "
            "Correct the name, or remove the table."
        )
    specs, spans = inputs or {}, intervals or {}
    return Schema(
        tuple(_column(case, i, name, sample, reference, specs.get(name), spans.get(name)) for i, name in enumerate(names))
    )


def _column(
    case: Case,
    index: int,
    name: str,
    sample: pa.RecordBatch | None,
    reference: Anatomy,
    spec: InputSpec | None,
    span: Interval | None,
) -> Column:
    learned = reference.categories[index] if index < len(reference.categories) else None
    vectorised = index < len(reference.vocabulary) and reference.vocabulary[index] is not None
    if sample is None:
        shown = _from_input(_from_model(name, index, learned, reference), spec)
    elif name not in sample.schema.names:
        raise DataError(
            f"{case.name}: the sample data has no column {name!r}; it has {', '.join(sample.schema.names)}. "
            "Add the column, or give other data."
        )
    else:
        shown = _from_sample(name, sample.column(sample.schema.get_field_index(name)), learned)
        if index < len(reference.imputed) and reference.imputed[index]:  # nobody imputes what is never missing
            shown = replace(shown, missing=True)
        if shown.source == "nothing":
            shown = replace(_from_model(name, index, learned, reference), type=shown.type, missing=shown.missing)
    if vectorised:  # texts, of which a sample shows some: no list of categories
        shown = replace(shown, type=ColumnType.STRING, categories=None, minimum=None, maximum=None)
    shown = shown if span is None else _widened(shown, span)
    declared = _declared(shown, case.columns.get(name))
    if declared is not shown:
        _drawable(case, declared)
    return declared


def _widened(shown: Column, span: Interval) -> Column:
    """With what an artifact declares valid beside what is shown: neither hides that the other side refuses it."""
    if shown.categories is not None or shown.type not in (*FLOATS, *INTEGERS):
        return shown
    low, high = span
    if shown.type in INTEGERS:
        low, high = (None if low is None else math.ceil(low)), (None if high is None else math.floor(high))
    low = shown.minimum if low is None else low if shown.minimum is None else min(low, shown.minimum)
    high = shown.maximum if high is None else high if shown.maximum is None else max(high, shown.maximum)
    if (low, high) == (shown.minimum, shown.maximum):
        return shown
    return replace(shown, minimum=low, maximum=high, source="declared")


def _drawable(case: Case, column: Column) -> None:
    """ConfigurationError where the declared ends hold no number of the column's kind: nothing could be drawn."""
    low, high = column.minimum, column.maximum
    if low is None or high is None or column.categories is not None or column.type in (ColumnType.STRING, ColumnType.BOOL):
        return
    whole = column.whole or column.type in INTEGERS
    if whole and math.isfinite(low) and math.isfinite(high):
        empty, kind = math.ceil(low) > math.floor(high), "whole number, as the sample has them"
    else:
        single = column.type == ColumnType.FLOAT32
        empty = single and float(up32(np.array([low]))[0]) > high
        kind = "float32 number, as the sample has them" if single else "number"
    if low > high or empty:
        raise ConfigurationError(
            f"{case.name}: [case.columns.{column.name}] leaves nothing to draw: there is no {kind}, between {low!r} and {high!r} "
            "(what is not declared is what the sample shows). Widen min or max."
        )


def _declared(shown: Column, rule: ColumnRule | None) -> Column:
    """Declared keys win, each for itself."""
    if rule is None:
        return shown
    given = {k: getattr(rule, k) for k in ("minimum", "maximum", "missing", "nan", "categories", "unseen")}
    given = {k: v for k, v in given.items() if v is not None}
    if not given:
        return shown
    kind = shown.type
    if shown.source != "sample" and any(isinstance(c, str) for c in given.get("categories", ())):
        kind = ColumnType.STRING
    ends = np.array([e for e in (given.get("minimum"), given.get("maximum")) if e is not None], dtype=np.float64)
    return replace(shown, **given, type=kind, tiny=shown.tiny or bool(is_tiny(ends).any()), source="declared")


def _from_input(shown: Column, spec: InputSpec | None) -> Column:
    """A network's input tells its own type, and its shape where every length of it is fixed."""
    if spec is None or spec.shape is None or shown.source != "nothing" or None in spec.shape:
        return shown
    return replace(shown, type=ColumnType(spec.type), shape=tuple(length for length in spec.shape if length is not None))


def _from_sample(name: str, values: pa.Array, learned: tuple[Any, ...] | None) -> Column:
    kind = type_of(values.type)
    missing = values.null_count > 0
    if shape_of(values.type):
        return _tensors(name, kind, values.drop_null(), missing)
    if values.null_count == len(values):
        return Column(name, kind, missing=missing)
    if kind == ColumnType.STRING:
        return Column(name, kind, categories=_text_categories(values), missing=missing, source="sample")
    if kind == ColumnType.BOOL:
        return Column(name, kind, missing=missing, source="sample")
    seen = numbers(values)
    seen = seen[~np.isnan(seen)]
    if not len(seen):
        return Column(name, kind, missing=missing)
    low, high = _extremes(values, kind, seen)
    whole = kind in FLOATS and len(seen) >= ENOUGH_WHOLE and bool(np.all(seen == np.floor(seen)))
    listed = tuple(np.unique(seen.astype(np.int64)).tolist()) if learned is not None and kind in INTEGERS else None
    tiny = kind in FLOATS and bool(is_tiny(seen).any())
    return Column(name, kind, low, high, categories=listed, missing=missing, whole=whole, tiny=tiny, source="sample")


def _tensors(name: str, kind: ColumnType, values: pa.Array, missing: bool) -> Column:
    """What the values of all tensors show; NaN is a value of a tensor, as a tensor is missing as a whole or not at all."""
    shown = _from_sample(name, flat(values), None)
    nan = kind in FLOATS and bool(np.isnan(matrix(values)).any())
    return replace(shown, shape=shape_of(values.type), missing=missing, nan=nan)


def _extremes(values: pa.Array, kind: ColumnType, seen: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Least and largest value; of integers as integers, which a float may not hold."""
    if kind in INTEGERS:
        found = pc.min_max(values).as_py()
        return found["min"], found["max"]
    return float(seen.min()), float(seen.max())


def _text_categories(values: pa.Array) -> tuple[str, ...] | None:
    text = values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
    distinct = sorted(v for v in text.unique().to_pylist() if v is not None)
    free = len(distinct) > MOST_CATEGORIES and 2 * len(distinct) > len(values) - values.null_count
    return None if free else tuple(distinct)


def _from_model(name: str, index: int, learned: tuple[Any, ...] | None, reference: Anatomy) -> Column:
    missing = reference.learned_missing[index] if index < len(reference.learned_missing) else False
    if learned is not None:
        return _learned_categories(name, learned, missing)
    span = reference.ranges[index] if index < len(reference.ranges) else None
    if span is None:
        return Column(name, ColumnType.FLOAT64, missing=missing)
    return Column(name, ColumnType.FLOAT64, span[0], span[1], missing=missing, source="model")


def _learned_categories(name: str, learned: tuple[Any, ...], missing: bool) -> Column:
    known = tuple(c for c in learned if c is not None and c == c)
    if all(isinstance(c, str) for c in known):
        return Column(name, ColumnType.STRING, categories=known, missing=missing, source="model")
    if all(isinstance(c, bool) for c in known):
        return Column(name, ColumnType.BOOL, missing=missing, source="model")
    kind = ColumnType.INT64 if all(isinstance(c, int) for c in known) else ColumnType.FLOAT64
    return Column(name, kind, min(known), max(known), categories=known, missing=missing, source="model")

"""A side's trees in the user's columns: what to ask the steps in front of them, and which numbers a column may hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from parity.anatomy.carry import Feed
from parity.anatomy.floats import after32, down32
from parity.anatomy.splits import Splits, splits_of
from parity.generate.batches import INTEGERS, record, to_array
from parity.generate.boxes import Forest, forest_of
from parity.generate.edges import grid_of, last_whole
from parity.generate.features import given_to
from parity.generate.subject import Subject
from parity.generate.typical import finite_range, typical_row
from parity.values.anatomy import Anatomy, Floats
from parity.values.columns import Column, ColumnType


def _feed(subject: Subject, anatomy: Anatomy, within: bool) -> Feed:
    """Numbers to a side's input in the schema's types; NaN, and text columns, become the typical row's value.

    `within`: numbers beyond a column's valid range become its nearest end, for steps that refuse others.
    """
    typical = typical_row(subject.schema, subject.sample, subject.reference)
    ranges = subject.reference.ranges
    spans = [finite_range(c, ranges[i] if i < len(ranges) else None) for i, c in enumerate(subject.schema.columns)]
    low, high = np.array(spans).T if within and spans else (-np.inf, np.inf)

    def feed(matrix: Floats) -> Any:
        matrix = np.clip(matrix, low, high)
        arrays = [_fed(c, matrix[:, i], typical.column(i)) for i, c in enumerate(subject.schema.columns)]
        return given_to(subject, anatomy, record(subject.schema.columns, arrays))

    return feed


def _fed(column: Column, values: Floats, typical: pa.Array) -> pa.Array:
    usual = typical[0].as_py()
    if column.type == ColumnType.STRING:
        return pa.array([usual] * len(values), pa.string())
    filled = np.where(np.isnan(values), np.nan if usual is None else float(usual), values)
    if column.type in INTEGERS:
        limits = np.iinfo(np.int32 if column.type == ColumnType.INT32 else np.int64)
        filled = np.clip(np.floor(filled), float(limits.min), float(limits.max) - (column.type == ColumnType.INT64) * 1024.0)
    if column.type == ColumnType.BOOL:
        filled = (filled > 0.5).astype(np.float64)
    return to_array(column, filled, np.isnan(filled))


def side_forest(subject: Subject, anatomy: Anatomy) -> tuple[Forest | None, str]:
    """A side's trees in the user's columns, and what could not be found of them, in words.

    Splits are bisected between the ends of float32; where a step refuses such numbers, within the valid ranges.
    """
    if anatomy.trees is None:
        return None, ""
    refused = ""
    for within in (False, True):
        try:
            splits = splits_of(anatomy, _feed(subject, anatomy, within))
        except Exception as error:  # noqa: BLE001 - the user's own steps are called, and may refuse extreme numbers in any way
            refused = f"{type(error).__name__}: {str(error)[:120]}"
            continue
        assert splits is not None  # there are trees
        lost = _lost(anatomy, splits) if refused else 0
        note = f"{lost:,} splits lie where a step refuses to be asked ({refused}): no row is made for them" if lost else ""
        grid = _on_grid(splits, subject.schema.columns, anatomy.trees.precision == "float32")
        return forest_of(anatomy, grid), note
    count = int((anatomy.trees.left >= 0).sum())
    return None, f"a step refuses to be asked where its {count:,} splits lie ({refused}): no row is made to reach them"


def _lost(anatomy: Anatomy, splits: Splits) -> int:
    """Splits on a feature that follows one column, and that were not found along it."""
    trees, prefix = anatomy.trees, anatomy.prefix
    assert trees is not None
    inner = trees.left >= 0
    return (
        0
        if prefix is None
        else int((inner & (prefix.origin[np.where(inner, trees.feature, 0)] >= 0) & (splits.column < 0)).sum())
    )


def _on_grid(splits: Splits, columns: Sequence[Column], compared_coarsely: bool) -> Splits:
    """Sides of each split in numbers that its column may hold."""
    grids = np.array([grid_of(c) for c in columns] + ["text"])[splits.column]
    whole, coarse = grids == "whole", grids == "float32"
    last = last_whole(splits.threshold, splits.strict, splits.exact & compared_coarsely)
    upper = np.where(whole, last, np.where(coarse, down32(splits.upper), splits.upper))
    lower = np.where(whole, upper + 1.0, np.where(coarse, after32(upper), splits.lower))
    return replace(splits, upper=upper, lower=lower, column=np.where(grids == "text", -1, splits.column).astype(np.int32))

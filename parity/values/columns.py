"""What is known of the columns that a user feeds to the model."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ColumnType(StrEnum):
    """The types that cross to the JVM as they are; everything else is widened to one of them, never narrowed."""

    FLOAT32 = "float32"
    FLOAT64 = "float64"
    INT32 = "int32"
    INT64 = "int64"
    BOOL = "bool"
    STRING = "string"


@dataclass(frozen=True)
class Column:
    """One input column and which of its values are valid.

    `minimum` and `maximum` are inclusive and None where unbounded or unknown (text).
    `categories` lists the known values of a text or categorical column; `unseen` says whether others are valid too.
    `missing` (null) and `nan` are two different things. `whole` says that a float column holds whole numbers only.
    `tiny` says that numbers beside 0 are valid too, those up to 1e-35 in size, which a library may read as 0.
    `source` says where the rule comes from: "declared", "sample", "model" or "nothing".
    `shape` is () for a single value a row; else each cell is one tensor of that shape, missing as a whole or not at all,
    and what is valid is valid of each of its values.
    """

    name: str
    type: ColumnType
    minimum: float | None = None
    maximum: float | None = None
    categories: tuple[str | int, ...] | None = None
    unseen: bool = False
    missing: bool = False
    nan: bool = False
    whole: bool = False
    tiny: bool = False
    source: str = "nothing"
    shape: tuple[int, ...] = ()


@dataclass(frozen=True)
class Schema:
    """The columns in the order in which the reference was fitted."""

    columns: tuple[Column, ...]

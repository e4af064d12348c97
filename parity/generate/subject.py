"""What rows are generated for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from parity.values.anatomy import Anatomy
from parity.values.columns import Schema


@dataclass(frozen=True)
class Subject:
    """A case with its columns, its sample (None: there is none), and what was read of both sides.

    `to_model_input` turns a batch into the frame or array that the reference takes.
    """

    case_name: str
    schema: Schema
    sample: pa.RecordBatch | None
    reference: Anatomy
    artifact: Anatomy
    to_model_input: Callable[[pa.RecordBatch], Any]

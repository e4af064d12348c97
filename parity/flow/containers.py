"""The reference asked with its rows in a sparse matrix: with zeros stored, and with zeros left out.

Both say the same as the array does, and a model may still answer otherwise: XGBoost reads a cell that is not stored as missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parity.flow.ways import Way, elsewhere
from parity.generate.valid import valid_values
from parity.references.describe import library, steps
from parity.references.foreign import Failure, attempt
from parity.references.reference import ModelReference, Reference
from parity.values.columns import ColumnType, Schema
from parity.values.outcome import Refusal

STORED, LEFT_OUT = "sparse-stored-zeros", "sparse-absent-zeros"
SPARSE = (STORED, LEFT_OUT)
"""The ways of asking, and the classes of input of their findings."""

_LIBRARIES = ("sklearn", "xgboost", "lightgbm")


def sparse_ways(reference: Reference, schema: Schema, row: pa.RecordBatch) -> tuple[Way, ...]:
    """Both ways, for a reference that was fitted on an array or a sparse matrix of numbers and says that it takes either.

    One that refuses `row` in a sparse matrix does not take it after all (an SVM that was fitted on an array).
    """
    if not isinstance(reference, ModelReference) or not _takes_sparse(reference):
        return ()
    if any(c.type == ColumnType.STRING or c.shape for c in schema.columns):
        return ()
    forms = ((STORED, _stored), (LEFT_OUT, _left_out))
    asked = [(name, replace(reference, convert=_into(reference.convert, form)).score) for name, form in forms]
    return tuple(elsewhere(name, score) for name, score in asked if not isinstance(score(row), Refusal))


def fitted_on_sparse(model: Any) -> bool:
    """Does the model show that it was fitted on a sparse matrix? Then such rows are what it is used on."""
    last = steps(model)[-1]
    return bool(getattr(last, "_sparse", False)) or hasattr(getattr(last, "_fit_X", None), "toarray")


def with_zeros(schema: Schema, batch: pa.RecordBatch) -> pa.RecordBatch:
    """The rows with 0 in about half of the cells, where 0 is valid."""
    rng, arrays = np.random.default_rng(batch.num_rows), []
    for column, values in zip(schema.columns, batch.columns, strict=True):
        nought = pa.array([0], values.type)
        chosen = rng.random(batch.num_rows) < 0.5
        fits = valid_values(column, nought)[0]
        arrays.append(pc.if_else(pa.array(chosen), nought[0], values) if fits else values)
    return pa.RecordBatch.from_arrays(arrays, schema=batch.schema)


def _takes_sparse(reference: ModelReference) -> bool:
    if reference.columns is not None or library(reference.model) not in _LIBRARIES:
        return False
    from sklearn.utils import get_tags

    takes = attempt(lambda: get_tags(reference.model).input_tags.sparse)
    return not isinstance(takes, Failure) and bool(takes)


def _into(convert: Callable[[pa.RecordBatch], Any], form: Callable[[Any], Any]) -> Callable[[pa.RecordBatch], Any]:
    return lambda batch: form(convert(batch))


def _left_out(dense: Any) -> Any:
    from scipy.sparse import csr_matrix

    return csr_matrix(dense)


def _stored(dense: Any) -> Any:
    from scipy.sparse import csr_matrix

    rows, width = dense.shape
    places = np.tile(np.arange(width, dtype=np.int32), rows)
    return csr_matrix((dense.ravel(), places, np.arange(0, rows * width + 1, width, dtype=np.int32)), shape=dense.shape)

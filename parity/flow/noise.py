"""The noise floor of a model whose rounding errors are not derived: measured, and said to be measured.

Both sides are asked again with every float input moved by half a float32 step. The reference is asked with every learned
constant moved by half a float32 step, which is what an export to float32 does to it: that shows a difference inside the model
that cancels (an offset, a kernel's terms), of which moving inputs says nothing. And it is asked to compute in float32, as far
as its estimators do when constants and inputs are: that shows the sums.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.compare.drift import Drift
from parity.flow.sides import Sides
from parity.numeric.tensors import cells, column_of, element_of, shape_of
from parity.numeric.ulp import UNIT_ROUNDOFF
from parity.references.reference import ModelReference
from parity.references.sklearn_ import calls
from parity.values.outcome import Outcome, Refusal

Floats = npt.NDArray[np.float64]
Scorer = Callable[[pa.RecordBatch], Outcome]

DRAWS = 4
"""Jittered copies from which the noise floor is measured."""
FACTOR = 8
"""Safety: where float32 cannot be asked for, the roundings of n partial sums are up to sqrt(n / 2) times as large as those of n
terms of both signs (a kernel of 100: 7); where it can, the largest of four draws of a Gaussian is 1 sigma, and 5 in a million
are beyond 4.6."""
STEP = UNIT_ROUNDOFF["float32"]

_DOUBLE = ("sklearn.svm", "sklearn.neighbors", "sklearn.tree", "sklearn.ensemble._hist")
"""Compiled code that takes doubles and nothing else."""

_PLACES = {"bin_edges_", "categories_", "classes_", "tree_", "X_thresholds_", "n_features_in_"}
"""Learned numbers that say where something jumps, or that are names: moving them is no rounding."""


def noise(sides: Sides, batch: pa.RecordBatch, drift: Drift) -> Floats:
    """(rows,): how far an answer moves, the largest of a few draws over both sides and over both kinds of jitter."""
    generator = np.random.default_rng(batch.num_rows)
    here = [_values(score(batch), drift, i) for i, score in enumerate(sides.scorers)]
    worst = np.zeros(batch.num_rows)
    for _ in range(DRAWS):
        moved = _jittered(batch, generator)
        for i, score in enumerate(sides.scorers):
            worst = np.maximum(worst, _apart(here[i], _values(score(moved), drift, i), batch.num_rows))
        for single in (False, True):
            other = _rounded(sides, generator, single=single)
            if other is not None:
                worst = np.maximum(worst, _apart(here[0], _values(other(batch), drift, 0), batch.num_rows))
    return worst


def _apart(a: Floats | None, b: Floats | None, rows: int) -> Floats:
    if a is None or b is None or a.shape != b.shape:
        return np.zeros(rows)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nan_to_num(np.abs(a - b).max(axis=1), nan=0.0, posinf=0.0))


def _values(outcome: Outcome, drift: Drift, side: int) -> Floats | None:
    if isinstance(outcome, Refusal):
        return None
    name = (drift.pair.reference, drift.pair.runtime)[side].name
    found = next((o for o in outcome.outputs if o.spec.name == name), None)
    return None if found is None or found.values.dtype == object else found.values.astype(np.float64)


def _jittered(batch: pa.RecordBatch, generator: np.random.Generator) -> pa.RecordBatch:
    columns = []
    for column in batch.columns:
        element = element_of(column.type)
        if pa.types.is_floating(element):
            values = cells(column)
            moved = _moved(values, generator).astype(values.dtype)
            columns.append(column_of(moved, element, shape_of(column.type), np.asarray(column.is_null())).cast(column.type))
        else:
            columns.append(column)
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _moved(values: Any, generator: np.random.Generator) -> Any:
    return values * (1 + generator.choice([-STEP, STEP], np.shape(values)))


def _rounded(sides: Sides, generator: np.random.Generator, *, single: bool) -> Scorer | None:
    """The reference with other last bits in its constants; None where it is no estimator of scikit-learn, or cannot be copied.

    `single`: constants and inputs are float32 as well, so that the estimators that compute in the type they are given do so.
    """
    reference = sides.reference
    if not isinstance(reference, ModelReference) or not type(reference.model).__module__.startswith("sklearn."):
        return None
    try:
        model = copy.deepcopy(reference.model)
    except Exception:  # noqa: BLE001  what a user's own step does when it is copied cannot be known
        return None
    _shaken(model, generator, single)
    convert = partial(_single, reference.convert) if single else reference.convert
    return replace(reference, model=model, calls=calls(model), convert=convert).score


def _single(convert: Callable[[pa.RecordBatch], Any], batch: pa.RecordBatch) -> Any:
    """The model's input with its doubles as float32."""
    given = convert(batch)
    if isinstance(given, np.ndarray):
        return given.astype(np.float32) if given.dtype == np.float64 else given
    if hasattr(given, "select_dtypes"):
        return given.astype(dict.fromkeys(given.select_dtypes(np.float64).columns, np.float32))
    return given


def _shaken(value: Any, generator: np.random.Generator, single: bool) -> Any:
    """The value with all learned floats in it moved; estimators are changed in place, whatever holds them."""
    if isinstance(value, list | tuple):
        return type(value)([_shaken(inner, generator, single) for inner in value]) if type(value) in (list, tuple) else value
    if isinstance(value, float):  # NumPy's float64 is one
        return type(value)(_moved(value, generator))
    if isinstance(value, np.ndarray):
        if value.dtype == object:
            moved = [_shaken(inner, generator, single) for inner in value.ravel()]
            value.ravel()[:] = moved
            return value
        if value.dtype.kind != "f":
            return value
        return _moved(value, generator).astype(np.float32 if single else value.dtype)
    if type(value).__module__.startswith("sklearn.") and hasattr(value, "__dict__"):
        _shake(value, generator, single)
    return value


def _shake(estimator: Any, generator: np.random.Generator, single: bool) -> None:
    """What is learned ends or begins with an underscore; parameters may hold estimators (a pipeline's steps), nothing else."""
    single = single and not type(estimator).__module__.startswith(_DOUBLE)
    for name, value in list(vars(estimator).items()):
        learned = (name.endswith("_") or name.startswith("_")) and name not in _PLACES
        if learned or isinstance(value, list | tuple) or type(value).__module__.startswith("sklearn."):
            vars(estimator)[name] = _shaken(value, generator, single)

"""The noise floor of a model whose rounding errors are not derived: measured, and said to be measured.

What a runtime rounds is its inputs, the constants of its artifact and its own operations. The reference is asked again with its
float inputs and all its learned constants moved by half a step of the runtime's type, and is asked to compute in float32, as far
as its estimators do when constants and inputs are. That samples the distribution of which a correct runtime's drift is one draw.
The runtime itself is not asked: one that is wrong may be noisy as well, and its noise must not excuse it.
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

from parity.anatomy.scikit import of_scikit_learn
from parity.compare.tolerance import NOISE_DRAWS, NOISE_FACTOR
from parity.numeric.tensors import element_of, with_cells
from parity.numeric.ulp import UNIT_ROUNDOFF
from parity.references.reference import ModelReference, Reference, giving
from parity.references.sklearn_ import calls
from parity.values.outcome import Outcome, Refusal

Floats = npt.NDArray[np.float64]
Scorer = Callable[[pa.RecordBatch], Outcome]

FIRST_DRAWS = 4
"""Draws that settle the rows that are plainly within their noise, before the rest are drawn for the others."""
PLAIN = 2.0
"""A drift of at most twice the root mean square of the first draws is settled: three times less than what is allowed."""

_DOUBLE = ("sklearn.svm", "sklearn.neighbors", "sklearn.tree", "sklearn.ensemble._hist")
"""Compiled code that takes doubles and nothing else."""

_PLACES = {"bin_edges_", "categories_", "classes_", "tree_", "X_thresholds_", "n_features_in_"}
"""Learned numbers that say where something jumps, or that are names: moving them is no rounding."""


def noise(reference: Reference, output: str, batch: pa.RecordBatch, left: Floats, steps: tuple[float, float]) -> Floats:
    """(rows,): how much of an output's drift the reference's own sensitivity explains in each row.

    `left` (rows,) is the drift that has no other explanation; `steps` are the half steps of inputs and of constants, relative.
    """
    generator = np.random.default_rng(batch.num_rows)
    reference = giving(reference, output) if isinstance(reference, ModelReference) else reference
    here = _values(reference.score(batch), output)
    if here is None:
        return np.zeros(batch.num_rows)
    squares = _squares(reference, output, batch, here, steps, generator, FIRST_DRAWS)
    found = PLAIN * np.sqrt(squares / FIRST_DRAWS)
    open_rows = np.flatnonzero(left > found)
    if len(open_rows):
        part = batch.take(pa.array(open_rows))
        more = _squares(reference, output, part, here[open_rows], steps, generator, NOISE_DRAWS - FIRST_DRAWS)
        found[open_rows] = NOISE_FACTOR * np.sqrt((squares[open_rows] + more) / NOISE_DRAWS)
    return np.asarray(found)


def _squares(
    reference: Reference,
    output: str,
    batch: pa.RecordBatch,
    here: Floats,
    steps: tuple[float, float],
    generator: np.random.Generator,
    draws: int,
) -> Floats:
    """(rows,): the squares of what the answers moved, added up over the draws."""
    total = np.zeros(batch.num_rows)
    for _ in range(draws):
        moved, score = _jittered(batch, generator, steps[0]), _rounded(reference, output, generator, steps[1])
        total += _apart(here, _values(score(moved), output)) ** 2
    return total


def _apart(a: Floats, b: Floats | None) -> Floats:
    if b is None or a.shape != b.shape:
        return np.zeros(len(a))
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nan_to_num(np.abs(a - b).max(axis=1), nan=0.0, posinf=0.0))


def _values(outcome: Outcome, name: str) -> Floats | None:
    if isinstance(outcome, Refusal):
        return None
    found = next((o for o in outcome.outputs if o.spec.name == name), None)
    return None if found is None or found.values.dtype == object else found.values.astype(np.float64)


def _jittered(batch: pa.RecordBatch, generator: np.random.Generator, step: float) -> pa.RecordBatch:
    columns = []
    for column in batch.columns:
        floating = pa.types.is_floating(element_of(column.type))
        columns.append(with_cells(column, lambda values: _moved(values, generator, step)) if floating else column)
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _moved(values: Any, generator: np.random.Generator, step: float) -> Any:
    return values * (1 + generator.choice([-step, step], np.shape(values)))


def _rounded(reference: Reference, output: str, generator: np.random.Generator, step: float) -> Scorer:
    """The reference with other last bits in its constants; itself where it is no estimator of scikit-learn, or cannot be copied.

    Of a step of float32, constants and inputs are float32 as well, so that the estimators that compute in the type that they are
    given do so.
    """
    if not isinstance(reference, ModelReference) or not of_scikit_learn(reference.model):
        return reference.score
    try:
        model = copy.deepcopy(reference.model)
    except Exception:  # noqa: BLE001  what a user's own step does when it is copied cannot be known
        return reference.score
    single = step >= UNIT_ROUNDOFF["float32"]
    _shaken(model, generator, step, single=single)
    convert = partial(_single, reference.convert) if single else reference.convert
    return giving(replace(reference, model=model, calls=calls(model), convert=convert), output).score


def _single(convert: Callable[[pa.RecordBatch], Any], batch: pa.RecordBatch) -> Any:
    """The model's input with its doubles as float32."""
    given = convert(batch)
    if isinstance(given, np.ndarray):
        return given.astype(np.float32) if given.dtype == np.float64 else given
    if hasattr(given, "select_dtypes"):
        return given.astype(dict.fromkeys(given.select_dtypes(np.float64).columns, np.float32))
    return given


def _shaken(value: Any, generator: np.random.Generator, step: float, *, single: bool) -> Any:
    """The value with all learned floats in it moved; estimators are changed in place, whatever holds them."""
    if isinstance(value, list | tuple):
        if type(value) not in (list, tuple):
            return value
        return type(value)([_shaken(inner, generator, step, single=single) for inner in value])
    if isinstance(value, float):  # NumPy's float64 is one
        return type(value)(_moved(value, generator, step))
    if isinstance(value, np.ndarray):
        if value.dtype == object:
            value.ravel()[:] = [_shaken(inner, generator, step, single=single) for inner in value.ravel()]
            return value
        if value.dtype.kind != "f":
            return value
        return _moved(value, generator, step).astype(np.float32 if single else value.dtype)
    if of_scikit_learn(value) and hasattr(value, "__dict__"):
        _shake(value, generator, step, single=single)
    return value


def _shake(estimator: Any, generator: np.random.Generator, step: float, *, single: bool) -> None:
    """What is learned ends or begins with an underscore; parameters may hold estimators (a pipeline's steps), nothing else."""
    single = single and not type(estimator).__module__.startswith(_DOUBLE)
    for name, value in list(vars(estimator).items()):
        learned = (name.endswith("_") or name.startswith("_")) and name not in _PLACES
        if learned or isinstance(value, list | tuple) or of_scikit_learn(value):
            vars(estimator)[name] = _shaken(value, generator, step, single=single)

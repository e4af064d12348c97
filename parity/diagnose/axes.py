"""Tensors laid out in another order than the model was trained with: axes exchanged, or one of them run through backwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import permutations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.diagnose.columns import told_apart
from parity.diagnose.evidence import Evidence, Floats, Hypothesis
from parity.numeric.tensors import shape_of, with_cells

ROWS = 12
"""Rows on which every order is tried first."""
MOST_AXES = 4

Array = npt.NDArray[np.generic]


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """For each tensor column, orders with which the reference answers the first rows as the runtime does."""
    few = evidence.drifting.slice(0, ROWS)
    if few.num_rows < 2 or not told_apart(evidence):
        return
    target = evidence.ask_runtime(few)
    bound = 2 * evidence.bound(np.nan_to_num(target), few)
    for column in few.schema.names:
        shape = shape_of(few.schema.field(column).type)
        for name, told, change in _orders(shape) if 1 <= len(shape) <= MOST_AXES else ():

            def predict(batch: pa.RecordBatch, column: str = column, change: Callable[[Array], Array] = change) -> Floats:
                return evidence.ask_reference(changed(batch, column, change))

            answers = predict(few)
            with np.errstate(invalid="ignore"):
                near = answers.shape == target.shape and bool((np.abs(answers - target).max(axis=1) <= bound).all())
            if near:
                text = f"the reference, given {column} with {told}, answers what the runtime answers"
                yield Hypothesis(name, predict, evidence.ask_runtime, text)


def _orders(shape: tuple[int, ...]) -> Iterator[tuple[str, str, Callable[[Array], Array]]]:
    """A cause, its words, and the order as a function of (rows, *shape). Axes are counted from 0, the rows' not among them.

    After an exchange of axes the values are taken for a tensor of the shape that is declared, as an engine takes a buffer.
    """
    axes = range(len(shape))
    for order in list(permutations(axes))[1:]:
        moved = (0, *(axis + 1 for axis in order))
        told = f"its values in the order of axes {', '.join(map(str, order))}"
        yield "axes-permuted", told, partial(_permuted, moved)
    for axis in axes:
        told = f"axis {axis} of {len(shape)} from its end to its start"
        yield "axis-reversed", told, partial(np.flip, axis=axis + 1)


def _permuted(order: tuple[int, ...], values: Array) -> Array:
    return values.transpose(order).reshape(values.shape)


def changed(batch: pa.RecordBatch, name: str, change: Callable[[Array], Array]) -> pa.RecordBatch:
    """The batch with the values of a tensor column in another order; a missing cell stays missing."""
    place = batch.schema.get_field_index(name)
    return batch.set_column(place, batch.schema.field(place), with_cells(batch.column(place), change))

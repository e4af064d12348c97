"""Whole tensors: noise, one value throughout, one place that stands out, a patch, smooth slopes.

Each value of noise drawn for itself leaves a network's pooled or averaged middle nearly the same in every row; these kinds reach
the rest of its range.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Draw = Callable[[int], Array]

KINDS = 5


def tensors(shape: Sequence[int], rows: int, rng: np.random.Generator, draw: Draw) -> Array:
    """(rows, *shape) of values that `draw(count)` gives, each kind in about as many rows as every other."""
    size = math.prod(shape)
    kind = rng.integers(0, KINDS, rows)
    ground = draw(rows)
    found = np.repeat(ground[:, None], size, axis=1)  # one value throughout
    noisy = np.flatnonzero(kind == 0)
    found[noisy] = draw(len(noisy) * size).reshape(len(noisy), size)
    single = np.flatnonzero(kind == 1)
    found[single, rng.integers(0, size, len(single))] = draw(len(single))
    found = found.reshape(rows, *shape)
    for row in np.flatnonzero(kind == 2):
        _patch(found[row], rng, draw)
    slopes = np.flatnonzero(kind == 3)
    found[slopes] = _sorted_along(found[slopes].shape, slopes, rng, draw)
    return found


def _patch(tensor: Array, rng: np.random.Generator, draw: Draw) -> None:
    """A block of another value, anywhere and of any size."""
    ends = [np.sort(rng.integers(0, length, 2)) for length in tensor.shape]
    tensor[tuple(slice(low, high + 1) for low, high in ends)] = draw(1)[0]


def _sorted_along(shape: Sequence[int], rows: Array, rng: np.random.Generator, draw: Draw) -> Array:
    """Values that grow along the first axis and are the same along the others: drawn, so that they stay on the column's grid."""
    drawn = draw(len(rows) * shape[1]).reshape(len(rows), shape[1])
    order = np.sort(drawn, axis=1) if drawn.dtype != object else drawn
    down = rng.random(len(rows)) < 0.5
    order[down] = order[down, ::-1]
    return np.broadcast_to(order.reshape(*order.shape, *[1] * (len(shape) - 2)), shape)

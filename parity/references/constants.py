"""The learned numbers of a network, to be moved for a question and put back: Keras models, SavedModels, PyTorch modules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.references.describe import attribute, is_of

Array = npt.NDArray[Any]


@contextmanager
def changed(model: Any, change: Callable[[Array], Array]) -> Iterator[int]:
    """All float constants replaced by `change` of them, in the model itself; as they were again at the end. Gives their count."""
    constants = [(constant, np.array(_read(constant))) for constant in _constants(model)]
    floats = [(constant, values) for constant, values in constants if values.dtype.kind == "f"]
    try:
        for constant, values in floats:
            _write(constant, change(values).astype(values.dtype))
        yield len(floats)
    finally:
        for constant, values in floats:
            _write(constant, values)


def has_constants(model: Any) -> bool:
    return bool(_constants(model))


def _constants(model: Any) -> list[Any]:
    if is_of(model, "torch", "Module"):
        return [*model.parameters(), *model.buffers()]
    if is_of(model, "keras", "Model"):
        return list(model.weights)
    return list(attribute(model, "variables") or []) if type(model).__module__.startswith("tensorflow.") else []


def _read(constant: Any) -> Any:
    return constant.detach().cpu().numpy() if hasattr(constant, "detach") else constant.numpy()


def _write(constant: Any, values: Array) -> None:
    if not hasattr(constant, "detach"):
        constant.assign(values)
        return
    import torch

    with torch.no_grad():
        constant.copy_(torch.from_numpy(values))

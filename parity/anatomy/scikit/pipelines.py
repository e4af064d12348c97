"""scikit-learn pipelines: the steps in front of the model as a `Prefix`, and what they know of the user's columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.anatomy import flow as flows
from parity.anatomy.flow import Beside, Chain, Flow, Jumps
from parity.anatomy.part import Range
from parity.anatomy.scikit.transformers import stage_of
from parity.anatomy.stage import dense
from parity.values.anatomy import Floats, Prefix


@dataclass(frozen=True)
class Front:
    """The steps in front of a model: `jumps` of their own (bin edges), and what they know, by index of the user's column."""

    prefix: Prefix
    jumps: tuple[Jumps, ...]
    ranges: dict[int, Range]
    categories: dict[int, tuple[Any, ...]]
    imputed: frozenset[int]
    unread: tuple[str, ...]
    words: dict[int, tuple[str, ...]]


def is_pipeline(model: Any) -> bool:
    """Is it scikit-learn's Pipeline, or one that derives from it (imblearn's, sklearn2pmml's)?"""
    return any(c.__module__ == "sklearn.pipeline" and c.__name__ == "Pipeline" for c in type(model).__mro__)


def read_front(pipeline: Any, columns: Sequence[str], absent_is_missing: bool) -> Front:
    """Everything before a pipeline's last step.

    `absent_is_missing`: the last step reads cells that a sparse matrix does not store as missing (XGBoost).
    """
    steps = [(name, step) for name, step in pipeline.steps[:-1] if step is not None and step != "passthrough"]
    trail = flows.start(len(columns))
    chain: list[Flow] = []
    for _, step in steps:
        chain.append(_flow_of(step, len(trail.origin), columns if not chain else ()))
        trail = flows.follow(chain[-1], trail)
    front = Chain(tuple(chain))
    met = list(flows.stages(front, flows.start(len(columns)), lambda frame: frame))
    names = tuple(type(step).__name__ for _, step in steps)
    transform, magnification = _transform([step for _, step in steps], absent_is_missing), _magnification(front, met)
    prefix = Prefix(transform, trail.origin, trail.direction, magnification, names, trail.same, frozenset(flows.unsteady(met)))
    found = tuple(j for j in map(flows.jumps, met) if j is not None)
    unread = tuple(note for m in met for note in m.stage.unread)
    return Front(prefix, found, flows.ranges(met), flows.categories(met), frozenset(flows.imputed(met)), unread, flows.words(met))


def _transform(steps: Sequence[Any], absent_is_missing: bool) -> Callable[[Any], Floats]:
    def transform(frame: Any) -> Floats:
        # Step by step: a pipeline of the front alone refuses a last step that keeps nothing it fitted, as users' own often do.
        result = frame
        for step in steps:
            result = step.transform(result) if hasattr(step, "transform") else result  # imblearn's samplers act in fit alone
        if absent_is_missing and hasattr(result, "tocoo"):
            return _stored(result)
        return dense(result)

    return transform


def _stored(matrix: Any) -> Floats:
    """A sparse matrix as a dense one whose cells that are not stored are NaN."""
    cells = matrix.tocoo()
    full = np.full(cells.shape, np.nan)
    full[cells.row, cells.col] = cells.data
    return full


def _magnification(front: Chain, met: list[flows.Met]) -> Callable[[Any], Floats] | None:
    """Errors of the features per relative error u of the input, starting from |x|; None where a step's rounding is unknown."""
    if any(m.stage.error is None for m in met):
        return None

    def magnification(frame: Any) -> Floats:
        _, errors = flows.run(front, frame, np.abs(flows.numbers(frame)))
        assert errors is not None  # every stage has an error rule: checked above
        return errors

    return magnification


def _flow_of(step: Any, inputs: int, columns: Sequence[str]) -> Flow:
    """A transformer, or a nest of them, as a flow. `columns` names the inputs where they are the user's own."""
    if is_pipeline(step):
        return _pipeline_flow(step, inputs, columns)
    kind = type(step).__name__
    if kind == "ColumnTransformer":
        return _columns_flow(step, inputs, columns)
    if kind == "FeatureUnion":
        every = np.arange(inputs)
        branches = tuple((_flow_of(t, inputs, columns), every) for _, t in step.transformer_list if t != "drop")
        return Beside(branches, inputs)
    return stage_of(step, inputs)


def _pipeline_flow(pipeline: Any, inputs: int, columns: Sequence[str]) -> Flow:
    chain: list[Flow] = []
    trail = flows.start(inputs)
    for _, step in pipeline.steps:
        chain.append(_flow_of(step, len(trail.origin), columns if not chain else ()))
        trail = flows.follow(chain[-1], trail)
    return Chain(tuple(chain))


def _columns_flow(step: Any, inputs: int, columns: Sequence[str]) -> Flow:
    """Branches in the order of the outputs, which is that of `transformers_`; dropped ones and empty ones left out."""
    branches = []
    for name, transformer, _ in step.transformers_:
        index = _indices(step, name, inputs)
        if transformer == "drop" or not len(index) or step.output_indices_[name].start == step.output_indices_[name].stop:
            continue
        names = [columns[i] for i in index] if columns else ()
        branches.append((_flow_of(transformer, len(index), names), index))
    return Beside(tuple(branches), inputs)


def _indices(step: Any, name: str, inputs: int) -> npt.NDArray[np.int64]:
    return np.arange(inputs)[np.asarray(step._transformer_to_input_indices[name], dtype=np.int64)]

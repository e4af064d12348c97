"""In which step of a pipeline a drift is born, and in which it grows: ONNX's intermediate tensors against scikit-learn's steps.

Each step of scikit-learn is asked again with the artifact's own input of that step: where it then gives the artifact's output,
the step is right and the drift came with its input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.anatomy.scikit import of_scikit_learn
from parity.diagnose.evidence import CONFIRM_EXPLAINED, Evidence

Floats = npt.NDArray[np.float64]
ROWS = 128
AMPLIFIED = 100.0
"""A step that makes the relative difference so many times larger amplifies it: bins and trees jump, scalers do not."""
NEAR = 1e-3
"""A tensor is a step's output where at least half of the agreeing rows are so near, relative to the row's largest value."""


@dataclass(frozen=True)
class Stage:
    """What stands after a step: on the reference's side and on the artifact's. `steps` lead to it from the stage before."""

    name: str
    steps: tuple[Any, ...]
    ours: Any
    theirs: Any


def steps_of(model: Any) -> list[tuple[str, Any]]:
    """Names and steps of a pipeline of scikit-learn; [] for anything else."""
    steps = getattr(model, "steps", [])
    known = of_scikit_learn(model) and len(steps) > 1
    return [(name, step) for name, step in steps if step is not None and step != "passthrough"] if known else []


def tensors(path: Path, feed: Mapping[str, Any]) -> dict[str, npt.NDArray[Any]]:
    """Every numeric tensor between the artifact's nodes, computed by Python's onnxruntime without fusing nodes."""
    import onnx
    import onnxruntime

    model = onnx.load(str(path))
    known = {o.name for o in model.graph.output}
    inner = [name for node in model.graph.node for name in node.output if name and name not in known]
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in inner)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    values = session.run(inner, dict(feed))
    return {n: v for n, v in zip(inner, values, strict=True) if isinstance(v, np.ndarray) and v.dtype.kind in "fiub"}


def stage_of(
    evidence: Evidence,
    prepare: Callable[[pa.RecordBatch], Any],
    rounded: Callable[[pa.RecordBatch], pa.RecordBatch],
    exposed: Callable[[pa.RecordBatch], Mapping[str, npt.NDArray[Any]]],
) -> str:
    """One line, "" where there is no pipeline, where a step matches no tensor, or where nothing is proved.

    `prepare` makes the model's input of rows, `rounded` the rows as the artifact's inputs hold them, `exposed` its tensors.
    """
    steps = steps_of(evidence.model)
    few, other = evidence.drifting.slice(0, ROWS), evidence.agreeing.slice(0, ROWS)
    if not steps or not other.num_rows:
        return ""
    batch = pa.Table.from_batches([few, other]).combine_chunks().to_batches()[0]
    try:
        with np.errstate(all="ignore"):
            stages = _stages(evidence, steps, batch, few.num_rows, prepare, rounded, exposed(batch))
            return "" if stages is None else _told(stages, few.num_rows)
    except Exception:  # noqa: BLE001  the user's steps and a foreign graph are run here, on rows that either may refuse
        return ""


def _stages(
    evidence: Evidence,
    steps: Sequence[tuple[str, Any]],
    batch: pa.RecordBatch,
    drifting: int,
    prepare: Callable[[pa.RecordBatch], Any],
    rounded: Callable[[pa.RecordBatch], pa.RecordBatch],
    inner: Mapping[str, npt.NDArray[Any]],
) -> list[Stage] | None:
    stages = [Stage("the input's rounding", (), prepare(batch), prepare(rounded(batch)))]
    pending: list[tuple[str, Any]] = []
    given = stages[0].ours
    for name, step in steps[:-1]:
        pending.append((name, step))
        given = step.transform(given)
        theirs = _matching(inner, dense(given), drifting)
        if theirs is not None:
            stages.append(Stage(" + ".join(n for n, _ in pending), tuple(s.transform for _, s in pending), given, theirs))
            pending = []
    name, last = steps[-1]
    method = scoring(last, given, evidence.ask_reference(batch))
    if method is None or len(stages) == 1:
        return None
    through = (*(s.transform for _, s in pending), method)
    label = " + ".join([*(n for n, _ in pending), name])
    return [*stages, Stage(label, through, evidence.ask_reference(batch), evidence.ask_runtime(batch))]


def dense(values: Any) -> Floats:
    found = values.toarray() if hasattr(values, "toarray") else values
    return np.asarray(found, dtype=np.float64).reshape(found.shape[0], -1)


def _matching(inner: Mapping[str, npt.NDArray[Any]], ours: Floats, drifting: int) -> Floats | None:
    """The tensor of equal shape with the most rows near, judged on the rows that agree at the end."""
    best, most = None, 0.5
    for value in inner.values():
        if value.ndim >= 1 and value.size == ours.size and value.shape[0] == len(ours):
            theirs = value.reshape(ours.shape).astype(np.float64)
            near = _relative(ours, theirs)[drifting:] <= NEAR
            if near.mean() >= most:
                best, most = theirs, float(near.mean())
    return best


def _relative(ours: Floats, theirs: Floats) -> Floats:
    """(rows,): the largest difference, relative to the row's largest value."""
    scale = np.maximum(np.abs(np.nan_to_num(ours)).max(axis=1), 1e-300)
    both = np.isnan(ours) & np.isnan(theirs)
    return np.asarray(np.nan_to_num(np.where(both, 0.0, np.abs(ours - theirs)).max(axis=1) / scale, nan=np.inf))


def scoring(last: Any, given: Any, scores: Floats) -> Callable[[Any], Floats] | None:
    """The last step's method that gives the reference's scores, in their columns."""
    for name in ("predict_proba", "decision_function", "predict"):
        method = getattr(last, name, None)
        if method is None:
            continue

        def score(values: Any, method: Callable[[Any], Any] = method) -> Floats:
            return dense(np.asarray(method(values)))[:, -scores.shape[1] :]

        found = score(given)
        if found.shape == scores.shape and np.allclose(found, scores, rtol=1e-6, atol=1e-9, equal_nan=True):
            return score
    return None


def _told(stages: Sequence[Stage], drifting: int) -> str:
    """Back from the scores as long as each step, given the artifact's input, gives the artifact's output."""
    born = len(stages) - 1
    while born > 0 and _carried(stages[born - 1], stages[born], drifting):
        born -= 1
    sizes = [_size(stage, drifting) for stage in stages]
    growth = [(sizes[i] / sizes[i - 1], i) for i in range(born + 1, len(stages)) if sizes[i - 1] > 0]
    most, place = max(growth, default=(0.0, 0))
    text = f"born in {stages[born].name} (off by {sizes[born]:.1g})"
    return f"{text}, amplified in {stages[place].name} (off by {sizes[place]:.1g})" if most > AMPLIFIED else text


def _carried(before: Stage, after: Stage, drifting: int) -> bool:
    """Does the reference's step explain its output on the artifact's side, more than half of each row's difference?"""
    ours, theirs = dense(after.ours)[:drifting], dense(after.theirs)[:drifting]
    again = dense(reduce(lambda values, step: step(values), after.steps, before.theirs))[:drifting]
    apart = _relative(ours, theirs)
    rows = apart > 0
    return bool(rows.any()) and float((_relative(again, theirs)[rows] <= apart[rows] / 2).mean()) >= CONFIRM_EXPLAINED


def _size(stage: Stage, drifting: int) -> float:
    if hasattr(stage.ours, "dtypes") or not hasattr(stage.ours, "shape"):  # a frame: its numbers alone can differ
        ours, theirs = (f.select_dtypes("number").to_numpy(dtype=np.float64) for f in (stage.ours, stage.theirs))
    else:
        ours, theirs = dense(stage.ours), dense(stage.theirs)
    return float(np.median(_relative(ours, theirs)[:drifting])) if ours.shape[1] else 0.0

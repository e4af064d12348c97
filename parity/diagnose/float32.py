"""The reference with every step in float32: inputs, learned constants and what passes between the steps."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.anatomy.scikit import of_scikit_learn
from parity.diagnose.evidence import Evidence, Hypothesis
from parity.diagnose.twins import within

Floats = npt.NDArray[np.float64]


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """One, for pipelines of scikit-learn. Where a step cuts (bins, trees) the rounding matters at its thresholds."""
    steps = [step for _, step in getattr(evidence.model, "steps", [])]
    method = getattr(evidence.model, "predict_proba", getattr(evidence.model, "predict", None))
    if len(steps) < 2 or method is None or not of_scikit_learn(evidence.model):
        return
    rounded = [_rounded(step) for step in steps]

    def predict(batch: pa.RecordBatch) -> Floats:
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # steps that were fitted on a frame miss its names
                return _scores(rounded, _single(np.column_stack([_numbers(c) for c in batch.columns])))
        except Exception:  # noqa: BLE001  the user's model is called, on values that float32 made infinite: it may raise anything
            return np.full((batch.num_rows, evidence.ask_runtime(batch).shape[1]), np.nan)

    cuts = evidence.reference.cuts is not None and len(evidence.reference.cuts.threshold) > 0
    name = "float32-thresholds" if cuts else "float32-input"
    if all(not (pa.types.is_string(c.type) or pa.types.is_dictionary(c.type)) for c in evidence.drifting.columns):
        text = "the reference's own steps in float32 answer what the runtime answers"
        yield Hypothesis(name, predict, evidence.ask_runtime, text)


def scalers(evidence: Evidence) -> Iterator[Hypothesis]:
    """Every scaler's mean and scale rounded to float32, both or one of them, and the rest of the pipeline in double."""
    steps = getattr(evidence.model, "steps", [])
    if not of_scikit_learn(evidence.model) or not any(_is_scaler(s) for s in within(steps)):
        return
    for names in (("mean_", "scale_"), ("mean_",), ("scale_",)):
        twin = _copied(evidence.model, names)

        def predict(batch: pa.RecordBatch, twin: Any = twin) -> Floats:
            return evidence.ask_model(twin, batch) if evidence.ask_model else np.full((batch.num_rows, 0), np.nan)

        text = f"the reference with its scaler's {' and '.join(n.rstrip('_') for n in names)} in float32 answers so too"
        yield Hypothesis("float32-scaler", predict, evidence.ask_runtime, text)


def _copied(model: Any, names: tuple[str, ...]) -> Any:
    twin = copy.deepcopy(model)
    for step in within(twin.steps):
        if _is_scaler(step):
            for name in names:
                setattr(step, name, _single(getattr(step, name)).astype(np.float64))
    return twin


def _numbers(column: pa.Array) -> Floats:
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False))


def _single(values: Any) -> npt.NDArray[np.float32]:
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(values, dtype=np.float32)


def _rounded(step: Any) -> Any:
    """A copy of a step whose learned floating-point arrays (and a Binarizer's threshold) are rounded to float32, kept as float64.

    A scaler is left as it is: exporters round the reciprocal of its scale, not the scale (see `_transformed`).
    """
    if _is_scaler(step):
        return step
    twin = copy.copy(step)
    for name, value in vars(step).items():
        if name.endswith("_") and isinstance(value, np.ndarray):
            setattr(twin, name, _rounded_array(value))
    if type(step).__name__ == "Binarizer":
        twin.threshold = float(np.float32(step.threshold))
    return twin


def _is_scaler(step: Any) -> bool:
    return type(step).__name__ == "StandardScaler" and bool(step.with_mean and step.with_std)


def _rounded_array(value: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if value.dtype == object:
        out = np.empty_like(value)
        for i, part in enumerate(value):
            out[i] = _rounded_array(part) if isinstance(part, np.ndarray) else part
        return out
    return _single(value).astype(np.float64) if value.dtype == np.float64 else value


def _scores(steps: list[Any], features: npt.NDArray[np.float32]) -> Floats:
    for step in steps[:-1]:
        features = _transformed(step, features)
    last = steps[-1]
    method = last.predict_proba if hasattr(last, "predict_proba") else last.predict
    scores = np.asarray(method(features.astype(np.float64)), dtype=np.float64)
    return scores.reshape(len(scores), -1)


def _transformed(step: Any, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """One step, its result rounded; a scaler as ONNX's Scaler computes it: (x - offset) * scale, each rounded."""
    if _is_scaler(step):
        return (features - _single(step.mean_)) * _single(1 / step.scale_)
    return _single(step.transform(features.astype(np.float64)))

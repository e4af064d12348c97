"""What evaluators that are not ours say of the rows that alarmed: is the artifact's answer really another than the model's?

An ONNX file is asked of ONNX's own reference evaluator (NumPy, no kernels) and of ONNX Runtime's Python package; a PMML file of
JPMML's Python package. Each is handed the rows by its own interface, and the model by its own methods: nothing of parity takes
part but the choice of rows and the bound. An alarm is confirmed where one of them is further from the model than the bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from benchmarks.clean_models import ONNX, PMML
from parity.compare.examined import Examined
from parity.compare.labels import canonical_array
from parity.compare.matching import Pair, columns_of
from parity.values.signature import OutputKind

KEPT = 200
"""Alarms of a stream that are looked into: the reference evaluator takes milliseconds for a row of a forest."""

METHODS = {OutputKind.PROBABILITY: "predict_proba", OutputKind.MARGIN: "decision_function"}


@dataclass
class Alarms:
    """Rows that alarmed, and by output whether they drift there and the bound that they broke."""

    batches: list[pa.RecordBatch] = field(default_factory=list)
    beyond: list[dict[str, Any]] = field(default_factory=list)

    def keep(self, batch: pa.RecordBatch, rows: Any, seen: Examined) -> None:
        """The first few rows of a chunk."""
        rows = rows[:KEPT]
        if not len(rows):
            return
        self.batches.append(batch.take(pa.array(rows)))
        bounds = {d.pair.name: seen.bounds.get(d.pair.name, np.zeros(batch.num_rows))[rows] for d in seen.drifts}
        drifts = {d.pair.name: d.distance[rows] for d in seen.drifts}
        self.beyond.append({name: np.where(drifts[name] > bounds[name], bounds[name], np.inf) for name in bounds})


def evidence(alarms: Alarms, model: Any, path: Path, format_: str, pairs: Sequence[Pair]) -> tuple[str, bool]:
    """In words, and whether each alarm is confirmed, on an output that it drifts on, by some evaluator."""
    rows = pa.Table.from_batches(alarms.batches).to_pandas()
    told, known = [], np.zeros(len(rows), bool)
    for name, answers in _outside(format_, path, rows).items():
        confirmed, least = np.zeros(len(rows), bool), np.full(len(rows), np.inf)
        for pair in pairs:
            bound = np.concatenate([b[pair.name] for b in alarms.beyond])
            apart = _apart(pair, _library(model, rows, pair), answers(pair))
            found = np.isfinite(bound) & ~(apart <= bound)
            confirmed |= found
            least = np.where(found & (pair.kind != OutputKind.LABEL), np.minimum(least, apart), least)
        span = np.nan_to_num(least[np.isfinite(least)])
        far = f", by {span.min():.2g} to {span.max():.2g}" if len(span) else ""
        told.append(f"{name} is apart from the model in {confirmed.sum():,} of {len(rows):,} rows{far}")
        known |= confirmed
    return "; ".join(told) or "no evaluator that is not ours", bool(known.all())


def _library(model: Any, rows: pd.DataFrame, pair: Pair) -> Any:
    """The model's own answer, (rows, columns)."""
    columns = getattr(model, "feature_names_in_", None)
    given = rows.iloc[:, 0] if columns is None and rows.shape[1] == 1 else rows
    answer = np.asarray(getattr(model, METHODS.get(pair.kind, "predict"))(given))
    return answer.reshape(len(rows), -1)


def _apart(pair: Pair, ours: Any, theirs: Any) -> Any:
    """The largest distance of each row; infinite where one is a number and the other is none."""
    theirs = np.asarray(theirs).reshape(len(ours), -1)
    if pair.kind == OutputKind.LABEL:
        return (canonical_array(ours) != canonical_array(theirs)).any(axis=1).astype(float)
    chosen = columns_of(pair, ours.shape[1], theirs.shape[1])
    if chosen is None:
        return np.full(len(ours), np.inf)
    gap = np.abs(ours[:, chosen[0]].astype(float) - theirs[:, chosen[1]].astype(float))
    return np.where(np.isnan(gap), np.inf, gap).max(axis=1)


def _outside(format_: str, path: Path, rows: pd.DataFrame) -> dict[str, Any]:
    """Evaluator to a function of a pair that gives its answers."""
    if format_ == ONNX:
        return {"ONNX's reference evaluator": _reference(path, rows), "ONNX Runtime in Python": _onnxruntime(path, rows)}
    return {"JPMML's Python package": _jpmml(path, rows)} if format_ == PMML else {}


def _feeds(inputs: Sequence[tuple[str, bool]], rows: pd.DataFrame) -> dict[str, Any]:
    """`inputs`: name, and is it of text?"""
    if len(inputs) == 1:
        return {inputs[0][0]: rows.to_numpy(object if inputs[0][1] else np.float32)}
    return {name: rows[[name]].to_numpy(object if text else np.float32) for name, text in inputs}


def _reference(path: Path, rows: pd.DataFrame) -> Any:
    import onnx
    from onnx.reference import ReferenceEvaluator

    graph = onnx.load(str(path)).graph
    inputs = [(i.name, i.type.tensor_type.elem_type == onnx.TensorProto.STRING) for i in graph.input]
    names = [o.name for o in graph.output]
    answers = dict(zip(names, ReferenceEvaluator(str(path)).run(None, _feeds(inputs, rows)), strict=True))
    return lambda pair: answers[pair.runtime.name]


def _onnxruntime(path: Path, rows: pd.DataFrame) -> Any:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    inputs = [(i.name, i.type == "tensor(string)") for i in session.get_inputs()]
    names = [o.name for o in session.get_outputs()]
    answers = dict(zip(names, session.run(None, _feeds(inputs, rows)), strict=True))
    return lambda pair: answers[pair.runtime.name]


def _jpmml(path: Path, rows: pd.DataFrame) -> Any:
    from jpmml_evaluator import make_evaluator

    evaluator = make_evaluator(str(path)).verify()
    answers = evaluator.evaluateAll(rows)

    def columns(pair: Pair) -> Any:
        if pair.kind == OutputKind.PROBABILITY:
            return answers[[f"probability({c})" for c in pair.runtime.classes or ()]].to_numpy(float)
        return answers[[pair.runtime.name if pair.runtime.name in answers else answers.columns[0]]].to_numpy()

    return columns

"""Clean models to artifacts, plainly, as the converters' own documentation does it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.clean_models import NATIVE, ONNX

OPSET = {"": 17, "ai.onnx.ml": 3}


def export(model: Any, X: pd.DataFrame, format_: str, where: Path) -> Path:
    """The artifact's path; converters raise what they raise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # converters warn of their own deprecations
        return {ONNX: _onnx, NATIVE: _native}.get(format_, _pmml)(model, X, where)


def _onnx(model: Any, X: pd.DataFrame, where: Path) -> Path:
    home = type(model).__module__.partition(".")[0]
    proto = _boosted(model, X, home) if home in ("xgboost", "lightgbm") else _scikit(model, X)
    (where / "model.onnx").write_bytes(proto.SerializeToString())
    return where / "model.onnx"


def _scikit(model: Any, X: pd.DataFrame) -> Any:
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType

    kinds = [FloatTensorType if d.kind in "fiu" else StringTensorType for d in X.dtypes]
    single = len(set(kinds)) == 1
    inputs = [("X", kinds[0]([None, X.shape[1]]))] if single else [(c, k([None, 1])) for c, k in zip(X, kinds, strict=True)]
    options: dict[int, dict[str, Any]] = {id(model): {"zipmap": False}} if hasattr(model, "predict_proba") else {}
    for _, step in getattr(model, "steps", ()):
        if type(step).__name__.endswith("Vectorizer"):  # the default, en_US, is not installed everywhere
            options[id(step)] = {"locale": "C"}
        if type(step).__name__ == "LinearSVC":  # skl2onnx 1.20 asks for a zipmap that it then refuses, unless an option is given
            options[id(step)] = {"raw_scores": True}
    return convert_sklearn(model, initial_types=inputs, options=options, target_opset=OPSET)


def _boosted(model: Any, X: pd.DataFrame, home: str) -> Any:
    import onnxmltools
    from onnxmltools.convert.common.data_types import FloatTensorType

    inputs = [("input", FloatTensorType([None, X.shape[1]]))]
    if home == "xgboost":
        return onnxmltools.convert_xgboost(model, initial_types=inputs)
    return onnxmltools.convert_lightgbm(model, initial_types=inputs, zipmap=False)


def _pmml(model: Any, X: pd.DataFrame, where: Path) -> Path:
    from sklearn2pmml import sklearn2pmml
    from sklearn2pmml.pipeline import PMMLPipeline

    pipeline = PMMLPipeline(list(model.steps) if hasattr(model, "steps") else [("model", model)])
    pipeline.active_fields, pipeline.target_fields = np.array(X.columns), np.array(["y"])
    sklearn2pmml(pipeline, str(where / "model.pmml"))
    return where / "model.pmml"


def _native(model: Any, _: pd.DataFrame, where: Path) -> Path:
    home = type(model).__module__.partition(".")[0]
    path = where / {"xgboost": "model.json", "lightgbm": "model.txt", "catboost": "model.cbm"}[home]
    if home == "lightgbm":
        model.booster_.save_model(str(path))
    elif home == "xgboost":
        model.get_booster().save_model(path)
    else:
        model.save_model(str(path))
    return path

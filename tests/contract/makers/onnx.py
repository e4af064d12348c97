"""ONNX: one tensor, and named columns with text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.contract.artifacts import NUMBERS, Made, array, columns_of, numbers, pipeline, target, texts


def one_tensor(folder: Path) -> Made:
    from skl2onnx import to_onnx
    from sklearn.linear_model import LogisticRegression

    batch = numbers()
    model = LogisticRegression().fit(array(batch), target(batch))
    path = folder / "tensor.onnx"
    path.write_bytes(to_onnx(model, array(batch)[:1], options={"zipmap": False}).SerializeToString())
    return Made(path, columns_of(batch), batch, "probabilities", model.predict_proba(array(batch)))


def text_columns(folder: Path) -> Made:
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType

    batch = texts()
    model = pipeline(batch)
    types = [(name, FloatTensorType([None, 1])) for name in NUMBERS] + [("city", StringTensorType([None, 1]))]
    path = folder / "text.onnx"
    path.write_bytes(to_onnx(model, initial_types=types, options={"zipmap": False}).SerializeToString())
    return Made(path, columns_of(batch), batch, "probabilities", model.predict_proba(batch.to_pandas()))


MAKERS = (one_tensor, text_columns)


def newer_version(path: Path, folder: Path) -> Path:
    return _changed(path, folder / "ir.onnx", lambda model: setattr(model, "ir_version", 99))


def newer_operators(path: Path, folder: Path) -> Path:
    return _changed(path, folder / "opset.onnx", lambda model: setattr(model.opset_import[0], "version", 99))


def _changed(path: Path, to: Path, change: Callable[[Any], None]) -> Path:
    import onnx

    model = onnx.load(path)
    change(model)
    to.write_bytes(model.SerializeToString())
    return to


NEWER = (newer_version, newer_operators)

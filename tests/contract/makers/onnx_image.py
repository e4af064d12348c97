"""ONNX: a small convolution by hand, with an image as its input, and several outputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from parity.numeric.tensors import column_of
from parity.values.columns import Column, ColumnType
from tests.contract.artifacts import Made


def convolution(folder: Path) -> Made:
    """The expected scores are NumPy's, written out: no ONNX engine takes part in them."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(7)
    kernel, weights = rng.normal(size=(2, 1, 3, 3)).astype(np.float32), rng.normal(size=(2, 3)).astype(np.float32)
    images = rng.uniform(0, 1, (20, 1, 6, 5)).astype(np.float32)
    nodes = [
        helper.make_node("Conv", ["image", "kernel"], ["maps"]),
        helper.make_node("Relu", ["maps"], ["positive"]),
        helper.make_node("GlobalAveragePool", ["positive"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["features"]),
        helper.make_node("MatMul", ["features", "weights"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probability"]),
        helper.make_node("ArgMax", ["logits"], ["label"], axis=1, keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "convolution",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, 6, 5])],
        [
            helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["N", 3]),
            helper.make_tensor_value_info("maps", TensorProto.FLOAT, ["N", 2, 4, 3]),
            helper.make_tensor_value_info("label", TensorProto.INT64, ["N"]),
        ],
        [numpy_helper.from_array(kernel, "kernel"), numpy_helper.from_array(weights, "weights")],
    )
    path = folder / "image.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    batch = pa.record_batch({"image": column_of(images, pa.float32(), (1, 6, 5))})
    columns = (Column("image", ColumnType.FLOAT32, 0.0, 1.0, shape=(1, 6, 5)),)
    return Made(path, columns, batch, "probability", _expected(images, kernel, weights))


def _expected(images: np.ndarray, kernel: np.ndarray, weights: np.ndarray) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(images[:, 0].astype(np.float64), (3, 3), axis=(1, 2))
    maps = np.einsum("nijkl,mkl->nmij", windows, kernel[:, 0])
    logits = np.maximum(maps, 0).mean(axis=(2, 3)) @ weights
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


MAKERS = ()
TENSORS = (convolution,)

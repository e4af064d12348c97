"""An ONNX file as the reference."""

from __future__ import annotations

import numpy as np
import onnx
import pyarrow as pa
import pytest
from onnx import TensorProto, helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import BooleanTensorType, FloatTensorType, Int64TensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from parity.errors import ReferenceLoadError
from parity.values.signature import OutputKind
from parity.values.timing import TimingPlan
from tests.references.models import batch, mixed, numbers, reference, refused, scores, target


def saved(folder, model, **more):
    (folder / "m.onnx").write_bytes(to_onnx(model, target_opset={"": 17, "ai.onnx.ml": 3}, **more).SerializeToString())
    return folder


def test_one_wide_tensor_takes_all_columns(tmp_path):
    frame = numbers()
    model = LogisticRegression().fit(frame, np.array(["no", "yes"])[target(frame)])
    saved(tmp_path, model, initial_types=[("X", FloatTensorType([None, 3]))], options={"zipmap": False})
    found = reference("m.onnx", tmp_path)
    assert (found.columns, found.width, found.signature.inputs[0].width) == (None, 3, 3)
    assert [(s.name, s.type, s.kind) for s in found.signature.outputs] == [
        ("label", "string", OutputKind.LABEL),
        ("probabilities", "float32", None),
    ]
    got = scores(found, batch(frame))
    assert got["label"].ravel().tolist() == model.predict(frame).tolist()
    assert np.abs(got["probabilities"] - model.predict_proba(frame)).max() < 1e-6


def test_zipmap_is_a_probability_with_classes(tmp_path):
    frame = numbers()
    model = LogisticRegression().fit(frame, np.array(["no", "yes"])[target(frame)])
    saved(tmp_path, model, initial_types=[("X", FloatTensorType([None, 3]))])
    found = reference("m.onnx", tmp_path)
    spec = found.signature.outputs[1]
    assert (spec.kind, spec.classes, spec.width) == (OutputKind.PROBABILITY, ("no", "yes"), 2)
    assert np.abs(scores(found, batch(frame))["output_probability"] - model.predict_proba(frame)).max() < 1e-6


def several(folder):
    frame = mixed()[["age", "visits", "member", "city"]]
    prepare = ColumnTransformer([("text", OneHotEncoder(), ["city"])], remainder="passthrough")
    model = make_pipeline(prepare, LogisticRegression(max_iter=500)).fit(frame, target(frame))
    kinds = {"age": FloatTensorType, "visits": Int64TensorType, "member": BooleanTensorType, "city": StringTensorType}
    saved(folder, model, initial_types=[(n, k([None, 1])) for n, k in kinds.items()], options={"zipmap": False})
    return frame, model


def test_tensors_of_one_column_are_filled_by_name(tmp_path):
    frame, model = several(tmp_path)
    found = reference("m.onnx", tmp_path)
    assert found.columns == ("age", "visits", "member", "city")
    got = scores(found, batch(frame[["city", "member", "age", "visits"]]))
    assert np.abs(got["probabilities"] - model.predict_proba(frame)).max() < 1e-5


@pytest.mark.parametrize(
    ("column", "values", "kind", "words"),
    [
        ("city", pa.array([None], pa.string()), "missing", "the column 'city' is missing in a row"),
        ("visits", pa.array([None], pa.int64()), "missing", "a tensor of int64 has no missing value"),
        ("age", pa.array(["old"]), "type", "the column 'age' holds string, the tensor wants float32"),
        ("city", None, "column-absent", "the column 'city' of the input 'city' is not in the batch"),
    ],
)
def test_what_tensors_cannot_say_is_refused(tmp_path, column, values, kind, words):
    several(tmp_path)
    columns = {"age": [1.0], "visits": [1], "member": [True], "city": ["Rome"], column: values}
    given = pa.RecordBatch.from_pydict({n: c for n, c in columns.items() if c is not None})
    refusal = refused(reference("m.onnx", tmp_path), given)
    assert refusal.kind == kind
    assert words in refusal.message


def test_null_is_nan_in_a_tensor_of_floats(tmp_path):
    graph = helper.make_graph(
        [helper.make_node("Identity", ["X"], ["Y"])],
        "same",
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info("Y", TensorProto.FLOAT, [None, 2])],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "m.onnx")
    found = reference("m.onnx", tmp_path)
    assert [(s.name, s.kind, s.width) for s in found.signature.outputs] == [("Y", None, 2)]
    given = pa.RecordBatch.from_pydict({"a": pa.array([0.1, None]), "b": pa.array([1, 2])})
    got = scores(found, given)["Y"]
    assert np.isnan(got[1, 0])
    assert got[0].tolist() == [np.float32(0.1), 1.0]
    assert refused(found, given.select(["a"])).kind == "column-absent"
    assert scores(found, given.slice(0, 0))["Y"].shape == (0, 2)
    assert len(found.time(given, TimingPlan(samples=5, warmup_rows=40)).nanoseconds) == 5


def two_wide(folder):
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Concat", ["p", "q"], ["Y"], axis=1)],
        "both",
        [info("p", TensorProto.DOUBLE, [None, 1]), info("q", TensorProto.DOUBLE, [None, 2])],
        [info("Y", TensorProto.DOUBLE, [None, 3])],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), folder / "m.onnx")


def test_declared_inputs_fill_their_tensors(tmp_path):
    two_wide(tmp_path)
    given = pa.RecordBatch.from_pydict({"a": [1.0], "b": [2.0], "c": [3.0]})
    declared = reference("m.onnx", tmp_path, inputs={"p": ("c",), "q": ("a", "b")})
    assert declared.columns == ("c", "a", "b")
    assert scores(declared, given)["Y"].tolist() == [[3.0, 1.0, 2.0]]
    rest = reference("m.onnx", tmp_path, inputs={"p": ("b",)})
    assert (rest.columns, rest.width) == (None, 3)
    assert scores(rest, given)["Y"].tolist() == [[2.0, 1.0, 3.0]]


def test_several_wide_tensors_need_the_map(tmp_path):
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Concat", ["p", "q"], ["Y"], axis=1)],
        "both",
        [info("p", TensorProto.DOUBLE, [None, 2]), info("q", TensorProto.DOUBLE, [None, 2])],
        [info("Y", TensorProto.DOUBLE, [None, 4])],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "m.onnx")
    words = r"has several wide inputs \(p, q\); say which columns fill them: inputs = \{ p = "
    with pytest.raises(ReferenceLoadError, match=words):
        reference("m.onnx", tmp_path)


def test_sequence_input_is_an_error(tmp_path):
    given = helper.make_tensor_sequence_value_info("X", TensorProto.FLOAT, None)
    back = helper.make_tensor_value_info("Y", TensorProto.INT64, [])
    graph = helper.make_graph([helper.make_node("SequenceLength", ["X"], ["Y"])], "s", [given], [back])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "m.onnx")
    with pytest.raises(ReferenceLoadError, match=r"the input 'X' of the ONNX reference is of type seq\(tensor\(float\)\)"):
        reference("m.onnx", tmp_path)

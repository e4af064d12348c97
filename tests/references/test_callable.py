"""Any callable that takes a frame."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from parity.errors import ReferenceLoadError
from parity.values.outcome import Scores
from parity.values.signature import OutputKind
from tests.references.models import batch, numbers, reference, refused, scores


def declaring(function, **attributes):
    for name, value in attributes.items():
        setattr(function, name, value)
    return function


def test_without_declaration_it_gives_a_value(tmp_path):
    found = reference(lambda frame: frame.age + 1, tmp_path)
    assert [(s.name, s.kind) for s in found.signature.outputs] == [("value", OutputKind.VALUE)]
    assert (found.columns, found.width) == (None, None)
    assert scores(found, batch(numbers()))["value"].shape == (60, 1)


def test_declared_outputs_by_name_and_in_order(tmp_path):
    outputs = {"probability": {"kind": "probability", "classes": ["no", "yes"]}, "label": "label"}

    def by_name(frame):
        second = (frame.age > 0).astype(float)
        return {"label": np.where(second, "yes", "no"), "probability": np.column_stack([1 - second, second])}

    def in_order(frame):
        named = by_name(frame)
        return named["probability"], named["label"]

    for function in (by_name, in_order):
        found = reference(declaring(function, parity_outputs=outputs, parity_columns=["age"]), tmp_path)
        assert found.columns == ("age",)
        assert found.signature.outputs[0].classes == ("no", "yes")
        got = scores(found, batch(numbers()))
        assert got["probability"].shape == (60, 2)
        assert set(got["label"].ravel()) == {"no", "yes"}


@pytest.mark.parametrize(
    ("returned", "dtype", "values"),
    [
        (pd.Series([1, 2], dtype="int32"), "int64", [1, 2]),
        (np.array([1, 2], np.float16), "float32", [1.0, 2.0]),
        (np.array([1, 2], np.uint8), "int64", [1, 2]),
        ([True, False], "bool", [True, False]),
        (np.array([1.5, 2], object), "float64", [1.5, 2.0]),
        (np.array(["a", "b"]), "object", ["a", "b"]),
        (pd.DataFrame({"x": [0.5, 1]}), "float64", [0.5, 1.0]),
    ],
)
def test_scores_of_any_type(tmp_path, returned, dtype, values):
    got = scores(reference(lambda frame: returned, tmp_path), batch({"a": [1, 2]}))["value"]
    assert (str(got.dtype), got.ravel().tolist()) == (dtype, values)


def test_none_is_a_missing_score(tmp_path):
    outcome = reference(lambda frame: np.array([None, 2.5], object), tmp_path).score(batch({"a": [1, 2]}))
    assert isinstance(outcome, Scores)
    missing = outcome.outputs[0].missing
    assert missing is not None
    assert missing.ravel().tolist() == [True, False]
    assert outcome.outputs[0].values.dtype == np.float64


@pytest.mark.parametrize(
    ("function", "kind", "words"),
    [
        (lambda frame: 3.0, "shape", "output 'value': 2 rows were given, a single value came back"),
        (lambda frame: {"other": frame.a}, "shape", "no output 'value' among ['other']"),
        (lambda frame: [[1, 2], [3]], "shape", "call: setting an array element"),
        (lambda frame: frame.b, "other", "no attribute"),
        (lambda frame: frame["b"], "column-absent", "'b'"),
        (lambda frame: 1 / 0, "other", "division by zero"),
        (lambda frame: np.empty(1 << 50), "out-of-memory", "Unable to allocate"),
        (lambda frame: exit(3), "other", "3"),
    ],
)
def test_whatever_goes_wrong_is_a_refusal(tmp_path, function, kind, words):
    refusal = refused(reference(function, tmp_path), batch({"a": [1, 2]}))
    assert words in refusal.message
    assert refusal.kind in (kind, "type")


def test_declared_number_of_outputs_must_come_back(tmp_path):
    function = declaring(lambda frame: (frame.a,), parity_outputs={"p": "probability", "l": "label"})
    refusal = refused(reference(function, tmp_path), batch({"a": [1]}))
    assert refusal.message == "2 outputs are declared (p, l), 1 values came back"


def test_declared_column_that_is_absent(tmp_path):
    function = declaring(lambda frame: frame.age, parity_columns=["age", "debt"])
    assert refused(reference(function, tmp_path), pa.RecordBatch.from_pydict({"debt": [1.0]})).kind == "column-absent"


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"parity_outputs": ["probability"]}, r"parity_outputs of .* is \['probability'\]; a mapping of output to kind"),
        ({"parity_outputs": {}}, r"parity_outputs of .* is \{\}"),
        ({"parity_outputs": {"p": "probabilty"}}, "'p' has the unknown kind 'probabilty'; did you mean 'probability'"),
        ({"parity_outputs": {"p": "x"}}, "unknown kind 'x'; known: probability, label"),
        ({"parity_columns": "age"}, "parity_columns of .* is 'age'; a list of column names is wanted"),
    ],
)
def test_wrong_declarations(tmp_path, attributes, words):
    with pytest.raises(ReferenceLoadError, match=words):
        reference(declaring(lambda frame: frame.age, **attributes), tmp_path)

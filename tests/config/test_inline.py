"""Cases given in Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity.config import case_from
from parity.errors import ConfigurationError
from parity.values.case import Artifact, ColumnRule
from parity.values.policy import Gate, Preset


@pytest.fixture
def folder(tmp_path):
    for name in ("churn.joblib", "churn.onnx", "sample.csv"):
        (tmp_path / name).touch()
    return tmp_path


def test_paths_alone_are_enough(folder):
    case = case_from("churn.joblib", "churn.onnx", root=folder)
    assert (case.name, case.reference, case.root) == ("churn", "churn.joblib", folder)
    assert case.artifacts == (Artifact(folder / "churn.onnx"),)
    assert (case.data, case.gate) == (None, Gate())


def test_everything_that_a_file_can_say(folder):
    frame = object()
    case = case_from(
        object(),
        [
            Path("churn.onnx"),
            {"path": Path("churn.onnx"), "runtimes": ["x"], "options": {"a": 1}},
            Artifact(Path("churn.onnx"), ("y",), {"b": 2}),
        ],
        root=folder,
        name="mine",
        data=frame,
        inputs={"num": ("age", "income")},
        outputs={"probability": "p"},
        ignore_outputs=["leaf"],
        columns={"age": {"min": 1}, "debt": ColumnRule(missing=True)},
        gate={"preset": "bitwise", "off_domain": "error"},
        source="test_models.py",
    )
    assert [a.path for a in case.artifacts] == [folder / "churn.onnx"] * 3
    assert [a.runtimes for a in case.artifacts] == [(), ("x",), ("y",)]
    assert case.data is frame
    assert case.inputs == {"num": ("age", "income")}
    assert case.ignore_outputs == ("leaf",)
    assert case.columns == {"age": ColumnRule(minimum=1), "debt": ColumnRule(missing=True)}
    assert (case.gate.preset, case.gate.off_domain, case.source) == (Preset.BITWISE, "error", "test_models.py")


def test_gate_and_none(folder):
    gate = Gate(label_flips=3)
    case = case_from("churn.joblib", "churn.onnx", root=folder, gate=gate, data=None, columns=None)
    assert case.gate is gate


@pytest.mark.parametrize(
    ("reference", "artifacts", "name"),
    [
        ("package.risk:make()", "churn.onnx", "make"),
        (Path("churn.joblib"), "churn.onnx", "churn"),
        (object(), "churn.onnx", "churn"),
        (object(), [{"path": "churn.onnx"}], "churn"),
        (object(), Artifact(Path("churn.onnx")), "churn"),
    ],
)
def test_names_by_default(folder, reference, artifacts, name):
    assert case_from(reference, artifacts, root=folder).name == name


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"colunms": {}}, 'mine: colunms: unknown key "colunms"; did you mean "columns"?'),
        ({"gate": {"preset": "strikt"}}, 'mine: gate.preset: unknown value "strikt"; did you mean "strict"?'),
        ({"columns": {"age": {"min": "1"}}}, 'mine: columns.age.min: "1" (a string) was given, a number is wanted'),
        ({"data": "absent.csv"}, 'mine: case "churn": data: there is no file'),
        ({"data": [1]}, "mine: data: [1] (an array) was given"),
        ({"name": "a::b"}, 'mine: name: "a::b" (a string) was given, a name without'),
    ],
)
def test_the_same_rules_and_messages(folder, keys, words):
    with pytest.raises(ConfigurationError) as raised:
        case_from("churn.joblib", "churn.onnx", root=folder, source="mine", **keys)
    assert words in str(raised.value)


def test_missing_artifact_and_none_at_all(folder):
    with pytest.raises(ConfigurationError, match=r"artifacts: there is no file .*absent.onnx"):
        case_from("churn.joblib", "absent.onnx", root=folder)
    with pytest.raises(ConfigurationError, match="artifacts: no artifact is given"):
        case_from("churn.joblib", None, root=folder)
    with pytest.raises(ConfigurationError, match='reference: the key "reference" is missing'):
        case_from(None, "churn.onnx", root=folder)

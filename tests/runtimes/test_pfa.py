"""PFA documents, against what scikit-learn and Titus said of the same rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from parity.anatomy import read_artifact
from parity.anatomy.traverse import features
from parity.errors import ArtifactError
from parity.runtimes import find, open_session, runtime_for
from parity.values.case import Artifact
from parity.values.outcome import Refusal, Scores
from tests.contract.makers.pfa import CITIES, KEPT
from tests.runtimes.opened import Opener, answers, opener

INPUTS = ("a", "b", "c")
WHOLE = {"input": {"type": "record", "name": "Input", "fields": [{"name": "n", "type": "int"}]}}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opener]:
    with opener("pfa", tmp_path_factory.mktemp("pfa")) as found:
        yield found


def rows() -> pa.RecordBatch:
    with np.load(KEPT / "rows.npz") as kept:
        cities = pa.array([CITIES[code] for code in kept["city"]])
        return pa.record_batch({name: kept["numbers"][:, i] for i, name in enumerate(INPUTS)} | {"city": cities})


def write(folder: Path, **document: Any) -> Path:
    path = folder / "own.pfa"
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize("name", ["logistic", "softmax", "forest"])
def test_all_rows_are_scored_in_double_as_in_python(name: str, opened: Opener) -> None:
    with np.load(KEPT / f"{name}.npz") as kept:
        found = answers(opened(KEPT / f"{name}.pfa").score(rows()))["output"]
        np.testing.assert_allclose(found, kept["scores"], rtol=0, atol=1e-14)


def test_a_whole_number_and_a_record_come_out_as_they_are(opened: Opener) -> None:
    clusters = opened(KEPT / "clusters.pfa")
    assert [(output.type, output.width) for output in clusters.signature.outputs] == [("int32", 1)]
    text = opened(KEPT / "text.pfa")
    assert [(output.name, output.type) for output in text.signature.outputs] == [("value", "float64"), ("city", "string")]
    assert answers(text.score(rows()))["city"][:, 0].tolist() == rows().column("city").to_pylist()


def test_missing_is_null_where_the_document_takes_one_and_else_refused(opened: Opener) -> None:
    session, batch = opened(KEPT / "text.pfa"), rows().slice(0, 3)
    zero = answers(session.score(batch.set_column(2, "c", pa.array([0.0] * 3))))["value"]
    np.testing.assert_array_equal(answers(session.score(batch.set_column(2, "c", pa.nulls(3, pa.float64()))))["value"], zero)
    outcome = session.score(batch.set_column(0, "a", pa.array([0.5, None, 0.5])))
    assert isinstance(outcome, Scores)
    assert {row: refusal.kind for row, refusal in outcome.refused.items()} == {1: "missing"}


def test_nan_is_computed_with_and_not_refused(opened: Opener) -> None:
    """Hadrian's JSON input cannot hold NaN; its Avro input can, and a tree sends it where a comparison is false."""
    batch = rows().set_column(0, "a", pa.array([float("nan")] * 400))
    assert np.isnan(answers(opened(KEPT / "logistic.pfa").score(batch))["output"]).all()
    assert np.isfinite(answers(opened(KEPT / "forest.pfa").score(batch))["output"]).all()


def test_softmax_of_margins_that_lie_far_apart_is_not_a_number(opened: Opener) -> None:
    """Hadrian takes the smallest margin off all where it is the largest in size (link.scala, SoftMax), and exp overflows.

    The shares are 0 and 1 to all digits there; scikit-learn takes the largest off always.
    """
    batch = pa.record_batch({"a": pa.array([1.0, 300.0]), "b": pa.array([0.0, 0.0]), "c": pa.array([0.0, 0.0])})
    found = answers(opened(KEPT / "softmax.pfa").score(batch))["output"]
    assert np.isfinite(found[0]).all() and found[1, 0] == 0 and np.isnan(found[1, 2])
    anatomy = read_artifact(KEPT / "softmax.pfa", INPUTS)
    assert anatomy.linear is not None
    margin = np.array([300.0, 0.0, 0.0]) @ anatomy.linear.weights.T + anatomy.linear.intercept
    assert abs(margin.min()) > abs(margin.max()) and margin.max() - margin.min() > 709.78


SHARES = {"type": "map", "values": "double"}


def test_of_a_map_the_values_stand_in_the_order_of_its_keys(opened: Opener, tmp_path: Path) -> None:
    """As exporters from R write probabilities. Keys that are numbers are ordered as numbers, and so are the structure's."""
    number = {"type": "record", "name": "Input", "fields": [{"name": "n", "type": "double"}]}
    shares = {name: {"*": ["input.n", factor]} for name, factor in (("10", 3.0), ("2", 2.0), ("1", 1.0))}
    path = write(tmp_path, input=number, output=SHARES, action=[{"type": SHARES, "new": shares}])
    session = open_session(find()["pfa"], Artifact(path), folder=tmp_path / ".parity")
    try:
        outcome = session.score(pa.record_batch({"n": [1.0, 5.0]}))
    finally:
        session.close()
    assert answers(outcome)["output"].tolist() == [[1.0, 2.0, 3.0], [5.0, 10.0, 15.0]]
    anatomy = read_artifact(path, ("n",))
    assert anatomy.linear is not None
    given = features(anatomy, np.array([[5.0]]))
    assert (given @ anatomy.linear.weights.T).tolist() == [[5.0, 10.0, 15.0]]


def test_a_row_with_other_keys_is_refused(tmp_path: Path) -> None:
    one, other = ({"type": SHARES, "new": {name: 1.0}} for name in ("yes", "no"))
    choice = {"if": {">": ["input.n", 0]}, "then": one, "else": other}
    path = write(tmp_path, **WHOLE, output=SHARES, action=[choice])
    session = open_session(find()["pfa"], Artifact(path), folder=tmp_path / ".parity")
    try:
        outcome = session.score(pa.record_batch({"n": pa.array([1, -1], pa.int32())}))
    finally:
        session.close()
    assert isinstance(outcome, Scores)
    assert outcome.outputs[0].values[0].tolist() == [1.0]
    assert "has the keys [no] in this row, those of the first row are [yes]" in outcome.refused[1].message


def test_what_a_document_does_not_know_is_a_refusal_of_the_row_in_hadrians_words(opened: Opener) -> None:
    outcome = opened(KEPT / "text.pfa").score(rows().slice(0, 2).set_column(3, "city", pa.array(["Oslo", "Atlantis"])))
    assert isinstance(outcome, Scores)
    assert {row: refusal.kind for row, refusal in outcome.refused.items()} == {1: "unseen-category"}
    assert "map key not found" in outcome.refused[1].message


def test_an_error_that_the_document_raises_keeps_its_text(opened: Opener, tmp_path: Path) -> None:
    negative = {"if": {"<": ["input.n", 0]}, "then": {"error": "negative", "code": -3}}
    session = opened(write(tmp_path, **WHOLE, output="int", action=[negative, "input.n"]))
    outcome = session.score(pa.record_batch({"n": pa.array([1, -1], pa.int32())}))
    assert isinstance(outcome, Scores)
    assert outcome.refused[1].kind == "other" and "negative" in outcome.refused[1].message
    text = session.score(pa.record_batch({"n": pa.array(["one"])}))
    assert isinstance(text, Refusal) and text.kind == "type"


@pytest.mark.parametrize(
    ("document", "wanted"),
    [
        ({**WHOLE, "output": "int", "action": [{"no.such": ["input.n"]}]}, "PFASemanticException.*no.such"),
        ({**WHOLE, "output": "string", "action": ["input.n"]}, "PFASemanticException"),
        ({**WHOLE, "output": "int", "method": "emit", "action": [{"emit": ["input.n"]}]}, "its method is EMIT; scored are"),
        ({"input": {"type": "map", "values": "int"}, "output": "int", "action": [1]}, "input is .*map.*; scored are numbers"),
    ],
)
def test_a_document_that_is_not_scored_says_why(document: dict[str, Any], wanted: str, tmp_path: Path) -> None:
    path = write(tmp_path, **document)
    assert runtime_for(path).name == "pfa"
    with pytest.raises(ArtifactError, match=wanted):
        open_session(find()["pfa"], Artifact(path), folder=tmp_path / ".parity", timeout=60.0)

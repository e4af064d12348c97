"""The old binary format in the pure-Java predictor, against what the XGBoost that wrote the files said of 2,000 rows."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from parity.errors import ArtifactError, ConfigurationError
from parity.runtimes import find, open_session, runtime_for
from parity.runtimes.session import Session
from parity.values.case import Artifact
from parity.values.outcome import Output, Scores

KEPT = Path(__file__).parents[1] / "fixtures" / "old_xgboost"
NAMES = ("a", "b", "c", "d")


def opened(name: str, folder: Path, **options: Any) -> Session:
    artifact = Artifact(KEPT / f"{name}.deprecated", options=options)
    session = open_session(find()["xgboost-predictor"], artifact, folder=folder / ".parity", timeout=60.0)
    session.bind({"features": NAMES})
    return session


def rows() -> pa.RecordBatch:
    table = np.load(KEPT / "rows.npy")
    return pa.record_batch({name: pa.array(table[:, i], from_pandas=True) for i, name in enumerate(NAMES)})


def answered(name: str, folder: Path, batch: pa.RecordBatch, **options: Any) -> Output:
    session = opened(name, folder, **options)
    outcome = session.score(batch)
    session.close()
    assert isinstance(outcome, Scores), outcome
    assert not outcome.refused
    return outcome.outputs[0]


@pytest.mark.parametrize(
    ("name", "output", "kind"),
    [
        ("binary", "prediction", "probability"),
        ("binary", "margin", "margin"),
        ("dart", "prediction", "probability"),
        ("linear", "prediction", "probability"),
        ("regression", "prediction", "value"),
        ("three", "prediction", "probability"),
        ("three", "leaf", "leaf"),
        ("label", "prediction", "label"),
        pytest.param("counts", "prediction", "value", marks=pytest.mark.slow),
        pytest.param("binary", "leaf", "leaf", marks=pytest.mark.slow),
        pytest.param("three", "margin", "margin", marks=pytest.mark.slow),
    ],
)
def test_every_output_is_the_library_s_to_a_float_step(tmp_path: Path, name: str, output: str, kind: str) -> None:
    found = answered(name, tmp_path, rows(), output=output)
    with np.load(KEPT / f"{name}.npz") as kept:
        expected = kept[output].reshape(2000, -1)
    assert found.spec.kind == kind
    assert found.spec.width in (None, expected.shape[1])
    if output == "leaf":
        np.testing.assert_array_equal(found.values, expected)
    else:
        # Bit-equal when it was written; one step of float32 is left to another JVM's exp.
        np.testing.assert_array_max_ulp(found.values, expected.astype(np.float32), maxulp=1)


def test_zero_is_missing_only_where_the_caller_says_so(tmp_path: Path) -> None:
    zeros = rows().set_column(1, "b", pa.array(np.zeros(2000, np.float32)))
    holes = rows().set_column(1, "b", pa.nulls(2000, pa.float32()))
    plain, chosen = (answered("binary", tmp_path, zeros, **{"zero-as-missing": flag}).values for flag in (False, True))
    assert np.abs(plain - chosen).max() > 0.01
    np.testing.assert_array_equal(chosen, answered("binary", tmp_path, holes).values)


def test_an_objective_that_it_does_not_know_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"cannot load .*hinge\.deprecated: binary:hinge is not supported objective function"):
        opened("hinge", tmp_path)


def test_a_model_of_a_release_that_wrote_no_magic_is_the_same_model(tmp_path: Path) -> None:
    content = (KEPT / "binary.deprecated").read_bytes()
    assert content.startswith(b"binf")
    path = tmp_path / "trees.model"
    path.write_bytes(content[4:])
    session = open_session(runtime_for(path), Artifact(path), folder=tmp_path / ".parity", timeout=60.0)
    session.bind({"features": NAMES})
    outcome = session.score(rows())
    session.close()
    assert isinstance(outcome, Scores)
    assert session.signature.inputs[0].width == 4
    np.testing.assert_array_equal(outcome.outputs[0].values, answered("binary", tmp_path, rows()).values)


def test_the_signature_is_the_artifact_s(tmp_path: Path) -> None:
    session = opened("dart", tmp_path)
    session.close()
    facts = dict(session.signature.facts)
    assert (facts["objective"], facts["booster"], facts["engine.version"]) == ("binary:logistic", "Dart", "0.3.20")


def test_a_newer_format_is_not_taken_for_the_old_one(tmp_path: Path) -> None:
    newer = tmp_path / "trees.model"
    newer.write_bytes(b"{L\0\0\0\0\0\0\0\x07learner{")
    assert runtime_for(newer).name == "xgboost4j"
    shutil.copyfile(KEPT / "binary.deprecated", newer)
    assert runtime_for(newer).name == "xgboost-predictor"


def test_options_are_checked_by_value(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="wanted one of prediction, margin, leaf"):
        opened("binary", tmp_path, output="contributions")
    with pytest.raises(ConfigurationError, match="wanted true or false"):
        opened("binary", tmp_path, **{"zero-as-missing": 1})

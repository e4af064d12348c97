"""What TensorFlow's JVM build does with odd tensors depends on TF_ENABLE_ONEDNN_OPTS, a variable of the environment.

With oneDNN (the default on x86) a convolution and its ReLU are one kernel. Its ReLU of NaN is a number, so that an image with a
NaN in it gets a finite score; without oneDNN the NaN comes out. And the fused kernel does not check the rank of what it is given
before it asks for a dimension that is not there, which is a failed CHECK: the whole JVM is aborted (and so would Python's process
be), where TensorFlow's own kernel says "convolution input must be 4-dimensional". Both with tensorflow-core 1.1.0
(TensorFlow 2.18.0), from one SavedModel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from parity.numeric.tensors import column_of
from parity.runtimes import find, open_session
from parity.runtimes.session import Session
from parity.values.case import Artifact, Case
from parity.values.outcome import Refusal, Scores
from parity.values.result import Verdict
from tests.contract.artifacts import FIXTURES
from tests.real.judged import judged

KEPT = FIXTURES / "tensorflow"
Opened = Callable[[str], Session]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.heavy(jars="tensorflow"),
]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    sessions: list[Session] = []

    def session(one_dnn: str) -> Session:
        monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", one_dnn)
        sessions.append(open_session(find()["tensorflow"], Artifact(KEPT / "image"), folder=tmp_path))
        return sessions[-1]

    yield session
    for one in sessions:
        one.close()


def images() -> np.ndarray:
    with np.load(KEPT / "rows.npz") as rows:
        return np.asarray(rows["images"])


def batch(values: np.ndarray, shape: tuple[int, ...]) -> pa.RecordBatch:
    return pa.record_batch({"image": column_of(values, pa.float32(), shape)})


def scores(session: Session, rows: pa.RecordBatch) -> np.ndarray:
    outcome = session.score(rows)
    assert isinstance(outcome, Scores), outcome
    return np.asarray(outcome.outputs[0].values)


@pytest.mark.parametrize(("one_dnn", "swallowed"), [("1", True), ("0", False)])
def test_nan_in_an_image_is_swallowed_with_one_dnn_alone(opened: Opened, one_dnn: str, swallowed: bool) -> None:
    session, holed = opened(one_dnn), images()
    holed[1, 2, 2, 0] = np.nan
    found = scores(session, batch(holed, (6, 5, 1)))
    assert bool(np.isfinite(found[1]).all()) is swallowed
    assert np.isfinite(np.delete(found, 1, axis=0)).all()
    assert dict(session.signature.facts)["TF_ENABLE_ONEDNN_OPTS"] == one_dnn


def test_nan_that_one_dnn_swallows_is_a_finding_with_its_cause(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reference is the same engine without oneDNN, which says NaN, as Python does where it is off."""
    plain = opened("0")
    given = np.concatenate([images()] * 4)
    given[::5, 2, 2, 0] = np.nan

    def reference(rows: pd.DataFrame) -> np.ndarray:
        tensors = np.array([np.vstack([np.vstack(line) for line in cell]) for cell in rows["image"]], np.float32)
        return scores(plain, batch(tensors.reshape(-1, 6, 5, 1), (6, 5, 1)))

    reference.parity_outputs = {"scores": "value"}  # type: ignore[attr-defined]
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "1")
    artifact, data = Artifact(KEPT / "image", ("tensorflow",)), batch(given, (6, 5, 1))
    case = Case("swallowed", reference, (artifact,), tmp_path, data=data, source="test")
    (result,) = judged(case, tmp_path, "examples")
    assert result.verdict == Verdict.FAIL, result.reason
    found = [finding for finding in result.findings if not finding.off_domain]
    assert {str(finding.kind) for finding in found} == {"missing-mask"}
    assert sum(finding.rows for finding in found) == len(given[::5])
    assert {finding.cause.name if finding.cause else None for finding in found} == {"nan-swallowed"}


def test_a_wrong_rank_ends_the_jvm_with_one_dnn_and_is_refused_without(opened: Opened) -> None:
    flat = batch(images(), (30,))
    killed = opened("1").score(flat)
    assert isinstance(killed, Refusal)
    assert killed.kind == "crash"
    refused = opened("0").score(flat)
    assert isinstance(refused, Refusal)
    assert refused.kind == "shape"
    assert "convolution input must be 4-dimensional" in refused.message


def test_a_session_whose_jvm_was_ended_goes_on(opened: Opened) -> None:
    session, rows = opened("1"), batch(images(), (6, 5, 1))
    before = scores(session, rows)
    assert isinstance(session.score(batch(images(), (30,))), Refusal)
    assert scores(session, rows).tobytes() == before.tobytes()

"""SavedModels: what is recognised, and the options that choose what is called."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from parity.errors import ArtifactError, ConfigurationError
from parity.runtimes import check_artifact, find, open_session, runtime_for
from parity.values.case import Artifact
from parity.values.outcome import Refusal, Scores
from tests.contract.artifacts import FIXTURES, NUMBERS

KEPT = FIXTURES / "tensorflow"
TENSORFLOW = find()["tensorflow"]
needs_natives = pytest.mark.heavy(jars="tensorflow")


def rows() -> pa.RecordBatch:
    with np.load(KEPT / "rows.npz") as kept:
        return pa.record_batch({name: kept["numbers"][:, i] for i, name in enumerate(NUMBERS)})


def test_a_folder_with_a_saved_model_is_one(tmp_path: Path) -> None:
    assert runtime_for(KEPT / "numbers") is TENSORFLOW
    assert not TENSORFLOW.recognises(KEPT)
    with pytest.raises(ArtifactError, match=r"tensorflow loads TensorFlow SavedModel, but the content of .* is a folder with"):
        check_artifact(TENSORFLOW, KEPT)


@pytest.mark.parametrize("options", [{"signature": 3}, {"tag": " "}, {"threads": 0}])
def test_options_are_checked(options: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match=r"option \w+ of numbers for tensorflow is"):
        TENSORFLOW.options(Artifact(KEPT / "numbers", options=options))


@needs_natives
def test_another_signature_is_called_where_it_is_named(tmp_path: Path) -> None:
    session = open_session(TENSORFLOW, Artifact(KEPT / "numbers", options={"signature": "margins"}), folder=tmp_path)
    try:
        session.bind({"features": NUMBERS})
        scores = session.score(rows())
        assert isinstance(scores, Scores)
        assert [(o.spec.name, o.spec.width) for o in scores.outputs] == [("margin", 2)]
    finally:
        session.close()


@needs_natives
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"signature": "nope"}, "has no signature nope: it has margins, serving_default; name one of them as the option"),
        ({"tag": "nope"}, "Could not find meta graph def matching supplied tags"),
    ],
)
def test_an_unknown_signature_or_tag_is_an_error(tmp_path: Path, options: dict[str, str], words: str) -> None:
    with pytest.raises(ArtifactError, match=words):
        open_session(TENSORFLOW, Artifact(KEPT / "numbers", options=options), folder=tmp_path)


@needs_natives
def test_a_wrong_width_is_a_refusal_in_the_engines_words(tmp_path: Path) -> None:
    session = open_session(TENSORFLOW, Artifact(KEPT / "numbers"), folder=tmp_path)
    try:
        session.bind({"features": NUMBERS[:2]})
        refused = session.score(rows())
        assert isinstance(refused, Refusal)
        assert refused.kind == "shape"
        assert "Matrix size-incompatible" in refused.message
        session.bind({"features": ()})
        absent = session.score(rows())
        assert isinstance(absent, Refusal)
        assert absent.kind == "column-absent"
    finally:
        session.close()

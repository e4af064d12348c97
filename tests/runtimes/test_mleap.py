"""MLeap bundles, zipped and as folders, against what the scikit-learn models said that they were made from."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from parity.errors import ArtifactError
from parity.runtimes import find, open_session, runtime_for
from parity.values.case import Artifact
from parity.values.outcome import Refusal, Scores
from parity.values.signature import OutputKind
from tests.contract.makers.mleap import CITIES, KEPT
from tests.runtimes.opened import Opener, answers, opener

INPUTS = ("a", "b", "c")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opener]:
    with opener("mleap", tmp_path_factory.mktemp("mleap")) as found:
        yield found


def rows() -> pa.RecordBatch:
    with np.load(KEPT / "rows.npz") as kept:
        cities = pa.array([CITIES[code] for code in kept["city"]])
        return pa.record_batch({name: kept["numbers"][:, i] for i, name in enumerate(INPUTS)} | {"city": cities})


def expected(name: str, what: str = "scores") -> Any:
    with np.load(KEPT / f"{name}.npz") as kept:
        return kept[what]


def unpacked(name: str, folder: Path) -> Path:
    with zipfile.ZipFile(KEPT / f"{name}.zip") as archive:
        archive.extractall(folder / name)
    return folder / name


def test_a_folder_is_scored_as_the_archive_of_it_and_a_forest_gives_all_that_it_has(opened: Opener, tmp_path: Path) -> None:
    folder = unpacked("forest", tmp_path)
    assert runtime_for(folder).name == "mleap"
    session = opened(folder)
    kinds = {output.name: output.kind for output in session.signature.outputs}
    assert kinds == {"raw_prediction": OutputKind.MARGIN, "probability": OutputKind.PROBABILITY, "prediction": OutputKind.LABEL}
    found = answers(session.score(rows()))
    np.testing.assert_allclose(found["probability"], expected("forest"), rtol=0, atol=1e-14)
    np.testing.assert_array_equal(found["prediction"][:, 0], expected("forest", "label"))


def test_the_vectors_between_the_stages_are_outputs_on_demand(opened: Opener) -> None:
    session = opened(KEPT / "logistic.zip", outputs="all")
    assert [output.name for output in session.signature.outputs] == ["unscaled", "scaled", "prediction"]
    numbers = np.column_stack([rows().column(name).to_numpy() for name in INPUTS])
    np.testing.assert_array_equal(answers(session.score(rows()))["unscaled"], numbers.astype(np.float64))


def test_text_that_the_indexer_does_not_know_and_missing_text_are_told_apart(opened: Opener) -> None:
    session, batch = opened(KEPT / "text.zip"), rows().slice(0, 3)
    outcome = session.score(batch.set_column(3, "city", pa.array(["Oslo", "Atlantis", None])))
    assert isinstance(outcome, Scores)
    assert {row: refusal.kind for row, refusal in outcome.refused.items()} == {1: "unseen-category", 2: "missing"}
    assert "Unseen label: Atlantis" in outcome.refused[1].message


def test_a_number_where_a_bundle_wants_text_is_refused(opened: Opener) -> None:
    outcome = opened(KEPT / "text.zip").score(rows().set_column(3, "city", pa.array(np.zeros(400))))
    assert isinstance(outcome, Refusal)
    assert outcome.kind == "type"
    assert "column city is float64, but MLeap's field city is string" in outcome.message


def test_a_cut_archive_of_the_exporter_is_still_known(tmp_path: Path) -> None:
    for name in ("logistic", "forest", "text"):
        cut = tmp_path / f"{name}.zip"
        content = (KEPT / f"{name}.zip").read_bytes()
        cut.write_bytes(content[: len(content) // 2])
        assert runtime_for(cut).name == "mleap"


@pytest.mark.parametrize(
    ("broken", "wanted"),
    [
        ("bundle.json", "JsonParser.*Unexpected end-of-input"),
        ("root/model.json", "JsonParser.*Unexpected end-of-input"),
        ("op", "no_such_op"),
    ],
)
def test_a_damaged_bundle_is_an_error_in_mleaps_words(broken: str, wanted: str, tmp_path: Path) -> None:
    folder = unpacked("text", tmp_path)
    if broken == "op":
        path = folder / "root" / "line.node" / "model.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"op": "no_such_op"}))
    else:
        path = folder / broken
        path.write_text(path.read_text()[: path.stat().st_size // 2])
    with pytest.raises(ArtifactError, match=wanted):
        open_session(find()["mleap"], Artifact(folder), folder=tmp_path / ".parity", timeout=60.0)

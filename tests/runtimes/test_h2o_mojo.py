"""MOJOs of five algorithms, against what the H2O cluster that trained them said of 2,000 rows."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from parity.errors import ArtifactError, ConfigurationError
from parity.runtimes import find, open_session, runtime_for
from parity.runtimes.session import Session
from parity.values.case import Artifact
from parity.values.outcome import Scores

KEPT = Path(__file__).parents[1] / "fixtures" / "h2o_mojo"
CITIES = ("Oslo", "Łódź", "Kyōto", "Lima", None)
THREE = ("high", "low", "mid")
INPUTS = ("a", "b", "c", "city")
Opener = Callable[..., Session]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opener]:
    """Opens a kept MOJO (once with the same options), or another file, with the columns of its names fed to it."""
    folder, sessions = tmp_path_factory.mktemp("mojo"), dict[tuple[Any, ...], Session]()

    def opener(model: str | Path, **options: Any) -> Session:
        path = KEPT / f"{model}.zip" if isinstance(model, str) else model
        key = (path, *sorted((name, value) for name, value in options.items() if value != "easy"))
        if key not in sessions:
            artifact = Artifact(path, options=options)
            sessions[key] = open_session(find()["h2o-mojo"], artifact, folder=folder / ".parity", timeout=60.0)
            sessions[key].bind({name: (name,) for name in INPUTS})
        return sessions[key]

    yield opener
    for session in sessions.values():
        session.close()


def rows(missing: str | None = None) -> pa.RecordBatch:
    with np.load(KEPT / "rows.npz") as kept:
        numbers = [pa.array(column, from_pandas=True) for column in kept["numbers"].T]
        cities = [CITIES[code] or missing for code in kept["city"]]
    return pa.record_batch([*numbers, pa.array(cities, pa.string())], names=list(INPUTS))


def with_city(city: pa.Array) -> pa.RecordBatch:
    return rows().slice(0, len(city)).set_column(3, "city", city)


def answered(session: Session, batch: pa.RecordBatch) -> dict[str, Any]:
    outcome = session.score(batch)
    assert isinstance(outcome, Scores), outcome
    assert not outcome.refused
    return {output.spec.name: output.values for output in outcome.outputs}


def expected(name: str) -> tuple[Any, Any]:
    with np.load(KEPT / f"{name}.npz") as kept:
        return kept["scores"], kept.get("label")


@pytest.mark.parametrize("api", ["easy", pytest.param("direct", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("name", "classes", "bound"),
    [
        # Trees add floats in one order: bit-equal. Exponentials and sums of doubles may differ in the last places: a few 2^-52 of
        # the largest term, which is 1 for probabilities and below 64 for the values.
        ("gbm", ("no", "yes"), 0),
        ("gbm_value", (), 0),
        ("drf", THREE, 0),
        ("xgboost", ("no", "yes"), 0),
        ("glm", ("no", "yes"), 4 * 2.0**-52),
        ("glm_three", THREE, 4 * 2.0**-52),
        ("deeplearning", (), 4 * 64 * 2.0**-52),
    ],
)
def test_every_algorithm_scores_as_its_cluster_did(
    opened: Opener, name: str, classes: tuple[str, ...], bound: float, api: str
) -> None:
    scores, label = expected(name)
    found = answered(opened(name, api=api), rows())
    np.testing.assert_allclose(found["probability" if classes else "value"], scores, rtol=0, atol=bound)
    assert len(scores) == 2000
    if classes:
        assert found["label"][:, 0].tolist() == [classes[code] for code in label]


def test_the_signature_is_the_artifact_s(opened: Opener) -> None:
    signature = opened("glm").signature
    assert [(spec.name, spec.type) for spec in signature.inputs] == [
        ("city", "string"), ("a", "float64"), ("b", "float64"), ("c", "float64"),
    ]  # fmt: skip
    assert set(signature.inputs[0].categories or ()) == set(CITIES) - {None}
    outputs = [(spec.name, spec.kind, spec.width) for spec in signature.outputs]
    assert outputs == [("label", "label", 1), ("probability", "probability", 2)]
    assert signature.outputs[1].classes == ("no", "yes")
    facts = dict(signature.facts)
    assert (facts["algorithm"], facts["h2o.version"], facts["engine.version"]) == ("glm", "3.46.0.11", "3.46.0.11")


def test_a_category_that_training_did_not_see_is_refused_or_missing_as_the_caller_says(opened: Opener) -> None:
    unseen, missing = with_city(pa.array(["Atlantis", "Oslo"])), with_city(pa.array([None, "Oslo"]))
    for api in ("easy", "direct"):
        outcome = opened("glm", api=api).score(unseen)
        assert isinstance(outcome, Scores)
        assert {row: refusal.kind for row, refusal in outcome.refused.items()} == {0: "unseen-category"}
        assert "Atlantis" in outcome.refused[0].message
        lenient = opened("glm", api=api, **{"unknown-as-missing": True})
        found, wanted = (answered(lenient, batch)["probability"] for batch in (unseen, missing))
        np.testing.assert_array_equal(found, wanted)


def test_numbers_in_text_are_read_and_other_text_is_refused_or_missing_as_the_caller_says(opened: Opener) -> None:
    batch = rows().slice(0, 2)
    session = opened("gbm")
    text = batch.set_column(2, "c", pa.array([repr(value) for value in batch.column("c").cast(pa.float64()).to_pylist()]))
    np.testing.assert_array_equal(answered(session, text)["probability"], answered(session, batch)["probability"])
    words = batch.set_column(2, "c", pa.array(["abc", "1"]))
    outcome = session.score(words)
    assert isinstance(outcome, Scores)
    assert {row: refusal.kind for row, refusal in outcome.refused.items()} == {0: "type"}
    lenient = answered(opened("gbm", **{"invalid-as-missing": True}), words)["probability"]
    nothing = answered(session, batch.set_column(2, "c", pa.array([None, 1.0])))["probability"]
    np.testing.assert_array_equal(lenient, nothing)


def test_a_number_for_a_category_is_refused_unless_it_is_a_level_s_text(opened: Opener) -> None:
    session = opened("gbm")
    for city, kind in ((pa.array([1.0]), "type"), (pa.array([1]), "unseen-category"), (pa.array([True]), "unseen-category")):
        outcome = session.score(with_city(city))
        assert isinstance(outcome, Scores)
        assert outcome.refused[0].kind == kind


def test_leaves_are_one_more_output_of_tree_models(opened: Opener) -> None:
    batch = rows()
    leaves = answered(opened("gbm_value", leaf=True), batch)["leaf"]
    assert leaves.shape == (2000, 8)
    values = answered(opened("gbm_value"), batch)["value"][:, 0]
    groups: dict[bytes, set[float]] = {}
    for row, value in zip(leaves, values, strict=True):
        groups.setdefault(row.tobytes(), set()).add(value)
    assert len(groups) > 20
    assert all(len(found) == 1 for found in groups.values()), "rows of the same leaves have the same value"
    with pytest.raises(ArtifactError, match="glm"):
        opened("glm", leaf=True)


def test_missing_text_that_h2o_took_for_a_level_drifts_where_it_is_missing_and_only_there(opened: Opener) -> None:
    """h2o.H2OFrame writes pandas' missing text as "nan", and an enum column makes a level of it: Java's missing is another."""
    scores, _ = expected("nan_level")
    session = opened("nan_level")
    assert "nan" in (session.signature.inputs[0].categories or ())
    off = np.abs(answered(session, rows())["probability"] - scores).max(axis=1) > 1e-12
    np.testing.assert_array_equal(off, np.array(rows().column("city").is_null()))
    assert off.sum() == 105
    named = answered(session, rows(missing="nan"))["probability"]
    np.testing.assert_allclose(named, scores, rtol=0, atol=4 * 2.0**-52)


def edited(folder: Path, before: str, after: str) -> Path:
    """The GLM with another model.ini."""
    path = folder / "edited.zip"
    with zipfile.ZipFile(KEPT / "glm.zip") as kept, zipfile.ZipFile(path, "w") as made:
        for name in kept.namelist():
            content = kept.read(name)
            made.writestr(name, content.replace(before.encode(), after.encode()) if name == "model.ini" else content)
            assert name != "model.ini" or before.encode() in content
    return path


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("mojo_version = 1.00", "mojo_version = 9.90", "MOJO version incompatibility"),
        ("algorithm = Generalized Linear Modeling", "algorithm = Future Modeling", "Future Modeling"),
        ("category = Binomial", "category = AutoEncoder", "models of category AutoEncoder are not scored"),
    ],
)
def test_what_the_engine_or_the_runtime_does_not_read_is_an_error(
    opened: Opener, tmp_path: Path, before: str, after: str, message: str
) -> None:
    with pytest.raises(ArtifactError, match=rf"cannot load .*edited\.zip: .*{message}"):
        opened(edited(tmp_path, before, after))


def test_a_mojo_is_known_by_its_model_ini_also_where_it_is_cut(tmp_path: Path) -> None:
    for name in ("gbm", "glm", "xgboost"):
        cut = tmp_path / f"{name}.zip"
        content = (KEPT / f"{name}.zip").read_bytes()
        cut.write_bytes(content[: len(content) // 2])
        assert runtime_for(cut).name == "h2o-mojo"
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as other:
        other.writestr("readme.txt", "model.ini")
    with pytest.raises(ArtifactError, match="a ZIP archive"):
        runtime_for(tmp_path / "other.zip")


def test_options_of_the_wrapper_do_not_go_with_the_direct_way(opened: Opener) -> None:
    with pytest.raises(ConfigurationError, match=r"leaf and invalid-as-missing of gbm\.zip belong to the wrapper"):
        opened("gbm", api="direct", leaf=True)
    with pytest.raises(ConfigurationError, match="wanted one of easy, direct"):
        opened("gbm", api="raw")

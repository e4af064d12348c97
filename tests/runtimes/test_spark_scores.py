"""Spark pipelines, against what PySpark said of them: it is the same engine, so to the last bit."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from parity.errors import ArtifactError
from parity.numeric.tensors import column_of
from parity.runtimes import find, open_session
from parity.values.case import Artifact
from parity.values.outcome import Refusal, Scores
from parity.values.signature import OutputKind
from tests.contract.makers.spark import KEPT, numbers, rows, unpacked
from tests.runtimes.opened import Opener, answers, opener

NAMES = sorted({path.stem for path in KEPT.glob("*.zip")} & {path.stem for path in KEPT.glob("*.npz")})
KINDS = "kinds_"
"""Kept with Spark's own scores alone: tests/anatomy/test_spark_pipeline.py recomputes them from what is read of the files."""
# A session takes 11 s of CPU to open.
pytestmark = [pytest.mark.slow, pytest.mark.heavy(jars="spark")]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opener]:
    """Sessions by the name of the kept pipeline, each opened once."""
    folder = tmp_path_factory.mktemp("spark")
    known: dict[tuple[str, str], Any] = {}
    with opener("spark", folder) as found:

        def session(name: str, **options: str) -> Any:
            if (key := (name, str(options))) not in known:
                known[key] = found(unpacked(name, folder / str(len(known))), **options)
            return known[key]

        yield session


def expected(name: str, what: str = "scores") -> Any:
    with np.load(KEPT / f"{name}.npz") as kept:
        return kept[what]


def wide() -> pa.RecordBatch:
    """The rows in doubles, as PySpark had them."""
    batch = rows()
    return pa.record_batch(
        {name: pa.array(numbers()[:, i].astype(np.float64)) for i, name in enumerate("abc")} | {"city": batch["city"]}
    )


def with_cell(row: int, name: str, value: object) -> pa.RecordBatch:
    batch = wide().slice(0, 20)
    values = batch[name].to_pylist()
    values[row] = value
    return batch.set_column(batch.schema.names.index(name), name, pa.array(values, batch[name].type))


def fed(name: str) -> pa.RecordBatch:
    """The rows that PySpark scored."""
    if name == "vector":
        return pa.record_batch({"features": column_of(numbers().astype(np.float64), pa.float64(), (3,))})
    if not name.startswith(KINDS):
        return wide()
    with np.load(KEPT / "kinds_rows.npz") as given:
        towns = pa.array([f"t{town}" for town in given["town"]])
        return pa.record_batch({column: pa.array(given["numbers"][:, i]) for i, column in enumerate("abc")} | {"town": towns})


@pytest.mark.parametrize("name", NAMES)
def test_scores_are_those_of_pyspark_to_the_last_bit(opened: Opener, name: str) -> None:
    session = opened(name)
    found = answers(session.score(fed(name)))
    (output,) = [spec.name for spec in session.signature.outputs if spec.name in ("probability", "cluster")] or ["prediction"]
    np.testing.assert_array_equal(found[output], expected(name))
    if not name.startswith(KINDS):
        np.testing.assert_allclose(found[output], expected(name, "python"), rtol=0, atol=2e-15)


def test_a_forest_tells_classes_names_and_leaves(opened: Opener) -> None:
    session = opened("forest")
    outputs = {spec.name: (spec.kind, spec.width, spec.classes) for spec in session.signature.outputs}
    kinds = ("mid", "low", "high")  # by how often they were seen, as Spark's indexer orders them
    assert outputs == {
        "rawPrediction": (OutputKind.MARGIN, 3, kinds),
        "probability": (OutputKind.PROBABILITY, 3, kinds),
        "leaf": (OutputKind.LEAF, None, None),
        "kindSaid": (OutputKind.LABEL, 1, None),
    }
    assert [spec.name for spec in session.signature.inputs] == ["a", "b", "c"], "the target is no input"
    found = answers(session.score(wide()))
    np.testing.assert_array_equal(found["leaf"], expected("forest", "leaf"))
    np.testing.assert_array_equal(found["kindSaid"][:, 0], expected("forest", "label"))


def test_rows_that_a_stage_drops_are_refused_and_the_others_keep_their_places(opened: Opener) -> None:
    outcome = opened("skip").score(with_cell(7, "b", None))
    assert isinstance(outcome, Scores)
    assert list(outcome.refused) == [7]
    assert 'handleInvalid is "skip"' in outcome.refused[7].message
    found = {output.spec.name: output.values for output in outcome.outputs}["probability"]
    np.testing.assert_array_equal(np.delete(found, 7, axis=0), np.delete(expected("skip")[:20], 7, axis=0))


@pytest.mark.parametrize(
    ("column", "value", "kind", "words"),
    [
        ("b", None, "missing", "SparkException: Encountered null while assembling a row"),
        ("b", float("nan"), "invalid-value", "Encountered NaN while assembling a row"),
        ("city", "Atlantis", "unseen-category", "Unseen label: Atlantis"),
        ("city", None, "missing", "StringIndexer encountered NULL value"),
    ],
)
def test_a_row_that_spark_declines_is_found_and_told_in_its_words(
    opened: Opener, column: str, value: object, kind: str, words: str
) -> None:
    outcome = opened("text").score(with_cell(13, column, value))
    assert isinstance(outcome, Scores)
    assert {row: refusal.kind for row, refusal in outcome.refused.items()} == {13: kind}
    assert words in outcome.refused[13].message


def test_many_rows_that_spark_declines_are_the_callers_to_sort(opened: Opener) -> None:
    nothing = wide().set_column(1, "b", pa.nulls(400, pa.float64()))
    outcome = opened("text").score(nothing)
    assert isinstance(outcome, Refusal)
    assert outcome.kind == "missing"


def test_an_absent_column_and_a_wrong_type_are_told_by_spark(opened: Opener) -> None:
    absent = opened("text").score(wide().select(["a", "c", "city"]))
    assert isinstance(absent, Refusal)
    assert (absent.kind, "[FIELD_NOT_FOUND] No such struct field `b`" in absent.message) == ("column-absent", True)
    wrong = opened("text").score(wide().set_column(1, "b", pa.array(["1.5"] * 400)))
    assert isinstance(wrong, Refusal)
    assert (wrong.kind, "string of column b is not supported" in wrong.message) == ("type", True)


def test_nothing_listens_but_on_this_machine_and_the_vectors_sum(opened: Opener) -> None:
    session = opened("text")
    assert dict(session.signature.facts)["blas"] in ("VectorBLAS", "Java11BLAS")
    pid = session._link._channel.pid
    inodes = {link.readlink().name for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink() and os.path.lexists(link)}
    sockets = {name.removeprefix("socket:[").removesuffix("]") for name in inodes if name.startswith("socket:[")}
    listening = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in sockets:
                listening.append(fields[1].partition(":")[0])
    assert listening, "Spark's own parts talk to each other over sockets"
    assert set(listening) <= {"0100007F", "0000000000000000FFFF00000100007F"}, listening


def test_a_pipeline_that_was_not_fitted_is_an_error(tmp_path: Path) -> None:
    folder = unpacked("vector", tmp_path)
    part = next(folder.glob("metadata/part-*"))
    part.write_text(part.read_text().replace("org.apache.spark.ml.PipelineModel", "org.apache.spark.ml.Pipeline"))
    (folder / "metadata" / f".{part.name}.crc").unlink()
    for stage in folder.glob("stages/*"):
        only = next(stage.glob("metadata/part-*"))
        only.write_text(only.read_text().replace("Model", ""))
        (stage / "metadata" / f".{only.name}.crc").unlink()
    with pytest.raises(ArtifactError, match=r"it holds a Pipeline, which was not fitted: save what its fit\(\) returns"):
        open_session(find()["spark"], Artifact(folder), folder=tmp_path / ".parity", timeout=60.0)


def test_the_columns_between_the_stages_are_outputs_on_demand(opened: Opener) -> None:
    session = opened("logistic", outputs="all")
    names = [spec.name for spec in session.signature.outputs]
    assert names[:2] == ["features", "scaled"]
    np.testing.assert_array_equal(answers(session.score(wide()))["features"], numbers().astype(np.float64))

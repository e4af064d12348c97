"""H2O's MOJOs: the trees and coefficients that were read answer as the cluster that trained them did."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from parity.anatomy import read_artifact
from parity.anatomy.traverse import features, leaves, margins
from parity.runtimes import find, open_session
from parity.values.anatomy import Anatomy, Floats
from parity.values.case import Artifact
from parity.values.outcome import Scores

KEPT = Path(__file__).parents[1] / "fixtures" / "h2o_mojo"
CITIES = ("Oslo", "Łódź", "Kyōto", "Lima", None)
COLUMNS = ("a", "b", "c", "city")


def sample(columns: tuple[str, ...] = COLUMNS) -> pd.DataFrame:
    with np.load(KEPT / "rows.npz") as rows:
        found = pd.DataFrame(rows["numbers"].astype(np.float64), columns=list("abc"))
        return found.assign(city=[CITIES[code] for code in rows["city"]])[list(columns)]


def margin(anatomy: Anatomy, rows: pd.DataFrame) -> Floats:
    assert anatomy.trees is not None
    return margins(anatomy.trees, leaves(anatomy.trees, features(anatomy, rows)))


def logistic(one: Floats) -> Floats:
    yes = 1 / (1 + np.exp(-one))
    return np.column_stack([1 - yes, yes])


@pytest.mark.parametrize("columns", [COLUMNS, ("city", "c", "a", "b")])
@pytest.mark.parametrize("name", ["gbm", "gbm_value", "drf"])
def test_trees_answer_as_the_cluster_did(name: str, columns: tuple[str, ...]) -> None:
    anatomy = read_artifact(KEPT / f"{name}.zip", columns)
    assert anatomy.trees is not None
    assert anatomy.trees.sets is not None
    got = margin(anatomy, sample(columns))
    if name == "gbm":
        assert anatomy.trees.link == "logistic"
        got = logistic(got)
    if name == "drf":
        got = got / got.sum(axis=1, keepdims=True)
    with np.load(KEPT / f"{name}.npz") as expected:
        np.testing.assert_allclose(got, expected["scores"], rtol=0, atol=1e-13 * max(1, np.abs(expected["scores"]).max()))
    cities = anatomy.categories[columns.index("city")]
    assert cities == ("Kyōto", "Lima", "Oslo", "Łódź")
    assert anatomy.cuts is not None
    assert len(anatomy.cuts.threshold) > 20
    assert all(anatomy.learned_missing)


@pytest.mark.parametrize("name", ["glm", "glm_three"])
def test_coefficients_answer_as_the_cluster_did(name: str) -> None:
    columns = ("city", "a", "b", "c")  # a GLM's own order: categories first
    anatomy = read_artifact(KEPT / f"{name}.zip", columns)
    assert anatomy.linear is not None
    got = features(anatomy, sample(columns)) @ anatomy.linear.weights.T + anatomy.linear.intercept
    if name == "glm":
        assert anatomy.linear.link == "logistic"
        got = logistic(got)
    else:
        assert anatomy.linear.link == "softmax"
        got = np.exp(got) / np.exp(got).sum(axis=1, keepdims=True)
    with np.load(KEPT / f"{name}.npz") as expected:
        np.testing.assert_allclose(got, expected["scores"], rtol=0, atol=1e-13)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gbm", "gbm_value", "drf"])
def test_on_10_000_rows_beside_the_splits_the_trees_answer_as_the_engine_does(name: str, tmp_path: Path) -> None:
    anatomy = read_artifact(KEPT / f"{name}.zip", COLUMNS)
    assert anatomy.cuts is not None
    random = np.random.default_rng(4)
    rows = sample().sample(10_000, replace=True, random_state=1).reset_index(drop=True)
    for i, column in enumerate("abc"):
        places = anatomy.cuts.threshold[anatomy.cuts.column == i]
        if not len(places):
            continue
        near = random.choice(places, len(rows))
        near = np.where(random.random(len(rows)) < 0.5, near, np.nextafter(near, random.choice([-np.inf, np.inf], len(rows))))
        rows[column] = np.where(random.random(len(rows)) < 0.6, near, rows[column])
    session = open_session(find()["h2o-mojo"], Artifact(KEPT / f"{name}.zip"), folder=tmp_path / ".parity")
    try:
        outcome = session.score(pa.RecordBatch.from_pandas(rows, preserve_index=False))
    finally:
        session.close()
    assert isinstance(outcome, Scores)
    assert not outcome.refused
    theirs = outcome.outputs[-1].values
    got = margin(anatomy, rows)
    got = logistic(got) if name == "gbm" else got / got.sum(axis=1, keepdims=True) if name == "drf" else got
    np.testing.assert_allclose(got, theirs, rtol=0, atol=1e-13 * max(1, np.abs(theirs).max()))


@pytest.mark.parametrize("name", ["deeplearning", "xgboost"])
def test_what_is_not_read_is_said(name: str) -> None:
    anatomy = read_artifact(KEPT / f"{name}.zip", COLUMNS)
    assert anatomy.trees is None
    assert any("H2O" in note for note in anatomy.unread)

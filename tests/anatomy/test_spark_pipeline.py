"""Saved trees of Spark: leaves and scores are Spark's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from parity.anatomy import read_artifact
from parity.anatomy.traverse import features, leaves, margins
from parity.diagnose.margins import answers, linked
from parity.runtimes import find, open_session
from parity.values.anatomy import Anatomy
from parity.values.case import Artifact
from parity.values.outcome import Scores
from tests.anatomy.rows import ROWS, hard_rows, same_partition
from tests.contract.makers.spark import CITIES, KEPT, numbers, unpacked

COLUMNS = ("a", "b", "c")
OUTPUTS = {"forest": "probability", "boosted": "prediction"}


def kept(name: str, what: str = "scores") -> Any:
    with np.load(KEPT / f"{name}.npz") as found:
        return found[what]


def anatomy(name: str, folder: Path, columns: tuple[str, ...] = COLUMNS) -> Anatomy:
    found = read_artifact(unpacked(name, folder), columns)
    assert found.unread == ()
    return found


@pytest.mark.parametrize("name", sorted(OUTPUTS))
def test_kept_scores_and_leaves_are_recomputed(name: str, tmp_path: Path) -> None:
    found = anatomy(name, tmp_path)
    assert found.trees is not None and found.cuts is not None and len(found.cuts.threshold) > 20
    mine = leaves(found.trees, numbers().astype(np.float64))
    np.testing.assert_allclose(margins(found.trees, mine), kept(name), rtol=0, atol=2e-15)
    if name == "forest":
        assert same_partition(mine, kept(name, "leaf"))


def test_columns_in_another_order_and_further_ones_are_found_by_name(tmp_path: Path) -> None:
    turned = anatomy("boosted", tmp_path, ("c", "id", "a", "b"))
    assert turned.prefix is not None and turned.trees is not None and turned.cuts is not None
    assert turned.prefix.origin.tolist() == [2, 3, 0]
    rows = numbers().astype(np.float64)
    wider = np.column_stack([rows[:, 2], np.zeros(len(rows)), rows[:, 0], rows[:, 1]])
    mine = leaves(turned.trees, turned.prefix.transform(wider))
    np.testing.assert_allclose(margins(turned.trees, mine), kept("boosted"), rtol=0, atol=2e-15)
    assert set(turned.cuts.column) == {0, 2, 3}


def scores(found: Anatomy, rows: Any, width: int) -> Any:
    given = features(found, rows)
    if found.trees is not None:
        return answers(found.trees, margins(found.trees, leaves(found.trees, given)), width)
    assert found.linear is not None, found.unread
    return linked(given @ found.linear.weights.T + found.linear.intercept, found.linear.link, width)


@pytest.mark.parametrize("name", ["logistic", "skip", "text"])
def test_linear_models_behind_scalers_and_encoders_are_recomputed(name: str, tmp_path: Path) -> None:
    rows = pd.DataFrame(numbers().astype(np.float64), columns=list(COLUMNS))
    if name == "text":
        with np.load(KEPT / "rows.npz") as given:
            rows["city"] = [CITIES[code] for code in given["city"]]
    found = anatomy(name, tmp_path, tuple(rows.columns))
    np.testing.assert_allclose(scores(found, rows, kept(name).shape[1]), kept(name), rtol=0, atol=4e-15)


def kinds() -> pd.DataFrame:
    with np.load(KEPT / "kinds_rows.npz") as given:
        rows = pd.DataFrame(given["numbers"], columns=list(COLUMNS))
        return rows.assign(town=[f"t{town}" for town in given["town"]])


@pytest.mark.parametrize("name", ["forest", "boosted", "tree", "counts", "line"])
def test_categories_fillers_bins_and_links_are_recomputed(name: str, tmp_path: Path) -> None:
    rows = kinds()
    found = anatomy(f"kinds_{name}", tmp_path, tuple(rows.columns))
    wanted = kept(f"kinds_{name}")
    np.testing.assert_allclose(scores(found, rows, wanted.shape[1]), wanted, rtol=1e-14, atol=1e-14)
    assert found.imputed == (False, True, False, False) and sorted(found.categories[3] or ()) == [f"t{i}" for i in range(9)]
    assert found.cuts is not None
    bins = {
        float(t)
        for t, c in zip(found.cuts.threshold, found.cuts.column, strict=True)
        if c == (2 if name in ("counts", "line") else 0)
    }
    assert bins >= ({0.1} if name in ("counts", "line") else {-0.5, 0.25})
    if name in ("forest", "boosted", "tree"):
        assert found.trees is not None and found.trees.sets is not None


def test_what_is_not_read_is_named(tmp_path: Path) -> None:
    folder = unpacked("clusters", tmp_path)
    assert read_artifact(folder, COLUMNS).unread == ("Spark's KMeansModel",)
    assert read_artifact(tmp_path, COLUMNS).unread == ("folders of this kind",)


def test_a_damaged_folder_is_unread(tmp_path: Path) -> None:
    folder = unpacked("boosted", tmp_path)
    data = next(folder.glob("stages/1_*/data/part-*.parquet"))
    data.write_bytes(data.read_bytes()[:-100])
    assert "ArrowInvalid" in read_artifact(folder, COLUMNS).unread[0]


@pytest.mark.slow
@pytest.mark.heavy(jars="spark")
@pytest.mark.parametrize("name", sorted(OUTPUTS))
def test_spark_scores_hard_rows_as_the_trees_that_were_read(name: str, tmp_path: Path) -> None:
    """Rows on and beside the thresholds, and NaN, which Spark sends to the right."""
    found = anatomy(name, tmp_path)
    assert found.trees is not None
    rows = hard_rows(found, numbers().astype(np.float64), missing=True)
    assert len(rows) == ROWS > 10_000
    session = open_session(find()["spark"], Artifact(tmp_path / f"spark-{name}"), folder=tmp_path / ".parity", timeout=120.0)
    try:
        outcome = session.score(pa.record_batch({column: rows[:, i] for i, column in enumerate(COLUMNS)}))
    finally:
        session.close()
    assert isinstance(outcome, Scores) and not outcome.refused
    said = {output.spec.name: output.values for output in outcome.outputs}
    mine = leaves(found.trees, rows)
    np.testing.assert_allclose(margins(found.trees, mine), said[OUTPUTS[name]], rtol=0, atol=4e-15)
    if name == "forest":
        assert same_partition(mine, said["leaf"])

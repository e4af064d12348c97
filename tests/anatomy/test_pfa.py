"""PFA documents: what was read gives the scores of the model, and of Hadrian on rows that sit on and beside every threshold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from parity.anatomy import read_artifact
from parity.anatomy.floats import after64, before64
from parity.anatomy.traverse import features, leaves, margins
from parity.diagnose.margins import answers, linked
from parity.values.anatomy import Anatomy, Floats
from parity.values.outcome import Scores
from tests.anatomy import pfa_documents as documents
from tests.contract.makers.pfa import CITIES, KEPT
from tests.runtimes.opened import Opener, opener

COLUMNS = ("a", "b", "c")
LEVELS = ("Bern", "Oslo", "Paris", "Rome")
NUMBERS = [(c, "double") for c in COLUMNS]


def table() -> tuple[Floats, Any, Any]:
    """Numbers that are floats (trees of scikit-learn compare those), one of three classes, a number."""
    X = np.random.default_rng(3).normal(size=(400, 3)).astype(np.float32).astype(np.float64)
    number = X[:, 0] + X[:, 1] ** 2
    return X, np.digitize(number, [0.0, 1.0]), number


def with_missing() -> tuple[pd.DataFrame, Any]:
    rng, (X, _, number) = np.random.default_rng(4), table()
    X[rng.random(X.shape) < 0.1] = np.nan
    city = rng.choice(LEVELS, len(X)).astype(object)
    label = number + 2 * (city == "Rome") - (city == "Bern") > 1
    frame = pd.DataFrame(X, columns=list(COLUMNS))
    city[rng.random(len(X)) < 0.1] = None
    frame["city"] = pd.Categorical(city, categories=list(LEVELS))
    return frame, label.astype(int)


def scores(anatomy: Anatomy, rows: Any, width: int) -> Floats:
    """What the structure answers."""
    given = features(anatomy, rows)
    if anatomy.trees is not None:
        return answers(anatomy.trees, margins(anatomy.trees, leaves(anatomy.trees, given)), width)
    assert anatomy.linear is not None, anatomy.unread
    return linked(given @ anatomy.linear.weights.T + anatomy.linear.intercept, anatomy.linear.link, width)


def votes(model: Any, X: Floats) -> Floats:
    return np.asarray(np.mean([np.eye(3)[one.predict(X).astype(int)] for one in model.estimators_], axis=0))


@cache
def made() -> dict[str, tuple[dict[str, Any], Any, Any]]:
    """Documents by name, with rows and what the model answers."""
    X, three, number = table()
    frame, label = with_missing()
    two = (number > 0.5).astype(int)
    forest = RandomForestRegressor(5, max_depth=4, random_state=0).fit(X, number)
    several = RandomForestClassifier(5, max_depth=4, random_state=0).fit(X, three)
    tree = DecisionTreeClassifier(max_depth=4, random_state=0).fit(X, three)
    line = LogisticRegression().fit(X, two)
    boosted = GradientBoostingRegressor(n_estimators=7, random_state=0).fit(X, number)
    classes = GradientBoostingClassifier(n_estimators=5, random_state=0).fit(X, three)
    histogram = HistGradientBoostingClassifier(max_iter=6, max_leaf_nodes=8, categorical_features=["city"]).fit(frame, label)
    columns = [*NUMBERS, ("city", "string")]
    return {
        "forest": (documents.forest(forest, COLUMNS), X, forest.predict(X)),
        "votes": (documents.forest(several, COLUMNS), X, votes(several, X)),
        "lookup": (documents.lookup(tree, COLUMNS), X, tree.predict_proba(X)),
        "regression": (documents.regression(line.coef_[0], line.intercept_[0], COLUMNS), X, line.predict_proba(X)),
        "boosted": (documents.gradient(boosted, COLUMNS), X, boosted.predict(X)),
        "classes": (documents.gradient(classes, COLUMNS), X, classes.predict_proba(X)),
        "missing": (documents.histogram(histogram, columns, {"city": LEVELS}), frame, histogram.predict_proba(frame)[:, 1]),
    }


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opener]:
    with opener("pfa", tmp_path_factory.mktemp("pfa")) as found:
        yield found


def written(folder: Path, document: dict[str, Any]) -> Path:
    path = folder / "made.pfa"
    path.write_text(json.dumps(document))
    return path


def beside_the_cuts(anatomy: Anatomy, rows: int = 3000) -> pa.RecordBatch:
    """Numbers at, before and behind the thresholds, null where the document has a way for it, else NaN; text, known or not."""
    rng, columns = np.random.default_rng(9), {}
    assert anatomy.cuts is not None
    for i, name in enumerate(anatomy.columns):
        absent = rng.random(rows) < 0.1 if anatomy.learned_missing[i] else np.zeros(rows, bool)
        if name == "city":
            columns[name] = pa.array(rng.choice([*LEVELS, "Rom", ""], rows), mask=absent)
            continue
        values = rng.normal(size=rows)
        places = anatomy.cuts.threshold[anatomy.cuts.column == i]
        if len(places):
            at = rng.choice(places, rows)
            near = np.stack([at, after64(at), before64(at)])[rng.integers(0, 3, rows), np.arange(rows)]
            values = np.where(rng.random(rows) < 0.7, near, values)
        if not anatomy.learned_missing[i]:
            values[rng.random(rows) < 0.05] = np.nan
        columns[name] = pa.array(values, mask=absent)
    return pa.record_batch(columns)


@pytest.mark.parametrize("name", sorted(made()))
def test_the_scores_are_those_of_the_model_and_of_hadrian(name: str, tmp_path: Path, opened: Opener) -> None:
    document, rows, wanted = made()[name]
    path = written(tmp_path, document)
    anatomy = read_artifact(path, list(rows.columns) if name == "missing" else COLUMNS)
    assert anatomy.unread == ()
    wanted = np.asarray(wanted).reshape(len(rows), -1)
    np.testing.assert_allclose(scores(anatomy, rows, wanted.shape[1]), wanted, rtol=0, atol=4e-15)
    hard = beside_the_cuts(anatomy)
    outcome = opened(path).score(hard)
    assert isinstance(outcome, Scores) and not outcome.refused
    said = outcome.outputs[0].values.reshape(hard.num_rows, -1)
    np.testing.assert_allclose(scores(anatomy, hard, said.shape[1]), said, rtol=0, atol=4e-15)


@pytest.mark.parametrize("name", ["forest", "logistic", "softmax", "text"])
def test_kept_documents_are_read(name: str) -> None:
    with np.load(KEPT / "rows.npz") as kept, np.load(KEPT / f"{name}.npz") as expected:
        rows = pd.DataFrame(kept["numbers"].astype(np.float64), columns=list(COLUMNS))
        rows["city"] = [CITIES[code] for code in kept["city"]]
        wanted = expected["scores"]
    rows = rows if name == "text" else rows[list(COLUMNS)]
    anatomy = read_artifact(KEPT / f"{name}.pfa", list(rows.columns))
    assert anatomy.unread == ()
    np.testing.assert_allclose(scores(anatomy, rows, wanted.shape[1]), wanted, rtol=0, atol=4e-15)


def test_the_nearest_centre_is_the_largest_of_linear_scores() -> None:
    anatomy = read_artifact(KEPT / "clusters.pfa", COLUMNS)
    assert anatomy.linear is not None
    with np.load(KEPT / "rows.npz") as kept, np.load(KEPT / "clusters.npz") as expected:
        found = kept["numbers"].astype(np.float64) @ anatomy.linear.weights.T + anatomy.linear.intercept
        assert found.argmax(axis=1).tolist() == expected["scores"].ravel().tolist()


def test_votes_share_the_trees_that_they_count(tmp_path: Path) -> None:
    document, _, _ = made()["votes"]
    trees = read_artifact(written(tmp_path, document), COLUMNS).trees
    assert trees is not None and len(trees.root) == 5 and trees.leaf.shape[1] == 3 and trees.scale == 0.2


def test_a_way_of_its_own_for_missing_values_is_a_split_of_its_own(tmp_path: Path, opened: Opener) -> None:
    """R's gbm has a third child at every node."""
    leaf = [{"double": float(v)} for v in (1, 2, 3, 4)]
    inner = {"field": "a", "operator": "<", "value": {"double": 2.0}, "pass": leaf[0], "fail": leaf[1], "missing": leaf[3]}
    root = {
        "field": "a",
        "operator": "<",
        "value": {"double": 1.0},
        "pass": leaf[2],
        "fail": {"TreeNode": inner},
        "missing": leaf[3],
    }
    path = written(tmp_path, documents.boosted([{"TreeNode": root}], 0.0, NUMBERS, "adaboost"))
    anatomy = read_artifact(path, COLUMNS)
    assert anatomy.trees is not None and anatomy.trees.link == "logistic" and anatomy.learned_missing == (True, False, False)
    batch = pa.record_batch(
        {"a": pa.array([0.5, 1.0, 2.0, None]), "b": pa.nulls(4, pa.float64()), "c": pa.nulls(4, pa.float64())}
    )
    outcome = opened(path).score(batch)
    assert isinstance(outcome, Scores)
    wanted = 1 / (1 + np.exp(-2 * np.array([3.0, 1, 2, 4])))
    np.testing.assert_allclose(outcome.outputs[0].values.ravel(), wanted, rtol=1e-15)
    np.testing.assert_allclose(scores(anatomy, batch, 1).ravel(), wanted, rtol=1e-15)


def test_spark_ensembles_of_one_array_are_read_by_the_columns_that_feed_it(tmp_path: Path) -> None:
    X, _, number = table()
    model = GradientBoostingRegressor(n_estimators=6, random_state=0).fit(X, number)
    trees = [documents.spark_tree(one[0].tree_, lambda value: value[0])["TreeNode"] for one in model.estimators_]
    weights = [0.1 * (k + 1) for k in range(6)]
    path = written(tmp_path, documents.of_spark(trees, weights))
    anatomy = read_artifact(path, COLUMNS, {"features": COLUMNS})
    wanted = sum(w * one[0].predict(X) for w, one in zip(weights, model.estimators_, strict=True))
    np.testing.assert_allclose(scores(anatomy, X, 1).ravel(), wanted, rtol=0, atol=1e-14)


def test_a_question_of_an_expression_takes_nan_for_the_largest_number_and_a_tree_answers_no(
    tmp_path: Path, opened: Opener
) -> None:
    batch = pa.record_batch({"a": pa.array([float("nan"), 0.0, 2.0]), "b": pa.array([0.0] * 3), "c": pa.array([0.0] * 3)})
    for operator, wanted in ((">", [1.0, 0.0, 1.0]), ("<=", [0.0, 1.0, 0.0])):
        choice = {"if": {operator: ["input.a", 1.0]}, "then": 1.0, "else": 0.0}
        path = written(tmp_path, documents.document(NUMBERS, "double", [choice]))
        outcome = opened(path).score(batch)
        assert isinstance(outcome, Scores)
        assert outcome.outputs[0].values.ravel().tolist() == wanted
        assert scores(read_artifact(path, COLUMNS), batch, 1).ravel().tolist() == wanted


def test_a_binary_step_in_front_is_a_cut_of_its_column(tmp_path: Path) -> None:
    step = {"if": {"<=": ["input.b", 0.25]}, "then": 0.0, "else": 1.0}
    action = [{"+": [{"*": [2.0, step]}, {"*": [3.0, "input.a"]}]}]
    anatomy = read_artifact(written(tmp_path, documents.document(NUMBERS, "double", action)), COLUMNS)
    assert anatomy.cuts is not None
    assert (anatomy.cuts.column.tolist(), anatomy.cuts.threshold.tolist(), anatomy.cuts.strict.tolist()) == ([1], [0.25], [False])
    found = scores(anatomy, np.array([[1.0, 0.25, np.nan], [1.0, 0.26, 0.0]]), 1)
    assert found.ravel().tolist() == [3.0, 5.0]


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ([{"s.len": [["abc"]]}], "the PFA function s.len"),
        ([{"model.tree.simpleTree": ["input", {"cell": "tree"}]}], "the PFA cell 'tree', which is nowhere declared"),
        ([{"*": ["input.a", {"model.tree.simpleTree": ["input", {"cell": "t"}]}]}], "which is nowhere declared"),
        ([{"+": ["input.a", "other"]}], "the PFA symbol 'other'"),
        ([{"u.f": ["input.a"]}], "the PFA function u.f, which is nowhere defined"),
        (
            [{"m.exp": [{"a.max": [{"type": {"type": "array", "items": "double"}, "new": ["input.a"]}]}]}],
            "a PFA link exp of a total",
        ),
        ([{"if": {"<": ["input.a", 0]}, "then": [{"set": {"x": 1}}]}], "a PFA if without an else"),
    ],
)
def test_what_is_not_followed_is_said(action: list[Any], said: str, tmp_path: Path) -> None:
    anatomy = read_artifact(written(tmp_path, documents.document(NUMBERS, "double", action)), COLUMNS)
    assert anatomy.trees is None and anatomy.linear is None
    assert said in anatomy.unread[0]


def test_a_function_that_calls_itself_ends(tmp_path: Path) -> None:
    own = {"f": {"params": [{"x": "double"}], "ret": "double", "do": [{"u.f": ["x"]}]}}
    path = written(tmp_path, documents.document(NUMBERS, "double", [{"u.f": ["input.a"]}], fcns=own))
    assert "calls itself" in read_artifact(path, COLUMNS).unread[0]

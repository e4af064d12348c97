"""MLeap's bundles: what was read gives the scores that MLeap's runtime gives, and those of the models where both agree."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from parity.anatomy import read_artifact
from parity.anatomy.mleap import models
from parity.anatomy.traverse import features, leaves, margins
from parity.diagnose.margins import answers, linked
from parity.values.anatomy import Anatomy, Floats
from parity.values.outcome import Scores
from tests.contract.makers.mleap import CITIES
from tests.runtimes.opened import opener

KEPT = Path(__file__).parents[1] / "fixtures" / "mleap"
NAMES = ("a", "b", "c")


def rows() -> Floats:
    with np.load(KEPT / "rows.npz") as found:
        return np.asarray(found["numbers"], np.float64)


def expected(name: str) -> Floats:
    with np.load(KEPT / f"{name}.npz") as found:
        return np.asarray(found["scores"], np.float64)


def scores(anatomy: Anatomy, given: Any, width: int) -> Floats:
    found = features(anatomy, given)
    if anatomy.trees is not None:
        return answers(anatomy.trees, margins(anatomy.trees, leaves(anatomy.trees, found)), width)
    assert anatomy.linear is not None, anatomy.unread
    return linked(found @ anatomy.linear.weights.T + anatomy.linear.intercept, anatomy.linear.link, width)


@pytest.mark.parametrize("name", ["forest", "forest_value", "logistic_probability"])
def test_the_scores_are_those_of_the_model_that_was_exported(name: str) -> None:
    anatomy = read_artifact(KEPT / f"{name}.zip", NAMES)
    assert anatomy.unread == ()
    wanted = expected(name)
    np.testing.assert_allclose(scores(anatomy, rows(), wanted.shape[1]), wanted, rtol=0, atol=1e-12)


def test_a_matrix_is_read_as_the_runtime_reads_it() -> None:
    """Column by column: the transpose of what scikit-learn wrote, where there are as many classes as features."""
    anatomy = read_artifact(KEPT / "logistic_three.zip", NAMES)
    assert anatomy.linear is not None
    assert anatomy.linear.weights[0, 1] == 0.2968810847975959
    assert anatomy.linear.weights[1, 0] == 0.008139535822240846


def test_columns_in_another_order_are_found_by_name() -> None:
    turned = read_artifact(KEPT / "forest.zip", NAMES[::-1])
    assert turned.prefix is not None
    np.testing.assert_array_equal(turned.prefix.transform(rows()[:, ::-1]), rows())


def test_a_column_of_text_is_read_by_its_labels() -> None:
    with np.load(KEPT / "rows.npz") as found:
        frame = pd.DataFrame(rows(), columns=list(NAMES)).assign(city=[CITIES[code] for code in found["city"]])
    anatomy = read_artifact(KEPT / "text.zip", tuple(frame.columns))
    assert anatomy.unread == () and anatomy.categories[3] == CITIES
    np.testing.assert_allclose(scores(anatomy, frame, 1), expected("text"), rtol=0, atol=1e-12)


def test_other_stages_and_a_cut_tree_are_told(tmp_path: Path) -> None:
    other = bundle(tmp_path / "other", [("p", "pca", {"features": "in"}, "out", {}), *FEATURES])
    assert read_artifact(other, NAMES).unread == ("MLeap's pca",)
    cut = bundle(tmp_path / "cut", [*coded(), model("decision_tree_regression", {})], {"": TREE[:-1]})
    assert read_artifact(cut, ("a", "c", "city")).unread == ("a tree of MLeap's that is cut",)


def test_a_folder_is_read_as_its_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(KEPT / "forest.zip") as archive:
        archive.extractall(tmp_path / "forest")
    found = read_artifact(tmp_path / "forest", NAMES)
    assert found.unread == ()
    np.testing.assert_allclose(scores(found, rows(), 2), expected("forest"), rtol=0, atol=1e-12)


TREE = [
    {"type": "internal", "split": {"type": "continuous", "featureIndex": 0, "threshold": 0.25}},
    {"type": "leaf", "values": [1.5]},
    {
        "type": "internal",
        "split": {"type": "categorical", "featureIndex": 1, "numCategories": 3, "categories": [2.0], "isLeft": False},
    },
    {"type": "leaf", "values": [-2.0]},
    {"type": "leaf", "values": [0.75]},
]
FEATURES = [("join", "vector_assembler", {"a": "input0", "code": "input1", "c": "input2"}, "features", {
    "input_shapes": {"type": "list", "data_shape": [{"base": "scalar", "isNullable": False}] * 3}})]  # fmt: skip


def model(op: str, attributes: dict[str, Any]) -> tuple[Any, ...]:
    output = "probability" if "classifier" in op else "prediction"
    return ("model", op, {"features": "features"}, output, attributes)


def bundle(folder: Path, stages: list[tuple[Any, ...]], trees: dict[str, list[Any]] | None = None) -> Path:
    """A bundle as Spark's side of MLeap writes one: a folder a stage, and a file of lines for each tree."""
    for name, op, inputs, output, attributes in stages:
        place = folder / "root" / f"{name}.node"
        place.mkdir(parents=True)
        shape = {"inputs": [{"name": n, "port": p} for n, p in inputs.items()], "outputs": [{"name": output, "port": "output"}]}
        if op in models.MODELS:
            shape["outputs"] = [{"name": output, "port": output}]
        (place / "node.json").write_text(json.dumps({"name": name, "shape": shape}))
        (place / "model.json").write_text(json.dumps({"op": op, "attributes": attributes}))
        for tree, lines in (trees or {}).items() if op in models.MODELS else ():
            (place / tree).mkdir(exist_ok=True)
            (place / tree / "tree.json").write_text("".join(json.dumps(line) + "\n" for line in lines))
            inner = {"op": "decision_tree_regression", "attributes": {"num_features": {"long": 3}}}
            if tree:
                (place / tree / "model.json").write_text(json.dumps(inner))
    uid = "7d1ad5a8-0000-4000-8000-000000000000"
    facts = {"uid": uid, "name": "b", "format": "json", "version": "0.20.0", "timestamp": "2026-11-28T00:00:00"}
    (folder / "bundle.json").write_text(json.dumps(facts))
    nodes = {"type": "list", "string": [name for name, *_ in stages]}
    (folder / "root" / "model.json").write_text(json.dumps({"op": "pipeline", "attributes": {"nodes": nodes}}))
    (folder / "root" / "node.json").write_text(json.dumps({"name": "b", "shape": {"inputs": [], "outputs": []}}))
    return folder


def vector(values: list[float]) -> dict[str, Any]:
    return {"double": values, "shape": {"dimensions": [{"size": len(values), "name": ""}]}, "type": "tensor"}


def coded(*front: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    labels = {"labels": {"type": "list", "string": ["x", "y"]}, "handle_invalid": {"string": "keep"}}
    labels |= {"nullable_input": {"boolean": True}}
    return [("index", "string_indexer", {"city": "input"}, "code", labels), *FEATURES, *front]


BOOSTED = {"num_features": {"long": 3}, "tree_weights": {"type": "list", "double": [1.0, 0.5]}}
BOOSTED |= {"trees": {"type": "list", "string": ["tree0", "tree1"]}}
BUNDLES: dict[str, tuple[list[tuple[Any, ...]], dict[str, list[Any]] | None]] = {
    "gbt_regression": (coded(model("gbt_regression", BOOSTED)), {"tree0": TREE, "tree1": TREE}),
    "gbt_classifier": (
        coded(model("gbt_classifier", BOOSTED | {"num_classes": {"long": 2}})), {"tree0": TREE, "tree1": TREE},
    ),
    "decision_tree_regression": (coded(model("decision_tree_regression", {"num_features": {"long": 3}})), {"": TREE}),
    "scaled": (
        coded(
            ("range", "min_max_scaler", {"features": "input"}, "ranged", {
                "min": vector([-1.0, 0, 2]), "max": vector([3.0, 2, 2]),
                "minValue": {"double": -1.0}, "maxValue": {"double": 1.0}}),
            ("largest", "max_abs_scaler", {"ranged": "input"}, "scaled", {"maxAbs": vector([0.7, 0.0, 2.5])}),
            ("model", "generalized_linear_regression", {"scaled": "features"}, "prediction", {
                "coefficients": vector([0.5, -1.25, 2.0]), "intercept": {"double": 0.1},
                "family": {"string": "poisson"}, "link": {"string": "log"}}),
        ), None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BUNDLES))
def test_the_runtime_answers_as_the_structure_that_was_read(name: str, tmp_path: Path) -> None:
    stages, trees = BUNDLES[name]
    path, rng = bundle(tmp_path / name, stages, trees), np.random.default_rng(2)
    anatomy = read_artifact(path, ("a", "c", "city"))
    assert anatomy.unread == () and anatomy.categories[2] == ("x", "y")
    values = rng.choice([0.25, np.nextafter(0.25, 1), np.nextafter(0.25, 0), -1.0, 3.5], (300, 2))
    batch = pa.record_batch({"a": values[:, 0], "c": values[:, 1], "city": pa.array(rng.choice(["x", "y", "z"], 300))})
    with opener("mleap", tmp_path) as opened:
        outcome = opened(path).score(batch)
    assert isinstance(outcome, Scores) and not outcome.refused, outcome
    said = next(output.values for output in outcome.outputs if output.spec.name in ("probability", "prediction"))
    said = np.asarray(said, np.float64).reshape(300, -1)
    np.testing.assert_allclose(scores(anatomy, batch, said.shape[1]), said, rtol=0, atol=4e-15)

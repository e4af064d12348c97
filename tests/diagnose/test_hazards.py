"""Hazards are read from real models and their exports, and a clean export has none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import xgboost
from skl2onnx import to_onnx
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from parity.anatomy import read_artifact, read_model
from parity.diagnose.hazards import Facts, hazards
from parity.values.anatomy import Anatomy
from parity.values.columns import Column, ColumnType, Schema
from parity.values.plan import Phase

NAMES = ("a", "b", "c")
RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 3))
Y = (X[:, 0] + X[:, 1] ** 2 > 0.5).astype(int)


def schema(largest: float = 4.0, source: str = "sample") -> Schema:
    return Schema(tuple(Column(n, ColumnType.FLOAT64, -1.0, largest, source=source) for n in NAMES))


def facts(model: Any, path: Path, **more: Any) -> Facts:
    given = {"schema": schema(), **more}
    return Facts(model, read_model(model, NAMES), read_artifact(path, NAMES), path, **given)


def exported(model: Any, path: Path) -> Path:
    options = {type(model): {"zipmap": False}}
    onnx.save(to_onnx(model, X[:1].astype(np.float32), options=options), str(path))
    return path


def names(found: Facts) -> list[tuple[str, Phase]]:
    return [(h.name, h.phase) for h in hazards(found)]


def test_a_clean_export_has_none(tmp_path: Path) -> None:
    model = RandomForestClassifier(5, max_depth=3, random_state=0).fit(X, Y)
    assert names(facts(model, exported(model, tmp_path / "m.onnx"), input_types=("float32",))) == []


def test_learned_directions_that_the_export_lost(tmp_path: Path) -> None:
    holes = X.copy()
    holes[RNG.random(X.shape) < 0.3] = np.nan
    model = RandomForestClassifier(5, max_depth=3, random_state=0).fit(holes, Y)
    assert names(facts(model, exported(model, tmp_path / "m.onnx"))) == [("missing-direction-dropped", Phase.SPECIAL)]


def test_more_trees_in_the_artifact_than_the_model_uses(tmp_path: Path) -> None:
    model = xgboost.XGBClassifier(n_estimators=40, max_depth=2, early_stopping_rounds=2, learning_rate=1.0)
    model.fit(X[:100], Y[:100], eval_set=[(X[100:], Y[100:])], verbose=False)
    model.save_model(tmp_path / "m.json")
    (found,) = hazards(facts(model, tmp_path / "m.json", engine={"engine.version": "99.0"}))
    assert found.name == "best-iteration-ignored" and f"({model.best_iteration + 1} trees)" in found.text
    assert found.note.endswith("(the phase random would prove it)")


@pytest.fixture
def booster(tmp_path: Path) -> tuple[Any, Path]:
    model = xgboost.XGBClassifier(n_estimators=3, max_depth=2).fit(X, Y)
    model.save_model(tmp_path / "m.json")
    document = json.loads((tmp_path / "m.json").read_text())
    document["version"] = [3, 2, 0]
    document["learner"]["learner_model_param"]["base_score"] = "[5E-1]"
    (tmp_path / "m.json").write_text(json.dumps(document))
    return model, tmp_path / "m.json"


@pytest.mark.parametrize(
    ("reader", "expected"),
    [("3.2.0", []), ("1.6.1", ["version-skew", "base-score"]), ("3.1.0", ["version-skew"]), ("", [])],
)
def test_writers_and_readers_of_xgboost(booster: tuple[Any, Path], reader: str, expected: list[str]) -> None:
    found = hazards(facts(*booster, engine={"engine.version": reader}))
    assert [h.name for h in found] == expected
    assert not found or "XGBoost 3.2, the runtime reads with" in found[0].text


@pytest.mark.parametrize(("sparse", "expected"), [(True, ["sparse-zero-as-missing"]), (False, [])])
def test_a_sparse_matrix_in_front_of_xgboost(tmp_path: Path, sparse: bool, expected: list[str]) -> None:
    cells = RNG.integers(0, 3, (200, 3)).astype(float)
    model = make_pipeline(OneHotEncoder(sparse_output=sparse), xgboost.XGBClassifier(n_estimators=2)).fit(cells, Y)
    path = tmp_path / "m.pmml"
    found = hazards(Facts(model, Anatomy(NAMES), Anatomy(NAMES), path, schema()))
    assert [h.name for h in found] == expected


def test_zipmap_is_a_matter_of_latency(tmp_path: Path) -> None:
    model = LogisticRegression().fit(X, Y)
    onnx.save(to_onnx(model, X[:1].astype(np.float32)), str(tmp_path / "m.onnx"))
    assert names(facts(model, tmp_path / "m.onnx")) == [("zipmap", Phase.LATENCY)]


@pytest.mark.parametrize(
    ("largest", "types", "source", "count"),
    [(1.6e9, ("float32",), "sample", 3), (1.6e9, ("float64",), "sample", 0), (1e6, ("float32",), "sample", 0),
     (1.6e9, ("float32",), "nothing", 0)],
)  # fmt: skip
def test_numbers_that_float32_cannot_hold(
    tmp_path: Path, largest: float, types: tuple[str, ...], source: str, count: int
) -> None:
    model = LogisticRegression().fit(X, Y)
    given = facts(model, exported(model, tmp_path / "m.onnx"), schema=schema(largest, source), input_types=types)
    assert [h.name for h in hazards(given)] == ["float32-input"] * count
    assert not count or hazards(given)[0].text == "a reaches 1.6e+09, where the artifact's float32 inputs are 128 apart"


def test_thresholds_that_float32_rounds() -> None:
    from dataclasses import replace

    from sklearn.ensemble import HistGradientBoostingClassifier

    ours = read_model(HistGradientBoostingClassifier(max_iter=3).fit(X, Y), NAMES)
    assert ours.trees is not None
    single = replace(ours, trees=replace(ours.trees, precision="float32"))
    (found,) = hazards(Facts(None, ours, single, Path("m.onnx"), schema()))
    assert found.name == "float32-thresholds" and found.phase == Phase.BOUNDARY
    assert hazards(Facts(None, ours, ours, Path("m.json"), schema())) == ()


def test_zero_as_missing_that_no_format_can_say() -> None:
    from dataclasses import replace

    from sklearn.ensemble import GradientBoostingClassifier

    ours = read_model(GradientBoostingClassifier(n_estimators=2).fit(X, Y), NAMES)
    assert ours.trees is not None
    zero = replace(ours, trees=replace(ours.trees, zero_missing=np.ones(len(ours.trees.left), bool)))
    assert [h.name for h in hazards(Facts(None, zero, zero, Path("m.pmml"), schema()))] == ["zero-as-missing-ignored"]
    assert hazards(Facts(None, zero, zero, Path("m.txt"), schema())) == ()
    marked = replace(zero, trees=replace(zero.trees, missing_value=-999.0))
    assert [h.name for h in hazards(Facts(None, marked, ours, Path("m.json"), schema()))] == ["missing-value-ignored"]


def test_a_damaged_artifact_is_not_the_lints_business(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(b"\x00damaged")
    assert hazards(Facts(None, Anatomy(NAMES), Anatomy(NAMES), tmp_path / "m.onnx", schema())) == ()


def test_an_old_reader_of_ubjson(booster: tuple[Any, Path], tmp_path: Path) -> None:
    model, _ = booster
    model.save_model(tmp_path / "m.ubj")
    found = hazards(facts(model, tmp_path / "m.ubj", engine={"engine.version": "1.6.1"}))
    assert "version-skew" in [h.name for h in found]


def test_a_regressor_whose_link_is_not_exported(tmp_path: Path) -> None:
    """onnxmltools 1.16 writes the sum of the leaves of XGBRegressor(objective="binary:logistic")."""
    from onnxmltools import convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

    model = xgboost.XGBRegressor(objective="binary:logistic", n_estimators=3, max_depth=2).fit(X, Y)
    onnx.save(convert_xgboost(model, initial_types=[("x", FloatTensorType([None, 3]))]), str(tmp_path / "m.onnx"))
    assert ("raw-margin", Phase.RANDOM) in names(facts(model, tmp_path / "m.onnx"))


def test_a_threshold_of_its_own(tmp_path: Path) -> None:
    from sklearn.model_selection import FixedThresholdClassifier

    path = exported(LogisticRegression().fit(X, Y), tmp_path / "m.onnx")
    for threshold, expected in ((0.3, [("label-threshold", Phase.RANDOM)]), (0.5, [])):
        model = FixedThresholdClassifier(LogisticRegression(), threshold=threshold).fit(X, Y)
        assert names(Facts(model, Anatomy(NAMES), Anatomy(NAMES), path, schema())) == expected


@pytest.mark.parametrize(("given", "expected"), [("de_DE", True), (None, True), ("C", False)])
def test_text_that_is_folded_by_a_locale(given: str | None, expected: bool, tmp_path: Path) -> None:
    node = onnx.helper.make_node(
        "StringNormalizer", ["x"], ["y"], case_change_action="LOWER", **({"locale": given} if given else {})
    )
    found = Facts(None, Anatomy(NAMES), Anatomy(NAMES), saved([node], tmp_path), schema())
    assert (("locale", Phase.EXAMPLES) in names(found)) == expected


def test_a_transform_that_the_engine_leaves_out(tmp_path: Path) -> None:
    for kind, expected in ((2, True), (0, False)):
        node = onnx.helper.make_node("TreeEnsemble", ["x"], ["y"], domain="ai.onnx.ml", post_transform=kind)
        found = Facts(None, Anatomy(NAMES), Anatomy(NAMES), saved([node], tmp_path), schema())
        assert (("raw-margin", Phase.RANDOM) in names(found)) == expected


def saved(nodes: list[Any], tmp_path: Path) -> Path:
    graph = onnx.helper.make_graph(nodes, "g", [], [])
    path = tmp_path / "graph.onnx"
    path.write_bytes(onnx.helper.make_model(graph).SerializeToString())
    return path


def test_lightgbm_that_reads_missing_as_zero_and_categories_of_catboost(tmp_path: Path) -> None:
    import catboost
    import lightgbm

    (tmp_path / "m.pmml").write_text("<PMML/>")
    light = lightgbm.LGBMClassifier(n_estimators=2, verbose=-1).fit(X, Y)
    missing = Schema(tuple(Column(n, ColumnType.FLOAT64, missing=True) for n in NAMES))
    for columns, expected in ((missing, True), (schema(), False)):
        found = Facts(light, read_model(light, NAMES), Anatomy(NAMES), tmp_path / "m.pmml", columns)
        assert (("nan-is-zero", Phase.SPECIAL) in names(found)) == expected
    codes = np.column_stack([X[:, :2].astype(object), RNG.integers(0, 3, 200).astype(object)])
    cat = catboost.CatBoostClassifier(iterations=2, verbose=0, allow_writing_files=False).fit(codes, Y, cat_features=[2])
    whole = Schema((*schema().columns[:2], Column("c", ColumnType.INT64)))
    (tmp_path / "m.cbm").touch()
    assert names(Facts(cat, Anatomy(NAMES), Anatomy(NAMES), tmp_path / "m.cbm", whole)) == [("number-as-text", Phase.EXAMPLES)]

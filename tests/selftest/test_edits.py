"""Faults in files: each edit changes what it names and nothing else, and says where it has no place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import catboost
import lightgbm
import numpy as np
import onnx
import onnxruntime
import pytest
import xgboost
from skl2onnx import convert_sklearn, to_onnx
from skl2onnx.common.data_types import StringTensorType
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from parity.anatomy import read_artifact
from parity.selftest import lightgbm_edits, onnx_edits, pmml_edits, xgboost_edits
from parity.selftest.edits import editor_of
from parity.selftest.sums import Sums, structure_of, sums_of
from parity.values.anatomy import Anatomy, Trees

NAMES = ("a", "b", "c")
RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 3)).astype(np.float32)
Y = X[:, 0] * X[:, 1] + X[:, 2]


@pytest.fixture(scope="module")
def boosted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("onnx") / "m.onnx"
    onnx.save(to_onnx(GradientBoostingRegressor(n_estimators=4, max_depth=2).fit(X, Y), X[:1]), str(path))
    return path


def trees(path: Path) -> Trees:
    found = read_artifact(path, NAMES).trees
    assert found is not None
    return found


def changed(before: Trees, after: Trees) -> set[str]:
    names = ("left", "feature", "threshold", "nan_left", "leaf", "rule", "base")
    return {n for n in names if not np.array_equal(getattr(before, n), getattr(after, n))}


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        ("thresholds-one-ulp", {"threshold"}), ("strict-comparison", {"rule"}), ("one-missing-direction", {"nan_left"}),
        ("last-tree-dropped", {"leaf"}), ("leaf-times-1e-6", {"leaf"}), ("leaf-times-1e-4", {"leaf"}),
    ],
)  # fmt: skip
def test_onnx(boosted: Path, tmp_path: Path, fault: str, what: set[str]) -> None:
    path = onnx_edits.edited(boosted, fault, tmp_path / fault)
    assert path is not None and path.parent == tmp_path
    before, after = trees(boosted), trees(path)
    assert changed(before, after) == what
    onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def test_onnx_sizes_of_the_edits(boosted: Path, tmp_path: Path) -> None:
    before = trees(boosted)
    inner = before.left >= 0
    one = trees(onnx_edits.edited(boosted, "thresholds-one-ulp", tmp_path / "u") or boosted)
    step = np.nextafter(before.threshold[inner].astype(np.float32), np.float32(np.inf))
    assert np.array_equal(one.threshold[inner], step.astype(np.float64))
    turned = trees(onnx_edits.edited(boosted, "one-missing-direction", tmp_path / "d") or boosted)
    assert np.flatnonzero(turned.nan_left != before.nan_left).tolist() == [int(before.root[0])]
    dropped = trees(onnx_edits.edited(boosted, "last-tree-dropped", tmp_path / "t") or boosted)
    assert not dropped.leaf[dropped.tree == dropped.tree.max()].any() and dropped.leaf[dropped.tree == 0].any()


def test_onnx_floats_have_no_thresholds_to_round_and_linear_models_no_trees(boosted: Path, tmp_path: Path) -> None:
    assert onnx_edits.edited(boosted, "thresholds-float32", tmp_path / "x") is None
    linear = tmp_path / "linear.onnx"
    onnx.save(to_onnx(LinearRegression().fit(X, Y), X[:1]), str(linear))
    assert onnx_edits.edited(linear, "last-tree-dropped", tmp_path / "x") is None
    assert onnx_edits.edited(linear, "leaf-times-1e-4", tmp_path / "x") is not None
    assert onnx_edits.edited(linear, "class-order", tmp_path / "x") is None


@pytest.mark.parametrize("suffix", [".json", ".ubj"])
@pytest.mark.parametrize(
    ("fault", "what"),
    [
        ("thresholds-one-ulp", {"threshold"}), ("one-missing-direction", {"nan_left"}), ("last-tree-dropped", {"leaf"}),
        ("leaf-times-1e-4", {"leaf"}),
    ],
)  # fmt: skip
def test_xgboost(tmp_path: Path, suffix: str, fault: str, what: set[str]) -> None:
    source = tmp_path / f"m{suffix}"
    xgboost.XGBRegressor(n_estimators=4, max_depth=2).fit(X, Y).save_model(source)
    path = xgboost_edits.edited(source, fault, tmp_path / fault)
    assert path is not None and changed(trees(source), trees(path)) == what
    xgboost.Booster(model_file=str(path))
    assert xgboost_edits.edited(source, "strict-comparison", tmp_path / "x") is None


def test_xgboosts_base_score_becomes_the_margin_zero(tmp_path: Path) -> None:
    source = tmp_path / "m.ubj"
    xgboost.XGBRegressor(n_estimators=4, max_depth=2).fit(X, Y).save_model(source)
    path = xgboost_edits.edited(source, "intercept-dropped", tmp_path / "b")
    assert path is not None and changed(trees(source), trees(path)) == {"base"} and not trees(path).base.any()


PMML = """<?xml version="1.0" encoding="UTF-8"?>
<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><MiningModel functionName="regression"><Segmentation
multipleModelMethod="sum"><Segment id="1"><True/><TreeModel functionName="regression" x-mathContext="double"><Node><True/>
<Node score="0.5"><SimplePredicate field="a" operator="lessOrEqual" value="0.1"/></Node>
<Node score="1.5"><SimplePredicate field="a" operator="greaterThan" value="0.1"/></Node></Node></TreeModel></Segment>
<Segment id="2"><True/><TreeModel functionName="regression"><Node score="7"><True/></Node></TreeModel></Segment>
</Segmentation></MiningModel></PMML>"""


@pytest.mark.parametrize(
    ("fault", "there", "gone"),
    [
        ("strict-comparison", ['operator="lessThan"', 'operator="greaterOrEqual"'], ["lessOrEqual", "greaterThan"]),
        ("thresholds-float32", ['value="0.10000000149011612"'], ['value="0.1"']),
        ("thresholds-one-ulp", ['value="0.10000000000000002"'], ['value="0.1"']),
        ("leaf-times-1e-4", ['score="0.50005"', 'score="7.0007"'], ['score="0.5"']),
        ("last-tree-dropped", ['id="1"'], ['id="2"']),
    ],
)
def test_pmml(tmp_path: Path, fault: str, there: list[str], gone: list[str]) -> None:
    (tmp_path / "m.pmml").write_text(PMML)
    path = pmml_edits.edited(tmp_path / "m.pmml", fault, tmp_path / fault)
    assert path is not None
    text = path.read_text()
    assert all(word in text for word in there) and not any(word in text for word in gone)
    assert 'xmlns="http://www.dmg.org/PMML-4_4"' in text and "ns0:" not in text


def test_a_model_without_trees_has_no_place_in_xgboost(tmp_path: Path) -> None:
    source = tmp_path / "m.json"
    xgboost.XGBRegressor(booster="gblinear", n_estimators=2).fit(X, Y).save_model(source)
    assert json.loads(source.read_text())["learner"]["gradient_booster"]["name"] == "gblinear"
    faults: list[Any] = list(xgboost_edits.EDITS)
    assert all(xgboost_edits.edited(source, fault, tmp_path / "x") is None for fault in faults)


LINEAR_PMML = """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><DataDictionary>
<DataField name="y" optype="categorical"><Value value="no"/><Value value="yes"/></DataField>
<DataField name="city" optype="categorical"><Value value="Oslo"/><Value value="Rome"/></DataField></DataDictionary>
<RegressionModel><MiningSchema><MiningField name="y" usageType="target"/></MiningSchema><LocalTransformations>
<DerivedField name="z"><Apply function="-"><FieldRef field="a"/><Constant>0.1</Constant></Apply></DerivedField>
<DerivedField name="w"><TextIndex textField="t" wordSeparatorCharacterRE=":"/></DerivedField></LocalTransformations>
<RegressionTable intercept="0.3"><NumericPredictor name="z" coefficient="0.7"/><CategoricalPredictor name="city" value="Oslo"
coefficient="2"/><CategoricalPredictor name="city" value="Rome" coefficient="3"/></RegressionTable></RegressionModel></PMML>"""


@pytest.mark.parametrize(
    ("fault", "there"),
    [
        ("coefficient-float32", ['coefficient="0.699999988079071"', 'coefficient="2"']),
        ("scaler-mean-float32", ["<Constant>0.10000000149011612</Constant>"]),
        ("intercept-dropped", ['intercept="0.0"']),
        ("categories-swapped", ['value="Rome" coefficient="2"', 'value="Oslo" coefficient="3"', '<Value value="no"']),
        ("text-pattern", ['wordSeparatorCharacterRE="(?::)|-"']),
        ("text-case", ['isCaseSensitive="true"']),
        ("leaf-one-ulp", ['coefficient="0.7000000000000001"', 'intercept="0.30000000000000004"']),
    ],
)
def test_pmml_of_a_linear_model(tmp_path: Path, fault: str, there: list[str]) -> None:
    (tmp_path / "m.pmml").write_text(LINEAR_PMML)
    path = pmml_edits.edited(tmp_path / "m.pmml", fault, tmp_path / fault)
    assert path is not None
    text = path.read_text()
    assert all(word in text for word in there), text
    assert sums_of(path) == Sums(4, "float64", "terms, their roundings counted")


def test_pmml_compared_in_float32_has_no_thresholds_to_round(tmp_path: Path) -> None:
    field = '<DataDictionary><DataField name="a" dataType="float"/></DataDictionary><MiningModel'
    (tmp_path / "m.pmml").write_text(PMML.replace("<MiningModel", field))
    assert pmml_edits.edited(tmp_path / "m.pmml", "thresholds-float32", tmp_path / "x") is None
    assert sums_of(tmp_path / "m.pmml") == Sums(2, "float64", "leaves")


def test_onnx_graphs_of_float64_and_of_text(tmp_path: Path) -> None:
    model = make_pipeline(StandardScaler(), LinearRegression()).fit(X.astype(np.float64), Y)
    source = tmp_path / "d.onnx"
    onnx.save(to_onnx(model, X[:1].astype(np.float64)), str(source))
    expected = scored(source, X[:50].astype(np.float64))
    for fault, least, most in [
        ("scaler-mean-float32", 1e-12, 1e-6),
        ("coefficient-float32", 1e-12, 1e-6),
        ("intercept-dropped", 1e-3, 9),
    ]:
        path = onnx_edits.edited(source, fault, tmp_path / fault)
        assert path is not None
        moved = np.abs(scored(path, X[:50].astype(np.float64)) - expected).max()
        assert least < moved < most, (fault, moved)


def scored(path: Path, values: Any) -> Any:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: values})[0]


def test_onnx_encoders_change_two_categories(tmp_path: Path) -> None:
    cities = np.array([["Oslo"], ["Rome"], ["Paris"]], dtype=object)
    source = tmp_path / "e.onnx"
    onnx.save(
        to_onnx(OneHotEncoder(sparse_output=False).fit(cities), initial_types=[("c", StringTensorType([None, 1]))]), str(source)
    )
    path = onnx_edits.edited(source, "categories-swapped", tmp_path / "c")
    assert path is not None
    assert np.array_equal(scored(path, cities)[:, [1, 0, 2]], scored(source, cities))
    assert onnx_edits.edited(source, "text-case", tmp_path / "t") is None


def text_model(path: Path, lowercase: bool) -> Path:
    words = ["Sun and rain", "a RAIN of sun"]
    model = TfidfVectorizer(token_pattern=r"[a-zA-Z]+", lowercase=lowercase).fit(words)
    options = {TfidfVectorizer: {"tokenexp": "[a-zA-Z]+"}}
    onnx.save(convert_sklearn(model, initial_types=[("t", StringTensorType([None, 1]))], options=options), str(path))
    return path


def test_onnx_text_is_cut_otherwise(tmp_path: Path) -> None:
    source, words = text_model(tmp_path / "t.onnx", lowercase=False), np.array([["a Sun"], ["rain a"]], dtype=object)
    path = onnx_edits.edited(source, "text-pattern", tmp_path / "p")
    assert path is not None
    before, after = scored(source, words), scored(path, words)
    assert (before > 0).sum() == 4 and (after > 0).sum() == 2, "the word of one letter is lost"


def test_onnx_text_is_no_longer_folded(tmp_path: Path) -> None:
    """Not scored: ONNX Runtime folds only where the locale en_US.UTF-8 is installed."""
    source = text_model(tmp_path / "t.onnx", lowercase=True)
    path = onnx_edits.edited(source, "text-case", tmp_path / "c")
    assert path is not None and [actions(p) for p in (source, path)] == [{b"LOWER"}, {b"NONE"}]


def actions(path: Path) -> set[bytes]:
    nodes = [n for n in onnx.load(str(path)).graph.node if n.op_type == "StringNormalizer"]
    return {a.s for n in nodes for a in n.attribute if a.name == "case_change_action"}


HOLED = np.where(RNG.random(X.shape) < 0.2, np.nan, X).astype(np.float64)


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        ("thresholds-float32", {"threshold"}), ("thresholds-one-ulp", {"threshold"}), ("strict-comparison", {"threshold"}),
        ("one-missing-direction", {"nan_left"}), ("last-tree-dropped", {"leaf"}), ("leaf-times-1e-6", {"leaf"}),
        ("leaf-one-ulp", {"leaf"}),
    ],
)  # fmt: skip
def test_lightgbm(tmp_path: Path, fault: str, what: set[str]) -> None:
    source = tmp_path / "m.txt"
    model = lightgbm.LGBMRegressor(n_estimators=3, num_leaves=5, verbose=-1, n_jobs=1).fit(HOLED, Y)
    model.booster_.save_model(str(source))
    assert editor_of(source) is lightgbm_edits.edited
    path = lightgbm_edits.edited(source, fault, tmp_path / fault)
    assert path is not None
    before, after = (structure_of(p, Anatomy(NAMES)).trees for p in (source, path))
    assert before is not None and after is not None and changed(before, after) == what
    assert lightgbm_edits.edited(source, "class-order", tmp_path / "x") is None


@pytest.mark.parametrize("suffix", ["cbm", "json"])
@pytest.mark.parametrize(
    ("fault", "least", "most"),
    [
        ("last-tree-dropped", 1e-3, 9), ("leaf-times-1e-4", 1e-6, 1e-3), ("leaf-one-ulp", 1e-18, 1e-12),
        ("intercept-dropped", 1e-3, 9), ("one-missing-direction", 1e-3, 9),
    ],
)  # fmt: skip
def test_catboost(tmp_path: Path, suffix: str, fault: str, least: float, most: float) -> None:
    source = tmp_path / f"m.{suffix}"
    model = catboost.CatBoostRegressor(iterations=3, depth=2, verbose=False, allow_writing_files=False, thread_count=1)
    model.fit(HOLED, Y + 1).save_model(str(source), format=suffix)
    edit = editor_of(source)
    path = edit and edit(source, fault, tmp_path / fault)
    assert path is not None and path.suffix == source.suffix
    after = catboost.CatBoost().load_model(str(path), format=suffix).predict(HOLED)
    assert least < np.abs(after - model.predict(HOLED)).max() < most
    assert edit is not None and edit(source, "strict-comparison", tmp_path / "x") is None


def test_files_of_other_formats_are_not_edited(tmp_path: Path) -> None:
    (tmp_path / "m.txt").write_text("age = 1\n")
    assert editor_of(tmp_path / "m.txt") is None

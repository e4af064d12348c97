"""Faults in files: each edit changes what it names and nothing else, and says where it has no place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import xgboost
from skl2onnx import to_onnx
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import LinearRegression

from parity.anatomy import read_artifact
from parity.selftest import onnx_edits, pmml_edits, xgboost_edits
from parity.values.anatomy import Trees

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

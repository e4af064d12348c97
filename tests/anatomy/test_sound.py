"""Trees that contradict themselves: told as not read, in one sentence, whatever the format; sound ones pass."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import onnx
import pytest
import xgboost
from skl2onnx import to_onnx
from sklearn.tree import DecisionTreeRegressor

from parity.anatomy import read_artifact
from tests.anatomy.rows import COLUMNS, table


def set_at(tree, name, node, value):
    tree[name][node] = value


DAMAGE = {
    "child out of range": (lambda t: set_at(t, "left_children", 0, 10_000), "has child 10000"),
    "one child": (lambda t: set_at(t, "right_children", 0, -1), ""),
    "cycle": (lambda t: set_at(t, "left_children", 1, 0), "a root and has a parent"),
    "two parents": (lambda t: set_at(t, "right_children", 0, t["left_children"][0]), "has 2 parents"),
    "NaN threshold": (lambda t: set_at(t, "split_conditions", 0, float("nan")), "node 0 compares with NaN"),
    "feature beyond the width": (lambda t: set_at(t, "split_indices", 0, 99), "asks for feature 99, of 6"),
    "negative feature": (lambda t: set_at(t, "split_indices", 0, -3), "asks for feature -3, of 6"),
    "NaN leaf": (lambda t: set_at(t, "split_conditions", t["left_children"].index(-1), float("nan")), "is NaN"),
    "arrays of other lengths": (lambda t: t["split_indices"].pop(), ""),
    "loose cycle": (lambda t: set_at(t, "left_children", 1, -1), ""),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_xgboost_file_is_told(name, tmp_path):
    X, _, _, number = table()
    model = xgboost.XGBRegressor(n_estimators=2, max_depth=3, n_jobs=1).fit(X, number)
    document = json.loads(bytes(model.get_booster().save_raw("json")))
    path = tmp_path / "model.json"
    path.write_text(json.dumps(document))
    assert read_artifact(path, COLUMNS).unread == ()
    damage, said = DAMAGE[name]
    damage(document["learner"]["gradient_booster"]["model"]["trees"][0])
    path.write_text(json.dumps(document))
    started = time.process_time()
    anatomy = read_artifact(path, COLUMNS)
    assert time.process_time() - started < 5
    assert anatomy.trees is None
    assert len(anatomy.unread) == 1
    assert said in anatomy.unread[0]


@pytest.mark.parametrize(
    ("attribute", "node", "value"),
    [
        ("nodes_truenodeids", 0, 77_777),
        ("nodes_truenodeids", 1, 0),
        ("nodes_falsenodeids", 0, 1),
        ("nodes_featureids", 0, 99),
    ],
)
def test_a_damaged_onnx_file_is_told(attribute, node, value, tmp_path):
    X, _, _, number = table()
    graph = to_onnx(DecisionTreeRegressor(max_depth=3, random_state=0).fit(X, number), X[:1].astype(np.float32))
    path = tmp_path / "model.onnx"
    path.write_bytes(graph.SerializeToString())
    assert read_artifact(path, COLUMNS).trees is not None
    found = next(a for n in graph.graph.node for a in n.attribute if a.name == attribute)
    (found.floats if found.type == onnx.AttributeProto.FLOATS else found.ints)[node] = value
    path.write_bytes(graph.SerializeToString())
    anatomy = read_artifact(path, COLUMNS)
    assert anatomy.trees is None
    assert anatomy.unread


def edited(text, name, place, value):
    """LightGBM's text with one entry of the first line of that name changed."""
    start = text.index(f"\n{name}=") + len(name) + 2
    line = text[start:].partition("\n")[0]
    entries = line.split(" ")
    entries[place] = value
    return text[:start] + " ".join(entries) + text[start + len(line) :]


TEXTS = {
    "cycle": (lambda t: edited(t, "left_child", 1, "0"), ""),
    "child beyond": (lambda t: edited(t, "left_child", 0, "99"), "a child beyond"),
    "leaf beyond": (lambda t: edited(t, "right_child", 0, "-99"), "a child beyond"),
    "two parents": (lambda t: edited(t, "left_child", 0, "-1"), ""),
    "NaN threshold": (lambda t: edited(t, "threshold", 0, "nan"), "node 0 compares with NaN"),
    "feature beyond the width": (lambda t: edited(t, "split_feature", 0, "99"), "asks for feature 99, of 6"),
    "negative feature": (lambda t: edited(t, "split_feature", 0, "-2"), "asks for feature -2, of 6"),
    "NaN leaf": (lambda t: edited(t, "leaf_value", 0, "nan"), "is NaN"),
    "a leaf less": (lambda t: edited(t, "leaf_value", 0, "").replace("leaf_value= ", "leaf_value="), "leaf values"),
    "no number": (lambda t: edited(t, "threshold", 0, "much"), "could not convert"),
    "category without a set": (lambda t: edited(t, "decision_type", 0, "1"), "categorical split"),
    "cut off": (lambda t: t[: len(t) // 3], "cut off"),
    "cut off in a tree": (lambda t: t[: t.index("\nTree=1") - 60], "cut off"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_damaged_lightgbm_text_is_told(name, tmp_path):
    import lightgbm

    X, _, _, number = table()
    model = lightgbm.train({"objective": "regression", "verbose": -1, "num_threads": 1}, lightgbm.Dataset(X, number), 3)
    text, path = model.model_to_string(), tmp_path / "model.txt"
    path.write_text(text)
    assert read_artifact(path, COLUMNS).unread == ()
    damage, said = TEXTS[name]
    path.write_text(damage(text))
    anatomy = read_artifact(path, COLUMNS)
    assert anatomy.trees is None and len(anatomy.unread) == 1
    assert said in anatomy.unread[0]


BORDERS = {
    "NaN border": (lambda d: d["oblivious_trees"][0]["splits"][0].update(border=float("nan")), "compares with NaN"),
    "feature beyond the width": (lambda d: d["oblivious_trees"][0]["splits"][0].update(float_feature_index=99), ""),
    "negative feature": (lambda d: d["oblivious_trees"][0]["splits"][0].update(float_feature_index=-1), "asks for feature -1"),
    "leaves missing": (lambda d: d["oblivious_trees"][0]["leaf_values"].pop(), ""),
    "no splits": (lambda d: d["oblivious_trees"][0].pop("splits"), ""),
    "NaN leaf": (lambda d: d["oblivious_trees"][0]["leaf_values"].__setitem__(0, float("nan")), "is NaN"),
}


@pytest.mark.parametrize("name", BORDERS)
def test_a_damaged_catboost_document_is_told(name, tmp_path):
    recorded = Path(__file__).with_name("recorded") / "catboost-symmetric.json"
    document, path = json.loads(recorded.read_text())["document"], tmp_path / "model.json"
    path.write_text(json.dumps(document))
    assert read_artifact(path, COLUMNS).trees is not None
    damage, said = BORDERS[name]
    damage(document)
    path.write_text(json.dumps(document))
    anatomy = read_artifact(path, COLUMNS)
    assert anatomy.trees is None and len(anatomy.unread) == 1
    assert said in anatomy.unread[0]
    path.write_text(json.dumps(document)[:900])
    assert read_artifact(path, COLUMNS).unread[0].startswith("model.json (JSONDecodeError")

"""PFA documents of scikit-learn's models, laid out as the exporters that are in use lay them out.

None of those runs beside the versions tested here (R with aurelius, Spark 2.2 with Aardpfark, sklearn-to-pfa of 2018), so what
they write was taken from their sources: pfa.gbm, pfa.randomForest, pfa.rpart and pfa.glm in R; Trees.scala; sklearn_to_pfa.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

DOUBLES = {"type": "array", "items": "double"}
_NULLABLE = ["null", "double"]


def document(fields: Sequence[tuple[str, Any]], output: Any, action: Any, cells: Any = None, fcns: Any = None) -> dict[str, Any]:
    """A document that takes a record."""
    record = {"type": "record", "name": "Input", "fields": [{"name": n, "type": t} for n, t in fields]}
    more = {"cells": cells or {}, **({"fcns": fcns} if fcns else {})}
    return {"name": "Made", "input": record, "output": output, "action": action, **more}


def tree_node(columns: Sequence[str], value: Any, leaf: str, missing: bool = False) -> dict[str, Any]:
    """The type of a node, as aurelius and Titus declare it."""
    branch = ["TreeNode", leaf]
    sides = ("pass", "fail", "missing") if missing else ("pass", "fail")
    field = {"type": "enum", "name": "Fields", "symbols": list(columns)}
    fields = [("field", field), ("operator", "string"), ("value", value), *((side, branch) for side in sides)]
    return {"type": "record", "name": "TreeNode", "fields": [{"name": n, "type": t} for n, t in fields]}


def cart(tree: Any, columns: Sequence[str], leaf: Any, at: int = 0) -> dict[str, Any]:
    """A tree of scikit-learn, each branch tagged with its type."""
    if tree.children_left[at] < 0:
        return dict(leaf(tree.value[at].ravel()))
    sides = (cart(tree, columns, leaf, int(child)) for child in (tree.children_left[at], tree.children_right[at]))
    split = {"field": columns[tree.feature[at]], "operator": "<=", "value": {"double": float(tree.threshold[at])}}
    return {"TreeNode": {**split, **dict(zip(("pass", "fail"), sides, strict=True))}}


def forest(model: Any, columns: Sequence[str]) -> dict[str, Any]:
    """pfa.randomForest: a tree's answer is a number, or a class; shares are counted."""
    names = [str(c) for c in getattr(model, "classes_", ())]
    kind = "string" if names else "double"

    def leaf(value: Any) -> dict[str, Any]:
        return {"string": names[int(value.argmax())]} if names else {"double": float(value[0])}

    trees = [cart(one.tree_, columns, leaf)["TreeNode"] for one in model.estimators_]
    cells = {"forest": {"type": {"type": "array", "items": tree_node(columns, ["double"], kind)}, "init": trees}}
    each = {"params": [{"tree": "TreeNode"}], "ret": kind, "do": [{"model.tree.simpleTree": ["input", "tree"]}]}
    scores = {"let": {"tree_scores": {"a.map": [{"cell": "forest"}, each]}}}
    shares = [{"/": [{"a.count": ["tree_scores", [name]]}, {"a.len": ["tree_scores"]}]} for name in names]
    answer = {"type": DOUBLES, "new": shares} if names else {"a.mean": ["tree_scores"]}
    return document([(c, "double") for c in columns], DOUBLES if names else "double", [scores, answer], cells)


def boosted(trees: Sequence[Any], base: float, columns: Sequence[tuple[str, Any]], link: str = "") -> dict[str, Any]:
    """pfa.gbm: numbers and text may be missing, and each node says where to go then. `trees` as `cart` makes them."""
    values = ["double", "string", {"type": "array", "items": "string"}]
    node = tree_node([name for name, _ in columns], values, "double", missing=True)
    cells = {"ensemble": {"type": {"type": "array", "items": node}, "init": [tree["TreeNode"] for tree in trees]}}
    test = {
        "params": [{"d": "Input"}, {"t": "TreeNode"}],
        "ret": ["null", "boolean"],
        "do": [{"model.tree.missingTest": ["d", "t"]}],
    }
    walk = {"model.tree.missingWalk": ["input", "tree", test]}
    each = {"params": [{"tree": "TreeNode"}], "ret": "double", "do": [walk]}
    scores = {"let": {"tree_scores": {"a.map": [{"cell": "ensemble"}, each]}}}
    margin: Any = {"+": [base, {"a.sum": ["tree_scores"]}]}
    if link == "adaboost":
        margin = {"/": [1, {"+": [1, {"m.exp": [{"*": [-2, margin]}]}]}]}
    elif link:
        margin = {link: [margin]}
    return document([(n, ["null", t]) for n, t in columns], "double", [scores, margin], cells)


Levels = Mapping[str, Sequence[str]]


def histogram(model: Any, columns: Sequence[tuple[str, Any]], levels: Levels | None = None) -> dict[str, Any]:
    """A HistGradientBoosting model of one output, its missing directions written as `pfa.gbm` writes them: a whole branch more.

    `levels`: of a column of text its categories in order, as the model's own encoder has them.
    """
    binary = hasattr(model, "classes_")
    trees = [_binned(one[0], model, columns, levels or {}) for one in model._predictors]
    return boosted(trees, float(model._baseline_prediction.ravel()[0]), columns, "m.link.logit" if binary else "")


def _binned(predictor: Any, model: Any, columns: Sequence[tuple[str, Any]], levels: Levels) -> dict[str, Any]:
    """The model reads its categorical columns first, in the order of the columns."""
    is_text = [kind == "string" for _, kind in columns]
    order = [i for i, text in enumerate(is_text) if text] + [i for i, text in enumerate(is_text) if not text]

    def node(at: int) -> dict[str, Any]:
        here = predictor.nodes[at]
        if here["is_leaf"]:
            return {"double": float(here["value"])}
        name, _ = columns[order[here["feature_idx"]]]
        left, right = node(int(here["left"])), node(int(here["right"]))
        sides = {"pass": left, "fail": right, "missing": left if here["missing_go_to_left"] else right}
        if not here["is_categorical"]:
            return {"TreeNode": {"field": name, "operator": "<", "value": {"double": _above(here["num_threshold"])}, **sides}}
        bits = predictor.raw_left_cat_bitsets[here["bitset_idx"]]
        inside = [level for i, level in enumerate(levels[name]) if bits[i // 32] >> np.uint32(i % 32) & 1]
        if len(inside) == 1:
            return {"TreeNode": {"field": name, "operator": "==", "value": {"string": inside[0]}, **sides}}
        return {"TreeNode": {"field": name, "operator": "in", "value": {"array": inside}, **sides}}

    return node(0)


def _above(threshold: float) -> float:
    """x <= t as x < the next number: gbm compares strictly."""
    return float(np.nextafter(threshold, np.inf))


def lookup(model: Any, columns: Sequence[str]) -> dict[str, Any]:
    """pfa.rpart: the tree ends in the name of a leaf, and a map says what is there."""
    tree = model.tree_
    answers = {str(at): tree.value[at].ravel().tolist() for at in range(tree.node_count) if tree.children_left[at] < 0}
    numbered = _numbered(tree, columns, 0)["TreeNode"]
    cells = {
        "tree": {"type": tree_node(columns, ["double"], "string"), "init": numbered},
        "prediction_lookup": {"type": {"type": "map", "values": DOUBLES}, "init": answers},
    }
    test = {"params": [{"d": "Input"}, {"t": "TreeNode"}], "ret": "boolean", "do": [{"model.tree.simpleTest": ["d", "t"]}]}
    walk = {"let": {"pred_idx": {"model.tree.simpleWalk": ["input", {"cell": "tree"}, test]}}}
    found = {"cell": "prediction_lookup", "path": ["pred_idx"]}
    return document([(c, "double") for c in columns], DOUBLES, [walk, found], cells)


def _numbered(tree: Any, columns: Sequence[str], at: int) -> dict[str, Any]:
    if tree.children_left[at] < 0:
        return {"string": str(at)}
    sides = (_numbered(tree, columns, int(child)) for child in (tree.children_left[at], tree.children_right[at]))
    split = {"field": columns[tree.feature[at]], "operator": "<=", "value": {"double": float(tree.threshold[at])}}
    return {"TreeNode": {**split, **dict(zip(("pass", "fail"), sides, strict=True))}}


def regression(coefficients: Any, constant: float, columns: Sequence[str], link: str = "m.link.logit") -> dict[str, Any]:
    """pfa.glm of the binomial family: probabilities of both classes, here in an array."""
    fields = [{"name": "const", "type": "double"}, {"name": "coeff", "type": DOUBLES}]
    kind = {"type": "record", "name": "binomialRegression", "fields": fields}
    cells = {"glm_model": {"type": kind, "init": {"const": float(constant), "coeff": np.asarray(coefficients).tolist()}}}
    action = [
        {"let": {"glm_input": {"type": DOUBLES, "new": [f"input.{c}" for c in columns]}}},
        {"let": {"pred": {link: [{"model.reg.linear": ["glm_input", {"cell": "glm_model"}]}]}}},
        {"type": DOUBLES, "new": [{"-": [1, "pred"]}, "pred"]},
    ]
    return document([(c, "double") for c in columns], DOUBLES, action, cells)


def of_spark(trees: Sequence[Any], weights: Sequence[float], score: str = "sum") -> dict[str, Any]:
    """Aardpfark's ensembles: features come in one array, and functions of the document's own test and walk."""
    branch = ["TreeNode", "double"]
    fields = [("splitType", "int"), ("featureIndex", "int"), ("catVals", DOUBLES), ("threshold", "double"), ("pass", branch)]
    node = {"type": "record", "name": "TreeNode", "fields": [{"name": n, "type": t} for n, t in [*fields, ("fail", branch)]]}
    kinds = [{"name": "trees", "type": {"type": "array", "items": node}}, {"name": "weights", "type": DOUBLES}]
    cell = {
        "type": {"type": "record", "name": "TreeEnsemble", "fields": kinds},
        "init": {"trees": list(trees), "weights": list(weights)},
    }
    lets = {"fIdx": "t.featureIndex", "threshold": "t.threshold", "splitType": "t.splitType", "catVals": "t.catVals"}
    test: list[Any] = [{"let": {name: value}} for name, value in lets.items()]
    test.insert(1, {"let": {"fVal": {"attr": "f.features", "path": ["fIdx"]}}})
    decide = {
        "if": {"==": ["splitType", 1]},
        "then": [{"<=": ["fVal", "threshold"]}],
        "else": [{"a.contains": ["catVals", "fVal"]}],
    }
    walk = {"model.tree.simpleWalk": ["f", "t", {"fcn": "u.treeTest"}]}
    both = [{"f": "Input"}, {"t": "TreeNode"}]
    product = {"params": [{"a": "double"}, {"b": "double"}], "ret": "double", "do": [{"*": ["a", "b"]}]}
    fcns = {
        "treeTest": {"params": both, "ret": "boolean", "do": [*test, decide]},
        "treeWalk": {"params": both, "ret": "double", "do": [walk]},
        "doubleMult": product,
    }
    row = {"type": "Input", "new": {"features": "input.features"}}
    raw = {"a.map": [{"cell": "model", "path": [["trees"]]}, {"fcn": "u.treeWalk", "fill": {"f": row}}]}
    weighted = {"a.sum": [{"a.zipmap": [raw, {"cell": "model", "path": [["weights"]]}, {"fcn": "u.doubleMult"}]}]}
    answer = {"sum": weighted, "mean": {"a.mean": [raw]}, "mode": {"a.mode": [raw]}}[score]
    output = {"type": "record", "name": "Output", "fields": [{"name": "prediction", "type": "double"}]}
    action = {"type": "Output", "new": {"prediction": answer}}
    return document([("features", DOUBLES)], output, [action], {"model": cell}, fcns)


def spark_tree(tree: Any, value: Any, at: int = 0) -> dict[str, Any]:
    """A tree of scikit-learn as Aardpfark writes one of Spark's."""
    if tree.children_left[at] < 0:
        return {"double": float(value(tree.value[at].ravel()))}
    sides = [spark_tree(tree, value, int(child)) for child in (tree.children_left[at], tree.children_right[at])]
    split = {"splitType": 1, "featureIndex": int(tree.feature[at]), "catVals": [], "threshold": float(tree.threshold[at])}
    return {"TreeNode": {**split, "pass": sides[0], "fail": sides[1]}}


def gradient(model: Any, columns: Sequence[str]) -> dict[str, Any]:
    """sklearn-to-pfa's gradient boosting: the test is an expression of the walk; several classes have a list of trees each."""
    fields = [("feature", "int"), ("operator", "string"), ("value", "double"), ("pass", ["double", "TreeNode"])]
    node = {
        "type": "record",
        "name": "TreeNode",
        "fields": [{"name": n, "type": t} for n, t in [*fields, ("fail", ["double", "TreeNode"])]],
    }
    lists = [[_by_number(one.tree_)["TreeNode"] for one in column] for column in model.estimators_.T]
    row = {"type": "record", "name": "Row", "fields": [{"name": "values", "type": DOUBLES}]}
    test = {"<=": [{"attr": "d", "path": [["values"], "t.feature"]}, "t.value"]}
    inner = {"params": [{"d": "Row"}, {"t": "TreeNode"}], "ret": "boolean", "do": [test]}
    each = {"params": [{"tree": "TreeNode"}], "ret": "double", "do": [{"model.tree.simpleWalk": ["row", "tree", inner]}]}
    front = [
        {"let": {"x": {"type": DOUBLES, "new": [f"input.{c}" for c in columns]}}},
        {"let": {"row": {"type": row, "new": {"values": "x"}}}},
    ]
    several = len(lists) > 1
    start = model._raw_predict_init(np.zeros((1, len(columns)))).ravel()
    cells: dict[str, Any] = {"learningRate": {"type": "double", "init": model.learning_rate}}
    if not several:
        cells |= {
            "trees": {"type": {"type": "array", "items": node}, "init": lists[0]},
            "intercept": {"type": "double", "init": start[0]},
        }
        scores = {"let": {"scores": {"a.map": [{"cell": "trees"}, each]}}}
        answer: list[Any] = [scores, {"+": [{"cell": "intercept"}, {"*": [{"cell": "learningRate"}, {"a.sum": ["scores"]}]}]}]
        return document([(c, "double") for c in columns], "double", [*front, *answer], cells)
    trees = {"type": "array", "items": {"type": "array", "items": node}}
    cells |= {"classesTrees": {"type": trees, "init": lists}, "priors": {"type": DOUBLES, "init": start.tolist()}}
    by_class = [
        {"let": {"scores": {"a.map": ["trees", each]}}},
        {"*": [{"cell": "learningRate"}, {"a.sum": ["scores"]}]},
    ]
    one_class = {"params": [{"trees": {"type": "array", "items": "TreeNode"}}], "ret": "double", "do": by_class}
    share = {"params": [{"x": "double"}], "ret": "double", "do": [{"m.exp": [{"-": ["x", "norm"]}]}]}
    answer = [
        {"let": {"activations": {"a.map": [{"cell": "classesTrees"}, one_class]}}},
        {"set": {"activations": {"la.add": [{"cell": "priors"}, "activations"]}}},
        {"let": {"norm": {"a.logsumexp": ["activations"]}}},
        {"a.map": ["activations", share]},
    ]
    return document([(c, "double") for c in columns], DOUBLES, [*front, *answer], cells)


def _by_number(tree: Any, at: int = 0) -> dict[str, Any]:
    if tree.children_left[at] < 0:
        return {"double": float(tree.value[at].ravel()[0])}
    sides = [_by_number(tree, int(child)) for child in (tree.children_left[at], tree.children_right[at])]
    split = {"feature": int(tree.feature[at]), "operator": "<=", "value": float(tree.threshold[at])}
    return {"TreeNode": {**split, "pass": sides[0], "fail": sides[1]}}

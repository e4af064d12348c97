"""Trees grown on one table of mixed kinds of numbers, and the leaves that each library itself says its rows end in.

Nothing here uses the package: the structure is read from the libraries' own dumps and rows are followed by the libraries, so
that what the generator claims of its rows is checked by somebody else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ROWS = 6_000
NAMES = ("signal", "noise", "money", "rate", "count", "age", "epoch", "number", "tenths", "tiny", "flag", "skewed")
WHOLE = frozenset({"count", "age", "epoch", "number", "flag"})


def table(seed: int, rows: int = ROWS) -> tuple[Floats, Ints]:
    """Columns NAMES, (rows, 12), and a target of two classes that depends on most of them."""
    rng = np.random.default_rng(seed)
    columns = [
        rng.normal(size=rows),
        rng.normal(size=rows),
        np.round(rng.gamma(2.0, 900.0, rows), 2),
        np.round(rng.random(rows), 4),
        rng.poisson(4.0, rows),
        rng.integers(18, 90, rows),
        1_600_000_000 + rng.integers(0, 10**8, rows),
        rng.integers(10**7, 10**8, rows),
        np.round(rng.normal(20.0, 6.0, rows), 1),
        rng.random(rows) * 1e-6,
        rng.random(rows) < 0.3,
        rng.lognormal(0.0, 1.5, rows),
    ]
    matrix = np.column_stack([np.asarray(c, dtype=np.float64) for c in columns])
    ranked = (matrix - matrix.mean(0)) / matrix.std(0)
    score = ranked[:, 0] + np.sin(3 * ranked[:, 2]) + ranked[:, 3] * ranked[:, 8] + 0.5 * np.abs(ranked[:, 6:8]).sum(1)
    return matrix, (score + rng.normal(size=rows) > np.median(score)).astype(np.int64)


@dataclass(frozen=True)
class Tree:
    """One tree as its library dumps it, by node: -1 for no child. `node_of_leaf`: the library's number of a leaf to its node."""

    left: Ints
    right: Ints
    feature: Ints
    threshold: Floats
    node_of_leaf: Ints


@dataclass(frozen=True)
class Grown:
    """`leaves(rows)` is the library's own answer, (rows, trees), in its own numbers. `precision`: what it compares in."""

    name: str
    model: Any
    trees: tuple[Tree, ...]
    leaves: Callable[[Floats], Ints]
    rule: str
    precision: str

    @property
    def splits(self) -> int:
        """Inner nodes."""
        return sum(int((t.left >= 0).sum()) for t in self.trees)


def lightgbm(seed: int, trees: int = 100, number_of_leaves: int = 31) -> Grown:
    """LightGBM: 100 trees of 31 leaves are 3,000 splits."""
    from lightgbm import LGBMClassifier

    model = LGBMClassifier(n_estimators=trees, num_leaves=number_of_leaves, n_jobs=1, verbose=-1).fit(*table(seed))
    return of_lightgbm(model, model.booster_)


def of_lightgbm(model: Any, booster: Any) -> Grown:
    """A booster by its own dump."""
    read = tuple(_lightgbm_tree(t["tree_structure"], t["num_leaves"]) for t in booster.dump_model()["tree_info"])

    def leaves(rows: Floats) -> Ints:
        return np.asarray(booster.predict(rows, pred_leaf=True, num_threads=1))

    return Grown("LightGBM", model, read, leaves, "le", "float64")


def _lightgbm_tree(root: dict[str, Any], number_of_leaves: int) -> Tree:
    rows: list[list[float]] = []
    node_of_leaf = np.zeros(number_of_leaves, np.int64)

    def visit(node: dict[str, Any]) -> int:
        here = len(rows)
        rows.append([-1, -1, 0, 0.0])
        if "split_feature" in node:
            left, right = visit(node["left_child"]), visit(node["right_child"])
            rows[here] = [left, right, node["split_feature"], node["threshold"]]
        else:
            node_of_leaf[node.get("leaf_index", 0)] = here
        return here

    visit(root)
    left, right, feature, threshold = np.array(rows).T
    return Tree(left.astype(np.int64), right.astype(np.int64), feature.astype(np.int64), threshold, node_of_leaf)


def xgboost(seed: int, trees: int = 47, depth: int = 5) -> Grown:
    """XGBoost, of its saved JSON; thresholds are float32."""
    import json

    from xgboost import DMatrix, XGBClassifier

    model = XGBClassifier(n_estimators=trees, max_depth=depth, n_jobs=1).fit(*table(seed))
    booster = model.get_booster()
    saved = json.loads(bytes(booster.save_raw("json")))["learner"]["gradient_booster"]["model"]["trees"]
    read = tuple(
        Tree(
            np.array(t["left_children"]),
            np.array(t["right_children"]),
            np.array(t["split_indices"]),
            np.array(t["split_conditions"], np.float32).astype(np.float64),
            np.arange(len(t["left_children"])),
        )
        for t in saved
    )
    return Grown(
        "XGBoost", model, read, lambda rows: booster.predict(DMatrix(rows), pred_leaf=True).astype(np.int64), "lt", "float32"
    )


def forest(seed: int, trees: int = 15) -> Grown:
    """scikit-learn's forest, grown to the end."""
    from sklearn.ensemble import RandomForestClassifier

    model = RandomForestClassifier(trees, random_state=seed).fit(*table(seed))
    read = tuple(
        Tree(t.children_left, t.children_right, t.feature, t.threshold, np.arange(t.node_count))
        for t in (e.tree_ for e in model.estimators_)
    )
    return Grown("forest", model, read, lambda rows: np.asarray(model.apply(rows)), "le", "float32")


def histogram(seed: int, trees: int = 100) -> Grown:
    """scikit-learn's histogram gradient boosting: 100 trees of 31 leaves."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(max_iter=trees, early_stopping=False, random_state=seed).fit(*table(seed))
    return of_nodes(model, [p.nodes for (p,) in model._predictors])


def of_nodes(model: Any, nodes: Sequence[Any]) -> Grown:
    """Trees by scikit-learn's node records. It tells no leaves, so its predictors are asked for values that are node numbers."""
    from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor

    read, asking = [], []
    for one in nodes:
        leaf = one["is_leaf"] == 1
        children = (np.where(leaf, -1, one[side].astype(np.int64)) for side in ("left", "right"))
        read.append(Tree(*children, one["feature_idx"].astype(np.int64), one["num_threshold"].copy(), np.arange(len(one))))
        numbered = one.copy()
        numbered["value"] = np.arange(len(one))
        asking.append(TreePredictor(numbered, np.zeros((0, 8), np.uint32), np.zeros((0, 8), np.uint32)))
    known, places = np.zeros((0, 8), np.uint32), np.zeros(len(NAMES), np.uint32)

    def leaves(rows: Floats) -> Ints:
        rows = np.ascontiguousarray(rows)
        return np.column_stack([p.predict(rows, known, places, 1) for p in asking]).astype(np.int64)

    return Grown("HistGradientBoosting", model, tuple(read), leaves, "le", "float64")


def rounded(grown: Grown, only: float | None = None) -> Grown:
    """The same trees of LightGBM or HistGradientBoosting with all thresholds, or `only` those of one value, in float32."""
    if grown.name == "LightGBM":
        from lightgbm import Booster

        lines = grown.model.booster_.model_to_string().split("\n")
        return of_lightgbm(grown.model, Booster(model_str="\n".join(_rounded(line, only) for line in lines)))
    nodes = [p.nodes.copy() for (p,) in grown.model._predictors]
    for one in nodes:
        one["num_threshold"] = _single(one["num_threshold"], only)
    return of_nodes(grown.model, nodes)


def _single(thresholds: Floats, only: float | None) -> Floats:
    return np.where((only is None) | (thresholds == only), thresholds.astype(np.float32).astype(np.float64), thresholds)


def _rounded(line: str, only: float | None) -> str:
    """LightGBM's text holds the thresholds of a tree in one line; the sizes of the trees in bytes are not needed to read it."""
    if line.startswith("tree_sizes="):
        return ""
    if not line.startswith("threshold="):
        return line
    thresholds = np.array(line.removeprefix("threshold=").split(), dtype=np.float64)
    return "threshold=" + " ".join(map(repr, _single(thresholds, only).tolist()))

"""scikit-learn's histogram gradient boosting.

Its engine compares float64 with float64, left iff x <= threshold; NaN by `missing_go_to_left`
(sklearn/ensemble/_hist_gradient_boosting/_predictor.pyx). Leaf values hold the learning rate already.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from parity.anatomy.flat import Style, Tree, concatenate, one_output
from parity.anatomy.part import Part, unread
from parity.anatomy.sklearn_trees import loss_link

NAMES = {"HistGradientBoostingClassifier", "HistGradientBoostingRegressor"}


def read(model: Any) -> Part:
    """Trees of a fitted model without categorical features."""
    width = int(model.n_features_in_)
    if model.is_categorical_ is not None and np.any(model.is_categorical_):
        return unread(width, "categorical splits of histogram gradient boosting")
    base = np.asarray(model._baseline_prediction, dtype=np.float64).ravel()
    nodes = [(p.nodes, k) for stage in model._predictors for k, p in enumerate(stage)]
    trees = [_tree(n, k, len(base)) for n, k in nodes]
    link, notes = loss_link(model._loss)
    joined = concatenate(trees, Style("le", "float64", "float64", link=link), base)
    return Part(width, trees=joined, learned_missing=_learned([n for n, _ in nodes], width), unread=notes)


def _tree(nodes: Any, output: int, outputs: int) -> Tree:
    leaf = nodes["is_leaf"].astype(bool)
    left = np.where(leaf, -1, nodes["left"].astype(np.int64))
    right = np.where(leaf, -1, nodes["right"].astype(np.int64))
    nan_left = nodes["missing_go_to_left"].astype(bool)
    return Tree(left, right, nodes["feature_idx"], nodes["num_threshold"], nan_left, one_output(nodes["value"], output, outputs))


def _learned(predictors: list[Any], width: int) -> tuple[bool, ...]:
    """Without missing values in training NaN goes to the child with more samples (grower.py); other nodes prove them."""
    found = np.zeros(width, bool)
    for nodes in predictors:
        inner = nodes[nodes["is_leaf"] == 0]
        bigger = nodes["count"][inner["left"]] > nodes["count"][inner["right"]]
        found[inner["feature_idx"][inner["missing_go_to_left"].astype(bool) != bigger]] = True
    return tuple(bool(f) for f in found)

"""scikit-learn's histogram gradient boosting.

Its engine compares float64 with float64, left iff x <= threshold; NaN by `missing_go_to_left`
(sklearn/ensemble/_hist_gradient_boosting/_predictor.pyx). Leaf values hold the learning rate already.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from parity.anatomy.flat import Style, Tree, concatenate, one_output
from parity.anatomy.part import Part
from parity.anatomy.scikit.trees import loss_link

NAMES = {"HistGradientBoostingClassifier", "HistGradientBoostingRegressor"}


def read(model: Any) -> Part:
    """Trees of a fitted model, in terms of its features as `front` leaves them."""
    width = int(model.n_features_in_)
    base = np.asarray(model._baseline_prediction, dtype=np.float64).ravel()
    stages = [(p, k) for stage in model._predictors for k, p in enumerate(stage)]
    trees = [_tree(p, k, len(base)) for p, k in stages]
    link, notes = loss_link(model._loss)
    joined = concatenate(trees, Style("le", "float64", "float64", link=link), base)
    return Part(width, trees=joined, learned_missing=_learned([p.nodes for p, _ in stages], width), unread=notes)


def front(model: Any) -> Any:
    """The encoder of categories that a fitted model holds, which puts their columns first; None where there is none."""
    return getattr(model, "_preprocessor", None) if type(model).__name__ in NAMES else None


def _tree(predictor: Any, output: int, outputs: int) -> Tree:
    nodes = predictor.nodes
    leaf = nodes["is_leaf"].astype(bool)
    left = np.where(leaf, -1, nodes["left"].astype(np.int64))
    right = np.where(leaf, -1, nodes["right"].astype(np.int64))
    nan_left = nodes["missing_go_to_left"].astype(bool)
    asks = nodes["is_categorical"].astype(bool) & ~leaf
    threshold = np.where(asks | leaf, 0.0, nodes["num_threshold"])
    bits = predictor.raw_left_cat_bitsets
    sets = {int(i): _members(bits[nodes["bitset_idx"][i]]) for i in np.flatnonzero(asks)}
    leaves = one_output(nodes["value"], output, outputs)
    return Tree(left, right, nodes["feature_idx"], threshold, nan_left, leaves, sets=sets)


def _members(words: Any) -> list[float]:
    """Codes that go left, from eight words of 32 bits. The encoder in front knows no others than those of training."""
    bits = np.unpackbits(np.ascontiguousarray(words, dtype="<u4").view(np.uint8), bitorder="little")
    return [float(code) for code in np.flatnonzero(bits)]


def _learned(predictors: list[Any], width: int) -> tuple[bool, ...]:
    """Without missing values in training NaN goes to the child with more samples (grower.py); other nodes prove them."""
    found = np.zeros(width, bool)
    for nodes in predictors:
        inner = nodes[nodes["is_leaf"] == 0]
        bigger = nodes["count"][inner["left"]] > nodes["count"][inner["right"]]
        found[inner["feature_idx"][inner["missing_go_to_left"].astype(bool) != bigger]] = True
    return tuple(bool(f) for f in found)

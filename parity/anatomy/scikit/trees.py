"""scikit-learn decision trees, forests and gradient boosting.

Their engine casts x to float32 and goes left iff it is <= a float64 threshold (sklearn/tree/_tree.pyx, `_apply_dense`);
NaN goes by `missing_go_to_left`; leaf values are float64 and added in float64.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from parity.anatomy.flat import Style, Tree, concatenate, one_output
from parity.anatomy.part import Part, unread
from parity.anatomy.scikit.ensembles import Member, joined
from parity.values.anatomy import Bools, Floats

_FORESTS = {"RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier", "ExtraTreesRegressor"}
_SINGLE = {"DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor"}
_BOOSTED = {"GradientBoostingClassifier", "GradientBoostingRegressor"}
NAMES = _FORESTS | _SINGLE | _BOOSTED
# Loss classes of sklearn._loss whose inverse link `Trees.link` can name, by number of outputs.
_LINKS = {
    "HalfBinomialLoss": "logistic",
    "HalfMultinomialLoss": "softmax",
    "HalfPoissonLoss": "exp",
    "HalfGammaLoss": "exp",
    "HalfTweedieLoss": "exp",
}
_CURVED = {"ExponentialLoss"}


def read(model: Any, read_member: Callable[[Any, int], Part]) -> Part:
    """Trees of one of `NAMES`. Probabilities of trees and forests are the margin itself (link "identity").

    `read_member` reads the estimator that gives the margin before the first tree, where the user named one.
    """
    name = type(model).__name__
    if name in _BOOSTED:
        return _boosted(model, read_member)
    return _averaged([model] if name in _SINGLE else list(model.estimators_))


def _averaged(estimators: list[Any]) -> Part:
    first = estimators[0]
    structures = [e.tree_ for e in estimators]
    if structures[0].n_outputs > 1 and hasattr(first, "predict_proba"):
        return unread(first.n_features_in_, "a classifier with several targets")
    trees = [_tree(t, _leaf_values(t)) for t in structures]
    style = Style("le", "float32", "float64", scale=1.0 / len(trees))
    part = concatenate(trees, style, np.zeros(trees[0].leaf.shape[1]))
    return Part(first.n_features_in_, trees=part, learned_missing=_learned(structures, first.n_features_in_))


def _leaf_values(structure: Any) -> Floats:
    """(nodes, outputs): class shares of a classifier (they sum to 1 since scikit-learn 1.3), means of a regressor."""
    value = np.asarray(structure.value, dtype=np.float64)
    return value[:, 0, :] if structure.n_outputs == 1 else value[:, :, 0]


def _tree(structure: Any, leaf: Floats) -> Tree:
    nan_left = np.asarray(structure.missing_go_to_left).astype(bool)
    # A split of the missing from the rest may have the threshold NaN, which no number is below; nor is any below -inf.
    threshold = np.where(np.isnan(structure.threshold), -np.inf, structure.threshold)
    return Tree(structure.children_left, structure.children_right, structure.feature, threshold, nan_left, leaf)


def _boosted(model: Any, read_member: Callable[[Any, int], Part]) -> Part:
    width = int(model.n_features_in_)
    stages = model.estimators_
    outputs = stages.shape[1]
    structures = [(e.tree_, k) for stage in stages for k, e in enumerate(stage)]
    trees = [_tree(t, one_output(t.value[:, 0, 0], k, outputs)) for t, k in structures]
    link, curved = loss_link(model._loss)
    style = Style("le", "float32", "float64", scale=float(model.learning_rate), link=link)
    part = Part(width, learned_missing=_learned([t for t, _ in structures], width), unread=curved)
    if not (isinstance(model.init_, str) or type(model.init_).__name__.startswith("Dummy")):
        return _begun(model, replace(part, trees=concatenate(trees, style, np.zeros(outputs))), read_member)
    raw = model._raw_predict_init(np.zeros((1, width), np.float32))
    return replace(part, trees=concatenate(trees, style, np.asarray(raw, dtype=np.float64)[0]))


def _begun(model: Any, part: Part, read_member: Callable[[Any, int], Part]) -> Part:
    """With the margin before the first tree from the user's own `init`, a fitted estimator.

    A regressor's is what it predicts: where that is a sum of trees that compare alike, they are the first of the sum. Otherwise
    the trees that were read say where the model jumps, and nothing is derived from their leaves.
    """
    begin = read_member(model.init_, part.features)
    ours, first = part.trees, begin.trees
    assert ours is not None, "the caller has trees"
    alike = first is not None and (first.rule, first.precision, first.zero_snap, first.sets) == ("le", "float32", False, None)
    learned = tuple(a or b for a, b in zip(part.learned_missing, begin.learned_missing or part.learned_missing, strict=True))
    if first is None or not alike:
        note = f"margin before the first tree (init={type(model.init_).__name__})"
        return replace(part, trees=replace(ours, link="unknown"), unread=(*part.unread, *begin.unread, note))
    every = np.arange(part.features, dtype=np.int32)
    exact = first.link == ours.link == "identity" and first.leaf.shape[1] == ours.leaf.shape[1] and not begin.unread
    trees = joined([Member(model.init_, begin, every, 1.0), Member(model, part, every, 1.0)], "identity" if exact else "unknown")
    notes = () if exact else (f"what becomes of {type(model.init_).__name__}'s answer before the first tree",)
    return replace(part, trees=trees, learned_missing=learned, unread=(*part.unread, *begin.unread, *notes))


def loss_link(loss: Any) -> tuple[str, tuple[str, ...]]:
    """The link of a loss object of sklearn._loss, and what to say where it has no name here."""
    name = type(loss).__name__
    if name in _CURVED:
        return "unknown", (f"link of the loss {name}",)
    return _LINKS.get(name, "identity"), ()


def _learned(structures: list[Any], width: int) -> tuple[bool, ...]:
    """Had training missing values in a feature?

    Without any, the splitter sends NaN to the child with more samples (sklearn/tree/_splitter.pyx), so one node that
    does otherwise proves that it had.
    """
    found = np.zeros(width, bool)
    for t in structures:
        inner = np.flatnonzero(t.children_left >= 0)
        bigger = t.n_node_samples[t.children_left[inner]] > t.n_node_samples[t.children_right[inner]]
        odd: Bools = np.asarray(t.missing_go_to_left)[inner].astype(bool) != bigger
        found[t.feature[inner[odd]]] = True
    return tuple(bool(f) for f in found)

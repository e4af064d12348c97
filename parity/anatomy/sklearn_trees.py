"""scikit-learn decision trees, forests and gradient boosting.

Their engine casts x to float32 and goes left iff it is <= a float64 threshold (sklearn/tree/_tree.pyx, `_apply_dense`);
NaN goes by `missing_go_to_left`; leaf values are float64 and added in float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from parity.anatomy.flat import Style, Tree, concatenate, one_output
from parity.anatomy.part import Part, unread
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


def read(model: Any) -> Part:
    """Trees of one of `NAMES`. Probabilities of trees and forests are the margin itself (link "identity")."""
    name = type(model).__name__
    if name in _BOOSTED:
        return _boosted(model)
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


def _boosted(model: Any) -> Part:
    width = int(model.n_features_in_)
    stages = model.estimators_
    outputs = stages.shape[1]
    structures = [(e.tree_, k) for stage in stages for k, e in enumerate(stage)]
    trees = [_tree(t, one_output(t.value[:, 0, 0], k, outputs)) for t, k in structures]
    base, notes = _initial(model, width, outputs)
    link, curved = loss_link(model._loss)
    style = Style("le", "float32", "float64", scale=float(model.learning_rate), link=link)
    learned = _learned([t for t, _ in structures], width)
    return Part(width, trees=concatenate(trees, style, base), learned_missing=learned, unread=notes + curved)


def _initial(model: Any, width: int, outputs: int) -> tuple[Floats, tuple[str, ...]]:
    """The margin before the first tree: constant unless the user gave an estimator as `init`."""
    constant = isinstance(model.init_, str) or type(model.init_).__name__.startswith("Dummy")
    if not constant:
        return np.zeros(outputs), (f"margin before the first tree (init={type(model.init_).__name__})",)
    raw = model._raw_predict_init(np.zeros((1, width), np.float32))
    return np.asarray(raw, dtype=np.float64)[0], ()


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

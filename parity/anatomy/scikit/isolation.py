"""scikit-learn's isolation forests: trees whose leaves hold path lengths, and the score that is made of their mean."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from parity.anatomy.flat import Style, Tree, concatenate
from parity.anatomy.part import Part
from parity.anatomy.scikit import smooth
from parity.values.anatomy import Floats

EULER = float(np.euler_gamma)


def read(model: Any) -> Part:
    """Trees with margin mean path length / c(samples), of which the score is -2^-margin - offset: no link has a name for it.

    Liu, Ting & Zhou (2008), "Isolation forest", equations 1 and 2; a leaf's length is its depth and c of its samples. How the
    score rounds is told by `smooth`.
    """
    trees = [_tree(e.tree_, np.asarray(f)) for e, f in zip(model.estimators_, model.estimators_features_, strict=True)]
    scale = 1.0 / (len(trees) * float(mean_length(np.array([model._max_samples]))[0]))
    joined = concatenate(trees, Style("le", "float32", "float64", scale=scale, link="unknown"), np.zeros(1))
    return replace(smooth.read(model), trees=joined)


def mean_length(samples: Floats) -> Floats:
    """c(n): the mean length of an unsuccessful search in a binary tree of n samples, 2 (ln(n - 1) + gamma) - 2 (n - 1) / n."""
    n = np.maximum(samples.astype(np.float64), 2.0)
    many = 2.0 * (np.log(n - 1.0) + EULER) - 2.0 * (n - 1.0) / n
    return np.where(samples <= 1, 0.0, np.where(samples == 2, 1.0, many))


def _tree(structure: Any, features: Any) -> Tree:
    """A member may see some of the features only."""
    left, right = structure.children_left, structure.children_right
    depth = np.zeros(len(left))
    for node in np.flatnonzero(left >= 0):  # parents come before their children
        depth[[left[node], right[node]]] = depth[node] + 1
    leaf = np.where(left < 0, depth + mean_length(np.asarray(structure.n_node_samples)), 0.0)
    feature = np.where(left >= 0, features[np.where(left >= 0, structure.feature, 0)], 0)
    nan_left = np.asarray(structure.missing_go_to_left).astype(bool)
    return Tree(left, right, feature, np.where(left >= 0, structure.threshold, 0.0), nan_left, leaf[:, None])

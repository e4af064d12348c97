"""From margins to answers and back: links, and their inverses."""

from __future__ import annotations

import numpy as np

from parity.diagnose.evidence import Floats
from parity.values.anatomy import Trees


def logistic(margin: Floats) -> Floats:
    """1 / (1 + exp(-m)), without overflow."""
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-margin)))


def softmax(margin: Floats) -> Floats:
    """Rows of exp(m) that sum to one; NaN in a row that holds an infinite margin."""
    with np.errstate(invalid="ignore"):
        shifted = np.exp(margin - margin.max(axis=1, keepdims=True))
        return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def exponential(margin: Floats) -> Floats:
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(margin))


_INVERSE = {"logistic": logistic, "exp": exponential}


def linked(margin: Floats, link: str, columns: int) -> Floats:
    """Margins (rows, outputs) through a link to (rows, columns): two columns of a binary model are 1 - p and p."""
    if link == "softmax":
        return softmax(margin)
    scores = _INVERSE[link](margin) if link in _INVERSE else margin
    if scores.shape[1] == columns:
        return scores
    if columns == 2 and scores.shape[1] == 1:
        return np.hstack([1 - scores, scores])
    return scores[:, -columns:] if columns < scores.shape[1] else np.full((len(scores), columns), np.nan)


def answers(trees: Trees, margin: Floats, columns: int) -> Floats:
    """An ensemble's answers (rows, columns) for margins (rows, outputs)."""
    return linked(trees.slope * margin, trees.link, columns)


def logit(p: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log(p) - np.log1p(-p))


def logarithm(p: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log(p))

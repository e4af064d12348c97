"""The last step of a model that stands unchanged in the artifact, on features that stand in another order there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from parity.diagnose.branches import ranked
from parity.diagnose.estimates import SAME, SAME_DOUBLES
from parity.diagnose.evidence import Floats
from parity.diagnose.linear import differing, of_the_second
from parity.diagnose.margins import linked
from parity.diagnose.splits import inner_nodes
from parity.diagnose.trees import simulate
from parity.values.anatomy import Anatomy, Linear, Trees

Places = npt.NDArray[np.int64]
Answer = Callable[[Floats, int], Floats]


def last_step_on(reference: Anatomy, artifact: Anatomy) -> tuple[Places, Answer] | None:
    """(features,): the artifact's feature that stands for each of the reference's (-1: the last step does not use it), and the
    reference's last step: features (rows, n) and a number of columns to answers. None where the artifact's last step is another,
    or was not read.
    """
    if reference.linear is not None and artifact.linear is not None:
        return _linear(reference.linear, artifact.linear)
    if reference.trees is not None and artifact.trees is not None:
        return _trees(reference.trees, artifact.trees)
    return None


def _linear(ours: Linear, read: Linear) -> tuple[Places, Answer] | None:
    theirs = of_the_second(read)
    near = SAME_DOUBLES if read.precision == "float64" else SAME
    if theirs is None or ours.link == "unknown" or len(theirs.weights) != len(ours.weights):
        return None
    if differing(ours.intercept, theirs.intercept, near):
        return None
    largest = near * np.abs(ours.weights).max(initial=0.0)
    left, places = [int(i) for i in np.flatnonzero(theirs.weights.any(axis=0))], list[int]()
    for column in ours.weights.T:
        match = next((i for i in left if (np.abs(theirs.weights[:, i] - column) <= largest).all()), None)
        if match is None:
            return None
        left.remove(match)
        places.append(match)
    if left:
        return None

    def answer(features: Floats, columns: int) -> Floats:
        return linked(features @ ours.weights.T + ours.intercept, ours.link, columns)

    return np.array(places, np.int64), answer


def _trees(ours: Trees, theirs: Trees) -> tuple[Places, Answer] | None:
    if ours.link == "unknown" or ours.sets is not None or theirs.sets is not None or ours.leaf.shape[1] != theirs.leaf.shape[1]:
        return None
    a, b = ranked(ours), ranked(theirs)
    if a.depths != b.depths:
        return None
    mine, other = ours.leaf[a.ends] * ours.scale, theirs.leaf[b.ends] * theirs.scale
    if differing(mine, other, SAME):
        return None
    here, there = inner_nodes(ours), inner_nodes(theirs)
    if here is None or there is None or not np.allclose(ours.threshold[here], theirs.threshold[there], rtol=SAME):
        return None
    places = np.full(int(ours.feature[here].max(initial=-1)) + 1, -1)
    places[ours.feature[here]] = theirs.feature[there]
    if not np.array_equal(places[ours.feature[here]], theirs.feature[there]):
        return None

    def answer(features: Floats, columns: int) -> Floats:
        return simulate(ours, features, columns)

    return places, answer

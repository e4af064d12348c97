"""Linear models of one shape whose numbers differ: read from both structures, then scored with the artifact's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa

from parity.anatomy.traverse import features as features_of
from parity.diagnose.estimates import SAME, SAME_DOUBLES
from parity.diagnose.evidence import Evidence, Floats, Hypothesis
from parity.diagnose.labels import Choices
from parity.diagnose.margins import linked
from parity.values.anatomy import Anatomy, Linear


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """One, where both are linear in the same features: the reference's features with the artifact's numbers."""
    ours, read = evidence.reference.linear, of_the_second(evidence.artifact.linear)
    if ours is None or read is None or ours.link == "unknown":
        return
    theirs = read if ours.weights.shape == read.weights.shape else _placed(evidence, ours, read)
    if theirs is None:
        return
    near = SAME_DOUBLES if theirs.precision == "float64" else SAME
    weights, intercepts = differing(ours.weights, theirs.weights, near), differing(ours.intercept, theirs.intercept, near)
    if not weights + intercepts or (weights and _outputs_permuted(ours, theirs, near)):
        return  # `classes-permuted` says more

    def predict(batch: pa.RecordBatch) -> Floats:
        margin = evidence.features(batch) @ theirs.weights.T + theirs.intercept
        return linked(margin, ours.link, evidence.ask_runtime(batch).shape[1])

    if transposed(ours, theirs):
        yield Hypothesis(
            "matrix-order", predict, evidence.ask_runtime, f"{TURNED}, and with its numbers the reference answers so"
        )
        return
    if ours.link == "logistic" and not differing(ours.weights, -theirs.weights, near) + differing(
        ours.intercept, -theirs.intercept, near
    ):
        text = "the artifact's coefficients are the reference's with the other sign, which is the margin of the other class"
        yield Hypothesis("complement", predict, evidence.ask_runtime, text)
        return
    name = "coefficient-values" if weights else "base-score"
    text = f"{weights} of {ours.weights.size} coefficients and {intercepts} of {ours.intercept.size} intercepts differ"
    yield Hypothesis(
        name, predict, evidence.ask_runtime, f"{text} in the artifact, and with its numbers the reference answers so"
    )


def _outputs_permuted(ours: Linear, theirs: Linear, near: float) -> bool:
    """Are all outputs there, in another order?"""
    left = list(range(len(theirs.weights)))
    for weights, intercept in zip(ours.weights, ours.intercept, strict=True):
        here = (i for i in left if not differing(weights, theirs.weights[i], near))
        match = next((i for i in here if not differing(np.atleast_1d(intercept), theirs.intercept[i], near)), None)
        if match is None:
            return False
        left.remove(match)
    return len(ours.weights) > 2


TURNED = "the artifact holds the model's coefficients, read column by column where they were written row by row"


def transposed(ours: Linear, theirs: Linear) -> bool:
    """Are these the same numbers, in the order in which the columns of a matrix are read and not its rows?"""
    if ours.weights.shape != theirs.weights.shape or 1 in ours.weights.shape:
        return False
    as_written = theirs.weights.ravel(order="F").reshape(ours.weights.shape)
    near = SAME_DOUBLES if theirs.precision == "float64" else SAME
    return bool(differing(ours.weights, theirs.weights, near)) and not differing(ours.weights, as_written, near)


def choices(ours: Linear | None, artifact: Anatomy, features: Floats, batch: pa.RecordBatch) -> Choices | None:
    """What both files' coefficients choose of several classes, where they have other ones. `features` are the reference's."""
    theirs = artifact.linear
    if ours is None or theirs is None or ours.weights.shape != theirs.weights.shape or len(ours.weights) < 2:
        return None
    changed = differing(ours.weights, theirs.weights, SAME)
    if not changed:
        return None
    own = (features @ ours.weights.T + ours.intercept).argmax(axis=1)
    other = (features_of(artifact, batch) @ theirs.weights.T + theirs.intercept).argmax(axis=1)
    if transposed(ours, theirs):
        return Choices(own, other, "matrix-order", f"{TURNED}, and they choose the runtime's labels")
    text = f"{changed} of {ours.weights.size} coefficients differ in the artifact, and they choose the runtime's labels"
    return Choices(own, other, "coefficient-values", text)


def _placed(evidence: Evidence, ours: Linear, theirs: Linear) -> Linear | None:
    """The artifact's numbers in the order of the reference's features; None where a feature that it uses is none of those.

    PMML has the user's columns and all derived fields beside each other. Features are the same where their values are, on the
    rows that drift: an artifact that scales otherwise has others.
    """
    if len(ours.weights) != len(theirs.weights):
        return None
    here, there = evidence.features(evidence.drifting), features_of(evidence.artifact, evidence.drifting)
    if len(here) != len(there) or there.shape[1] != theirs.weights.shape[1]:
        return None
    left = [int(i) for i in np.flatnonzero(theirs.weights.any(axis=0))]
    placed = np.zeros(ours.weights.shape)
    for j in range(here.shape[1]):
        match = next((i for i in left if _alike(here[:, j], there[:, i])), None)
        if match is not None:
            placed[:, j] = theirs.weights[:, match]
            left.remove(match)
    return None if left else replace(theirs, weights=placed)


def _alike(a: Floats, b: Floats) -> bool:
    return bool(np.allclose(a, b, rtol=SAME, atol=SAME * np.abs(a).max(initial=0.0), equal_nan=True))


def of_the_second(linear: Linear | None) -> Linear | None:
    """ONNX writes both classes of two, the first as the second's negative."""
    if linear is None or len(linear.weights) != 2 or not np.array_equal(linear.weights[0], -linear.weights[1]):
        return linear
    return replace(linear, weights=linear.weights[1:], intercept=linear.intercept[1:])


def differing(ours: Floats, theirs: Floats, near: float) -> int:
    return int((np.abs(ours - theirs) > near * np.abs(ours).max(initial=0.0)).sum())

"""Linear models of one shape whose numbers differ: read from both structures, then scored with the artifact's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa

from parity.diagnose.evidence import Evidence, Floats, Hypothesis
from parity.diagnose.links import linked
from parity.values.anatomy import Linear

SAME = 2.0**-20
"""Numbers nearer than this, relative to the largest, are the same: sixteen float32 roundings. Doubles are held to 2^-49."""
SAME_DOUBLES = 2.0**-49


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """One, where both are linear in as many features: the reference's features with the artifact's numbers."""
    ours, theirs = evidence.reference.linear, _of_the_second(evidence.artifact.linear)
    if ours is None or theirs is None or ours.weights.shape != theirs.weights.shape or ours.link == "unknown":
        return
    near = SAME_DOUBLES if theirs.precision == "float64" else SAME
    weights, intercepts = _changed(ours.weights, theirs.weights, near), _changed(ours.intercept, theirs.intercept, near)
    if not weights + intercepts:
        return

    def predict(batch: pa.RecordBatch) -> Floats:
        margin = evidence.features(batch) @ theirs.weights.T + theirs.intercept
        return linked(margin, ours.link, evidence.ask_runtime(batch).shape[1])

    name = "coefficient-values" if weights else "base-score"
    text = f"{weights} of {ours.weights.size} coefficients and {intercepts} of {ours.intercept.size} intercepts differ"
    yield Hypothesis(
        name, predict, evidence.ask_runtime, f"{text} in the artifact, and with its numbers the reference answers so"
    )


def _of_the_second(linear: Linear | None) -> Linear | None:
    """ONNX writes both classes of two, the first as the second's negative."""
    if linear is None or len(linear.weights) != 2 or not np.array_equal(linear.weights[0], -linear.weights[1]):
        return linear
    return replace(linear, weights=linear.weights[1:], intercept=linear.intercept[1:])


def _changed(ours: Floats, theirs: Floats, near: float) -> int:
    return int((np.abs(ours - theirs) > near * np.abs(ours).max(initial=0.0)).sum())

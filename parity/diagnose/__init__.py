"""Named causes, proved by asking again. Where nothing explains the drift, there is no cause."""

from __future__ import annotations

from collections.abc import Iterator

from parity.diagnose import float32, links, rewrites, structure, trees
from parity.diagnose.evidence import Evidence, Hypothesis, cause_of, shares
from parity.values.finding import Cause

CAUSES = (
    "base-score", "best-iteration-ignored", "classes-permuted", "columns-swapped", "compared-in-double", "complement", "float32-input",
    "float32-thresholds", "link-function", "missing-as-zero", "missing-column-scored", "missing-direction-dropped",
    "missing-direction-flipped", "nan-is-zero", "near-zero-snapped", "raw-margin", "sparse-zero-as-missing", "strict-comparison", "trees-dropped",
    "unseen-category-refused", "validation-asymmetry", "zero-as-missing", "zero-as-missing-ignored",
)  # fmt: skip
"""Names of causes are part of the interface."""


def diagnose(evidence: Evidence) -> Cause | None:
    """The first hypothesis that is confirmed, in an order that puts what is read from structure before what is tried."""
    for hypothesis in _hypotheses(evidence):
        found = shares(evidence, hypothesis)
        if found.confirmed:
            return cause_of(hypothesis, found)
    return None


def _hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    yield from structure.hypotheses(evidence)
    yield from links.hypotheses(evidence)
    yield from trees.hypotheses(evidence)
    yield from float32.hypotheses(evidence)
    yield from rewrites.hypotheses(evidence)

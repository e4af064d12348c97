"""A factor between the two sides' margins or answers, and answers that never change."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from parity.diagnose.estimates import ENOUGH, LEAST, complementary, factor_between, inside, varies
from parity.diagnose.evidence import Evidence, Floats, Hypothesis
from parity.diagnose.margins import logarithm, logistic, logit, softmax


def scaled(evidence: Evidence) -> Iterator[Hypothesis]:
    """A factor between the margins, estimated from the drifting rows (their median) and then tried on all."""
    ours, theirs = evidence.ask_reference(evidence.drifting), evidence.ask_runtime(evidence.drifting)
    if ours.shape != theirs.shape or not complementary(theirs) or not inside(ours) or not inside(theirs):
        return
    factor = factor_between(logit(theirs[:, -1]), logit(ours[:, -1]))
    if factor is None or factor <= 0:
        return

    def predict(batch: pa.RecordBatch) -> Floats:
        given = evidence.ask_reference(batch)
        found = logistic(factor * logit(given[:, -1:]))
        return found if given.shape[1] == 1 else np.hstack([1 - found, found])

    text = f"the logistic of {factor:.6g} times the reference's margin is the runtime's answer"
    yield Hypothesis("sigmoid-scale", predict, evidence.ask_runtime, text)


def averaged_late(evidence: Evidence) -> Iterator[Hypothesis]:
    """logistic(n m) / d for logistic(m), m the mean over n trees (LightGBM's boosting_type="rf").

    d is estimated: the converter takes another number than n where it reads the wrong one.
    """
    trees, theirs = evidence.reference.trees, evidence.ask_runtime(evidence.drifting)
    if trees is None or len(trees.root) < 2 or trees.link != "logistic" or not complementary(theirs):
        return
    count = len(trees.root)

    def summed(batch: pa.RecordBatch) -> Floats:
        return logistic(count * logit(evidence.ask_reference(batch)[:, -1:]))

    divisor = factor_between(summed(evidence.drifting)[:, -1:], theirs[:, -1:])
    if divisor is None:
        return

    def predict(batch: pa.RecordBatch) -> Floats:
        found = summed(batch) / divisor
        return found if theirs.shape[1] == 1 else np.hstack([1 - found, found])

    text = f"the logistic of the sum of {count} trees, divided by {divisor:.6g}, is the runtime's answer"
    yield Hypothesis("averaged-after-link", predict, evidence.ask_runtime, text)


def scaled_by_class(evidence: Evidence) -> Iterator[Hypothesis]:
    """The same for probabilities of several classes that sum to one: their logarithms are margins but for a number per row."""
    ours, theirs = evidence.ask_reference(evidence.drifting), evidence.ask_runtime(evidence.drifting)
    sums = ours.sum(axis=1)
    off = np.abs(sums[~np.isnan(sums)] - 1)  # none where a reference says NaN to all of the rows
    if ours.shape != theirs.shape or ours.shape[1] < 3 or not np.max(off, initial=0.0 if len(off) else np.inf) < 1e-5:
        return
    with np.errstate(invalid="ignore"):
        factor = factor_between(*((m[:, 1:] - m[:, :1]).ravel() for m in (logarithm(theirs), logarithm(ours))))
    if factor is None or factor <= 0:
        return

    def predict(batch: pa.RecordBatch) -> Floats:
        return softmax(factor * logarithm(evidence.ask_reference(batch)))

    text = f"the softmax of {factor:.8g} times the reference's margins is the runtime's answer"
    yield Hypothesis("sigmoid-scale", predict, evidence.ask_runtime, text)


def multiplied(evidence: Evidence) -> Iterator[Hypothesis]:
    """A factor between the answers themselves, estimated from the drifting rows (their median) and then tried on all.

    Asked last: sums for means of trees are a factor too, and say more.
    """
    ours, theirs = evidence.ask_reference(evidence.drifting), evidence.ask_runtime(evidence.drifting)
    if ours.shape != theirs.shape or not varies(theirs):
        return
    factor = factor_between(theirs, ours)
    if factor is None:
        return

    def predict(batch: pa.RecordBatch) -> Floats:
        return factor * evidence.ask_reference(batch)

    text = f"{factor:.6g} times the reference's answer is the runtime's answer"
    name = "margin-negated" if abs(factor + 1) < LEAST else "scores-scaled"
    yield Hypothesis(name, predict, evidence.ask_runtime, text)


def constant(evidence: Evidence) -> Iterator[Hypothesis]:
    """The runtime answers every row alike, agreeing ones included, where the reference tells them apart."""
    ours, theirs = evidence.ask_reference(evidence.drifting), evidence.ask_runtime(evidence.drifting)
    if ours.shape != theirs.shape or len(theirs) < ENOUGH or not theirs.shape[1] or not varies(ours):
        return
    if np.isnan(theirs).any() or (theirs != theirs[0]).any():
        return
    first = theirs[0].copy()
    text = f"the runtime answers [{', '.join(f'{v:.6g}' for v in first[:4])}{', …' if len(first) > 4 else ''}] to every row"
    yield Hypothesis("constant-answer", lambda batch: np.tile(first, (batch.num_rows, 1)), evidence.ask_runtime, text)

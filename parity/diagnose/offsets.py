"""A constant between the two sides' margins: a base score or intercepts that are lost, or counted twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from parity.diagnose.estimates import ENOUGH, complementary, varies
from parity.diagnose.evidence import Evidence, Floats, Hypothesis
from parity.diagnose.margins import logarithm, logistic, logit, softmax


def _same(values: Floats) -> Floats:
    return values


OFFSETS: tuple[tuple[str, Callable[[Floats], Floats], Callable[[Floats], Floats], Callable[[Floats], Floats], str], ...] = (
    ("base-score", _same, _same, _same, "the runtime's answers plus the constant {:.6g} are the reference's answers"),
    ("base-score", logit, logit, logistic, "the runtime's margins plus the constant {:.6g} give the reference's probabilities"),
    (
        "raw-margin",
        logit,
        _same,
        logistic,
        "the logistic of the runtime's answer plus the constant {:.6g} is the reference's answer",
    ),
)
"""Name, the reference's answer to a margin, the runtime's answer to a margin, the margin to the reference's answer, the proof."""


def _matters(constant: float, margins: Floats) -> bool:
    """A constant that float32 cannot tell from none explains nothing."""
    return abs(constant) > 2.0**-20 * max(1.0, float(np.nanmax(np.abs(margins))))


def shifted(evidence: Evidence) -> Iterator[Hypothesis]:
    """A constant between the margins, estimated from the drifting rows (their median) and then tried on all.

    Between answers that never change there is always one, and it says nothing.
    """
    ours, theirs = evidence.ask_reference(evidence.drifting), evidence.ask_runtime(evidence.drifting)
    if ours.shape != theirs.shape or not complementary(theirs) or not varies(np.hstack([ours, theirs])):
        return
    for name, of_reference, of_runtime, back, text in OFFSETS:
        with np.errstate(invalid="ignore"):
            gap = of_reference(ours)[:, -1] - of_runtime(theirs)[:, -1]
        finite = gap[np.isfinite(gap)]
        if len(finite) < ENOUGH:
            continue
        constant = float(np.median(finite))
        if not _matters(constant, theirs):
            continue

        def predict(
            batch: pa.RecordBatch,
            constant: float = constant,
            of_runtime: Callable[[Floats], Floats] = of_runtime,
            back: Callable[[Floats], Floats] = back,
        ) -> Floats:
            margins = of_runtime(evidence.ask_runtime(batch)[:, -1:]) + constant
            found = back(margins)
            return found if evidence.ask_runtime(batch).shape[1] == 1 else np.hstack([1 - found, found])

        yield Hypothesis(name, predict, evidence.ask_reference, text.format(constant))


def shifted_by_class(evidence: Evidence) -> Iterator[Hypothesis]:
    """A constant for each of several columns: between logarithms of probabilities that sum to one, or between the answers."""
    ours, theirs = evidence.ask_reference(evidence.drifting), evidence.ask_runtime(evidence.drifting)
    if ours.shape != theirs.shape or ours.shape[1] < 2 or complementary(theirs) or len(ours) < ENOUGH:
        return
    sums = np.abs(ours.sum(axis=1) - 1)
    to, back = (logarithm, softmax) if np.nanmax(sums) < 1e-5 else (_same, _same)
    with np.errstate(invalid="ignore"):
        gap = to(ours) - to(theirs)
        gap = gap - gap[:, :1] if back is softmax else gap
    finite = gap[np.isfinite(gap).all(axis=1)]
    if len(finite) < ENOUGH:
        return
    constant = np.median(finite, axis=0)
    if not _matters(float(np.abs(constant).max()), to(theirs[np.isfinite(to(theirs)).all(axis=1)])):
        return

    def predict(batch: pa.RecordBatch) -> Floats:
        return back(to(evidence.ask_runtime(batch)) + constant)

    text = f"the runtime's margins plus the constants {', '.join(f'{c:.4g}' for c in constant[:4])} give the reference's answers"
    yield Hypothesis("base-score", predict, evidence.ask_reference, text)

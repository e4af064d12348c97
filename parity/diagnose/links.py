"""Links between margins and scores, and causes that are the wrong link or the wrong convention of an output."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.diagnose.evidence import Evidence, Hypothesis

Floats = npt.NDArray[np.float64]


def logistic(margin: Floats) -> Floats:
    """1 / (1 + exp(-m)), without overflow."""
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-margin)))


def softmax(margin: Floats) -> Floats:
    """Rows of exp(m) that sum to one."""
    shifted = np.exp(margin - margin.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def linked(margin: Floats, link: str, columns: int) -> Floats:
    """Margins (rows, outputs) through a link to (rows, columns): two columns of a binary model are 1 - p and p."""
    if link == "softmax":
        return softmax(margin)
    scores = logistic(margin) if link == "logistic" else margin
    if scores.shape[1] == columns:
        return scores
    if columns == 2 and scores.shape[1] == 1:
        return np.hstack([1 - scores, scores])
    return scores[:, -columns:] if columns < scores.shape[1] else np.full((len(scores), columns), np.nan)


def _logit(p: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log(p) - np.log1p(-p))


MAPS: tuple[tuple[str, str, Callable[[Floats], Floats], str, str], ...] = (
    (
        "raw-margin", "runtime", logistic,
        "The export returns the raw margin where Python returns a probability. Apply 1 / (1 + exp(-m)) in Java, or export a classifier "
        "instead of a regressor with a logistic objective.",
        "the logistic of the runtime's answer is the reference's answer",
    ),
    (
        "link-function", "reference", logistic,
        "The runtime returns a probability where Python returns the raw margin. Compare the same output, or switch the link off in the export.",
        "the logistic of the reference's answer is the runtime's answer",
    ),
    (
        "complement", "reference", lambda p: 1 - p,
        "The runtime returns the probability of the other class. Read the other column.",
        "one minus the reference's answer is the runtime's answer",
    ),
    (
        "classes-permuted", "reference", lambda p: p[:, ::-1],
        "The classes stand in another order. Read the columns by class name, not by position.",
        "the reference's columns in reverse order are the runtime's answer",
    ),
    (
        "link-function", "runtime", _logit,
        "The runtime returns a probability where Python returns the raw margin. Compare the same output, or switch the link off in the export.",
        "the logit of the runtime's answer is the reference's answer",
    ),
)  # fmt: skip


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """Each map from one side's answers to the other's."""
    for name, side, function, fix, text in MAPS:
        asked, other = (
            (evidence.ask_runtime, evidence.ask_reference)
            if side == "runtime"
            else (evidence.ask_reference, evidence.ask_runtime)
        )

        def predict(
            batch: pa.RecordBatch,
            asked: Callable[[pa.RecordBatch], Floats] = asked,
            function: Callable[[Floats], Floats] = function,
        ) -> Floats:
            return function(asked(batch))

        yield Hypothesis(name, predict, other, fix, text)

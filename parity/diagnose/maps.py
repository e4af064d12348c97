"""One side's answers as a function of the other's: a link too many or too few, the other class, another order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from parity.diagnose.estimates import varies
from parity.diagnose.evidence import Evidence, Floats, Hypothesis
from parity.diagnose.margins import exponential, logistic, logit, softmax


def _one_minus(p: Floats) -> Floats:
    return 1 - p


def _of_margins(p: Floats) -> Floats:
    """The softmax of the margins of one-against-rest probabilities; no columns for two classes or one: it says nothing new."""
    return softmax(logit(p)) if p.shape[1] > 2 else np.full((len(p), 0), np.nan)


def _softmax_of_several(answers: Floats) -> Floats:
    """Nothing for one column; of two it is the logistic of their difference."""
    return softmax(answers) if answers.shape[1] > 1 else np.full((len(answers), 0), np.nan)


def _normalised(p: Floats) -> Floats:
    """Shares of a sum that is not one; nothing as above."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(p / p.sum(axis=1, keepdims=True)) if p.shape[1] > 2 else np.full((len(p), 0), np.nan)


def _signed_square(answers: Floats) -> Floats:
    return answers * np.abs(answers)


def _in_order(answers: Floats) -> Floats:
    """Each row from the lowest to the highest; nothing for one column."""
    return np.sort(answers, axis=1) if answers.shape[1] > 1 else np.full((len(answers), 0), np.nan)


def _decided(p: Floats) -> Floats:
    """The class of two that is more probable; nothing for several columns."""
    return np.asarray(p > 0.5, np.float64) if p.shape[1] == 1 else np.full((len(p), 0), np.nan)


MAPS: tuple[tuple[str, str, Callable[[Floats], Floats], str], ...] = (
    ("raw-margin", "runtime", logistic, "the logistic of the runtime's answer is the reference's answer"),
    ("raw-margin", "runtime", _softmax_of_several, "the softmax of the runtime's answers is the reference's answer"),
    ("link-function", "reference", _softmax_of_several, "the softmax of the reference's answers is the runtime's answer"),
    ("link-function", "reference", logistic, "the logistic of the reference's answer is the runtime's answer"),
    ("label-for-score", "reference", _decided, "1 where the reference's answer is above 1/2, else 0, is the runtime's answer"),
    ("complement", "reference", _one_minus, "one minus the reference's answer is the runtime's answer"),
    ("link-function", "runtime", logit, "the logit of the runtime's answer is the reference's answer"),
    ("log-link-dropped", "runtime", exponential, "the exponential of the runtime's answer is the reference's answer"),
    ("log-link-added", "reference", exponential, "the exponential of the reference's answer is the runtime's answer"),
    ("square-dropped", "runtime", _signed_square, "the runtime's answer times its magnitude is the reference's answer"),
    ("outputs-sorted", "reference", _in_order, "the reference's answers, each row sorted, are the runtime's answer"),
    ("softmax-for-one-vs-rest", "reference", _of_margins, "the softmax of the reference's margins is the runtime's answer"),
    ("one-vs-rest-normalised", "reference", _normalised, "the reference's answers divided by their sum are the runtime's answer"),
    (
        "one-vs-rest-not-normalised",
        "runtime",
        _normalised,
        "the runtime's answers divided by their sum are the reference's answer",
    ),
)
"""Name, the side whose answer is mapped, the map, the proof."""


def mapped(evidence: Evidence) -> Iterator[Hypothesis]:
    """Nothing where each side answers 0 or 1 to all rows: exponential, complement and others lead from one to the other."""
    both = np.hstack([evidence.ask_reference(evidence.drifting), evidence.ask_runtime(evidence.drifting)])
    if not varies(both) and np.isin(both, (0.0, 1.0)).all():
        return
    for name, side, function, text in MAPS:
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

        yield Hypothesis(name, predict, other, text)

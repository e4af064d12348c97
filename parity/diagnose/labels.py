"""Labels that differ where the scores agree: another order of the classes, another threshold, another choice in a tie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parity.diagnose.advice import ADVICE
from parity.diagnose.evidence import CONFIRM_BROKEN, CONFIRM_EXPLAINED
from parity.values.finding import Cause

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.str_]

ENOUGH = 8
"""Rows from which a threshold may be read off: few rows are parted by any."""


@dataclass(frozen=True)
class Choices:
    """The class of the highest margin by the coefficients of reference and artifact, (rows,) each, and how those differ."""

    ours: npt.NDArray[np.int64]
    theirs: npt.NDArray[np.int64]
    cause: str
    text: str


@dataclass(frozen=True)
class LabelEvidence:
    """Both sides' labels as comparable text, (rows,), and the scores that they follow from, (rows, classes), without columns
    where none are compared: first the drifting rows of the finding (`drifting` of them), then agreeing ones. `bound` (rows,):
    how far rounding may move the scores.
    `linear`: what the coefficients of both files choose; None where either has none, or where they are the same.
    """

    ours: Texts
    theirs: Texts
    scores: Floats
    bound: Floats
    drifting: int
    linear: Choices | None = None


def cause_of_labels(evidence: LabelEvidence) -> Cause | None:
    """The first mechanism whose labels are the runtime's, by the rule that confirms every cause."""
    drifting = np.arange(len(evidence.ours)) < evidence.drifting
    if not (evidence.ours != evidence.theirs)[drifting].any():
        return None
    for name, predicted, text in _mechanisms(evidence):
        right = predicted == evidence.theirs
        explained = float(right[drifting].mean())
        broken = float((~right[~drifting]).mean()) if (~drifting).any() else 0.0
        if explained >= CONFIRM_EXPLAINED and broken <= CONFIRM_BROKEN:
            return Cause(name, explained, broken, ADVICE[name], text)
    return None


def _mechanisms(evidence: LabelEvidence) -> Iterator[tuple[str, Texts, str]]:
    if evidence.scores.shape[1]:
        yield from _tie(evidence)
        yield from _threshold(evidence)
    yield from _coefficients(evidence)
    yield from _renamed(evidence)


def _coefficients(evidence: LabelEvidence) -> Iterator[tuple[str, Texts, str]]:
    """The runtime's labels are the choice of the artifact's coefficients, by the names that the reference gives its classes."""
    read = evidence.linear
    if read is None:
        return
    names = dict(zip(read.ours.tolist(), evidence.ours.tolist(), strict=True))
    as_read = [names[choice] for choice in read.ours.tolist()]
    if as_read == evidence.ours.tolist() and set(read.theirs.tolist()) <= set(names):
        yield read.cause, np.array([names[choice] for choice in read.theirs.tolist()]), read.text


def _renamed(evidence: LabelEvidence) -> Iterator[tuple[str, Texts, str]]:
    """Every label of the reference has one label of the runtime in its place, and no two have the same."""
    known = np.unique(evidence.ours)
    place = {}
    for label in known:
        names, counts = np.unique(evidence.theirs[evidence.ours == label], return_counts=True)
        place[str(label)] = str(names[counts.argmax()])
    if len(known) < 2 or len(set(place.values())) < len(place) or (place and len(evidence.ours) < ENOUGH):
        return
    shown = ", ".join(f"{a} -> {b}" for a, b in list(place.items())[:6] if a != b)
    yield "labels-permuted", np.array([place[str(label)] for label in evidence.ours]), f"one label stands for another: {shown}"


def _two(evidence: LabelEvidence) -> tuple[str, str, Floats] | None:
    """The labels below and above, and the score of the second class, of a model of two classes."""
    scores, names = evidence.scores, np.unique(np.concatenate([evidence.ours, evidence.theirs]))
    if scores.shape[1] > 2 or len(names) != 2:
        return None
    score = scores[:, -1]
    means = [float(score[evidence.ours == name].mean()) if (evidence.ours == name).any() else np.nan for name in names]
    if np.isnan(means).any():
        return None
    low, high = (0, 1) if means[0] < means[1] else (1, 0)
    return str(names[low]), str(names[high]), score


def _threshold(evidence: LabelEvidence) -> Iterator[tuple[str, Texts, str]]:
    """Another number parts the scores: the middle between the highest score below and the lowest above."""
    two = _two(evidence)
    if two is None or len(evidence.ours) < ENOUGH:
        return
    low, high, score = two
    below, above = score[evidence.theirs == low], score[evidence.theirs == high]
    if not len(below) or not len(above) or below.max() > above.min():
        return
    middle = float(below.max() + above.min()) / 2
    text = f"the runtime's labels follow from the scores with the threshold {middle:.4g}"
    yield "label-threshold", np.where(score > middle, high, low), text


def _tie(evidence: LabelEvidence) -> Iterator[tuple[str, Texts, str]]:
    """All rows that flip stand on a tie of the two highest scores; on every tie the runtime takes the other one."""
    scores = evidence.scores if evidence.scores.shape[1] > 1 else np.hstack([1 - evidence.scores, evidence.scores])
    part = np.sort(scores, axis=1)
    tied = part[:, -1] - part[:, -2] <= 2 * evidence.bound
    flips = evidence.ours != evidence.theirs
    if not flips.any() or not tied[flips].all():
        return
    yield "tie-rule", np.where(tied, evidence.theirs, evidence.ours), "labels differ only where the two highest scores are equal"

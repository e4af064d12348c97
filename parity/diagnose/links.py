"""Links between margins and scores, and causes that are the wrong link or the wrong convention of an output."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.diagnose.evidence import Evidence, Hypothesis
from parity.values.anatomy import Trees

Floats = npt.NDArray[np.float64]


def logistic(margin: Floats) -> Floats:
    """1 / (1 + exp(-m)), without overflow."""
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-margin)))


def softmax(margin: Floats) -> Floats:
    """Rows of exp(m) that sum to one; NaN in a row that holds an infinite margin."""
    with np.errstate(invalid="ignore"):
        shifted = np.exp(margin - margin.max(axis=1, keepdims=True))
        return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def _exponential(margin: Floats) -> Floats:
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(margin))


_INVERSE = {"logistic": logistic, "exp": _exponential}


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


def _logit(p: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log(p) - np.log1p(-p))


def _one_minus(p: Floats) -> Floats:
    return 1 - p


def _of_margins(p: Floats) -> Floats:
    """The softmax of the margins of one-against-rest probabilities; no columns for two classes or one: it says nothing new."""
    return softmax(_logit(p)) if p.shape[1] > 2 else np.full((len(p), 0), np.nan)


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


MAPS: tuple[tuple[str, str, Callable[[Floats], Floats], str], ...] = (
    ("raw-margin", "runtime", logistic, "the logistic of the runtime's answer is the reference's answer"),
    ("raw-margin", "runtime", _softmax_of_several, "the softmax of the runtime's answers is the reference's answer"),
    ("link-function", "reference", _softmax_of_several, "the softmax of the reference's answers is the runtime's answer"),
    ("link-function", "reference", logistic, "the logistic of the reference's answer is the runtime's answer"),
    ("complement", "reference", _one_minus, "one minus the reference's answer is the runtime's answer"),
    ("link-function", "runtime", _logit, "the logit of the runtime's answer is the reference's answer"),
    ("log-link-dropped", "runtime", _exponential, "the exponential of the runtime's answer is the reference's answer"),
    ("log-link-added", "reference", _exponential, "the exponential of the reference's answer is the runtime's answer"),
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


def _same(values: Floats) -> Floats:
    return values


OFFSETS: tuple[tuple[str, Callable[[Floats], Floats], Callable[[Floats], Floats], Callable[[Floats], Floats], str], ...] = (
    ("base-score", _same, _same, _same, "the runtime's answers plus the constant {:.6g} are the reference's answers"),
    ("base-score", _logit, _logit, logistic, "the runtime's margins plus the constant {:.6g} give the reference's probabilities"),
    (
        "raw-margin",
        _logit,
        _same,
        logistic,
        "the logistic of the runtime's answer plus the constant {:.6g} is the reference's answer",
    ),
)
"""Name, the reference's answer to a margin, the runtime's answer to a margin, the margin to the reference's answer, the proof."""


def _matters(constant: float, margins: Floats) -> bool:
    """A constant that float32 cannot tell from none explains nothing."""
    return abs(constant) > 2.0**-20 * max(1.0, float(np.nanmax(np.abs(margins))))


def _complementary(answers: Floats) -> bool:
    """One column, or two that are 1 - p and p: then the last one says it all."""
    sums = answers.sum(axis=1)
    away = np.abs(sums[np.isfinite(sums)] - 1)
    return answers.shape[1] == 1 or (answers.shape[1] == 2 and bool(np.max(away, initial=0.0) < 1e-5))


ENOUGH = 8
"""Rows from which a constant may be estimated: one row is explained by any constant."""


LEAST = 2.0**-20
"""A factor nearer to one explains nothing: sixteen float32 roundings."""


def _shifted(evidence: Evidence) -> Iterator[Hypothesis]:
    """A constant between the margins, estimated from the drifting rows (their median) and then tried on all.

    Between answers that never change there is always one, and it says nothing.
    """
    ours, theirs = evidence.ask_reference(evidence.drifting), evidence.ask_runtime(evidence.drifting)
    if ours.shape != theirs.shape or not _complementary(theirs) or not _varies(np.hstack([ours, theirs])):
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


def _shifted_by_class(evidence: Evidence) -> Iterator[Hypothesis]:
    """A constant for each of several columns: between logarithms of probabilities that sum to one, or between the answers."""
    ours, theirs = evidence.ask_reference(evidence.drifting), evidence.ask_runtime(evidence.drifting)
    if ours.shape != theirs.shape or ours.shape[1] < 2 or _complementary(theirs) or len(ours) < ENOUGH:
        return
    sums = np.abs(ours.sum(axis=1) - 1)
    to, back = (_logarithm, softmax) if np.nanmax(sums) < 1e-5 else (_same, _same)
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


def _logarithm(p: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log(p))


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """Each map from one side's answers to the other's, then the same with a constant between the margins."""
    yield from _mapped(evidence)
    yield from _permuted(evidence)
    yield from _shifted(evidence)
    yield from _shifted_by_class(evidence)
    yield from _scaled(evidence)
    yield from _scaled_by_class(evidence)
    yield from _averaged_late(evidence)


def _mapped(evidence: Evidence) -> Iterator[Hypothesis]:
    """Nothing where each side answers 0 or 1 to all rows: exponential, complement and others lead from one to the other."""
    both = np.hstack([evidence.ask_reference(evidence.drifting), evidence.ask_runtime(evidence.drifting)])
    if not _varies(both) and np.isin(both, (0.0, 1.0)).all():
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


MOST_CLASSES = 64
"""Columns among which a permutation is looked for."""


def _permuted(evidence: Evidence) -> Iterator[Hypothesis]:
    """The order of the reference's columns that comes nearest to the runtime's, where it is another one."""
    ours, theirs = evidence.ask_reference(evidence.drifting), evidence.ask_runtime(evidence.drifting)
    if ours.shape != theirs.shape or not 2 <= ours.shape[1] <= MOST_CLASSES:
        return
    order = _nearest_order(np.nan_to_num(ours), np.nan_to_num(theirs))
    if np.array_equal(order, np.arange(ours.shape[1])):
        return

    def predict(batch: pa.RecordBatch) -> Floats:
        return evidence.ask_reference(batch)[:, order]

    text = f"the reference's columns in the order {', '.join(map(str, order))} are the runtime's answer"
    yield Hypothesis("classes-permuted", predict, evidence.ask_runtime, text)


def _nearest_order(ours: Floats, theirs: Floats) -> npt.NDArray[np.int64]:
    """order with ours[:, order] nearest to theirs: the assignment of least mean distance."""
    from scipy.optimize import linear_sum_assignment

    distance = np.abs(theirs[:, :, None] - ours[:, None, :]).mean(axis=0)
    return np.asarray(linear_sum_assignment(distance)[1], dtype=np.int64)


def _scaled(evidence: Evidence) -> Iterator[Hypothesis]:
    """A factor between the margins, estimated from the drifting rows (their median) and then tried on all."""
    ours, theirs = evidence.ask_reference(evidence.drifting), evidence.ask_runtime(evidence.drifting)
    if ours.shape != theirs.shape or not _complementary(theirs) or not _inside(ours) or not _inside(theirs):
        return
    factor = _factor(_logit(theirs[:, -1]), _logit(ours[:, -1]))
    if factor is None or factor <= 0:
        return

    def predict(batch: pa.RecordBatch) -> Floats:
        given = evidence.ask_reference(batch)
        found = logistic(factor * _logit(given[:, -1:]))
        return found if given.shape[1] == 1 else np.hstack([1 - found, found])

    text = f"the logistic of {factor:.6g} times the reference's margin is the runtime's answer"
    yield Hypothesis("sigmoid-scale", predict, evidence.ask_runtime, text)


def _averaged_late(evidence: Evidence) -> Iterator[Hypothesis]:
    """logistic(n m) / d for logistic(m), m the mean over n trees (LightGBM's boosting_type="rf").

    d is estimated: the converter takes another number than n where it reads the wrong one.
    """
    trees, theirs = evidence.reference.trees, evidence.ask_runtime(evidence.drifting)
    if trees is None or len(trees.root) < 2 or trees.link != "logistic" or not _complementary(theirs):
        return
    count = len(trees.root)

    def summed(batch: pa.RecordBatch) -> Floats:
        return logistic(count * _logit(evidence.ask_reference(batch)[:, -1:]))

    divisor = _factor(summed(evidence.drifting)[:, -1:], theirs[:, -1:])
    if divisor is None:
        return

    def predict(batch: pa.RecordBatch) -> Floats:
        found = summed(batch) / divisor
        return found if theirs.shape[1] == 1 else np.hstack([1 - found, found])

    text = f"the logistic of the sum of {count} trees, divided by {divisor:.6g}, is the runtime's answer"
    yield Hypothesis("averaged-after-link", predict, evidence.ask_runtime, text)


def _scaled_by_class(evidence: Evidence) -> Iterator[Hypothesis]:
    """The same for probabilities of several classes that sum to one: their logarithms are margins but for a number per row."""
    ours, theirs = evidence.ask_reference(evidence.drifting), evidence.ask_runtime(evidence.drifting)
    if ours.shape != theirs.shape or ours.shape[1] < 3 or not np.nanmax(np.abs(ours.sum(axis=1) - 1)) < 1e-5:
        return
    with np.errstate(invalid="ignore"):
        factor = _factor(*((m[:, 1:] - m[:, :1]).ravel() for m in (_logarithm(theirs), _logarithm(ours))))
    if factor is None or factor <= 0:
        return

    def predict(batch: pa.RecordBatch) -> Floats:
        return softmax(factor * _logarithm(evidence.ask_reference(batch)))

    text = f"the softmax of {factor:.8g} times the reference's margins is the runtime's answer"
    yield Hypothesis("sigmoid-scale", predict, evidence.ask_runtime, text)


def _factor(answers: Floats, parts: Floats) -> float | None:
    """The median of answers / parts, where it is another than 1 and enough rows have one."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = answers / parts
    finite = ratio[np.isfinite(ratio)]
    factor = float(np.median(finite)) if len(finite) >= ENOUGH else 1.0
    return factor if factor and abs(factor - 1) >= LEAST else None


def multiplied(evidence: Evidence) -> Iterator[Hypothesis]:
    """A factor between the answers themselves, estimated from the drifting rows (their median) and then tried on all.

    Asked last: sums for means of trees are a factor too, and say more.
    """
    ours, theirs = evidence.ask_reference(evidence.drifting), evidence.ask_runtime(evidence.drifting)
    if ours.shape != theirs.shape or not _varies(theirs):
        return
    factor = _factor(theirs, ours)
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
    if ours.shape != theirs.shape or len(theirs) < ENOUGH or not theirs.shape[1] or not _varies(ours):
        return
    if np.isnan(theirs).any() or (theirs != theirs[0]).any():
        return
    first = theirs[0].copy()
    text = f"the runtime answers [{', '.join(f'{v:.6g}' for v in first[:4])}{', …' if len(first) > 4 else ''}] to every row"
    yield Hypothesis("constant-answer", lambda batch: np.tile(first, (batch.num_rows, 1)), evidence.ask_runtime, text)


def _varies(answers: Floats) -> bool:
    """Constant answers are explained by any factor."""
    finite = answers[np.isfinite(answers).all(axis=1)]
    return len(finite) > 1 and float(np.ptp(finite, axis=0).max()) > 0


def _inside(answers: Floats) -> bool:
    """Probabilities of a link: between 0 and 1, and not all the same."""
    finite = answers[np.isfinite(answers)]
    return bool(finite.size) and bool((finite >= 0).all() and (finite <= 1).all()) and float(finite.max() - finite.min()) > 0

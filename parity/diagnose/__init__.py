"""Named causes, proved by asking again. Where nothing explains the drift, there is no cause."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.diagnose import (
    axes,
    categories,
    category_splits,
    columns,
    compose,
    engines,
    factors,
    float32,
    indicators,
    leaf_values,
    linear,
    links,
    modes,
    networks,
    rewrites,
    settings,
    silence,
    splits,
    steps,
    structure,
    texts,
    together,
    trees,
    twins,
)
from parity.diagnose.batches import depends_on_batch, neighbour
from parity.diagnose.evidence import (
    CONFIRM_BROKEN,
    Evidence,
    Hypothesis,
    Shares,
    beyond,
    cause_of,
    explains,
    narrowed,
    screen,
    screened,
)
from parity.values.finding import Cause


@dataclass(frozen=True)
class Diagnosis:
    """A confirmed hypothesis, which may be asked of other rows too, the evidence that confirmed it, and the cause for reports."""

    hypothesis: Hypothesis
    cause: Cause
    evidence: Evidence

    def explains(self, batch: pa.RecordBatch) -> npt.NDArray[np.bool_]:
        """(rows,): does the hypothesis explain the drift of other rows too?"""
        return explains(self.evidence, self.hypothesis, batch)


MOST_TOGETHER = 150
"""Causes at once that one search may try."""


@dataclass
class Budget:
    """Hypotheses that may still be tried, counted down as they are: a count and no clock, so that a run repeats itself."""

    left: float = math.inf

    def spend(self) -> bool:
        """Is one more allowed?"""
        self.left -= 1
        return self.left >= 0


def diagnose(evidence: Evidence, confirmed: Sequence[Hypothesis] = (), budget: Budget | None = None) -> Diagnosis | None:
    """The first hypothesis that is confirmed, in an order that puts what is read from structure before what is tried.

    None where nothing explains the rows, and where this output does not drift in them at all.
    `confirmed` are asked before: what explains one class of input often explains another that has too few rows of its own. All
    others, and causes at once, only as far as the `budget` goes.
    """
    drifting = narrowed(evidence)
    if drifting is None:
        return None
    again = beyond(drifting)
    if not again.all():  # asked in another batch some of them agree: a hypothesis that changes nothing would explain those
        return _of_the_batch(evidence)
    singles, few, budget = dict[str, Shares](), screen(drifting), budget or Budget()
    for hypothesis in chain(confirmed, _within(budget, _hypotheses(drifting))):
        found = screened(drifting, few, hypothesis)
        if found.confirmed:
            return Diagnosis(hypothesis, cause_of(hypothesis, found), drifting)
        singles[hypothesis.name] = max(found, singles.get(hypothesis.name, found), key=lambda s: s.explained)
    allowed = min(budget.left, MOST_TOGETHER)
    together = Budget(allowed)
    found_at_once = _two_at_once(drifting, few, together, singles, [h.name for h in confirmed])
    budget.left -= allowed - together.left
    return found_at_once


def _within(budget: Budget, hypotheses: Iterator[Hypothesis]) -> Iterator[Hypothesis]:
    """As many as the budget allows: none is made that is not tried."""
    while budget.spend() and (hypothesis := next(hypotheses, None)) is not None:
        yield hypothesis


def _of_the_batch(evidence: Evidence) -> Diagnosis | None:
    """Where the rows beside decide: what each drifting row gets instead, and that alone it gets the right answer."""
    drifts = beyond(evidence)
    if not depends_on_batch(evidence, drifts):
        return None
    hypothesis = neighbour(evidence, drifts)
    return None if hypothesis is None else Diagnosis(hypothesis, cause_of(hypothesis, Shares(1.0, 0.0)), evidence)


def _two_at_once(
    evidence: Evidence, few: Evidence | None, budget: Budget, singles: dict[str, Shares], confirmed: Sequence[str]
) -> Diagnosis | None:
    rows, almost = evidence.drifting.num_rows, dict[str, Shares]()
    for hypothesis in _within(budget, compose.pairs(evidence, singles, confirmed)):
        found = screened(evidence, few, hypothesis)
        if not compose.both_needed(hypothesis.name, found, singles, rows):
            continue
        if found.confirmed:
            return Diagnosis(hypothesis, cause_of(hypothesis, found), evidence)
        if found.explained >= compose.ALMOST and found.broken <= CONFIRM_BROKEN:
            almost[hypothesis.name] = max(found, almost.get(hypothesis.name, found), key=lambda s: s.explained)
    return _three_at_once(evidence, few, budget, almost)


def _three_at_once(evidence: Evidence, few: Evidence | None, budget: Budget, almost: dict[str, Shares]) -> Diagnosis | None:
    """A third cause of what the best pair leaves."""
    if not almost:
        return None
    name, pair = max(almost.items(), key=lambda kv: kv[1].explained)
    for hypothesis in _within(budget, compose.thirds(evidence, name)):
        found = screened(evidence, few, hypothesis)
        if found.confirmed and compose.adds(found.explained, pair.explained, evidence.drifting.num_rows):
            return Diagnosis(hypothesis, cause_of(hypothesis, found), evidence)
    return None


def _hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    yield from structure.hypotheses(evidence)
    yield from engines.hypotheses(evidence)
    yield from silence.hypotheses(evidence)
    yield from modes.hypotheses(evidence)
    yield from networks.hypotheses(evidence)
    yield from leaf_values.hypotheses(evidence)
    yield from category_splits.hypotheses(evidence)
    yield from steps.permuted(evidence)
    yield from linear.hypotheses(evidence)
    yield from float32.scalers(evidence)  # before the links: a mean that is rounded is a constant in the margin too
    yield from twins.hypotheses(evidence)
    yield from indicators.hypotheses(evidence)
    yield from settings.hypotheses(evidence)
    yield from links.hypotheses(evidence)
    yield from splits.moved_alike(evidence)
    yield from trees.hypotheses(evidence)
    yield from float32.hypotheses(evidence)
    yield from rewrites.hypotheses(evidence)
    yield from texts.hypotheses(evidence)
    yield from rewrites.whole_numbers(evidence)
    yield from engines.codes(evidence)
    yield from splits.hypotheses(evidence)
    yield from together.hypotheses(evidence)
    yield from categories.hypotheses(evidence)
    yield from columns.hypotheses(evidence)
    yield from axes.hypotheses(evidence)
    yield from steps.hypotheses(evidence)
    yield from factors.multiplied(evidence)
    yield from factors.constant(evidence)
    yield from twins.with_texts(evidence)

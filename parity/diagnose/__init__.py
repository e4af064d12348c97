"""Named causes, proved by asking again. Where nothing explains the drift, there is no cause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from parity.diagnose import float32, links, rewrites, structure, trees
from parity.diagnose.evidence import Evidence, Hypothesis, cause_of, shares
from parity.values.finding import Cause


@dataclass(frozen=True)
class Diagnosis:
    """A confirmed hypothesis, which may be asked of other rows too, and the cause that reports show."""

    hypothesis: Hypothesis
    cause: Cause


def diagnose(evidence: Evidence, confirmed: Sequence[Hypothesis] = ()) -> Diagnosis | None:
    """The first hypothesis that is confirmed, in an order that puts what is read from structure before what is tried.

    `confirmed` are asked before: what explains one class of input often explains another that has too few rows of its own.
    """
    for hypothesis in chain(confirmed, _hypotheses(evidence)):
        found = shares(evidence, hypothesis)
        if found.confirmed:
            return Diagnosis(hypothesis, cause_of(hypothesis, found))
    return None


def _hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    yield from structure.hypotheses(evidence)
    yield from links.hypotheses(evidence)
    yield from trees.hypotheses(evidence)
    yield from float32.hypotheses(evidence)
    yield from rewrites.hypotheses(evidence)

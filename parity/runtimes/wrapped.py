"""A session whose rows or scores are changed on their way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from parity.runtimes.session import Session
from parity.values.outcome import Outcome, Scores
from parity.values.signature import Signature
from parity.values.timing import Timing, TimingPlan


def _as_it_is(batch: pa.RecordBatch) -> pa.RecordBatch:
    return batch


def _unchanged(scores: Scores) -> Scores:
    return scores


@dataclass(frozen=True)
class WrappedSession:
    """Another session, with what goes in (`asked`) and what comes out (`answered`) changed."""

    session: Session
    asked: Callable[[pa.RecordBatch], pa.RecordBatch] = _as_it_is
    answered: Callable[[Scores], Scores] = _unchanged

    @property
    def signature(self) -> Signature:
        return self.session.signature

    @property
    def environment(self) -> Mapping[str, Any]:
        return self.session.environment

    def bind(self, inputs: Mapping[str, tuple[str, ...]]) -> None:
        self.session.bind(inputs)

    def score(self, batch: pa.RecordBatch) -> Outcome:
        outcome = self.session.score(self.asked(batch))
        return self.answered(outcome) if isinstance(outcome, Scores) else outcome

    def time(self, batch: pa.RecordBatch, plan: TimingPlan) -> Timing:
        return self.session.time(self.asked(batch), plan)

    def close(self) -> None:
        self.session.close()

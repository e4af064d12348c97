"""A session that is asked many questions about a few rows, and that may be one of those that the rows kill."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from parity.runtimes.isolate import Allowance
from parity.runtimes.wrapped import WrappedSession
from parity.values.outcome import Outcome, Refusal


@dataclass(frozen=True)
class Sparing(WrappedSession):
    """Answers as its session does until that has died as often, or lost as much time, as an item may; then it is not called.

    A row whose scores are what a broken heap held is made smaller by a hundred questions, each of which may end the process.
    """

    allowance: Allowance = field(default_factory=Allowance)

    def score(self, batch: pa.RecordBatch) -> Outcome:
        if self.allowance.spent:
            return Refusal("never-asked", "the runtime died too often while it was asked about what was found")
        return self.allowance.call(super().score, batch)

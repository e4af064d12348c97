from __future__ import annotations

from typing import Any, cast

import pyarrow as pa

from parity.runtimes.isolate import Allowance
from parity.runtimes.sparing import Sparing
from parity.values.outcome import Outcome, Refusal, Scores

ROW = pa.record_batch({"a": [1.0]})


class Dying:
    """Dies where it is told to, and counts how often it was called."""

    def __init__(self, *kinds: str) -> None:
        self.kinds = list(kinds)
        self.calls = 0

    def score(self, batch: pa.RecordBatch) -> Outcome:
        self.calls += 1
        kind = self.kinds.pop(0) if self.kinds else "crash"
        return Refusal(kind, "no") if kind else Scores(batch.num_rows, ())


def asked(session: Dying, times: int, **allowed: Any) -> list[str]:
    sparing = Sparing(cast(Any, session), allowance=Allowance(**allowed))
    outcomes = [sparing.score(ROW) for _ in range(times)]
    return [outcome.kind if isinstance(outcome, Refusal) else "" for outcome in outcomes]


def test_a_session_that_dies_each_time_is_asked_four_times() -> None:
    session = Dying()
    assert asked(session, 100) == ["crash"] * 4 + ["never-asked"] * 96
    assert session.calls == 4


def test_answers_and_refusals_in_between_cost_nothing() -> None:
    session = Dying("", "crash", "", "missing", *[""] * 50, "timeout", "out-of-memory", "crash")
    kinds = asked(session, 60)
    assert [kinds[i] for i in (1, 54, 55, 56)] == ["crash", "timeout", "out-of-memory", "crash"]
    assert kinds[57:] == ["never-asked"] * 3


def test_a_session_that_hangs_is_left_alone_sooner() -> None:
    assert asked(Dying("timeout"), 3, lost=149.9)[0] == "timeout"
    assert asked(Dying("timeout"), 3, lost=150.0) == ["timeout", "never-asked", "never-asked"]

"""The ledger in a whole run, over the fake runtime in a real JVM."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from parity.judge.ledger import accepting, unmatched
from parity.pipeline import Workbench, items, run_item
from parity.replay.store import Store
from parity.values.case import Artifact, Case, Configuration
from parity.values.plan import Phase
from parity.values.policy import Known
from parity.values.result import PhaseResult, Verdict
from parity.values.settings import Settings

SAMPLE = pd.DataFrame({"age": np.arange(18.0, 58.0), "income": np.linspace(0.5, 9.5, 40)})
LATER, EARLIER = datetime.date.today() + datetime.timedelta(9), datetime.date.today() - datetime.timedelta(1)


def wrong_above_forty(rows: pd.DataFrame, by: float = 0.25) -> Any:
    return 0.5 * rows["age"] + 2.0 * rows["income"] + np.where(rows["age"] >= 40, by, 0.0)


def more_wrong(rows: pd.DataFrame) -> Any:
    return wrong_above_forty(rows, 0.27)


@pytest.fixture(scope="module")
def bench() -> Iterator[Workbench]:
    opened = Workbench()
    yield opened
    opened.close()


def run(where: Path, bench: Workbench, *known: Known, reference: Any = wrong_above_forty, source: str = "test") -> PhaseResult:
    (where / "model.fake").write_text("age = 0.5\nincome = 2.0\n")
    case = Case("churn", reference, (Artifact(where / "model.fake"),), where, data=SAMPLE, source=source)
    (item,) = items(Configuration(where, (case,), known=known), phases=[Phase.RANDOM])
    return run_item(item, Settings(where / ".parity", profile="dev", rows=300), bench)


def test_known_expired_grown_and_idle(tmp_path: Path, bench: Workbench) -> None:
    match = {"case": "churn", "kind": "value"}
    known = run(tmp_path, bench, Known(match, "a lesson", "us", LATER, max_abs=0.26))
    assert known.verdict == Verdict.PASS and known.reason.endswith("; 1 known finding accepted by the ledger")
    assert known.findings[0].known == f"known, accepted by us until {LATER}: a lesson" and known.drifted > 0
    expired = run(tmp_path, bench, Known(match, "a lesson", "us", EARLIER))
    assert expired.verdict == Verdict.FAIL and f"the entry expired on {EARLIER}" in expired.reason
    grown = run(tmp_path, bench, Known(match, "a lesson", "us", LATER, max_abs=0.2))
    assert grown.verdict == Verdict.FAIL and "it grew to 0.25, 0.2 was accepted" in grown.reason


def test_what_was_accepted_as_it_was_kept_fails_again_when_it_grows(tmp_path: Path, bench: Workbench) -> None:
    run(tmp_path, bench)
    (kept,) = Store(tmp_path / ".parity").all()
    entry = accepting(kept.finding, "a lesson", "us", LATER, rows=True)
    assert entry.max_abs == 0.25 and entry.rows == kept.finding.rows
    assert run(tmp_path, bench, entry).verdict == Verdict.PASS
    grown = run(tmp_path, bench, entry, reference=more_wrong, source="grown")
    assert grown.verdict == Verdict.FAIL and "it grew to 0.27, 0.25 was accepted" in grown.reason


def test_an_entry_that_matches_nothing_is_idle(tmp_path: Path, bench: Workbench) -> None:
    match = {"case": "churn", "kind": "crash", "phase": "random"}
    result = run(tmp_path, bench, Known(match, "old", "us", LATER))
    assert result.verdict == Verdict.FAIL and result.ledger_used == ()
    named = f"case = 'churn', kind = 'crash', phase = 'random' (of us, until {LATER})"
    assert unmatched([result]) == [f"[[known]] {named} matches nothing any more: remove the entry"]

"""The ledger in a whole run, over the fake runtime in a real JVM."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from parity.judge.ledger import unmatched
from parity.pipeline import Workbench, items, run_item
from parity.values.case import Artifact, Case, Configuration
from parity.values.plan import Phase
from parity.values.policy import Known
from parity.values.result import PhaseResult, Verdict
from parity.values.settings import Settings

SAMPLE = pd.DataFrame({"age": np.arange(18.0, 58.0), "income": np.linspace(0.5, 9.5, 40)})
LATER, EARLIER = datetime.date.today() + datetime.timedelta(9), datetime.date.today() - datetime.timedelta(1)


def wrong_above_forty(rows: pd.DataFrame) -> Any:
    return 0.5 * rows["age"] + 2.0 * rows["income"] + np.where(rows["age"] >= 40, 0.25, 0.0)


@pytest.fixture(scope="module")
def bench() -> Iterator[Workbench]:
    opened = Workbench()
    yield opened
    opened.close()


def run(where: Path, bench: Workbench, *known: Known) -> PhaseResult:
    (where / "model.fake").write_text("age = 0.5\nincome = 2.0\n")
    case = Case("churn", wrong_above_forty, (Artifact(where / "model.fake"),), where, data=SAMPLE, source="test")
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


def test_an_entry_that_matches_nothing_is_idle(tmp_path: Path, bench: Workbench) -> None:
    match = {"case": "churn", "kind": "crash", "phase": "random"}
    result = run(tmp_path, bench, Known(match, "old", "us", LATER))
    assert result.verdict == Verdict.FAIL and result.ledger_used == ()
    named = f"case = 'churn', kind = 'crash', phase = 'random' (of us, until {LATER})"
    assert unmatched([result]) == [f"[[known]] {named} matches nothing any more: remove the entry"]

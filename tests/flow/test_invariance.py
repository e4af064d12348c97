"""Phase invariance over the fake runtime: references that depend on more than the row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from parity.flow import invariance
from parity.flow.inputs import PROFILES
from parity.pipeline import Workbench, items, run_item
from parity.replay.store import Store
from parity.values.case import Artifact, Case, Configuration
from parity.values.finding import FindingKind
from parity.values.outcome import Refusal
from parity.values.plan import Phase
from parity.values.result import PhaseResult, Verdict
from parity.values.settings import Settings

SAMPLE = pd.DataFrame({"age": np.arange(18.0, 58.0), "income": np.linspace(0.5, 9.5, 40)})


def honest(rows: pd.DataFrame) -> Any:
    return 0.5 * rows["age"] + 2.0 * rows["income"]


def other_when_alone(rows: pd.DataFrame) -> Any:
    return honest(rows) + (0.25 if len(rows) == 1 else 0.0)


def other_by_place(rows: pd.DataFrame) -> Any:
    return honest(rows) + 0.01 * np.arange(len(rows))


def refuses_one(rows: pd.DataFrame) -> Any:
    if len(rows) == 1:
        raise ValueError("reshape your data")
    return honest(rows)


def hardly_when_alone(rows: pd.DataFrame) -> Any:
    return honest(rows) * (1 + 1e-16 * (len(rows) == 1)) + (4e-15 if len(rows) == 1 else 0.0)


@pytest.fixture(scope="module")
def bench() -> Iterator[Workbench]:
    opened = Workbench()
    yield opened
    opened.close()


def run(where: Path, bench: Workbench, reference: Any, **settings: Any) -> PhaseResult:
    (where / "model.fake").write_text("age = 0.5\nincome = 2.0\n")
    source = f"{where.name}:{reference.__name__}"
    case = Case("churn", reference, (Artifact(where / "model.fake"),), where, data=SAMPLE, source=source)
    (item,) = items(Configuration(where, (case,)), phases=[Phase.INVARIANCE])
    return run_item(item, Settings(where / ".parity", profile="dev", **settings), bench)


def test_a_model_that_looks_at_the_row_alone_passes(tmp_path: Path, bench: Workbench) -> None:
    result = run(tmp_path, bench, honest)
    assert result.verdict == Verdict.PASS
    assert result.reason.endswith("each side with itself; not a bit moved")
    assert result.compared == result.rows > 1_000
    assert result.findings == () and result.drifted == 0


def test_one_row_against_a_batch(tmp_path: Path, bench: Workbench) -> None:
    result = run(tmp_path, bench, other_when_alone)
    assert result.verdict == Verdict.FAIL
    (finding,) = result.findings
    assert (finding.kind, finding.input_class, finding.phase) == (FindingKind.VALUE, "batch-of-one (reference)", Phase.INVARIANCE)
    assert finding.worst == pytest.approx(0.25)
    assert finding.seen.reference != finding.seen.runtime
    assert "the reference against itself" in finding.message


def test_a_row_that_counts_on_its_place(tmp_path: Path, bench: Workbench) -> None:
    classes = {f.input_class for f in run(tmp_path, bench, other_by_place).findings}
    assert {"batch-order (reference)", "batch-of-one (reference)"} <= classes
    assert "repeated (reference)" not in classes


def test_a_side_that_does_not_repeat_itself_is_told_once(tmp_path: Path, bench: Workbench) -> None:
    noise = np.random.default_rng(0)

    def restless(rows: pd.DataFrame) -> Any:
        return honest(rows) + (noise.normal(size=len(rows)) if len(rows) == PROFILES["dev"].invariance_rows else 0.0)

    (finding,) = run(tmp_path, bench, restless).findings
    assert finding.input_class == "repeated (reference)"


def test_a_side_that_refuses_a_single_row(tmp_path: Path, bench: Workbench) -> None:
    (finding,) = run(tmp_path, bench, refuses_one).findings
    assert finding.kind == FindingKind.REFUSAL
    assert "reshape your data" in str(finding.seen.runtime)


def test_what_rounding_explains_is_told_and_no_finding(tmp_path: Path, bench: Workbench) -> None:
    result = run(tmp_path, bench, hardly_when_alone)
    assert result.verdict == Verdict.PASS and result.findings == ()
    (note,) = [n for n in result.notes if n.startswith("rounding")]
    assert "value of the reference moves by up to" in note and "(batch-of-one)" in note


def test_a_finding_is_replayed_here_and_not_as_a_row_of_its_own(tmp_path: Path, bench: Workbench) -> None:
    found = run(tmp_path, bench, other_when_alone).findings[0]
    assert {e.finding.id for e in Store(tmp_path / ".parity").all("churn")} == {found.id}
    assert run(tmp_path, bench, other_when_alone).fixed == ()
    assert run(tmp_path, bench, honest).fixed == (found.id,)


def test_the_rows_are_the_same_for_one_seed(tmp_path: Path, bench: Workbench) -> None:
    one, two, other = (run(tmp_path, bench, other_when_alone, seed=s).findings[0].row for s in (1, 1, 2))
    assert one.equals(two)
    assert not one.equals(other)


def test_a_runtime_that_dies_is_not_asked_in_further_ways(
    tmp_path: Path, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each way would kill it again, and wait for it to start again."""
    asked = list[str]()

    def dying(sides: Any, side: int, way: Any, batch: Any) -> Any:
        found = ask(sides, side, way, batch)
        if side == invariance.RUNTIME:
            asked.append(way.name)
            dead = {0: Refusal("crash", "the worker was killed")}
            return replace(found, examined=replace(found.examined, runtime=replace(found.examined.runtime, refused=dead)))
        return found

    ask = invariance._ask
    monkeypatch.setattr(invariance, "_ask", dying)
    result = run(tmp_path, bench, honest)
    assert asked == ["repeated"]
    assert any(note.startswith("not tried, because the runtime died: batch-of-one, batch-of-two") for note in result.notes)

"""The flow as a whole, over the fake runtime in a real JVM."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.tree import DecisionTreeRegressor

from parity.errors import UsageError
from parity.pipeline import Workbench, check, items, run_item
from parity.replay.store import Store
from parity.values.case import Artifact, Case, Configuration
from parity.values.finding import FindingKind
from parity.values.plan import Budget, Phase
from parity.values.policy import Gate, Limit
from parity.values.result import PhaseResult, Verdict
from parity.values.settings import Settings

SAMPLE = pd.DataFrame({"age": np.arange(18.0, 58.0), "income": np.linspace(0.5, 9.5, 40)})


def honest(rows: pd.DataFrame) -> Any:
    return 0.5 * rows["age"] + 2.0 * rows["income"]


def wrong_above_forty(rows: pd.DataFrame) -> Any:
    """Another slope for the old: 0.25 more from 40 on."""
    return honest(rows) + np.where(rows["age"] >= 40, 0.25, 0.0)


def constant(rows: pd.DataFrame) -> Any:
    return honest(rows) * 0


def choosy(rows: pd.DataFrame) -> Any:
    if (rows["age"] > 50).any():
        raise ValueError("Input contains a value too large")
    return honest(rows)


def refusing(rows: pd.DataFrame) -> Any:
    raise ValueError("no")


@pytest.fixture
def bench() -> Iterator[Workbench]:
    opened = Workbench()
    yield opened
    opened.close()


def case(where: Path, reference: Any, gate: Gate | None = None) -> Case:
    (where / "model.fake").write_text("age = 0.5\nincome = 2.0\n")
    return Case("churn", reference, (Artifact(where / "model.fake"),), where, data=SAMPLE, gate=gate or Gate(), source="test")


def run(where: Path, bench: Workbench, reference: Any, phase: Phase = Phase.RANDOM, **more: Any) -> PhaseResult:
    """One phase of a case over the fake runtime."""
    gate, settings = more.pop("gate", None), Settings(where / ".parity", profile="dev", **more)
    (item,) = items(Configuration(where, (case(where, reference, gate),)), phases=[phase])
    return run_item(item, settings, bench)


def test_an_equal_model_passes_and_says_what_was_compared(tmp_path: Path, bench: Workbench) -> None:
    result = run(tmp_path, bench, honest)
    assert result.verdict == Verdict.PASS, result.reason
    assert result.compared == result.rows == 2_000
    assert result.findings == ()
    assert 0 < (result.upper95 or 0) < 2e-3
    assert result.outputs[0].max_abs < 1e-12


def test_drift_is_a_finding_with_its_smallest_row(tmp_path: Path, bench: Workbench) -> None:
    result = run(tmp_path, bench, wrong_above_forty)
    assert result.verdict == Verdict.FAIL
    (finding,) = result.findings
    assert finding.kind == FindingKind.VALUE
    assert finding.worst == pytest.approx(0.25)
    assert finding.row.column("age")[0].as_py() >= 40
    assert finding.off_typical in (("age",), ())
    assert finding.seen.reference != finding.seen.runtime


def test_what_failed_is_replayed_first_and_told_when_it_is_fixed(tmp_path: Path, bench: Workbench) -> None:
    found = run(tmp_path, bench, wrong_above_forty).findings[0]
    again = run(tmp_path, bench, wrong_above_forty, Phase.EXAMPLES)
    assert found.id in {f.id for f in again.findings}
    assert again.fixed == ()
    bench.close()
    mended = run(tmp_path, Workbench(), honest, Phase.EXAMPLES)
    assert mended.verdict == Verdict.PASS
    assert found.id in mended.fixed
    assert {entry.finding.id for entry in Store(tmp_path / ".parity").all("churn")} >= {found.id}


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(tmp_path: Path, bench: Workbench) -> None:
    one, two = (run(tmp_path, bench, wrong_above_forty, seed=7) for _ in range(2))
    other = run(tmp_path, bench, wrong_above_forty, seed=8)
    assert one.drifted == two.drifted
    assert one.findings[0].row.equals(two.findings[0].row)
    assert other.drifted != one.drifted


def test_a_set_tolerance_carries_its_reason_into_the_result(tmp_path: Path, bench: Workbench) -> None:
    gate = Gate(max_abs=Limit(error=0.3, reason="scores are shown without digits"))
    result = run(tmp_path, bench, wrong_above_forty, gate=gate)
    assert result.verdict == Verdict.PASS
    assert "scores are shown without digits" in result.outputs[0].formula


def test_a_constant_reference_is_not_measured(tmp_path: Path, bench: Workbench) -> None:
    (tmp_path / "model.fake").write_text("age = 0.0\nincome = 0.0\n")
    settings = Settings(tmp_path / ".parity", profile="dev")
    judged = Case("churn", constant, (Artifact(tmp_path / "model.fake"),), tmp_path, data=SAMPLE, source="test")
    (item,) = items(Configuration(tmp_path, (judged,)), phases=[Phase.RANDOM])
    result = run_item(item, settings, bench)
    assert result.verdict == Verdict.NOT_MEASURED
    assert "constant" in result.reason


def test_a_reference_that_refuses_everything_is_not_measured(tmp_path: Path, bench: Workbench) -> None:
    result = run(tmp_path, bench, refusing)
    assert result.verdict == Verdict.NOT_MEASURED
    assert "the reference refused all 2,000 rows" in result.reason


def test_one_side_refusing_valid_rows_is_a_finding(tmp_path: Path, bench: Workbench) -> None:
    result = run(tmp_path, bench, choosy, Phase.EXAMPLES)
    assert result.verdict == Verdict.FAIL
    (finding,) = result.findings
    assert finding.kind == FindingKind.REFUSAL
    assert finding.rows == 7
    assert "too large" in finding.message


def test_a_model_without_cuts_is_searched_for_its_worst_drift(tmp_path: Path, bench: Workbench) -> None:
    result = run(tmp_path, bench, honest, Phase.BOUNDARY)
    assert result.verdict == Verdict.PASS
    assert result.reason.startswith("no cuts: searched 4,000 rows for the worst drift")
    assert (result.searched["rows"], result.cuts, result.rows) == (4_000, 0, 4_000)
    assert set(result.searched["row"]) == {"age", "income"}


def test_the_search_finds_drift_that_hides_in_a_corner(tmp_path: Path, bench: Workbench) -> None:
    def hiding(rows: pd.DataFrame) -> Any:
        return honest(rows) + 1e-4 * np.exp(4 * (rows["age"] - 18) / 39 + 4 * rows["income"] / 9.5)

    result = run(tmp_path, bench, hiding, Phase.BOUNDARY)
    assert result.verdict == Verdict.FAIL
    assert result.searched["drift"] == pytest.approx(1e-4 * np.exp(8), rel=1e-3)
    assert result.searched["row"]["age"]["value"] == pytest.approx(57.0)
    assert result.findings[0].input_class == "search"


def test_where_no_bound_is_known_drift_beyond_the_reference_s_own_noise_is_found_by_a_search_too(
    tmp_path: Path, bench: Workbench
) -> None:
    def hardly(rows: pd.DataFrame) -> Any:
        return honest(rows) + 1e-6 * np.exp(4 * (rows["age"] - 18) / 39 + 4 * rows["income"] / 9.5)

    result = run(tmp_path, bench, hardly, Phase.BOUNDARY)
    assert result.verdict == Verdict.FAIL
    assert result.searched["drift"] == pytest.approx(1e-6 * np.exp(8), rel=1e-3)
    assert "0.00298 on value" in result.reason
    assert run(tmp_path, bench, hardly, Phase.RANDOM).verdict == Verdict.FAIL


class Slow:
    """A reference on whose clock each row takes a hundredth of a second; keeps what it was asked."""

    def __init__(self, answer: Callable[[pd.DataFrame], Any]) -> None:
        self.answer, self.seconds, self.asked = answer, 0.0, [pd.DataFrame()]

    def __call__(self, rows: pd.DataFrame) -> Any:
        self.seconds += 0.01 * len(rows)
        self.asked.append(rows)
        return self.answer(rows)

    def rows_asked(self) -> pd.DataFrame:
        return pd.concat(self.asked, ignore_index=True).drop_duplicates()


@pytest.mark.parametrize("phase", [Phase.RANDOM, Phase.BOUNDARY])
def test_a_time_budget_ends_a_phase_in_the_middle_of_a_chunk_and_changes_no_row(
    tmp_path: Path, bench: Workbench, monkeypatch: pytest.MonkeyPatch, phase: Phase
) -> None:
    cut, whole = Slow(honest), Slow(honest)
    (item,) = items(Configuration(tmp_path, (case(tmp_path, cut),)), phases=[phase])
    bench.sides(item, Settings(tmp_path), Budget())  # opened before the clock runs
    monkeypatch.setattr("parity.pipeline.time", SimpleNamespace(monotonic=lambda: cut.seconds))
    result = run(tmp_path, bench, cut, phase, rows=4_000, max_seconds=10.0)
    assert result.verdict == Verdict.NOT_MEASURED
    assert f"the time budget (--parity-max-time) ran out after {result.rows:,} rows" in result.reason
    assert 1_000 <= result.rows <= 2_000, "a piece more than it was given, at most"
    full = run(tmp_path, Workbench(), whole, phase, rows=4_000)
    assert full.rows == 4_000
    both = cut.rows_asked().merge(whole.rows_asked(), how="left", indicator=True)
    assert (both["_merge"] == "both").all()


def test_drift_that_was_found_in_time_fails_and_what_was_not_looked_at_is_told(
    tmp_path: Path, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = Slow(wrong_above_forty)
    monkeypatch.setattr("parity.pipeline.time", SimpleNamespace(monotonic=lambda: wrong.seconds))
    result = run(tmp_path, bench, wrong, rows=50_000, max_seconds=60.0)
    assert result.verdict == Verdict.FAIL
    assert 0 < result.rows < 7_000
    assert f"random: the time budget (--parity-max-time) ran out after {result.rows:,} rows; no others were asked" in result.notes


def test_no_time_at_all_is_not_measured(tmp_path: Path, bench: Workbench) -> None:
    result = run(tmp_path, bench, honest, max_seconds=0.0)
    assert result.verdict == Verdict.NOT_MEASURED
    assert result.rows == 0


def test_the_boundary_phase_keeps_within_its_rows_and_tells_what_they_cut(tmp_path: Path, bench: Workbench) -> None:
    """The search for the worst drift included, where there are no cuts."""
    rng = np.random.default_rng(0)
    wide = pd.DataFrame({"age": rng.uniform(18, 58, 800), "income": rng.uniform(0, 9, 800)})
    stepped = DecisionTreeRegressor(random_state=0).fit(wide, rng.normal(size=800))
    result = run(tmp_path, bench, stepped, Phase.BOUNDARY, rows=500)
    assert result.rows == 500
    (told,) = [note for note in result.notes if note.startswith("boundary: ")]
    assert re.match(r"boundary: 500 of \S+ rows within a budget of 500 \(--parity-rows\): edges of cuts 500 of", told)
    assert (result.probed or 0) < (result.cuts or 0)
    assert run(tmp_path, Workbench(), honest, Phase.BOUNDARY, rows=500).rows == 500


def test_latency_times_both_sides(tmp_path: Path, bench: Workbench) -> None:
    result = run(tmp_path, bench, honest, Phase.LATENCY)
    assert result.verdict == Verdict.PASS
    assert {"runtime-single", "reference-single", "runtime-batch", "reference-batch"} <= set(result.timings)
    assert min(result.timings["runtime-single"].nanoseconds) > 0


def test_off_domain_drift_is_told_and_gates_only_on_request(tmp_path: Path, bench: Workbench) -> None:
    told = run(tmp_path, bench, choosy, Phase.SPECIAL)
    assert any(f.off_domain for f in told.findings)


def test_check_judges_without_a_file(tmp_path: Path) -> None:
    (tmp_path / "model.fake").write_text("age = 0.5\nincome = 2.0\n")
    results = check(honest, tmp_path / "model.fake", data=SAMPLE, folder=tmp_path / ".parity", profile="dev")
    assert {r.phase for r in results} == {p for p in Phase if p != Phase.LATENCY}
    assert not any(r.verdict == Verdict.FAIL for r in results)


def test_items_by_runtime_phase_and_case(tmp_path: Path) -> None:
    one = case(tmp_path, honest)
    both = Configuration(tmp_path, (one, replace(one, name="loans")))
    assert [i.id for i in items(both, phases=["random"], cases=["loan*"])] == ["fake-random"]
    with pytest.raises(UsageError, match=r"unknown phase 'randon'; did you mean 'random'\? Known: boundary"):
        items(both, phases=["randon"])
    named = replace(one, artifacts=(replace(one.artifacts[0], runtimes=("fak",)),))
    with pytest.raises(UsageError, match="churn: unknown runtime 'fak'; did you mean 'fake'"):
        items(Configuration(tmp_path, (named,)))

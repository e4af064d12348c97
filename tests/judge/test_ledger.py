"""The ledger accepts what it says, until it expires, grows or changes its kind; what matches nothing is told."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from parity.errors import ConfigurationError
from parity.judge.ledger import annotated, is_known, unmatched, used_and_idle
from parity.judge.tally import Tally
from parity.judge.verdict import phase_verdict
from parity.values.case import Artifact, Case
from parity.values.finding import Cause, Finding, FindingKind, Seen
from parity.values.plan import Phase
from parity.values.policy import Gate, Known
from parity.values.result import PhaseResult, Verdict
from parity.values.settings import Item

TODAY = datetime.date(2026, 11, 25)
ROW = pa.record_batch({"a": [1.0]})
FOUND = Finding(
    "0123456789ab", "churn", "churn.onnx", "onnxruntime", Phase.BOUNDARY, FindingKind.VALUE, "probability", "edge", 3, ROW, (),
    Seen({}, {}), 0.5, 1e-6, False, Cause("float32-thresholds", 1.0, 0.0, "fix"),
)  # fmt: skip
ENTRY = Known({"case": "churn", "kind": "value"}, "rounded for people", "risk", TODAY)


def verdict(finding: Finding, *known: Known) -> tuple[Verdict, str]:
    tally = Tally(rows=10, compared=10, compared_valid=10)
    found = annotated(finding, known, TODAY)
    return phase_verdict(Phase.BOUNDARY, tally, (), [found], Gate(), known, ran_out=False, today=TODAY)


def test_a_known_finding_passes_and_the_pass_says_so() -> None:
    assert verdict(FOUND)[0] == Verdict.FAIL
    assert verdict(FOUND, ENTRY) == (Verdict.PASS, "10 rows compared; 1 known finding accepted by the ledger")
    assert annotated(FOUND, [ENTRY], TODAY).known == "known, accepted by risk until 2026-11-25: rounded for people"


def test_it_fails_again_on_the_day_after_and_says_when_it_expired() -> None:
    late = replace(ENTRY, expires=TODAY - datetime.timedelta(1))
    found, reason = verdict(FOUND, late)
    assert found == Verdict.FAIL and "no longer known, the entry expired on 2026-11-24 (accepted by risk" in reason


@pytest.mark.parametrize(
    ("recorded", "covered", "said"),
    [
        ({"max_abs": 0.5}, True, ""),
        ({"max_abs": 0.49}, False, "it grew to 0.5, 0.49 was accepted"),
        ({"rows": 3}, True, ""),
        ({"rows": 2}, False, "it grew to 3 rows, 2 were accepted"),
    ],
)
def test_it_fails_again_when_it_grows(recorded: dict[str, float], covered: bool, said: str) -> None:
    entry = replace(ENTRY, **recorded)  # type: ignore[arg-type]
    assert is_known(FOUND, [entry], TODAY) is covered
    assert said in verdict(FOUND, entry)[1]


def test_drift_that_is_not_a_number_is_larger_than_any_recorded_one() -> None:
    assert not is_known(replace(FOUND, worst=float("nan")), [replace(ENTRY, max_abs=1.0)], TODAY)


@pytest.mark.parametrize("changed", [{"kind": FindingKind.LABEL_FLIP}, {"case": "other"}])
def test_another_kind_or_case_is_not_covered(changed: dict[str, str]) -> None:
    assert not is_known(replace(FOUND, **changed), [ENTRY], TODAY)  # type: ignore[arg-type]


def test_globs_and_causes_match() -> None:
    assert is_known(FOUND, [Known({"artifact": "*.onnx", "cause": "float32-*"}, "r", "o", TODAY)], TODAY)
    assert not is_known(replace(FOUND, cause=None), [Known({"cause": "float32-*"}, "r", "o", TODAY)], TODAY)


def test_two_entries_for_one_finding_are_an_error_that_names_both() -> None:
    other = Known({"runtime": "onnx*"}, "r", "ops", TODAY)
    with pytest.raises(ConfigurationError, match=r"two entries accept the finding 0123456789ab .* of risk and .* of ops"):
        is_known(FOUND, [ENTRY, other], TODAY)


def item(known: tuple[Known, ...], phase: Phase = Phase.BOUNDARY) -> Item:
    case = Case("churn", None, (), Path())
    return Item(case, Artifact(Path("churn.onnx")), "onnxruntime", phase, "x", known=known)


def result(phase: Phase, known: tuple[Known, ...], findings: list[Finding]) -> PhaseResult:
    used, idle = used_and_idle(item(known, phase), findings)
    return PhaseResult("churn", "churn.onnx", "onnxruntime", phase, Verdict.PASS, "", ledger_used=used, ledger_idle=idle)


SEARCHING = [p for p in Phase if p != Phase.LATENCY]


def test_an_entry_that_matches_nothing_is_told_once_all_phases_ran() -> None:
    flips = Known({"case": "churn", "kind": "label-flip"}, "r", "risk", TODAY)
    results = [result(p, (ENTRY, flips), [FOUND] if p == Phase.BOUNDARY else []) for p in SEARCHING]
    told = "[[known]] case = 'churn', kind = 'label-flip' (of risk, until 2026-11-25) matches nothing any more: remove the entry"
    assert unmatched(results) == [told]
    assert unmatched(results[:2]) == []


def test_an_entry_of_one_phase_needs_that_phase_only_and_other_items_do_not_count() -> None:
    only = Known({"case": "churn", "phase": "random"}, "r", "risk", TODAY)
    other = Known({"case": "other"}, "r", "risk", TODAY)
    assert unmatched([result(Phase.BOUNDARY, (only, other), [])]) == []
    assert len(unmatched([result(Phase.RANDOM, (only, other), [])])) == 1

import datetime

import pyarrow as pa
import pytest

from parity.judge.tally import Tally
from parity.judge.verdict import case_verdict, gates, phase_verdict
from parity.values.finding import Finding, FindingKind, Seen
from parity.values.plan import Phase
from parity.values.policy import Gate, Known, OffDomain, Preset
from parity.values.result import OutputResult, PhaseResult, Verdict

TODAY = datetime.date(2026, 11, 25)


def finding(
    kind: FindingKind = FindingKind.VALUE,
    phase: Phase = Phase.BOUNDARY,
    off_domain: bool = False,
    rows: int = 3,
    worst: float = 1.0,
) -> Finding:
    return Finding(
        "0123456789ab", "churn", "churn.onnx", "onnxruntime", phase, kind, "probability", "edge", rows,
        pa.record_batch({"a": [1.0]}), (), Seen({}, {}), worst, 1e-6, off_domain,
    )  # fmt: skip


STRICT = Gate()


def gated(f: Finding, gate: Gate = STRICT, known: tuple[Known, ...] = ()) -> bool:
    return gates(f, gate, known, TODAY)


def test_valid_drift_fails_and_off_domain_drift_is_told() -> None:
    assert gated(finding()) and not gated(finding(off_domain=True))
    assert gated(finding(off_domain=True), Gate(off_domain=OffDomain.ERROR))


def test_exploratory_fails_only_on_examples_and_random() -> None:
    gate = Gate(preset=Preset.EXPLORATORY)
    assert not gated(finding(), gate) and gated(finding(phase=Phase.RANDOM), gate)


def test_allowed_flips_and_refusals_are_counts_of_rows() -> None:
    assert not gated(finding(FindingKind.LABEL_FLIP, rows=3), Gate(label_flips=3))
    assert gated(finding(FindingKind.LABEL_FLIP, rows=4), Gate(label_flips=3))
    assert not gated(finding(FindingKind.REFUSAL, rows=3), Gate(refusals=3))


def test_a_branch_flip_within_tolerance_is_told() -> None:
    assert not gated(finding(FindingKind.BRANCH_FLIP, worst=1e-7)) and gated(finding(FindingKind.BRANCH_FLIP, worst=1e-3))


def test_the_ledger_accepts_until_it_expires() -> None:
    match = {"case": "churn", "kind": "value"}
    assert not gated(finding(), known=(Known(match, "why", "me", TODAY),))
    assert gated(finding(), known=(Known(match, "why", "me", TODAY - datetime.timedelta(1)),))
    assert gated(finding(), known=(Known({**match, "runtime": "jpmml"}, "why", "me", None),))


def verdict(
    tally: Tally,
    phase: Phase = Phase.RANDOM,
    outputs: tuple[OutputResult, ...] = (),
    findings: tuple[Finding, ...] = (),
    ran_out: bool = False,
) -> tuple[Verdict, str]:
    return phase_verdict(phase, tally, outputs, findings, Gate(), (), ran_out=ran_out, today=TODAY)


def output(constant: bool = False) -> OutputResult:
    return OutputResult("probability", "probability", 10, 1e-8, 1, 1e-8, 1e-6, "sum", constant)


@pytest.mark.parametrize(
    ("tally", "text"),
    [
        (Tally(), "no rows"),
        (Tally(rows=5, reference_refused=5), "the reference refused all 5 rows"),
        (Tally(rows=5, compared=5, compared_valid=0), "none of 5 rows is valid"),
        (Tally(rows=5, reference_refused=2), "no row of 5 was answered by both sides"),
    ],
)
def test_nothing_compared_is_never_a_pass(tally: Tally, text: str) -> None:
    found, reason = verdict(tally)
    assert found == Verdict.NOT_MEASURED and text in reason


def test_a_constant_output_and_a_budget_that_ran_out_are_not_measured() -> None:
    tally = Tally(rows=10, compared=10, compared_valid=10)
    assert verdict(tally, outputs=(output(constant=True),))[0] == Verdict.NOT_MEASURED
    assert verdict(tally, outputs=(output(),), ran_out=True)[0] == Verdict.NOT_MEASURED
    told = verdict(Tally(), ran_out=True)[1]
    assert told.startswith("nothing compared: the time budget (--parity-max-time) ran out before the first row")


def test_a_pass_says_what_was_compared() -> None:
    found, reason = verdict(Tally(rows=10, compared=10, compared_valid=10), outputs=(output(),))
    assert found == Verdict.PASS and "10 rows compared" in reason and "1e-08 of 1e-06" in reason


def test_a_failure_names_the_kinds() -> None:
    found, reason = verdict(Tally(rows=10, compared=10, compared_valid=10), findings=(finding(),))
    assert found == Verdict.FAIL and "value on probability (3)" in reason


def result(phase: Phase, verdict: Verdict) -> PhaseResult:
    return PhaseResult("churn", "churn.onnx", "onnxruntime", phase, verdict, str(verdict))


def test_the_worst_phase_decides_a_case() -> None:
    done = [result(Phase.RANDOM, Verdict.PASS), result(Phase.BOUNDARY, Verdict.NOT_APPLICABLE)]
    assert case_verdict(done)[0] == Verdict.PASS
    assert case_verdict([*done, result(Phase.SPECIAL, Verdict.NOT_MEASURED)])[0] == Verdict.NOT_MEASURED
    assert case_verdict([*done, result(Phase.SPECIAL, Verdict.FAIL)])[0] == Verdict.FAIL
    assert case_verdict([result(Phase.LATENCY, Verdict.PASS)])[0] == Verdict.NOT_MEASURED


def test_rows_that_nobody_was_asked_for_are_told() -> None:
    tally = Tally(rows=100, compared=60, compared_valid=60, unresolved=40)
    told = "; 40 not judged: their call failed, and none was left to ask them alone"
    assert told in verdict(tally, outputs=(output(),))[1]
    assert told in verdict(tally, findings=(finding(),))[1]
    after = Tally(rows=100, compared=60, compared_valid=60, unresolved=40, never_asked=30)
    reason = verdict(after, outputs=(output(),))[1]
    assert "; 10 not judged: their call failed" in reason
    assert "; 30 never asked: the runtime died before them, and it is started again 3 times at most, or until 150 s are" in reason
    assert "not judged" not in verdict(Tally(rows=100, compared=100, compared_valid=100), findings=(finding(),))[1]

"""The verdict of a phase, and of a case over its phases."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from parity.judge.ledger import is_known
from parity.judge.tally import Tally
from parity.runtimes.isolate import LOST_SECONDS, RESTARTS
from parity.values.finding import Finding, FindingKind
from parity.values.plan import Phase
from parity.values.policy import Gate, Known, OffDomain, Preset
from parity.values.result import OutputResult, PhaseResult, Verdict

_RESTARTED = f"it is started again {RESTARTS} times at most, or until {LOST_SECONDS:g} s are lost on calls that end so"
WORST_FIRST = (Verdict.FAIL, Verdict.NOT_MEASURED, Verdict.PASS, Verdict.NOT_APPLICABLE)


def gates(finding: Finding, gate: Gate, known: Sequence[Known], today: datetime.date) -> bool:
    """Does this finding fail the run?"""
    if finding.kind == FindingKind.ROUNDING or is_known(finding, known, today):
        return False
    if finding.off_domain:
        return gate.off_domain == OffDomain.ERROR
    if gate.preset == Preset.EXPLORATORY and finding.phase not in (Phase.EXAMPLES, Phase.RANDOM):
        return False
    if finding.kind == FindingKind.LABEL_FLIP:
        return finding.rows > gate.label_flips
    if finding.kind == FindingKind.REFUSAL:
        return finding.rows > gate.refusals
    return not (finding.kind == FindingKind.BRANCH_FLIP and finding.worst <= finding.tolerance)


def phase_verdict(
    phase: Phase,
    tally: Tally,
    outputs: Sequence[OutputResult],
    findings: Sequence[Finding],
    gate: Gate,
    known: Sequence[Known],
    *,
    ran_out: bool,
    today: datetime.date,
) -> tuple[Verdict, str]:
    """Verdict and its reason. A pass says what was compared; nothing compared is never a pass."""
    if phase != Phase.SPECIAL and tally.rows and tally.reference_refused >= tally.rows:
        return Verdict.NOT_MEASURED, _nothing(tally)
    failing = [f for f in findings if gates(f, gate, known, today)]
    if failing:
        rows = sum(f.rows for f in failing)
        told = f"{rows:,} of {tally.rows:,} rows beyond tolerance: " + ", ".join(_counted(failing))
        return Verdict.FAIL, told + _not_judged(tally)
    if tally.compared == 0 and phase == Phase.SPECIAL and tally.rows and not tally.unresolved:
        return Verdict.NOT_MEASURED, f"nothing compared: of {tally.rows:,} rows none was answered by both sides"
    if ran_out and not tally.rows:
        told = "the time budget (--parity-max-time) ran out before the first row: opening both sides took all of it; give more"
        return Verdict.NOT_MEASURED, f"nothing compared: {told}"
    if tally.compared_valid == 0 and phase != Phase.SPECIAL:
        return Verdict.NOT_MEASURED, _nothing(tally)
    constant = [o.name for o in outputs if o.constant]
    if phase == Phase.RANDOM and constant:
        return Verdict.NOT_MEASURED, f"the reference itself keeps {', '.join(constant)} constant over {tally.rows:,} random rows"
    if ran_out:
        return Verdict.NOT_MEASURED, f"the time budget (--parity-max-time) ran out after {tally.rows:,} rows"
    return Verdict.PASS, _passed(tally, outputs) + _not_judged(tally) + _accepted(findings, known, today)


def _nothing(tally: Tally) -> str:
    if tally.rows == 0:
        return "nothing compared: no rows"
    if tally.reference_refused >= tally.rows:
        return f"nothing compared: the reference refused all {tally.rows:,} rows, which it should answer"
    if tally.compared:
        return f"nothing compared: none of {tally.rows:,} rows is valid"
    return f"nothing compared: no row of {tally.rows:,} was answered by both sides"


def _passed(tally: Tally, outputs: Sequence[OutputResult]) -> str:
    drift = "; ".join(f"{o.name} within {o.max_abs:.2g} of {o.derived_tolerance:.2g}" for o in outputs if o.kind != "label")
    return f"{tally.compared:,} rows compared" + (f", {drift}" if drift else "")


def _not_judged(tally: Tally) -> str:
    """Rows of calls that were refused or killed a side, where no call was left to ask them one by one, and rows after them."""
    failed, told = tally.unresolved - tally.never_asked, ""
    if failed:
        told += f"; {failed:,} not judged: their call failed, and none was left to ask them alone"
    if tally.never_asked:
        told += f"; {tally.never_asked:,} never asked: the runtime died before them, and {_RESTARTED}"
    return told


def _accepted(findings: Sequence[Finding], known: Sequence[Known], today: datetime.date) -> str:
    """A pass that rests on the ledger says so."""
    count = sum(is_known(f, known, today) for f in findings if not f.off_domain)
    return f"; {count} known finding{'' if count == 1 else 's'} accepted by the ledger" if count else ""


def _counted(findings: Iterable[Finding]) -> list[str]:
    return [f"{f.kind} on {f.output or 'all outputs'} ({f.rows:,})" + (f", {f.known}" if f.known else "") for f in findings]


def case_verdict(results: Sequence[PhaseResult]) -> tuple[Verdict, str]:
    """Worst verdict over the phases; phases that had nothing to probe decide nothing."""
    deciding = [r for r in results if r.verdict != Verdict.NOT_APPLICABLE and r.phase != Phase.LATENCY]
    if not deciding:
        return Verdict.NOT_MEASURED, "no phase measured anything"
    worst = min(deciding, key=lambda r: WORST_FIRST.index(r.verdict))
    return worst.verdict, f"{worst.phase}: {worst.reason}"

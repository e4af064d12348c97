"""Results of a run, put together per case, artifact and runtime."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from parity.judge.verdict import WORST_FIRST, case_verdict
from parity.values.finding import Finding, FindingKind
from parity.values.plan import Phase
from parity.values.result import OutputResult, PhaseResult, Verdict
from parity.values.timing import Timing

RANK = {kind: rank for rank, kind in enumerate(FindingKind)}


@dataclass(frozen=True)
class RunReport:
    """All that a report is made of. `environment` as `parity.report.environment.environment()` gives it."""

    results: tuple[PhaseResult, ...]
    seed: int = 0
    environment: Mapping[str, Any] = field(default_factory=dict)
    profile: str = ""


@dataclass(frozen=True)
class Judged:
    """One case with one artifact in one runtime, over its phases. `findings` are distinct, worst first."""

    case: str
    artifact: str
    runtime: str
    verdict: Verdict
    reason: str
    phases: tuple[PhaseResult, ...]
    outputs: tuple[OutputResult, ...]
    findings: tuple[Finding, ...]
    timings: Mapping[str, Timing]


def judged(results: Iterable[PhaseResult]) -> tuple[Judged, ...]:
    """In order of first appearance; a phase that was run again counts with its last result."""
    groups: dict[tuple[str, str, str], dict[Phase, PhaseResult]] = {}
    for result in results:
        groups.setdefault((result.case, result.artifact, result.runtime), {})[result.phase] = result
    return tuple(_judge(*key, tuple(phases.values())) for key, phases in groups.items())


def _judge(case: str, artifact: str, runtime: str, phases: tuple[PhaseResult, ...]) -> Judged:
    verdict, reason = case_verdict(phases)
    timings = {name: timing for phase in phases for name, timing in phase.timings.items()}
    found = distinct_findings(f for phase in phases for f in phase.findings)
    return Judged(case, artifact, runtime, verdict, reason, phases, merged_outputs(phases), found, timings)


def run_verdict(groups: Sequence[Judged]) -> Verdict:
    """The worst of all; a run without results measured nothing."""
    return min((g.verdict for g in groups), key=WORST_FIRST.index, default=Verdict.NOT_MEASURED)


def distinct_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """One per id and domain, the one with the largest drift; worst kind first, then by rows."""
    kept: dict[tuple[str, bool], Finding] = {}
    for finding in findings:
        key = (finding.id, finding.off_domain)
        if key not in kept or _size(finding.worst) > _size(kept[key].worst):
            kept[key] = finding
    return tuple(sorted(kept.values(), key=lambda f: (f.off_domain, RANK[f.kind], -f.rows, f.id)))


def merged_outputs(phases: Sequence[PhaseResult]) -> tuple[OutputResult, ...]:
    """Each output over all phases: the largest drift and bound of any; constant only where it was so in every phase."""
    merged: dict[str, OutputResult] = {}
    for output in (o for phase in phases for o in phase.outputs):
        merged[output.name] = _worse(merged[output.name], output) if output.name in merged else output
    return tuple(merged.values())


def _worse(a: OutputResult, b: OutputResult) -> OutputResult:
    return replace(
        a,
        compared=a.compared + b.compared,
        max_abs=max(a.max_abs, b.max_abs, key=_size),
        max_ulp=max(a.max_ulp, b.max_ulp, key=_size),
        minimum_tolerance=max(a.minimum_tolerance, b.minimum_tolerance, key=_size),
        derived_tolerance=max(a.derived_tolerance, b.derived_tolerance, key=_size),
        formula=a.formula or b.formula,
        constant=a.constant and b.constant,
    )


def _size(number: float) -> float:
    """NaN is no measurement: smaller than any."""
    return -math.inf if math.isnan(number) else number


def strain(output: OutputResult) -> float:
    """Drift over tolerance: above 1 is beyond it. No drift is 0 whatever the tolerance."""
    if not output.max_abs > 0:
        return 0.0
    return output.max_abs / output.derived_tolerance if output.derived_tolerance > 0 else math.inf

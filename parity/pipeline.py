"""The whole flow of one item, from top to bottom:

discover -> anatomy -> generate -> score -> compare -> minimise -> diagnose -> judge (-> report -> gate, elsewhere)
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from parity.bench.latency import measure
from parity.discover import items
from parity.errors import StoreError
from parity.examine import examine, refusals
from parity.findings import findings_of
from parity.generate import Coverage, chunks, generator_name
from parity.inputs import allowances_of, budget_of, latency_rows, replayed_chunks, stored_of
from parity.judge.tally import Tally, add, add_call, output_results
from parity.judge.verdict import phase_verdict
from parity.numeric.statistics import upper_bound
from parity.replay.store import Store
from parity.sides import Sides, Workbench
from parity.values.case import Artifact, Case, Configuration
from parity.values.finding import Finding
from parity.values.plan import Chunk, Phase
from parity.values.result import PhaseResult, Verdict
from parity.values.settings import Item, Settings

__all__ = ["Workbench", "check", "items", "run_item"]


def _quiet(text: str) -> None:
    """No progress is shown."""


def run_item(item: Item, settings: Settings, bench: Workbench, progress: Callable[[str], None] = _quiet) -> PhaseResult:
    """One case, artifact, runtime and phase to a result. Drift is a value in it, never an exception.

    Raises UsageError where something given is wrong, UnmeasurableError where this machine cannot measure.
    """
    started = time.monotonic()
    budget = budget_of(settings)
    sides = bench.sides(item, settings, budget, timing=item.phase == Phase.LATENCY)  # discover, anatomy
    if item.phase == Phase.LATENCY:
        return _latency(item, sides, started)
    store, tally, coverage = Store(settings.folder), Tally(), Coverage(item.phase, sides.subject)
    stored = stored_of(item, store) if item.phase == Phase.EXAMPLES else {}
    allowances, ran_out = allowances_of(item.phase), False
    for chunk in chain(
        replayed_chunks(sides.subject, stored), chunks(item.phase, sides.subject, settings.seed, budget)
    ):  # generate
        if settings.max_seconds is not None and time.monotonic() - started > settings.max_seconds:
            ran_out = True
            break
        if chunk.batch.num_rows == 0:
            add_call(tally, chunk, input_class(chunk), refusals(sides, chunk.batch))
            continue
        examined = examine(sides, chunk.batch, allowances)  # score, compare
        add(tally, chunk, input_class(chunk), examined)
        coverage.add(chunk, examined.rows.both)
        progress(f"{tally.rows:,} rows, {tally.drifted:,} drifted")
    if tally.rows == 0 and coverage.cuts == 0 and item.phase == Phase.BOUNDARY:
        return _nothing_to_probe(item, sides, started)
    findings = findings_of(sides, tally, stored)  # minimise, diagnose
    unkept = _keep(store, findings, item)
    outputs, known = output_results(tally, sides.tolerances), item.known
    verdict, reason = phase_verdict(  # judge
        item.phase, tally, outputs, findings, item.case.gate, known, ran_out=ran_out, today=datetime.date.today()
    )
    return _result(
        item,
        replace(sides, notes=(*sides.notes, *unkept)),
        started,
        verdict,
        reason,
        rows=tally.rows,
        compared=tally.compared,
        drifted=tally.drifted,
        off_domain_drifted=tally.off_domain_drifted,
        both_refused=tally.both_refused,
        unresolved=tally.unresolved,
        generator=generator_name(item.phase, sides.subject),
        upper95=upper_bound(tally.drifted, tally.compared_valid) if item.phase == Phase.RANDOM else None,
        cuts=coverage.cuts,
        probed=coverage.probed,
        unreachable=coverage.unreachable,
        outputs=outputs,
        findings=findings,
        fixed=tuple(sorted(set(stored) - {f.id for f in findings})),
    )


def check(
    reference: Any, artifact: str | Path, *, data: Any = None, runtime: str | None = None, name: str = "model", **settings: Any
) -> list[PhaseResult]:
    """Judge one model from a notebook: all phases but latency, in the artifact's default runtime or the named one.

    `reference` is an estimator, a Booster, a callable or a path; `data` a frame or a path. Further keywords: see Settings.
    """
    given = Artifact(Path(artifact).resolve(), (runtime,) if runtime else ())
    case = Case(name, reference, (given,), Path.cwd(), data=data, source="check()")
    todo = items(Configuration(Path.cwd(), (case,)), phases=[p for p in Phase if p != Phase.LATENCY])
    bench = Workbench()
    try:
        return [run_item(item, Settings(**{"folder": Path(".parity"), **settings}), bench) for item in todo]
    finally:
        bench.close()


def input_class(chunk: Chunk) -> str:
    """The family of inputs that a finding is grouped under: "missing:age" and "missing:income" are one finding."""
    return "random" if chunk.phase == Phase.RANDOM else chunk.input_class.split(":", 1)[0]


def _keep(store: Store, findings: Sequence[Finding], item: Item) -> tuple[str, ...]:
    """Save the findings; a disk that is full or read-only is told, and loses neither rows nor verdict."""
    try:
        for finding in findings:
            store.save(finding, item)
    except StoreError as error:
        return (str(error),)
    return ()


def _latency(item: Item, sides: Sides, started: float) -> PhaseResult:
    single, big = latency_rows(sides.subject)
    timings = measure(sides.reference, sides.session, single, big)
    reason = f"timed inside the JVM and in Python on {big.num_rows:,} rows"
    return _result(item, sides, started, Verdict.PASS, reason, rows=big.num_rows, timings=timings)


def _nothing_to_probe(item: Item, sides: Sides, started: float) -> PhaseResult:
    reason = "; ".join(sides.notes) if sides.notes else "no cuts: nothing to probe"
    return _result(item, sides, started, Verdict.NOT_APPLICABLE, reason)


def _result(item: Item, sides: Sides, started: float, verdict: Verdict, reason: str, **facts: Any) -> PhaseResult:
    """What every phase's result has in common, and the phase's own facts."""
    return PhaseResult(
        case=item.case.name,
        artifact=item.artifact.path.name,
        runtime=item.runtime,
        phase=item.phase,
        verdict=verdict,
        reason=reason,
        not_exported=sides.not_exported,
        notes=sides.notes,
        environment=dict(sides.session.environment),
        seconds=time.monotonic() - started,
        **facts,
    )

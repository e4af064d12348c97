"""The whole flow of one item, from top to bottom:

discover -> anatomy -> generate -> score -> compare -> minimise -> diagnose -> judge (-> report -> gate, elsewhere)
"""

from __future__ import annotations

import datetime
import fnmatch
import time
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from parity.bench.latency import measure
from parity.errors import UsageError
from parity.examine import examine, refusals
from parity.findings import findings_of
from parity.generate import Coverage, chunks, generator_name
from parity.inputs import allowances_of, budget_of, latency_rows, replayed_chunks, stored_of
from parity.judge.tally import Tally, add, add_call, output_results
from parity.judge.verdict import phase_verdict
from parity.numeric.statistics import upper_bound
from parity.replay.store import Store
from parity.runtimes import find, runtime_for
from parity.sides import Sides, Workbench
from parity.values.case import Artifact, Case, Configuration
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
        add(
            tally,
            chunk,
            input_class(chunk),
            examined.drifts,
            examined.bounds,
            examined.kinds,
            examined.rows.both,
            examined.refused,
        )
        coverage.add(chunk, examined.rows.both)
        progress(f"{tally.rows:,} rows, {tally.drifted:,} drifted")
    if tally.rows == 0 and coverage.cuts == 0 and item.phase == Phase.BOUNDARY:
        return _nothing_to_probe(item, sides, started)
    findings = findings_of(sides, tally, stored)  # minimise, diagnose
    for finding in findings:
        store.save(finding, item)
    outputs, known = output_results(tally, sides.tolerances), item.known
    verdict, reason = phase_verdict(  # judge
        item.phase, tally, outputs, findings, item.case.gate, known, ran_out=ran_out, today=datetime.date.today()
    )
    return PhaseResult(
        case=item.case.name,
        artifact=item.artifact.path.name,
        runtime=item.runtime,
        phase=item.phase,
        verdict=verdict,
        reason=reason,
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
        not_exported=sides.not_exported,
        notes=sides.notes,
        environment=dict(sides.session.environment),
        seconds=time.monotonic() - started,
    )


def items(
    configuration: Configuration, *, runtimes: Sequence[str] = (), phases: Sequence[str] = (), cases: Sequence[str] = ()
) -> list[Item]:
    """One item per case, artifact, runtime and phase, narrowed by exact runtime and phase names and globs over case names."""
    _known_names(runtimes, phases)
    made: list[Item] = []
    for case in configuration.cases:
        if cases and not any(fnmatch.fnmatchcase(case.name, glob) for glob in cases):
            continue
        pairs = [(artifact, name) for artifact in case.artifacts for name in _runtimes_of(artifact)]
        wanted = [(a, name) for a, name in pairs if not runtimes or name in runtimes]
        for artifact, name in wanted:
            required = name in configuration.required_runtimes or bool(artifact.runtimes) or len(pairs) == 1 or name in runtimes
            shared = sum(other == name for _, other in pairs) > 1
            prefix = f"{artifact.path.name}-{name}" if shared else name
            for phase in Phase:
                if not phases or phase in phases:
                    made.append(Item(case, artifact, name, phase, f"{prefix}-{phase}", required, configuration.known))
    return made


def check(
    reference: Any, artifact: str | Path, *, data: Any = None, runtime: str | None = None, name: str = "model", **settings: Any
) -> list[PhaseResult]:
    """Judge one model from a notebook: all phases but latency, in the default runtime of the artifact's format or the named one.

    `reference` is an estimator, a Booster, a callable or a path; `data` a frame or a path. Further keywords are those of Settings.
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


def _latency(item: Item, sides: Sides, started: float) -> PhaseResult:
    single, big = latency_rows(sides.subject)
    timings = measure(sides.reference, sides.session, single, big)
    return PhaseResult(
        case=item.case.name,
        artifact=item.artifact.path.name,
        runtime=item.runtime,
        phase=item.phase,
        verdict=Verdict.PASS,
        reason=f"timed inside the JVM and in Python on {big.num_rows:,} rows",
        rows=big.num_rows,
        timings=timings,
        environment=dict(sides.session.environment),
        seconds=time.monotonic() - started,
    )


def _nothing_to_probe(item: Item, sides: Sides, started: float) -> PhaseResult:
    return PhaseResult(
        case=item.case.name,
        artifact=item.artifact.path.name,
        runtime=item.runtime,
        phase=item.phase,
        verdict=Verdict.NOT_APPLICABLE,
        reason="no cuts: nothing to probe" if not sides.notes else "; ".join(sides.notes),
        notes=sides.notes,
        environment=dict(sides.session.environment),
        seconds=time.monotonic() - started,
    )


def _runtimes_of(artifact: Artifact) -> tuple[str, ...]:
    """The named runtimes, each of which must exist, or the default one of the artifact's format."""
    if not artifact.runtimes:
        return (runtime_for(artifact.path).name,)
    _known_names(artifact.runtimes, ())
    return artifact.runtimes


def _known_names(runtimes: Sequence[str], phases: Sequence[str]) -> None:
    for given, known, word in ((runtimes, list(find()), "runtime"), (phases, [str(p) for p in Phase], "phase")):
        for name in given:
            if name not in known:
                raise UsageError(f"unknown {word} {name!r}. Known: {', '.join(sorted(known))}")

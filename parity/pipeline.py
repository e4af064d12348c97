"""The whole flow of one item, from top to bottom:

discover -> anatomy -> generate -> score -> compare -> minimise -> diagnose -> judge (-> report -> gate, elsewhere)
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from parity.flow.discover import items
from parity.flow.examine import examine, refusals
from parity.flow.findings import findings_of
from parity.flow.inputs import allowances_of, budget_of, pieces, replayed_chunks, stored_of
from parity.flow.invariance import invariance, told
from parity.flow.results import counts, covered, keep, latency, nothing_to_probe, result
from parity.flow.sides import Sides, Workbench
from parity.flow.worst import Worst
from parity.generate import SEARCH, Coverage, Search, chunks, generator_name
from parity.judge.tally import Tally, add, add_call, output_results
from parity.judge.verdict import phase_verdict
from parity.numeric.statistics import upper_bound
from parity.replay.store import Store
from parity.values.case import Artifact, Case, Configuration
from parity.values.finding import Finding
from parity.values.plan import Chunk, Phase
from parity.values.result import PhaseResult
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
        return latency(item, sides, started)
    store, tally = Store(settings.folder), Tally()
    stored = stored_of(item, store)
    if item.phase == Phase.INVARIANCE:
        return _invariance(item, sides, settings, store, stored, started)
    coverage = Coverage(item.phase, sides.subject)
    search = Search(sides.subject, settings.seed, budget) if coverage.cuts == 0 else None
    unmade: list[str] = []
    rows = chain(
        replayed_chunks(sides.subject, stored),
        chunks(item.phase, sides.subject, settings.seed, budget, unmade.append),  # generate
        search.chunks() if search else (),
    )
    worst, ran_out = _compared(sides, rows, tally, coverage, search, _deadline(settings, started), progress)
    if ran_out:
        unmade.append(
            f"{item.phase}: the time budget (--parity-max-time) ran out after {tally.rows:,} rows; no others were asked"
        )
    sides = replace(sides, notes=(*sides.notes, *coverage.notes, *unmade))
    if tally.rows == 0 and item.phase == Phase.BOUNDARY and not ran_out:
        return nothing_to_probe(item, sides, started)
    findings = findings_of(sides, tally, stored)  # minimise, diagnose
    unkept = keep(store, findings, sides, settings.run, stored)
    outputs, known = output_results(tally, sides.tolerances), item.known
    verdict, reason = phase_verdict(  # judge
        item.phase, tally, outputs, findings, item.case.gate, known, ran_out=ran_out, today=datetime.date.today()
    )
    return result(
        item,
        replace(sides, notes=(*sides.notes, *unkept)),
        started,
        verdict,
        f"{worst.told}; {reason}" if worst is not None else reason,
        **counts(tally),
        generator=generator_name(item.phase, sides.subject),
        upper95=upper_bound(tally.drifted, tally.compared_valid) if item.phase == Phase.RANDOM else None,
        outputs=outputs,
        findings=findings,
        fixed=tuple(sorted(set(stored) - {f.id for f in findings})),
        searched={} if worst is None else worst.facts,
        **covered(coverage),
    )


def _deadline(settings: Settings, started: float) -> float:
    return float("inf") if settings.max_seconds is None else started + settings.max_seconds


def _compared(
    sides: Sides,
    rows: Iterable[Chunk],
    tally: Tally,
    coverage: Coverage,
    search: Search | None,
    deadline: float,
    progress: Callable[[str], None],
) -> tuple[Worst | None, bool]:
    """Score and compare chunk after chunk; what a search came to, and whether the time ran out."""
    allowances, worst = allowances_of(sides.item.phase), Worst() if search else None
    for chunk in pieces(rows, timed=deadline < float("inf")):
        if time.monotonic() > deadline:
            return worst, True
        if chunk.batch.num_rows == 0:
            add_call(tally, chunk, input_class(chunk), refusals(sides, chunk.batch))
            continue
        examined = examine(sides, chunk.batch, allowances)  # score, compare
        add(tally, chunk, input_class(chunk), examined)
        coverage.add(chunk, examined.rows.both)
        if search is not None and worst is not None and chunk.input_class == SEARCH:
            search.tell(*worst.seen(sides, chunk, examined))
        progress(f"{tally.rows:,} rows, {tally.drifted:,} drifted")
    return worst, False


def _invariance(
    item: Item, sides: Sides, settings: Settings, store: Store, stored: Mapping[str, Finding], started: float
) -> PhaseResult:
    """Each side against itself; what was found is kept, and what was found before and is no longer is told."""
    tally, (chunk,) = Tally(), chunks(Phase.INVARIANCE, sides.subject, settings.seed, budget_of(settings))
    found = invariance(sides, settings, chunk, tally)
    unkept, gate = keep(store, found.findings, sides, settings.run), item.case.gate
    today = datetime.date.today()
    verdict = phase_verdict(item.phase, tally, (), found.findings, gate, item.known, ran_out=False, today=today)
    verdict = told(found, verdict, tally)
    return result(
        item,
        replace(sides, notes=(*sides.notes, *found.notes, *unkept)),
        started,
        *verdict,
        **counts(tally),
        generator=generator_name(item.phase, sides.subject),
        findings=found.findings,
        fixed=tuple(sorted(set(stored) - {f.id for f in found.findings})),
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

"""A phase's result as a value, and its findings to disk."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from typing import Any

from parity.bench.latency import measure
from parity.errors import StoreError
from parity.flow.again import wiring_of
from parity.flow.inputs import latency_rows
from parity.flow.sides import Sides
from parity.generate import Coverage
from parity.judge.ledger import used_and_idle
from parity.judge.tally import Tally
from parity.replay.store import Store
from parity.values.finding import Finding
from parity.values.result import PhaseResult, Verdict
from parity.values.settings import Item


def counts(tally: Tally) -> dict[str, Any]:
    names = ("rows", "compared", "drifted", "off_domain_drifted", "both_refused", "unresolved", "never_asked", "rounding")
    return {name: getattr(tally, name) for name in names}


def covered(coverage: Coverage) -> dict[str, Any]:
    (leaves, leaves_met), (defaults, defaults_met) = coverage.leaves, coverage.defaults
    return {
        "cuts": coverage.cuts,
        "probed": coverage.probed,
        "unreachable": coverage.unreachable,
        "leaves": leaves,
        "leaves_met": leaves_met,
        "defaults": defaults,
        "defaults_met": defaults_met,
        "categories": coverage.categories,
    }


def latency(item: Item, sides: Sides, started: float) -> PhaseResult:
    single, big = latency_rows(sides.subject)
    timings = measure(sides.reference, sides.session, single, big)
    reason = f"timed inside the JVM and in Python on {big.num_rows:,} rows"
    return result(item, sides, started, Verdict.PASS, reason, rows=big.num_rows, timings=timings)


def nothing_to_probe(item: Item, sides: Sides, started: float) -> PhaseResult:
    reason = "; ".join(sides.notes) if sides.notes else "no cuts: nothing to probe"
    return result(item, sides, started, Verdict.NOT_APPLICABLE, reason)


def result(item: Item, sides: Sides, started: float, verdict: Verdict, reason: str, **facts: Any) -> PhaseResult:
    """What every phase's result has in common, and the phase's own facts."""
    used, idle = used_and_idle(item, facts.get("findings", ()))
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
        ledger_used=used,
        ledger_idle=idle,
        **facts,
    )


def keep(store: Store, findings: Sequence[Finding], sides: Sides, run: str, replayed: Collection[str] = ()) -> tuple[str, ...]:
    """Save the findings; a disk that is full or read-only is told, and loses neither rows nor verdict.

    What is `replayed` (ids) was asked of one row: it says that a finding still happens, and not how far it now goes.
    """
    try:
        for finding in findings:
            store.save(finding, sides.item, wiring_of(sides), run=None if finding.id in replayed else run)
    except StoreError as error:
        return (str(error),)
    return ()

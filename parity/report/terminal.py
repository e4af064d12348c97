"""What a run tells on the terminal, as lines: table, reasons, findings, latency. Pure; whoever prints them adds colour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from parity.judge.ledger import unmatched
from parity.report.findings import finding_lines, off_domain_lines
from parity.report.latency import (
    REFERENCE_BATCH,
    REFERENCE_SINGLE,
    RUNTIME_BATCH,
    RUNTIME_SINGLE,
    Quantiles,
    crossing_us,
    quantiles,
    remarks,
    rows_per_second,
)
from parity.report.lines import DIM, GOOD, PLAIN, TITLE, WARN, WIDTH, Line, count, fit, size, wrapped
from parity.report.run import Judged, judged, strain
from parity.report.table import microseconds, table_lines, worst_first
from parity.values.plan import Phase
from parity.values.result import PhaseResult, Verdict
from parity.values.timing import Timing

__all__ = ["Line", "finding_lines", "findings", "header", "latency_lines", "off_domain_lines", "reason_lines", "summary"]


def header(environment: Mapping[str, Any]) -> list[Line]:
    """Versions, JVM, jars: what `environment()` holds, one line per entry that has something."""
    shown = [(name, _plainly(value)) for name, value in environment.items()]
    return [Line(fit(f"{name}: {text}")) for name, text in shown if text]


def _plainly(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plainly(item)}".strip() for name, item in value.items())
    if isinstance(value, list | tuple):
        return " ".join(_plainly(item) for item in value)
    return "" if value is None else str(value)


def summary(results: Iterable[PhaseResult]) -> list[Line]:
    """Table, reasons of what did not pass, latency, notes, and the block of off-domain findings; findings stand elsewhere."""
    groups = judged(results)
    if not groups:
        return [Line("nothing was judged", WARN)]
    blocks = [
        table_lines(groups),
        [line for group in worst_first(groups) for line in reason_lines(group)],
        [line for group in worst_first(groups) for line in tolerance_lines(group)],
        [line for group in groups for line in latency_lines(group)],
        off_domain_lines(f for group in groups for f in group.findings),
        _fixed_lines(groups),
        [Line(fit(text), WARN) for text in unmatched([phase for group in groups for phase in group.phases])],
        _note_lines(groups),
    ]
    return _joined(blocks)


def findings(results: Iterable[PhaseResult]) -> list[Line]:
    """Each distinct finding on valid inputs, worst case and worst kind first, with an empty line between two."""
    groups = worst_first(judged(results))
    return _joined([finding_lines(f, _formula(g, f.output)) for g in groups for f in g.findings if not f.off_domain])


def _formula(group: Judged, output: str) -> str:
    return next((o.formula for o in group.outputs if o.name == output), "")


def _joined(blocks: Sequence[list[Line]]) -> list[Line]:
    lines: list[Line] = []
    for block in (b for b in blocks if b):
        lines += [Line(""), *block] if lines else block
    return lines


def reason_lines(group: Judged) -> list[Line]:
    """Why phases did not pass, two lines each; what is not applicable is no reason to worry and stands here only for -v."""
    told = [p for p in group.phases if p.verdict in (Verdict.FAIL, Verdict.NOT_MEASURED)]
    lines: list[Line] = []
    for phase in told:
        style = WARN if phase.verdict == Verdict.NOT_MEASURED else PLAIN
        text = f"{group.case} {group.runtime} {phase.phase}: {phase.verdict}: {phase.reason}"
        lines += [Line(part if i == 0 else f"  {part}", style) for i, part in enumerate(wrapped(text, WIDTH - 2, 2))]
    return lines


def tolerance_lines(group: Judged) -> list[Line]:
    """For each output that drifts beyond its tolerance: the smallest tolerance that would have passed."""
    beyond = [o for o in group.outputs if o.kind != "label" and strain(o) > 1]
    return [
        Line(
            fit(
                f"{group.case} {group.runtime} {o.name}: {size(o.minimum_tolerance)} would have passed, "
                f"{size(o.derived_tolerance)} is allowed ({o.max_ulp:,.0f} ULP)"
            ),
            DIM,
        )
        for o in beyond
    ]


def latency_lines(group: Judged) -> list[Line]:
    """JVM against Python on the same rows: one row a call, rows per second of a batch, the crossing apart, and remarks."""
    timings = group.timings
    if not timings:
        return []
    where = f"{group.case} {group.runtime}"
    single, python = quantiles(timings.get(RUNTIME_SINGLE)), quantiles(timings.get(REFERENCE_SINGLE))
    lines = [Line(fit(f"{where}: one row  JVM {_quantiles(single)} | Python {_quantiles(python)} (p50/p90/p99 us)"), PLAIN)]
    lines += _batch_lines(timings)
    return lines + [Line(fit(f"  {remark}"), DIM) for remark in remarks(timings)]


def _batch_lines(timings: Mapping[str, Timing]) -> list[Line]:
    jvm, python = rows_per_second(timings.get(RUNTIME_BATCH)), rows_per_second(timings.get(REFERENCE_BATCH))
    if jvm is None and python is None:
        return []
    crossing = crossing_us(timings)
    text = f"  {timings[RUNTIME_BATCH].batch_rows:,} rows" if RUNTIME_BATCH in timings else "  batch"
    text += f"  JVM {_rate(jvm)} | Python {_rate(python)} rows/s"
    text += f", crossing {microseconds(crossing)} us a call, not counted" if crossing is not None else ""
    return [Line(fit(text))]


def _quantiles(found: Quantiles) -> str:
    values = (found.p50_us, found.p90_us, found.p99_us)
    return "/".join("?" if v is None else microseconds(v) for v in values)


def _rate(rows: float | None) -> str:
    return "?" if rows is None else f"{rows:,.0f}"


def _fixed_lines(groups: Sequence[Judged]) -> list[Line]:
    fixed = [(g, name) for g in groups for p in g.phases if p.phase == Phase.EXAMPLES for name in p.fixed]
    return [Line(fit(f"{name} no longer happens: {g.case} in {g.runtime}"), GOOD) for g, name in fixed]


def _note_lines(groups: Sequence[Judged]) -> list[Line]:
    """Notes of the phases, each once per case and runtime."""
    notes = {(g.case, g.runtime, note): None for g in groups for p in g.phases for note in p.notes}
    unexported = {(g.case, g.runtime): sorted({n for p in g.phases for n in p.not_exported}) for g in groups}
    lines = [line for note in notes for line in _note(*note)]
    lines += [
        Line(fit(f"note: {case} {runtime}: not exported, so not compared: {', '.join(names)}"), DIM)
        for (case, runtime), names in unexported.items()
        if names
    ]
    return lines


def _note(case: str, runtime: str, note: str) -> list[Line]:
    """A hazard is a warning and is told whole; other notes are one line."""
    if not note.startswith("hazard "):
        return [Line(fit(f"note: {case} {runtime}: {note}"), DIM)]
    first, *rest = wrapped(f"{case} {runtime}: {note}", WIDTH - 2, 3)
    return [Line(first, WARN), *(Line(f"  {text}", WARN) for text in rest)]


def totals(results: Iterable[PhaseResult]) -> Line:
    """One closing line: how many pairs of case and runtime came to which verdict."""
    groups = judged(results)
    counts = [(v, sum(g.verdict == v for g in groups)) for v in Verdict]
    text = ", ".join(f"{n} {verdict}" for verdict, n in counts if n)
    return Line(fit(f"{count(len(groups), 'model')} in JVM runtimes: {text or 'nothing judged'}"), TITLE)

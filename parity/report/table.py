"""The summary table: one line per case, artifact and runtime, worst first."""

from __future__ import annotations

from collections.abc import Sequence

from parity.judge.verdict import WORST_FIRST
from parity.report.latency import RUNTIME_SINGLE, quantiles
from parity.report.lines import BAD, DIM, GOOD, TITLE, WARN, WIDTH, Line, fit, size
from parity.report.run import Judged, strain
from parity.values.plan import Phase
from parity.values.result import Verdict

HEADINGS = ("case", "runtime", "rows", "worst drift", "tolerance", "findings", "coverage", "p50/p99", "verdict")
LEFT = {"case", "runtime", "verdict"}
NARROWEST_CASE = 12
STYLE = {Verdict.PASS: GOOD, Verdict.FAIL: BAD, Verdict.NOT_MEASURED: WARN, Verdict.NOT_APPLICABLE: DIM}


def table_lines(groups: Sequence[Judged]) -> list[Line]:
    """Heading and one line per group, within 100 columns: long names are cut."""
    ordered = worst_first(groups)
    names = _names(ordered)
    rows = [HEADINGS, *((names[i], *_cells(group)) for i, group in enumerate(ordered))]
    widths = _widths(rows)
    gap = " " * (2 if sum(widths) + 2 * (len(widths) - 1) <= WIDTH else 1)
    texts = [gap.join(_aligned(t, w, h) for t, w, h in zip(row, widths, HEADINGS, strict=True)).rstrip() for row in rows]
    return [Line(fit(texts[0]), TITLE), *(Line(fit(t), STYLE[g.verdict]) for t, g in zip(texts[1:], ordered, strict=True))]


def worst_first(groups: Sequence[Judged]) -> list[Judged]:
    """By verdict, then by drift over tolerance, then by name."""
    return sorted(groups, key=lambda g: (WORST_FIRST.index(g.verdict), -_strain(g), g.case, g.artifact, g.runtime))


def _strain(group: Judged) -> float:
    return max((strain(output) for output in group.outputs), default=0.0)


def _names(groups: Sequence[Judged]) -> list[str]:
    """The case, with the artifact where two of its artifacts share a runtime."""
    pairs = [(g.case, g.runtime) for g in groups]
    return [f"{g.case}[{g.artifact}]" if pairs.count((g.case, g.runtime)) > 1 else g.case for g in groups]


def _cells(group: Judged) -> tuple[str, ...]:
    worst, tolerance = _drift(group)
    return group.runtime, _rows(group), worst, tolerance, _findings(group), _coverage(group), _latency(group), str(group.verdict)


def _rows(group: Judged) -> str:
    """Rows that both sides answered; timed rows are not compared."""
    return f"{sum(p.compared for p in group.phases if p.phase != Phase.LATENCY):,}"


def _drift(group: Judged) -> tuple[str, str]:
    """Of the output that strains its tolerance most, numbers before labels; a label has no size."""
    numeric = [o for o in group.outputs if o.kind != "label" and o.compared]
    if numeric:
        worst = max(numeric, key=strain)
        return size(worst.max_abs), size(worst.derived_tolerance)
    flipped = any(o.max_abs > 0 for o in group.outputs)
    return ("flip" if flipped else "0", "labels") if any(o.compared for o in group.outputs) else ("-", "-")


def _findings(group: Judged) -> str:
    """Gating ones, and off-domain ones after a plus sign."""
    told = sum(f.off_domain for f in group.findings)
    return f"{len(group.findings) - told}" + (f"+{told} off" if told else "")


def _coverage(group: Judged) -> str:
    """Share of the reachable cuts that were probed, rounded down: 100% is all of them."""
    boundary = next((p for p in group.phases if p.phase == Phase.BOUNDARY), None)
    return f"{100 * (boundary.probed or 0) // boundary.cuts}%" if boundary and boundary.cuts else "-"


def _latency(group: Judged) -> str:
    found = quantiles(group.timings.get(RUNTIME_SINGLE))
    if found.p50_us is None:
        return "-"
    return f"{microseconds(found.p50_us)}/{'?' if found.p99_us is None else microseconds(found.p99_us)} us"


def microseconds(value: float) -> str:
    """Two digits below 10, else whole."""
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"


def _widths(rows: Sequence[tuple[str, ...]]) -> list[int]:
    """As wide as the widest, the case's name as wide as what is left."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADINGS))]
    spare = WIDTH - sum(widths[1:]) - (len(widths) - 1)
    widths[0] = max(min(widths[0], NARROWEST_CASE), min(widths[0], spare))
    return widths


def _aligned(text: str, width: int, heading: str) -> str:
    cut = fit(text, width)
    return cut.ljust(width) if heading in LEFT else cut.rjust(width)

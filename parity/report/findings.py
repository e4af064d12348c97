"""A finding as a good bug report: what, where, the row, both outcomes, how far apart, why, and how to see it again."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from parity.numeric.tensors import matrix
from parity.report.lines import BAD, DIM, PLAIN, TITLE, WARN, WIDTH, Line, cell, count, fit, quoted, size, wrapped
from parity.report.outcomes import distance, matched_names, outcome_texts
from parity.values.finding import Cause, Finding, FindingKind

MOST_LINES = 15
MOST_COLUMNS = 4
NARROWEST_NAME = 8
LABEL = 13  # "  reference  "
EVERYTHING_GATES = '[gate] off-domain = "error"'

MALFORMED = frozenset({"no-rows", "absent-column", "extra-column", "shuffled-columns", "text-for-number",
                       "flattened-tensor", "further-dimension", "shorter-tensor", "longer-tensor"})  # fmt: skip
"""Calls of generate/malformed.py that no declaration of a column makes valid."""

SPECIAL_VALUES = 2
"""The highest rank in `_rule` of a value that is never ordinary: missing, NaN, infinite."""

WORDS = {
    FindingKind.SHAPE: "the two sides give different numbers of values",
    FindingKind.LABEL_FLIP: "another label, and not because the row lies on the border",
    FindingKind.MISSING_MASK: "one side alone gives NaN or no value",
    FindingKind.REFUSAL: "one side answers, the other refuses",
}

EXPLAINED = (FindingKind.LABEL_FLIP, FindingKind.MISSING_MASK, FindingKind.BRANCH_FLIP, FindingKind.VALUE)
UNEXPLAINED = "unexplained: no known mechanism was shown to give what the runtime gave"


def finding_lines(finding: Finding, formula: str = "") -> list[Line]:
    """At most 15 lines. `formula` says where the tolerance comes from (an OutputResult's).

    Where that is too little, columns of the row are left out first: what to do must be readable to its end.
    """
    tries = [(columns, advice) for advice, least in ((4, 2), (3, 2), (2, 1)) for columns in range(MOST_COLUMNS, least - 1, -1)]
    every = [_every_line(finding, formula, columns, advice) for columns, advice in tries]
    lines = next((lines for lines in every if len(lines) < MOST_LINES), every[-1])
    return [*lines[: MOST_LINES - 1], _labelled("replay", f"parity replay {finding.id}", DIM)]


def _every_line(finding: Finding, formula: str, columns: int, advice: int) -> list[Line]:
    """All but the last line, with at most so many columns of the row and lines of advice."""
    lines = [Line(fit(_title(finding)), BAD if finding.kind != FindingKind.ROUNDING else WARN)]
    lines += _paragraph("ledger", finding.known, 2, WARN) if finding.known else []
    lines += _row_lines(finding, columns)
    lines += [_labelled(name, text) for name, text in zip(("reference", "runtime"), outcome_texts(finding), strict=True)]
    lines += _drift_lines(finding)
    place = len(lines)
    lines += [_labelled("cut", finding.cut)] if finding.cut else []
    lines += [_labelled("stage", finding.stage)] if finding.stage else []
    lines += _paragraph("origin", finding.origin, 2) if finding.origin else []
    room = MOST_LINES - 1 - len(lines)
    lines += _cause_lines(finding.cause, advice, room) if finding.cause else _message_lines(finding)
    lines[place:place] = _formula_lines(finding, formula, MOST_LINES - 1 - len(lines))
    return lines


def _title(finding: Finding) -> str:
    """A long name of a case, or else of an output, is cut, and never what stands behind it."""
    start, rows = f"{finding.id}  {finding.kind}  ", f" ({finding.phase}, {count(finding.rows, 'row')})"
    runtime, word = f" in {finding.runtime}", ", output " if finding.output else ""
    room = WIDTH - len(start + runtime + word + rows)
    case = fit(finding.case, max(NARROWEST_NAME, room - len(finding.output)))
    return start + case + runtime + word + fit(finding.output, max(NARROWEST_NAME, room - len(case))) + rows


def _labelled(name: str, text: str, style: str = PLAIN) -> Line:
    return Line(fit(f"  {name:<{LABEL - 2}}{text}".rstrip()), style)


def _paragraph(name: str, text: str, most: int, style: str = PLAIN) -> list[Line]:
    parts = wrapped(text, WIDTH - LABEL, most)
    return [Line(f"  {name if i == 0 else '':<{LABEL - 2}}{part}", style) for i, part in enumerate(parts)]


def _row_lines(finding: Finding, most: int) -> list[Line]:
    row, off = finding.row, [n for n in finding.off_typical if n in finding.row.schema.names]
    if row.num_rows != 1:
        return [_labelled("call", f"{count(row.num_rows, 'row')} of {count(row.num_columns, 'column')}")]
    shown = off[:most] if off else list(row.schema.names[:most])
    width = min(32, max((len(n) for n in shown), default=0))
    cells = [f"{fit(name, width):<{width}}  {cell(_cell(row, name), finding.places.get(name))}" for name in shown]
    lines = [_labelled("row" if i == 0 else "", text) for i, text in enumerate(cells)]
    return lines + _others(len(off) - len(shown) if off else 0, row.num_columns - (len(off) or len(shown)), bool(off), not lines)


def _others(more: int, rest: int, minimised: bool, first: bool) -> list[Line]:
    """What the row holds beyond the columns shown."""
    texts = [f"{count(more, 'more column')} off typical"] if more > 0 else []
    texts += [f"{count(rest, 'column')} at typical values" if minimised else count(rest, "more column")] if rest > 0 else []
    return [_labelled("row" if first else "", "… and " + ", and ".join(texts), DIM)] if texts else []


def _cell(row: pa.RecordBatch, name: str) -> pa.Array:
    return row.column(row.schema.names.index(name))


def _drift_lines(finding: Finding) -> list[Line]:
    if finding.kind in (FindingKind.CRASH, FindingKind.TIMEOUT):
        return []
    return [_labelled("drift", WORDS[finding.kind] if finding.kind in WORDS else drift_text(finding))]


def _formula_lines(finding: Finding, formula: str, room: int) -> list[Line]:
    """Where the tolerance comes from, as far as there is room: what to do comes first."""
    told = formula and room > 0 and finding.kind not in (*WORDS, FindingKind.CRASH, FindingKind.TIMEOUT)
    return _paragraph("", f"tolerance: {formula}", min(2, room), DIM) if told else []


def drift_text(finding: Finding) -> str:
    """The drift against its tolerance; where the smallest row drifts less than the worst one, both."""
    here = _here(finding)
    worst = size(finding.worst)
    shown = f"{size(here)} (worst row {worst})" if here and size(here) != worst else worst
    if math.isnan(finding.tolerance):
        return shown
    ratio = finding.worst / finding.tolerance if finding.tolerance else math.inf
    times = f", {ratio:,.0f} times as much" if 2 <= ratio < 1e9 else ""
    sign = "above" if finding.worst > finding.tolerance else "within"
    return f"{shown}, {sign} the tolerance of {size(finding.tolerance)}{times}"


def _here(finding: Finding) -> float:
    """The drift of the row that is shown, 0 where it cannot be told."""
    name, other = matched_names(finding)
    reference, runtime = finding.seen.reference, finding.seen.runtime
    if isinstance(reference, str) or isinstance(runtime, str) or name not in reference or other not in runtime:
        return 0.0
    return distance(reference[name], runtime[other])


def _cause_lines(cause: Cause, advice: int, room: int) -> list[Line]:
    """Name and shares, evidence as far as there is room, what to do in at most `advice` lines."""
    proof = f"{cause.name}: explains {_share(cause.explained)} of drifting rows, breaks {_share(cause.broken)} of agreeing ones"
    fix = _paragraph("fix", cause.fix, advice, TITLE) if cause.fix else []
    evidence = _paragraph("", cause.evidence, max(1, min(2, room - 1 - len(fix)))) if cause.evidence else []
    return [_labelled("cause", proof, TITLE), *evidence, *fix]


def _share(share: float) -> str:
    return f"{share:.1%}".replace(".0%", "%")


def _message_lines(finding: Finding) -> list[Line]:
    """The message, unless both outcomes said it already; that no cause was proved, where one was looked for."""
    shown = [s for s in (finding.seen.reference, finding.seen.runtime) if isinstance(s, str)]
    told = all(part.split(": ", 1)[-1] in " ".join(shown) for part in finding.message.split("; "))
    lines = [] if told or not finding.message else _paragraph("message", finding.message, 2)
    return lines + ([_labelled("cause", UNEXPLAINED)] if finding.kind in EXPLAINED and not lines else [])


def off_domain_lines(findings: Iterable[Finding]) -> list[Line]:
    """A block of its own: one line each, with the setting that would make it gate; nothing where there is none."""
    told = [f for f in findings if f.off_domain]
    if not told:
        return []
    lines = [Line(f"off-domain: {count(len(told), 'finding')} on inputs that are not declared valid, told and not failing", WARN)]
    for case, runtime in dict.fromkeys((f.case, f.runtime) for f in told):
        lines.append(Line(fit(f"  {case} in {runtime}, each with the setting that would make it gate")))
        lines += [Line(_off_domain(f)) for f in told if (f.case, f.runtime) == (case, runtime)]
    return [*lines, Line(f"  all of them would gate with {EVERYTHING_GATES}", DIM)]


def _off_domain(finding: Finding) -> str:
    """Id and what it is; the setting stands at the end and is never cut."""
    drift = f" {size(finding.worst)}" if finding.kind in (FindingKind.VALUE, FindingKind.BRANCH_FLIP) else ""
    what = f"    {finding.id}  {finding.kind}{drift}, {count(finding.rows, 'row')}: {finding.input_class}"
    setting = gating_setting(finding)
    room = max(40, WIDTH - len(setting) - 2)
    return fit(f"{fit(what, room):<{min(room, 56)}}  {setting}")


def gating_setting(finding: Finding) -> str:
    """The line of the configuration that would declare this row valid, read from the row itself."""
    row = finding.row
    rules = [(rank, name, text) for name in finding.off_typical if name in row.schema.names for rank, text in _rule(row, name)]
    if _has_malformed(finding.input_class):  # then an ordinary value is not what makes the row invalid
        rules = [rule for rule in rules if rule[0] <= SPECIAL_VALUES]
    if row.num_rows != 1 or not rules:
        return EVERYTHING_GATES
    _, name, text = min(rules)
    return f"[case.columns.{_key(name)}] {text}"


def _has_malformed(input_class: str) -> bool:
    """A class of input, or several after commas; each may name a column after a colon."""
    return any(name.split(":")[0] in MALFORMED for name in input_class.split(", "))


def _rule(row: pa.RecordBatch, name: str) -> list[tuple[int, str]]:
    """What would have to be declared for this cell, the least usual first: missing, NaN, infinite, text, a number."""
    if row.num_rows != 1:
        return []
    value = _cell(row, name)[0].as_py()
    if value is None:
        return [(0, "missing = true")]
    if isinstance(value, str):
        return [(3, "unseen = true")]
    if isinstance(value, list):
        return _tensor_rule(_cell(row, name))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return []
    if math.isnan(value):
        return [(1, "nan = true")]
    bound = "min" if value < 0 else "max"
    return [(2 if math.isinf(value) else 4, f"{bound} = {value!r}")]


def _tensor_rule(values: pa.Array) -> list[tuple[int, str]]:
    """Of the values of a tensor the least usual one tells."""
    found = matrix(values)[0]
    if found.dtype.kind != "f":
        return []
    if np.isnan(found).any():
        return [(1, "nan = true")]
    low, high = float(found.min()), float(found.max())
    bound, value = ("min", low) if -low > high else ("max", high)
    return [(2 if math.isinf(value) else 4, f"{bound} = {value!r}")]


def _key(name: str) -> str:
    """A TOML key: bare where it may be."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else quoted(name)

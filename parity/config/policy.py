"""`[gate]`, `[case.gate]` and `[[known]]`: what fails a run, and the ledger of known drift."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, datetime

from parity.config.fields import Table, choice, count, fail, needed, number, only, said, shown, table_at, tables_at, text, wanted
from parity.values.policy import Gate, Known, Limit, OffDomain, Preset

GATE_KEYS = ("preset", "max-abs", "label-flips", "refusals", "off-domain")
KNOWN_KEYS = ("match", "reason", "owner", "expires", "max-abs", "rows")
MATCH_KEYS = ("case", "runtime", "artifact", "phase", "kind", "output", "cause", "id")


def gate(table: Table, base: Gate) -> Gate:
    """`base` with what the table says over it, key by key."""
    only(table, GATE_KEYS)
    preset = choice(table, "preset", [p.value for p in Preset])
    off_domain = choice(table, "off-domain", [o.value for o in OffDomain])
    return replace(
        base,
        preset=base.preset if preset is None else Preset(preset),
        max_abs=limit(table_at(table, "max-abs")) if "max-abs" in table.values else base.max_abs,
        label_flips=allowed(table, "label-flips", base.label_flips),
        refusals=allowed(table, "refusals", base.refusals),
        off_domain=base.off_domain if off_domain is None else OffDomain(off_domain),
    )


def limit(table: Table) -> Limit:
    """An override of the derived tolerance; it needs a reason, so that nobody widens it in passing."""
    only(table, ("warn", "error", "reason"))
    warn, error = tolerance(table, "warn"), tolerance(table, "error")
    if warn is None and error is None:
        fail(table.source, table.path, 'neither "warn" nor "error" is given; give one, as { error = 1e-5, reason = "…" }')
    if warn is not None and error is not None and warn > error:
        fail(table.source, table.at("warn"), f"{warn} is larger than error = {error} and would never warn; swap them")
    why = 'an override of the derived tolerance says why, as { error = 1e-5, reason = "scores are shown with 4 digits" }'
    return Limit(warn, error, needed(table, "reason", text(table, "reason"), why))


def tolerance(table: Table, key: str) -> float | None:
    value = number(table, key)
    if value is not None and value < 0:
        fail(table.source, table.at(key), f"{value} was given, a tolerance from 0 on is wanted")
    if value is not None and math.isinf(value):
        fail(table.source, table.at(key), "inf was given: nothing could fail; give a finite tolerance")
    return None if value is None else float(value)


def allowed(table: Table, key: str, base: int) -> int:
    """`{ error = N }`: how many are allowed before the run fails."""
    inner = table_at(table, key)
    only(inner, ("error",))
    if key in table.values and "error" not in inner.values:
        fail(table.source, inner.path, 'the key "error" is missing; write { error = 0 }')
    value = count(inner, "error")
    return base if value is None else value


def ledger(table: Table, key: str = "known") -> tuple[Known, ...]:
    """The entries of `[[known]]`. An expired one is read like any other: what expiry does is judged elsewhere."""
    tables = tables_at(table, key)
    entries = tuple(entry(item) for item in tables)
    for i, (item, found) in enumerate(zip(tables, entries, strict=True)):
        for j, other in enumerate(entries[:i]):
            if _same_findings(found, other):
                text = f"{_matching(found)} is accepted by {key}[{j}] already ({_matching(other)}); keep one of the two entries"
                fail(item.source, item.at("match"), text)
    return entries


def _same_findings(a: Known, b: Known) -> bool:
    """Two entries for one finding: one's conditions are among the other's, so whatever the narrower matches the wider does."""
    return a.match.items() <= b.match.items() or b.match.items() <= a.match.items()


def _matching(known: Known) -> str:
    return "{ " + ", ".join(f'{key} = "{value}"' for key, value in known.match.items()) + " }"


def entry(table: Table) -> Known:
    only(table, KNOWN_KEYS)
    return Known(
        match=matched(table),
        reason=needed(table, "reason", text(table, "reason"), "known drift is accepted for a reason"),
        owner=needed(table, "owner", text(table, "owner"), "known drift has somebody who answers for it"),
        expires=needed(table, "expires", expiry(table), "known drift ends on a day, as expires = 2027-03-31"),
        max_abs=tolerance(table, "max-abs"),
        rows=count(table, "rows"),
    )


def matched(table: Table) -> dict[str, str]:
    inner = table_at(table, "match")
    only(inner, MATCH_KEYS)
    found = {key: text(inner, key) for key in MATCH_KEYS if key in inner.values}
    if not found:
        fail(table.source, inner.path, f"nothing is matched, so all drift would be known; give one of {', '.join(MATCH_KEYS)}")
    choice(inner, "phase", phases())
    choice(inner, "kind", kinds())
    return {key: value for key, value in found.items() if value is not None}


def phases() -> list[str]:
    """Names of phases, imported late: the module that holds them needs numpy and pyarrow."""
    from parity.values.plan import Phase

    return [phase.value for phase in Phase]


def kinds() -> list[str]:
    """Names of kinds of finding, imported late for the same reason."""
    from parity.values.finding import FindingKind

    return [kind.value for kind in FindingKind]


def expiry(table: Table) -> date | None:
    value = table.values.get("expires")
    if isinstance(value, str):
        wants = f"a date is wanted: write it without quotes, as {example(value)}"
        fail(table.source, table.at("expires"), f"{said(value)} was given, {wants}")
    found = wanted(table, "expires", lambda v: isinstance(v, date), "a date, as 2027-03-31,")
    if isinstance(found, datetime):
        return found.date()
    return found if isinstance(found, date) else None


def example(value: str) -> str:
    try:
        return date.fromisoformat(value.strip()).isoformat()
    except ValueError:
        return shown(date(2027, 3, 31).isoformat()).strip('"')

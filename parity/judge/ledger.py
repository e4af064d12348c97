"""The ledger: drift that its owner accepted for a reason and until a day, what it covers, and what it no longer does."""

from __future__ import annotations

import datetime
import fnmatch
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from parity.errors import ConfigurationError
from parity.values.finding import Finding
from parity.values.plan import Phase
from parity.values.policy import Known
from parity.values.result import PhaseResult
from parity.values.settings import Item

OF_ITEM = ("case", "runtime", "artifact", "phase")
"""Keys of `match` that an item decides before anything is found in it."""

SEARCHED = frozenset({Phase.EXAMPLES, Phase.BOUNDARY, Phase.SPECIAL, Phase.RANDOM})
"""Phases that must have run before an entry without a phase of its own can be said to match nothing."""


def entry_of(finding: Finding, known: Sequence[Known]) -> Known | None:
    """The entry that matches, expired or outgrown ones too. Globs are allowed; every key of `match` must fit.

    Raises ConfigurationError where two entries match: neither reason nor date could be told to be the one that holds.
    """
    found = [entry for entry in known if _fits(entry.match, _facts(finding))]
    if len(found) > 1:
        both = " and ".join(f"{{ {entry_text(entry)} }} of {entry.owner}" for entry in found[:2])
        raise ConfigurationError(
            f"[[known]]: two entries accept the finding {finding.id} ({finding.kind} on {finding.output or 'all outputs'}): "
            f"{both}; keep one, or narrow one of them"
        )
    return found[0] if found else None


def is_known(finding: Finding, known: Sequence[Known], today: datetime.date) -> bool:
    """Is the finding covered by an entry that has not expired and that it has not outgrown?"""
    entry = entry_of(finding, known)
    return entry is not None and not expired(entry, today) and not _grown(finding, entry)


def as_seen(drift: float) -> float | None:
    """A drift as an entry records it: two digits, upwards, as more would pretend to mean something. None where it has no size."""
    if not math.isfinite(drift) or drift <= 0:
        return None
    step = 10.0 ** (math.floor(math.log10(drift)) - 1)
    return max(float(f"{math.ceil(drift / step) * step:.2g}"), drift)


def accepting(finding: Finding, reason: str, owner: str, expires: datetime.date | None, *, rows: bool) -> Known:
    """The entry that covers a finding as it was seen, and nothing that is worse (`rows`: or that shows in more rows).

    The id holds case, artifact, runtime, output, kind and cause; case and runtime stand beside it for people.
    """
    match = {"case": finding.case, "runtime": finding.runtime, "id": finding.id}
    return Known(match, reason, owner, expires, as_seen(finding.worst), finding.rows if rows else None)


def expired(entry: Known, today: datetime.date) -> bool:
    """The last day is still covered."""
    return entry.expires is not None and today > entry.expires


def annotated(finding: Finding, known: Sequence[Known], today: datetime.date) -> Finding:
    """The finding with what the ledger says of it; unchanged where no entry matches."""
    entry = entry_of(finding, known)
    return finding if entry is None else replace(finding, known=_said(finding, entry, today))


def _said(finding: Finding, entry: Known, today: datetime.date) -> str:
    who = f"accepted by {entry.owner}" + (f" until {entry.expires}" if entry.expires else "") + f": {entry.reason}"
    if expired(entry, today):
        return f"no longer known, the entry expired on {entry.expires} ({who})"
    grown = _grown(finding, entry)
    return f"no longer known, {grown} ({who})" if grown else f"known, {who}"


def _grown(finding: Finding, entry: Known) -> str:
    """In which way the finding is more than what was accepted; empty where it is not."""
    if entry.max_abs is not None and not finding.worst <= entry.max_abs:
        return f"it grew to {finding.worst:.3g}, {entry.max_abs:.3g} was accepted"
    if entry.rows is not None and finding.rows > entry.rows:
        return f"it grew to {finding.rows:,} rows, {entry.rows:,} were accepted"
    return ""


def _facts(finding: Finding) -> dict[str, str]:
    return {
        "case": finding.case,
        "runtime": finding.runtime,
        "artifact": finding.artifact,
        "kind": str(finding.kind),
        "output": finding.output,
        "phase": str(finding.phase),
        "id": finding.id,
        "cause": finding.cause.name if finding.cause else "",
    }


def _fits(match: Mapping[str, str], facts: Mapping[str, str]) -> bool:
    return all(fnmatch.fnmatchcase(facts.get(key, ""), value) for key, value in match.items())


def entry_text(entry: Known) -> str:
    """What an entry matches, in one line: how reports name it."""
    return ", ".join(f"{key} = {value!r}" for key, value in entry.match.items())


def used_and_idle(item: Item, findings: Sequence[Finding]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of the entries that could match in this item, those that match one of its findings and those that match none."""
    facts = {"case": item.case.name, "runtime": item.runtime, "artifact": item.artifact.path.name, "phase": str(item.phase)}
    here = [e for e in item.known if _fits({k: v for k, v in e.match.items() if k in OF_ITEM}, facts)]
    used = [e for e in here if any(_fits(e.match, _facts(f)) for f in findings)]
    return tuple(map(_named, used)), tuple(_named(e) for e in here if e not in used)


def _named(entry: Known) -> str:
    return f"{entry_text(entry)} (of {entry.owner}, until {entry.expires})"


def unmatched(results: Sequence[PhaseResult]) -> list[str]:
    """Sentences about entries that no finding of the run matched, where all phases that could have found one were run."""
    used = {name for result in results for name in result.ledger_used}
    idle: dict[str, set[Phase]] = {}
    for result in results:
        for name in result.ledger_idle:
            idle.setdefault(name, set()).add(result.phase)
    told = [name for name, phases in idle.items() if name not in used and (phases >= SEARCHED or "phase = " in name)]
    return [f"[[known]] {name} matches nothing any more: remove the entry" for name in told]

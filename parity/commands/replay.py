"""`parity replay`: both sides asked again, in a fresh process, for the row of a finding."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from parity.commands.answer import Answer, Exit
from parity.commands.apart import printed_apart
from parity.errors import StoreError
from parity.replay.store import Store, Stored
from parity.values.finding import Finding, Seen
from parity.values.outcome import Scores
from parity.values.plan import Budget
from parity.values.settings import Item, Settings


def replay(finding_id: str, folder: Path) -> Answer:
    """Exit 1 where the finding still happens, 0 where it does not.

    Raises StoreError for an id that is not kept and for a reference that only its test module can build.
    """
    from parity.report.terminal import finding_lines

    settings = Settings(folder=folder.absolute())
    stored = Store(settings.folder).load(finding_id)
    with printed_apart(settings.folder):
        finding, happens, kind = _asked_again(stored, settings)
    told = f"still happens: {kind}" if happens else "no longer happens"
    document = {"id": finding.id, "happens": happens, "kind": kind, "seen": _plain(finding.seen)}
    return Answer(
        document, [*map(str, finding_lines(finding)), "", f"{finding.id} {told}"], Exit.POLICY if happens else Exit.PASS
    )


def _asked_again(stored: Stored, settings: Settings) -> tuple[Finding, bool, str | None]:
    """The finding with what both sides say now, whether they still disagree, and how."""
    from parity.examine import examine
    from parity.runtimes.isolate import Allowance
    from parity.sides import Workbench

    finding, bench = stored.finding, Workbench()
    try:
        sides = bench.sides(_item(stored), settings, Budget())
        examined = examine(sides, finding.row, (Allowance(), Allowance()))
        kinds = [str(kind) for kind in examined.kinds.kind if kind is not None]
        return (
            replace(finding, seen=Seen(_said(examined.reference), _said(examined.runtime))),
            bool(kinds),
            kinds[0] if kinds else None,
        )
    finally:
        bench.close()


def _item(stored: Stored) -> Item:
    from parity.replay.context import case_of

    case = case_of(stored.context)
    if case is None:
        raise StoreError(
            f"finding {stored.finding.id}: its reference was built by {stored.context['source']}, which this command cannot do; "
            f"run pytest --parity --parity-phase examples -k {stored.finding.case!r} instead."
        )
    return Item(case, case.artifacts[0], stored.finding.runtime, stored.finding.phase, "replay")


def _said(scores: Scores) -> dict[str, list[Any]] | str:
    """A side's answer to one row, as findings hold it."""
    if 0 in scores.refused:
        return f"{scores.refused[0].kind}: {scores.refused[0].message}"
    return {output.spec.name: output.values[0].tolist() for output in scores.outputs}


def _plain(seen: Seen) -> dict[str, Any]:
    from parity.replay.exact import to_json

    plain: dict[str, Any] = to_json(asdict(seen))
    return plain

"""The kill rate by fault and phase, for people and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from parity.selftest.outcome import Mutant
from parity.values.plan import Phase

CELLS = {"found": "found", "told": "told", "missed": "-", "not-measured": "n/m"}


def document(mutants: Sequence[Mutant], phases: Sequence[Phase], **facts: Any) -> dict[str, Any]:
    """All outcomes and the rates; a rate is null where nothing was counted."""
    return {
        "schema": 1,
        **facts,
        "kill_rate": rate(mutants),
        "by_phase": {str(p): phase_rate(mutants, p) for p in phases},
        "mutants": [
            {
                "fault": m.fault.name,
                "place": str(m.fault.place),
                "state": m.state,
                "text": m.fault.text,
                "caught": m.caught,
                "equivalent": m.equivalent or None,
                "off_domain": m.off_domain or None,
                "absent": m.absent or None,
                "phases": {str(o.phase): {"state": o.state, "rows": o.rows} for o in m.outcomes},
            }
            for m in mutants
        ],
    }


def counted(mutants: Sequence[Mutant]) -> list[Mutant]:
    """Those that could be found: neither absent, nor proved equivalent, nor hidden by drift that was there before."""
    return [m for m in mutants if m.state not in ("absent", "equivalent", "not-measured")]


def rate(mutants: Sequence[Mutant]) -> float | None:
    among = counted(mutants)
    return sum(m.caught for m in among) / len(among) if among else None


def phase_rate(mutants: Sequence[Mutant], phase: Phase) -> float | None:
    """Of the counted mutants, the share that this phase alone would have caught."""
    among = [replace(m, outcomes=tuple(o for o in m.outcomes if o.phase == phase)) for m in counted(mutants)]
    measured = [m for m in among if m.outcomes and m.state != "not-measured"]
    return sum(m.caught for m in measured) / len(measured) if measured else None


def lines(mutants: Sequence[Mutant], phases: Sequence[Phase]) -> list[str]:
    """A line per fault, then the rates, then what the words mean where they occur."""
    width = max((len(m.fault.name) for m in mutants), default=5)
    head = f"{'fault':<{width}}  " + "  ".join(f"{p!s:<9}" for p in phases) + "  result"
    table = [head, *(_line(m, phases, width) for m in mutants)]
    shares = "  ".join(f"{_percent(phase_rate(mutants, p)):<9}" for p in phases)
    table.append(f"{'kill rate':<{width}}  {shares}  {_percent(rate(mutants))}")
    caught, among = sum(m.caught for m in mutants), len(counted(mutants))
    return [*table, "", f"{caught} of {among} faults found" + _remarks(mutants), *_proofs(mutants)]


def _line(mutant: Mutant, phases: Sequence[Phase], width: int) -> str:
    states = {o.phase: CELLS[o.state] for o in mutant.outcomes}
    cells = "  ".join(f"{states.get(p, ''):<9}" for p in phases)
    why = f": {mutant.absent}" if mutant.absent else ""
    return f"{mutant.fault.name:<{width}}  {cells}  {mutant.state}{why}"


def _percent(share: float | None) -> str:
    return "n/m" if share is None else f"{share:.1%}".replace(".0%", "%")


def _remarks(mutants: Sequence[Mutant]) -> str:
    told = sum(m.caught and m.state == "told" for m in mutants)
    shown = sum(m.state == "told" for m in mutants) - told
    absent = sum(m.state == "absent" for m in mutants)
    parts = [f"{told} of them told: only inputs that are not declared valid can show them"] if told else []
    parts += [f"{shown} more only told, on inputs that are not declared valid: no failure"] if shown else []
    parts += [f"{absent} have no place in this artifact"] if absent else []
    hidden = sum(m.state == "not-measured" for m in mutants)
    parts += [f"{hidden} not measured: every phase fails or compares nothing without a fault"] if hidden else []
    return "".join(f"; {part}" for part in parts)


def _proofs(mutants: Sequence[Mutant]) -> list[str]:
    equivalent = [f"{m.fault.name} is equivalent: {m.equivalent}" for m in mutants if m.state == "equivalent"]
    survived = [f"{m.fault.name} survived: {m.fault.text}, and no phase shows it" for m in mutants if m.state == "survived"]
    told = [f"{m.fault.name} is told and fails nothing: {m.off_domain or m.fault.text}" for m in mutants if m.state == "told"]
    return equivalent + told + survived

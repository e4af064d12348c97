"""What became of a fault: in each phase, and in all."""

from __future__ import annotations

from dataclasses import dataclass

from parity.selftest.faults import Fault
from parity.values.plan import Phase


@dataclass(frozen=True)
class Outcome:
    """What one phase made of one fault: "found" (it fails the run, also where the ledger accepts all that was there before),
    "told" (new on inputs that are not declared valid: shown and not failing), "missed", or "not-measured" (nothing compared).

    `off_domain` counts the rows that are told: more of them than without the fault, or those of findings that are new.
    """

    phase: Phase
    state: str
    rows: int
    off_domain: int = 0


@dataclass(frozen=True)
class Mutant:
    """A fault and its outcomes by phase. `equivalent` is the proof that nothing can tell it apart, `off_domain` the proof that no
    valid input can; `absent` says why there is no mutant.
    """

    fault: Fault
    outcomes: tuple[Outcome, ...] = ()
    equivalent: str = ""
    absent: str = ""
    off_domain: str = ""

    @property
    def state(self) -> str:
        """absent, found, told, equivalent (only where it was not found), not-measured (no phase could show it) or survived."""
        states = {o.state for o in self.outcomes}
        if self.absent:
            return "absent"
        found = next((s for s in ("found", "told") if s in states), "")
        if found or self.equivalent:
            return found or "equivalent"
        return "not-measured" if states == {"not-measured"} else "survived"

    @property
    def caught(self) -> bool:
        """It fails the run; or it is told, and the files prove that no valid input could show it."""
        return self.state == "found" or (self.state == "told" and bool(self.off_domain))

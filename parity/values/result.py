"""What a phase, a case and a run came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from parity.values.finding import Finding
from parity.values.plan import Phase
from parity.values.timing import Timing


class Verdict(StrEnum):
    """The last two never count as the first."""

    PASS = "pass"
    FAIL = "fail"
    NOT_MEASURED = "not-measured"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True)
class OutputResult:
    """Drift of one matched output over the rows of a phase.

    `minimum_tolerance` is the smallest absolute tolerance that would have passed; `derived_tolerance` the largest bound
    that was applied and `formula` where it comes from. `max_ulp` counts steps in the narrower type of the two sides.
    """

    name: str
    kind: str
    compared: int
    max_abs: float
    max_ulp: float
    minimum_tolerance: float
    derived_tolerance: float
    formula: str
    constant: bool = False


@dataclass(frozen=True)
class PhaseResult:
    """One item. `compared` counts rows that both sides answered; `reason` says why the verdict is what it is.

    `unresolved` rows were not judged, `never_asked` those of them that came after the last restart of a runtime that dies;
    `rounding` counts rows that differ within tolerance. `ledger_used` and `ledger_idle` name the entries of the ledger that
    could match this item's findings: those that did match one, and those that did not.
    Of phase boundary: `leaves` and `leaves_met`, `defaults` (splits that a valid missing value can meet) and `defaults_met`,
    `categories` (column to how many known ones there are and how many were met), and what the search for the worst drift came
    to where there are no cuts: `searched` has "rows", "output", "drift" and "row" (as `row_for_people` writes it).
    """

    case: str
    artifact: str
    runtime: str
    phase: Phase
    verdict: Verdict
    reason: str
    rows: int = 0
    compared: int = 0
    drifted: int = 0
    off_domain_drifted: int = 0
    both_refused: int = 0
    unresolved: int = 0
    never_asked: int = 0
    generator: str = ""
    upper95: float | None = None
    cuts: int | None = None
    probed: int | None = None
    unreachable: int | None = None
    outputs: tuple[OutputResult, ...] = ()
    findings: tuple[Finding, ...] = ()
    fixed: tuple[str, ...] = ()
    not_exported: tuple[str, ...] = ()
    timings: Mapping[str, Timing] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    environment: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    rounding: int = 0
    ledger_used: tuple[str, ...] = ()
    ledger_idle: tuple[str, ...] = ()
    leaves: int | None = None
    leaves_met: int | None = None
    defaults: int | None = None
    defaults_met: int | None = None
    categories: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    searched: Mapping[str, Any] = field(default_factory=dict)

"""What fails a run, and the ledger of known drift."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Preset(StrEnum):
    """`strict`: valid findings beyond tolerance fail. `exploratory`: only examples and random. `bitwise`: tolerance 0."""

    STRICT = "strict"
    EXPLORATORY = "exploratory"
    BITWISE = "bitwise"


class OffDomain(StrEnum):
    """What findings on inputs outside the declared domain do."""

    WARN = "warn"
    ERROR = "error"
    OFF = "off"


@dataclass(frozen=True)
class Limit:
    """Two levels of one number; `reason` is required where a tolerance is overridden."""

    warn: float | None = None
    error: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Gate:
    """`[gate]`, or `[case.gate]` over it."""

    preset: Preset = Preset.STRICT
    max_abs: Limit | None = None
    label_flips: int = 0
    refusals: int = 0
    off_domain: OffDomain = OffDomain.WARN


@dataclass(frozen=True)
class Known:
    """One entry of the ledger: drift that its owner accepted until `expires` (that day included).

    `max_abs` and `rows` are how far and how often it was seen when it was accepted; None where that was not recorded.
    A finding that is worse, or shows in more rows, has grown and is not accepted.
    """

    match: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    owner: str = ""
    expires: date | None = None
    max_abs: float | None = None
    rows: int | None = None

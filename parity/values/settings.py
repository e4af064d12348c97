"""What a run was asked for, beyond the cases."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from pathlib import Path

from parity.values.case import Artifact, Case
from parity.values.plan import Phase
from parity.values.policy import Known


@dataclass(frozen=True)
class Settings:
    """`folder` is where findings, journals and logs live (`.parity/`). `rows` and `max_seconds` are per item.

    `seed` is the run's; `profile` is "dev", "ci" or "nightly". `timeout_seconds` bounds one call of a runtime.
    `run` names the run: what is kept of a finding is the worst that its phases saw in one.
    """

    folder: Path
    profile: str = "ci"
    seed: int = 0
    rows: int | None = None
    max_seconds: float | None = None
    inline: bool = False
    timeout_seconds: float = 120.0
    run: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True)
class Item:
    """One test item: a case, an artifact in one runtime, and a phase. `id` is what stands in the brackets of the node id."""

    case: Case
    artifact: Artifact
    runtime: str
    phase: Phase
    id: str
    required: bool = True
    known: tuple[Known, ...] = ()

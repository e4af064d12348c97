"""A case of a test, judged as a run judges it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from parity.pipeline import Workbench, items, run_item
from parity.values.case import Case, Configuration
from parity.values.result import PhaseResult
from parity.values.settings import Settings


def judged(case: Case, where: Path, *phases: str, **settings: Any) -> list[PhaseResult]:
    """The phases' results, in their order; the profile is `dev`, findings lie under `where`."""
    bench, given = Workbench(), Settings(folder=where / ".parity", profile="dev", **settings)
    try:
        return [run_item(item, given, bench) for item in items(Configuration(where, (case,)), phases=phases)]
    finally:
        bench.close()

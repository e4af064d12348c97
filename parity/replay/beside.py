"""The texts that lie beside a finding's row: how to see it without parity's runtimes, in Java and in Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parity.replay import java, twin
from parity.replay.context import artifact_of
from parity.replay.wiring import Wiring
from parity.values.finding import Finding
from parity.values.plan import Phase

NAMES = (java.FILE, twin.FILE)


def texts_of(finding: Finding, context: Mapping[str, Any], wiring: Wiring | None) -> dict[str, bytes]:
    """By file name; empty where the wiring is not known, and without those that cannot be written for this call."""
    if wiring is None or not wiring.pairs or finding.phase == Phase.INVARIANCE:
        return {}
    made = {
        java.FILE: java.repro_java(finding, artifact_of(context), wiring),
        twin.FILE: twin.repro_python(finding, context, wiring),
    }
    return {name: text.encode() for name, text in made.items() if text is not None}

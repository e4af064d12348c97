"""What a command answers: the same facts for people and as JSON, and the exit code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from parity.values.result import PhaseResult, Verdict


class Exit(IntEnum):
    """Release managers may waive 1, never 3."""

    PASS = 0
    POLICY = 1
    USAGE = 2
    UNMEASURED = 3


@dataclass(frozen=True)
class Answer:
    document: Mapping[str, Any]
    lines: Sequence[str] = field(default_factory=tuple)
    exit: Exit = Exit.PASS


def exit_of(results: Sequence[tuple[PhaseResult, bool]]) -> Exit:
    """Of results and whether each was required: failed before unmeasured, and nothing measured is never a pass."""
    if any(result.verdict is Verdict.FAIL for result, _ in results):
        return Exit.POLICY
    unmeasured = any(result.verdict is Verdict.NOT_MEASURED and required for result, required in results)
    passed = any(result.verdict is Verdict.PASS for result, _ in results)
    return Exit.UNMEASURED if unmeasured or not passed else Exit.PASS

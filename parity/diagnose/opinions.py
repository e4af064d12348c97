"""Whose fault it is, the file's or the engine's: further evaluators of the same file, and which side they agree with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from parity.diagnose.evidence import Ask, Evidence, Hypothesis, shares

ROWS = 64
"""Rows of each group that a further evaluator is asked for: ONNX's own walks a tree in Python, a row at a time."""


class Role(StrEnum):
    """What an evaluator shares with the two sides, which decides what its agreement proves."""

    INDEPENDENT = "independent"
    """Another implementation: agreement with the runtime convicts the file."""
    SAME = "same"
    """The runtime's own engine, called from Python: agreement with the runtime acquits only the Java side."""
    LIBRARY = "library"
    """The reference's own library, which loaded the file: agreement with the runtime convicts the file."""


@dataclass(frozen=True)
class Opinion:
    """One more evaluator of the artifact. `ask` gives the pair's columns, as `Evidence.ask_runtime` does."""

    name: str
    role: Role
    ask: Ask


def attribution(evidence: Evidence, opinions: Sequence[Opinion]) -> str:
    """One line, "" where nobody could be asked. An evaluator agrees with a side by the rule that confirms causes."""
    few = _few(evidence)
    with_runtime = [o for o in opinions if _agrees(few, o, few.ask_runtime)]
    with_reference = [o for o in opinions if o not in with_runtime and _agrees(few, o, few.ask_reference)]
    return told(opinions, with_runtime, with_reference)


def repeated(evidence: Evidence, opinions: Sequence[Opinion]) -> bool:
    """Does the runtime's own engine, called from Python, repeat the runtime's answers? Only then do its tensors say anything."""
    few = _few(evidence)
    return any(o.role == Role.SAME and _agrees(few, o, few.ask_runtime) for o in opinions)


def _few(evidence: Evidence) -> Evidence:
    return replace(evidence, drifting=evidence.drifting.slice(0, ROWS), agreeing=evidence.agreeing.slice(0, ROWS))


def _agrees(evidence: Evidence, opinion: Opinion, side: Ask) -> bool:
    return shares(evidence, Hypothesis("opinion", opinion.ask, side, "")).confirmed


def told(opinions: Sequence[Opinion], with_runtime: Sequence[Opinion], with_reference: Sequence[Opinion]) -> str:
    """What the agreements prove. Independent evaluators that contradict each other prove nothing."""
    convicting = [o for o in with_runtime if o.role != Role.SAME]
    if convicting and with_reference:
        return f"undecided: {_names(convicting)} with the runtime, {_names(with_reference)} with the reference"
    if convicting:
        what = "saved file" if convicting[0].role == Role.LIBRARY else "converter"  # the file is not the model
        return f"{what}: on this file {_agreeing(convicting)} the runtime's answer too"
    if any(o.role == Role.SAME for o in with_reference):
        return f"Java call: on this file {_agreeing(with_reference)} the reference's answer"
    if with_reference:
        return f"engine: on this file {_agreeing(with_reference)} the reference's answer"
    if with_runtime:
        return f"file or engine, not the Java call: {_agreeing(with_runtime)} the runtime's answer too"
    return f"undecided: on this file {_names(opinions)} agrees with neither side" if opinions else ""


def _names(opinions: Sequence[Opinion]) -> str:
    return " and ".join(o.name for o in opinions)


def _agreeing(opinions: Sequence[Opinion]) -> str:
    return f"{_names(opinions)} {'gives' if len(opinions) == 1 else 'give'}"

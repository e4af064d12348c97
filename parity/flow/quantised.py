"""Artifacts that compute in whole numbers of a few bits: read from the file, and seen in what the runtime answers."""

from __future__ import annotations

import numpy as np

from parity.anatomy.tflite_graph import Quantised, Step, read
from parity.diagnose.advice import ADVICE
from parity.diagnose.evidence import CONFIRM_BROKEN, CONFIRM_EXPLAINED, Evidence, Floats
from parity.flow.sides import Sides
from parity.values.finding import Cause

NEAR = 2.0**-12
"""How far from a whole number of steps an answer may be: float32 knows a step of one of 2^8 values to 2^-16 of itself."""
MOST_STEPS = 16.0
"""Drift of more steps is none that quantisation explains: of eight bits fewer than four would be right."""


def cause_of_quantising(sides: Sides, evidence: Evidence | None) -> Cause | None:
    """Every answer of the runtime is a whole number of steps of a quantised output, a few steps from the reference's."""
    path = sides.item.artifact.path
    found = read(path) if evidence is not None and path.is_file() else None
    if evidence is None or found is None or not found.tensors:
        return None
    for step in {step for step in found.outputs if step is not None}:
        cause = _of_step(evidence, found, step)
        if cause is not None:
            return cause
    return None


def _of_step(evidence: Evidence, found: Quantised, step: Step) -> Cause | None:
    ours, theirs = evidence.ask_reference(evidence.drifting), evidence.ask_runtime(evidence.drifting)
    if ours.shape != theirs.shape:
        return None
    with np.errstate(invalid="ignore"):
        off = np.abs(ours - theirs).max(axis=1) / step.scale
        explained = float((_whole(theirs, step) & (off <= MOST_STEPS)).mean())
    broken = 1 - float(_whole(evidence.ask_runtime(evidence.agreeing), step).mean()) if evidence.agreeing.num_rows else 0.0
    if explained < CONFIRM_EXPLAINED or broken > CONFIRM_BROKEN:
        return None
    too = "; the reference's are too: kernels round to another step" if _whole(ours, step).mean() >= CONFIRM_EXPLAINED else ""
    text = (
        f"{found.tensors} of {found.of} tensors of the artifact are quantised, its output in steps of {step.scale:.8g} "
        f"({step.type}): the runtime's answers are whole numbers of steps, at most {off.max():.1f} from the reference's{too}"
    )
    return Cause("quantised", explained, broken, ADVICE["quantised"], text)


def _whole(answers: Floats, step: Step) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(rows,): are all of a row's answers whole numbers of steps?"""
    count = answers / step.scale
    with np.errstate(invalid="ignore"):
        return np.asarray((np.abs(count - np.rint(count)) <= NEAR).all(axis=1))

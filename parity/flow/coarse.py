"""Constants that a conversion stored with fewer bits: what is lost is in the file, and asked of the reference as noise.

A converter folds constants before it rounds them, so that rounding the reference's own gives other numbers. But it moves each of
them by at most half a step, and how far the answers then go is what the reference says with its constants moved by as much.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from parity.anatomy.tflite_graph import Quantised, read
from parity.compare.tolerance import NOISE_DRAWS, NOISE_FACTOR
from parity.diagnose.advice import ADVICE
from parity.diagnose.evidence import CONFIRM_EXPLAINED, Evidence, Floats
from parity.flow.sides import Sides
from parity.references.constants import changed
from parity.values.finding import Cause

Array = npt.NDArray[np.generic]
Step = Callable[[Array], Array]

HALF_OF_FLOAT16 = 2.0**-11
"""Of a value: the unit roundoff of float16, which has 11 bits."""
HALF_OF_INT8 = 1 / 254
"""Of the largest magnitude of a matrix: weights are whole numbers from -127 to 127 (TensorFlow Lite 8-bit quantization
specification), of each output channel or of the whole matrix; the latter is the larger step."""


def cause_of_coarse_constants(sides: Sides, evidence: Evidence | None) -> Cause | None:
    """The runtime's answers lie within what half a step of such constants moves the reference's."""
    path = sides.item.artifact.path
    found = read(path) if evidence is not None and path.is_file() else None
    told = _told(found) if found is not None else None
    if evidence is None or told is None:
        return None
    text, step = told
    moved = _moved(evidence, step)
    ours, theirs = evidence.ask_reference(evidence.drifting), evidence.ask_runtime(evidence.drifting)
    if moved is None or ours.shape != theirs.shape:
        return None
    allowed = evidence.bound(np.nan_to_num(ours), evidence.drifting) + NOISE_FACTOR * moved
    with np.errstate(invalid="ignore"):
        explained = float((np.abs(ours - theirs).max(axis=1) <= allowed).mean())
    if explained < CONFIRM_EXPLAINED:
        return None
    within = f"the answers lie within {NOISE_FACTOR} times what half such a step in every constant moves the reference's"
    measured = f"root mean square of {NOISE_DRAWS} draws"
    return Cause("coarse-constants", explained, 0.0, ADVICE["coarse-constants"], f"{text}; {within} ({measured})")


def _told(found: Quantised) -> tuple[str, Step] | None:
    """What the file holds, and half a step of a constant; None where it holds no such constants, or computes in them."""
    if found.tensors and not any(found.outputs):
        return f"{found.tensors} of {found.of} tensors of the artifact are whole numbers of eight bits", _half_of_int8
    return (f"{found.halves} of {found.of} tensors of the artifact are float16", _half_of_float16) if found.halves else None


def _half_of_float16(values: Array) -> Array:
    return np.abs(values) * HALF_OF_FLOAT16


def _half_of_int8(values: Array) -> Array:
    """Biases and the constants of normalisation, which have one axis, stay floats."""
    largest = np.abs(values).max(initial=0.0) if values.ndim > 1 else 0.0
    return np.full(values.shape, largest * HALF_OF_INT8)


def _moved(evidence: Evidence, step: Step) -> Floats | None:
    """(rows,): root mean square of how far the reference's answers go; None where its constants cannot be had."""
    generator, rows = np.random.default_rng(evidence.drifting.num_rows), evidence.drifting
    here, squares = evidence.ask_reference(rows), np.zeros(rows.num_rows)
    for _ in range(NOISE_DRAWS):
        with changed(evidence.model, lambda values: values + generator.choice([-1.0, 1.0], values.shape) * step(values)) as count:
            there = evidence.ask_reference(rows.slice(0))  # answers are remembered by batch: to this one, of other constants
        if not count or there.shape != here.shape:
            return None
        squares += np.nan_to_num(np.abs(there - here).max(axis=1)) ** 2
    return np.asarray(np.sqrt(squares / NOISE_DRAWS))

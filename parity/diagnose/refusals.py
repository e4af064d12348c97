"""Causes of one side refusing what the other answers: read from the class of input and the refusal's kind."""

from __future__ import annotations

from parity.values.finding import Cause

UNSEEN = Cause(
    "unseen-category-refused", 1.0, 0.0,
    "The encoder in Python ignores categories that it has not seen; the export raises. Use handle_unknown=\"ignore\" and export again, or "
    "map unknown categories to a known one before the Java call.",
    "the runtime refuses the unseen category itself and answers once it is a known one",
)  # fmt: skip
ABSENT = Cause(
    "missing-column-scored", 1.0, 0.0,
    "The runtime scores a row without the column as if it were missing; Python raises. Check the names of the row in Java before scoring.",
    "the reference refuses the absent column, the runtime answers without it",
)  # fmt: skip
ASYMMETRY = Cause(
    "validation-asymmetry", 1.0, 0.0,
    "One side validates its input, the other does not. Check for missing and infinite values in Java before scoring, as Python does.",
    "one side refuses the value, the other answers; with an ordinary value in its place both answer",
)  # fmt: skip


UNKNOWN_TEXT = frozenset({"unseen", "empty-text", "look-alike-text", "unicode-text", "almost-known-text"})
"""Classes of input whose text is no learned category."""


def cause_of_refusal(refusing_side: str, refusal_kind: str, input_class: str, fixed_by_ordinary: bool) -> Cause | None:
    """The cause of a one-sided refusal, where putting an ordinary value in place makes both sides answer (the proof)."""
    if not fixed_by_ordinary:
        return None
    if refusing_side == "reference" and refusal_kind == "column-absent":
        return ABSENT
    if refusing_side == "runtime" and (refusal_kind == "unseen-category" or input_class in UNKNOWN_TEXT):
        return UNSEEN
    return ASYMMETRY

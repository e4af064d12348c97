"""Causes of one side refusing what the other answers: read from the class of input and the refusal's kind."""

from __future__ import annotations

from parity.diagnose.advice import ADVICE
from parity.values.finding import Cause

EVIDENCE = {
    "text-beyond-plane-0": "the runtime refuses a character above U+FFFF (two chars in Java) and answers without it",
    "no-known-words": "the runtime refuses a text without a word that the model knows, and answers once one is added to it",
    "refused-in-a-batch": "asked alone, the row is answered by both sides; the batch that it came in was refused",
    "ordinary-row-refused": "the runtime refuses a row of typical values too, which the reference answers",
    "unseen-category-refused": "the runtime refuses the unseen category itself and answers once it is a known one",
    "missing-column-scored": "the reference refuses the absent column, the runtime answers without it",
    "validation-asymmetry": "one side refuses the value, the other answers; with an ordinary value in its place both answer",
}

UNKNOWN_TEXT = frozenset({"unseen", "empty-text", "look-alike-text", "unicode-text", "almost-known-text"})
"""Classes of input whose text is no learned category."""


def cause_of_refusal(
    refusing_side: str,
    refusal_kind: str,
    input_class: str,
    fixed_by_ordinary: bool,
    fixed_by_plain_text: bool = False,
    fixed_by_known_word: bool = False,
    ordinary_refused: bool = False,
) -> Cause | None:
    """The cause of a one-sided refusal, where putting an ordinary value in place makes both sides answer (the proof).

    `fixed_by_plain_text`: with every character above U+FFFF replaced by one below, unseen as before, the runtime answers.
    `fixed_by_known_word`: with one word of the model's vocabulary added to each text, both answer.
    `ordinary_refused`: the runtime refuses even a row of ordinary values, which the reference answers.
    """
    if refusing_side == "runtime" and fixed_by_plain_text:
        return _cause("text-beyond-plane-0")
    if refusing_side == "runtime" and fixed_by_known_word:
        return _cause("no-known-words")
    if refusing_side == "runtime" and ordinary_refused:
        return _cause("ordinary-row-refused")
    if not fixed_by_ordinary:
        return None
    if refusing_side == "reference" and refusal_kind == "column-absent":
        return _cause("missing-column-scored")
    if refusing_side == "runtime" and (refusal_kind == "unseen-category" or input_class in UNKNOWN_TEXT):
        return _cause("unseen-category-refused")
    return _cause("validation-asymmetry")


def in_a_batch() -> Cause:
    """The cause where a refused row is answered by both sides once it is asked alone (the proof)."""
    return _cause("refused-in-a-batch")


def _cause(name: str) -> Cause:
    return Cause(name, 1.0, 0.0, ADVICE[name], EVIDENCE[name])

"""Categories and text read otherwise: a column's values rewritten, and the reference asked again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa

from parity.diagnose.evidence import Evidence, Floats, Hypothesis
from parity.numeric.kinds import is_text

MOST_PAIRS = 200
"""Exchanges of two categories that are tried, in one call of the reference on a dozen rows."""
ROWS = 12

Value = Callable[[Any], Any]


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """Mappings of one column's learned categories, the nearest ones; then rewritings of all text."""
    yield from _texts(evidence)
    yield from _codes(evidence)
    yield from _mapped(evidence)


def _rewritten(batch: pa.RecordBatch, chosen: Callable[[int, pa.Array], bool], change: Value) -> pa.RecordBatch:
    columns = [
        pa.array([None if v is None else change(v) for v in c.to_pylist()], c.type) if chosen(i, c) else c
        for i, c in enumerate(batch.columns)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _asked(
    evidence: Evidence, name: str, text: str, chosen: Callable[[int, pa.Array], bool], change: Value
) -> Iterator[Hypothesis]:
    """The reference asked with rewritten values; only where that changes a drifting row."""

    def predict(batch: pa.RecordBatch) -> Floats:
        return evidence.ask_reference(_rewritten(batch, chosen, change))

    if not _rewritten(evidence.drifting, chosen, change).equals(evidence.drifting):
        yield Hypothesis(name, predict, evidence.ask_runtime, f"the reference, asked {text}, answers what the runtime answers")


def of_text(batch: pa.RecordBatch, change: Value) -> pa.RecordBatch:
    """The batch with every text rewritten."""
    return _rewritten(batch, lambda _, column: is_text(column.type), change)


def _without_short_words(text: str) -> str:
    """Words of up to two characters left out, as by a tokeniser that wants three; a word alone is no text."""
    return text if " " not in text.strip() else " ".join(word for word in text.split() if len(word) > 2)


def _single_letters_kept(text: str) -> str:
    """Words of one character as unknown words of two, which part the words beside them in pairs of words."""
    return re.sub(r"\b\w\b", "xx", text)


TEXTS: tuple[tuple[str, str, Value], ...] = (
    ("case-folding", "with text in lower case", str.lower),
    ("case-folding", "with text in upper case", str.upper),
    ("locale", "with text in lower case by Turkish rules", lambda t: t.replace("I", "ı").replace("İ", "i").lower()),
    ("locale", "with text in upper case by Turkish rules", lambda t: t.replace("i", "İ").replace("ı", "I").upper()),
    ("number-as-text", "with whole numbers written as 1.0", lambda t: f"{t}.0" if t.lstrip("-").isdecimal() else t),
    ("number-as-text", "with 1.0 written as 1", lambda t: t[:-2] if t.endswith(".0") and t[:-2].lstrip("-").isdecimal() else t),
    ("text-pattern", "with hyphens that part words", lambda t: t.replace("-", " ")),
    ("text-pattern", "without hyphens", lambda t: t.replace("-", "")),
    ("text-pattern", "without words of up to two characters", _without_short_words),
    ("text-pattern", "with letters beyond ASCII that part words", lambda t: "".join(c if c.isascii() else " " for c in t)),
    ("text-pattern", "with marks and spaces beyond ASCII as letters", lambda t: "".join(c if c.isascii() else "x" for c in t)),
    ("text-pattern", "with words of one character kept", _single_letters_kept),
    ("whitespace", "with text stripped of spaces", str.strip),
)


def _texts(evidence: Evidence) -> Iterator[Hypothesis]:
    for name, text, change in TEXTS:
        yield from _asked(evidence, name, text, lambda i, c: is_text(c.type), change)


def _whole(value: Any, by: int) -> Any:
    return type(value)(value + by) if float(value).is_integer() else value


CODES: tuple[tuple[str, str, Value], ...] = (
    ("fractional-code", "with fractions of category codes cut off", lambda v: type(v)(int(v)) if np.isfinite(v) else v),
    ("fractional-code", "with category codes rounded", lambda v: type(v)(round(v)) if np.isfinite(v) else v),
    ("category-codes-shifted", "with category codes one higher", lambda v: _whole(v, 1)),
    ("category-codes-shifted", "with category codes one lower", lambda v: _whole(v, -1)),
)


def _codes(evidence: Evidence) -> Iterator[Hypothesis]:
    """Of columns of numbers that are categories to the model."""
    known = _learned(evidence)

    def chosen(index: int, column: pa.Array) -> bool:
        return index in known and not is_text(column.type)

    for name, text, change in CODES:
        yield from _asked(evidence, name, text, chosen, change)


def _learned(evidence: Evidence) -> dict[int, list[Any]]:
    """By column, its learned categories in the model's order."""
    found = {i: [c for c in cats if c is not None and c == c] for i, cats in enumerate(evidence.reference.categories) if cats}
    return {i: cats for i, cats in found.items() if len(cats) > 1 and i < evidence.drifting.num_columns}


def _mapped(evidence: Evidence) -> Iterator[Hypothesis]:
    for index, known in _learned(evidence).items():
        yield from _of_column(evidence, index, known)


def _of_column(evidence: Evidence, index: int, known: list[Any]) -> Iterator[Hypothesis]:
    name = evidence.drifting.schema.names[index]

    def chosen(i: int, _: pa.Array) -> bool:
        return i == index

    for step, word in ((1, "next"), (-1, "previous")):
        moved = {c: known[(i + step) % len(known)] for i, c in enumerate(known)}
        text = f"with the {word} of its categories in {name}"
        yield from _asked(evidence, "category-codes-shifted", text, chosen, _Instead(moved))
    for place in (0, -1):
        text = f"with {known[place]!r} for every category of {name} that it has not seen"
        unseen = _Unseen(frozenset(known), known[place])
        yield from _asked(evidence, "unseen-category-as-known", text, chosen, unseen)
    for a, b in _near_pairs(evidence, index, known):
        swap = {a: b, b: a}
        text = f"with {a!r} and {b!r} exchanged in {name}"
        yield from _asked(evidence, "categories-permuted", text, chosen, _Instead(swap))


class _Instead:
    """Some values stand for others."""

    def __init__(self, places: dict[Any, Any]) -> None:
        self._places = places

    def __call__(self, value: Any) -> Any:
        return self._places.get(value, value)


class _Unseen:
    """A value that is no learned category becomes one."""

    def __init__(self, known: frozenset[Any], instead: Any) -> None:
        self._known, self._instead = known, instead

    def __call__(self, value: Any) -> Any:
        return value if value in self._known else self._instead


def _near_pairs(evidence: Evidence, index: int, known: list[Any]) -> list[tuple[Any, Any]]:
    """Exchanges that explain all of the first rows, tried in one call."""
    few = evidence.drifting.slice(0, ROWS)
    here = set(few.column(index).to_pylist())
    pairs = [p for p in combinations(known, 2) if here & set(p)][:MOST_PAIRS]
    if not pairs:
        return []
    tried = [_exchanged(few, index, a, b) for a, b in pairs]
    answers = evidence.ask_reference(pa.Table.from_batches(tried).combine_chunks().to_batches()[0])
    target = evidence.ask_runtime(few)
    if answers.shape[1] != target.shape[1]:
        return []
    bound = 2 * evidence.bound(np.nan_to_num(target), few)
    with np.errstate(invalid="ignore"):
        distance = np.abs(answers.reshape(len(pairs), few.num_rows, -1) - target).max(axis=2)
    return [pairs[i] for i in np.flatnonzero((distance <= bound).all(axis=1))]


def _exchanged(few: pa.RecordBatch, index: int, a: Any, b: Any) -> pa.RecordBatch:
    return _rewritten(few, lambda i, _: i == index, _Instead({a: b, b: a}))

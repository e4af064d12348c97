"""Causes that lie in the characters of a text: one side reads another text than it was given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from parity.diagnose.evidence import Evidence, Floats, Hypothesis
from parity.diagnose.rewrites import rewritten
from parity.numeric.kinds import is_text

LAST_OF_PLANE_0 = 0xFFFF


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """JNI's GetStringUTFChars gives such a character as six bytes of "modified UTF-8", which equal no text of the model."""
    if plain_text(evidence.drifting) is None:
        return

    def predict(batch: pa.RecordBatch) -> Floats:
        return evidence.ask_reference(plain_text(batch) or batch)

    text = "the reference, asked with U+FFFD for characters above U+FFFF (two chars in Java), answers what the runtime does"
    yield Hypothesis("text-beyond-plane-0", predict, evidence.ask_runtime, text)


def plain_text(batch: pa.RecordBatch) -> pa.RecordBatch | None:
    """The batch with U+FFFD for every character above U+FFFF; None where there is no such character."""
    found = rewritten(batch, _plain, is_text)
    return None if found.equals(batch) else found


def _plain(column: pa.Array) -> pa.Array:
    texts = [t if t is None else "".join(c if ord(c) <= LAST_OF_PLANE_0 else "\ufffd" for c in t) for t in column.to_pylist()]
    return pa.array(texts, column.type)


def with_known_word(batch: pa.RecordBatch, vocabulary: Sequence[Sequence[str] | None]) -> pa.RecordBatch | None:
    """The batch with one word of its column's vocabulary added to each text; None where no column of text has one.

    `vocabulary[c]` are the words that the model knows in column c.
    """
    columns = list(batch.columns)
    for c, known in enumerate(vocabulary[: len(columns)]):
        if known and is_text(columns[c].type):
            columns[c] = pa.array([f"{t or ''} {known[0]}" for t in columns[c].to_pylist()], columns[c].type)
    found = pa.RecordBatch.from_arrays(columns, schema=batch.schema)
    return None if found.equals(batch) else found

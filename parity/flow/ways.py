"""Ways of asking a side for the same rows: alone, in parts, in another order, twice, from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.runtimes.isolate import Allowance, score_rows
from parity.values.outcome import Outcome, Output, Refusal, Scores

Score = Callable[[pa.RecordBatch], Outcome]

ALONE = 48
"""Rows that are asked for one by one: a call of a pipeline over frames may take ten milliseconds."""


@dataclass(frozen=True)
class Way:
    """`ask(score, batch)` answers for the rows of the batch in their order. `rows` limits how many are asked for; 0: all."""

    name: str
    ask: Callable[[Score, pa.RecordBatch], Outcome]
    rows: int = 0


def in_parts(size: int) -> Callable[[Score, pa.RecordBatch], Outcome]:
    """Calls of `size` rows each."""

    def ask(score: Score, batch: pa.RecordBatch) -> Outcome:
        allowance = Allowance()
        starts = range(0, batch.num_rows, size)
        return joined([score_rows(score, batch.slice(i, size), allowance) for i in starts])

    return ask


def _again(score: Score, batch: pa.RecordBatch) -> Outcome:
    return score(batch)


def _shuffled(score: Score, batch: pa.RecordBatch) -> Outcome:
    order = np.random.default_rng(batch.num_rows).permutation(batch.num_rows)
    outcome = score_rows(score, batch.take(pa.array(order)), Allowance())
    return taken(outcome, np.argsort(order))


USUAL = (
    Way("repeated", _again),
    Way("batch-of-one", in_parts(1), ALONE),
    Way("batch-of-two", in_parts(2), ALONE),
    Way("batch-of-127", in_parts(127)),
    Way("batch-of-128", in_parts(128)),
    Way("batch-of-129", in_parts(129)),
    Way("batch-order", _shuffled),
)
"""For both sides; `repeated` first: what it shows explains the others. 128 is where engines begin to work in parallel."""


def columns_reversed() -> Way:
    """The columns in another order, each under its name."""
    return Way("column-order", lambda score, batch: score(batch.select(batch.schema.names[::-1])))


def elsewhere(name: str, other: Score) -> Way:
    """The same rows in another session."""
    return Way(name, lambda _, batch: other(batch))


def at_once(name: str, other: Score) -> Way:
    """Both sessions at the same time: where they agree to the bit it is the answer of either, else the one that differs."""

    def ask(score: Score, batch: pa.RecordBatch) -> Outcome:
        with ThreadPoolExecutor(1) as pool:
            second = pool.submit(other, batch)
            first = score(batch)
            return _odd_one(score(batch), first, second.result())

    return Way(name, ask)


def _odd_one(alone: Outcome, first: Outcome, second: Outcome) -> Outcome:
    return second if same(alone, first) else first


def same(a: Outcome, b: Outcome) -> bool:
    """Do two outcomes of one side agree in every bit?"""
    if isinstance(a, Refusal) or isinstance(b, Refusal):
        return isinstance(a, Refusal) and isinstance(b, Refusal) and a.kind == b.kind
    if len(a.outputs) != len(b.outputs) or set(a.refused) != set(b.refused):
        return False
    answered = np.ones(a.rows, bool)
    answered[list(a.refused)] = False
    return all(_equal(x, y, answered) for x, y in zip(a.outputs, b.outputs, strict=True))


def _equal(a: Output, b: Output, answered: npt.NDArray[np.bool_]) -> bool:
    """What stands in refused rows and in cells without a value means nothing."""
    if a.values.shape != b.values.shape:
        return False
    here, there = (answered[:, None] & (np.ones(o.values.shape, bool) if o.missing is None else ~o.missing) for o in (a, b))
    x, y = a.values[here], b.values[there]
    return np.array_equal(here, there) and np.array_equal(x, y, equal_nan=x.dtype.kind == "f" and y.dtype.kind == "f")


def beside(score: Score, rest: pa.RecordBatch) -> Score:
    """Asks for rows in one batch together with `rest`, and answers for the rows alone."""

    def ask(batch: pa.RecordBatch) -> Outcome:
        if not rest.num_rows:
            return score(batch)
        whole = pa.Table.from_batches([batch, rest]).combine_chunks().to_batches()[0]
        return taken(score_rows(score, whole, Allowance()), range(batch.num_rows))

    return ask


def taken(scores: Scores, rows: Sequence[int] | range | npt.NDArray[Any]) -> Scores:
    """Some rows of scores, in the order given."""
    index = np.asarray(rows, dtype=np.int64)
    outputs = tuple(_rows_of(o, index) for o in scores.outputs)
    return Scores(len(index), outputs, {i: scores.refused[int(r)] for i, r in enumerate(index) if int(r) in scores.refused})


def _rows_of(output: Output, index: npt.NDArray[np.int64]) -> Output:
    return replace(output, values=output.values[index], missing=None if output.missing is None else output.missing[index])


def joined(parts: Sequence[Scores]) -> Scores:
    """Scores of consecutive batches as those of one. Where a part was refused as a whole its cells mean nothing."""
    first = next((p for p in parts if p.outputs), None)
    starts = np.cumsum([0, *(p.rows for p in parts)])
    refused = {int(start) + row: r for start, p in zip(starts, parts, strict=False) for row, r in p.refused.items()}
    if first is None:
        return Scores(int(starts[-1]), (), refused)
    outputs = tuple(_joined(first.outputs[i], i, parts) for i in range(len(first.outputs)))
    return Scores(int(starts[-1]), outputs, refused)


def _joined(pattern: Output, index: int, parts: Sequence[Scores]) -> Output:
    blank = np.zeros((1, pattern.values.shape[1]), pattern.values.dtype)
    values = [p.outputs[index].values if p.outputs else np.repeat(blank, p.rows, axis=0) for p in parts]
    masks = [p.outputs[index].missing if p.outputs else None for p in parts]
    if all(m is None for m in masks):
        return replace(pattern, values=np.concatenate(values), missing=None)
    filled = [np.zeros(v.shape, bool) if m is None else m for v, m in zip(values, masks, strict=True)]
    return replace(pattern, values=np.concatenate(values), missing=np.concatenate(filled))

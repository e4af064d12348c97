"""Asking the user's own model about generated rows: what it raises is kept in words, and costs no other row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.values.anatomy import Bools

Tell = Callable[[str], None]
"""Hears, in words, what generation could not do."""

MOST_RAISED = 500
"""Calls that may raise; a batch that raises after them is given up as a whole. As many find one row in five of 400 lines."""
ALONE = 8
"""Where the first rows that are asked alone all raise, and nothing was answered yet, so will the others."""
KEPT = 8
"""Rows that are kept of those the model raises for."""


def unheard(text: str) -> None:
    """For callers who look at rows alone."""


class Asking:
    """Asks questions of one kind; `take` turns a batch into what the model takes. `asked` and `raised` count rows."""

    def __init__(self, take: Callable[[pa.RecordBatch], Any]) -> None:
        self._take, self._left = take, MOST_RAISED
        self.asked, self.raised, self.message = 0, 0, ""
        self._answers = False
        self.kept: list[pa.RecordBatch] = []
        """Some rows that the model raised for, one each."""

    def __call__(self, question: Callable[..., Any], *batches: pa.RecordBatch) -> tuple[npt.NDArray[Any], Bools]:
        """What the model answers to as many batches of equal length as the question takes, (rows, …), and for which rows it does.

        A batch for which it raises is asked again in halves. The answer is 0 where there is none; (rows, 0) where there is none
        at all.
        """
        rows = batches[0].num_rows
        self.asked += rows
        parts = list(self._parts(question, batches, 0, rows))
        answered = np.zeros(rows, bool)
        if not parts:
            return np.zeros((rows, 0)), answered
        values = np.zeros((rows, *parts[0][1].shape[1:]), parts[0][1].dtype)
        for start, part in parts:
            values[start : start + len(part)], answered[start : start + len(part)] = part, True
        return values, answered

    def _parts(
        self, question: Callable[..., Any], batches: tuple[pa.RecordBatch, ...], start: int, rows: int
    ) -> Iterator[tuple[int, npt.NDArray[Any]]]:
        if not rows:
            return
        try:
            found = np.asarray(question(*(self._take(b.slice(start, rows)) for b in batches)))
            self._answers = True
            yield start, found
            return
        except Exception as error:  # noqa: BLE001 - the user's own model is called, and may refuse rows in any way
            self.message = self.message or f"{type(error).__name__}: {error}"
            self._left -= 1
        if rows == 1 or self._left <= 0 or (not self._answers and len(self.kept) >= ALONE):
            self.raised += rows
            self.kept += [batches[0].slice(start, 1)] if len(self.kept) < KEPT else []
            return
        yield from self._parts(question, batches, start, rows // 2)
        yield from self._parts(question, batches, start + rows // 2, rows - rows // 2)

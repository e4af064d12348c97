"""The search over vectors of choices: 0 is the typical value of a column, a lower choice is a simpler one.

The method is delta debugging (Zeller & Hildebrandt 2002) in batches: every subset of a round is tried in one call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Choices = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MOST_CELLS = 2_000_000
"""Cells of one batch: 16 MB of doubles."""

ROUNDS = 3
"""Rounds of simplification; later ones find nothing new (measured on forests and boosted trees of 12 to 200 columns)."""


@dataclass
class Questions:
    """The budget: asks `fails` about batches while calls are left; after that nothing fails any more, so every search ends."""

    fails: Callable[[Choices], Bools]
    left: int
    calls: int = 0
    rows: int = 0

    def ask(self, choices: Choices) -> Bools:
        if self.left <= 0 or not len(choices):
            return np.zeros(len(choices), bool)
        self.left -= 1
        self.calls += 1
        self.rows += len(choices)
        return self.fails(choices)


def simplest(start: Choices, questions: Questions) -> Choices:
    """The simplest choices found (columns,), for a start of which no column can be reset alone: simpler values, and then again
    fewer columns."""
    found = simplify(start, questions)
    while not np.array_equal(again := reset(found, questions), found):
        found = simplify(again, questions)
    return found


def reset(choices: Choices, questions: Questions) -> Choices:
    """Put as many columns as possible back to typical: the largest subset that may be reset, then all others one by one."""
    while (live := np.flatnonzero(choices)).size:
        subsets = list(_subsets(live, most=max(16, MOST_CELLS // len(choices))))
        failing = questions.ask(np.array([_put(choices, s) for s in subsets]))
        if not failing.any():
            return choices
        best = max(np.flatnonzero(failing), key=lambda i: len(subsets[i]))
        finest = subsets[-1].size
        alone = [subsets[i] for i in np.flatnonzero(failing) if len(subsets[i]) <= finest + 1]
        choices = _put(choices, subsets[best])
        choices = _together(choices, [(part, 0) for part in alone if choices[part].any()], questions)
    return choices


def simplify(choices: Choices, questions: Questions) -> Choices:
    """Give each column that is off typical the simplest value that still fails, first each alone, then together."""
    for _ in range(ROUNDS):
        trials = _trials(choices)
        failing = questions.ask(np.array([_put(choices, [c], value) for c, value in trials]))
        best: dict[int, int] = {}
        for i in np.flatnonzero(failing):
            best.setdefault(*trials[i])
        if not best:
            break
        if len(best) == 1:  # just seen to fail
            return _put(choices, list(best), *best.values())
        choices = _together(choices, [(np.array([c]), value) for c, value in best.items()], questions)
    return choices


def _together(choices: Choices, wanted: Sequence[tuple[npt.NDArray[np.int64], int]], questions: Questions) -> Choices:
    """Apply the first k of the wanted changes (columns, value), for the largest k that still fails."""
    rows = [choices]
    for columns, value in wanted:
        rows.append(_put(rows[-1], columns, value))
    failing = np.flatnonzero(questions.ask(np.array(rows[1:])))
    return rows[failing[-1] + 1] if failing.size else choices


def _subsets(live: npt.NDArray[np.int64], most: int) -> Iterator[npt.NDArray[np.int64]]:
    """All, halves, quarters … down to singles, and the complements of each, while they fit into `most` rows.

    Last come the finest parts, all of one size or one less: where no singles fit, as many parts as do, without complements.
    """
    yield live
    given, parts = 1, 2
    while parts < 2 * len(live) and given + 2 * min(parts, len(live)) <= most:
        for chunk in np.array_split(live, min(parts, len(live))):
            yield chunk
            yield np.setdiff1d(live, chunk)
        given += 2 * min(parts, len(live))
        parts *= 2
    if parts < 2 * len(live) and most > given:
        yield from np.array_split(live, min(most - given, len(live)))


def _trials(choices: Choices) -> list[tuple[int, int]]:
    """(column, simpler value) for the columns that are off typical, simplest first, evenly thinned to what a batch holds."""
    live = np.flatnonzero(choices)
    each = max(1, MOST_CELLS // len(choices) // max(1, len(live)))
    return [(int(c), int(v)) for c in live for v in _thinned(int(choices[c]), each)]


def _thinned(choice: int, most: int) -> npt.NDArray[np.int64]:
    values = np.arange(1, choice)
    return values if len(values) <= most else values[np.linspace(0, len(values) - 1, most).astype(np.int64)]


def _put(choices: Choices, columns: npt.NDArray[np.int64] | list[int], value: int = 0) -> Choices:
    changed = choices.copy()
    changed[columns] = value
    return changed

"""From a batch that was refused as a whole to refusals of rows, within an allowance of calls and restarts.

Three ways, by what is known of the refusal:
* it concerns the call and not a row (its shape, a column, a type): no call is spent;
* the process lives: a few rows are tried alone. Where all are refused alike, the batch is one class of input and every row gets
  that refusal; else the batch is halved where it is refused;
* the process died: each further death costs a restart, so the parts are sized as in the egg-drop problem
  (with c calls and d deaths left, f(c, d) = f(c-1, d-1) + f(c-1, d) + 1 rows can be searched), and what answers is kept.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pyarrow as pa

from parity.values.outcome import Outcome, Output, Refusal, Scores

Score = Callable[[pa.RecordBatch], Outcome]

CALLS = 64
RESTARTS = 3
LOST_SECONDS = 150.0
"""What may be lost in calls that end with a dead process before no other is risked: one that hung for the usual limit of 120 s,
and some of the shorter ones, where the engine stands still."""
_OF_THE_CALL = frozenset({"shape", "column-absent", "type", "artifact", "empty-batch", "unresolved", "never-asked"})
DEADLY = frozenset({"crash", "timeout", "out-of-memory"})
_NEVER_FINE = frozenset({"crash", "timeout"})  # memory that only a large batch exhausts says nothing of its rows
_SMALL = 64  # rows; as many as there are calls to ask them one by one
_NUMBERS = re.compile(r"[-+.\w]*\d[-+.\w]*")


@dataclass
class Allowance:
    """What is left of an item's extra calls and of its restarts; spent as it goes, across the batches of the item.

    `one_class` says that each small batch holds one class of input, as in phase `special`: two rows stand for all of them, and
    one death does. Without it every row of a small batch is asked. `forgiving`: rows that are answered when they are asked again
    are simply answered; without it a death that does not happen again is still told, as the refusal of the batch's first row.
    `lost` are the seconds that were spent on calls that ended with a dead process.
    """

    calls: int = CALLS
    restarts: int = RESTARTS
    one_class: bool = False
    forgiving: bool = False
    dead: bool = field(default=False, repr=False)
    lost: float = field(default=0.0, repr=False, compare=False)
    alike: set[tuple[str, str]] = field(default_factory=set, repr=False)
    """Refusals (kind, text without numbers) that were found to concern every row of a small batch."""

    def may_call(self) -> bool:
        """Is there a call left, and a restart where the call would need one?"""
        return self.calls > 0 and not self.spent

    @property
    def spent(self) -> bool:
        """Is the process dead, and may it not be started again?"""
        return self.dead and (self.restarts <= 0 or self.lost >= LOST_SECONDS)

    def call(self, score: Score, batch: pa.RecordBatch) -> Outcome:
        """Score, and take note of a death and of the restart that follows it."""
        if self.dead:
            self.restarts -= 1
        started = time.monotonic()
        outcome = score(batch)
        self.dead = isinstance(outcome, Refusal) and outcome.kind in DEADLY
        self.lost += time.monotonic() - started if self.dead else 0.0
        return outcome


@dataclass
class _Rows:
    """What is known of the rows of a batch: parts that were scored, and refusals."""

    batch: pa.RecordBatch
    parts: list[tuple[int, Scores]] = field(default_factory=list)
    refused: dict[int, Refusal] = field(default_factory=dict)

    def take(self, start: int, stop: int, outcome: Outcome) -> bool:
        """Note an outcome; False where a refusal of several rows leaves open which of them is meant."""
        if isinstance(outcome, Scores):
            self.parts.append((start, outcome))
            self.refused.update({start + row: refusal for row, refusal in outcome.refused.items()})
            return True
        if stop - start == 1 or outcome.kind in _OF_THE_CALL:
            self.refuse(start, stop, outcome)
            return True
        return False

    def refuse(self, start: int, stop: int, refusal: Refusal) -> None:
        self.refused.update(dict.fromkeys(range(start, stop), refusal))


def score_rows(score: Score, batch: pa.RecordBatch, allowance: Allowance) -> Scores:
    """Score a batch; where it is refused as a whole, find out which rows are meant. Never more calls than allowed.

    Rows that could not be resolved are refused with kind "unresolved", those of a batch for which no process was left with kind
    "never-asked". `outputs` is empty where no row was scored.
    A batch without rows comes back without rows; whether it was refused, only `score` itself can say.
    """
    rows = _Rows(batch)
    if allowance.spent:
        rows.refuse(0, batch.num_rows, Refusal("never-asked", "the runtime died, and no restart is left"))
        return _assembled(rows)
    outcome = _whole(allowance.call(score, batch), batch.num_rows)
    if isinstance(outcome, Scores):
        return outcome
    if batch.num_rows > 0 and not rows.take(0, batch.num_rows, outcome):
        if outcome.kind in DEADLY:
            _search_deaths(score, rows, allowance, outcome)
            if outcome.kind in _NEVER_FINE and not allowance.forgiving:
                _tell_unexplained(rows, outcome)
        else:
            _search_refusals(score, rows, allowance, outcome)
    return _assembled(rows)


def _whole(outcome: Outcome, rows: int) -> Outcome:
    """An answer to fewer or more rows is none: nobody knows which rows are meant."""
    given = () if isinstance(outcome, Refusal) else (outcome.rows, *(len(o.values) for o in outcome.outputs))
    wrong = next((count for count in given if count != rows), None)
    return outcome if wrong is None else Refusal("shape", f"{wrong:,} answers were given to {rows:,} rows")


def _search_refusals(score: Score, rows: _Rows, allowance: Allowance, first: Refusal) -> None:
    """Are all rows refused alike? If not, halve what lies between those that were tried."""
    count = rows.batch.num_rows
    small = count <= _SMALL
    seen = (first.kind, _NUMBERS.sub("", first.message))
    if small and seen in allowance.alike:
        rows.refuse(0, count, first)
        return
    tried: list[int] = []
    for wanted in _probes(count, allowance.one_class):
        spread = {round(position) for position in np.linspace(0, count - 1, wanted)}
        tried += [row for row in sorted(spread - set(tried)) if _try(score, rows, row, row + 1, allowance) is not None]
        if len(tried) < wanted or {rows.refused[row].kind if row in rows.refused else "" for row in tried} != {first.kind}:
            _halve(score, rows, _between(sorted(tried), count), allowance, first)
            return
    _spread(rows, sorted(tried))
    if small:
        allowance.alike.add(seen)


def _probes(count: int, one_class: bool) -> tuple[int, ...]:
    """How many rows to try alone, from step to step as long as all are refused alike."""
    if count > _SMALL:
        return 3, 3 + count.bit_length()
    return (min(2, count),) if one_class else (min(3, count), count)


def _spread(rows: _Rows, tried: list[int]) -> None:
    """Every row was refused where it was tried alone: each other row gets the refusal of the one before it."""
    nearest = np.searchsorted(tried, np.arange(rows.batch.num_rows), "right") - 1
    rows.refused = {row: rows.refused[tried[near]] for row, near in enumerate(nearest)}


def _between(tried: list[int], count: int) -> list[tuple[int, int]]:
    edges = [-1, *tried, count]
    return [(a + 1, b) for a, b in pairwise(edges) if b - a > 1]


def _halve(score: Score, rows: _Rows, parts: list[tuple[int, int]], allowance: Allowance, first: Refusal) -> None:
    """Smallest parts first until one refused row is known exactly; from then on the largest, which resolve the most rows."""
    while parts:
        parts.sort(key=lambda part: part[1] - part[0])
        start, stop = parts.pop(-1 if rows.refused else 0)
        resolved = _try(score, rows, start, stop, allowance)
        if resolved is None:
            rows.refuse(start, stop, _unresolved(f"no call is left to find out which rows are meant ({first.message})"))
        elif not resolved:
            middle = (start + stop) // 2
            parts += [(start, middle), (middle, stop)]


def _search_deaths(score: Score, rows: _Rows, allowance: Allowance, first: Refusal) -> None:
    """Find rows that kill the process, from the start of the batch, in parts that the restarts can bear."""
    count, start, why = rows.batch.num_rows, 0, first
    stop = count  # a death is known to lie in [start, stop); 0 where none is known
    if allowance.one_class and count <= _SMALL and _try(score, rows, 0, 1, allowance):
        start = 1
        if allowance.dead:  # one row of a class stands for all
            rows.refuse(0, count, rows.refused[0])
            return
    while start < count:
        end = start + _part(stop - start, allowance) if stop else count
        outcome = _call(score, rows, start, end, allowance)
        if outcome is None:
            break
        if rows.take(start, end, outcome):
            start = end
            stop = 0 if allowance.dead or start >= stop else stop
        elif allowance.dead and isinstance(outcome, Refusal):
            stop, why = end, outcome
        else:
            _halve(score, rows, [(start, end)], allowance, first)
            start = end
    _give_up(rows, start, stop, why)


def _tell_unexplained(rows: _Rows, death: Refusal) -> None:
    """A process that was killed from outside, that dies now and then, or in which no more rows are risked, leaves no row to
    blame, and must not be forgotten."""
    if any(refusal.kind in DEADLY for refusal in rows.refused.values()):
        return
    count = rows.batch.num_rows
    if left := [row for row, refusal in rows.refused.items() if refusal.kind == "unresolved"]:
        # A crash that is told as nothing but rows that were not judged would pass.
        said = f"{death.message}; which of its {count:,} rows did it is not known: this row is the first of those that may have"
        rows.refuse(min(left), min(left) + 1, Refusal(death.kind, said))
        return
    said = f"{death.message}; asked again, its {count:,} rows did not do it: this row is only the first of them"
    rows.refuse(0, 1, Refusal(death.kind, said))


def _give_up(rows: _Rows, start: int, stop: int, why: Refusal) -> None:
    """What the restarts did not suffice for: where one row is left it is the one; several are unresolved."""
    if stop - start == 1:
        rows.refuse(start, stop, why)
        start = stop
    rows.refuse(start, rows.batch.num_rows, _unresolved(f"no restart is left to find out which rows are meant ({why.message})"))


def _part(rows: int, allowance: Allowance) -> int:
    """How many of the rows to try next: few deaths where half of the calls suffice for that, then the fewest calls."""
    most = max(1, allowance.restarts + (not allowance.dead))  # the last death needs no restart
    deaths = next((d for d in range(1, most) if _searchable(allowance.calls // 2, d) >= rows - 1), most)
    calls = 1
    while _searchable(calls, deaths) < rows - 1 and calls < allowance.calls:
        calls += 1
    return max(1, min(rows - 1, _searchable(calls - 1, deaths - 1) + 1))


def _searchable(calls: int, deaths: int) -> int:
    """f(c, d) of the egg-drop problem: the sum of binomials (c over i), i from 1 to d."""
    total, term = 0, 1
    for i in range(1, deaths + 1):
        term = term * (calls - i + 1) // i
        total += term
    return total


def _try(score: Score, rows: _Rows, start: int, stop: int, allowance: Allowance) -> bool | None:
    """Score a part: were its rows resolved? None where nothing more may be called."""
    outcome = _call(score, rows, start, stop, allowance)
    return None if outcome is None else rows.take(start, stop, outcome)


def _call(score: Score, rows: _Rows, start: int, stop: int, allowance: Allowance) -> Outcome | None:
    if not allowance.may_call():
        return None
    allowance.calls -= 1
    return allowance.call(score, rows.batch.slice(start, stop - start))


def _unresolved(message: str) -> Refusal:
    return Refusal("unresolved", message)


def _assembled(rows: _Rows) -> Scores:
    """One Scores of the whole batch out of the parts that were scored."""
    count = rows.batch.num_rows
    refused = dict(sorted(rows.refused.items()))
    if not rows.parts:
        return Scores(count, (), refused)
    outputs = tuple(_output(rows, i) for i in range(len(rows.parts[0][1].outputs)))
    return Scores(count, outputs, refused)


def _output(rows: _Rows, i: int) -> Output:
    pieces = [(start, scores.outputs[i]) for start, scores in rows.parts]
    pattern = pieces[0][1].values
    values = np.zeros((rows.batch.num_rows, pattern.shape[1]), pattern.dtype)
    missing = np.zeros(values.shape, np.bool_)
    for start, output in pieces:
        values[start : start + len(output.values)] = output.values
        if output.missing is not None:
            missing[start : start + len(output.values)] = output.missing
    return Output(pieces[0][1].spec, values, missing if missing.any() else None)

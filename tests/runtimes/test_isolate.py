from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from parity.runtimes import isolate
from parity.runtimes.isolate import Allowance, score_rows
from parity.values.outcome import Outcome, Output, Refusal, Scores
from parity.values.signature import OutputSpec

SPEC = OutputSpec("value", "float64")


class Side:
    """Scores column a as itself, unless `refusal` says why not; counts its calls."""

    def __init__(self, refusal: Callable[[list[int]], Refusal | None]) -> None:
        self.refusal = refusal
        self.calls = 0

    def __call__(self, batch: pa.RecordBatch) -> Outcome:
        self.calls += 1
        rows = batch.column(0).to_pylist()
        refusal = self.refusal(rows)
        if refusal is not None:
            return refusal
        return Scores(len(rows), (Output(SPEC, np.array(rows, np.float64).reshape(-1, 1)),))


def rows(count: int) -> pa.RecordBatch:
    return pa.record_batch({"a": list(range(count))})


def refuse_if(bad: set[int], kind: str = "invalid-value", message: str = "no") -> Side:
    return Side(lambda given: Refusal(kind, message) if bad.intersection(given) else None)


def kinds(scores: Scores) -> dict[int, str]:
    return {row: refusal.kind for row, refusal in scores.refused.items()}


def assert_scored(scores: Scores, count: int) -> None:
    good = [row for row in range(count) if row not in scores.refused]
    assert scores.rows == count
    assert scores.outputs[0].values[good, 0].tolist() == good


def test_a_batch_that_is_scored_costs_one_call_and_nothing_of_the_allowance() -> None:
    side, allowance = refuse_if(set()), Allowance()
    assert_scored(score_rows(side, rows(50), allowance), 50)
    assert (side.calls, allowance) == (1, Allowance())


@pytest.mark.parametrize("bad", [{0}, {4999}, {2500}, {17, 3333}, {0, 4999}])
def test_a_few_refused_rows_of_many_are_found_exactly(bad: set[int]) -> None:
    side, allowance = refuse_if(bad), Allowance()
    scores = score_rows(side, rows(5000), allowance)
    assert kinds(scores) == dict.fromkeys(bad, "invalid-value")
    assert_scored(scores, 5000)
    assert side.calls <= 65


def test_a_class_of_input_that_is_refused_alike_costs_two_calls_and_the_next_like_it_none() -> None:
    side = Side(lambda given: Refusal("missing", f"column {given[0]} is missing"))
    allowance = Allowance(one_class=True)
    assert kinds(score_rows(side, rows(16), allowance)) == dict.fromkeys(range(16), "missing")
    assert side.calls == 3
    assert kinds(score_rows(side, rows(16), allowance)) == dict.fromkeys(range(16), "missing")
    assert side.calls == 4
    other = refuse_if({3})
    assert kinds(score_rows(other, rows(16), allowance)) == {3: "invalid-value"}


@pytest.mark.parametrize("good", [1, 7, 8, 14])
def test_every_row_of_a_small_batch_is_asked_unless_it_is_of_one_class(good: int) -> None:
    scores = score_rows(refuse_if(set(range(16)) - {good}), rows(16), Allowance())
    assert set(range(16)) - set(scores.refused) == {good}
    assert_scored(scores, 16)


def test_a_large_batch_is_called_alike_only_after_many_rows_were() -> None:
    good = set(range(900, 1900))  # neither an end nor the middle
    scores = score_rows(refuse_if(set(range(4000)) - good), rows(4000), Allowance(calls=500))
    assert not good & {row for row, kind in kinds(scores).items() if kind == "invalid-value"}


def test_when_the_calls_run_out_the_rest_is_unresolved_and_never_called_scored() -> None:
    bad = set(range(1, 4000, 3))
    side, allowance = refuse_if(bad), Allowance()
    scores = score_rows(side, rows(4000), allowance)
    assert side.calls == 65
    assert allowance.calls == 0
    assert bad <= set(scores.refused)
    assert set(kinds(scores).values()) == {"invalid-value", "unresolved"}
    assert "no call is left" in next(r.message for r in scores.refused.values() if r.kind == "unresolved")


@pytest.mark.parametrize("kind", ["shape", "column-absent", "type", "artifact"])
def test_what_concerns_the_call_is_not_searched_for_in_its_rows(kind: str) -> None:
    side = refuse_if(set(range(9)), kind)
    scores = score_rows(side, rows(9), Allowance())
    assert kinds(scores) == dict.fromkeys(range(9), kind)
    assert scores.outputs == ()
    assert side.calls == 1


@pytest.mark.parametrize("bad", [0, 1, 777, 19_998, 19_999])
def test_a_row_that_kills_is_found_among_twenty_thousand_with_three_restarts(bad: int) -> None:
    side, allowance = refuse_if({bad}, "crash"), Allowance()
    scores = score_rows(side, rows(20_000), allowance)
    assert scores.refused[bad].kind == "crash"
    assert set(kinds(scores).values()) <= {"crash", "unresolved"}
    assert all(row >= bad for row in scores.refused)
    if bad:  # no restart is left to score the rows after it
        assert_scored(scores, 20_000)
    assert side.calls <= 65
    assert allowance.restarts >= 0


def test_no_call_is_made_to_a_dead_runtime_without_a_restart() -> None:
    side, allowance = refuse_if(set(range(0, 200, 2)), "timeout"), Allowance()
    score_rows(side, rows(200), allowance)
    assert (allowance.restarts, allowance.dead) == (0, True)
    before = side.calls
    scores = score_rows(side, rows(7), allowance)
    assert side.calls == before
    assert kinds(scores) == dict.fromkeys(range(7), "never-asked")
    assert scores.refused[0].message == "the runtime died, and no restart is left"


def test_no_more_time_than_a_hang_or_two_is_lost_on_a_runtime_that_dies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each death takes a minute here: two and a half of them are over after the third, though a restart would be left."""
    clock = itertools.count(0.0, 60.0)
    monkeypatch.setattr(isolate.time, "monotonic", lambda: next(clock))
    side, allowance = refuse_if(set(range(0, 200, 2)), "timeout"), Allowance(restarts=9)
    scores = score_rows(side, rows(200), allowance)
    assert (side.calls, allowance.lost, allowance.spent) == (3, 180.0, True)
    assert set(kinds(scores).values()) == {"timeout", "unresolved"}
    assert set(kinds(score_rows(side, rows(7), allowance)).values()) == {"never-asked"}
    assert side.calls == 3


def test_a_death_that_could_not_be_laid_at_one_row_is_told_all_the_same() -> None:
    """With the calls gone, one of two hundred rows may have done it: without a row of that kind the batch would pass unjudged."""
    scores = score_rows(refuse_if(set(range(200)), "crash", "died"), rows(200), Allowance(restarts=0))
    assert kinds(scores) == {0: "crash", **dict.fromkeys(range(1, 200), "unresolved")}
    assert scores.refused[0].message == (
        "died; which of its 200 rows did it is not known: this row is the first of those that may have"
    )


def test_a_class_of_input_that_kills_takes_one_restart() -> None:
    side, allowance = refuse_if(set(range(16)), "crash", "died"), Allowance(one_class=True)
    assert kinds(score_rows(side, rows(16), allowance)) == dict.fromkeys(range(16), "crash")
    assert (side.calls, allowance.restarts) == (2, 2)


def test_one_deadly_row_of_a_small_batch_is_found_and_the_others_are_scored() -> None:
    side = refuse_if({9}, "crash")
    allowance = Allowance()
    scores = score_rows(side, rows(16), allowance)
    assert kinds(scores) == {9: "crash"}
    assert_scored(scores, 16)
    assert allowance.restarts == 1


def died_once() -> Side:
    """A runtime that is killed from outside in its first batch."""
    deaths = iter([Refusal("crash", "the worker was killed by signal 9; the batch is kept in a.block")])
    return Side(lambda _: next(deaths, None))


def test_a_death_that_no_row_repeats_is_told_once() -> None:
    side, allowance = died_once(), Allowance()
    scores = score_rows(side, rows(1000), allowance)
    assert kinds(scores) == {0: "crash"}
    assert scores.refused[0].message == (
        "the worker was killed by signal 9; the batch is kept in a.block; asked again, its 1,000 rows did not do it: "
        "this row is only the first of them"
    )
    assert_scored(scores, 1000)
    assert kinds(score_rows(side, rows(1000), allowance)) == {}


def test_who_only_wants_scores_forgives_a_death_that_no_row_repeats() -> None:
    scores = score_rows(died_once(), rows(1000), Allowance(forgiving=True))
    assert kinds(scores) == {}
    assert_scored(scores, 1000)


def test_memory_that_only_a_large_batch_exhausts_refuses_no_row() -> None:
    side = Side(lambda given: Refusal("out-of-memory", "heap") if len(given) > 600 else None)
    scores = score_rows(side, rows(1000), Allowance())
    assert "out-of-memory" not in kinds(scores).values()
    assert_scored(scores, 1000)


def test_refusals_of_rows_and_missing_cells_of_the_parts_are_kept() -> None:
    def side(batch: pa.RecordBatch) -> Outcome:
        given = batch.column(0).to_pylist()
        if 6 in given:
            return Refusal("invalid-value", "six")
        values = np.array(given, np.float64).reshape(-1, 1)
        refused = {i: Refusal("missing", "two") for i, row in enumerate(given) if row == 2}
        return Scores(len(given), (Output(SPEC, values, values == 4),), refused)

    scores = score_rows(side, rows(9), Allowance())
    assert kinds(scores) == {2: "missing", 6: "invalid-value"}
    assert scores.outputs[0].missing is not None
    assert np.flatnonzero(scores.outputs[0].missing).tolist() == [4]


def test_a_batch_without_rows_stays_without_rows() -> None:
    assert score_rows(lambda _: Refusal("empty-batch", "none"), rows(0), Allowance()) == Scores(0, (), {})
    assert score_rows(lambda _: Refusal("other", "none"), rows(0), Allowance()) == Scores(0, (), {})

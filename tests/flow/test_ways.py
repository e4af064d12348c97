"""Ways of asking a side for the same rows, against sides that give themselves away."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from parity.flow.ways import USUAL, Way, at_once, beside, columns_reversed, elsewhere, in_parts, joined, same, taken
from parity.values.outcome import Output, Refusal, Scores
from parity.values.signature import OutputKind, OutputSpec

SPEC = OutputSpec("value", "float64", OutputKind.VALUE, 1)


def scores(values: Any, refused: dict[int, Refusal] | None = None) -> Scores:
    column = np.asarray(values, dtype=np.float64)[:, None]
    return Scores(len(column), (Output(SPEC, column),), refused or {})


def batch(rows: int = 300) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"x": np.arange(float(rows)), "y": np.ones(rows)})


def by_row(rows: pa.RecordBatch) -> Scores:
    return scores(rows.column("x").to_numpy())


def by_size(rows: pa.RecordBatch) -> Scores:
    return scores(rows.column("x").to_numpy() + rows.num_rows)


def by_place(rows: pa.RecordBatch) -> Scores:
    return scores(np.arange(float(rows.num_rows)))


def by_first_column(rows: pa.RecordBatch) -> Scores:
    return scores(rows.column(0).to_numpy())


def odd_refused(rows: pa.RecordBatch) -> Scores | Refusal:
    x = rows.column("x").to_numpy()
    if rows.num_rows == 1 and x[0] % 2:
        return Refusal("invalid-value", "odd")
    return scores(x, {int(i): Refusal("invalid-value", "odd") for i in np.flatnonzero(x % 2)})


def values(outcome: Any) -> list[float]:
    return outcome.outputs[0].values[:, 0].tolist()


@pytest.mark.parametrize("way", [*USUAL, columns_reversed()], ids=lambda w: w.name)
def test_a_side_that_looks_at_the_row_alone_answers_alike_in_every_way(way: Way) -> None:
    asked = way.ask(by_row, batch())
    assert same(asked, by_row(batch()))


@pytest.mark.parametrize(
    ("side", "told"),
    [
        (by_size, {"batch-of-one", "batch-of-two", "batch-of-127", "batch-of-128", "batch-of-129"}),
        (by_place, {"batch-of-one", "batch-of-two", "batch-of-127", "batch-of-128", "batch-of-129", "batch-order"}),
        (by_first_column, {"column-order"}),
    ],
)
def test_each_way_gives_away_what_it_should(side: Any, told: set[str]) -> None:
    moved = {w.name for w in [*USUAL, columns_reversed()] if not same(w.ask(side, batch()), side(batch()))}
    assert moved == told


def test_what_stands_in_refused_rows_and_missing_cells_means_nothing() -> None:
    def answer(gone: float, missing: Any, refused: Any) -> Scores:
        return Scores(2, (Output(SPEC, np.array([[1.0], [gone]]), missing),), refused)

    no_value, refusal = np.array([[False], [True]]), {1: Refusal("invalid-value", "odd")}
    assert same(answer(2.0, no_value, {}), answer(3.0, no_value, {}))
    assert same(answer(2.0, None, refusal), answer(3.0, None, refusal))
    assert not same(answer(2.0, None, {}), answer(3.0, None, {}))
    assert not same(answer(2.0, no_value, {}), answer(2.0, None, {}))


def test_refused_rows_keep_their_places_in_parts_and_in_another_order() -> None:
    for way in USUAL:
        asked = way.ask(odd_refused, batch(9))
        assert set(asked.refused) == {1, 3, 5, 7}, way.name  # type: ignore[union-attr]
        assert np.array(values(asked))[::2].tolist() == [0, 2, 4, 6, 8], way.name


def test_beside_other_rows_only_the_rows_themselves_are_answered() -> None:
    asked = beside(by_size, batch(10).slice(4))(batch(10).slice(0, 4))
    assert values(asked) == [10, 11, 12, 13]


def test_another_session_and_two_at_once() -> None:
    assert values(elsewhere("threads", by_size).ask(by_row, batch(3))) == [3, 4, 5]
    assert values(at_once("two-sessions", by_row).ask(by_row, batch(3))) == [0, 1, 2]
    assert values(at_once("two-sessions", by_size).ask(by_row, batch(3))) == [3, 4, 5]


def test_two_at_once_tells_where_the_first_answers_otherwise_beside_the_second() -> None:
    calls = []

    def first(rows: pa.RecordBatch) -> Scores:
        calls.append(rows)
        return by_size(rows) if len(calls) == 1 else by_row(rows)

    assert values(at_once("two-sessions", by_row).ask(first, batch(3))) == [3, 4, 5]


def test_taken_and_joined_are_inverse() -> None:
    whole = scores(range(5), {3: Refusal("other", "no")})
    parts = [taken(whole, [0, 1]), taken(whole, [2, 3]), taken(whole, [4])]
    assert same(joined(parts), whole)
    assert joined(parts).refused == whole.refused


def test_joined_fills_parts_without_outputs_and_masks() -> None:
    refused = Scores(2, (), {0: Refusal("other", "no"), 1: Refusal("other", "no")})
    masked = Scores(1, (Output(SPEC, np.ones((1, 1)), np.array([[True]])),))
    one = joined([refused, masked, scores([7.0])])
    assert one.rows == 4 and set(one.refused) == {0, 1}
    assert one.outputs[0].missing is not None
    assert one.outputs[0].missing[:, 0].tolist() == [False, False, True, False]
    assert joined([refused]).outputs == ()


def test_in_parts_asks_for_as_many_rows_as_it_says() -> None:
    sizes: list[int] = []

    def noting(rows: pa.RecordBatch) -> Scores:
        sizes.append(rows.num_rows)
        return by_row(rows)

    in_parts(128)(noting, batch(300))
    assert sizes == [128, 128, 44]

"""Simpler values are simpler, as valid, and of the same class of input."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parity.minimise.simpler import number_cost, simpler_values
from parity.values.columns import Column, ColumnType

FLOATS = st.sampled_from([ColumnType.FLOAT32, ColumnType.FLOAT64])


def column(kind: ColumnType = ColumnType.FLOAT64, **rules: object) -> Column:
    return Column("x", kind, **rules)  # type: ignore[arg-type]


def test_the_shortest_decimals_come_first() -> None:
    assert simpler_values(41.50000000000001, column(minimum=18.0, maximum=120.0))[:5] == [40.0, 41.0, 42.0, 50.0, 100.0]


def test_every_length_has_the_neighbours_on_both_sides() -> None:
    values = simpler_values(0.123456, column(minimum=0.1, maximum=0.2))
    assert {0.123, 0.124, 0.12, 0.13, 0.12345, 0.12346} <= set(values)


def test_float32_is_as_short_as_its_own_type_writes_it() -> None:
    value = float(np.float32(0.1))
    assert number_cost(value, ColumnType.FLOAT32)[0] == 3
    assert all(number_cost(v, ColumnType.FLOAT32)[0] <= 3 for v in simpler_values(value, column(ColumnType.FLOAT32)))


@given(st.floats(allow_nan=False, allow_infinity=False, width=32), FLOATS, st.booleans())
def test_numbers_are_simpler_finite_and_on_the_same_side_of_the_range(value: float, kind: ColumnType, whole: bool) -> None:
    rules = column(kind, minimum=-5.0, maximum=100.0, whole=whole)
    for found in simpler_values(value, rules):
        assert isinstance(found, float)
        assert math.isfinite(found)
        assert number_cost(found, kind) < number_cost(value, kind)
        assert (found < -5, found > 100) == (value < -5, value > 100)
        assert not whole or found == math.floor(found)
        assert kind != ColumnType.FLOAT32 or float(np.float32(found)) == found


@given(st.integers(-(2**63), 2**63 - 1))
def test_integers_stay_integers_and_exact(value: int) -> None:
    for found in simpler_values(value, column(ColumnType.INT64)):
        assert type(found) is int
        assert -(2**63) <= found < 2**63
        assert number_cost(found, ColumnType.INT64) < number_cost(value, ColumnType.INT64)


def test_int32_never_leaves_its_type() -> None:
    assert all(-(2**31) <= int(v) < 2**31 for v in simpler_values(2**31 - 1, column(ColumnType.INT32)))


@pytest.mark.parametrize("value", [None, True, math.nan, math.inf, -math.inf, 0.0])
def test_nothing_is_simpler_than_another_class_of_input(value: object) -> None:
    assert list(simpler_values(value, column())) == []


def test_minus_zero_becomes_zero() -> None:
    assert math.copysign(1.0, float(simpler_values(-0.0, column())[0])) == 1.0
    assert 0.0 in simpler_values(-0.0, column())[:1]


def test_a_known_category_becomes_a_shorter_known_one() -> None:
    assert simpler_values("London", column(ColumnType.STRING, categories=("Rome", "Oslo", "London", "Lisbon"))) == [
        "Oslo",
        "Rome",
    ]
    assert simpler_values(30, column(ColumnType.INT64, categories=(2, 30, 100))) == [2]


def test_an_unknown_category_stays_unknown() -> None:
    found = simpler_values("ab cd", column(ColumnType.STRING, categories=("a", "ab")))
    assert "" in found
    assert "a" not in found
    assert "ab" not in found


@given(st.text(max_size=200))
def test_text_gets_shorter(value: str) -> None:
    assert all(len(str(found)) < len(value) for found in simpler_values(value, column(ColumnType.STRING)))

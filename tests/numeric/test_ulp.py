import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parity.numeric.ulp import narrower, ordered, ulp_distance

any_float = st.floats(allow_nan=False, width=64)


@given(any_float, any_float)
def test_ordered_keeps_the_order_of_the_numbers(a: float, b: float) -> None:
    x, y = ordered(np.array([a])), ordered(np.array([b]))
    assert (a < b) == (x < y).item() and (a == b) == (x == y).item()


@given(st.floats(-1e300, 1e300), st.integers(1, 50))
def test_k_steps_up_are_k_ulps(value: float, steps: int) -> None:
    up = np.array([value])
    for _ in range(steps):
        up = np.nextafter(up, np.inf)
    assert ulp_distance(np.array([value]), up)[0] == steps


def test_float32_steps_are_counted_in_float32() -> None:
    one = np.array([1.0], np.float32)
    assert ulp_distance(one, np.nextafter(one, np.float32(2)))[0] == 1


def test_extremes_do_not_overflow() -> None:
    a, b = np.array([-np.inf]), np.array([np.inf])
    assert ulp_distance(a, b)[0] == pytest.approx(2 * 0x7FF0000000000000)


@pytest.mark.parametrize(("a", "b", "expected"), [(np.nan, np.nan, 0.0), (np.nan, 1.0, np.inf), (0.0, -0.0, 0.0)])
def test_nan_and_signed_zero(a: float, b: float, expected: float) -> None:
    assert ulp_distance(np.array([a]), np.array([b]))[0] == expected


def test_two_types_are_refused() -> None:
    with pytest.raises(TypeError, match="one type on both sides, got float32 and float64"):
        ulp_distance(np.zeros(1, np.float32), np.zeros(1))


def test_the_narrower_type_decides() -> None:
    assert narrower("float64", "float32") == "float32" and narrower("float64", "int64") == "float64"

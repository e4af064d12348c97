import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity.numeric import bounds

U32 = 2.0**-24


def test_gamma_without_a_bound_is_infinite() -> None:
    assert bounds.gamma(2**24, U32) == math.inf
    assert bounds.gamma(10, U32) == pytest.approx(10 * U32, rel=1e-5)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 1000), st.floats(1e-3, 1e6))
def test_float32_sums_stay_within_the_bound(seed: int, terms: int, scale: float) -> None:
    values = np.random.default_rng(seed).normal(size=terms) * scale
    exact = math.fsum(values)
    total = np.float32(0)
    for value in values.astype(np.float32):
        total = np.float32(total + value)
    assert abs(float(total) - exact) <= bounds.sum_bound(np.abs(values), U32)


def test_the_probabilistic_bound_is_the_smaller_one_for_many_terms() -> None:
    many = np.full(10_000, 1.0)
    assert bounds.sum_bound(many, U32) < 0.1 * bounds.gamma(10_000, U32) * many.sum()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 300))
def test_float32_dot_products_stay_within_the_bound(seed: int, terms: int) -> None:
    generator = np.random.default_rng(seed)
    w, x = generator.normal(size=terms), generator.normal(size=terms) * 100
    exact = math.fsum(float(a) * float(b) for a, b in zip(w, x, strict=True))
    total = np.float32(0)
    for a, b in zip(w.astype(np.float32), x.astype(np.float32), strict=True):
        total = np.float32(total + np.float32(a * b))
    assert abs(float(total) - exact) <= bounds.dot_bound(np.array(np.abs(w * x).sum()), terms, U32)


@given(st.floats(-40, 40), st.floats(0, 1e-3))
def test_logistic_bound_holds(margin: float, error: float) -> None:
    def p(m: float) -> float:
        return 1 / (1 + math.exp(-m))

    bound = bounds.logistic_bound(np.array([p(margin)]), np.array([error]), U32)[0]
    assert abs(p(margin + error) - p(margin)) <= bound + 1e-15


def test_onnx_runtime_s_zero_below_minus_17_is_within_the_floor() -> None:
    p = 1 / (1 + math.exp(17.3))
    assert p <= bounds.logistic_bound(np.array([p]), np.array([1e-9]), U32)[0]


@given(st.lists(st.floats(-20, 20), min_size=2, max_size=6), st.floats(0, 1e-4))
def test_softmax_bound_holds(margins: list[float], error: float) -> None:
    def softmax(m: np.ndarray) -> np.ndarray:
        e = np.exp(m - m.max())
        return np.asarray(e / e.sum())

    x = np.array(margins)
    p = softmax(x)
    signs = np.where(np.arange(len(x)) % 2, 1, -1)
    moved = softmax(x + signs * error)
    assert (np.abs(moved - p) <= bounds.softmax_bound(p[None], np.full((1, len(x)), error), U32)[0] + 1e-15).all()


@given(st.lists(st.floats(-20, 20), min_size=2, max_size=6), st.floats(0, 1e-3), st.floats(-1, 1))
def test_log_softmax_bound_holds_where_the_logarithm_is_off_for_all_classes(
    margins: list[float], error: float, share: float
) -> None:
    """What the log of the sum is off by moves all probabilities alike: their sum is no longer 1, as softmax keeps it."""
    x = np.array(margins)
    top = x.max()
    logarithm = top + np.log(np.exp(x - top).sum())
    p = np.exp(x - logarithm)
    signs = np.where(np.arange(len(x)) % 2, 1, -1)
    wrong = np.exp(x + signs * error - (logarithm + share * error))
    off = np.full((1, len(x)), error)
    bound = bounds.log_softmax_bound(p[None], 2 * off if share else off, U32)[0]
    assert (np.abs(wrong - p) <= bound + 1e-15).all()


def test_log_softmax_bound_counts_a_class_that_is_nearly_certain() -> None:
    certain = np.array([[1.0 - 1e-12, 1e-12]])
    off = np.full((1, 2), 1e-4)
    assert bounds.softmax_bound(certain, off, U32)[0, 0] < 1e-6
    assert 1e-4 < bounds.log_softmax_bound(certain, off, U32)[0, 0] < 3e-4

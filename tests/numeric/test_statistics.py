import pytest

from parity.numeric.statistics import upper_bound


@pytest.mark.parametrize(
    ("failures", "trials", "expected"),
    [
        (0, 100_000, 2.9957e-5),
        (0, 1, 0.95),
        (1, 10, 0.394163),
        (5, 100, 0.102253),
        (300, 1000, 0.324762),
        (10, 1_000_000, 1.69621e-5),
    ],
)
def test_clopper_pearson_as_published(failures: int, trials: int, expected: float) -> None:
    """Values of the beta quantile beta.ppf(0.95, k + 1, n - k)."""
    assert upper_bound(failures, trials) == pytest.approx(expected, rel=1e-3)


def test_nothing_drawn_bounds_nothing() -> None:
    assert upper_bound(0, 0) == 1.0 and upper_bound(7, 7) == 1.0

"""The plan of the `random` phase, drawn by Hypothesis: which generators, in which order and shares. NumPy fills it.

Only coin flips are drawn: integers and floats would mix in constants that Hypothesis collects from the modules that
happen to be loaded, and the rows would depend on them. No shrink phase and no database: a plan is drawn, not searched for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from parity.values.plan import Mixture

GENERATORS = ("sample-rows", "marginals", "uniform")
PIECES = 12
# Bits of one piece: two for its generator, two for its size, two for its share of missing values.
BITS = 6
# Marginals twice: combinations that no row of the sample has are where converters differ most (facts/numerics.md B2).
_CHOICE = ("sample-rows", "marginals", "uniform", "marginals")
_MISSING = (0.0, 0.0, 0.05, 0.25)
# Hypothesis begins with the simplest example; the last of a few is an ordinary one.
_EXAMPLES = 10


@lru_cache(maxsize=64)
def draw_bits(seed: int) -> tuple[bool, ...]:
    """Coin flips for a whole plan, the same for one seed in every process.

    Drawn in a thread of its own, where no other test runs: a user's `@given` test may ask for rows too, and Hypothesis refuses
    a test inside a test.
    """
    with ThreadPoolExecutor(1) as elsewhere:
        return elsewhere.submit(_drawn, seed).result()


def _drawn(seed: int) -> tuple[bool, ...]:
    from hypothesis import HealthCheck, Phase, Verbosity, given, settings
    from hypothesis import seed as seeded
    from hypothesis import strategies as st

    drawn: list[tuple[bool, ...]] = []

    @seeded(seed)
    @settings(
        max_examples=_EXAMPLES,
        database=None,
        derandomize=False,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(st.tuples(*[st.booleans()] * (PIECES * BITS)))
    def collect(bits: tuple[bool, ...]) -> None:
        drawn.append(bits)

    collect()
    return drawn[-1]


def mixtures(seed: int, rows: int, chunk_rows: int, generators: Sequence[str]) -> Iterator[Mixture]:
    """Pieces whose rows add up to `rows`, none above `chunk_rows`; the drawn pattern is repeated as often as it takes.

    Each of `generators` has its turn among the first pieces; a piece of one that is not among them goes to the last.
    """
    pattern = _pattern(draw_bits(seed), generators)
    unit = max(1, min(rows // sum(size for _, size, _ in pattern), chunk_rows // 4))
    left, stream = rows, 0
    while left > 0:
        generator, size, share = pattern[stream % PIECES]
        take = min(left, size * unit, chunk_rows)
        yield Mixture(generator, take, share, stream)
        left, stream = left - take, stream + 1


def _pattern(bits: Sequence[bool], generators: Sequence[str]) -> list[tuple[str, int, float]]:
    """(generator, size 1 to 4, share of missing values) for each piece."""
    found = []
    for piece in range(PIECES):
        choice, size, share = (_number(bits[piece * BITS + 2 * i :][:2]) for i in range(3))
        generator = generators[piece] if piece < len(generators) else _CHOICE[choice]
        found.append((generator if generator in generators else generators[-1], size + 1, _MISSING[share]))
    return found


def _number(bits: Sequence[bool]) -> int:
    return 2 * bits[0] + bits[1]

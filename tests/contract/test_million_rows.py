"""A million rows in one call: all are scored, the worker lives, and its memory stays within some copies of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from parity.runtimes import find
from parity.runtimes.session import Session
from tests.contract.artifacts import Made
from tests.contract.conftest import open_bound
from tests.contract.test_scoring import named, scores_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read in /proc"),
]

ROWS = 1_000_000
TIMES = 25_000
"""The contract's 40 rows, so often, are a million."""
CALLS = 4
COPIES = 12
"""The block holds rows and scores once; an engine's own arrays, as doubles twice as wide, live twice until they are collected,
and the heap may have grown to twice of that when it is."""


def peak_bytes(session: Session) -> int:
    """The most that the worker's process ever held."""
    pid: int = session._link._channel.pid  # type: ignore[attr-defined]
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("VmHWM:")).split()[1])


def pid_of(session: Session) -> int:
    return int(session._link._channel.pid)  # type: ignore[attr-defined]


@pytest.mark.parametrize("runtime", ["pmml4s", "lightgbm4j", "catboost"])
def test_a_million_rows_are_scored_in_bounded_memory(runtime: str, made: tuple[Made, ...], tmp_path: Path) -> None:
    one = next(one for one in made if find()[runtime].recognises(one.path))
    session = open_bound(runtime, one, tmp_path / ".parity")
    try:
        first = scores_of(session.score(one.rows))
        worker, small = pid_of(session), peak_bytes(session)
        many = pa.Table.from_batches([one.rows] * TIMES).combine_chunks().to_batches()[0]
        assert many.num_rows == ROWS
        scores = scores_of(session.score(many))
        assert (scores.rows, scores.refused) == (ROWS, {})
        expected = np.tile(named(first, one.output).values, (TIMES, 1))
        np.testing.assert_array_equal(named(scores, one.output).values, expected)
        for _ in range(CALLS - 1):
            scores_of(session.score(many))
        assert pid_of(session) == worker, "the worker was lost on the way"
        held = peak_bytes(session) - small
        crossed = many.nbytes + sum(output.values.nbytes for output in scores.outputs)
        assert held <= COPIES * crossed, f"{held:,} bytes for {crossed:,} bytes of rows and scores"
    finally:
        session.close()

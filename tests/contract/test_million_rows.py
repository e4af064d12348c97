"""A million rows in one call: all are scored, the worker lives, and its memory stays within some copies of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from parity.runtimes import find, open_session
from parity.runtimes.inputs import match_inputs
from parity.runtimes.session import Session
from parity.values.case import Artifact
from tests.contract.artifacts import Made
from tests.contract.test_scoring import named, scores_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read in /proc"),
]

ROWS = 1_000_000
CALLS = 2
SECONDS = 900.0  # of one call, on a machine that others use: the slowest, Spark, takes 50 s of its own
OTHER_SIZES = 2e-6  # as the contract compares: networks add up in another order in a batch of another size
COPIES = 12
"""The block holds rows and scores once; an engine's own arrays, as doubles twice as wide, live twice until they are collected,
and the heap may have grown to twice of that when it is."""

OBJECTS = 1024
"""Bytes a row of engines that take each row as an object of objects (MLeap: a list of boxed numbers in, one out)."""

UNBOUNDED = {
    "spark": "a block of rows is one job: 1,602 MiB after one call of a million rows and 3,634 after the second; in a heap of "
    "1 GiB the worker is lost in the second call. Whether that is garbage or held by Spark's records of past jobs is not known"
}
"""Known not to keep the bound, as measured; the scores are right."""


def peak_bytes(session: Session) -> int:
    """The most that the worker's process ever held."""
    pid: int = session._link._channel.pid  # type: ignore[attr-defined]
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("VmHWM:")).split()[1])


def pid_of(session: Session) -> int:
    return int(session._link._channel.pid)  # type: ignore[attr-defined]


def test_a_million_rows_are_scored_in_bounded_memory(
    runtime: str,
    artifacts: tuple[Made, ...],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
    request: pytest.FixtureRequest,
) -> None:
    if reason := UNBOUNDED.get(runtime, ""):
        request.applymarker(pytest.mark.xfail(reason=reason, strict=False))  # the heap's own limit differs between machines
    one = artifacts[0]
    session = open_session(find()[runtime], Artifact(one.path, options=one.options), folder=tmp_path / ".parity", timeout=SECONDS)
    try:
        session.bind(match_inputs(one.columns, session.signature, {}))
        first = scores_of(session.score(one.rows))
        worker, small = pid_of(session), peak_bytes(session)
        times = ROWS // one.rows.num_rows
        many = pa.Table.from_batches([one.rows] * times).combine_chunks().to_batches()[0]
        started = time.monotonic()
        scores = scores_of(session.score(many))
        record_property("seconds", time.monotonic() - started)
        assert (scores.rows, scores.refused) == (times * one.rows.num_rows, {})
        expected = np.tile(named(first, one.output).values, (times, 1))
        np.testing.assert_allclose(named(scores, one.output).values, expected, rtol=0, atol=OTHER_SIZES)
        for _ in range(CALLS - 1):
            scores_of(session.score(many))
        assert pid_of(session) == worker, "the worker was lost on the way"
        held = peak_bytes(session) - small
        record_property("mebibytes", held / 2**20)
        crossed = many.nbytes + sum(output.values.nbytes for output in scores.outputs)
        allowed = max(COPIES * crossed, OBJECTS * scores.rows)
        assert held <= allowed, f"{held:,} bytes for {crossed:,} bytes of rows and scores"
    finally:
        session.close()

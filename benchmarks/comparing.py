"""Comparing 1,000,000 rows of 3 outputs that are equal within tolerance, against NumPy's own isclose on the same arrays.

`python -m benchmarks.comparing RESULT.json`: CPU seconds of one process, side by side, in turn; the ratio is the median's.
Compared are drift, bound and kind of every row: all that parity does once both sides have answered and the bound is known.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from parity.compare.drift import answered, drift_of
from parity.compare.kinds import classify
from parity.compare.matching import Pair
from parity.values.outcome import Output, Scores
from parity.values.signature import OutputKind, OutputSpec

ROWS, OUTPUTS, TURNS, WANTED = 1_000_000, 3, 7, 2.5
TOLERANCE = 1e-5


def sides(apart: bool, narrow: str, rows: int = ROWS) -> tuple[Scores, Scores]:
    """Doubles and the same in the runtime's type with the last bits moved: one output of three columns, or three of one."""
    rng = np.random.default_rng(0)
    ours = rng.random((rows, OUTPUTS))
    theirs = (ours + rng.uniform(-1e-7, 1e-7, ours.shape)).astype(narrow)
    return _scores(ours, "float64", apart), _scores(theirs, narrow, apart)


def _scores(values: Any, type_: str, apart: bool) -> Scores:
    parts = [np.ascontiguousarray(values[:, [i]]) for i in range(OUTPUTS)] if apart else [values]
    outputs = (Output(OutputSpec(f"o{i}", type_, OutputKind.VALUE, p.shape[1]), p) for i, p in enumerate(parts))
    return Scores(len(values), tuple(outputs))


def compared(reference: Scores, runtime: Scores) -> int:
    """Rows beyond tolerance."""
    rows = answered(reference, runtime)
    pairs = [Pair(a.spec, b.spec) for a, b in zip(reference.outputs, runtime.outputs, strict=True)]
    drifts = [drift_of(pair, reference, runtime) for pair in pairs]
    bounds = {pair.name: np.full(reference.rows, TOLERANCE) for pair in pairs}
    kinds = classify(drifts, bounds, np.zeros(reference.rows, bool), reference, runtime, rows)
    return int((kinds.kind != None).sum())  # noqa: E711  elementwise on an object array


def by_numpy(reference: Scores, runtime: Scores) -> int:
    """The same by isclose."""
    close = [
        np.isclose(b.values, a.values, rtol=0, atol=TOLERANCE).all(axis=1)
        for a, b in zip(reference.outputs, runtime.outputs, strict=True)
    ]
    return int((~np.all(close, axis=0)).sum())


def _cpu(call: Callable[[Scores, Scores], int], pair: tuple[Scores, Scores]) -> float:
    started = time.process_time()
    if call(*pair) != 0:
        raise AssertionError("rows that are equal within tolerance were called different")
    return time.process_time() - started


def ratios(turns: int = TURNS, rows: int = ROWS) -> dict[str, list[float]]:
    """parity's CPU time over NumPy's, turn by turn, for each layout and type of the runtime's side."""
    found = {}
    for apart in (False, True):
        for narrow in ("float32", "float64"):
            pair = sides(apart, narrow, rows)
            for call in (compared, by_numpy):
                _cpu(call, pair)
            name = f"{'3 outputs' if apart else '1 output of 3 columns'}, {narrow}"
            found[name] = [_cpu(compared, pair) / _cpu(by_numpy, pair) for _ in range(turns)]
    return found


def main(path: Path) -> None:
    """Print the ratios and write them."""
    found = ratios()
    for name, turns in found.items():
        print(f"{name}: {statistics.median(turns):.2f} times isclose ({min(turns):.2f} to {max(turns):.2f}, {TURNS} turns)")
    path.write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

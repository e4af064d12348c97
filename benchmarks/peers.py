"""JPMML through the worker against `jpmml_evaluator` and `pypmml`: the same frame of 20,000 rows, CPU of all processes.

Each contestant runs alone in a process of its own, because call sites of one JVM that serve two of them slow both down. Rounds
are shuffled; after the warm-up some calls are measured together. The JVM's own defaults on all. Each starts from what it takes:
the peers from a pandas frame, the worker from an Arrow batch, which is what the pipeline makes. What ours costs from the same
frame, the conversion included, is given beside it.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import models
from benchmarks.clocks import interval, tree_cpu
from benchmarks.result import Figure, Result, method_of, publish

ROWS = 20_000
FORKS = 5
CALLS = 9
WARM_CALLS = 25  # half a million rows: with fewer, the compiler is still at work in the measured calls
OURS, OURS_FRAME = "parity worker", "parity worker, from the frame"
EVALUATOR, PYPMML = "jpmml_evaluator.evaluateAll", "pypmml"
WANTED = {EVALUATOR: 3.0, PYPMML: 7.0}
_AGREE = 1e-9  # pypmml hands numbers over as JSON with ten decimals

Score = Callable[[], Any]


def measure() -> Result:
    models.artifact("lr")
    seen: dict[str, list[float]] = {name: [] for name in (OURS, OURS_FRAME, *WANTED)}
    for fork in range(FORKS):
        order = list(seen)
        random.Random(fork).shuffle(order)
        for name in order:
            seen[name].append(_in_a_process_of_its_own(name))
    figures = [_cost(name, seconds) for name, seconds in seen.items()] + [
        _times(name, seen, least) for name, least in WANTED.items()
    ]
    return Result("peers", tuple(figures), method_of(__doc__), raw={"cpu_us_per_row": seen})


def _in_a_process_of_its_own(name: str) -> float:
    """CPU microseconds a row."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.peers", "--one", name], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{name} failed: {done.stderr[-800:]}")
    return float(json.loads(done.stdout.splitlines()[-1]))


def _cost(name: str, seconds: list[float]) -> Figure:
    return Figure(name, median(seconds), "us of CPU a row", min(seconds), max(seconds), "range", repetitions=f"{FORKS} processes")


def _times(name: str, seen: dict[str, list[float]], least: float) -> Figure:
    ratios = [theirs / ours for theirs, ours in zip(seen[name], seen[OURS], strict=True)]
    low, high = interval(ratios)
    return Figure(
        f"times the CPU of ours: {name}",
        median(ratios),
        "",
        low,
        high,
        "95 % interval",
        at_least=least,
        repetitions=f"{FORKS} pairs",
    )


def _one(name: str) -> float:
    with contextlib.ExitStack() as stack:
        score = stack.enter_context(_CONTESTANTS[name]())
        _check(name, score())
        for _ in range(WARM_CALLS):
            score()
        started = tree_cpu()
        for _ in range(CALLS):
            score()
        return (tree_cpu() - started) / CALLS / ROWS * 1e6


def _check(name: str, probabilities: Any) -> None:
    import numpy as np

    expected = models.estimator("lr").predict_proba(models.rows(ROWS))[:, 1]
    worst = float(np.abs(np.asarray(probabilities, float) - expected).max())
    if not worst < _AGREE:
        raise AssertionError(f"{name} is off by {worst}: it does not do the same work")


def _frame() -> Any:
    import pandas as pd

    return pd.DataFrame(models.rows(ROWS), columns=models.NAMES)


@contextlib.contextmanager
def _ours(*, convert: bool) -> Iterator[Score]:
    import pyarrow as pa

    from benchmarks.sessions import jpmml

    frame, batch = _frame(), models.batch(ROWS)
    with jpmml("lr", timing=True) as session:

        def score() -> Any:
            given = pa.RecordBatch.from_pandas(frame, preserve_index=False, nthreads=1) if convert else batch
            scores = session.score(given)
            return next(o for o in scores.outputs if o.spec.name == "probability").values[:, 1]

        yield score


@contextlib.contextmanager
def _evaluator() -> Iterator[Score]:
    from jpmml_evaluator import make_evaluator

    frame = _frame()
    evaluator = make_evaluator(str(models.artifact("lr")), backend="jpype")
    yield lambda: evaluator.evaluateAll(frame, parallelism=1)[models.PROBABILITY].to_numpy()


@contextlib.contextmanager
def _pypmml() -> Iterator[Score]:
    """As it is installed: over py4j, with a JVM in a process of its own. Its way over jpype cost twice as much here."""
    from pypmml import Model
    from pypmml.base import PMMLContext

    frame = _frame()
    model = Model.fromFile(str(models.artifact("lr")))
    yield lambda: model.predict(frame)[models.PROBABILITY].to_numpy(float)
    PMMLContext.shutdown()


_CONTESTANTS: dict[str, Callable[[], contextlib.AbstractContextManager[Score]]] = {
    OURS: lambda: _ours(convert=False),
    OURS_FRAME: lambda: _ours(convert=True),
    EVALUATOR: _evaluator,
    PYPMML: _pypmml,
}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(_one(sys.argv[2])), flush=True)
        os._exit(0)  # shutdown hooks of two JVM bridges in one process are not what is measured
    os.chdir(Path(__file__).parent.parent)
    publish(measure)

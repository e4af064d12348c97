"""Rows judged per CPU second, against the test that one would write by hand: one row of 30 floats drawn by Hypothesis.

A row is judged when both sides scored it and the scores were compared. CPU of all processes; processes of each way by turns, some
CPU seconds to warm up, then blocks. By hand: jpmml_evaluator in the same process, database and shrinking off. Ours: one item,
phase random of the pipeline, with generation, derived tolerances and verdict. Start-up is left out of both ways' blocks, and
given apart.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from statistics import median
from typing import Any

from benchmarks import models
from benchmarks.clocks import interval, tree_cpu
from benchmarks.result import Figure, Result, method_of, publish

FORKS = 3
BLOCKS = 5
WARM_SECONDS = 4.0  # of CPU; of both, as the shared facts have it (B8)
NAIVE_ROWS = 200
JUDGED_ROWS = {"lr": 200_000, "rf": 20_000}
WANTED = {"lr": 150.0, "rf": 25.0}
LABELS = {"lr": "logistic regression", "rf": "forest of 100"}
_LIMIT = 1e-9


def measure() -> Result:
    figures: list[Figure] = []
    raw: dict[str, Any] = {}
    for model, label in LABELS.items():
        models.artifact(model)
        taken: dict[str, list[list[float]]] = {"naive": [], "parity": []}
        for fork in range(FORKS):
            for way in ("naive", "parity") if fork % 2 else ("parity", "naive"):
                taken[way].append(_in_a_process_of_its_own(way, model))
        figures += _figures(label, taken, WANTED[model])
        raw[model] = taken
    return Result("rate", tuple(figures), method_of(__doc__), raw=raw)


def _figures(label: str, taken: dict[str, list[list[float]]], least: float) -> list[Figure]:
    by_hand, ours = ([median(fork[1:]) for fork in taken[way]] for way in ("naive", "parity"))
    ratios = [
        a / b
        for mine, theirs in zip(taken["parity"], taken["naive"], strict=True)
        for a, b in zip(mine[1:], theirs[1:], strict=True)
    ]
    low, high = interval(ratios)
    times = f"{FORKS} processes of {BLOCKS} blocks"
    starts = [fork[0] for fork in taken["parity"]]
    return [
        Figure(
            f"{label}: times the rows per CPU second",
            median(ratios),
            "",
            low,
            high,
            "95 % interval",
            at_least=least,
            repetitions=times,
        ),
        Figure(f"{label}: ours", median(ours), "rows per CPU second", min(ours), max(ours), "range", repetitions=times),
        Figure(
            f"{label}: by hand", median(by_hand), "rows per CPU second", min(by_hand), max(by_hand), "range", repetitions=times
        ),
        Figure(
            f"{label}: ours, first item, all start-up included",
            median(starts),
            "rows per CPU second",
            min(starts),
            max(starts),
            "range",
        ),
    ]


def _in_a_process_of_its_own(way: str, model: str) -> list[float]:
    """Rows per CPU second: of the first block from a cold start, then of BLOCKS warm ones."""
    command = [sys.executable, "-m", "benchmarks.rate", "--one", way, model]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{way} failed on {model}: {done.stderr[-800:]}")
    rates: list[float] = json.loads(done.stdout.splitlines()[-1])
    return rates


def _blocks(block: Callable[[int], int]) -> list[float]:
    rates, began = [_rate(block, 0)], tree_cpu()
    number = 1
    while tree_cpu() - began < WARM_SECONDS:
        block(number)
        number += 1
    return rates + [_rate(block, number + i) for i in range(BLOCKS)]


def _rate(block: Callable[[int], int], number: int) -> float:
    started = tree_cpu()
    rows = block(number)
    return rows / (tree_cpu() - started)


def _parity(model: str) -> list[float]:
    from benchmarks.judging import judging

    with judging(model) as ask:

        def block(number: int) -> int:
            result = ask(JUDGED_ROWS[model], number)
            if result.verdict != "pass" or result.compared != JUDGED_ROWS[model]:
                raise AssertionError(f"{result.compared:,} rows compared, {result.verdict}: {result.reason}")
            return int(result.compared)

        return _blocks(block)


def _naive(model: str) -> list[float]:
    import numpy as np
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import strategies as st
    from jpmml_evaluator import make_evaluator

    evaluator = make_evaluator(str(models.artifact(model)), backend="jpype")
    python = models.estimator(model)
    judged = [0]

    def test(row: tuple[float, ...]) -> None:
        ours = python.predict_proba(np.array([row]))[0, 1]
        theirs = evaluator.evaluate(dict(zip(models.NAMES, row, strict=True)))[models.PROBABILITY]
        judged[0] += 1
        assert abs(ours - theirs) < _LIMIT

    options = settings(
        max_examples=NAIVE_ROWS, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    strategy = st.tuples(*[st.floats(-10, 10)] * models.WIDTH)

    def block(_: int) -> int:
        judged[0] = 0
        options(given(strategy)(test))()
        return judged[0]

    return _blocks(block)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps({"naive": _naive, "parity": _parity}[sys.argv[2]](sys.argv[3])), flush=True)
        os._exit(0)
    publish(measure)

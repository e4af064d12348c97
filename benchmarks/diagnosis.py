"""One finding diagnosed, in an ensemble of 100 trees: seconds of CPU, of this process.

LightGBM, 100 trees of 31 leaves, 12 columns. Three findings of 256 rows beside 512 agreeing ones, as many as a run keeps: float32
thresholds, which are confirmed; a fault that is in no catalogue, for which every hypothesis and every pair is tried; and a row
that gets its neighbour's answer. Both sides are the trees that were read, asked in this process and remembered as in a run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa

from benchmarks import grown
from benchmarks.grown import Floats
from benchmarks.probing import boundary_rows, subject_of
from benchmarks.result import Figure, Result, method_of, publish
from parity.diagnose import diagnose
from parity.diagnose.evidence import Evidence
from parity.diagnose.trees import simulate
from parity.judge.tally import KEPT_AGREEING, KEPT_DRIFTING

WANTED = 5.0
BOUND = 1e-9
TIMES = 3


def measure() -> Result:
    figures = tuple(_figure(name, runtime) for name, runtime in _faults().items())
    return Result("diagnosis", figures, method_of(__doc__))


Runtime = Callable[[Floats], Floats]


def _setting() -> tuple[object, Floats]:
    model, (sample, _) = grown.lightgbm(0), grown.table(0)
    subject = subject_of(model, sample)
    return subject.reference, np.concatenate(list(boundary_rows(subject, 20_000, 0)))


ANATOMY, ROWS = _setting()
TREES = ANATOMY.trees  # type: ignore[attr-defined]


def _answers(rows: Floats) -> Floats:
    return simulate(TREES, rows, 2)


def _faults() -> dict[str, Runtime]:
    single = replace(TREES, threshold=TREES.threshold.astype(np.float32).astype(np.float64), precision="float32")

    def stale(rows: Floats) -> Floats:
        places = np.arange(len(rows))
        places[9::10] -= 1
        return _answers(rows)[places]

    return {
        "float32 thresholds": lambda rows: simulate(single, rows, 2),
        "in no catalogue": lambda rows: _answers(rows) ** 2,
        "stale rows": stale,
    }


def _figure(name: str, runtime: Runtime) -> Figure:
    seconds, found = [], ""
    for _ in range(TIMES):
        evidence = _evidence(runtime)
        started = time.process_time()
        diagnosis = diagnose(evidence)
        seconds.append(time.process_time() - started)
        found = diagnosis.cause.name if diagnosis else "no cause"
    return Figure(
        f"{name}: CPU of one diagnosis", float(np.median(seconds)), "s", min(seconds), max(seconds), "range",
        at_most=WANTED, repetitions=f"{TIMES} times", note=found,
    )  # fmt: skip


def _evidence(runtime: Runtime) -> Evidence:
    drifts = ~(np.abs(_answers(ROWS) - runtime(ROWS)).max(axis=1) <= BOUND)
    return Evidence(
        drifting=_batch(ROWS[drifts][:KEPT_DRIFTING]),
        agreeing=_batch(ROWS[~drifts][:KEPT_AGREEING]),
        ask_reference=_remembering(_answers),
        ask_runtime=_remembering(runtime),
        bound=lambda scores, batch: np.full(len(scores), BOUND),
        reference=ANATOMY,  # type: ignore[arg-type]
        artifact=ANATOMY,  # type: ignore[arg-type]
        features=_features,
    )


def _remembering(answer: Runtime) -> Callable[[pa.RecordBatch], Floats]:
    """The last four batches, as the questions of a run are (parity/flow/questions.py)."""
    known: list[tuple[pa.RecordBatch, Floats]] = []

    def ask(batch: pa.RecordBatch) -> Floats:
        found = next((answers for one, answers in known if one is batch), None)
        if found is None:
            found = answer(_features(batch))
            known[:] = [*known[-3:], (batch, found)]
        return found

    return ask


def _features(batch: pa.RecordBatch) -> Floats:
    return np.column_stack([c.to_numpy(zero_copy_only=False) for c in batch.columns])


def _batch(rows: Floats) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array(c, pa.float64(), from_pandas=True) for c in rows.T], names=list(ANATOMY.columns))  # type: ignore[attr-defined]


if __name__ == "__main__":
    publish(measure)

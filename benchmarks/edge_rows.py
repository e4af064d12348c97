"""CPU and memory for the edge rows of a model of 100,000 splits in 100 columns.

XGBoost, 450 trees of depth 8 on noise, read before the clock starts. Rows for both sides of every cut are made chunk by chunk and
thrown away. CPU seconds of the process; memory is the high-water mark of a process that does only this, above what it was when
the model had been read. The `ci` profile makes 100,000 rows of them.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.models import WORK
from benchmarks.result import Figure, Result, method_of, publish

WIDTH, TREES, DEPTH, TRAINING = 100, 450, 8, 20_000
PROCESSES = 5
CPU_WANTED, MEMORY_WANTED = 2.0, 200.0
NAMES = [f"x{i}" for i in range(WIDTH)]


def measure() -> Result:
    _model()
    every = [_process("both-sides") for _ in range(PROCESSES)]
    profile = [_process("ci") for _ in range(PROCESSES)]
    first = every[0]
    told = f"{first['splits']:,} splits, {first['cuts']:,} cuts, {first['rows']:,} rows"
    figures = (
        _figure("both sides of every cut: CPU", every, "cpu", "s", CPU_WANTED, told),
        _figure("both sides of every cut: memory above the start", every, "mib", "MiB", MEMORY_WANTED, told),
        _figure("rows of the ci profile: CPU", profile, "cpu", "s", None, f"{profile[0]['rows']:,} rows"),
        _figure("rows of the ci profile: memory above the start", profile, "mib", "MiB", None, f"{profile[0]['rows']:,} rows"),
    )
    return Result("edge_rows", figures, method_of(__doc__))


def _figure(what: str, runs: list[dict[str, Any]], key: str, unit: str, most: float | None, note: str) -> Figure:
    values = [run[key] for run in runs]
    low, high = min(values), max(values)
    return Figure(what, median(values), unit, low, high, "range", None, most, f"{len(runs)} processes", note)


def _process(rows: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-m", "benchmarks.edge_rows", "--one", rows], stdout=subprocess.PIPE, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


@cache
def _model() -> Path:
    """A booster grown on noise, so that no branch ends early."""
    import xgboost

    file = WORK / f"wide-{xgboost.__version__}-{TREES}.ubj"
    if not file.exists():
        rng = np.random.default_rng(0)
        rows, target = rng.normal(size=(TRAINING, WIDTH)), rng.random(TRAINING) < 0.5
        WORK.mkdir(parents=True, exist_ok=True)
        grown = xgboost.XGBClassifier(
            n_estimators=TREES, max_depth=DEPTH, min_child_weight=0, reg_lambda=0, learning_rate=0.01, n_jobs=2
        )
        grown.fit(rows, target).save_model(file)
    return file


def _one(rows: str) -> dict[str, Any]:
    from xgboost import Booster

    from parity.anatomy import read_model
    from parity.generate import Coverage, Subject, chunks, schema_of
    from parity.values.case import Case
    from parity.values.plan import Budget, Phase

    sample_rows = np.random.default_rng(1).normal(size=(2_000, WIDTH))
    sample = pa.RecordBatch.from_arrays([pa.array(c) for c in sample_rows.T], names=NAMES)
    reference = read_model(Booster(model_file=_model()), NAMES)
    trees = reference.trees
    assert trees is not None, reference.unread
    schema = schema_of(Case("wide", None, (), Path()), NAMES, sample, reference)
    subject = Subject("wide", schema, sample, reference, read_model(None, NAMES), lambda batch: batch)
    before, started = _high_water_mib(), time.process_time()
    budget, made = Budget() if rows == "ci" else Budget(boundary_rows=10**9), 0
    distinct = _cuts(trees)
    for chunk in chunks(Phase.BOUNDARY, subject, 0, budget):
        made += chunk.batch.num_rows
        if rows != "ci" and made >= 2 * distinct:
            break
    cpu, mib = time.process_time() - started, _high_water_mib() - before
    assert (Coverage(Phase.BOUNDARY, subject).cuts or 0) <= distinct
    return {"cpu": cpu, "mib": mib, "rows": made, "splits": int((trees.left >= 0).sum()), "cuts": distinct}


def _cuts(trees: Any) -> int:
    inner = trees.left >= 0
    return len(np.unique(np.stack([trees.feature[inner], trees.threshold[inner]]), axis=1).T)


def _high_water_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(_one(sys.argv[2])), flush=True)
        sys.exit(0)
    publish(measure)

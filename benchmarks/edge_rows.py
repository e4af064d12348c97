"""CPU and memory for the edge rows of a model of 100,000 splits in 100 columns.

XGBoost, 560 trees of depth 8 on noise, read before the clock starts. Rows are made chunk by chunk and thrown away: those of the
`ci` profile, about one a split, and both sides of every distinct cut (histograms share thresholds). CPU seconds of the process;
memory is the high-water mark of a process that does only this, above what it was when the model had been read.
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

WIDTH, TREES, DEPTH, TRAINING = 100, 560, 8, 20_000
PROCESSES = 5
CPU_WANTED, MEMORY_WANTED = 2.0, 200.0
NAMES = [f"x{i}" for i in range(WIDTH)]


def measure() -> Result:
    _model()
    figures = []
    for what, rows in (("rows of the ci profile", "ci"), ("both sides of every cut", "both-sides")):
        runs = [_process(rows) for _ in range(PROCESSES)]
        told = f"{runs[0]['splits']:,} splits, {runs[0]['cuts']:,} distinct cuts, {runs[0]['rows']:,} rows"
        figures.append(_figure(f"{what}: CPU", runs, "cpu", "s", CPU_WANTED, told))
        figures.append(_figure(f"{what}: memory above the start", runs, "mib", "MiB", MEMORY_WANTED, told))
    return Result("edge_rows", tuple(figures), method_of(__doc__))


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
    distinct = _cuts(trees)
    budget, made = Budget() if rows == "ci" else Budget(boundary_rows=2 * distinct), 0
    before, started = _high_water_mib(), time.process_time()
    for chunk in chunks(Phase.BOUNDARY, subject, 0, budget):
        made += chunk.batch.num_rows
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

"""Violations of the default bound by correct float32 computations, and how tight the bounds are.

Models of the clean list, read and judged as parity does by default; in place of a runtime a NumPy float32 evaluator of ours
(`single.py`), which rounds inputs, constants and every operation and adds in plain order. Half the rows are drawn from the
columns of the sample, half evenly from their ranges. A violation is a row whose difference from the library's own float64
answer is beyond the bound. Tightness is bound / difference, over rows that differ by an eighth of a float32 rounding or more.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.clean_kind import VISIBLE
from benchmarks.clean_models import MODELS, Clean
from benchmarks.result import Figure, Result, method_of, publish
from benchmarks.single import scores
from parity.anatomy import read_model
from parity.compare.allowance import Tolerance
from parity.compare.tolerance import Side, row_bounds, spread, tolerance_of
from parity.references import load
from parity.references.reference import Reference
from parity.values.anatomy import Anatomy
from parity.values.case import Case
from parity.values.outcome import Scores
from parity.values.policy import Gate
from parity.values.signature import OutputKind, OutputSpec

ROWS = {
    **dict.fromkeys(("linear", "ridge", "poisson", "tweedie"), 1_000_000),
    **dict.fromkeys(("logistic-binary", "logistic-multi", "linear-svc", "pca", "polynomial", "power"), 520_000),
    **dict.fromkeys(("gaussian-nb", "mlp-classifier", "mlp-multi", "mlp-regressor"), 520_000),
    **dict.fromkeys(("boosting", "boosting-regressor", "forest", "forest-regressor", "extra-trees"), 100_000),
    **dict.fromkeys(("svc-rbf", "svc-poly", "svc-linear", "svr-sigmoid", "svr-rbf", "gaussian-process"), 50_000),
    **dict.fromkeys(("multinomial-nb", "bernoulli-nb", "boosting-multi", "isolation-forest"), 50_000),
}
"""Rows by model, 10,200,000 together: fewer where a row costs more."""
CHUNK = 25_000


@dataclass
class Held:
    """What one model came to."""

    name: str
    rows: int = 0
    beyond: int = 0
    derived: bool = True
    median: float = float("nan")
    least: float = float("inf")


def hold(clean: Clean, rows: int) -> Held:
    """All rows of one model, in chunks."""
    model, sample = clean.build()
    reference = load(Case(clean.name, model, (), Path(), data=sample, source="bounds"), None)
    names, generator = tuple(sample.columns), np.random.default_rng(17)
    data, result, ratios = sample.to_numpy(np.float64), Held(clean.name), []
    tolerance: Tolerance | None = None
    while result.rows < rows:
        batch = _batch(drawn(data, min(CHUNK, rows - result.rows), generator), names)
        spec, exact = answer(reference, batch)
        if tolerance is None:
            tolerance = tolerance_for(reference, read_model(model, names), spec, spread(exact[:512]))
            result.derived = tolerance.derived
        drift = np.abs(scores(model, batch.to_pandas().to_numpy()).astype(np.float64)[:, -exact.shape[1] :] - exact).max(axis=1)
        bound = row_bounds(tolerance, exact, batch, drift)
        visible = drift >= VISIBLE["float32"] * np.abs(exact).max(axis=1)
        ratios.append(bound[visible] / np.maximum(drift[visible], np.finfo(float).tiny))
        result.rows += len(drift)
        result.beyond += int((~(drift <= bound)).sum())
    together = np.concatenate(ratios)
    result.median, result.least = float(np.median(together)), float(together.min())
    return result


def drawn(data: Any, rows: int, generator: np.random.Generator) -> Any:
    """Half from each column's own values, half evenly from its range."""
    low, high = data.min(axis=0), data.max(axis=0)
    own = np.column_stack([column[generator.integers(0, len(data), rows)] for column in data.T])
    return np.where(generator.random((rows, 1)) < 0.5, own, generator.uniform(low, high, own.shape))


def _batch(rows: Any, names: tuple[str, ...]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array(np.ascontiguousarray(column)) for column in rows.T], names=list(names))


def answer(reference: Reference, batch: pa.RecordBatch) -> tuple[OutputSpec, Any]:
    """The library's probability, else its margin of two classes or its value: (rows, columns) in float64."""
    outcome = reference.score(batch)
    assert isinstance(outcome, Scores), outcome
    numeric = [o for o in outcome.outputs if o.spec.kind != OutputKind.LABEL]
    kinds = (OutputKind.PROBABILITY, OutputKind.VALUE, OutputKind.MARGIN)
    chosen = next(o for kind in kinds for o in numeric if o.spec.kind == kind)
    return chosen.spec, chosen.values.astype(np.float64)


def tolerance_for(reference: Reference, anatomy: Anatomy, spec: OutputSpec, scale: float) -> Tolerance:
    """The default one, for a runtime that takes and gives float32."""
    kind = spec.kind or OutputKind.VALUE
    theirs = Side(Anatomy(anatomy.columns), OutputSpec(spec.name, "float32", kind))
    return tolerance_of(kind, Side(anatomy, spec), theirs, reference.prepare, Gate(), "float32", scale)


def figures(results: list[Held]) -> tuple[Figure, ...]:
    rows, beyond = sum(r.rows for r in results), sum(r.beyond for r in results)
    floors = [r.name for r in results if not r.derived]
    return (
        Figure("rows beyond the default bound", beyond, f"of {rows:,}", at_most=0, note=f"{len(results)} models"),
        Figure("rows", rows, at_least=10_000_000),
        Figure("models whose bound is not derived", len(floors), at_most=0, note=", ".join(floors)),
        Figure("bound / difference, median of the models' medians", float(np.median([r.median for r in results]))),
        *(
            Figure(
                f"{r.name}: bound / difference, median", r.median, note=f"least {r.least:.3g}; {r.beyond:,} of {r.rows:,} beyond"
            )
            for r in results
        ),
    )


def measure() -> Result:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", nargs="?")
    parser.add_argument("--share", type=float, default=1.0, help="of the rows")
    given = parser.parse_args()
    results = []
    for clean in (m for m in MODELS if m.name in ROWS):
        results.append(hold(clean, int(ROWS[clean.name] * given.share)))
        print(results[-1], flush=True)
    return Result("bounds", figures(results), method_of(__doc__))


if __name__ == "__main__":
    publish(measure)

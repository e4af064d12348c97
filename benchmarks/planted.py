"""Thresholds rounded to float32, planted in a model: is the fault found within 5,000 rows of phase boundary?

LightGBM, 100 trees of 31 leaves; 100 seeds for the table, the model, the rows and the choice of what is planted. Found: some row
of the first 5,000 ends in another leaf, as the library itself says of the original and of the changed model, both
given the rows in doubles. Once all thresholds are rounded, once those of a single cut, drawn among the cuts that rounding moves.
Beside it the same number of rows drawn from the sample's marginals.
"""

from __future__ import annotations

import numpy as np

from benchmarks import grown
from benchmarks.grown import Floats, Grown
from benchmarks.probing import boundary_rows, subject_of
from benchmarks.result import Figure, Result, method_of, publish

ROWS = 5_000
SEEDS = range(100)
WANTED = 99


def measure() -> Result:
    found = np.array([_seed(seed) for seed in SEEDS])
    everywhere, one, drawn = found.sum(axis=0)
    figures = (
        Figure("all thresholds rounded: found", int(everywhere), f"of {len(SEEDS)} seeds", at_least=WANTED),
        Figure("one cut rounded: found", int(one), f"of {len(SEEDS)} seeds", at_least=WANTED),
        Figure("all thresholds rounded: found by as many rows of the marginals", int(drawn), f"of {len(SEEDS)} seeds"),
    )
    return Result("planted", figures, method_of(__doc__))


def _seed(seed: int) -> tuple[bool, bool, bool]:
    model, (sample, _) = grown.lightgbm(seed), grown.table(seed)
    rows = np.concatenate(list(boundary_rows(subject_of(model, sample), ROWS, seed)))
    rng = np.random.default_rng(seed)
    marginals = np.column_stack([c[rng.integers(0, len(sample), len(rows))] for c in sample.T])
    everywhere = grown.rounded(model)
    moved = _moved(model)
    one = grown.rounded(model, moved[int(rng.integers(0, len(moved)))])
    return _parts(model, everywhere, rows), _parts(model, one, rows), _parts(model, everywhere, marginals)


def _parts(model: Grown, twin: Grown, rows: Floats) -> bool:
    return bool((model.leaves(rows) != twin.leaves(rows)).any())


def _moved(model: Grown) -> list[float]:
    """Thresholds that are no float32, where the column has a value in between: of whole ones only where float32 skips some."""
    found = set[float]()
    for tree in model.trees:
        inner = tree.left >= 0
        threshold, near = tree.threshold[inner], tree.threshold[inner].astype(np.float32).astype(np.float64)
        whole = np.isin(np.array(grown.NAMES)[tree.feature[inner]], list(grown.WHOLE))
        apart = np.where(whole, np.floor(threshold) != np.floor(near), threshold != near)
        found |= set(threshold[apart].tolist())
    return sorted(found)


if __name__ == "__main__":
    publish(measure)

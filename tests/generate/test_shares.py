"""The rows of phase boundary are shared: never more than the budget, no part starved, and what was cut is told."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from parity.generate import Coverage, Search, chunks
from parity.generate.shares import CATEGORIES, CUTS, MISSING, PORTION, REGIONS, shared, told
from parity.values.plan import Budget, Phase
from tests.generate.subjects import binned, forest, frame, mixed_model, subject_of


def linear(model):
    data, target = frame()
    return model.fit(data[["ratio", "age"]], target), data[["ratio", "age"]]


@pytest.mark.parametrize("total", [0, 1, 7, 1_000, 10**6])
def test_no_part_is_starved_and_all_together_keep_within_the_total(total):
    rng = np.random.default_rng(total)
    for _ in range(200):
        wanted = {part: int(rng.integers(0, 2_000)) for part in (CUTS, *PORTION)}
        found = shared(total, wanted)
        assert sum(found.values()) == min(total, sum(wanted.values()))
        assert all(min(wanted[p], int(total * PORTION[p])) <= found[p] <= wanted[p] for p in PORTION)
        assert 0 <= found[CUTS] <= wanted[CUTS]
        assert found[CUTS] >= min(wanted[CUTS], total // 2)


def test_what_was_cut_is_told_in_rows():
    needed = {CUTS: 24_000, MISSING: 6_000, CATEGORIES: 0, REGIONS: 800}
    text = told(12_000, shared(12_000, needed), needed)
    assert text == (
        "boundary: 12,000 of 30,800 rows within a budget of 12,000 (--parity-rows): "
        "edges of cuts 8,800 of 24,000, missing values at splits 2,400 of 6,000"
    )
    assert told(30_800, shared(30_800, needed), needed) == ""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("rows", [1, 10, 500, 3_000])
@pytest.mark.parametrize(
    "made", [forest, mixed_model, binned, lambda: linear(LogisticRegression()), lambda: linear(MLPClassifier((4,), max_iter=9))],
    ids=["forest", "mixed", "binned", "logistic", "network"],
)  # fmt: skip
def test_the_whole_phase_keeps_within_its_rows(made, rows):
    """The search for the worst drift included, which takes the place of cuts where there are none."""
    subject, budget, made_rows = subject_of(*made()), Budget(boundary_rows=rows, search_rows=min(rows, 20_000)), []
    for chunk in chunks(Phase.BOUNDARY, subject, 3, budget):
        made_rows.append(chunk.batch.num_rows)
    if Coverage(Phase.BOUNDARY, subject).cuts == 0:
        search = Search(subject, 3, budget)
        for chunk in search.chunks():
            search.tell(np.zeros(chunk.batch.num_rows), np.zeros(chunk.batch.num_rows))
            made_rows.append(chunk.batch.num_rows)
    assert 0 < sum(made_rows) <= rows

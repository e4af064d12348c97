"""Several differences of the trees at once, the few rows that are tried first, and the budget of a search."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from parity.diagnose import MOST_TOGETHER, Budget, diagnose
from parity.diagnose.evidence import SCREENED, Evidence, Hypothesis, screen, screened
from parity.diagnose.trees import simulate
from parity.values.anatomy import Anatomy, Trees
from tests.diagnose.test_more_causes import NAMES, X, boosted, evidence, trees_of

__all__ = ["boosted"]

HOLES = np.where(np.random.default_rng(3).random(X.shape) < 0.25, np.nan, X)


def given(ours: Anatomy, runs: Trees, rows: Any = HOLES) -> Evidence:
    read = evidence(ours, rows, lambda r: simulate(trees_of(ours), r, 2), lambda r: simulate(runs, r, 2))
    return replace(read, artifact=Anatomy(NAMES, trees=runs))


def with_directions(trees: Trees) -> Trees:
    """Missing values go left at every split, as a file may have learned it."""
    return replace(trees, nan_left=trees.left >= 0)


def test_directions_and_leaves_that_both_differ(boosted: Anatomy) -> None:
    ours = with_directions(trees_of(boosted))
    reference = replace(boosted, trees=ours)
    leaf = ours.leaf.copy()
    leaf[::5] += 0.3
    found = diagnose(given(reference, replace(ours, nan_left=np.zeros_like(ours.nan_left), leaf=leaf)))
    assert found is not None and found.cause.name == "missing-direction-dropped + leaf-values"
    assert "splits the artifact sends missing values the other way" in found.cause.evidence
    assert "leaves hold other values" in found.cause.evidence


def test_one_difference_is_told_alone(boosted: Anatomy) -> None:
    ours = with_directions(trees_of(boosted))
    found = diagnose(given(replace(boosted, trees=ours), replace(ours, nan_left=np.zeros_like(ours.nan_left))))
    assert found is not None and found.cause.name == "missing-direction-dropped"


def test_what_the_runtime_does_not_do_is_not_believed(boosted: Anatomy) -> None:
    ours = with_directions(trees_of(boosted))
    leaf = ours.leaf.copy()
    leaf[::5] += 0.3
    read = replace(ours, nan_left=np.zeros_like(ours.nan_left), leaf=leaf)
    asked = given(replace(boosted, trees=ours), replace(ours, leaf=np.round(ours.leaf * 1.1, 1)))
    assert diagnose(replace(asked, artifact=Anatomy(NAMES, trees=read))) is None


def counted(asked: Evidence, rows: list[int], answer: Any) -> Hypothesis:
    def predict(batch: Any) -> Any:
        rows.append(batch.num_rows)
        return answer(batch)

    return Hypothesis("base-score", predict, asked.ask_runtime, "")


def test_a_hypothesis_that_explains_none_of_a_few_rows_is_not_asked_of_all(boosted: Anatomy) -> None:
    ours = trees_of(boosted)
    asked, rows = given(boosted, replace(ours, leaf=ours.leaf * 1.5), X), list[int]()
    few = screen(asked)
    assert few is not None and asked.drifting.num_rows > 2 * SCREENED
    assert not screened(asked, few, counted(asked, rows, asked.ask_reference)).explained and rows == [SCREENED]
    rows.clear()
    assert screened(asked, few, counted(asked, rows, asked.ask_runtime)).confirmed
    assert rows[:2] == [SCREENED, asked.drifting.num_rows]


def test_few_rows_are_asked_at_once(boosted: Anatomy) -> None:
    assert screen(given(boosted, replace(trees_of(boosted), slope=2.0), X[: 2 * SCREENED - 1])) is None


@pytest.mark.parametrize("left", [0, 1, 7])
def test_a_budget_counts_hypotheses_and_what_was_proved_before_costs_none(
    boosted: Anatomy, left: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, tried = given(boosted, replace(trees_of(boosted), leaf=np.round(trees_of(boosted).leaf * 1.1, 1)), X), list[str]()

    def noted(evidence: Evidence, few: Evidence | None, hypothesis: Hypothesis) -> Any:
        tried.append(hypothesis.name)
        return screened(evidence, few, hypothesis)

    monkeypatch.setattr("parity.diagnose.screened", noted)
    asked = replace(asked, artifact=Anatomy(NAMES))
    assert diagnose(asked, budget=Budget(left)) is None and len(tried) == left
    known = Hypothesis("leaf-values", asked.ask_runtime, asked.ask_runtime, "")
    found = diagnose(asked, [known], Budget(0))
    assert found is not None and found.cause.name == "leaf-values"


def test_a_search_without_a_budget_ends(boosted: Anatomy) -> None:
    assert Budget().left > MOST_TOGETHER > 0
    asked = given(boosted, replace(trees_of(boosted), leaf=np.round(trees_of(boosted).leaf * 1.1, 1)), X)
    assert diagnose(replace(asked, artifact=Anatomy(NAMES))) is None


def test_a_diagnosis_says_of_other_rows_whether_it_explains_them(boosted: Anatomy) -> None:
    ours = with_directions(trees_of(boosted))
    runs = replace(ours, nan_left=np.zeros_like(ours.nan_left))
    asked = given(replace(boosted, trees=ours), runs)
    found = diagnose(asked)
    assert found is not None and found.explains(asked.drifting).all()
    worse = replace(found, evidence=replace(asked, ask_runtime=lambda batch: asked.ask_runtime(batch) + 0.2))
    target = replace(worse.hypothesis, target=worse.evidence.ask_runtime)
    assert not replace(worse, hypothesis=target).explains(asked.drifting).any()

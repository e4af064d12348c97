"""Leaves, learned directions and categories that boundary rows cover."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

from parity.generate import Coverage, chunks, valid_rows
from parity.generate.coverage import followed
from parity.generate.defaults import default_nodes, reachable_leaves
from parity.generate.features import features_of
from parity.generate.targets import targets_of
from parity.values.plan import Budget, Phase
from tests.generate.subjects import forest, frame, mixed_model, subject_of


def with_missing(imputed: bool = False):
    data, target = frame()
    numbers = data[["income", "age"]]
    model = RandomForestClassifier(15, random_state=0)
    return (make_pipeline(SimpleImputer(), model) if imputed else model).fit(numbers, target), numbers


def covered(subject, budget: Budget, kinds: tuple[str, ...] = ("edge", "edge-missing")) -> Coverage:
    coverage = Coverage(Phase.BOUNDARY, subject)
    for chunk in chunks(Phase.BOUNDARY, subject, 1, budget):
        if chunk.input_class in kinds:
            coverage.add(chunk, np.ones(chunk.batch.num_rows, bool))
    return coverage


def test_all_leaves_are_met() -> None:
    coverage = covered(subject_of(*forest()), Budget())
    leaves, met = coverage.leaves
    assert leaves == met and leaves > 300


def test_every_split_that_a_missing_value_can_meet_meets_one() -> None:
    coverage = covered(subject_of(*with_missing()), Budget())
    splits, met = coverage.defaults
    assert splits and splits > 100
    assert met == splits


def test_without_rows_made_for_it_fewer_directions_are_met() -> None:
    subject = subject_of(*with_missing())
    assert covered(subject, Budget(), ("edge",)).defaults[1] < covered(subject, Budget()).defaults[1]


def test_rows_with_a_missing_value_are_valid_and_within_their_share() -> None:
    subject = subject_of(*with_missing())
    made = [c for c in chunks(Phase.BOUNDARY, subject, 1, Budget(boundary_rows=1_000)) if c.input_class == "edge-missing"]
    assert sum(c.batch.num_rows for c in made) == 200
    assert all(c.batch.column("income").null_count == c.batch.num_rows for c in made)
    assert all(valid_rows(subject.schema, c.batch).mean() > 0.95 for c in made)


def test_no_direction_is_counted_behind_an_imputer_or_where_nothing_may_be_missing() -> None:
    assert covered(subject_of(*with_missing(imputed=True)), Budget(boundary_rows=500)).defaults == (0, 0)
    assert covered(subject_of(*forest()), Budget(boundary_rows=500)).defaults == (0, 0)


def test_few_rows_meet_some_leaves_and_answered_rows_alone_count() -> None:
    subject = subject_of(*forest())
    coverage = Coverage(Phase.BOUNDARY, subject)
    chunk = next(iter(chunks(Phase.BOUNDARY, subject, 1, Budget(boundary_rows=10))))
    coverage.add(chunk, np.zeros(10, bool))
    assert coverage.leaves[1] == 0
    coverage.add(chunk, np.ones(10, bool))
    assert 0 < (coverage.leaves[1] or 0) <= 100


def test_categories_that_were_met_and_those_that_are_known() -> None:
    model, data = mixed_model()
    coverage = covered(subject_of(model, data), Budget(boundary_rows=2_000))
    assert coverage.categories == {"city": {"known": 3, "met": 3}}


def test_other_phases_and_models_without_trees_count_nothing() -> None:
    subject = subject_of(*forest())
    assert Coverage(Phase.RANDOM, subject).leaves == (None, None)
    assert Coverage(Phase.RANDOM, subject).categories == {}
    bare = subject_of(None, forest()[1])
    assert Coverage(Phase.BOUNDARY, bare).defaults == (None, None)


def test_followed_agrees_with_the_library() -> None:
    model, data = with_missing()
    subject = subject_of(model, data)
    trees = subject.reference.trees
    assert trees is not None and subject.sample is not None
    passed, missing = followed(trees, features_of(subject, subject.reference, subject.sample))
    indicator, starts = model.decision_path(data)
    assert np.array_equal(passed, np.asarray(indicator.sum(axis=0)).ravel() > 0)
    assert starts[-1] == len(passed)
    assert not missing[trees.left < 0].any() and missing.any()


@pytest.mark.parametrize("model", [forest, with_missing])
def test_reachable_leaves_are_leaves_and_default_nodes_are_inner(model) -> None:
    subject = subject_of(*model())
    (known, _) = targets_of(subject).forests
    assert known is not None
    assert (known.trees.left[reachable_leaves(subject, known)] < 0).all()
    assert (known.trees.left[default_nodes(subject, known)] >= 0).all()

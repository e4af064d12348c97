"""Boundary rows: each reachable cut of both sides is met on its path, one step to each side."""

from __future__ import annotations

import re
import time

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMRegressor
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PowerTransformer
from sklearn.tree import DecisionTreeClassifier

from parity.anatomy import read_model
from parity.anatomy.floats import cast
from parity.anatomy.traverse import leaves
from parity.generate import Coverage, chunks
from parity.generate.edges import edge_values, grid_of, side_of
from parity.generate.features import features_of
from parity.generate.targets import targets_of
from parity.values.case import ColumnRule
from parity.values.columns import Column, ColumnType
from parity.values.plan import Budget, Phase
from tests.generate.subjects import binned, forest, mixed_model, subject_of


def probed(subject, rows=60_000, chunk_rows=20_000):
    coverage, found = Coverage(Phase.BOUNDARY, subject), []
    for chunk in chunks(Phase.BOUNDARY, subject, 4, Budget(boundary_rows=rows, chunk_rows=chunk_rows)):
        coverage.add(chunk, np.ones(chunk.batch.num_rows, bool))
        found.append(chunk)
    return coverage, found


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("sample", [True, False])
def test_every_cut_of_a_forest_is_probed_on_both_sides(scaled, sample):
    subject = subject_of(*forest(scaled), sample=sample)
    coverage, found = probed(subject)
    rows = sum(c.batch.num_rows for c in found)
    assert coverage.cuts > 300
    assert coverage.probed == coverage.cuts
    assert np.mean(np.concatenate([c.cut for c in found]) >= 0) > 0.97
    assert sum(c.valid.sum() for c in found) > (0.97 if not scaled or sample else 0.8) * rows


def test_two_sides_of_a_cut_reach_different_leaves():
    """With the other columns untouched, the first two variants of a cut differ in the tree that has it."""
    subject = subject_of(*forest())
    targets = targets_of(subject)
    chunk = next(chunks(Phase.BOUNDARY, subject, 4, Budget(boundary_rows=2_000)))
    values = chunk.batch.to_pandas().to_numpy(dtype=float)
    known = chunk.cut >= 0
    cut, side = chunk.cut[known], chunk.side[known]
    tested = values[known, targets.column[cut]]
    below = cast(tested, "float32") <= targets.threshold[cut]
    assert np.array_equal(side <= 0, below)
    ends = leaves(subject.reference.trees, values[known])
    for one in np.unique(cut)[:200]:
        mine = ends[cut == one]
        assert len(np.unique(mine, axis=0)) >= 2


def test_edges_lie_within_one_step_of_the_cut():
    subject = subject_of(*forest())
    targets = targets_of(subject)
    for chunk in chunks(Phase.BOUNDARY, subject, 4, Budget(boundary_rows=30_000)):
        values = chunk.batch.to_pandas().to_numpy(dtype=float)
        threshold = targets.threshold[np.maximum(chunk.cut, 0)]
        tested = values[np.arange(len(values)), targets.column[np.maximum(chunk.cut, 0)]]
        grids = np.array([grid_of(c) for c in subject.schema.columns])[targets.column[np.maximum(chunk.cut, 0)]]
        step = np.where(grids == "whole", 2.0, 2.0 * np.spacing(np.abs(threshold).astype(np.float32)).astype(float))
        assert np.all(np.abs(tested - threshold)[chunk.cut >= 0] <= step[chunk.cut >= 0])


def test_columns_keep_their_types_and_grids():
    subject = subject_of(*mixed_model())
    coverage, found = probed(subject, 20_000)
    assert coverage.probed == coverage.cuts > 50
    for chunk in found:
        assert chunk.batch.schema.names == [c.name for c in subject.schema.columns]
        rows = chunk.batch
        visits = rows["visits"].to_numpy()
        assert np.array_equal(visits, np.floor(visits))
        assert set(rows["city"].to_pylist()) <= {"Łódź", "Oslo", "Roma"}
        assert min(rows["id"].to_pylist()) >= 2**53  # not through a float
        assert [str(f.type) for f in rows.schema] == ["double", "float", "int32", "int64", "bool", "string", "double"]
    assert any(c.batch["income"].null_count for c in found)


def test_bin_edges_are_probed():
    subject = subject_of(*binned())
    coverage, found = probed(subject)
    assert coverage.probed == coverage.cuts == 8
    changed = 0
    for chunk in found:
        bins = subject.reference.prefix.transform(chunk.batch.to_pandas())
        for one in range(8):
            changed += len(np.unique(bins[chunk.cut == one], axis=0)) > 1
    assert changed == 8


def test_cuts_of_the_artifact_are_met_too_and_shared_ones_once():
    model, data = forest()
    other = DecisionTreeClassifier(max_depth=4, random_state=1).fit(data, np.arange(len(data)) % 2)
    alone = subject_of(model, data)
    same = subject_of(model, data, artifact=read_model(model, data.columns))
    both = subject_of(model, data, artifact=read_model(other, data.columns))
    cuts = [Coverage(Phase.BOUNDARY, s).cuts for s in (alone, same, both)]
    assert cuts[0] == cuts[1] < cuts[2]
    coverage, _ = probed(both)
    assert coverage.probed == coverage.cuts
    assert 1 in targets_of(both).owner


def test_coverage_of_each_side_is_told_where_the_trees_have_other_shapes():
    model, data = forest()
    pruned = RandomForestClassifier(10, max_depth=3, random_state=0).fit(data, np.arange(len(data)) % 2)
    coverage, _ = probed(subject_of(model, data, artifact=read_model(pruned, data.columns)))
    (note,) = coverage.notes
    found = re.match(r"the trees .* cuts probed: (\S+) of (\S+) of the reference, (\S+) of (\S+) of the artifact", note)
    assert found and found[1] == found[2] and found[3] == found[4] != "0"
    same, _ = probed(subject_of(model, data, artifact=read_model(model, data.columns)))
    assert same.notes == ()


def test_paths_that_contradict_themselves_are_counted_as_unreachable():
    data = forest()[1][["age"]].astype(float)
    model = DecisionTreeClassifier(max_depth=6, random_state=0).fit(
        data + 0.25 * (np.arange(len(data)) % 3)[:, None], np.arange(len(data)) % 2
    )
    subject = subject_of(model, data.assign(age=data.age.astype(np.int32)))
    coverage, _ = probed(subject)
    assert coverage.unreachable > 0  # thresholds between two whole numbers that another one has taken already
    assert coverage.probed == coverage.cuts


def test_a_small_budget_probes_both_sides_of_some_cuts():
    subject = subject_of(*forest())
    coverage, found = probed(subject, rows=100, chunk_rows=30)
    assert [c.batch.num_rows for c in found] == [30, 30, 30, 10]
    assert coverage.probed == 50


def test_values_beyond_the_valid_range_are_not_valid():
    subject = subject_of(*forest(), rules={"money": ColumnRule(minimum=500, maximum=600)})
    _, found = probed(subject, 5_000)
    for chunk in found:
        money = chunk.batch["money"].to_numpy()
        assert np.array_equal(chunk.valid & ((money < 500) | (money > 600)), np.zeros(len(money), bool))
    assert 0 < sum(c.valid.sum() for c in found) < sum(len(c.valid) for c in found)


def test_nothing_to_probe_in_a_model_without_cuts():
    data = forest()[1]
    subject = subject_of(None, data)
    coverage, found = probed(subject)
    assert (found, coverage.cuts, coverage.probed) == ([], 0, 0)
    assert Coverage(Phase.RANDOM, subject).cuts is None


def test_rows_without_an_answer_do_not_count():
    subject = subject_of(*forest())
    coverage = Coverage(Phase.BOUNDARY, subject)
    for chunk in chunks(Phase.BOUNDARY, subject, 4, Budget(boundary_rows=5_000)):
        coverage.add(chunk, np.zeros(chunk.batch.num_rows, bool))
    assert coverage.probed == 0


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("coarse", [False, True])
@pytest.mark.parametrize("grid", ["float64", "float32", "whole"])
def test_the_first_two_edges_are_on_two_sides(grid, coarse, strict):
    rng = np.random.default_rng(0)
    threshold = rng.normal(size=4_000) * 10.0 ** rng.integers(-3, 11, 4_000)  # beyond 2^24 float32 skips whole numbers
    threshold[::2] = threshold[::2].astype(np.float32)
    threshold[::5] = np.round(threshold[::5])
    strict, coarse = np.full(4_000, strict), np.full(4_000, coarse)
    edges = edge_values(threshold, strict, coarse, grid)
    sides = np.stack([side_of(e, threshold, coarse) for e in edges[:2]])
    above = (sides > 0) | ((sides == 0) & strict)
    assert np.array_equal(above, np.array([[False] * 4_000, [True] * 4_000]))
    for column in edges.T[:500]:
        found = column[~np.isnan(column)]
        assert len(np.unique(found)) == len(found) >= 2
    if grid == "float32":
        assert np.array_equal(cast(edges, "float32"), edges, equal_nan=True)


def test_whole_numbers_that_float32_skips_are_met_on_both_sides():
    """Seconds since 1970: float32 has one in 128 of them, and forests compare in float32."""
    rng = np.random.default_rng(2)
    data = pd.DataFrame({"epoch": 1_600_000_000 + rng.integers(0, 10**6, 500), "age": rng.integers(18, 90, 500)})
    model = DecisionTreeClassifier(random_state=0).fit(data, rng.random(500) < 0.5)
    coverage, found = probed(subject_of(model, data))
    assert coverage.probed == coverage.cuts > 50
    assert np.mean(np.concatenate([c.cut for c in found]) >= 0) > 0.97


def positive(scale: float = 1.0):
    """Box-Cox refuses what is not positive, and so the first bisection, which begins at -1e38."""
    data = forest()[1][["ratio", "money"]] + 0.5
    target = (data.ratio + data.money / 3000 > 1.5).astype(int)
    model = make_pipeline(PowerTransformer(method="box-cox"), RandomForestClassifier(5, random_state=0))
    return model.fit(data, target), data * scale


def test_splits_behind_a_step_that_refuses_extreme_numbers_are_found_in_the_valid_range():
    coverage, found = probed(subject_of(*positive()))
    assert coverage.notes == ()
    assert coverage.probed == coverage.cuts > 50
    assert np.mean(np.concatenate([c.cut for c in found]) >= 0) > 0.9


def test_splits_that_cannot_be_found_are_counted_and_said():
    model, data = positive(0.75)  # the sample does not reach all of the splits
    coverage, _ = probed(subject_of(model, data))
    (note,) = coverage.notes
    assert re.match(r"reference: [1-9][0-9,]* splits lie where a step refuses to be asked \(ValueError: The Box-Cox", note)


def test_grids():
    assert grid_of(Column("x", ColumnType.FLOAT64)) == "float64"
    assert grid_of(Column("x", ColumnType.FLOAT64, whole=True)) == "whole"
    assert grid_of(Column("x", ColumnType.BOOL)) == "whole"
    assert grid_of(Column("x", ColumnType.STRING)) == "text"


def test_features_of_a_batch_are_those_of_the_frame():
    subject = subject_of(*mixed_model())
    assert np.array_equal(
        features_of(subject, subject.reference, subject.sample), subject.reference.prefix.transform(subject.sample.to_pandas())
    )


def test_a_hundred_trees_take_less_than_three_seconds():
    subject = subject_of(*forest(trees=100))
    began = time.process_time()
    rows = sum(c.batch.num_rows for c in chunks(Phase.BOUNDARY, subject, 0, Budget()))
    assert rows > 20_000
    assert time.process_time() - began < 3.0


def test_every_part_of_the_phase_keeps_to_its_share_of_the_budget():
    """Missing values and categories a fifth each, cuts the rest; what they cannot have is told."""
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"code": rng.integers(0, 9, 600).astype(float), "size": rng.normal(size=600)})
    data.loc[::7, "size"] = np.nan
    model = LGBMRegressor(n_estimators=30, n_jobs=1, verbose=-1, min_data_per_group=1, cat_smooth=1)
    subject = subject_of(
        model.fit(data.to_numpy(), data.code.isin([1, 4]) + data["size"].fillna(2), categorical_feature=[0]), data
    )
    rows, told = {}, []
    for chunk in chunks(Phase.BOUNDARY, subject, 1, Budget(boundary_rows=50, chunk_rows=8), told.append):
        assert chunk.batch.num_rows <= 8
        rows[chunk.input_class] = rows.get(chunk.input_class, 0) + chunk.batch.num_rows
    assert rows == {"edge": 30, "edge-missing": 10, "edge-category": 10}
    (text,) = told
    found = re.match(r"boundary: 50 of (\S+) rows within a budget of 50 \(--parity-rows\): edges of cuts 30 of (\S+), (.*)", text)
    assert found and int(found[1].replace(",", "")) > int(found[2].replace(",", "")) > 100
    assert re.fullmatch(r"missing values at splits 10 of \d+, categories at splits 10 of \d+", found[3])


def test_nothing_is_told_where_all_fits():
    told = []
    assert sum(c.batch.num_rows for c in chunks(Phase.BOUNDARY, subject_of(*forest()), 1, Budget(), told.append)) <= 100_000
    assert told == []

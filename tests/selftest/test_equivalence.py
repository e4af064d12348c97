"""Equivalence is proved from the two files, or not claimed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingRegressor

from parity.anatomy import read_model
from parity.selftest.equivalence import PEAK, off_domain_proof, proof
from parity.selftest.sums import Sums
from parity.values.anatomy import Anatomy, Linear, Trees
from parity.values.columns import Column, ColumnType, Schema

NAMES = ("a", "b")
X = np.random.default_rng(0).integers(0, 20, (200, 2)).astype(float)


@pytest.fixture(scope="module")
def artifact() -> Anatomy:
    found = read_model(GradientBoostingRegressor(n_estimators=30, max_depth=2).fit(X, X[:, 0] * X[:, 1]), NAMES)
    return with_trees(found, sum_precision="float32")


def with_trees(anatomy: Anatomy, **changes: object) -> Anatomy:
    assert anatomy.trees is not None
    return replace(anatomy, trees=replace(anatomy.trees, **changes))  # type: ignore[arg-type]


def trees(anatomy: Anatomy) -> Trees:
    assert anatomy.trees is not None
    return anatomy.trees


def schema(whole: bool) -> Schema:
    return Schema(tuple(Column(n, ColumnType.FLOAT64, 0, 20, whole=whole) for n in NAMES))


def test_leaves_that_move_less_than_a_correct_sum(artifact: Anatomy) -> None:
    said = proof("leaf-times-1e-6", artifact, artifact, schema(False))
    assert said is not None and "a correct float32 sum may be off by gamma(30) sum|v| = 1.8e-06" in said
    assert proof("leaf-times-1e-4", artifact, artifact, schema(False)) is None
    assert proof("leaf-times-1e-6", with_trees(artifact, sum_precision="float64"), artifact, schema(False)) is None
    every, end = trees(artifact), int(trees(artifact).root[10])
    few = with_trees(artifact, root=every.root[:10], tree=every.tree[:end], leaf=every.leaf[:end])
    assert proof("leaf-times-1e-6", few, few, schema(False)) is None
    assert "2.2e-16" in str(proof("leaf-one-ulp", with_trees(artifact, sum_precision="float64"), artifact, schema(False)))


def test_whole_numbers_do_not_see_thresholds_between_them(artifact: Anatomy) -> None:
    half = with_trees(artifact, threshold=np.floor(trees(artifact).threshold) + 0.5)
    moved = with_trees(half, threshold=np.nextafter(trees(half).threshold, np.inf))
    assert "each threshold still parts the same ones" in str(proof("thresholds-one-ulp", half, moved, schema(True)))
    assert proof("strict-comparison", half, with_trees(half, rule="lt"), schema(True)) is not None
    assert proof("thresholds-one-ulp", half, moved, schema(False)) is None


def test_a_whole_number_as_a_threshold_is_seen(artifact: Anatomy) -> None:
    whole = with_trees(artifact, threshold=np.round(trees(artifact).threshold))
    assert proof("strict-comparison", whole, with_trees(whole, rule="lt"), schema(True)) is None


def test_a_last_tree_that_adds_nothing_and_one_that_does(artifact: Anatomy) -> None:
    leaf = trees(artifact).leaf.copy()
    leaf[trees(artifact).tree == trees(artifact).tree.max()] = 0
    none = with_trees(artifact, leaf=leaf)
    assert proof("last-tree-dropped", none, none, schema(False)) is not None
    assert proof("last-tree-dropped", artifact, none, schema(False)) is None


def test_nothing_is_proved_of_what_was_not_read(artifact: Anatomy) -> None:
    assert proof("leaf-times-1e-6", Anatomy(NAMES), Anatomy(NAMES), schema(True)) is None
    assert proof("columns-swapped", artifact, artifact, schema(True)) is None


def linear(features: int, classes: int, link: str, precision: str = "float32") -> Anatomy:
    weights = np.ones((classes, features))
    return Anatomy(NAMES, linear=Linear(weights, np.zeros(classes), link, precision))


def proved(fault: str, anatomy: Anatomy) -> bool:
    return proof(fault, anatomy, anatomy, schema(False)) is not None


def test_linear_models_by_their_sum_or_by_their_link() -> None:
    assert proved("leaf-times-1e-6", linear(30, 1, "identity")) and not proved("leaf-times-1e-6", linear(9, 1, "identity"))
    assert proved("leaf-times-1e-6", linear(1, 1, "logistic")) and proved("leaf-times-1e-6", linear(9, 3, "softmax"))
    assert not any(
        proved("leaf-times-1e-4", linear(30, k, link)) for k, link in [(1, "logistic"), (3, "softmax"), (1, "identity")]
    )
    assert not proved("leaf-times-1e-6", linear(30, 3, "softmax", "float64"))
    assert proved("leaf-one-ulp", linear(1, 1, "identity")) and proved("leaf-one-ulp", linear(1, 1, "identity", "float64"))


def test_the_link_argument_holds_on_margins_that_were_drawn() -> None:
    """The derivation's two claims, against the functions themselves."""
    rng = np.random.default_rng(0)
    m = rng.normal(0, 4, 100_000)
    p = 1 / (1 + np.exp(-m))
    assert np.max(np.abs(m) * p * (1 - p)) <= PEAK <= 1.001 * np.max(np.abs(m) * p * (1 - p))
    share, u, margins = 1e-6 + 2.0**-24, 2.0**-24, rng.normal(0, 3, (100_000, 3))
    assert proved("leaf-times-1e-6", linear(9, 3, "softmax"))
    before, after = (np.exp(x) / np.exp(x).sum(axis=1, keepdims=True) for x in (margins, margins * (1 + share)))
    size = np.abs(margins).max(axis=1, keepdims=True)
    assert (np.abs(after - before) <= before * (2 * 11 * u * size + 7 * u) + 2 * u).all()


def test_sums_that_no_anatomy_tells() -> None:
    empty = Anatomy(NAMES)
    assert proof("leaf-times-1e-6", empty, empty, schema(False), Sums(60, "float32", "leaves")) is not None
    assert proof("leaf-times-1e-6", empty, empty, schema(False), Sums(60, "float64", "leaves")) is None


def test_leaves_that_are_small_beside_the_base_score(artifact: Anatomy) -> None:
    """Ten trees: too few for the bound of their leaves alone. A base score a thousand times their size rounds by more."""
    every, end = trees(artifact), int(trees(artifact).root[10])
    parts = {n: getattr(every, n)[:end] for n in ("left", "right", "feature", "threshold", "nan_left", "tree", "leaf")}
    few = with_trees(artifact, root=every.root[:10], scale=1.0, base=np.array([1e3 * np.abs(every.leaf).max()]), **parts)
    moved = with_trees(few, leaf=trees(few).leaf * (1 + 1e-6))
    assert "and the base score" in str(proof("leaf-times-1e-6", few, moved, schema(False)))
    assert proof("leaf-times-1e-6", few, with_trees(moved, base=trees(few).base * (1 + 1e-6)), schema(False)) is None
    alone = with_trees(few, base=np.zeros(1))
    assert proof("leaf-times-1e-6", alone, with_trees(moved, base=np.zeros(1)), schema(False)) is None


def test_only_missing_values_that_are_not_valid_go_another_way(artifact: Anatomy) -> None:
    turned = trees(artifact).nan_left.copy()
    split = int(np.flatnonzero((trees(artifact).left >= 0) & (trees(artifact).feature == 0))[0])
    turned[split] = ~turned[split]
    mutant, name = with_trees(artifact, nan_left=turned), "one-missing-direction"
    assert "only missing values of a go another way" in str(off_domain_proof(name, artifact, mutant, schema(False)))
    missing = Schema(tuple(replace(c, missing=True) for c in schema(False).columns))
    assert off_domain_proof(name, artifact, mutant, missing) is None
    assert off_domain_proof(name, artifact, with_trees(mutant, leaf=trees(mutant).leaf * 2), schema(False)) is None
    assert off_domain_proof(name, artifact, artifact, schema(False)) is None


def test_zero_and_missing_that_no_valid_input_holds() -> None:
    def said(**changes: object) -> str | None:
        columns = tuple(replace(c, **{"minimum": 1.0, **changes}) for c in schema(False).columns)  # type: ignore[arg-type]
        return off_domain_proof("zero-and-missing-swapped", Anatomy(NAMES), None, Schema(columns))

    assert said() == "none of the 2 columns of floating-point numbers may hold 0 or be missing"
    assert said(missing=True) is None and said(nan=True) is None and said(minimum=0.0) is None

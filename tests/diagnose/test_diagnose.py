"""Faults are put into the answers of a real model's trees; the diagnosis must name them, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier

from parity.anatomy import read_model
from parity.anatomy.traverse import leaves, margins
from parity.diagnose import Budget, diagnose
from parity.diagnose.advice import ADVICE
from parity.diagnose.evidence import Evidence, Hypothesis
from parity.diagnose.margins import linked, logistic
from parity.diagnose.refusals import cause_of_refusal
from parity.diagnose.trees import simulate
from parity.values.anatomy import Anatomy, Trees

Floats = npt.NDArray[np.float64]
NAMES = [f"c{i}" for i in range(30)]


def features(batch: pa.RecordBatch) -> Floats:
    return np.column_stack([c.to_numpy(zero_copy_only=False) for c in batch.columns])


def batch_of(rows: Floats) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array(c, pa.float64(), from_pandas=True) for c in rows.T], names=NAMES)


@pytest.fixture(scope="module")
def data() -> tuple[Floats, npt.NDArray[np.int64]]:
    X, y = load_breast_cancer(return_X_y=True)
    return X, y


@pytest.fixture(scope="module")
def with_holes(data: tuple[Floats, npt.NDArray[np.int64]]) -> Floats:
    holes = data[0].copy()
    holes[np.random.default_rng(0).random(holes.shape) < 0.1] = np.nan
    return holes


@pytest.fixture(scope="module")
def boosted(data: tuple[Floats, npt.NDArray[np.int64]]) -> Anatomy:
    return read_model(GradientBoostingClassifier(n_estimators=20, random_state=0).fit(*data), NAMES)


@pytest.fixture(scope="module")
def histogram(with_holes: Floats, data: tuple[Floats, npt.NDArray[np.int64]]) -> Anatomy:
    return read_model(HistGradientBoostingClassifier(max_iter=20, random_state=0).fit(with_holes, data[1]), NAMES)


def evidence(anatomy: Anatomy, rows: Floats, runtime: Callable[[Floats], Floats], artifact: Anatomy | None = None) -> Evidence:
    """Rows split by whether the faulty runtime agrees, as a run does."""

    def reference(given: Floats) -> Floats:
        return simulate(trees_of(anatomy), given, 2)

    drifts = np.abs(reference(rows) - runtime(rows)).max(axis=1) > 1e-6
    assert drifts.any(), "the fault shows in no row"
    return Evidence(
        drifting=batch_of(rows[drifts]),
        agreeing=batch_of(rows[~drifts]),
        ask_reference=lambda batch: reference(features(batch)),
        ask_runtime=lambda batch: runtime(features(batch)),
        bound=lambda scores, batch: np.full(len(scores), 1e-6),
        reference=anatomy,
        artifact=artifact or Anatomy(tuple(NAMES)),
        features=features,
    )


def trees_of(anatomy: Anatomy) -> Trees:
    assert anatomy.trees is not None
    return anatomy.trees


def named(found: object) -> str | None:
    return getattr(getattr(found, "cause", None), "name", None)


def test_a_dropped_missing_direction(histogram: Anatomy, with_holes: Floats) -> None:
    broken = replace(trees_of(histogram), nan_left=np.zeros_like(trees_of(histogram).nan_left))
    assert named(diagnose(evidence(histogram, with_holes, lambda rows: simulate(broken, rows, 2)))) == "missing-direction-dropped"


def test_missing_read_as_zero(histogram: Anatomy, with_holes: Floats) -> None:
    found = diagnose(evidence(histogram, with_holes, lambda rows: simulate(trees_of(histogram), np.nan_to_num(rows), 2)))
    assert named(found) == "missing-as-zero"


def test_thresholds_in_float32(histogram: Anatomy, data: tuple[Floats, npt.NDArray[np.int64]]) -> None:
    trees = trees_of(histogram)
    broken = replace(trees, threshold=trees.threshold.astype(np.float32).astype(np.float64), precision="float32")
    rows = np.repeat(data[0][:20], 20, axis=0)
    inner = np.flatnonzero(trees.left >= 0)
    pick = np.random.default_rng(1).choice(inner, len(rows))
    rows[np.arange(len(rows)), trees.feature[pick]] = np.nextafter(trees.threshold[pick], np.inf)
    assert named(diagnose(evidence(histogram, rows, lambda given: simulate(broken, given, 2)))) == "float32-thresholds"


def test_a_raw_margin(boosted: Anatomy, data: tuple[Floats, npt.NDArray[np.int64]]) -> None:
    trees = trees_of(boosted)

    def margin(rows: Floats) -> Floats:
        return margins(trees, leaves(trees, rows))

    given = evidence(boosted, data[0], lambda rows: np.hstack([-margin(rows), margin(rows)]))
    one = replace(
        given,
        ask_reference=lambda batch: simulate(trees, features(batch), 1),
        ask_runtime=lambda batch: margin(features(batch)),
    )
    assert named(diagnose(one)) == "raw-margin"


def test_a_constant_in_the_margin(boosted: Anatomy, data: tuple[Floats, npt.NDArray[np.int64]]) -> None:
    shifted = replace(trees_of(boosted), base=trees_of(boosted).base + 0.3)
    found = diagnose(evidence(boosted, data[0], lambda rows: simulate(shifted, rows, 2)))
    assert named(found) == "base-score"


def test_the_other_class(boosted: Anatomy, data: tuple[Floats, npt.NDArray[np.int64]]) -> None:
    found = diagnose(evidence(boosted, data[0], lambda rows: 1 - simulate(trees_of(boosted), rows, 2)))
    assert named(found) == "complement"


def test_swapped_columns_are_read_from_both_structures(boosted: Anatomy, data: tuple[Floats, npt.NDArray[np.int64]]) -> None:
    trees = trees_of(boosted)
    i, j = (int(f) for f in np.unique(trees.feature[trees.left >= 0])[:2])
    swap = np.arange(30, dtype=np.int32)
    swap[[i, j]] = j, i
    broken = replace(trees, feature=np.where(trees.left >= 0, swap[trees.feature], trees.feature))
    artifact = Anatomy(tuple(NAMES), trees=broken)
    found = diagnose(evidence(boosted, data[0], lambda rows: simulate(broken, rows, 2), artifact))
    assert named(found) == "columns-swapped"


def test_dropped_trees_are_read_from_both_structures(boosted: Anatomy, data: tuple[Floats, npt.NDArray[np.int64]]) -> None:
    trees = trees_of(boosted)
    end = int(trees.root[-2])
    kept = {n: getattr(trees, n)[:end] for n in ("left", "right", "feature", "threshold", "nan_left", "tree", "leaf")}
    broken = replace(trees, root=trees.root[:-2], **kept)
    found = diagnose(evidence(boosted, data[0], lambda rows: simulate(broken, rows, 2), Anatomy(tuple(NAMES), trees=broken)))
    assert named(found) == "trees-dropped"


def test_what_nothing_explains_has_no_cause(boosted: Anatomy, data: tuple[Floats, npt.NDArray[np.int64]]) -> None:
    def noisy(rows: Floats) -> Floats:
        honest = simulate(trees_of(boosted), rows, 2)
        noise = 0.05 * np.sin(1e4 * rows[:, :1] * np.arange(1, 3))
        return np.asarray(honest + noise)

    assert diagnose(evidence(boosted, data[0], noisy)) is None


def test_a_budget_pays_for_what_was_tried_and_no_more(
    boosted: Anatomy, data: tuple[Floats, npt.NDArray[np.int64]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few are left for causes at once: what these did not use stays."""
    given = evidence(boosted, data[0], lambda X: np.random.default_rng(0).normal(size=(len(X), 1)))
    wrong = [Hypothesis(f"wrong-{i}", lambda batch: np.full((batch.num_rows, 1), 9.0), given.ask_runtime, "") for i in range(3)]
    monkeypatch.setattr("parity.diagnose._hypotheses", lambda _: iter(wrong))
    monkeypatch.setattr("parity.diagnose.compose.pairs", lambda *_: iter(wrong))
    budget = Budget(40)
    assert diagnose(given, budget=budget) is None
    assert budget.left == 40 - 2 * (len(wrong) + 1)  # one more each time: to ask whether there is another


def test_one_row_is_not_explained_by_a_constant(boosted: Anatomy, data: tuple[Floats, npt.NDArray[np.int64]]) -> None:
    found = diagnose(evidence(boosted, data[0][:1], lambda rows: simulate(trees_of(boosted), rows, 2) * 0.9))
    assert named(found) != "base-score"


def test_a_confirmed_hypothesis_is_asked_first(boosted: Anatomy, data: tuple[Floats, npt.NDArray[np.int64]]) -> None:
    shifted = replace(trees_of(boosted), base=trees_of(boosted).base + 0.3)
    many = diagnose(evidence(boosted, data[0], lambda rows: simulate(shifted, rows, 2)))
    assert many is not None
    few = diagnose(evidence(boosted, data[0][:2], lambda rows: simulate(shifted, rows, 2)), [many.hypothesis])
    assert named(few) == "base-score"


@pytest.mark.parametrize(
    ("side", "kind", "input_class", "expected"),
    [
        ("reference", "column-absent", "absent-column", "missing-column-scored"),
        ("runtime", "other", "unseen", "unseen-category-refused"),
        ("runtime", "unseen-category", "random", "unseen-category-refused"),
        ("reference", "invalid-value", "inf", "validation-asymmetry"),
        ("runtime", "missing-column", "sample", "validation-asymmetry"),
    ],
)
def test_refusals(side: str, kind: str, input_class: str, expected: str) -> None:
    found = cause_of_refusal(side, kind, input_class, fixed_by_ordinary=True)
    assert found is not None
    assert found.name == expected
    assert cause_of_refusal(side, kind, input_class, fixed_by_ordinary=False) is None


def test_every_cause_has_advice_in_words() -> None:
    assert all(len(text) > 30 and text.endswith((".", ")")) for text in ADVICE.values())


def test_links() -> None:
    assert linked(np.array([[0.0]]), "logistic", 2).tolist() == [[0.5, 0.5]]
    assert logistic(np.array([-1e6]))[0] == 0.0
    assert linked(np.array([[1.0, 1.0]]), "softmax", 2).tolist() == [[0.5, 0.5]]

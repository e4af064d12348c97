"""Causes in an engine: what it cannot parse, what it swallows, what it makes of a number, how it reads a matrix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from parity.anatomy import read_model
from parity.diagnose import diagnose
from parity.diagnose.engines import holds_nan, swallowed, without_nan
from parity.diagnose.evidence import Evidence
from parity.diagnose.labels import LabelEvidence, cause_of_labels
from parity.diagnose.linear import choices
from parity.diagnose.margins import linked
from parity.numeric.tensors import column_of
from parity.values.anatomy import Anatomy, Linear

Floats = npt.NDArray[np.float64]
Answer = Callable[[pa.RecordBatch], Floats]
RNG = np.random.default_rng(3)
NAMES = ("a", "b", "c")


def numbers(batch: pa.RecordBatch) -> Floats:
    return np.column_stack([c.to_numpy(zero_copy_only=False) for c in batch.columns]).astype(np.float64)


def rows_of(values: Floats) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array(column) for column in values.T], names=list(NAMES[: values.shape[1]]))


def cause(rows: pa.RecordBatch, reference: Answer, runtime: Answer, ours: Anatomy, theirs: Anatomy | None = None) -> str | None:
    """The cause that is told of the rows on which the two sides are apart."""
    with np.errstate(invalid="ignore"):
        drifts = ~(np.abs(reference(rows) - runtime(rows)).max(axis=1) <= 1e-9)
    both = np.isnan(reference(rows)).all(axis=1) & np.isnan(runtime(rows)).all(axis=1)
    drifts &= ~both
    assert drifts.any() and not drifts.all(), "the fault has to show, and not in all rows"
    found = diagnose(
        Evidence(
            drifting=rows.filter(pa.array(drifts)),
            agreeing=rows.filter(pa.array(~drifts)),
            ask_reference=reference,
            ask_runtime=runtime,
            bound=lambda scores, batch: np.full(len(scores), 1e-9),
            reference=ours,
            artifact=theirs or Anatomy(tuple(rows.schema.names)),
            features=numbers,
        )
    )
    return None if found is None else found.cause.name


@pytest.fixture(scope="module")
def histogram() -> tuple[HistGradientBoostingClassifier, Floats]:
    """Whether c is missing tells the class, so that a tree splits at infinity."""
    X = RNG.normal(size=(600, 3))
    y = ((RNG.random(600) < 0.5) & (X[:, 0] > 0)).astype(int)
    X[(y == 1) & (RNG.random(600) < 0.7), 2] = np.nan
    return HistGradientBoostingClassifier(max_iter=10, max_leaf_nodes=6, random_state=0).fit(X, y), X


def test_an_engine_without_a_branch_for_infinity(histogram: tuple[HistGradientBoostingClassifier, Floats]) -> None:
    model, X = histogram
    anatomy, rows = read_model(model, NAMES), rows_of(X)
    trees = anatomy.trees
    assert trees is not None and np.isinf(trees.threshold[trees.left >= 0]).any()

    def reference(batch: pa.RecordBatch) -> Floats:
        return np.asarray(model.predict_proba(numbers(batch)))

    def runtime(batch: pa.RecordBatch) -> Floats:
        """Walks each tree as such an engine does, and gives up at a split at infinity."""
        given = numbers(batch)
        lost = np.array([any(stuck(int(root), row) for root in trees.root) for row in given])
        return np.where(lost[:, None], np.nan, reference(batch))

    def stuck(node: int, row: Floats) -> bool:
        while trees.left[node] >= 0:
            value = row[trees.feature[node]]
            if np.isinf(trees.threshold[node]) and not np.isnan(value):
                return True
            left = trees.nan_left[node] if np.isnan(value) else value <= trees.threshold[node]
            node = int(trees.left[node] if left else trees.right[node])
        return False

    assert cause(rows, reference, runtime, anatomy) == "infinite-threshold"
    everything_lost = lambda batch: np.where(numbers(batch)[:, :1] > 0.3, np.nan, reference(batch))  # noqa: E731
    assert cause(rows, reference, everything_lost, anatomy) is None


def test_nan_that_is_swallowed_by_a_fused_relu() -> None:
    X = RNG.normal(size=(300, 3))
    X[::7, 1] = np.nan

    def reference(batch: pa.RecordBatch) -> Floats:
        return np.maximum(numbers(batch), 0).sum(axis=1, keepdims=True)

    def runtime(batch: pa.RecordBatch) -> Floats:
        return np.nan_to_num(np.maximum(numbers(batch), 0)).sum(axis=1, keepdims=True)

    def runtime_of_its_own(batch: pa.RecordBatch) -> Floats:
        return runtime(batch) + np.isnan(numbers(batch)).any(axis=1, keepdims=True) * 1e9

    def told(reference: Answer, runtime: Answer) -> str | None:
        holes = np.isnan(X).any(axis=1)
        rows = rows_of(X)
        drifting, agreeing = rows.filter(pa.array(holes)), rows.filter(pa.array(~holes))
        nothing = Anatomy(NAMES)
        found = swallowed(
            Evidence(drifting, agreeing, reference, runtime, lambda s, b: np.full(len(s), np.nan), nothing, nothing, numbers)
        )
        return None if found is None else found.name

    assert told(reference, runtime) == "nan-swallowed"
    assert told(reference, runtime_of_its_own) == "nan-swallowed", "whatever number it is"
    assert told(runtime, reference) is None, "here the runtime says NaN"
    other = lambda batch: runtime(batch) + (X[::7, :1] > 0 if batch.num_rows == len(X[::7]) else 0)  # noqa: E731
    assert told(reference, other) is None, "here the two differ with a 0 in place of the NaN too"


def test_nan_is_seen_and_replaced_in_tensors_too() -> None:
    values = RNG.normal(size=(3, 2, 2))
    values[1, 0, 1] = np.nan
    batch = pa.record_batch({"image": column_of(values, pa.float32(), (2, 2)), "word": pa.array(["a", "b", None])})
    assert [holds_nan(batch, row) for row in range(3)] == [False, True, False]
    filled = without_nan(batch)
    assert filled.schema == batch.schema
    assert filled.column("image").to_pylist()[1][0][1] == 0.0
    assert filled.column("image").to_pylist()[0] == batch.column("image").to_pylist()[0]
    assert filled.column("word").equals(batch.column("word"))


def test_a_code_that_came_as_a_double_is_another_text() -> None:
    values = np.column_stack([RNG.integers(0, 6, 200).astype(float), RNG.normal(size=200)])
    rows = rows_of(values)

    def reference(batch: pa.RecordBatch) -> Floats:
        given = numbers(batch)
        return np.isin(given[:, :1], (1, 4)) * 1.0 + given[:, 1:]

    def runtime(batch: pa.RecordBatch) -> Floats:
        texts = [str(value) for value in batch.column("a").to_pylist()]  # 4.0 is none of its categories
        return np.array([[float(text in ("1", "4"))] for text in texts]) + numbers(batch)[:, 1:]

    assert cause(rows, reference, runtime, Anatomy(("a", "b"))) == "number-as-text"


@pytest.fixture(scope="module")
def three() -> tuple[LogisticRegression, pa.RecordBatch, Anatomy, Anatomy]:
    X = RNG.normal(size=(400, 3))
    model = LogisticRegression().fit(X, np.digitize(X[:, 0] + 0.5 * X[:, 1], (-0.5, 0.5)))
    ours = read_model(model, NAMES)
    theirs = Anatomy(NAMES, linear=Linear(model.coef_.ravel().reshape((3, 3), order="F"), model.intercept_, "softmax"))
    return model, rows_of(X), ours, theirs


def test_a_matrix_that_is_read_by_columns(three: tuple[LogisticRegression, pa.RecordBatch, Anatomy, Anatomy]) -> None:
    model, rows, ours, theirs = three
    assert theirs.linear is not None
    turned = theirs.linear

    def runtime(batch: pa.RecordBatch) -> Floats:
        right = numbers(batch)[:, 2] < -1.5  # some rows agree, as they do where a file is right in part
        wrong = linked(numbers(batch) @ turned.weights.T + turned.intercept, "softmax", 3)
        return np.where(right[:, None], reference(batch), wrong)

    def reference(batch: pa.RecordBatch) -> Floats:
        return np.asarray(model.predict_proba(numbers(batch)))

    found = cause(rows, reference, runtime, ours, theirs)
    assert found is None, "rows that agree for no reason refute it"
    kept = rows.filter(pa.array(numbers(rows)[:, 2] >= -1.5))
    assert found_of_all(kept, reference, runtime, ours, theirs) == "matrix-order"


def found_of_all(rows: pa.RecordBatch, reference: Answer, runtime: Answer, ours: Anatomy, theirs: Anatomy) -> str | None:
    evidence = Evidence(
        rows, rows.slice(0, 0), reference, runtime, lambda s, b: np.full(len(s), 1e-9), ours, theirs, features=numbers
    )
    found = diagnose(evidence)
    return None if found is None else found.cause.name


def test_labels_alone_that_the_turned_matrix_chooses(
    three: tuple[LogisticRegression, pa.RecordBatch, Anatomy, Anatomy],
) -> None:
    model, rows, ours, theirs = three
    read = choices(ours.linear, theirs, numbers(rows), rows)
    assert read is not None and theirs.linear is not None
    classes = np.array(["low", "middle", "high"])
    mine = classes[model.predict(numbers(rows))]
    others = classes[(numbers(rows) @ theirs.linear.weights.T + theirs.linear.intercept).argmax(axis=1)]
    order = np.argsort(mine == others, kind="stable")
    read = replace(read, ours=read.ours[order], theirs=read.theirs[order])
    count = int((mine != others).sum())
    empty = np.zeros((len(mine), 0))
    found = cause_of_labels(LabelEvidence(mine[order], others[order], empty, np.zeros(len(mine)), count, read))
    assert found is not None and found.name == "matrix-order"
    assert choices(ours.linear, Anatomy(NAMES, linear=ours.linear), numbers(rows), rows) is None

"""Links, digits, aggregates, columns and pairs of causes; and faults that must stay unexplained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, StandardScaler

from parity.anatomy import read_model
from parity.diagnose import diagnose
from parity.diagnose.compose import both_needed
from parity.diagnose.evidence import Evidence, Shares, narrowed
from parity.diagnose.margins import linked, logistic, softmax
from parity.diagnose.trees import SWITCHES, simulate
from parity.values.anatomy import Anatomy, Trees

Floats = npt.NDArray[np.float64]
Runtime = Callable[[Floats], Floats]
NAMES = ("a", "b", "c", "d")
RNG = np.random.default_rng(7)
X = RNG.normal(size=(500, 4))
Y = (X[:, 0] * X[:, 1] + X[:, 2] > 0).astype(int)


def features(batch: pa.RecordBatch) -> Floats:
    return np.column_stack([c.to_numpy(zero_copy_only=False) for c in batch.columns])


def batch_of(rows: Floats) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array(c, pa.float64(), from_pandas=True) for c in rows.T], names=list(NAMES))


def trees_of(anatomy: Anatomy) -> Trees:
    assert anatomy.trees is not None
    return anatomy.trees


def evidence(anatomy: Anatomy, rows: Floats, reference: Runtime, runtime: Runtime) -> Evidence:
    drifts = np.abs(reference(rows) - runtime(rows)).max(axis=1) > 1e-6
    assert drifts.any(), "the fault shows in no row"
    return Evidence(
        drifting=batch_of(rows[drifts]),
        agreeing=batch_of(rows[~drifts]),
        ask_reference=lambda batch: reference(features(batch)),
        ask_runtime=lambda batch: runtime(features(batch)),
        bound=lambda scores, batch: np.full(len(scores), 1e-6),
        reference=anatomy,
        artifact=Anatomy(NAMES),
        features=features,
    )


def cause(anatomy: Anatomy, rows: Floats, runtime: Runtime, columns: int = 2) -> str | None:
    found = diagnose(evidence(anatomy, rows, lambda given: simulate(trees_of(anatomy), given, columns), runtime))
    return None if found is None else found.cause.name


@pytest.fixture(scope="module")
def boosted() -> Anatomy:
    return read_model(GradientBoostingClassifier(n_estimators=15, max_depth=3, random_state=0).fit(X, Y), NAMES)


@pytest.fixture(scope="module")
def histogram() -> Anatomy:
    return read_model(HistGradientBoostingClassifier(max_iter=15, max_leaf_nodes=8, random_state=0).fit(X, Y), NAMES)


@pytest.fixture(scope="module")
def forest() -> Anatomy:
    return read_model(RandomForestClassifier(9, max_depth=4, random_state=0).fit(X, Y), NAMES)


def edges(anatomy: Anatomy, count: int = 400, steps: float = np.inf) -> Floats:
    """Rows with one feature just above a threshold."""
    trees, rows = trees_of(anatomy), np.repeat(X[:40], count // 40, axis=0)
    pick = RNG.choice(np.flatnonzero(trees.left >= 0), len(rows))
    rows[np.arange(len(rows)), trees.feature[pick]] = np.nextafter(trees.threshold[pick], steps)
    return rows


def digits(trees: Trees, count: int) -> Trees:
    return replace(trees, threshold=np.array([float(f"{t:.{count}g}") for t in trees.threshold]))


@pytest.mark.parametrize("count", [4, 5, 6])
def test_thresholds_in_few_digits(histogram: Anatomy, count: int) -> None:
    broken = digits(trees_of(histogram), count)
    rows = np.vstack([edges(histogram), edges(histogram, steps=-np.inf)])
    assert cause(histogram, rows, lambda given: simulate(broken, given, 2)) == "rounded-thresholds"


def test_float32_thresholds_written_as_decimals_and_read_as_doubles(histogram: Anatomy) -> None:
    """As PMML holds an XGBoost model: 16.82 stands for 16.81999969, and the engine compares doubles."""
    single = trees_of(histogram).threshold.astype(np.float32)
    model = replace(histogram, trees=replace(trees_of(histogram), threshold=single.astype(np.float64), precision="float32"))
    broken = replace(trees_of(model), threshold=np.array([float(str(t)) for t in single]), precision="float64")
    rows = np.vstack([edges(replace(model, trees=broken)), edges(model, steps=-np.inf)])
    assert cause(model, rows, lambda given: simulate(broken, given, 2)) == "float32-thresholds"


def test_a_wrong_factor_before_the_logistic(boosted: Anatomy) -> None:
    def runtime(rows: Floats) -> Floats:
        p = simulate(trees_of(boosted), rows, 1)
        return linked(1.7 * np.log(p / (1 - p)), "logistic", 2)

    assert cause(boosted, X, runtime) == "sigmoid-scale"


@pytest.mark.parametrize(("name", "scale"), [("summed-for-averaged", 1.0), ("scores-scaled", 0.3)])
def test_sums_and_means_of_trees(forest: Anatomy, name: str | None, scale: float) -> None:
    broken = replace(trees_of(forest), scale=scale)
    assert trees_of(forest).scale != 1.0
    assert cause(forest, X, lambda rows: simulate(broken, rows, 2)) == name


def test_a_mean_for_a_sum(boosted: Anatomy) -> None:
    broken = replace(trees_of(boosted), scale=trees_of(boosted).scale / len(trees_of(boosted).root))
    assert cause(boosted, X, lambda rows: simulate(broken, rows, 2)) == "averaged-for-summed"


def test_a_number_for_missing_that_the_runtime_compares(boosted: Anatomy) -> None:
    marked = replace(trees_of(boosted), zero_missing=np.ones(len(trees_of(boosted).left), bool), missing_value=-999.0)
    rows = X.copy()
    rows[::2, 0] = -999.0
    assert cause(replace(boosted, trees=marked), rows, lambda r: simulate(trees_of(boosted), r, 2)) == "missing-value-ignored"


def test_trees_that_do_not_answer_what_the_reference_does_prove_nothing(boosted: Anatomy) -> None:
    """The runtime runs the trees as they were read; it is the reference that does something else."""
    half = replace(trees_of(boosted), base=trees_of(boosted).base + X[:, 0].mean() + 1)
    rows = np.abs(X) + 1  # without a 0, so that reading 0 as missing changes nothing

    def reference(given: Floats) -> Floats:
        return simulate(half, np.where(given > 2, 0.0, given), 2)

    given = evidence(boosted, rows, reference, lambda r: simulate(trees_of(boosted), r, 2))
    found = diagnose(given)
    assert found is None or found.cause.name not in {s.name for s in SWITCHES}


def test_all_trees_of_a_model_whose_link_has_a_slope(boosted: Anatomy) -> None:
    """LightGBM's sigmoid=2, stopped early: the trees beyond the best iteration go through the same slope."""
    all_trees = replace(trees_of(boosted), slope=2.0)
    few = read_model(GradientBoostingClassifier(n_estimators=12, max_depth=3, random_state=0).fit(X, Y), NAMES)
    stopped = replace(few, trees=replace(trees_of(few), slope=2.0))
    given = evidence(stopped, X, lambda r: simulate(trees_of(stopped), r, 2), lambda r: simulate(all_trees, r, 2))
    found = diagnose(replace(given, artifact=replace(boosted, trees=all_trees)))
    assert found is not None and found.cause.name == "best-iteration-ignored"


def test_a_mean_taken_after_the_link(boosted: Anatomy) -> None:
    """What the converter of LightGBM to ONNX makes of boosting_type="rf"."""
    trees = trees_of(boosted)
    mean, count = replace(trees, scale=trees.scale / len(trees.root)), len(trees.root)

    def runtime(rows: Floats) -> Floats:
        late = logistic(count * simulate(replace(mean, link="identity"), rows, 1)) / count
        return np.hstack([1 - late, late])

    assert cause(replace(boosted, trees=mean), X, runtime) == "averaged-after-link"


def test_a_second_cause_of_the_few_rows_that_the_first_leaves() -> None:
    singles = {"float32-thresholds": Shares(0.978, 0.0), "near-zero-snapped": Shares(0.0, 1.0)}
    both = "float32-thresholds + near-zero-snapped"
    assert both_needed(both, Shares(1.0, 0.0), singles, rows=135)
    assert not both_needed(both, Shares(0.985, 0.0), singles, rows=135), "it leaves more than half of what the first leaves"
    assert not both_needed(both, Shares(1.0, 0.0), singles, rows=40), "one row is no second cause"


def test_classes_in_any_order() -> None:
    labels = np.digitize(X[:, 0] + X[:, 1], [-1.0, 0.0, 1.0])
    four = read_model(RandomForestClassifier(9, max_depth=4, random_state=0).fit(X, labels), NAMES)
    assert cause(four, X, lambda rows: simulate(trees_of(four), rows, 4)[:, [2, 0, 1, 3]], columns=4) == "classes-permuted"


def test_two_columns_exchanged_without_an_artifact_that_can_be_read(boosted: Anatomy) -> None:
    assert cause(boosted, X, lambda rows: simulate(trees_of(boosted), rows[:, [0, 2, 1, 3]], 2)) == "columns-swapped"


def test_three_columns_in_a_ring_are_not_called_two(boosted: Anatomy) -> None:
    assert cause(boosted, X, lambda rows: simulate(trees_of(boosted), rows[:, [1, 2, 0, 3]], 2)) is None


def test_two_causes_at_once(histogram: Anatomy) -> None:
    trees = trees_of(histogram)
    broken = replace(trees, threshold=trees.threshold.astype(np.float32).astype(np.float64), precision="float32")

    def runtime(rows: Floats) -> Floats:
        p = simulate(broken, rows, 1)
        return np.hstack([p, 1 - p])

    rows = np.vstack([X, edges(histogram)])
    found = diagnose(evidence(histogram, rows, lambda given: simulate(trees, given, 2), runtime))
    assert found is not None and found.cause.name == "float32-thresholds + complement"
    assert "Read the other column" in found.cause.fix and "float32" in found.cause.fix


def test_a_second_cause_that_adds_nothing_is_not_named(histogram: Anatomy) -> None:
    trees = trees_of(histogram)
    broken = replace(trees, threshold=trees.threshold.astype(np.float32).astype(np.float64), precision="float32")
    assert cause(histogram, edges(histogram), lambda given: simulate(broken, given, 2)) == "float32-thresholds"


UNKNOWN: dict[str, Runtime] = {
    "clipped": lambda p: np.clip(p, 0.2, 0.8),
    "rounded for people": lambda p: np.round(p, 2),
    "squared": lambda p: p**2,
    "noise": lambda p: p + 0.01 * np.random.default_rng(3).normal(size=p.shape),
    "isotonic steps": lambda p: np.floor(p * 7) / 7,
    "another calibration": lambda p: logistic(1.3 * np.log(p / (1 - p)) + 0.4 * p),
}


@pytest.mark.parametrize("fault", UNKNOWN)
def test_faults_that_are_in_no_catalogue_have_no_cause(boosted: Anatomy, fault: str) -> None:
    assert cause(boosted, X, lambda rows: UNKNOWN[fault](simulate(trees_of(boosted), rows, 2))) is None


@pytest.mark.parametrize("model", ["boosted", "histogram", "forest"])
def test_other_trees_of_the_same_kind_have_no_cause(model: str, request: pytest.FixtureRequest) -> None:
    """A model that was trained again: each answer is another one, for no reason that an export could have."""
    anatomy: Anatomy = request.getfixturevalue(model)
    again = read_model(GradientBoostingClassifier(n_estimators=15, max_depth=3, random_state=1).fit(X[:250], Y[:250]), NAMES)
    assert cause(anatomy, X, lambda rows: simulate(trees_of(again), rows, 2)) is None


def test_rows_whose_scores_agree_are_explained_by_nothing(boosted: Anatomy) -> None:
    """Labels may differ where scores do not: then a hypothesis that changes nothing would fit every row."""
    given = evidence(boosted, X, lambda rows: simulate(trees_of(boosted), rows, 2), lambda rows: np.round(rows[:, :2]))
    agreeing = replace(given, ask_runtime=given.ask_reference)
    assert narrowed(agreeing) is None and diagnose(agreeing) is None


def test_bins_behind_a_scaler_in_float32() -> None:
    """A scaler rounds the reciprocal of its scale, as exporters write it; its bins compare what comes out."""
    from sklearn.linear_model import LogisticRegression

    rows = np.round(X * 10 + 50, 1)
    bins = KBinsDiscretizer(8, encode="onehot-dense", strategy="quantile", quantile_method="linear")
    model = make_pipeline(StandardScaler(), bins, LogisticRegression()).fit(rows, Y)
    scaler, edges_of = model[0], [e[1:-1].astype(np.float32) for e in model[1].bin_edges_]

    def runtime(given: Floats) -> Floats:
        z = (given.astype(np.float32) - scaler.mean_.astype(np.float32)) * (1 / scaler.scale_).astype(np.float32)
        binned = [np.searchsorted(e, z[:, i], side="right") for i, e in enumerate(edges_of)]
        one_hot = np.hstack([np.eye(len(e) + 1)[b] for e, b in zip(edges_of, binned, strict=True)])
        return np.asarray(model[2].predict_proba(one_hot))

    drifts = np.abs(model.predict_proba(rows) - runtime(rows)).max(axis=1) > 1e-6
    assert drifts.sum() > 20, "quantile edges are values of the data"
    given = replace(evidence(read_model(model, NAMES), rows, lambda r: np.asarray(model.predict_proba(r)), runtime), model=model)
    found = diagnose(given)
    assert found is not None and found.cause.name == "float32-thresholds" and found.cause.explained == 1.0


def of_answers(reference: Runtime, runtime: Runtime) -> str | None:
    """The cause for a model of which nothing but its answers is known."""
    found = diagnose(evidence(Anatomy(NAMES), X, reference, runtime))
    return None if found is None else found.cause.name


def margins(rows: Floats) -> Floats:
    return np.stack([rows[:, 0] * rows[:, 1], rows[:, 2], rows[:, 3] - 1], axis=1)


def one_against_rest(rows: Floats) -> Floats:
    return logistic(margins(rows))


def one_margin(rows: Floats) -> Floats:
    return margins(rows)[:, :1]


def shares_of_one(rows: Floats) -> Floats:
    return np.asarray(one_against_rest(rows) / one_against_rest(rows).sum(axis=1, keepdims=True))


@pytest.mark.parametrize(
    ("reference", "runtime", "expected"),
    [
        (lambda rows: np.exp(one_margin(rows)), one_margin, "log-link-dropped"),
        (one_margin, lambda rows: np.exp(one_margin(rows)), "log-link-added"),
        (one_against_rest, lambda rows: softmax(margins(rows)), "softmax-for-one-vs-rest"),
        (one_against_rest, shares_of_one, "one-vs-rest-normalised"),
        (shares_of_one, one_against_rest, "one-vs-rest-not-normalised"),
        (lambda rows: softmax(margins(rows)), margins, "raw-margin"),
        (margins, lambda rows: softmax(margins(rows)), "link-function"),
        (one_margin, lambda rows: one_margin(rows) / 5, "scores-scaled"),
        (one_margin, lambda rows: (-one_margin(rows)).astype(np.float32).astype(np.float64), "margin-negated"),
        (margins, lambda rows: margins(rows) * np.array([1.0, 2.0, 3.0]), None),
        (one_margin, lambda rows: one_margin(rows) ** 3, None),
        (shares_of_one, lambda rows: np.zeros((len(rows), 3)), "constant-answer"),
        (lambda rows: np.ones((len(rows), 1)), lambda rows: np.zeros((len(rows), 1)), None),
    ],
)
def test_links_and_factors_that_answers_alone_show(reference: Runtime, runtime: Runtime, expected: str | None) -> None:
    assert of_answers(reference, runtime) == expected


def test_answers_that_never_change_are_not_explained_by_a_factor() -> None:
    assert of_answers(lambda rows: np.full((len(rows), 1), 2.0), lambda rows: np.full((len(rows), 1), 3.0)) != "scores-scaled"


def test_probabilities_of_nought_and_one_are_no_trouble() -> None:
    certain = np.eye(3)[X[:, 0].argsort() % 3]
    assert of_answers(lambda rows: certain[: len(rows)], lambda rows: certain[: len(rows), ::-1] * 0.5) is None


def test_outputs_that_are_sorted(forest: Anatomy) -> None:
    """XGBoost 3.4 sorts quantiles, 3.2 does not."""
    assert cause(forest, X, lambda rows: np.sort(simulate(trees_of(forest), rows, 2), axis=1)) == "outputs-sorted"


def test_a_square_that_is_not_exported() -> None:
    """LightGBM's reg_sqrt=True: the model answers with the signed square of its sum of leaves."""
    margin = read_model(GradientBoostingRegressor(n_estimators=9, random_state=0).fit(X, X[:, 0]), NAMES)
    trees = trees_of(margin)

    def reference(rows: Floats) -> Floats:
        sums = simulate(trees, rows, 1)
        return sums * np.abs(sums)

    unread = replace(margin, trees=replace(trees, link="unknown"))
    found = diagnose(evidence(unread, X, reference, lambda rows: simulate(trees, rows, 1)))
    assert found is not None and found.cause.name == "square-dropped"

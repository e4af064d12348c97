"""One injected fault for each cause that the diagnosis promises to name, and the name asserted.

Faults are put into what the runtime answers, as an export or an engine would do it; the diagnosis is told nothing of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestRegressor
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from parity.anatomy import read_model
from parity.anatomy.traverse import as_floats
from parity.diagnose import diagnose
from parity.diagnose.evidence import Evidence
from parity.diagnose.labels import LabelEvidence, cause_of_labels
from parity.diagnose.margins import linked
from parity.diagnose.trees import simulate
from parity.values.anatomy import Anatomy, Linear, Prefix, Trees

Floats = npt.NDArray[np.float64]
Answer = Callable[[pa.RecordBatch], Floats]
NAMES = ("a", "b", "c", "d")
RNG = np.random.default_rng(11)
X = RNG.normal(size=(400, 4))
Y = (X[:, 0] * X[:, 1] + X[:, 2] > 0).astype(int)
HOLES = np.where(RNG.random(X.shape) < 0.15, np.nan, np.where(RNG.random(X.shape) < 0.1, 0.0, X))


@dataclass(frozen=True)
class Model:
    """What is asked: the reference's answers, its structure, rows to ask about, and how rows become features."""

    anatomy: Anatomy
    rows: pa.RecordBatch
    reference: Answer
    features: Answer
    model: Any = None


def frame_of(batch: pa.RecordBatch) -> Floats:
    return np.column_stack([c.to_numpy(zero_copy_only=False) for c in batch.columns]).astype(np.float64)


def batch_of(rows: Floats) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array(c, pa.float64(), from_pandas=True) for c in rows.T], names=list(NAMES))


def of_trees(anatomy: Anatomy, rows: Floats, columns: int = 2) -> Model:
    return Model(anatomy, batch_of(rows), lambda batch: simulate(trees_of(anatomy), frame_of(batch), columns), frame_of)


def trees_of(anatomy: Anatomy) -> Trees:
    assert anatomy.trees is not None
    return anatomy.trees


def named(model: Model, runtime: Answer, artifact: Anatomy | None = None, bound: float = 1e-9) -> str | None:
    """The cause, after rows are parted into drifting and agreeing ones as a run does."""
    drifts = ~(np.abs(model.reference(model.rows) - runtime(model.rows)).max(axis=1) <= bound)
    assert drifts.any(), "the fault shows in no row"
    found = diagnose(
        Evidence(
            drifting=model.rows.filter(pa.array(drifts)),
            agreeing=model.rows.filter(pa.array(~drifts)),
            ask_reference=model.reference,
            ask_runtime=runtime,
            bound=lambda scores, batch: np.full(len(scores), bound),
            reference=model.anatomy,
            artifact=artifact or Anatomy(tuple(model.rows.schema.names)),
            features=model.features,
            model=model.model,
            ask_model=lambda twin, batch: np.asarray(twin.predict_proba(frame_of(batch))),
        )
    )
    return None if found is None else found.cause.name


HISTOGRAM = read_model(HistGradientBoostingClassifier(max_iter=15, max_leaf_nodes=8, random_state=0).fit(HOLES, Y), NAMES)
BOOSTED = read_model(GradientBoostingClassifier(n_estimators=15, max_depth=3, random_state=0).fit(X, Y), NAMES)
FOREST = read_model(RandomForestRegressor(9, max_depth=4, random_state=0).fit(X, X[:, 0] * 100), NAMES)


def edges(anatomy: Anatomy) -> Floats:
    """Rows with one feature at a threshold or beside it."""
    trees, rows = trees_of(anatomy), np.repeat(X[:50], 12, axis=0)
    pick = RNG.choice(np.flatnonzero(trees.left >= 0), len(rows))
    beside = np.nextafter(trees.threshold[pick], RNG.choice([-np.inf, np.inf], len(rows)))
    rows[np.arange(len(rows)), trees.feature[pick]] = np.where(RNG.random(len(rows)) < 0.3, trees.threshold[pick], beside)
    return rows


def turned(anatomy: Anatomy, columns: int = 2, cast: Callable[[Floats], Floats] = lambda x: x, **changes: Any) -> Answer:
    broken = replace(trees_of(anatomy), **changes)
    return lambda batch: simulate(broken, cast(frame_of(batch)), columns)


def zero_is_missing(x: Floats) -> Floats:
    return np.where(x == 0, np.nan, x)


def exchanged(x: Floats) -> Floats:
    return np.where(x == 0, np.nan, np.where(np.isnan(x), 0.0, x))


H, B, F = trees_of(HISTOGRAM), trees_of(BOOSTED), trees_of(FOREST)
ONE_TURNED = np.where(np.arange(len(H.left)) == 0, ~H.nan_left, H.nan_left)
WITH_HOLES, ON_EDGES, BOOSTED_ROWS = of_trees(HISTOGRAM, HOLES), of_trees(HISTOGRAM, edges(HISTOGRAM)), of_trees(BOOSTED, X)


def margin(batch: pa.RecordBatch) -> Floats:
    p = WITH_HOLES.reference(batch)[:, -1:]
    return np.asarray(np.log(p / (1 - p)))


def binary(p: Floats) -> Floats:
    return np.hstack([1 - p, p])


def with_artifact(trees: Trees, **changes: Any) -> Anatomy:
    return Anatomy(NAMES, trees=replace(trees, **changes))


def but_the_last(trees: Trees) -> Trees:
    end = int(trees.root[-1])
    kept = {n: getattr(trees, n)[:end] for n in ("left", "right", "feature", "threshold", "nan_left", "tree", "leaf")}
    return replace(trees, root=trees.root[:-1], **kept)


def of_first(trees: Trees) -> Model:
    """A reference that stopped one tree before the last."""
    anatomy = replace(BOOSTED, trees=but_the_last(trees), whole=trees)
    return of_trees(anatomy, X)


FEW_DIGITS = np.array([float(f"{t:.4g}") for t in H.threshold])
SINGLE = H.threshold.astype(np.float32).astype(np.float64)
ONE_STEP = np.where(H.left >= 0, H.threshold + 0.05, H.threshold)

TREES: dict[str, tuple[Model, Answer, Anatomy | None]] = {
    "missing-as-zero": (WITH_HOLES, turned(HISTOGRAM, cast=np.nan_to_num), None),
    "zero-as-missing": (WITH_HOLES, turned(HISTOGRAM, cast=zero_is_missing), None),
    "zero-and-missing-exchanged": (WITH_HOLES, turned(HISTOGRAM, cast=exchanged), None),
    "missing-direction-dropped": (WITH_HOLES, turned(HISTOGRAM, nan_left=np.zeros_like(H.nan_left)), None),
    "missing-direction-flipped": (WITH_HOLES, turned(HISTOGRAM, nan_left=ONE_TURNED), with_artifact(H, nan_left=ONE_TURNED)),
    "float32-thresholds": (ON_EDGES, turned(HISTOGRAM, threshold=SINGLE, precision="float32"), None),
    "rounded-thresholds": (ON_EDGES, turned(HISTOGRAM, threshold=FEW_DIGITS), None),
    "threshold-values": (ON_EDGES, turned(HISTOGRAM, threshold=ONE_STEP), with_artifact(H, threshold=ONE_STEP)),
    "strict-comparison": (ON_EDGES, turned(HISTOGRAM, rule="lt"), None),
    "averaged-for-summed": (BOOSTED_ROWS, turned(BOOSTED, scale=B.scale / len(B.root)), None),
    "trees-dropped": (
        BOOSTED_ROWS,
        lambda batch: simulate(but_the_last(B), frame_of(batch), 2),
        Anatomy(NAMES, trees=but_the_last(B)),
    ),
    "best-iteration-ignored": (of_first(B), BOOSTED_ROWS.reference, BOOSTED),
    "base-score": (BOOSTED_ROWS, turned(BOOSTED, base=np.zeros(1)), None),
    "leaf-values": (BOOSTED_ROWS, turned(BOOSTED, leaf=B.leaf * 1.01), with_artifact(B, leaf=B.leaf * 1.01)),
    "float32-leaves": (of_trees(FOREST, X, 1), turned(FOREST, 1, leaf=F.leaf.astype(np.float32).astype(np.float64)), None),
    "float32-sums": (of_trees(FOREST, X, 1), turned(FOREST, 1, sum_precision="float32"), None),
    "raw-margin": (
        replace(WITH_HOLES, reference=lambda batch: WITH_HOLES.reference(batch)[:, -1:]), margin, None,
    ),
    "link-function": (
        replace(WITH_HOLES, reference=margin), lambda batch: WITH_HOLES.reference(batch)[:, -1:], None,
    ),
    "sigmoid-scale": (WITH_HOLES, lambda batch: linked(1.7 * margin(batch), "logistic", 2), None),
    "complement": (WITH_HOLES, lambda batch: 1 - WITH_HOLES.reference(batch), None),
    "columns-swapped": (BOOSTED_ROWS, turned(BOOSTED, cast=lambda x: x[:, [0, 2, 1, 3]]), None),
}  # fmt: skip


@pytest.mark.parametrize("cause", TREES)
def test_causes_in_trees(cause: str) -> None:
    model, runtime, artifact = TREES[cause]
    assert named(model, runtime, artifact) == cause


def renumbered(trees: Trees) -> Trees:
    """The same trees, each with its nodes in the opposite order of numbers: an exporter has its own."""
    last = len(trees.left) - 1
    arrays = {n: getattr(trees, n)[::-1] for n in ("feature", "threshold", "nan_left", "tree", "leaf")}
    children = {n: np.where(getattr(trees, n) >= 0, last - getattr(trees, n), -1)[::-1] for n in ("left", "right")}
    return replace(trees, root=last - trees.root, **arrays, **children)


def test_trees_beyond_the_best_iteration_whatever_the_numbers_of_their_nodes() -> None:
    artifact = Anatomy(NAMES, trees=renumbered(B))
    assert named(of_first(B), BOOSTED_ROWS.reference, artifact) == "best-iteration-ignored"
    fewer = renumbered(but_the_last(B))
    assert named(BOOSTED_ROWS, lambda batch: simulate(fewer, frame_of(batch), 2), Anatomy(NAMES, trees=fewer)) == "trees-dropped"


def test_a_sum_in_another_order() -> None:
    """In float32, where the order shows; beside a bound that knows one order only."""
    single = replace(FOREST, trees=replace(F, sum_precision="float32"))
    order = np.arange(len(F.root))[::-1]
    backwards = replace(trees_of(single), root=F.root[order], tree=(len(F.root) - 1 - F.tree).astype(F.tree.dtype))
    model = of_trees(single, X, 1)
    assert named(model, lambda batch: simulate(backwards, frame_of(batch), 1)) == "summation-order"


# Linear models, scalers, classes.

THREE = np.digitize(X[:, 0] + X[:, 1], [-0.5, 0.5])
SCALED = make_pipeline(StandardScaler(), LogisticRegression()).fit(X * [1, 1e3, 1, 1] + [0, 1e6, 0, 5], THREE)
SCALED_ROWS = batch_of(X * [1, 1e3, 1, 1] + [0, 1e6, 0, 5])


def of_model(model: Any, rows: pa.RecordBatch) -> Model:
    anatomy = read_model(model, rows.schema.names)
    assert anatomy.prefix is not None
    return Model(
        anatomy,
        rows,
        lambda b: np.asarray(model.predict_proba(frame_of(b))),
        lambda b: anatomy.prefix.transform(frame_of(b)),
        model,
    )  # type: ignore[union-attr]


def linear_runtime(weights: Floats, intercept: Floats) -> Answer:
    return lambda batch: linked(SCALED[0].transform(frame_of(batch)) @ weights.T + intercept, "softmax", 3)


def test_coefficients_that_are_other_numbers() -> None:
    model, last = of_model(SCALED, SCALED_ROWS), SCALED[-1]
    weights = last.coef_ * np.where(np.arange(4) == 2, 1 + 1e-4, 1)
    assert model.anatomy.linear is not None
    artifact = Anatomy(NAMES, linear=replace(model.anatomy.linear, weights=weights))
    assert named(model, linear_runtime(weights, last.intercept_), artifact) == "coefficient-values"


def pmml_like(weights: Floats, mean: float = 0.0) -> Anatomy:
    """The artifact's features are the user's columns and, behind them and turned round, the scaled ones."""
    scaler, last = SCALED[0], SCALED[-1]

    def transform(rows: Any) -> Floats:
        given = as_floats(rows)
        return np.hstack([given, scaler.transform(given)[:, ::-1] + mean])

    prefix = Prefix(transform, np.tile(np.arange(4, dtype=np.int32), 2), np.ones(8, np.int32))
    wide = np.hstack([np.zeros_like(weights), weights[:, ::-1]])
    return Anatomy(NAMES, linear=Linear(wide, last.intercept_, "softmax"), prefix=prefix)


def test_coefficients_are_compared_feature_by_feature_where_the_artifact_has_them_elsewhere() -> None:
    model, last = of_model(SCALED, SCALED_ROWS), SCALED[-1]
    weights = last.coef_ * np.where(np.arange(4) == 2, 1 + 1e-4, 1)
    assert named(model, linear_runtime(weights, last.intercept_), pmml_like(weights)) == "coefficient-values"


def test_coefficients_of_features_that_the_model_has_not_are_not_compared() -> None:
    model, last = of_model(SCALED, SCALED_ROWS), SCALED[-1]
    weights = last.coef_ * np.where(np.arange(4) == 2, 1 + 1e-4, 1)
    assert named(model, linear_runtime(weights, last.intercept_), pmml_like(weights, mean=1.0)) != "coefficient-values"


@pytest.mark.parametrize("read", [False, True])
def test_intercepts_of_several_classes_that_are_lost(read: bool) -> None:
    model, last = of_model(SCALED, SCALED_ROWS), SCALED[-1]
    assert model.anatomy.linear is not None
    artifact = Anatomy(NAMES, linear=replace(model.anatomy.linear, intercept=np.zeros(3))) if read else None
    assert named(model, linear_runtime(last.coef_, np.zeros(3)), artifact) == "base-score"


@pytest.mark.parametrize("name", ["mean_", "scale_"])
def test_scaler_statistics_in_float32(name: str) -> None:
    model, scaler = of_model(SCALED, SCALED_ROWS), SCALED[0]
    numbers = {n: getattr(scaler, n) for n in ("mean_", "scale_")}
    numbers[name] = numbers[name].astype(np.float32).astype(np.float64)

    def runtime(batch: pa.RecordBatch) -> Floats:
        return np.asarray(SCALED[-1].predict_proba((frame_of(batch) - numbers["mean_"]) / numbers["scale_"]))

    assert named(model, runtime) == "float32-scaler"


def test_classes_in_another_order() -> None:
    model = of_model(SCALED, SCALED_ROWS)
    assert named(model, lambda batch: model.reference(batch)[:, [2, 0, 1]]) == "classes-permuted"


# Rows of a batch.


@pytest.mark.parametrize(("cause", "source"), [("stale-rows", -1), ("rows-lost", 1)])
def test_rows_that_get_the_answer_of_a_neighbour(cause: str, source: int) -> None:
    def runtime(batch: pa.RecordBatch) -> Floats:
        answers = BOOSTED_ROWS.reference(batch)
        places = np.arange(len(answers))
        places[9::10] += source
        return answers[np.clip(places, 0, len(answers) - 1)]

    assert named(BOOSTED_ROWS, runtime) == cause


def test_noise_of_a_batch_has_no_cause() -> None:
    """Right when asked alone, and no neighbour's answer: a batch decides, and nothing is proved."""

    def runtime(batch: pa.RecordBatch) -> Floats:
        answers = BOOSTED_ROWS.reference(batch).copy()
        answers[9::10] = 0.123
        return answers

    assert named(BOOSTED_ROWS, runtime) is None


# Categories, codes and text.

WORDS = ("ash", "beech", "Cedar", "11", "2")
TABLE = pd.DataFrame({"tree": RNG.choice(WORDS, 300), "height": RNG.normal(size=300), "code": RNG.integers(0, 6, 300)})
ENCODER = ColumnTransformer(
    [
        ("text", OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["tree", "code"]),
        ("number", "passthrough", ["height"]),
    ]
)
COUNTED = make_pipeline(ENCODER, LinearRegression()).fit(TABLE, RNG.normal(size=300) + TABLE.code**2 + TABLE.tree.map(len))


def of_table(table: pd.DataFrame) -> Model:
    def reference(batch: pa.RecordBatch) -> Floats:
        return np.asarray(COUNTED.predict(batch.to_pandas()))[:, None]

    anatomy = replace(Anatomy(tuple(table.columns)), categories=(tuple(sorted(WORDS)), None, (0, 1, 2, 3, 4, 5)))
    return Model(
        anatomy, pa.RecordBatch.from_pandas(table, preserve_index=False), reference, lambda batch: np.zeros((batch.num_rows, 1))
    )


def changed(column: str, change: Callable[[Any], Any]) -> Answer:
    def answer(batch: pa.RecordBatch) -> Floats:
        table = batch.to_pandas()
        table[column] = table[column].map(change)
        return np.asarray(COUNTED.predict(table))[:, None]

    return answer


UNSEEN = TABLE.assign(tree=np.where(np.arange(300) % 3 == 0, "willow", TABLE.tree))
FRACTIONS = TABLE.assign(code=TABLE.code + np.where(np.arange(300) % 2 == 0, 0.25, 0.0))
ORDER = sorted(WORDS)

TEXTS: dict[str, tuple[pd.DataFrame, Answer]] = {
    "categories-permuted": (TABLE, changed("tree", lambda v: {"ash": "beech", "beech": "ash"}.get(v, v))),
    "category-codes-shifted": (TABLE, changed("tree", lambda v: ORDER[(ORDER.index(v) + 1) % 5])),
    "case-folding": (TABLE, changed("tree", str.lower)),
    "number-as-text": (TABLE, changed("tree", lambda v: f"{v}.0" if v.isdecimal() else v)),
    "unseen-category-as-known": (UNSEEN, changed("tree", lambda v: v if v in WORDS else ORDER[0])),
    "fractional-code": (FRACTIONS, changed("code", np.trunc)),
}


@pytest.mark.parametrize("cause", TEXTS)
def test_categories(cause: str) -> None:
    table, runtime = TEXTS[cause]
    assert named(of_table(table), runtime) == cause


def test_codes_that_are_one_higher() -> None:
    assert named(of_table(TABLE), changed("code", lambda v: v + 1)) == "category-codes-shifted"


NOTES = ["The ID is well-known", "I LIKE it", "no id here", "well known THING", "is it in-line", "an INK of it", "like it"] * 6
VECTORISER = CountVectorizer(token_pattern=r"[\w-]+", lowercase=False)
OF_TEXT = make_pipeline(VECTORISER, LinearRegression()).fit(NOTES, RNG.normal(size=len(NOTES)))


@pytest.mark.parametrize(
    ("cause", "change"),
    [
        ("case-folding", str.lower),
        ("locale", lambda t: t.replace("I", "ı").lower()),
        ("text-pattern", lambda t: t.replace("-", " ")),
        ("text-pattern", lambda t: " ".join(w for w in t.split() if len(w) > 2)),
    ],
)
def test_text_that_is_cut_or_folded_otherwise(cause: str, change: Callable[[str], str]) -> None:
    learned = make_pipeline(CountVectorizer(token_pattern=r"[\w-]+", lowercase=False), LinearRegression())
    learned.fit(
        [*NOTES, *(n.lower() for n in NOTES), *(n.replace("I", "ı").lower() for n in NOTES)], RNG.normal(size=3 * len(NOTES))
    )

    def asked(batch: pa.RecordBatch, change: Callable[[str], str] = lambda t: t) -> Floats:
        return np.asarray(learned.predict([change(t) for t in batch.column(0).to_pylist()]))[:, None]

    rows = pa.record_batch({"note": NOTES})
    model = Model(Anatomy(("note",)), rows, asked, lambda batch: np.zeros((batch.num_rows, 1)))
    assert named(model, lambda batch: asked(batch, change)) == cause


@pytest.mark.parametrize(
    ("cause", "values", "change"),
    [
        ("integer-overflow", [2**31 + 7, 5, -(2**33) - 1], lambda v: (v + 2**31) % 2**32 - 2**31),
        ("integer-overflow", [2**31 + 7, 5, -(2**33) - 1], lambda v: max(min(v, 2**31 - 1), -(2**31))),
        ("float32-input", [2**24 + 1, 3, 2**25 + 1], lambda v: int(np.float32(v))),
        ("integers-in-double", [2**53 + 2**27 + 1, 3, 2**60 + 2**30 + 1], lambda v: int(float(v))),
    ],
)
def test_whole_numbers_that_do_not_fit(cause: str, values: list[int], change: Callable[[int], int]) -> None:
    """The reference tells any two whole numbers apart."""

    def asked(batch: pa.RecordBatch, change: Callable[[int], int] = lambda v: v) -> Floats:
        return np.array([[float(change(v) % 9973)] for v in batch.column(0).to_pylist()])

    rows = pa.record_batch({"n": pa.array(values * 20, pa.int64())})
    model = Model(Anatomy(("n",)), rows, asked, lambda batch: np.zeros((batch.num_rows, 1)))
    assert named(model, lambda batch: asked(batch, change)) == cause


# Labels alone.

P = RNG.random(200)
P[:20] = 0.5


def labels(ours: Any, theirs: Any, scores: Floats) -> str | None:
    ours, theirs = np.asarray(ours).astype(str), np.asarray(theirs).astype(str)
    order = np.argsort(ours == theirs, kind="stable")
    found = cause_of_labels(
        LabelEvidence(ours[order], theirs[order], scores[order], np.full(len(ours), 1e-12), int((ours != theirs).sum()))
    )
    return None if found is None else found.name


def test_a_threshold_that_is_not_exported() -> None:
    assert labels(P > 0.3, P > 0.5, P[:, None]) == "label-threshold"


def test_labels_in_another_order() -> None:
    three = RNG.integers(0, 3, 200)
    assert labels(three, (three + 1) % 3, np.eye(3)[three]) == "labels-permuted"
    assert labels(P > 0.5, P <= 0.5, P[:, None]) == "labels-permuted"


def test_ties_that_go_the_other_way() -> None:
    assert labels(P > 0.5, P >= 0.5, binary(P[:, None])) == "tie-rule"


def test_labels_of_other_names_need_no_scores() -> None:
    """CatBoost writes two classes of text as false and true, and no probabilities, into PMML."""
    ours = np.where(P > 0.5, "yes", "no")
    assert labels(ours, np.where(P > 0.5, "true", "false"), np.zeros((len(P), 0))) == "labels-permuted"
    assert labels(ours, np.roll(ours, 1), np.zeros((len(P), 0))) is None


def test_labels_at_random_have_no_cause() -> None:
    assert labels(P > 0.5, RNG.random(200) > 0.5, P[:, None]) is None
    assert labels(RNG.integers(0, 3, 200), RNG.integers(0, 3, 200), RNG.random((200, 3))) is None


def test_margins_of_several_classes_times_a_factor() -> None:
    model, last = of_model(SCALED, SCALED_ROWS), SCALED[-1]
    assert named(model, linear_runtime(1.0001 * last.coef_, 1.0001 * last.intercept_)) == "sigmoid-scale"


def test_a_last_tree_that_is_lost_in_a_file_that_is_not_read() -> None:
    assert named(BOOSTED_ROWS, lambda batch: simulate(but_the_last(B), frame_of(batch), 2)) == "trees-dropped"


def test_missing_for_0_is_not_called_a_model_that_reads_missing_as_0() -> None:
    """The runtime gets missing values for 0 and the reverse: with 0 for missing it answers as the reference does for missing."""
    only_missing = of_trees(HISTOGRAM, np.where(X > 1, np.nan, X + 10))
    assert named(only_missing, turned(HISTOGRAM, cast=exchanged)) in ("missing-as-zero", "zero-and-missing-exchanged")

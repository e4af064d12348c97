"""scikit-learn estimators and pipelines: every method, as the user's own call gives it, and every way of refusing."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from parity.errors import ReferenceLoadError
from parity.values.outcome import Scores
from parity.values.signature import OutputKind
from parity.values.timing import TimingPlan
from tests.references.models import batch, equal_bits, mixed, numbers, reference, refused, scores, target


@pytest.fixture(scope="module")
def pipeline():
    """A ColumnTransformer over text, numbers with holes and truths, fitted on a frame."""
    frame = mixed()
    prepare = ColumnTransformer(
        [
            ("text", OneHotEncoder(), ["city"]),
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["age", "visits", "debt"]),
        ],
        remainder="passthrough",
    )
    return make_pipeline(prepare, LogisticRegression(max_iter=1000)).fit(frame, target(frame))


def test_classifier_gives_probability_margin_and_label(tmp_path, pipeline):
    found, frame = reference(pipeline, tmp_path), mixed()
    specs = {spec.name: spec for spec in found.signature.outputs}
    assert {name: spec.kind for name, spec in specs.items()} == {
        "probability": OutputKind.PROBABILITY,
        "margin": OutputKind.MARGIN,
        "label": OutputKind.LABEL,
    }
    assert specs["probability"].classes == (0, 1) == specs["label"].classes
    assert (specs["probability"].width, specs["margin"].width) == (2, 1)
    got = scores(found, batch(frame))
    assert equal_bits(got["probability"], pipeline.predict_proba(frame))
    assert equal_bits(got["margin"], pipeline.decision_function(frame)[:, None])
    assert equal_bits(got["label"], pipeline.predict(frame)[:, None])


def test_columns_are_taken_by_name_in_fitted_order(tmp_path, pipeline):
    found, frame = reference(pipeline, tmp_path), mixed()
    assert found.columns == ("age", "visits", "member", "city", "debt")
    shuffled = frame.assign(target=1)[["target", "debt", "city", "member", "visits", "age"]]
    assert equal_bits(scores(found, batch(shuffled))["probability"], pipeline.predict_proba(frame))


def test_facts_name_the_steps_and_versions(tmp_path, pipeline):
    facts = reference(pipeline, tmp_path).facts
    assert facts["model"] == "Pipeline(ColumnTransformer, LogisticRegression)"
    assert facts["sklearn"].startswith("1.")


def test_fitted_on_an_array_gets_an_array(tmp_path):
    frame = numbers()
    model = LogisticRegression().fit(frame.to_numpy(), target(frame))
    found = reference(model, tmp_path)
    assert (found.columns, found.width) == (None, 3)
    assert found.prepare(batch(frame)).flags.c_contiguous
    rows = np.ascontiguousarray(frame.to_numpy())  # the last bits of a product depend on the order in memory
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert equal_bits(scores(found, batch(frame))["probability"], model.predict_proba(rows))


def test_regressor_gives_values(tmp_path):
    frame = numbers()
    model = LinearRegression().fit(frame, frame.age * 2)
    found = reference(model, tmp_path)
    assert [(s.name, s.kind, s.type) for s in found.signature.outputs] == [("value", OutputKind.VALUE, "float64")]
    assert equal_bits(scores(found, batch(frame))["value"], model.predict(frame)[:, None])


def test_labels_of_every_type(tmp_path):
    frame = numbers()
    for names, kind in (
        ((False, True), "bool"),
        (("no", "yes"), "string"),
        ((1.0, 2.0), "float64"),
        ((np.int8(3), np.int8(7)), "int64"),
    ):
        model = LogisticRegression().fit(frame, np.array(names)[target(frame)])
        found = reference(model, tmp_path)
        label = found.signature.outputs[-1]
        assert (label.type, label.classes) == (kind, names)
        assert scores(found, batch(frame))["label"].ravel().tolist() == model.predict(frame).tolist()


def test_margin_of_pairs_of_classes_names_no_classes(tmp_path):
    frame = numbers()
    labels = np.arange(len(frame)) % 3
    pairs = reference(SVC(decision_function_shape="ovo").fit(frame, labels), tmp_path).signature.outputs[0]
    each = reference(SVC().fit(frame, labels), tmp_path).signature.outputs[0]
    assert (pairs.name, pairs.classes) == ("margin", None)
    assert (each.name, each.classes) == ("margin", (0, 1, 2))


def test_several_targets(tmp_path):
    frame = numbers()
    both = np.column_stack([target(frame), np.where(target(frame, "debt"), 2, 5)])
    model = DecisionTreeClassifier(max_depth=2).fit(frame, both)
    found = reference(model, tmp_path)
    assert [(s.name, s.classes) for s in found.signature.outputs[:2]] == [("probability[0]", (0, 1)), ("probability[1]", (2, 5))]
    got = scores(found, batch(frame))
    assert equal_bits(got["probability[1]"], model.predict_proba(frame)[1])
    assert got["label"].shape == (60, 2)
    regressor = reference(DecisionTreeRegressor().fit(frame, both), tmp_path)
    assert regressor.signature.outputs[0].width == 2


def test_detectors_and_clusters_give_labels(tmp_path):
    frame = numbers()
    detector = reference(IsolationForest(n_estimators=5, random_state=0).fit(frame), tmp_path)
    assert [s.name for s in detector.signature.outputs] == ["margin", "label"]
    clusters = reference(KMeans(3, n_init=1, random_state=0).fit(frame), tmp_path)
    assert [s.name for s in clusters.signature.outputs] == ["label"]


def test_method_that_is_there_but_not_available_is_left_out(tmp_path):
    frame = numbers()
    hard = VotingClassifier([("a", LogisticRegression()), ("b", DecisionTreeClassifier())]).fit(frame, target(frame))
    assert [s.name for s in reference(hard, tmp_path).signature.outputs] == ["label"]


def test_search_is_read_through(tmp_path):
    frame = numbers()
    search = GridSearchCV(make_pipeline(StandardScaler(), LogisticRegression()), {"logisticregression__C": [1.0, 2.0]}, cv=2)
    found = reference(search.fit(frame, target(frame)), tmp_path)
    assert found.columns == ("age", "income", "debt")
    assert equal_bits(scores(found, batch(frame))["probability"], search.predict_proba(frame))


def test_text_vectoriser_gets_one_column(tmp_path):
    texts = pd.DataFrame({"review": ["good film", "bad film", "good", "bad", "ünïcode good"] * 6})
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts.review, [1, 0, 1, 0, 1] * 6)
    found = reference(model, tmp_path)
    assert found.width == 1
    assert equal_bits(scores(found, batch(texts))["probability"], model.predict_proba(texts.review))
    nothing = pa.RecordBatch.from_pydict({"review": pa.array(["good", None])})
    assert refused(found, nothing).kind == "missing"


class Doubled:
    """A step that follows no convention: it remembers neither names nor width."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X[["age"]] * 2


def test_unknown_names_and_width_get_a_frame(tmp_path):
    frame = numbers()
    model = Pipeline([("own", Doubled()), ("line", LinearRegression())]).fit(frame, frame.age)
    coloured = frame.assign(colour=pd.Categorical(["red", "blue"] * 30))
    plain = batch(coloured.assign(colour=coloured.colour.astype(object)))
    assert reference(model, tmp_path, data=coloured).prepare(plain).dtypes["colour"] == "category"
    found = reference(model, tmp_path)
    assert (found.columns, found.width) == (None, None)
    assert equal_bits(scores(found, batch(frame))["value"], model.predict(frame)[:, None])


def test_null_is_nan_for_trees_that_learned_it(tmp_path):
    frame = numbers()
    frame.iloc[::4, 0] = np.nan
    model = RandomForestClassifier(5, random_state=0).fit(frame, target(frame, "debt"))
    given = batch(frame)
    assert given.column(0).null_count == 15
    assert equal_bits(scores(reference(model, tmp_path), given)["probability"], model.predict_proba(frame))


@pytest.mark.parametrize("marker", [None, np.nan])
def test_missing_text_is_what_the_encoder_learned(tmp_path, marker):
    city = np.array(["Rome", marker, "Łódź", "Rome"] * 10, dtype=object)
    frame = pd.DataFrame({"city": pd.Series(city, dtype=object)})
    model = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(frame, [0, 1, 0, 1] * 10)
    given = pa.RecordBatch.from_pydict({"city": pa.array(["Rome", None])})
    expected = model.predict_proba(pd.DataFrame({"city": pd.Series(np.array(["Rome", marker], dtype=object), dtype=object)}))
    assert equal_bits(scores(reference(model, tmp_path), given)["probability"], expected)


def test_imputer_of_text_gets_the_marker_that_it_replaces(tmp_path):
    city = pd.Series(np.array(["Rome", "Rome", np.nan, "Łódź"] * 10, dtype=object), dtype=object)
    steps = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(), LogisticRegression())
    model = steps.fit(pd.DataFrame({"city": city}), [0, 1, 0, 1] * 10)
    given = pa.RecordBatch.from_pydict({"city": pa.array(["Rome", None])})
    got = scores(reference(model, tmp_path), given)["probability"]
    assert equal_bits(got[0], got[1])


def test_categories_of_the_sample_are_categories_again(tmp_path):
    frame = numbers().assign(city=pd.Categorical(["Rome", "Łódź", "東京"] * 20))
    model = HistGradientBoostingClassifier(max_iter=5, categorical_features="from_dtype", min_samples_leaf=2)
    model.fit(frame, target(frame))
    found = reference(model, tmp_path, data=frame)
    plain = batch(frame.assign(city=frame.city.astype(object)))
    assert found.prepare(plain).dtypes["city"] == "category"
    assert equal_bits(scores(found, plain)["probability"], model.predict_proba(frame))


def table(**columns: list) -> pa.RecordBatch:
    base = {"age": [1.0], "visits": [2], "member": [True], "city": ["Rome"], "debt": [0.5]}
    return pa.RecordBatch.from_pydict({**base, **columns})


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        (table(age=[float("inf")]), "invalid-value", "infinity"),
        (table(age=[1e308 * 10]), "invalid-value", "too large"),
        (table(city=["Oslo"]), "unseen-category", "Found unknown categories"),
        (table(city=pa.array([None], pa.string())), "unseen-category", "Found unknown categories"),
        (table(age=["old"]), "type", "old"),
        (table(member=pa.array([None], pa.bool_())), "missing", "contains NaN"),
        (table(age=[1.0]).drop_columns(["city"]), "column-absent", "city"),
        (table().slice(0, 0), "empty-batch", "0 sample"),
    ],
)
def test_refusals_have_a_kind_and_the_models_own_words(tmp_path, pipeline, given, kind, words):
    refusal = refused(reference(pipeline, tmp_path), given)
    assert refusal.kind == kind
    assert words in refusal.message


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        (table().drop_columns(["city"]), "shape", "4 features"),
        (table().select(["age", "debt"]), "column-absent", "2 features"),
        (table(age=[None]).select(["age", "visits", "debt"]), "missing", "NaN"),
        (table(age=[float("nan")]).select(["age", "visits", "debt"]), "invalid-value", "NaN"),
    ],
)
def test_refusals_of_a_model_fitted_on_an_array(tmp_path, given, kind, words):
    frame = numbers()
    refusal = refused(reference(LogisticRegression().fit(frame.to_numpy(), target(frame)), tmp_path), given)
    assert refusal.kind == kind
    assert words in refusal.message


def test_batch_without_any_column_is_refused(tmp_path, pipeline):
    nothing = pa.RecordBatch.from_pydict({"other": [1.0]})
    assert refused(reference(pipeline, tmp_path), nothing).kind == "column-absent"


def test_threads_are_pinned_everywhere_on_a_copy(tmp_path):
    frame = numbers()
    forest = RandomForestClassifier(8, n_jobs=2, random_state=0)
    vote = VotingClassifier([("forest", forest), ("line", LogisticRegression())], voting="soft")
    model = make_pipeline(ColumnTransformer([("all", StandardScaler(), ["age", "debt"])]), vote).fit(frame, target(frame))
    expected = model.predict_proba(frame)
    model.steps[0][1].n_jobs = vote.n_jobs = 2
    found = reference(model, tmp_path)
    fitted = found.model.steps[1][1].estimators_[0]
    assert (fitted.n_jobs, found.model.steps[0][1].n_jobs, found.model.steps[1][1].n_jobs) == (1, 1, 1)
    assert (model.steps[1][1].estimators_[0].n_jobs, model.steps[0][1].n_jobs) == (2, 2)
    # Two threads add the trees in another order: equal up to the last bits only.
    assert np.allclose(scores(found, batch(frame))["probability"], expected, rtol=0, atol=1e-15)


def test_single_threaded_model_of_the_user_is_not_copied(tmp_path):
    frame = numbers()
    model = RandomForestClassifier(3).fit(frame, target(frame))
    assert reference(model, tmp_path).model is model


def test_blas_runs_on_one_thread_while_scoring(tmp_path):
    threadpoolctl = pytest.importorskip("threadpoolctl")
    frame, seen = numbers(), []

    class Spy(LinearRegression):
        def predict(self, X):
            seen.append({pool["num_threads"] for pool in threadpoolctl.threadpool_info()})
            return super().predict(X)

    reference(Spy().fit(frame, frame.age), tmp_path).score(batch(frame))
    assert seen == [{1}]


def test_warnings_of_the_model_stay_inside(tmp_path):
    class Loud(LinearRegression):
        def predict(self, X):
            warnings.warn("look at me", UserWarning, stacklevel=1)
            return super().predict(X) / np.zeros(len(X))

    frame = numbers()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        outcome = reference(Loud().fit(frame, frame.age), tmp_path).score(batch(frame))
    assert isinstance(outcome, Scores)


def test_wrong_number_of_rows_is_a_refusal(tmp_path):
    class Short(LinearRegression):
        def predict(self, X):
            return super().predict(X)[:-1]

    frame = numbers()
    refusal = refused(reference(Short().fit(frame, frame.age), tmp_path), batch(frame))
    assert (refusal.kind, refusal.message) == ("shape", "output 'value': 60 rows were given, 59 rows came back")


@pytest.mark.parametrize(
    "model", [LogisticRegression(), make_pipeline(StandardScaler(), LogisticRegression()), RandomForestRegressor()]
)
def test_unfitted_model_is_an_error(tmp_path, model):
    with pytest.raises(ReferenceLoadError, match="is not fitted; fit it and save it again"):
        reference(model, tmp_path)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (StandardScaler().fit(numbers()), "is a StandardScaler, which has no method that scores; an object with predict_proba"),
        ({"model": 1}, "is a dict, which has no method that scores"),
        (LogisticRegression, "is the class LogisticRegression; .* give an instance that is fitted"),
        (3, "is a int, which has no method"),
    ],
)
def test_object_without_usable_method_is_an_error(tmp_path, model, words):
    with pytest.raises(ReferenceLoadError, match=words):
        reference(model, tmp_path)


def test_time_gives_nanoseconds_of_single_calls(tmp_path, pipeline):
    plan = TimingPlan(batch_rows=1, warmup_rows=100, samples=25)
    timing = reference(pipeline, tmp_path).time(batch(mixed()), plan)
    assert len(timing.nanoseconds) == 25
    assert 10_000 < min(timing.nanoseconds) < 1_000_000_000
    assert timing.warmup_calls >= 40
    assert timing.crossing_ns is None


def test_time_of_a_batch_that_is_refused_is_empty(tmp_path, pipeline):
    assert reference(pipeline, tmp_path).time(table(city=["Oslo"]), TimingPlan()).nanoseconds == ()


def test_time_ends_at_its_limit(tmp_path, pipeline):
    plan = TimingPlan(samples=1_000_000, max_measure_ns=50_000_000, max_warmup_ns=50_000_000)
    assert 1 <= len(reference(pipeline, tmp_path).time(batch(mixed()), plan).nanoseconds) < 1000

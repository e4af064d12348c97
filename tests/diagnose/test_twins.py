"""Steps of scikit-learn that exporters write as something else: what they write is computed here by hand, and named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pytest
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Binarizer, KBinsDiscretizer, MinMaxScaler, Normalizer, StandardScaler

from parity.diagnose import diagnose
from parity.diagnose.evidence import Evidence
from parity.diagnose.texts import with_known_word
from parity.values.anatomy import Anatomy

Floats = npt.NDArray[np.float64]
Answer = Callable[[pd.DataFrame], Floats]
RNG = np.random.default_rng(3)
NUMBERS = pd.DataFrame(RNG.normal(size=(300, 4)), columns=list("abcd"))
WORDS = np.array(["good", "bad", "plot", "actor", "slow", "great"])
TEXTS = pd.DataFrame({"text": [" ".join(RNG.choice(WORDS, RNG.integers(1, 9))) for _ in range(300)]})


def fitted(model: Any, rows: pd.DataFrame) -> Any:
    y = rows["text"].str.count("good") > 1 if "text" in rows else rows.sum(axis=1) > 0
    return model.fit(rows, y)


def named(model: Any, rows: pd.DataFrame, runtime: Answer, method: str = "predict_proba") -> str | None:
    """The cause that a run would find, parting the rows into drifting and agreeing ones as it does."""
    batch = pa.Table.from_pandas(rows, preserve_index=False).combine_chunks().to_batches()[0]

    def asked(answer: Answer) -> Callable[[pa.RecordBatch], Floats]:
        return lambda given: np.asarray(answer(given.to_pandas()))

    def asked_of(asked: Any) -> Answer:
        return lambda given: np.asarray(getattr(asked, method)(given)).reshape(len(given), -1)

    reference = asked_of(model)
    drifts = ~(np.abs(reference(rows) - runtime(rows)).max(axis=1) <= 1e-6)
    assert drifts.any(), "the fault shows in no row"
    found = diagnose(
        Evidence(
            drifting=batch.filter(pa.array(drifts)),
            agreeing=batch.filter(pa.array(~drifts)),
            ask_reference=asked(reference),
            ask_runtime=asked(runtime),
            bound=lambda scores, _: np.full(len(scores), 1e-6),
            reference=Anatomy(tuple(rows.columns)),
            artifact=Anatomy(tuple(rows.columns)),
            features=lambda given: np.zeros((given.num_rows, 1)),
            model=model,
            ask_model=lambda twin, given: asked(asked_of(twin))(given),
        )
    )
    return None if found is None else found.cause.name


def test_a_row_divided_by_its_largest_value() -> None:
    model = fitted(make_pipeline(Normalizer("max"), StandardScaler(), LogisticRegression()), NUMBERS)

    def runtime(rows: pd.DataFrame) -> Floats:
        return np.asarray(model[1:].predict_proba(rows.to_numpy() / rows.to_numpy().max(axis=1, keepdims=True)))

    assert named(model, NUMBERS, runtime) == "signed-maximum"


@pytest.mark.parametrize("encode", ["ordinal", "onehot"])
def test_values_that_are_moved_before_their_bin_is_looked_for(encode: str) -> None:
    bins = KBinsDiscretizer(4, encode=encode, strategy="uniform")
    model = fitted(make_pipeline(make_column_transformer((bins, list("abc"))), LogisticRegression()), NUMBERS)
    rows = NUMBERS.copy()
    rows.loc[::3, "a"] = model[0].transformers_[0][1].bin_edges_[0][2] - 1e-9

    def runtime(given: pd.DataFrame) -> Floats:
        return np.asarray(model.predict_proba(given + 1e-8 + 1e-5 * given.abs()))

    assert named(model, rows, runtime) == "bin-edges-moved"


def test_a_clip_that_is_lost() -> None:
    model = fitted(make_pipeline(MinMaxScaler(clip=True), LogisticRegression()), NUMBERS)
    scaler, rows = model[0], NUMBERS * np.where(np.arange(len(NUMBERS)) % 2, 1.0, 3.0)[:, None]

    def runtime(given: pd.DataFrame) -> Floats:
        return np.asarray(model[-1].predict_proba(given.to_numpy() * scaler.scale_ + scaler.min_))

    assert named(model, rows, runtime) == "clipping-dropped"


def test_a_threshold_of_a_binarizer_in_float32() -> None:
    model = fitted(make_pipeline(Binarizer(threshold=0.1), LogisticRegression()), NUMBERS)
    rows = NUMBERS.copy()
    rows.loc[::3, "a"] = np.float64(np.float32(0.1))  # above 0.1, but not above its float32

    def runtime(given: pd.DataFrame) -> Floats:
        return np.asarray(model[-1].predict_proba((given.to_numpy() > np.float32(0.1)).astype(float)))

    assert named(model, rows, runtime) == "float32-input"


def test_numbers_that_float32_cannot_hold() -> None:
    """The reference checks its input for infinities; asked without that check, it answers as the runtime does."""
    model = fitted(make_pipeline(StandardScaler(), Ridge()), NUMBERS)
    rows = NUMBERS.copy()
    rows.loc[::3, "a"] = 1e39

    def runtime(given: pd.DataFrame) -> Floats:
        with sklearn.config_context(assume_finite=True), np.errstate(over="ignore"):
            return np.asarray(model.predict(given.astype(np.float32).astype(np.float64)))[:, None]

    assert named(model, rows, runtime, "predict") == "float32-input"


def test_an_isotonic_calibration_in_steps() -> None:
    """As skl2onnx 1.20 writes it: ArgMin of the distances to the points of the curve."""
    model = fitted(CalibratedClassifierCV(LogisticRegression(), method="isotonic", cv=2), NUMBERS)

    def runtime(rows: pd.DataFrame) -> Floats:
        found = []
        for member in model.calibrated_classifiers_:
            (curve,) = member.calibrators
            margin = np.clip(member.estimator.decision_function(rows), curve.X_min_, curve.X_max_)
            nearest = np.abs(margin[:, None] - curve.X_thresholds_).argmin(axis=1)
            found.append(curve.y_thresholds_[nearest])
        second = np.mean(found, axis=0)
        return np.column_stack([1 - second, second])

    assert named(model, NUMBERS, runtime) == "calibration-stepped"


@pytest.mark.parametrize("piped", [True, False])
def test_neighbours_that_all_weigh_the_same(piped: bool) -> None:
    neighbours = KNeighborsClassifier(5, weights="distance")
    model = fitted(make_pipeline(StandardScaler(), neighbours) if piped else neighbours, NUMBERS)
    near = KNeighborsClassifier(5)
    other = fitted(make_pipeline(StandardScaler(), near) if piped else near, NUMBERS)
    assert named(model, NUMBERS + 0.1, other.predict_proba) == "distances-not-weighed"


def sublinear(model: Any, texts: pd.Series, **words: Any) -> Floats:
    """Count, ln(1 + count), idf, length 1: what skl2onnx 1.20 writes for sublinear_tf=True."""
    front = model[0].transformers_[0][1]
    counted = CountVectorizer(vocabulary=front.vocabulary_, **words).transform(texts).toarray()
    weighed = np.log1p(counted) * front.idf_
    length = np.linalg.norm(weighed, axis=1, keepdims=True)
    return np.asarray(model[-1].predict_proba(weighed / np.where(length == 0, 1, length)))


def of_text(vectoriser: Any) -> Any:
    """A pipeline whose first step reads the frame's column."""
    front = make_column_transformer((vectoriser, "text"))
    return fitted(make_pipeline(front, LogisticRegression()), TEXTS)


def test_counts_whose_logarithm_is_of_one_more() -> None:
    model = of_text(TfidfVectorizer(sublinear_tf=True))
    assert named(model, TEXTS, lambda rows: sublinear(model, rows["text"])) == "sublinear-counts"


def test_counts_and_words_that_are_cut_otherwise() -> None:
    """Neither explains the accented rows alone."""
    model = of_text(TfidfVectorizer(sublinear_tf=True))
    rows = pd.DataFrame({"text": [*(f"é{t} good good" for t in TEXTS["text"]), *["good"] * 20]})
    ascii_words = {"token_pattern": r"(?a)\b\w\w+\b"}
    cause = named(model, rows, lambda given: sublinear(model, given["text"], **ascii_words))
    assert cause == "text-pattern + sublinear-counts"


def test_a_transformer_of_counts_on_its_own() -> None:
    front = make_pipeline(CountVectorizer(), TfidfTransformer(sublinear_tf=True))
    model, alone = of_text(front), of_text(TfidfVectorizer(sublinear_tf=True))
    assert named(model, TEXTS, lambda rows: sublinear(alone, rows["text"])) == "sublinear-counts"


@pytest.mark.parametrize(
    ("options", "text", "pattern"),
    [
        ({}, "éactor plot", r"(?a)\b\w\w+\b"),  # letters beyond ASCII are no letters
        ({}, "actor\u0301 plot", r"[^\s]{2,}"),  # marks that are no letters to Python are kept
        ({"ngram_range": (1, 2)}, "good s bad", r"\b\w+\b"),  # a letter alone stands between two words
    ],
)
def test_text_that_is_cut_otherwise(options: dict[str, Any], text: str, pattern: str) -> None:
    model = of_text(CountVectorizer(**options))
    other = of_text(CountVectorizer(**options))
    other[0].transformers_[0][1].token_pattern = pattern
    rows = pd.concat([TEXTS, pd.DataFrame({"text": [text] * 5})], ignore_index=True)
    assert named(model, rows, other.predict_proba) == "text-pattern"


def test_a_fault_that_no_twin_has_stays_unexplained() -> None:
    model = fitted(make_pipeline(Normalizer("max"), StandardScaler(), LogisticRegression()), NUMBERS)

    def runtime(rows: pd.DataFrame) -> Floats:
        values = rows.to_numpy()
        return np.asarray(model[1:].predict_proba(values / np.abs(values).mean(axis=1, keepdims=True)))

    assert named(model, NUMBERS, runtime) is None


def test_a_known_word_is_added_where_a_column_has_words() -> None:
    batch = pa.RecordBatch.from_arrays([pa.array(["zzz", None]), pa.array(["x", "y"])], names=["text", "city"])
    found = with_known_word(batch, (("good", "bad"), None))
    assert found is not None
    assert found.to_pydict() == {"text": ["zzz good", " good"], "city": ["x", "y"]}
    assert with_known_word(batch, ()) is None

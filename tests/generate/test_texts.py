"""Texts for vectorisers: made of the learned words, odd ones of every class, never a list of categories."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from parity.anatomy import read_model
from parity.generate import chunks
from parity.generate.texts import odd_texts, sentences
from parity.values.plan import Budget, Phase
from tests.generate.subjects import subject_of

WORDS = ("bad", "broken", "good", "great", "late", "refund")


def reviews() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(1)
    texts = [" ".join(rng.choice(WORDS, rng.integers(1, 6))) for _ in range(80)]
    return pd.DataFrame({"note": texts, "price": np.round(rng.gamma(2, 9, 80), 2)}), np.array(
        ["good" in t for t in texts]
    ).astype(int)


def beside_numbers(vectoriser, last):
    data, target = reviews()
    parts = [("note", vectoriser, "note"), ("price", StandardScaler(), ["price"])]
    return make_pipeline(ColumnTransformer(parts), last).fit(data, target), data


@pytest.mark.parametrize("vectoriser", [TfidfVectorizer(), CountVectorizer(binary=True)], ids=lambda v: type(v).__name__)
def test_the_vocabulary_is_read_alone_and_beside_numbers(vectoriser) -> None:
    data, target = reviews()
    alone = read_model(make_pipeline(vectoriser, LogisticRegression()).fit(data.note, target), ("note",))
    assert alone.vocabulary == (WORDS,) and alone.unread == ()
    beside = read_model(beside_numbers(vectoriser, LogisticRegression())[0], ("note", "price"))
    assert beside.vocabulary == (WORDS, None) and beside.unread == ()
    assert beside.ranges[1] is not None


def test_rounding_behind_a_vectoriser_is_bounded() -> None:
    model, data = beside_numbers(TfidfVectorizer(), LogisticRegression())
    prefix = read_model(model, ("note", "price")).prefix
    assert prefix is not None and prefix.magnification is not None
    errors, features = prefix.magnification(data), prefix.transform(data)
    assert errors.shape == features.shape
    assert (errors[features != 0] > 0).all() and errors.max() < 1e3
    narrow = prefix.transform(data.assign(price=data.price.astype(np.float32).astype(float)))
    assert (np.abs(narrow - features) <= 2.0**-24 * errors).all()


def test_cuts_of_numbers_beside_a_text_are_still_found() -> None:
    model, data = beside_numbers(TfidfVectorizer(), RandomForestClassifier(10, random_state=0))
    cuts = read_model(model, tuple(data.columns)).cuts
    assert cuts is not None and set(cuts.column) == {1}


def test_random_texts_are_made_of_known_words_and_any_text_is_valid() -> None:
    model, data = beside_numbers(TfidfVectorizer(), LogisticRegression())
    for sample in (True, False):
        subject = subject_of(model, data, sample=sample)
        assert subject.schema.columns[0].categories is None
        (drawn,) = [c.batch.column("note").to_pylist() for c in chunks(Phase.INVARIANCE, subject, 0, Budget())]
        assert {w for t in drawn for w in t.split()} == set(WORDS)


def test_odd_texts_are_a_class_each_in_phase_special() -> None:
    model, data = beside_numbers(TfidfVectorizer(), LogisticRegression())
    found = {c.input_class: c for c in chunks(Phase.SPECIAL, subject_of(model, data), 0, Budget())}
    assert {f"{name}:note" for name in odd_texts(WORDS)} <= set(found)
    assert "the" in found["stop-words-only:note"].batch.column("note").to_pylist()
    assert found["known-words:note"].valid.all()
    assert found["empty-text:note"].valid.all()


def test_sentences_are_the_same_for_one_stream_and_of_limited_length() -> None:
    one, two = (sentences(WORDS, 200, np.random.default_rng(3)) for _ in range(2))
    assert (one == two).all()
    assert {len(t.split()) for t in one} == set(range(1, 13))


def test_a_vectoriser_that_keeps_no_words_gets_texts_too() -> None:
    model, data = beside_numbers(HashingVectorizer(n_features=64), LogisticRegression())
    subject = subject_of(model, data)
    assert subject.reference.unread == ("what HashingVectorizer does to its columns",)
    found = {c.input_class: c for c in chunks(Phase.SPECIAL, subject, 1, Budget(special_rows=12)) if not c.malformed}
    assert {"stop-words-only:note", "marks-only:note", "accented:note"} <= set(found)
    (rows, *_) = [c.batch.column("note").to_pylist() for c in chunks(Phase.RANDOM, subject, 1, Budget(random_rows=900))]
    assert np.isfinite(model.predict_proba(pd.DataFrame({"note": rows, "price": 1.0}))).all()
    assert len(set(rows)) > 3

"""Naive Bayes over counts and flags: margins are the library's own, and float32 stays within the bounds."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.naive_bayes import BernoulliNB, MultinomialNB

from parity.anatomy import read_model
from parity.numeric import bounds

U = 2.0**-24
WORDS = 60
COLUMNS = tuple(f"word{i}" for i in range(WORDS))


def counts(rows=400):
    generator = np.random.default_rng(8)
    y = generator.integers(0, 3, rows)
    return generator.poisson(0.3 + 2 * (np.arange(WORDS) % 3 == y[:, None]), (rows, WORDS)).astype(np.float64), y


def in_turn(terms):
    """(rows, terms) added one after the other in float32."""
    total = np.zeros(len(terms), np.float32)
    for column in np.asarray(terms, np.float32).T:
        total += column
    return total


def normalised(margin):
    """exp(m - log sum exp m) in float32, as scikit-learn and skl2onnx do it."""
    m = np.asarray(margin, np.float32)
    top = m.max(axis=1, keepdims=True)
    return np.exp(m - (top + np.log(np.exp(m - top).sum(axis=1, keepdims=True, dtype=np.float32))))


def test_counts_are_a_linear_model():
    X, y = counts()
    model = MultinomialNB().fit(X, y)
    linear = read_model(model, COLUMNS).linear
    assert linear.link == "log-softmax"
    assert np.allclose(X @ linear.weights.T + linear.intercept, model.predict_joint_log_proba(X), rtol=1e-13)


@pytest.mark.parametrize("border", [0.0, 2.5, None])
def test_flags_in_float32_stay_within_the_bound_in_either_form(border):
    X, y = counts()
    given = X if border is not None else (X > 1).astype(np.float64)
    model = BernoulliNB(binarize=border).fit(given, y)
    smooth = read_model(model, COLUMNS).smooth
    flags = given if border is None else (given > border).astype(np.float64)
    exact = model.predict_joint_log_proba(given)
    bound = smooth.error(given, np.zeros(given.shape), U)
    here, absent = model.feature_log_prob_, np.log1p(-np.exp(model.feature_log_prob_))
    for c, prior in enumerate(model.class_log_prior_):
        difference = in_turn(
            np.column_stack([flags * (here - absent)[c], np.tile(absent[c], (len(X), 1)), np.full(len(X), prior)])
        )
        by_term = in_turn(np.column_stack([np.where(flags > 0, here[c], absent[c]), np.full(len(X), prior)]))
        for answer in (difference, by_term):
            error = np.abs(answer - exact[:, c])
            assert (error <= bound[:, c]).all()
            assert (error > bound[:, c] / 1000).any()


def test_flags_are_cut_at_the_border_and_at_nothing_else():
    X, y = counts()
    cuts = read_model(BernoulliNB(binarize=1.5).fit(X, y), COLUMNS).cuts
    assert np.array_equal(np.sort(cuts.column), np.arange(WORDS))
    assert (cuts.threshold == 1.5).all()
    assert not cuts.strict.any()  # a flag is set above the border, not at it
    assert len(read_model(BernoulliNB(binarize=None).fit(X > 1, y), COLUMNS).cuts.column) == 0


def test_probabilities_in_float32_stay_within_the_bound_of_their_link():
    X, y = counts()
    model = MultinomialNB().fit(X, y)
    exact = model.predict_joint_log_proba(X)
    terms = [
        np.column_stack([X * w, np.full(len(X), p)]) for w, p in zip(model.feature_log_prob_, model.class_log_prior_, strict=True)
    ]
    margin = np.stack([in_turn(t) for t in terms], axis=1)
    size = np.stack([np.abs(t).sum(axis=1) for t in terms], axis=1)
    off = bounds.dot_bound(size, WORDS, U)
    assert (np.abs(margin - exact) <= off).all()
    p = model.predict_proba(X)
    bound = bounds.log_softmax_bound(p, off, U)
    assert (np.abs(normalised(margin) - p) <= bound).all()
    assert np.median(bound.max(axis=1)) < 2e-3

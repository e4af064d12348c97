"""Kernel machines and nearest neighbours: the bound holds for the same arithmetic done in float32, and is not idle."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, RationalQuadratic, WhiteKernel
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from parity.anatomy import read_model
from parity.numeric import bounds
from tests.anatomy.rows import COLUMNS, table

U = 2.0**-24


def single(values):
    return np.asarray(values, np.float32)


def added(terms, constant):
    """One after the other in float32."""
    total = np.zeros(len(terms), np.float32)
    for column in terms.T:
        total += column
    return (total + np.float32(constant))[:, None]


def squares(x, s):
    return np.stack([((x - row) ** 2).sum(axis=1, dtype=np.float32) for row in s], axis=1)


def machine(model, x):
    s, g, shift = single(model.support_vectors_), np.float32(model._gamma), np.float32(model.coef0)
    dots = {
        "linear": lambda: x @ s.T,
        "poly": lambda: (g * (x @ s.T) + shift) ** np.float32(model.degree),
        "sigmoid": lambda: np.tanh(g * (x @ s.T) + shift),
        "rbf": lambda: np.exp(-g * squares(x, s)),
    }
    return added(single(np.ravel(model.dual_coef_)) * dots[model.kernel](), model.intercept_[0])


def process(model, x):
    factor, length = (1.0, 1.0) if model.kernel_ is None else FACTORS[str(model.kernel)]
    near = np.exp(np.float32(-0.5) * squares(x / single(length), single(model.X_train_) / single(length)))
    mean = added(np.float32(factor) * near * single(np.ravel(model.alpha_)), 0)
    return np.float32(model._y_train_std) * mean + np.float32(model._y_train_mean)


FIXED = ConstantKernel(3.0, "fixed") * RBF(1.5, "fixed") + WhiteKernel(0.1, "fixed")
FACTORS = {str(FIXED): (3.0, 1.5), str(1**2 * RBF(1.0, "fixed")): (1.0, 1.0)}
SVMS = [
    (SVR(C=50), "number"),
    (SVC(C=5), "two"),
    (SVC(kernel="linear"), "two"),
    (SVC(kernel="poly", coef0=1.0), "two"),
    (SVR(kernel="poly", degree=2), "number"),
    (SVR(kernel="sigmoid", gamma=0.05), "number"),
    (SVC(kernel="sigmoid", gamma=0.2), "two"),
]


def fitted(model, target):
    X, two, three, number = table(rows=300)
    X = StandardScaler().fit_transform(X)
    model.fit(X, {"two": two, "three": three, "number": number}[target])
    rows = np.random.default_rng(0).normal(size=(2_000, X.shape[1])) * np.repeat([0.5, 2.0], 1_000)[:, None]
    return model, single(rows).astype(np.float64)


@pytest.mark.parametrize(("model", "target"), SVMS, ids=lambda v: str(v))
def test_float32_support_vectors_stay_within_the_bound(model, target):
    model, rows = fitted(model, target)
    smooth = read_model(model, COLUMNS).smooth
    exact = (model.decision_function(rows) if target == "two" else model.predict(rows))[:, None]
    holds(np.abs(machine(model, single(rows)) - exact), smooth.error(rows, U * np.abs(rows), U), exact)


@pytest.mark.parametrize("kernel", [ConstantKernel(1.0, "fixed") * RBF(1.0, "fixed"), FIXED], ids=str)
def test_a_float32_gaussian_process_stays_within_the_bound(kernel):
    model, rows = fitted(GaussianProcessRegressor(kernel, alpha=1.0, normalize_y=True), "number")
    exact = model.predict(rows)[:, None]
    holds(np.abs(process(model, single(rows)) - exact), read_model(model, COLUMNS).smooth.error(rows, U * np.abs(rows), U), exact)


def holds(error, bound, exact):
    assert bound.shape == exact.shape
    assert (error <= bound).all(), (error / bound).max()
    assert (error > bound / 300).any()
    assert np.median(bound) < 1e-3 * np.std(exact)


def test_inputs_that_are_off_move_the_answer_within_the_bound():
    generator = np.random.default_rng(4)
    for model, target in SVMS:
        model, rows = fitted(model, target)
        score = model.decision_function if target == "two" else model.predict
        off = 1e-3 * np.abs(generator.normal(size=rows.shape))
        moved = np.abs(score(rows + off * generator.choice([-1, 1], rows.shape)) - score(rows))[:, None]
        assert (moved <= read_model(model, COLUMNS).smooth.error(rows, off, 2.0**-53)).all(), model


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_platt_probabilities_and_the_decision_function_beside_them():
    model, rows = fitted(SVC(probability=True, random_state=0), "two")
    smooth = read_model(model, COLUMNS).smooth
    assert smooth.link == "platt"
    score, moved = model.predict_proba(rows), U * np.abs(rows)
    shaken = rows * (1 + np.random.default_rng(1).choice([-U, U], rows.shape))
    bound = bounds.platt_bound(score, smooth.error(rows, moved, U), U)
    off = np.abs(model.predict_proba(shaken) - score)
    assert (off <= bound).mean() > 0.999  # but for the six jumps
    assert np.median(bound) < 3e-5
    plain = read_model(SVC().fit(model.support_vectors_, model.predict(model.support_vectors_)), COLUMNS).smooth
    assert plain.decision is None
    assert smooth.decision(rows, moved, U).shape == (len(rows), 1)


def test_neighbours_are_a_mean_of_their_targets():
    for model, target in ((KNeighborsRegressor(7), "number"), (KNeighborsClassifier(7), "three")):
        model, rows = fitted(model, target)
        bound = read_model(model, COLUMNS).smooth.error(rows, U * np.abs(rows), U)
        nearest = model.kneighbors(rows, return_distance=False)
        targets = model._y if target == "number" else np.eye(3)[model._y]
        mean = single(targets)[nearest].sum(axis=1, dtype=np.float32) / np.float32(7)
        exact = model.predict(rows) if target == "number" else model.predict_proba(rows)
        assert (np.abs(mean.reshape(exact.shape) - exact).reshape(len(rows), -1) <= bound).all()
        assert (bound < 1e-5 * np.abs(targets).max()).all()


def test_what_has_no_rule():
    model, _ = fitted(SVC(), "three")
    assert read_model(model, COLUMNS).unread == ("what SVC computes",)
    for other in (KNeighborsRegressor(weights="distance"), GaussianProcessRegressor(RationalQuadratic(), optimizer=None)):
        assert read_model(fitted(other, "number")[0], COLUMNS).smooth is None

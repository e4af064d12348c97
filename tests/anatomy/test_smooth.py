"""Models without cuts: the bound holds for the same arithmetic done in float32, and is not idle."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.ensemble._iforest import _average_path_length
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, PolynomialFeatures, StandardScaler

from parity.anatomy import read_model
from tests.anatomy.rows import COLUMNS, table

U = 2.0**-24


def single(values):
    return np.asarray(values, np.float32)


def bayes(model, x):
    off = (x[:, None, :] - single(model.theta_)) ** 2 / single(model.var_)
    return single(np.log(model.class_prior_) - np.log(2 * np.pi * model.var_).sum(1) / 2) - np.float32(0.5) * off.sum(2)


def network(model, x):
    curve = {"relu": lambda h: np.maximum(h, 0), "tanh": np.tanh, "logistic": lambda h: 1 / (1 + np.exp(-h))}[model.activation]
    for k, (weights, bias) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        x = x @ single(weights) + single(bias)
        x = curve(x) if k < len(model.coefs_) - 1 else x
    return x


def isolation(model, x):
    total = np.zeros(len(x), np.float32)
    for tree in model.estimators_:
        leaf, depth = tree.apply(x), np.asarray(tree.decision_path(x).sum(axis=1)).ravel()
        total += single(depth - 1 + _average_path_length(tree.tree_.n_node_samples[leaf]))
    whole = np.float32(len(model.estimators_)) * np.float32(_average_path_length([model._max_samples])[0])
    return (-np.exp2(-total / whole) - np.float32(model.offset_))[:, None]


MODELS = [
    (IsolationForest(n_estimators=60, random_state=0), "number", isolation, "identity"),
    (GaussianNB(), "three", bayes, "log-softmax"),
    (MLPRegressor(hidden_layer_sizes=(12, 6), max_iter=60, random_state=0), "number", network, "identity"),
    (MLPRegressor(hidden_layer_sizes=(12,), activation="tanh", max_iter=60, random_state=0), "number", network, "identity"),
    (MLPClassifier((8, 8), activation="logistic", max_iter=60, random_state=0), "three", network, "softmax"),
]


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize(("model", "target", "forward", "link"), MODELS, ids=lambda v: getattr(v, "__name__", None))
def test_float32_stays_within_the_bound(model, target, forward, link):
    X, two, three, number = table()
    X = StandardScaler().fit_transform(X)
    model.fit(X, {"two": two, "three": three, "number": number}[target])
    smooth = read_model(model, COLUMNS).smooth
    rows = single(np.random.default_rng(0).normal(size=(2_000, X.shape[1])) * 2).astype(np.float64)  # trees compare float32
    exact, answer = forward_exact(model, forward, rows), forward(model, single(rows))
    bound = smooth.error(rows, U * np.abs(rows), U)
    error = np.abs(answer - exact)
    assert bound.shape == exact.shape
    assert smooth.link == link
    assert (error <= bound).all()
    assert np.median(bound / np.maximum(np.abs(exact), 1e-3)) < 2e-3  # says something: far below the score itself
    assert (error.max(axis=0) > bound.min(axis=0) / 300).all()


def forward_exact(model, forward, rows):
    """The library's own margins; for networks and naive Bayes the same steps, with more digits than the bound needs."""
    if forward is isolation:
        return model.decision_function(rows).reshape(len(rows), -1)
    if forward is bayes:
        return model.predict_joint_log_proba(rows)
    if isinstance(model, MLPRegressor):
        return model.predict(rows).reshape(len(rows), -1)
    hidden = 1 / (1 + np.exp(-(rows @ model.coefs_[0] + model.intercepts_[0])))
    hidden = 1 / (1 + np.exp(-(hidden @ model.coefs_[1] + model.intercepts_[1])))
    return hidden @ model.coefs_[2] + model.intercepts_[2]


def polynomial(step, x):
    return np.stack([np.prod(x**p, axis=1, dtype=np.float32) for p in step.powers_.astype(np.float32)], axis=1)


def components(step, x):
    return (x - single(step.mean_)) @ single(step.components_).T


def normalised(step, x):
    return x / np.sqrt((x * x).sum(axis=1, dtype=np.float32))[:, None]


@pytest.mark.parametrize(
    ("step", "forward"), [(PolynomialFeatures(3), polynomial), (PCA(4), components), (Normalizer(), normalised)]
)
def test_magnification_of_steps_that_mix_columns(step, forward):
    X, _, _, number = table()
    from sklearn.linear_model import LinearRegression

    anatomy = read_model(make_pipeline(step, LinearRegression()).fit(X, number), COLUMNS)
    rows = np.random.default_rng(1).normal(size=(500, X.shape[1])) * X.std(axis=0) + X.mean(axis=0)
    error = np.abs(forward(step, single(rows)) - step.transform(rows))
    bound = U * anatomy.prefix.magnification(rows)
    assert (error <= bound).all()
    assert (error.max(axis=0) >= bound.max(axis=0) / 200).sum() >= 0.5 * error.shape[1]

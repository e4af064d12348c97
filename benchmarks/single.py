"""scikit-learn's models computed in float32, step by step, in NumPy: inputs, constants and every operation.

Sums are added one term after the other, as a plain loop of a runtime does. Trees are followed by the library, which casts to
float32 itself; what is ours is the sum of their leaves. Functions take (rows, features) in float32 and give (rows, columns).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Singles = Any
"""float32 arrays."""


def single(values: Any) -> Singles:
    return np.asarray(values.toarray() if hasattr(values, "toarray") else values, np.float32)


def added(terms: Any, start: Any) -> Singles:
    """`start` and the terms, an iterable of arrays (rows, columns), one after the other."""
    total = start
    for term in terms:
        total = total + term
    return total


def dot(x: Singles, weights: Any, constant: Any) -> Singles:
    """x @ weights.T + constant: products rounded, added in order, the constant last. `weights` (outputs, features)."""
    w = single(np.atleast_2d(weights))
    total = np.zeros((len(x), len(w)), np.float32)
    for j in range(x.shape[1]):
        total += x[:, j, None] * w[:, j]
    return total + single(constant)


def logistic(margin: Singles) -> Singles:
    p = np.float32(1) / (np.float32(1) + np.exp(-margin))
    return np.hstack([np.float32(1) - p, p])


def softmax(margin: Singles) -> Singles:
    e = np.exp(margin - margin.max(axis=1, keepdims=True))
    return e / added(list(e.T), np.zeros(len(e), np.float32))[:, None]


def log_softmax(margin: Singles) -> Singles:
    """exp(m - log sum exp m), as naive Bayes is exported."""
    top = margin.max(axis=1, keepdims=True)
    return np.exp(margin - (top + np.log(np.exp(margin - top).sum(axis=1, keepdims=True, dtype=np.float32))))


def _linear(model: Any, x: Singles) -> Singles:
    margin = dot(x, model.coef_, model.intercept_)
    name = type(model).__name__
    if name == "LogisticRegression":
        return logistic(margin) if margin.shape[1] == 1 else softmax(margin)
    return np.exp(margin) if name in ("PoissonRegressor", "TweedieRegressor") else margin


def _forest(model: Any, x: Singles) -> Singles:
    answers = (_leaves(tree, x, share=hasattr(model, "classes_")) for tree in model.estimators_)
    return added(answers, np.float32(0)) / np.float32(len(model.estimators_))


def _leaves(tree: Any, x: Singles, *, share: bool) -> Singles:
    values = tree.tree_.value[:, 0, :]
    return single(values / values.sum(axis=1, keepdims=True) if share else values)[tree.apply(x)]


def _boosting(model: Any, x: Singles) -> Singles:
    start, rate = single(model._raw_predict_init(x[:1].astype(np.float64))), np.float32(model.learning_rate)
    rounds = (np.hstack([rate * _leaves(tree, x, share=False) for tree in stage]) for stage in model.estimators_)
    margin = added(rounds, np.repeat(start, len(x), axis=0))
    if not hasattr(model, "classes_"):
        return margin
    return logistic(margin) if margin.shape[1] == 1 else softmax(margin)


def _isolation(model: Any, x: Singles) -> Singles:
    from sklearn.ensemble._iforest import _average_path_length

    def path(tree: Any) -> Singles:
        depth = np.zeros(tree.tree_.node_count)
        for node in range(tree.tree_.node_count):  # parents come first
            for child in (tree.tree_.children_left[node], tree.tree_.children_right[node]):
                if child >= 0:
                    depth[child] = depth[node] + 1
        return single(depth + _average_path_length(tree.tree_.n_node_samples))[tree.apply(x)]

    whole = np.float32(len(model.estimators_)) * np.float32(_average_path_length([model._max_samples])[0])
    return (-np.exp2(-added(map(path, model.estimators_), np.float32(0)) / whole) - np.float32(model.offset_))[:, None]


def _gaussian_bayes(model: Any, x: Singles) -> Singles:
    fixed = single(np.log(model.class_prior_) - np.log(2 * np.pi * model.var_).sum(1) / 2)
    off = ((x[:, None, :] - single(model.theta_)) ** 2 / single(model.var_)).transpose(2, 0, 1)
    return log_softmax(fixed - np.float32(0.5) * added(off, np.float32(0)))


def _counts(model: Any, x: Singles) -> Singles:
    if type(model).__name__ == "MultinomialNB":
        return log_softmax(dot(x, model.feature_log_prob_, model.class_log_prior_))
    absent = np.log1p(-np.exp(model.feature_log_prob_))
    flags = single(x > np.float32(model.binarize))
    return log_softmax(dot(flags, model.feature_log_prob_ - absent, absent.sum(axis=1) + model.class_log_prior_))


def _network(model: Any, x: Singles) -> Singles:
    for k, (weights, bias) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        x = dot(x, weights.T, bias)
        x = np.maximum(x, 0) if k < len(model.coefs_) - 1 else x
    links: dict[str, Callable[[Singles], Singles]] = {"logistic": logistic, "softmax": softmax, "identity": lambda m: m}
    return links[model.out_activation_](x)


def _squares(x: Singles, s: Singles) -> Singles:
    return added((((x[:, j, None] - s[:, j]) ** 2) for j in range(x.shape[1])), np.float32(0))


def _machine(model: Any, x: Singles) -> Singles:
    s, g, shift = single(model.support_vectors_), np.float32(model._gamma), np.float32(model.coef0)
    if model.kernel == "rbf":
        near = np.exp(-g * _squares(x, s))
    else:
        product = dot(x, s, 0)
        curves: dict[str, Callable[[], Singles]] = {
            "linear": lambda: product,
            "poly": lambda: (g * product + shift) ** np.float32(model.degree),
            "sigmoid": lambda: np.tanh(g * product + shift),
        }
        near = curves[model.kernel]()
    return dot(near, model.dual_coef_, model.intercept_)


def _process(model: Any, x: Singles) -> Singles:
    """Kernel 1 * RBF(1), which is scikit-learn's default."""
    near = np.exp(np.float32(-0.5) * _squares(x, single(model.X_train_)))
    return np.float32(model._y_train_std) * dot(near, model.alpha_.reshape(1, -1), 0) + np.float32(model._y_train_mean)


def _scaler(step: Any, x: Singles) -> Singles:
    return (x - single(step.mean_)) / single(step.scale_)


def _components(step: Any, x: Singles) -> Singles:
    return dot(x - single(step.mean_), step.components_, 0)


def _polynomial(step: Any, x: Singles) -> Singles:
    columns = []
    for powers in step.powers_:
        column = np.ones(len(x), np.float32)
        for j in np.repeat(np.arange(len(powers)), powers):
            column = column * x[:, j]
        columns.append(column)
    return np.stack(columns, axis=1)


def _power(step: Any, x: Singles) -> Singles:
    one, k = np.float32(1), single(step.lambdas_)
    below = x < 0
    base, power = np.where(below, one - x, one + x), np.where(below, np.float32(2) - k, k)
    curved = (base**power - one) / power
    return (np.where(below, -curved, curved) - single(step._scaler.mean_)) / single(step._scaler.scale_)


_RULES: dict[str, Callable[[Any, Singles], Singles]] = {
    **dict.fromkeys(
        ("LinearRegression", "Ridge", "LogisticRegression", "PoissonRegressor", "TweedieRegressor", "LinearSVC"), _linear
    ),
    **dict.fromkeys(("RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier"), _forest),
    **dict.fromkeys(("GradientBoostingClassifier", "GradientBoostingRegressor"), _boosting),
    **dict.fromkeys(("MultinomialNB", "BernoulliNB"), _counts),
    **dict.fromkeys(("MLPClassifier", "MLPRegressor"), _network),
    **dict.fromkeys(("SVC", "SVR"), _machine),
    "GaussianNB": _gaussian_bayes,
    "GaussianProcessRegressor": _process,
    "IsolationForest": _isolation,
    "PCA": _components,
    "PolynomialFeatures": _polynomial,
    "PowerTransformer": _power,
    "StandardScaler": _scaler,
}


def scores(model: Any, rows: Any) -> Singles:
    """The model's answer to (rows, columns) of any float type."""
    x = single(rows)
    for step in [step for _, step in model.steps] if hasattr(model, "steps") else [model]:
        x = _RULES[type(step).__name__](step, x)
    return x

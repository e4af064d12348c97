"""Where a model without cuts changes its mind: label, units of a network, knots of a calibration, neighbours.

Each is a numbering of regions that can be asked row by row; generation finds the border between two by bisection.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from parity.anatomy.models import held, library
from parity.values.anatomy import Anatomy, Bools, Floats, Regions

_LIBRARIES = ("sklearn", "xgboost", "lightgbm", "catboost")
# Units of a network that are followed, from the first layer on.
MOST_UNITS = 64
# Scores of two rows side by side that are further apart jump between them.
NEAR = 1e-3


def with_regions(anatomy: Anatomy, model: Any) -> Anatomy:
    """An anatomy with the regions of its model, as the user gave it. Where trees were read, cuts say where it jumps."""
    if anatomy.trees is not None or library(model) not in _LIBRARIES:
        return anatomy
    last = held(getattr(model, "steps", [("", model)])[-1][1])
    found = [*_label(model), *_hinges(anatomy, last), *_knots(anatomy, last), *_ties(anatomy, last)]
    return replace(anatomy, regions=tuple(found), cutoff=_cutoff(model))


def _cutoff(model: Any) -> float | None:
    """The probability of the second class from which a classifier of two answers it, where it is not the larger of the two."""
    last = getattr(model, "steps", [("", model)])[-1][1]
    name = type(last).__name__
    positive = getattr(last, "pos_label", None)  # CatBoost's regressors have classes, none
    odd = positive is not None and positive != np.ravel(last.classes_)[-1]
    if odd or getattr(last, "response_method", "auto") == "decision_function":
        return None
    if name == "TunedThresholdClassifierCV" and hasattr(last, "best_threshold_"):
        return float(last.best_threshold_)
    if name == "FixedThresholdClassifier" and not isinstance(last.threshold, str):
        return float(last.threshold)
    return None


def _label(model: Any) -> list[Regions]:
    """The label that it answers, where the scores that decide it do not jump.

    Scores of neighbours and of votes do: there two rows side by side may differ by no fault of an export, and trees have cuts.
    """
    classes = getattr(model, "classes_", None)
    if classes is None or np.ndim(classes) != 1 or len(classes) < 2 or not hasattr(model, "predict"):
        return []
    known = np.asarray(classes)
    place = {value: i for i, value in enumerate(known.tolist())}
    scores = next((getattr(model, m) for m in ("predict_proba", "decision_function") if hasattr(model, m)), None)
    if scores is None:
        return []
    cutoff = _cutoff(model)

    def label(given: Any) -> Any:
        return np.array([place.get(v, -1) for v in np.ravel(model.predict(given)).tolist()])[:, None]

    def goes_on(before: Any, behind: Any) -> Bools:
        one, other = (np.asarray(scores(rows), dtype=np.float64).reshape(len(rows), -1) for rows in (before, behind))
        near = (_margin(one, cutoff) < NEAR) & (_margin(other, cutoff) < NEAR)
        return np.asarray(near & (np.abs(one - other).max(axis=1) < NEAR))

    return [Regions("cut-off", label, goes_on)]


def _margin(scores: Floats, cutoff: float | None) -> Floats:
    """How far the scores are from deciding otherwise."""
    if scores.shape[1] == 1:
        return np.abs(scores[:, 0])
    if cutoff is not None and scores.shape[1] == 2:
        return np.asarray(2 * np.abs(scores[:, 1] - cutoff))
    ordered = np.sort(scores, axis=1)
    return np.asarray(ordered[:, -1] - ordered[:, -2])


def _given(anatomy: Anatomy) -> Callable[[Any], Any]:
    """What the last step itself takes: the user's frame or array where there is nothing in front, else its features."""
    prefix = anatomy.prefix
    return (lambda given: given) if prefix is None else prefix.transform


def _features(anatomy: Anatomy) -> Callable[[Any], Floats]:
    prefix = anatomy.prefix
    return (lambda given: np.asarray(given, dtype=np.float64)) if prefix is None else prefix.transform


def _hinges(anatomy: Anatomy, last: Any) -> list[Regions]:
    """Units that bend: does a unit's sum lie above 0?"""
    if getattr(last, "activation", "") != "relu" or not hasattr(last, "coefs_"):
        return []
    layers = list(zip(last.coefs_, last.intercepts_, strict=True))[:-1]
    features = _features(anatomy)

    def on(given: Any) -> Any:
        h, found = features(given), []
        for weights, bias in layers:
            sums = h @ weights + bias
            found.append(sums > 0)
            h = np.maximum(sums, 0.0)
        return np.hstack(found)[:, :MOST_UNITS]

    return [Regions("hinge", on)]


def _knots(anatomy: Anatomy, last: Any) -> list[Regions]:
    """Which two knots of an isotonic calibration a member's score lies between: (rows, members and classes)."""
    members = getattr(last, "calibrated_classifiers_", ())
    if getattr(last, "method", "") != "isotonic" or not members:
        return []
    take = _given(anatomy)

    def between(given: Any) -> Any:
        rows = take(given)
        return np.column_stack([column for m in members for column in _intervals(m, rows)])

    return [Regions("knot", between)]


def _intervals(member: Any, rows: Any) -> list[Any]:
    ask = getattr(member.estimator, "decision_function", None) or member.estimator.predict_proba
    scores = np.asarray(ask(rows), dtype=np.float64)
    scores = scores[:, None] if scores.ndim == 1 else scores[:, -len(member.calibrators) :]
    return [np.searchsorted(c.X_thresholds_, scores[:, k]) for k, c in enumerate(member.calibrators)]


def _ties(anatomy: Anatomy, last: Any) -> list[Regions]:
    """Which rows of training are the nearest: a border is a tie of two of them.

    Right beside a tie each engine's own rounding decides, and scores jump. Rows are clear of it where the squared distances of
    the two cannot change places: in float32 each is off by (n + 6) u (|z| + |s|)^2, however it is computed, and by 2 d |dz| for
    what the steps in front round.
    """
    if type(last).__name__ not in ("KNeighborsClassifier", "KNeighborsRegressor") or not hasattr(last, "_fit_X"):
        return []
    if last.effective_metric_ != "euclidean" or hasattr(last._fit_X, "toarray") or len(last._fit_X) <= last.n_neighbors:
        return []
    take, features = _given(anatomy), _features(anatomy)
    moved = None if anatomy.prefix is None else anatomy.prefix.magnification
    if anatomy.prefix is not None and moved is None:
        return []
    rows = np.asarray(last._fit_X, dtype=np.float64)
    keys = np.random.default_rng(0).integers(0, 2**63, len(rows), dtype=np.uint64)
    largest, width = float(np.sqrt((rows**2).sum(axis=1).max())), rows.shape[1]

    def nearest(given: Any) -> Any:
        """A number for each set of neighbours: the sum of theirs, which wraps around."""
        return keys[last.kneighbors(take(given), return_distance=False)].sum(axis=1, dtype=np.uint64)[:, None]

    def clear(given: Any) -> Bools:
        z = features(given)
        far, _ = last.kneighbors(take(given), last.n_neighbors + 1)
        off = np.abs(z) if moved is None else np.asarray(moved(given))
        u, size = 2.0**-24, np.sqrt((z**2).sum(axis=1))
        error = (width + 6) * (size + largest) ** 2 + 2 * far[:, -1] * np.sqrt((off**2).sum(axis=1))
        return np.asarray(far[:, -1] ** 2 - far[:, -2] ** 2 > 4 * u * error)

    return [Regions("tie", nearest, clear=clear)]

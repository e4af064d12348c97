"""scikit-learn's models that mix the scores of other models: soft voting, averages of bagging, stacking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from parity.anatomy.models import held
from parity.anatomy.scikit.pipelines import is_pipeline
from parity.anatomy.stage import dense
from parity.values.anatomy import Anatomy, Blend, Floats, Member

Read = Callable[[Any, Sequence[str]], Anatomy]

_VOTING = {"VotingClassifier", "VotingRegressor", "BaggingClassifier", "BaggingRegressor"}
_STACKING = {"StackingClassifier", "StackingRegressor"}
_KINDS = {"predict_proba": "probability", "decision_function": "margin", "predict": "value"}


def with_blend(anatomy: Anatomy, model: Any, read: Read) -> Anatomy:
    """An anatomy with what its model blends. `read` reads a model over the user's columns.

    Nothing is added where the members' trees are read as one sum, or where a member may not be asked for its scores.
    """
    front, last = _split(model)
    if type(last).__name__ not in _VOTING | _STACKING or (anatomy.trees is not None and anatomy.trees.link != "unknown"):
        return anatomy
    blend = _stack(front, last, anatomy, read) if type(last).__name__ in _STACKING else _mean(front, last, anatomy, read)
    return anatomy if blend is None else replace(anatomy, blend=blend)


def _split(model: Any) -> tuple[list[Any], Any]:
    """The steps in front of the last estimator, and that estimator."""
    model = held(model)
    steps = list(model.steps) if is_pipeline(model) else [("model", model)]
    return steps[:-1], held(steps[-1][1])


def _mean(front: list[Any], model: Any, anatomy: Anatomy, read: Read) -> Blend | None:
    every = getattr(model, "estimators_features_", [])
    if getattr(model, "voting", "soft") != "soft" or any(list(e) != list(range(model.n_features_in_)) for e in every):
        return None
    classes = getattr(model, "classes_", None)
    method = "predict" if classes is None else "predict_proba"
    if any(not hasattr(one, method) for one in model.estimators_):
        return None  # bagging counts the votes of classifiers that have no probabilities
    if classes is not None and any(len(one.classes_) != len(classes) for one in model.estimators_):
        return None  # a bag that a class is missing from
    given = getattr(model, "_weights_not_none", None)
    weights = np.asarray(np.ones(len(model.estimators_)) if given is None else given, dtype=np.float64)
    members = tuple(_member(front, one, method, False, anatomy, read) for one in model.estimators_)
    return Blend(members, weights / weights.sum())


def _stack(front: list[Any], model: Any, anatomy: Anatomy, read: Read) -> Blend | None:
    if not hasattr(model, "stack_method_") or len(model.stack_method_) != len(model.estimators_):
        return None
    alone = len(getattr(model, "classes_", ())) == 2  # then the first of two probabilities is left out
    pairs = zip(model.estimators_, model.stack_method_, strict=True)
    members = tuple(_member(front, one, method, alone, anatomy, read) for one, method in pairs)
    final = model.final_estimator_
    last = read(final, tuple(f"score{i}" for i in range(final.n_features_in_)))
    return Blend(members, np.ones(len(members)), last, bool(model.passthrough))


def _member(front: list[Any], model: Any, method: str, alone: bool, anatomy: Anatomy, read: Read) -> Member:
    """The model behind the steps in front of the blend, as the pipeline that it is."""
    from sklearn.pipeline import Pipeline

    steps = [*front, *(model.steps if is_pipeline(model) else [("member", model)])]
    whole = Pipeline([(f"{i}", step) for i, (_, step) in enumerate(steps)]) if len(steps) > 1 else model
    kind = "label" if method == "predict" and hasattr(model, "classes_") else _KINDS[method]

    bare = whole is model and not hasattr(model, "feature_names_in_")  # bagging hands arrays on

    def scores(rows: Any) -> Floats:
        found = dense(getattr(whole, method)(np.asarray(rows) if bare and hasattr(rows, "iloc") else rows))
        return found.reshape(len(found), -1)

    return Member(read(whole, anatomy.columns), scores, kind, int(alone and method == "predict_proba"))

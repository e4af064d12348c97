"""Estimators by their own methods: scikit-learn and all that has its interface (wrappers of XGBoost, LightGBM, CatBoost).

A wrapper that stopped early uses its best iteration, as its users do, because its own methods do.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from parity.errors import ReferenceLoadError
from parity.references import catboost_
from parity.references.context import Context
from parity.references.describe import attribute, described, facts, has, library, steps
from parity.references.estimators import layout_of
from parity.references.foreign import Failure, attempt
from parity.references.frames import arranged
from parity.references.reference import Call, ModelReference, input_specs
from parity.references.threads import pinned
from parity.values.signature import OutputKind, OutputSpec

METHODS = ("predict_proba", "decision_function", "predict")
# Roles of scikit-learn's tags whose `predict` names a class or group and does not measure anything.
LABELLING = ("classifier", "clusterer", "outlier_detector")

Classes = tuple[str | int | float | bool, ...]


def accepts(model: Any) -> bool:
    return not isinstance(model, type) and any(has(model, method) for method in METHODS)


def refer(model: Any, context: Context) -> ModelReference:
    """A reference for a fitted estimator. Raises ReferenceLoadError where it is not fitted."""
    check_fitted(model)
    layout, width = layout_of(model, context)
    scored = pinned(model, owned=context.owned)
    return ModelReference(
        model=scored,
        convert=partial(arranged, layout=layout),
        calls=calls(scored),
        columns=layout.columns,
        width=width,
        inputs=input_specs(layout.columns, width),
        facts={**facts(model), **iterations(model), **context.facts},
    )


def check_fitted(model: Any) -> None:
    """Asks only libraries that answer reliably: a class of the user's own need not follow scikit-learn's naming."""
    if library(model) not in ("sklearn", "xgboost", "lightgbm", "catboost"):
        return
    if library(model) == "catboost":
        fitted: Any = attempt(model.is_fitted)
    else:
        from sklearn.utils.validation import check_is_fitted

        fitted = attempt(lambda: check_is_fitted(model))
    if fitted is False or (isinstance(fitted, Failure) and "NotFitted" in fitted.error):
        raise ReferenceLoadError(f"the reference {described(model)} is not fitted; fit it and save it again")


def calls(model: Any) -> tuple[Call, ...]:
    """One call per method that the estimator has, the most informative first."""
    options = catboost_.call_options(steps(model)[-1])
    specs: dict[str, Callable[[Any], tuple[OutputSpec, ...]]] = {
        "predict_proba": probabilities,
        "decision_function": margins,
        "predict": predictions,
    }
    found = {name: spec for name, spec in specs.items() if has(model, name)}
    own = tuple(Call(name, spec(model), partial(invoke, model, name, options)) for name, spec in found.items())
    return own + catboost_.raw_calls(model, steps(model)[-1])


def invoke(model: Any, method: str, options: dict[str, Any], given: Any) -> Any:
    return getattr(model, method)(given, **options)


def probabilities(model: Any) -> tuple[OutputSpec, ...]:
    """One output, or one for each target of a multi-output classifier."""
    kind, number = OutputKind.PROBABILITY, number_type(model)
    known = classes(model)
    if isinstance(known, list):
        return tuple(OutputSpec(f"probability[{i}]", number, kind, len(c), c) for i, c in enumerate(known))
    return (OutputSpec("probability", number, kind, len(known) if known else None, known),)


def margins(model: Any) -> tuple[OutputSpec, ...]:
    """Classes only where there is a column for each: not for two classes, nor for one column per pair of classes."""
    known = classes(model)
    pairs = attribute(steps(model)[-1], "decision_function_shape") == "ovo"
    if known is None or isinstance(known, list) or pairs:
        return (OutputSpec("margin", number_type(model), OutputKind.MARGIN),)
    if len(known) == 2:
        return (OutputSpec("margin", number_type(model), OutputKind.MARGIN, 1),)
    return (OutputSpec("margin", number_type(model), OutputKind.MARGIN, len(known), known),)


def predictions(model: Any) -> tuple[OutputSpec, ...]:
    if not labels(model):
        return (OutputSpec("value", number_type(model), OutputKind.VALUE, attribute(steps(model)[-1], "n_outputs_")),)
    known = classes(model)
    if isinstance(known, list):
        every = tuple(label for group in known for label in group)
        return (OutputSpec("label", label_type(every), OutputKind.LABEL, len(known)),)
    return (OutputSpec("label", label_type(known), OutputKind.LABEL, None, known),)


def labels(model: Any) -> bool:
    """Whether `predict` gives labels: by the estimator's declared role, else because it has classes or probabilities."""
    tags = attempt(lambda: model.__sklearn_tags__().estimator_type)
    role = attribute(model, "_estimator_type") if isinstance(tags, Failure) else tags
    if role in LABELLING:
        return True
    return role != "regressor" and (has(model, "predict_proba") or attribute(model, "classes_") is not None)


def classes(model: Any) -> Classes | list[Classes] | None:
    """Class labels in column order as Python values; a list of them for several targets; None where there are none."""
    known = attribute(model, "classes_")
    if known is None or len(known) == 0:
        return None
    if isinstance(known, list) and isinstance(known[0], np.ndarray | list):
        return [plain(group) for group in known]
    return plain(known)


def plain(known: Any) -> Classes:
    values = np.asarray(known).ravel().tolist()
    return tuple(value if isinstance(value, str | bool | int | float) else str(value) for value in values)


def label_type(known: Classes | None) -> str:
    kinds = {type(value) for value in known or (0,)}
    names = {frozenset({int}): "int64", frozenset({bool}): "bool", frozenset({str}): "string"}
    return names.get(frozenset(kinds), "string" if str in kinds else "float64")


def number_type(model: Any) -> str:
    """What the last step computes in; outputs say what they turned out to be."""
    return "float32" if library(steps(model)[-1]) == "xgboost" else "float64"


def iterations(model: Any) -> dict[str, str]:
    """The best iteration of a wrapper that stopped early."""
    last = steps(model)[-1]
    names = {"xgboost": "best_iteration", "lightgbm": "best_iteration_", "catboost": "best_iteration_"}
    best = attribute(last, names.get(library(last), ""))
    return {"best_iteration": str(best)} if isinstance(best, int) and best > 0 else {}

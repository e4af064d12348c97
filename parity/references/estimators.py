"""How a fitted estimator takes its input: by name in a frame, as an array, or as one column of text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from parity.references import catboost_, lightgbm_, xgboost_
from parity.references.context import Context, categories_of, sample_categories, sample_names, without_spaces
from parity.references.describe import attribute, has, is_of, library, steps
from parity.references.foreign import Failure, attempt
from parity.references.frames import Layout
from parity.references.threads import parts


def layout_of(model: Any, context: Context) -> tuple[Layout, int | None]:
    """The layout and the number of columns, None where the model does not know it."""
    first = steps(model)[0]
    if has(first, "build_analyzer"):
        # scikit-learn's text vectorisers read one series of documents.
        return Layout("text", missing_text=missing_text(model)), 1
    names = fitted_names(model, first, context)
    width = len(names) if names is not None else fitted_width(model, first)
    form = "array" if names is None and width is not None else "frame"
    # A step that remembers no names was shown the sample's frame, categoricals and all.
    known = sample_names(context) if names is None and form == "frame" else names
    return Layout(form, names, categories(first, known, context), missing_text(model)), width


def fitted_names(model: Any, first: Any, context: Context) -> tuple[str, ...] | None:
    """Column names in fitted order; None where the model was fitted on an array."""
    if library(first) == "catboost":
        return catboost_.names(first)
    known = attribute(model, "feature_names_in_")
    known = attribute(first, "feature_names_in_") if known is None else known
    names = None if known is None else tuple(str(name) for name in known)
    if library(first) != "lightgbm" or names is None:
        return names
    return None if lightgbm_.invented(names) else without_spaces(names, context)


def fitted_width(model: Any, first: Any) -> int | None:
    for part in (model, first):
        width = attribute(part, "n_features_in_")
        if isinstance(width, int | np.integer):
            return int(width)
    return None


def categories(first: Any, names: Sequence[str] | None, context: Context) -> dict[str, tuple[Any, ...]]:
    """Columns that the model wants as pandas categoricals: those of the sample, and those that a booster learned."""
    learned: dict[str, tuple[Any, ...]] = {}
    if is_of(first, "lightgbm", "LGBMModel"):
        learned = lightgbm_.categories(attribute(first, "booster_"), names, context)
    if is_of(first, "xgboost", "XGBModel"):
        booster = attempt(first.get_booster)
        learned = {} if isinstance(booster, Failure) else xgboost_.categories(booster)
    return categories_of(names, sample_categories(context), learned)


def missing_text(model: Any) -> float | None:
    """NaN where the model learned NaN as the missing text, else None.

    scikit-learn tells None from NaN in text: an encoder that met the one in training treats the other as unknown, and an
    imputer for the one leaves the other in place.
    """
    marks = [mark for part in parts(model) for mark in missing_marks(part)]
    return math.nan if any(isinstance(mark, float) for mark in marks) else None


def missing_marks(part: Any) -> list[Any]:
    """Missing markers among the learned categories of an encoder, or the one that an imputer of text replaces."""
    learned = attribute(part, "categories_")
    found = []
    for known in learned if isinstance(learned, list) else []:
        if holds_text(known):
            found += [item for item in known if item is None or (isinstance(item, float) and math.isnan(item))]
    statistics = attribute(part, "statistics_")
    if holds_text(statistics) and hasattr(part, "missing_values"):
        found.append(part.missing_values)
    return found


def holds_text(values: Any) -> bool:
    return isinstance(values, np.ndarray) and values.dtype.kind == "O"

"""scikit-learn's transformers, each as a `Stage`. One function a transformer; `stage_of` finds it by class name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from parity.anatomy.part import Range
from parity.anatomy.scikit import of_scikit_learn
from parity.anatomy.scikit.powers import powers
from parity.anatomy.stage import Edge, Stage, affine, exact, one_to_one, opaque, unchanged
from parity.values.anatomy import Floats

# Standard deviations about a scaler's mean that count as seen (DESIGN section 5, "Valid inputs gate").
SPREAD = 4.0


def stage_of(step: Any, inputs: int) -> Stage:
    """The stage of a fitted transformer with that many inputs; an unknown one is opaque and says so."""
    if step is None or step == "passthrough":
        return one_to_one(inputs, lambda frame: frame, np.ones(inputs), unchanged)
    known = _KNOWN.get(type(step).__name__)
    if known is not None and of_scikit_learn(step):
        return known(step, inputs)
    return opaque(inputs, _outputs(step, inputs), step.transform, note=f"what {type(step).__name__} does to its columns")


def _outputs(step: Any, inputs: int) -> int:
    try:
        return len(step.get_feature_names_out())
    except (AttributeError, ValueError, TypeError):  # no names for these outputs: components, or as many as there are inputs
        return int(getattr(step, "n_components_", getattr(step, "n_components", None) or inputs))


def _scaler(step: Any, shift: Floats, scale: Floats, ranges: tuple[Range | None, ...]) -> Stage:
    stage = one_to_one(len(scale), step.transform, np.sign(scale), affine(shift, scale))
    return replace(stage, ranges=ranges)


def _standard(step: Any, inputs: int) -> Stage:
    mean = np.zeros(inputs) if step.mean_ is None else np.asarray(step.mean_, dtype=np.float64)
    sigma = np.ones(inputs) if step.scale_ is None else np.asarray(step.scale_, dtype=np.float64)
    known = step.mean_ is not None and step.scale_ is not None
    ranges = [(float(m - SPREAD * s), float(m + SPREAD * s)) if known else None for m, s in zip(mean, sigma, strict=True)]
    return _scaler(step, mean if step.with_mean else np.zeros(inputs), 1.0 / sigma, tuple(ranges))


def _minmax(step: Any, inputs: int) -> Stage:
    """x * scale_ + min_: min_ is the largest of three roundings near it, hence three times the shift that equals it.

    Clipping, where asked for, flattens and does not jump; the ends where it begins count as edges all the same.
    """
    scale = np.asarray(step.scale_, dtype=np.float64)
    shift = 3.0 * np.asarray(step.min_, dtype=np.float64) / scale
    stage = _scaler(step, shift, scale, _pairs(step.data_min_, step.data_max_))
    if not getattr(step, "clip", False):
        return stage
    ends = [(j, end) for j in range(inputs) for end in (step.data_min_[j], step.data_max_[j])]
    return replace(stage, edges=tuple(Edge(j, float(end), False) for j, end in ends))


def _maxabs(step: Any, inputs: int) -> Stage:
    most = np.asarray(step.max_abs_, dtype=np.float64)
    return _scaler(step, np.zeros(inputs), 1.0 / np.asarray(step.scale_, dtype=np.float64), _pairs(-most, most))


def _robust(step: Any, inputs: int) -> Stage:
    center = np.zeros(inputs) if step.center_ is None else np.asarray(step.center_, dtype=np.float64)
    scale = np.ones(inputs) if step.scale_ is None else np.asarray(step.scale_, dtype=np.float64)
    return _scaler(step, center, 1.0 / scale, (None,) * inputs)


def _pairs(low: Any, high: Any) -> tuple[Range | None, ...]:
    return tuple((float(a), float(b)) if a < b else None for a, b in zip(low, high, strict=True))


def _imputer(step: Any, inputs: int) -> Stage:
    """Missing becomes a constant; indicator columns, where asked for, are exact and come last."""
    kept = _kept_by_imputer(step, inputs)
    flags = len(step.indicator_.features_) if step.add_indicator else 0
    origin = np.concatenate([kept, np.full(flags, -1)]).astype(np.int32)
    direction = np.concatenate([np.ones(len(kept)), np.zeros(flags)]).astype(np.int32)

    def error(given: Floats, errors: Floats, outputs: Floats) -> Floats:
        filled = np.where(np.isnan(given[:, kept]), np.abs(outputs[:, : len(kept)]), errors[:, kept])
        return np.hstack([filled, np.zeros((len(outputs), flags))])

    fills = step.missing_values is None or step.missing_values != step.missing_values  # None and NaN are missing, -1 is a value
    return Stage(inputs, step.transform, origin, direction, error, imputes=(fills,) * inputs)


def _kept_by_imputer(step: Any, inputs: int) -> Any:
    """Columns that had no value at all in training are dropped unless asked for."""
    if getattr(step, "keep_empty_features", False) or step.strategy == "constant":
        return np.arange(inputs)
    empty = [isinstance(s, float) and np.isnan(s) for s in np.asarray(step.statistics_, dtype=object)]
    return np.flatnonzero(~np.array(empty, dtype=bool))


def _one_hot(step: Any, inputs: int) -> Stage:
    categories = tuple(tuple(c.tolist()) for c in step.categories_)
    stage = opaque(inputs, len(step.get_feature_names_out()), step.transform, exact)
    return replace(stage, categories=categories, imputes=tuple(_has_missing(c) for c in categories))


def _ordinal(step: Any, inputs: int) -> Stage:
    categories = tuple(tuple(c.tolist()) for c in step.categories_)
    stage = opaque(inputs, inputs, step.transform, exact)
    return replace(stage, categories=categories, imputes=tuple(_has_missing(c) for c in categories))


def _has_missing(categories: tuple[Any, ...]) -> bool:
    return any(c is None or (isinstance(c, float) and np.isnan(c)) for c in categories)


def _bins(step: Any, inputs: int) -> Stage:
    """x falls into the bin whose inner edges are at or below it: `searchsorted(edges[1:-1], x, side="right")`."""
    edges = tuple(Edge(j, float(e), True) for j, known in enumerate(step.bin_edges_) for e in known[1:-1])
    ranges = tuple((float(known[0]), float(known[-1])) for known in step.bin_edges_)
    if step.encode == "ordinal":
        return replace(one_to_one(inputs, step.transform, np.ones(inputs), exact), edges=edges, ranges=ranges)
    width = int(sum(step.n_bins_))
    return replace(opaque(inputs, width, step.transform, exact), edges=edges, ranges=ranges)


def _binarizer(step: Any, inputs: int) -> Stage:
    stage = one_to_one(inputs, step.transform, np.ones(inputs), exact)
    return replace(stage, edges=tuple(Edge(j, float(step.threshold), False) for j in range(inputs)))


def _components(step: Any, inputs: int) -> Stage:
    """y = (x - mean) W^T: a term is off by what x is, by the rounding of the mean, and by n + 3 more of |x| + |mean|."""
    weights = np.asarray(step.components_, dtype=np.float64)
    if getattr(step, "whiten", False):
        weights = weights / np.sqrt(np.asarray(step.explained_variance_))[:, None]
    mean = np.zeros(inputs) if getattr(step, "mean_", None) is None else np.asarray(step.mean_, dtype=np.float64)

    def error(given: Floats, errors: Floats, _outputs: Floats) -> Floats:
        return np.asarray((errors + (inputs + 3) * (np.abs(given) + np.abs(mean))) @ np.abs(weights).T)

    return opaque(inputs, len(weights), step.transform, error)


def _polynomial(step: Any, inputs: int) -> Stage:
    """A product of powers: each factor's error times the other factors, and a rounding per multiplication."""
    powers = np.asarray(step.powers_)

    def error(given: Floats, errors: Floats, outputs: Floats) -> Floats:
        out = powers.sum(1) * np.abs(outputs)
        for k, degrees in enumerate(powers):
            for j in np.flatnonzero(degrees):
                rest = degrees.copy()
                rest[j] -= 1
                out[:, k] += degrees[j] * errors[:, j] * np.prod(np.abs(given) ** rest, axis=1)
        return np.asarray(out)

    return opaque(inputs, len(powers), step.transform, error)


def _normalizer(step: Any, inputs: int) -> Stage:
    """z = x / |x|: the error of x and that of the norm, each over the norm, and n + 4 roundings of the result."""
    if step.norm == "max":
        return opaque(inputs, inputs, step.transform)

    def error(given: Floats, errors: Floats, outputs: Floats) -> Floats:
        size = np.abs(given)
        norm = size.sum(1) if step.norm == "l1" else np.sqrt((size**2).sum(1))
        moved = errors.sum(1) if step.norm == "l1" else np.sqrt((errors**2).sum(1))
        norm = np.where(norm == 0, 1.0, norm)[:, None]
        return np.asarray(errors / norm + np.abs(outputs) * (moved[:, None] / norm + inputs + 4))

    return opaque(inputs, inputs, step.transform, error)


def _monotone(step: Any, inputs: int) -> Stage:
    """Quantile transformers grow with each input; their rounding is not known."""
    return replace(one_to_one(inputs, step.transform, np.ones(inputs), None), unsteady=True)


def _power(step: Any, inputs: int) -> Stage:
    """Yeo-Johnson or Box-Cox, then the scaler: see `powers`."""
    return replace(one_to_one(inputs, step.transform, np.ones(inputs), powers(step)), unsteady=True)


def _function(step: Any, inputs: int) -> Stage:
    if step.func is None or getattr(getattr(step.func, "func", None), "__name__", "") == "check_array":  # it changes nothing
        return one_to_one(inputs, step.transform, np.ones(inputs), unchanged)
    if step.func in (np.log1p, np.log, np.sqrt, np.exp, np.cbrt):
        return replace(one_to_one(inputs, step.transform, np.ones(inputs), None), unsteady=step.func is not np.sqrt)
    name = getattr(step.func, "__name__", "a function")
    return opaque(inputs, inputs, step.transform, note=f"what FunctionTransformer({name}) does to its columns")


def _counts(step: Any, inputs: int) -> Stage:
    """Counts are whole numbers, flags too: nothing is rounded."""
    return _vectoriser(step, inputs, exact)


def _weighted_counts(step: Any, inputs: int) -> Stage:
    """tf * idf over the norm of k terms: a rounding for each product, square and sum, and few for root and quotient."""

    def error(_inputs: Floats, _errors: Floats, outputs: Floats) -> Floats:
        terms = np.count_nonzero(outputs, axis=1)[:, None]
        return np.asarray((terms + 6) * np.abs(outputs))

    return _vectoriser(step, inputs, error)


def _vectoriser(step: Any, inputs: int, error: Any) -> Stage:
    words = tuple(str(w) for w in step.get_feature_names_out())
    stage = opaque(inputs, len(words), lambda frame: step.transform(_texts(frame)), error)
    return replace(stage, words=(words,) * inputs)


def _hashed(step: Any, inputs: int) -> Stage:
    """It keeps no words; texts are made of some that are likely to meet others in few buckets, and in none."""
    note = "what HashingVectorizer does to its columns"
    stage = opaque(inputs, int(step.n_features), lambda frame: step.transform(_texts(frame)), note=note)
    return replace(stage, words=(HASHED_WORDS,) * inputs)


def _texts(frame: Any) -> Any:
    """The only column of a frame or array, as vectorisers take it."""
    if hasattr(frame, "iloc"):
        return frame if frame.ndim == 1 else frame.iloc[:, 0]
    return frame if frame.ndim == 1 else frame[:, 0]


# Short and long, whole and accented, and beyond 16 bits: what a hash over bytes and one over characters tell apart.
HASHED_WORDS = (
    "red",
    "blue",
    "price",
    "good",
    "bad",
    "straße",
    "naïve",
    "été",
    "日本語",
    "internationalisation",
    "x1",
    "2024",
    "𝔘nicode",
)

_KNOWN: dict[str, Callable[[Any, int], Stage]] = {
    "StandardScaler": _standard,
    "MinMaxScaler": _minmax,
    "MaxAbsScaler": _maxabs,
    "RobustScaler": _robust,
    "SimpleImputer": _imputer,
    "OneHotEncoder": _one_hot,
    "OrdinalEncoder": _ordinal,
    "KBinsDiscretizer": _bins,
    "Binarizer": _binarizer,
    "PCA": _components,
    "PolynomialFeatures": _polynomial,
    "Normalizer": _normalizer,
    "QuantileTransformer": _monotone,
    "PowerTransformer": _power,
    "FunctionTransformer": _function,
    "CountVectorizer": _counts,
    "TfidfVectorizer": _weighted_counts,
    "HashingVectorizer": _hashed,
}

"""Copies of a scikit-learn model in which one step computes what an exporter or an engine is known to compute in its place."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.anatomy.scikit import of_scikit_learn
from parity.diagnose.categories import TEXTS, of_text
from parity.diagnose.evidence import Evidence, Hypothesis

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Twin:
    """`concerns` a fitted step; `change` makes a copy of such a step compute otherwise."""

    name: str
    text: str
    concerns: Callable[[Any], bool]
    change: Callable[[Any], None]


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """One for each twin whose step is in the model."""
    for twin, asked in _asked(evidence):
        yield Hypothesis(twin.name, asked, evidence.ask_runtime, f"the reference, {twin.text}, answers what the runtime does")


def with_texts(evidence: Evidence) -> Iterator[Hypothesis]:
    """Each twin on top of each rewriting of text that changes a drifting row: asked once neither alone explains the rows."""
    for twin, asked in _asked(evidence):
        for name, how, change in TEXTS:

            def predict(batch: pa.RecordBatch, asked: Any = asked, change: Any = change) -> Floats:
                return np.asarray(asked(of_text(batch, change)))

            if not of_text(evidence.drifting, change).equals(evidence.drifting):
                text = f"the reference, {twin.text} and asked {how}, answers what the runtime does"
                yield Hypothesis(f"{name} + {twin.name}", predict, evidence.ask_runtime, text)


def within(steps: Any) -> Iterator[Any]:
    """The steps of a pipeline, and those of pipelines and column transformers within."""
    for _, step, *_ in steps:
        yield step
        yield from within(getattr(step, "steps", ()) or getattr(step, "transformers_", ()))


def _asked(evidence: Evidence) -> Iterator[tuple[Twin, Callable[[pa.RecordBatch], Floats]]]:
    ask, model = evidence.ask_model, evidence.model
    if ask is None or not of_scikit_learn(model):
        return
    for twin in TWINS:
        if any(twin.concerns(step) for step in within([("", model)])):
            changed = copy.deepcopy(model)
            for step in within([("", changed)]):
                if twin.concerns(step):
                    twin.change(step)

            def predict(batch: pa.RecordBatch, changed: Any = changed) -> Floats:
                return np.asarray(ask(changed, batch))

            yield twin, predict


def _is(*names: str) -> Callable[[Any], bool]:
    return lambda step: of_scikit_learn(step) and type(step).__name__ in names


def _by_largest(step: Any) -> None:
    """x / max(x), and x where that is 0, as the specification of ONNX's Normalizer has it; scikit-learn takes max |x|."""

    def transform(values: Any) -> Any:
        given = np.asarray(values, dtype=np.float64)
        largest = given.max(axis=1, keepdims=True)
        return given / np.where(largest == 0, 1.0, largest)

    step.transform = transform


NEAR_EDGE = (1e-8, 1e-5)
"""Absolute and relative: what scikit-learn added to values before it looked for their bin, until release 1.2 (pull request
22445). jpmml-sklearn still writes it: `f + 1e-8 + 1e-5 * |f|`."""


def _near_edges(step: Any) -> None:
    transform = step.transform

    def moved(values: Any) -> Any:
        given = np.asarray(values, dtype=np.float64)
        return transform(given + (NEAR_EDGE[0] + NEAR_EDGE[1] * np.abs(given)))

    step.transform = moved
    if hasattr(step, "feature_names_in_"):
        del step.feature_names_in_  # the moved values have none


def _log_of_one_more(step: Any) -> None:
    """ln(1 + count), 0 for 0, where scikit-learn takes 1 + ln(count) of the counts that are not 0."""
    own = getattr(step, "_tfidf", step)
    transform = own.transform
    own.sublinear_tf = False

    def logarithmic(counts: Any, copy: bool = True) -> Any:
        import scipy.sparse

        given = scipy.sparse.csr_matrix(counts, dtype=np.float64, copy=True)
        np.log1p(given.data, out=given.data)
        return transform(given, copy=copy)

    own.transform = logarithmic


def _uniform(step: Any) -> None:
    step.weights = "uniform"


def _isotonic(step: Any) -> bool:
    return _is("CalibratedClassifierCV")(step) and step.method == "isotonic" and hasattr(step, "calibrated_classifiers_")


def _to_nearest(step: Any) -> None:
    for member in step.calibrated_classifiers_:
        for curve in member.calibrators:
            curve.f_ = _Nearest(np.asarray(curve.X_thresholds_), np.asarray(curve.y_thresholds_))


@dataclass(frozen=True)
class _Nearest:
    """The value of the point that is nearest, the first of two that are equally near."""

    at: Floats
    value: Floats

    def __call__(self, given: Any) -> Floats:
        apart = np.abs(np.asarray(given, dtype=np.float64).reshape(-1, 1) - self.at)
        return np.asarray(self.value[apart.argmin(axis=1)])


def _unclipped(step: Any) -> None:
    step.clip = False


TWINS: tuple[Twin, ...] = (
    Twin(
        "signed-maximum",
        "with rows divided by their largest value instead of their largest magnitude",
        lambda step: _is("Normalizer")(step) and step.norm == "max",
        _by_largest,
    ),
    Twin(
        "bin-edges-moved",
        "with 1e-8 + 1e-5 |x| added to the values that are binned",
        _is("KBinsDiscretizer"),
        _near_edges,
    ),
    Twin(
        "clipping-dropped",
        "without its scaler's clip",
        lambda step: _is("MinMaxScaler")(step) and step.clip,
        _unclipped,
    ),
    Twin(
        "distances-not-weighed",
        "with neighbours that all weigh the same",
        lambda step: _is("KNeighborsRegressor", "KNeighborsClassifier")(step) and step.weights == "distance",
        _uniform,
    ),
    Twin(
        "calibration-stepped",
        "with the nearest point of its calibration curves instead of the line between two",
        _isotonic,
        _to_nearest,
    ),
    Twin(
        "sublinear-counts",
        "with ln(1 + count) instead of 1 + ln(count)",
        lambda step: _is("TfidfVectorizer", "TfidfTransformer")(step) and step.sublinear_tf,
        _log_of_one_more,
    ),
)

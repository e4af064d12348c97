"""Copies of a scikit-learn model in which a step has another setting, or is left out: what exports make of a lost one."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from parity.anatomy.scikit import of_scikit_learn
from parity.diagnose.evidence import Evidence, Floats, Hypothesis
from parity.diagnose.margins import logistic, softmax

BOTH = (True, False)
NORMS = ("l1", "l2", None)
TOKENS = (r"(?u)\b\w\w+\b", r"(?u)\b\w+\b", "[a-zA-Z]+", "[a-zA-Z0-9_]+", r"\S+")
WORDS = {"binary": BOTH, "lowercase": BOTH, "token_pattern": TOKENS, "stop_words": (None,), "ngram_range": ((1, 1),)}
WEIGHTED = {"norm": NORMS, "use_idf": BOTH, "sublinear_tf": BOTH}
NETWORK = {"activation": ("identity", "logistic", "tanh", "relu"), "out_activation_": ("identity", "logistic", "softmax")}
IMPUTED = {"missing_values": (np.nan, 0, -1, -999)}

SETTINGS: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    "BernoulliNB": {"binarize": (None, 0.0)},
    "Binarizer": {"threshold": (0.0,)},
    "ColumnTransformer": {"transformer_weights": (None,)},
    "CountVectorizer": WORDS,
    "FeatureUnion": {"transformer_weights": (None,)},
    "KNNImputer": {**IMPUTED, "weights": ("uniform", "distance")},
    "KNeighborsClassifier": {"weights": ("distance",)},
    "KNeighborsRegressor": {"weights": ("distance",)},
    "MLPClassifier": NETWORK,
    "MLPRegressor": NETWORK,
    "MaxAbsScaler": {"clip": BOTH},
    "MinMaxScaler": {"clip": BOTH},
    "Normalizer": {"norm": ("l1", "l2", "max")},
    "OrdinalEncoder": {"unknown_value": (-1, 0, np.nan), "encoded_missing_value": (np.nan, -1)},
    "PCA": {"whiten": BOTH},
    "PowerTransformer": {"standardize": BOTH},
    "QuantileTransformer": {"output_distribution": ("uniform", "normal")},
    "RobustScaler": {"with_centering": BOTH, "with_scaling": BOTH},
    "SGDClassifier": {"loss": ("log_loss", "modified_huber")},
    "SimpleImputer": IMPUTED,
    "StandardScaler": {"with_mean": BOTH, "with_std": BOTH},
    "TfidfTransformer": WEIGHTED,
    "TfidfVectorizer": {**WORDS, **WEIGHTED},
    "VotingClassifier": {"weights": (None,)},
    "VotingRegressor": {"weights": (None,)},
}
"""By class: attributes that a fitted estimator reads when it scores, and the values that exporters and engines take for them."""


NAMES = {"token_pattern": "text-pattern", "lowercase": "case-folding"}
"""Settings that have a cause of their own."""


@dataclass(frozen=True)
class Change:
    """What is done to a copy of a fitted step; `text` says what the step then is."""

    text: str
    make: Callable[[Any], None]
    name: str = "setting-lost"


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """Each other setting of each kind of step, one at a time; then each kind of step that can be left out."""
    ask, model = evidence.ask_model, evidence.model
    if ask is None or not of_scikit_learn(model):
        return
    for changes in (_settings, _left_out):
        for change, places in _together(model, changes).items():
            twin = copy.deepcopy(model)
            for place, step in enumerate(list(parts(twin))):
                if place in places:
                    change.make(step)

            def predict(batch: pa.RecordBatch, twin: Any = twin) -> Floats:
                return np.asarray(ask(twin, batch))

            text = f"the reference with {change.text} answers what the runtime answers"
            yield Hypothesis(change.name, predict, evidence.ask_runtime, text)


def _together(model: Any, changes: Callable[[Any], Iterator[Change]]) -> dict[Change, set[int]]:
    """Each change, and the places among the parts to which it is made: an export loses a setting wherever it stands."""
    found = dict[str, tuple[Change, set[int]]]()
    for place, step in enumerate(parts(model)):
        for change in changes(step):
            found.setdefault(change.text, (change, set()))[1].add(place)
    return dict(found.values())


def parts(model: Any) -> Iterator[Any]:
    """A model and all fitted estimators within, outer ones first; an ensemble's members are not looked into."""
    if not of_scikit_learn(model):
        return
    yield model
    for name, value in vars(model).items():
        if name in _WITHIN:
            for one in value if isinstance(value, list) else [value]:
                for part in one if isinstance(one, tuple) else (one,):
                    yield from parts(part)


_WITHIN = ("steps", "transformers_", "transformer_list", "best_estimator_", "estimator_", "calibrated_classifiers_", "estimator")


def _settings(step: Any) -> Iterator[Change]:
    kind = type(step).__name__
    for name, values in SETTINGS.get(kind, {}).items():
        now = getattr(step, name, _NOT_THERE)
        for value in values:
            if now is not _NOT_THERE and not _same(now, value):
                text = f"{kind}({name.rstrip('_')}={value!r})"
                yield Change(text, _set(name, value), NAMES.get(name, "setting-lost"))
    if any(name.endswith("_") for name in vars(step)) or kind == "_CalibratedClassifier":  # an ensemble keeps an unfitted one
        yield from _compound(step, kind)


_NOT_THERE = object()


def _same(a: Any, b: Any) -> bool:
    return bool(a is b or (a == b and isinstance(a, bool) == isinstance(b, bool)) or (a != a and b != b))


def _set(name: str, value: Any) -> Callable[[Any], None]:
    """`_tfidf` holds what a TfidfVectorizer itself says of weights."""

    def make(step: Any) -> None:
        own = getattr(step, "_tfidf", None)
        setattr(own if own is not None and name in WEIGHTED else step, name, value)

    return make


def _compound(step: Any, kind: str) -> Iterator[Change]:
    """Settings that a fitted estimator keeps in several numbers, or in another attribute than its own."""
    if kind == "MinMaxScaler" and tuple(step.feature_range) != (0, 1):
        yield Change("MinMaxScaler(feature_range=(0, 1))", _from_nought_to_one)
    if kind == "GaussianNB" and step.epsilon_ > 0:
        yield Change("GaussianNB(var_smoothing=0)", _unsmoothed)
    if kind == "LogisticRegression" and len(step.classes_) > 2:
        yield Change("LogisticRegression as a logistic for each class, divided by their sum", _one_against_rest)
        yield Change("LogisticRegression as a logistic for each class", _logistics)
    if kind == "OneVsRestClassifier" and len(step.classes_) > 2 and hasattr(step, "decision_function"):
        text = "OneVsRestClassifier as a softmax of its classes' margins"
        yield Change(text, _softmax_of_margins, "softmax-for-one-vs-rest")
    if kind == "_CalibratedClassifier" and hasattr(step.estimator, "predict_proba"):
        yield Change("CalibratedClassifierCV that calibrates probabilities instead of margins", _calibrating_probabilities)


def _from_nought_to_one(step: Any) -> None:
    step.feature_range, step.scale_ = (0, 1), 1 / step.data_range_
    step.min_ = -step.data_min_ * step.scale_


def _unsmoothed(step: Any) -> None:
    step.var_ = step.var_ - step.epsilon_


def _one_against_rest(step: Any) -> None:
    step.predict_proba = lambda rows: _shares(logistic(step.decision_function(rows)))


def _logistics(step: Any) -> None:
    step.predict_proba = lambda rows: logistic(step.decision_function(rows))


def _softmax_of_margins(step: Any) -> None:
    step.predict_proba = lambda rows: softmax(step.decision_function(rows))


def _shares(values: Floats) -> Floats:
    return np.asarray(values / values.sum(axis=1, keepdims=True))


class _Probabilities:
    """An estimator without its decision function."""

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def __getattr__(self, name: str) -> Any:
        if name == "decision_function" or name.startswith("__deepcopy"):
            raise AttributeError(name)
        return getattr(self.__dict__["estimator"], name)


def _calibrating_probabilities(step: Any) -> None:
    step.estimator = _Probabilities(step.estimator)


def _left_out(step: Any) -> Iterator[Change]:
    """Scalers and the like; not what stands for text, which no other step takes."""
    if any(base.__name__ == "OneToOneFeatureMixin" for base in type(step).__mro__):
        yield Change(f"{type(step).__name__} left out", _through, "step-left-out")


def _through(step: Any) -> None:
    step.transform = lambda values: values if hasattr(values, "tocsr") else np.asarray(values)

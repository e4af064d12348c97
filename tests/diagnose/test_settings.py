"""Steps whose export has another setting, or is missing: the model with that setting is the runtime, and is named."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OrdinalEncoder, PowerTransformer, RobustScaler, StandardScaler

from parity.diagnose.settings import parts
from tests.diagnose.test_twins import NUMBERS, TEXTS, fitted, named

LOGISTIC = LogisticRegression(max_iter=500)
MARKED = NUMBERS.where(np.random.default_rng(1).random(NUMBERS.shape) > 0.1, -1.0)
CODES = pd.DataFrame(np.random.default_rng(2).integers(0, 6, (300, 4)), columns=list("abcd"))


def set_to(place: int, **attributes: Any) -> Callable[[Any], None]:
    def change(model: Any) -> None:
        for name, value in attributes.items():
            setattr(model[place], name, value)

    return change


def of_words(name: str, value: Any) -> Callable[[Any], None]:
    def change(model: Any) -> None:
        vectoriser = model[0].transformers_[0][1]
        setattr(vectoriser._tfidf if name == "norm" else vectoriser, name, value)

    return change


def from_nought(model: Any) -> None:
    scaler = model[0]
    scaler.scale_, scaler.min_ = 1 / scaler.data_range_, -scaler.data_min_ / scaler.data_range_


def one_against_rest(model: Any) -> None:
    """What LogisticRegression(multi_class="ovr") did, and what exporters of it still write for models of today."""
    last = model[1]
    last.predict_proba = last._predict_proba_lr


def unsmoothed(model: Any) -> None:
    model.var_ = model.var_ - model.epsilon_


def calibrating_probabilities(model: Any) -> None:
    """sklearn-onnx issue 1246: the calibration is given probabilities where it was fitted on margins."""
    for one in model.calibrated_classifiers_:
        margins = one.estimator.decision_function
        one.estimator.decision_function = lambda rows, margins=margins: 1 / (1 + np.exp(-margins(rows)))


NETWORK = MLPClassifier((4,), solver="lbfgs", alpha=10.0, tol=1e-2, max_iter=1000, random_state=0)
CASES: dict[str, tuple[Any, pd.DataFrame, Callable[[Any], None]]] = {
    "scaler": (make_pipeline(StandardScaler(with_mean=False), LOGISTIC), NUMBERS, set_to(0, with_mean=True)),
    "centre": (make_pipeline(RobustScaler(), LOGISTIC), NUMBERS, set_to(0, with_scaling=False)),
    "range": (make_pipeline(MinMaxScaler((-1, 1)), LOGISTIC), NUMBERS, from_nought),
    "whitening": (make_pipeline(PCA(2, whiten=True), LOGISTIC), NUMBERS, set_to(0, whiten=False)),
    "marker": (make_pipeline(SimpleImputer(missing_values=-1.0), LOGISTIC), MARKED, set_to(0, missing_values=np.nan)),
    "neighbours": (make_pipeline(KNeighborsClassifier()), NUMBERS + 0.5, set_to(0, weights="distance")),
    "activation": (make_pipeline(NETWORK), NUMBERS, set_to(0, activation="tanh")),
    "loss": (make_pipeline(SGDClassifier(loss="modified_huber")), NUMBERS, set_to(0, loss="log_loss")),
    "one-against-rest": (make_pipeline(StandardScaler(), LOGISTIC), NUMBERS, one_against_rest),
    "smoothing": (GaussianNB(var_smoothing=0.1), NUMBERS, unsmoothed),
    "calibration": (CalibratedClassifierCV(LogisticRegression(max_iter=500), cv=3), NUMBERS, calibrating_probabilities),
    "binary": (make_pipeline(make_column_transformer((CountVectorizer(binary=True), "text")), LOGISTIC), TEXTS,
               of_words("binary", False)),
    "norm": (make_pipeline(make_column_transformer((TfidfVectorizer(), "text")), LOGISTIC), TEXTS, of_words("norm", None)),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize("name", CASES)
def test_another_setting(name: str) -> None:
    unfitted, rows, change = CASES[name]
    y = np.digitize(rows.sum(axis=1), [-1, 1]) if name == "one-against-rest" else None
    model = fitted(unfitted, rows) if y is None else unfitted.fit(rows, y)
    exported = copy.deepcopy(model)
    change(exported)
    assert named(model, rows, exported.predict_proba) == "setting-lost"


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize("step", [StandardScaler(), PowerTransformer(), MinMaxScaler()], ids=lambda s: type(s).__name__)
def test_a_step_that_is_left_out(step: Any) -> None:
    rows = NUMBERS * [1, 2, 0.5, 1] + 0.7
    model = make_pipeline(step, LOGISTIC).fit(rows, NUMBERS.sum(axis=1) > 0)
    exported = copy.deepcopy(model)
    exported[0].transform = np.asarray
    assert named(model, rows, exported.predict_proba) == "step-left-out"


def test_a_number_for_unseen_codes() -> None:
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-5)
    model = make_pipeline(encoder, LOGISTIC).fit(CODES.clip(upper=4), CODES.sum(axis=1) > 9)
    exported = copy.deepcopy(model)
    exported[0].unknown_value = -1
    assert named(model, CODES, exported.predict_proba) == "setting-lost"


def test_parts_are_found_within() -> None:
    model = fitted(CalibratedClassifierCV(make_pipeline(StandardScaler(), LOGISTIC), cv=2), NUMBERS)
    kinds = [type(part).__name__ for part in parts(model)]
    assert kinds.count("StandardScaler") == 3 and kinds.count("_CalibratedClassifier") == 2  # one is the unfitted one


def test_no_answer_for_rows_with_missing_values() -> None:
    rows = NUMBERS.mask(np.random.default_rng(4).random(NUMBERS.shape) < 0.1)
    model = make_pipeline(SimpleImputer(), LOGISTIC).fit(rows, NUMBERS.sum(axis=1) > 0)

    def silent(given: pd.DataFrame) -> Any:
        return np.where(given.isna().any(axis=1).to_numpy()[:, None], np.nan, model.predict_proba(given))

    assert named(model, rows, silent) == "no-answer-for-missing"

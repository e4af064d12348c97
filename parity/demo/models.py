"""The demo's models, trained and exported as people do it: skl2onnx, onnxmltools, sklearn2pmml, XGBoost's own format."""

from __future__ import annotations

import contextlib
import copy
import io
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parity.demo import data
from parity.errors import UnmeasurableError

# Newest operator sets that skl2onnx 1.20 writes and ONNX Runtime's Java package of the same year reads.
OPSETS = {"": 17, "ai.onnx.ml": 3}


@dataclass(frozen=True)
class Trained:
    """A fitted model, the frame it was fitted on and the name of what it predicts."""

    model: Any
    frame: Any
    target: str


def logistic() -> Trained:
    """Logistic regression on scaled columns."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    frame, target = data.tumours()
    return Trained(make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(frame, target), frame, "benign")


def boosted() -> Trained:
    """Gradient boosting in XGBoost."""
    from xgboost import XGBClassifier

    frame, target = data.tumours()
    return Trained(XGBClassifier(n_estimators=60, max_depth=4, n_jobs=1, random_state=0).fit(frame, target), frame, "benign")


def early_stopped() -> Trained:
    """Gradient boosting that stopped when rows held out got no better: Python predicts with the best round, not with all."""
    from sklearn.model_selection import train_test_split
    from xgboost import XGBRegressor

    frame, target = data.diabetes()
    train, held_out, train_target, held_out_target = train_test_split(frame, target, random_state=0)
    model = XGBRegressor(n_estimators=300, early_stopping_rounds=10, n_jobs=1, random_state=0)
    return Trained(model.fit(train, train_target, eval_set=[(held_out, held_out_target)], verbose=False), frame, "progression")


def forest() -> Trained:
    """A random forest on measures of which some are missing; scikit-learn learns where missing values go."""
    from sklearn.ensemble import RandomForestClassifier

    frame, target = data.penguins(known_sex=False)
    return Trained(RandomForestClassifier(40, max_depth=6, random_state=0, n_jobs=1).fit(frame, target), frame, "species")


def pipeline() -> Trained:
    """Text one-hot encoded beside numbers imputed and scaled, in front of a logistic regression."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline, make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    frame, target = data.penguins(known_sex=True)
    columns = ColumnTransformer(
        [
            ("text", OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["island", "sex"]),
            ("number", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), data.MEASURES),
        ]
    )
    return Trained(
        Pipeline([("columns", columns), ("model", LogisticRegression(max_iter=1000))]).fit(frame, target), frame, "species"
    )


def to_onnx(trained: Trained, path: Path) -> None:
    """scikit-learn through skl2onnx: one tensor for numbers alone, an input per column where there is text."""
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType

    model, frame = trained.model, trained.frame
    text = [name for name in frame if frame[name].dtype == object]
    one = [("X", FloatTensorType([None, frame.shape[1]]))]
    each = [(name, (StringTensorType if name in text else FloatTensorType)([None, 1])) for name in frame]
    onnx = convert_sklearn(
        model, initial_types=each if text else one, options={id(model): {"zipmap": False}}, target_opset=OPSETS
    )
    path.write_bytes(onnx.SerializeToString())


def boosted_to_onnx(trained: Trained, path: Path) -> None:
    """XGBoost through onnxmltools, which wants the columns to be called f0, f1, …"""
    import onnxmltools
    from onnxmltools.convert.common.data_types import FloatTensorType

    model = copy.deepcopy(trained.model)
    model.get_booster().feature_names = [f"f{index}" for index in range(trained.frame.shape[1])]
    types = [("input", FloatTensorType([None, trained.frame.shape[1]]))]
    path.write_bytes(onnxmltools.convert_xgboost(model, initial_types=types).SerializeToString())


def to_pmml(trained: Trained, path: Path) -> None:
    """Anything through sklearn2pmml, which runs Java; UnmeasurableError with the end of its output where that fails."""
    import numpy as np
    from sklearn2pmml import sklearn2pmml
    from sklearn2pmml.pipeline import PMMLPipeline

    steps = list(trained.model.steps) if hasattr(trained.model, "steps") else [("model", trained.model)]
    wrapped = PMMLPipeline(steps)
    wrapped.active_fields, wrapped.target_fields = np.array(trained.frame.columns), np.array([trained.target])
    told = io.StringIO()
    try:
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):  # it prints advice at every call
            sklearn2pmml(wrapped, str(path), java_home=_java_home())
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        said = f"{told.getvalue()}\n{error}".strip()[-500:]
        raise UnmeasurableError(
            f"sklearn2pmml could not write {path.name}: {said}\nIt runs `java`: see parity doctor."
        ) from error


def to_booster(trained: Trained, path: Path) -> None:
    """XGBoost's own format."""
    trained.model.save_model(path)


def _java_home() -> str | None:
    from parity.jvm.find import find_jvm

    home = Path(find_jvm().home)
    return str(home) if (home / "bin" / "java").exists() else None


Export = Callable[[Trained, Path], None]

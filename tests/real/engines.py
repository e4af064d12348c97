"""Plain exports in which one JVM engine differs by itself, whatever the file says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from tests.real.models import Made, frame, lightgbm, onnx_file, pmml_file


def pmml4s_compares_floats_in_double(where: Path) -> Made:
    """An XGBoost PMML asks for float arithmetic (x-mathContext); PMML4S computes in double, JPMML as asked."""
    from xgboost import XGBClassifier

    X, y = frame("breast_cancer", "float32")
    model = XGBClassifier(n_estimators=20, max_depth=4, n_jobs=1).fit(X, y)
    return Made(model, pmml_file(model, X, where), X)


def pmml4s_cannot_read_an_infinite_threshold(where: Path) -> Made:
    """HistGradientBoosting splits missing from present values by `x <= INF`; PMML4S, which cannot parse that, has no branch for
    a value there: 285 rows without a score, most of them complete, which JPMML and scikit-learn score."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    random = np.random.default_rng(7)
    values = random.normal(size=(2_000, 7))
    values[:, 5] = np.round(values[:, 5] * 4) / 4
    y = (1.3 * values[:, 0] - 0.7 * values[:, 1] * values[:, 3] + random.normal(size=2_000) > 0.4).astype(int)
    values[random.random(values.shape) < 0.08] = np.nan
    X = pd.DataFrame(values, columns=[f"n{i}" for i in range(7)])
    model = HistGradientBoostingClassifier(max_iter=60, random_state=0).fit(X, y)
    return Made(model, pmml_file(model, X, where), X)


def onnxruntime_hands_over_another_text(where: Path) -> Made:
    """A character above U+FFFF (an emoji) goes through JNI as "modified UTF-8": the Java API scores another, unknown category.

    ONNX Runtime 1.29 in Java; the same engine in Python and ONNX's reference evaluator score what scikit-learn scores.
    """
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    random = np.random.default_rng(0)
    X = pd.DataFrame({"mood": random.choice(["calm", "\U0001f600", "\u00e9tonn\u00e9"], 2_000), "age": random.normal(size=2_000)})
    encoder = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["mood"]), ("passthrough", ["age"]))
    model = make_pipeline(encoder, Ridge()).fit(X, (X["mood"] == "\U0001f600") * 2.0 + X["age"])
    return Made(model, onnx_file(model, X, where), X)


def whole_numbers(X: pd.DataFrame) -> pd.DataFrame:
    """Codes that came as 3.0 are 3 for the model."""
    return X.assign(code=X.code.astype(int))


def catboost_takes_1_0_for_another_category(where: Path) -> Made:
    """Python turned the codes into integers before it fitted; Java gets 3.0 and says "3.0", a category that nobody knows."""
    from catboost import CatBoostClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    random = np.random.default_rng(3)
    X = pd.DataFrame({"code": random.integers(0, 9, 600).astype(float), "size": random.normal(size=600)})
    y = (np.isin(X.code, (1, 4, 5)) + 0.3 * X["size"] > 0.5).astype(int)
    last = CatBoostClassifier(iterations=30, depth=4, cat_features=["code"], verbose=0, allow_writing_files=False, thread_count=1)
    model = make_pipeline(FunctionTransformer(whole_numbers), last).fit(X, y)
    model[-1].save_model(str(where / "model.cbm"))
    return Made(model, where / "model.cbm", X)


def lightgbm4j_dies_above_two_classes(where: Path) -> Made:
    """LightGBM4J 4.3.0-1 makes room for two numbers a row, and LightGBM writes ten: enough rows for it to matter."""
    X, y = frame("digits")
    model = lightgbm().fit(X, y)
    model.booster_.save_model(where / "model.txt")
    return Made(model, where / "model.txt", X)


def clean_lightgbm_text(where: Path) -> Made:
    X, y = frame("breast_cancer")
    X = X.mask(np.random.default_rng(0).random(X.shape) < 0.05)
    model = lightgbm().fit(X, y)
    model.booster_.save_model(where / "model.txt")
    return Made(model, where / "model.txt", X)


def clean_catboost(where: Path) -> Made:
    from catboost import CatBoostClassifier

    X, y = frame("breast_cancer")
    X["where"] = np.where(X.mean_radius > 14, "Oslo", "Łódź")
    model = CatBoostClassifier(
        iterations=30, depth=4, cat_features=["where"], verbose=0, allow_writing_files=False, thread_count=1
    )
    model.fit(X, y).save_model(str(where / "model.cbm"))
    return Made(model, where / "model.cbm", X)


def onnxruntime_dies_of_rows_without_a_hole(where: Path) -> Made:
    """skl2onnx's KNNImputer keeps a part that divides by the number of missing cells of the call: in ONNX Runtime 1.29.0 a call
    in which every row is complete ends the process with SIGFPE (an integer divided by zero), one row or a thousand.

    In Java and in Python alike; 1.32.0, newer than the newest for Java, answers as scikit-learn does. A call with one missing
    cell in it is scored, which is why a sample of real rows looks clean and each of its complete rows alone is deadly.
    """
    from sklearn.impute import KNNImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    random = np.random.default_rng(0)
    X = pd.DataFrame(random.normal(size=(200, 4)), columns=list("abcd"), dtype="float32")
    X = X.mask(random.random(X.shape) < 0.1)
    model = make_pipeline(KNNImputer(n_neighbors=3), LogisticRegression()).fit(X, X.fillna(0).sum(axis=1) > 0)
    return Made(model, onnx_file(model, X, where, opset=18), X)  # the least that its converter takes


def pmml4s_opens_a_file_that_is_cut(where: Path) -> Made:
    """Cut between the tables of its two classes, where JPMML refuses it; PMML4S opens it and has NaN for every row."""
    from sklearn.linear_model import LogisticRegression

    X, y = frame("breast_cancer")
    model = LogisticRegression(max_iter=9_000).fit(X, y)
    path = pmml_file(model, X, where)
    end = b"</RegressionTable>"
    content = path.read_bytes()
    path.write_bytes(content[: content.index(end) + len(end)])
    return Made(model, path, X)

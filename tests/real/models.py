"""Real models, exported plainly by their usual converters: bugs that exist today, and clean ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn import datasets

OPSET = {"": 17, "ai.onnx.ml": 3}


@dataclass(frozen=True)
class Made:
    """A model, its artifact on disk and the sample that a user would have."""

    model: Any
    artifact: Path
    sample: pd.DataFrame


def frame(name: str, dtype: Any = float) -> tuple[pd.DataFrame, Any]:
    """A data set that scikit-learn carries, with plain column names."""
    found = getattr(datasets, "load_" + name)(as_frame=True)
    columns = {c: c.replace(" ", "_").replace("/", "_per_") for c in found.data}
    return found.data.rename(columns=columns).astype(dtype), found.target.to_numpy()


def onnx_file(model: Any, X: pd.DataFrame, where: Path, opset: int | dict[str, int] = OPSET) -> Path:
    """One matrix of floats; a column each where there is text."""
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType

    options = {id(model): {"zipmap": False}} if hasattr(model, "predict_proba") else None
    inputs = [("X", FloatTensorType([None, X.shape[1]]))]
    text = [not pd.api.types.is_numeric_dtype(dtype) for dtype in X.dtypes]
    if any(text):
        types = [StringTensorType if is_text else FloatTensorType for is_text in text]
        inputs = [(name, type_([None, 1])) for name, type_ in zip(X.columns, types, strict=True)]
    proto = convert_sklearn(model, initial_types=inputs, options=options, target_opset=opset)
    (where / "model.onnx").write_bytes(proto.SerializeToString())
    return where / "model.onnx"


def lightgbm_onnx(model: Any, X: pd.DataFrame, where: Path) -> Path:
    import onnxmltools
    from onnxmltools.convert.common.data_types import FloatTensorType

    proto = onnxmltools.convert_lightgbm(model, initial_types=[("input", FloatTensorType([None, X.shape[1]]))], zipmap=False)
    (where / "model.onnx").write_bytes(proto.SerializeToString())
    return where / "model.onnx"


def pmml_file(model: Any, X: pd.DataFrame, where: Path) -> Path:
    from sklearn2pmml import sklearn2pmml
    from sklearn2pmml.pipeline import PMMLPipeline

    steps = list(model.steps) if hasattr(model, "steps") else [("model", model)]
    pipeline = PMMLPipeline(steps)
    pipeline.active_fields, pipeline.target_fields = np.array(X.columns), np.array(["y"])
    sklearn2pmml(pipeline, str(where / "model.pmml"))
    return where / "model.pmml"


def lightgbm(**more: Any) -> Any:
    from lightgbm import LGBMClassifier

    return LGBMClassifier(n_estimators=30, n_jobs=1, deterministic=True, force_row_wise=True, verbose=-1, **more)


def forest_with_missing(where: Path) -> Made:
    """skl2onnx does not write the direction that a forest learned for NaN (onnx/sklearn-onnx issue 1253)."""
    from sklearn.ensemble import RandomForestClassifier

    X, y = frame("wine")
    X = X.mask(np.random.default_rng(1).random(X.shape) < 0.1)
    model = RandomForestClassifier(20, max_depth=5, random_state=0).fit(X, y)
    return Made(model, onnx_file(model, X, where), X)


def lightgbm_in_float32(where: Path) -> Made:
    """LightGBM splits between doubles, ONNX between floats: training rows agree, rows beside a split do not."""
    X, y = frame("breast_cancer")
    model = lightgbm().fit(X, y)
    return Made(model, lightgbm_onnx(model, X, where), X)


def lightgbm_zero_as_missing(where: Path) -> Made:
    """zero_as_missing=True cannot be said in PMML: 0 is compared with the threshold (dmlc/tl2cgen issue 8, the same family)."""
    X, y = frame("digits")
    model = lightgbm(zero_as_missing=True).fit(X, y >= 5)
    return Made(model, pmml_file(model, X, where), X.iloc[:300])


def xgboost_stopped_early(where: Path) -> Made:
    """The scikit-learn wrapper stops at best_iteration, a JVM sums every tree (dmlc/xgboost issue 3942)."""
    from xgboost import XGBRegressor

    X, y = frame("diabetes")
    model = XGBRegressor(n_estimators=200, learning_rate=0.3, max_depth=4, early_stopping_rounds=20, n_jobs=1)
    model.fit(X.iloc[:300], y[:300], eval_set=[(X.iloc[300:], y[300:])], verbose=False)
    model.get_booster().save_model(where / "model.ubj")
    return Made(model, where / "model.ubj", X)


def xgboost_regressor_with_a_link(where: Path) -> Made:
    """A regressor with a logistic objective: onnxmltools exports the raw margin (onnx/onnxmltools pull request 771)."""
    import onnxmltools
    from onnxmltools.convert.common.data_types import FloatTensorType
    from xgboost import XGBRegressor

    X, y = frame("breast_cancer")
    names = [f"f{i}" for i in range(X.shape[1])]  # the only ones that the converter takes
    X.columns = names
    model = XGBRegressor(objective="binary:logistic", n_estimators=20, max_depth=3, n_jobs=1).fit(X, y)
    proto = onnxmltools.convert_xgboost(model, initial_types=[("input", FloatTensorType([None, X.shape[1]]))])
    (where / "model.onnx").write_bytes(proto.SerializeToString())
    return Made(model, where / "model.onnx", X)


def calibrated_behind_a_scaler(where: Path) -> Made:
    """skl2onnx gives the calibration of a pipeline its probabilities in place of its margins (onnx/sklearn-onnx issue 1246)."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X, y = frame("breast_cancer")
    model = CalibratedClassifierCV(make_pipeline(StandardScaler(), LogisticRegression()), cv=3).fit(X, y)
    return Made(model, onnx_file(model, X, where), X)


def normalised_by_maximum(where: Path) -> Made:
    """scikit-learn divides by max |x|, ONNX Runtime by max x (onnxruntime issue 16451, onnx issue 8452)."""
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import Normalizer

    X, y = frame("diabetes")
    model = make_pipeline(Normalizer(norm="max"), Ridge()).fit(X, y)
    return Made(model, onnx_file(model, X, where), X)


def bins_in_pmml(where: Path) -> Made:
    """sklearn2pmml adds 1e-8 + 1e-5 |x| to a value before it is binned, as scikit-learn did until 1.2 (pull request 22445)."""
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import KBinsDiscretizer

    X, y = frame("wine")
    model = make_pipeline(KBinsDiscretizer(5, encode="ordinal", strategy="uniform"), Ridge()).fit(X, y)
    return Made(model, pmml_file(model, X, where), X)


def sublinear_words(where: Path) -> Made:
    """skl2onnx writes ln(1 + count) for sublinear_tf=True, scikit-learn takes 1 + ln(count); texts of `[a-z]+` are cut alike."""
    from sklearn.compose import make_column_transformer
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    generator = np.random.default_rng(3)
    words = np.array(["good", "bad", "plot", "actor", "slow", "great", "boring", "film"])
    X = pd.DataFrame({"text": [" ".join(generator.choice(words, generator.integers(1, 9))) for _ in range(400)]})
    words_of = TfidfVectorizer(sublinear_tf=True, lowercase=False, token_pattern="[a-zA-Z]+")
    model = make_pipeline(make_column_transformer((words_of, "text")), LogisticRegression())
    model.fit(X, X["text"].str.count("good") > X["text"].str.count("bad"))
    return Made(model, onnx_file(model, X, where), X)


def imputed_with_indicators(where: Path) -> Made:
    """skl2onnx 1.20 leaves the columns of add_indicator=True out: coefficients are then read in another width."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    X, y = frame("iris")
    X = X.mask(np.random.default_rng(1).random(X.shape) < 0.1)
    model = make_pipeline(SimpleImputer(add_indicator=True), LogisticRegression(max_iter=500)).fit(X, y == 1)
    return Made(model, onnx_file(model, X, where), X)


def weighed_neighbours(where: Path) -> Made:
    """skl2onnx 1.20 takes the larger of -distance and a small number for a distance: all neighbours weigh the same."""
    from sklearn.neighbors import KNeighborsRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X, y = frame("diabetes")
    model = make_pipeline(StandardScaler(), KNeighborsRegressor(4, weights="distance")).fit(X, y)
    return Made(model, onnx_file(model, X, where), X)


def isotonic_calibration(where: Path) -> Made:
    """skl2onnx 1.20 takes the nearest point of an isotonic calibration instead of the line between two."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.linear_model import LogisticRegression

    X, y = frame("iris")
    model = CalibratedClassifierCV(LogisticRegression(max_iter=500), method="isotonic", cv=3).fit(X, y == 1)
    return Made(model, onnx_file(model, X, where), X)


def histogram_of_categories(where: Path) -> Made:
    """skl2onnx 1.20 writes histogram boosting's sets of categories as `x <= 0`, and leaves out that its columns are moved."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    X, y = frame("wine")
    X = X.iloc[:, :4].assign(ash=np.round(X["ash"] * 2))
    model = HistGradientBoostingClassifier(max_iter=15, categorical_features=["ash"], random_state=0).fit(X, y == 1)
    return Made(model, onnx_file(model, X, where), X)


def labels_that_lie_across(where: Path) -> Made:
    """skl2onnx 1.20 gives a QuadraticDiscriminantAnalysis' labels the shape (1, rows): one row alone is answered."""
    from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis

    X, y = frame("iris")
    model = QuadraticDiscriminantAnalysis().fit(X, y)
    return Made(model, onnx_file(model, X, where), X)


def xgboost_of_two_targets(where: Path) -> Made:
    """onnxmltools 1.16 adds the trees of all targets up in the first one."""
    import onnxmltools
    from onnxmltools.convert.common.data_types import FloatTensorType
    from xgboost import XGBRegressor

    X, y = frame("diabetes")
    X.columns = [f"f{i}" for i in range(X.shape[1])]
    model = XGBRegressor(n_estimators=10, max_depth=3, n_jobs=1).fit(X, np.c_[y, y**2 / 100])
    proto = onnxmltools.convert_xgboost(model, initial_types=[("input", FloatTensorType([None, X.shape[1]]))])
    (where / "model.onnx").write_bytes(proto.SerializeToString())
    return Made(model, where / "model.onnx", X)


def quantiles_in_order(where: Path) -> Made:
    """XGBoost4J 3.4 sorts the quantiles of a row, Python's 3.2 does not (dmlc/xgboost pull request 12386)."""
    from xgboost import XGBRegressor

    X, y = frame("diabetes")
    alphas = np.array([0.1, 0.5, 0.9])
    model = XGBRegressor(objective="reg:quantileerror", quantile_alpha=alphas, n_estimators=40, max_depth=5, n_jobs=1)
    model.fit(X, y)
    model.get_booster().save_model(where / "model.ubj")
    return Made(model, where / "model.ubj", X)


def catboost_in_pmml(where: Path) -> Made:
    """CatBoost writes PMML with thresholds of six digits, leaves of ten, and without the exponential of a Poisson model."""
    from catboost import CatBoostRegressor

    X, y = frame("diabetes")
    options = {"iterations": 20, "depth": 4, "verbose": False, "allow_writing_files": False, "random_seed": 1, "thread_count": 1}
    model = CatBoostRegressor(loss_function="Poisson", **options).fit(X, np.round(y / 50))
    model.save_model(str(where / "model.pmml"), format="pmml")
    return Made(model, where / "model.pmml", X)


def clean_forest_onnx(where: Path) -> Made:
    from sklearn.ensemble import RandomForestClassifier

    X, y = frame("wine")
    model = RandomForestClassifier(20, max_depth=5, random_state=0).fit(X, y)
    return Made(model, onnx_file(model, X, where), X)


def clean_logistic_onnx(where: Path) -> Made:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X, y = frame("breast_cancer")
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)).fit(X, y)
    return Made(model, onnx_file(model, X, where), X)


def clean_boosting_pmml(where: Path) -> Made:
    from sklearn.ensemble import GradientBoostingRegressor

    X, y = frame("diabetes")
    model = GradientBoostingRegressor(n_estimators=30, random_state=0).fit(X, y)
    return Made(model, pmml_file(model, X, where), X)


def clean_xgboost(where: Path) -> Made:
    from xgboost import XGBClassifier

    X, y = frame("wine")
    model = XGBClassifier(n_estimators=20, max_depth=4, n_jobs=1).fit(X, y)
    model.get_booster().save_model(where / "model.json")
    return Made(model, where / "model.json", X)


BUGS: dict[Callable[[Path], Made], set[str]] = {
    forest_with_missing: {"missing-direction-dropped"},
    lightgbm_in_float32: {"float32-thresholds"},
    lightgbm_zero_as_missing: {"zero-as-missing-ignored"},
    xgboost_stopped_early: {"best-iteration-ignored"},
    xgboost_regressor_with_a_link: {"raw-margin"},
    calibrated_behind_a_scaler: {"setting-lost"},
    normalised_by_maximum: {"signed-maximum"},
    bins_in_pmml: {"bin-edges-moved"},
    imputed_with_indicators: {"indicators-dropped"},
    weighed_neighbours: {"distances-not-weighed"},
    isotonic_calibration: {"calibration-stepped"},
    histogram_of_categories: {"categories-compared", "float32-thresholds + categories-compared"},
    labels_that_lie_across: {"refused-in-a-batch", "unexplained"},  # invariance names no causes
    xgboost_of_two_targets: {"outputs-merged"},
    quantiles_in_order: {"outputs-sorted"},
    catboost_in_pmml: {"rounded-leaves + log-link-dropped", "rounded-thresholds + rounded-leaves + log-link-dropped"},
    sublinear_words: {"sublinear-counts", "text-beyond-plane-0"},
}
CLEAN = (clean_forest_onnx, clean_logistic_onnx, clean_boosting_pmml, clean_xgboost)

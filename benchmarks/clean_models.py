"""The list of clean models: kinds that users train, and the formats that each is exported to by its usual converter.

The list is committed before it is measured. A model and format leaves it only through `FINDINGS`, and only as long as an
evaluator that is not ours shows that the artifact says something else than the model (`clean_proofs`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

ONNX, PMML, NATIVE = "onnx", "pmml", "native"


@dataclass(frozen=True)
class Clean:
    """One kind of model: `build()` trains it and hands back the model and the sample that a user would have."""

    name: str
    build: Callable[[], tuple[Any, pd.DataFrame]]
    formats: tuple[str, ...]


def _table(name: str) -> tuple[pd.DataFrame, Any]:
    """A table that scikit-learn carries; columns named as onnxmltools wants them (f0, f1 …)."""
    from sklearn import datasets

    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    return pd.DataFrame(X, columns=[f"f{i}" for i in range(X.shape[1])]), y


def _fitted(table: str, make: Callable[[], Any]) -> Callable[[], Any]:
    def build() -> tuple[Any, pd.DataFrame]:
        X, y = _table(table)
        return make().fit(X, y), X

    return build


def _scaled(table: str, make: Callable[[], Any]) -> Callable[[], Any]:
    def piped() -> Any:
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        return make_pipeline(StandardScaler(), make())

    return _fitted(table, piped)


def _behind(table: str, step: Callable[[], Any]) -> Callable[[], Any]:
    """The step and a logistic regression."""

    def piped() -> Any:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        return make_pipeline(step(), LogisticRegression(max_iter=2000))

    return _fitted(table, piped)


def _scaled_twice(table: str, step: Callable[[], Any]) -> Callable[[], Any]:
    """StandardScaler, the step and a logistic regression."""

    def piped() -> Any:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        return make_pipeline(StandardScaler(), step(), LogisticRegression(max_iter=2000))

    return _fitted(table, piped)


def _sk(path: str, **options: Any) -> Callable[[], Any]:
    """A maker of an estimator of scikit-learn, imported when it is made."""

    def make() -> Any:
        import importlib

        module, _, name = path.rpartition(".")
        return getattr(importlib.import_module(f"sklearn.{module}"), name)(**options)

    return make


def _many(path: str, members: tuple[tuple[str, Callable[[], Any]], ...], **options: Any) -> Callable[[], Any]:
    return lambda: _sk(path, estimators=[(name, make()) for name, make in members], **options)()


def _held(path: str, inner: Callable[[], Any], **options: Any) -> Callable[[], Any]:
    return lambda: _sk(path, estimator=inner(), **options)()


WORDS = ("account", "cash", "free", "invoice", "lunch", "meeting", "offer", "prize", "project", "report", "urgent", "win")


def _texts() -> tuple[pd.DataFrame, Any]:
    """Six hundred short texts of two kinds that prefer other words."""
    generator = np.random.default_rng(5)
    y = generator.integers(0, 2, 600)
    share = np.linspace(1, 4, len(WORDS))
    weights = [share / share.sum(), share[::-1] / share.sum()]
    texts = [" ".join(generator.choice(WORDS, generator.integers(2, 12), p=weights[k])) for k in y]
    return pd.DataFrame({"text": texts}), y


def _text(vectoriser: str, last: Callable[[], Any]) -> Callable[[], Any]:
    def build() -> tuple[Any, pd.DataFrame]:
        from sklearn.pipeline import make_pipeline

        X, y = _texts()
        return make_pipeline(_sk(f"feature_extraction.text.{vectoriser}")(), last()).fit(X["text"], y), X

    return build


def _columns() -> tuple[Any, pd.DataFrame]:
    """Numbers with gaps and text categories, imputed, scaled and encoded."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    generator, rows = np.random.default_rng(6), 800
    X = pd.DataFrame(
        {
            "age": generator.normal(40, 12, rows),
            "income": generator.lognormal(10, 1, rows),
            "city": generator.choice(["Basel", "Lyon", "Turin"], rows),
        }
    )
    y = (X["age"] + 5 * (X["city"] == "Lyon") + generator.normal(0, 5, rows) > 42).astype(int)
    X.loc[generator.random(rows) < 0.1, "age"] = np.nan
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    front = ColumnTransformer([("numbers", numbers, ["age", "income"]), ("city", OneHotEncoder(), ["city"])])
    return make_pipeline(front, LogisticRegression(max_iter=500)).fit(X, y), X


def _bits() -> tuple[Any, pd.DataFrame]:
    from sklearn.naive_bayes import BernoulliNB

    X, y = _table("digits")
    return BernoulliNB(binarize=7.5).fit(X, y), X


def _xgb(table: str, kind: str, **options: Any) -> Callable[[], Any]:
    def make() -> Any:
        import xgboost

        return getattr(xgboost, kind)(n_estimators=40, max_depth=4, n_jobs=1, **options)

    return _fitted(table, make)


def _lgb(table: str, kind: str) -> Callable[[], Any]:
    def make() -> Any:
        import lightgbm

        return getattr(lightgbm, kind)(n_estimators=40, n_jobs=1, deterministic=True, force_row_wise=True, verbose=-1)

    return _fitted(table, make)


def _cat(table: str, kind: str) -> Callable[[], Any]:
    def make() -> Any:
        import catboost

        options = {"iterations": 40, "depth": 4, "verbose": False, "allow_writing_files": False, "random_seed": 1}
        return getattr(catboost, kind)(thread_count=1, **options)

    return _fitted(table, make)


_TREE = _sk("tree.DecisionTreeClassifier", max_depth=4, random_state=0)
_LR = _sk("linear_model.LogisticRegression", max_iter=2000)
_TREES = {"n_estimators": 30, "max_depth": 6, "random_state": 0}
_BOOSTED = {"n_estimators": 40, "random_state": 0}
_MEMBERS = (("tree", _TREE), ("bayes", _sk("naive_bayes.GaussianNB")))
_BOTH = (ONNX, PMML)
_ALL = (ONNX, PMML, NATIVE)

_NET = {"hidden_layer_sizes": (32, 16), "max_iter": 400, "random_state": 0}

MODELS: tuple[Clean, ...] = (
    Clean("linear", _fitted("diabetes", _sk("linear_model.LinearRegression")), _BOTH),
    Clean("ridge", _fitted("diabetes", _sk("linear_model.Ridge", alpha=0.1)), _BOTH),
    Clean("logistic-binary", _scaled("breast_cancer", _LR), _BOTH),
    Clean("logistic-multi", _scaled("wine", _LR), _BOTH),
    Clean("linear-svc", _scaled("breast_cancer", _sk("svm.LinearSVC", random_state=0)), _BOTH),
    Clean("svc-rbf", _scaled("breast_cancer", _sk("svm.SVC")), _BOTH),
    Clean("svc-rbf-multi", _scaled("wine", _sk("svm.SVC")), _BOTH),
    Clean("svc-platt", _scaled("breast_cancer", _sk("svm.SVC", probability=True, random_state=0)), (ONNX,)),
    Clean("svc-poly", _scaled("breast_cancer", _sk("svm.SVC", kernel="poly", degree=3, coef0=1.0)), _BOTH),
    Clean("svc-linear", _scaled("breast_cancer", _sk("svm.SVC", kernel="linear")), _BOTH),
    Clean("svr-rbf", _scaled("diabetes", _sk("svm.SVR", C=100.0)), _BOTH),
    Clean("svr-sigmoid", _scaled("diabetes", _sk("svm.SVR", kernel="sigmoid", gamma=0.05)), _BOTH),
    Clean("knn-classifier", _scaled("iris", _sk("neighbors.KNeighborsClassifier")), _BOTH),
    Clean("knn-regressor", _scaled("diabetes", _sk("neighbors.KNeighborsRegressor")), _BOTH),
    Clean("gaussian-nb", _fitted("wine", _sk("naive_bayes.GaussianNB")), _BOTH),
    Clean("multinomial-nb", _fitted("digits", _sk("naive_bayes.MultinomialNB")), (ONNX,)),
    Clean("bernoulli-nb", _bits, (ONNX,)),
    Clean("mlp-classifier", _scaled("breast_cancer", _sk("neural_network.MLPClassifier", **_NET)), _BOTH),
    Clean("mlp-multi", _scaled("wine", _sk("neural_network.MLPClassifier", **_NET)), _BOTH),
    Clean("mlp-regressor", _scaled("diabetes", _sk("neural_network.MLPRegressor", **_NET)), _BOTH),
    Clean("tree", _fitted("wine", _TREE), _BOTH),
    Clean("forest", _fitted("wine", _sk("ensemble.RandomForestClassifier", **_TREES)), _BOTH),
    Clean("forest-regressor", _fitted("diabetes", _sk("ensemble.RandomForestRegressor", **_TREES)), _BOTH),
    Clean("extra-trees", _fitted("breast_cancer", _sk("ensemble.ExtraTreesClassifier", **_TREES)), _BOTH),
    Clean("boosting", _fitted("breast_cancer", _sk("ensemble.GradientBoostingClassifier", **_BOOSTED)), _BOTH),
    Clean("boosting-multi", _fitted("wine", _sk("ensemble.GradientBoostingClassifier", **_BOOSTED)), _BOTH),
    Clean("boosting-regressor", _fitted("diabetes", _sk("ensemble.GradientBoostingRegressor", random_state=0)), _BOTH),
    Clean("histogram", _fitted("breast_cancer", _sk("ensemble.HistGradientBoostingClassifier", max_iter=40)), _BOTH),
    Clean("histogram-regressor", _fitted("diabetes", _sk("ensemble.HistGradientBoostingRegressor", max_iter=40)), _BOTH),
    Clean("adaboost", _fitted("breast_cancer", _sk("ensemble.AdaBoostClassifier", n_estimators=30, random_state=0)), _BOTH),
    Clean("bagging", _fitted("wine", _held("ensemble.BaggingClassifier", _TREE, n_estimators=12, random_state=0)), _BOTH),
    Clean("voting", _fitted("wine", _many("ensemble.VotingClassifier", _MEMBERS, voting="soft", flatten_transform=False)), _BOTH),
    Clean("stacking", _fitted("wine", _many("ensemble.StackingClassifier", _MEMBERS)), _BOTH),
    Clean("calibrated", _fitted("breast_cancer", _held("calibration.CalibratedClassifierCV", _TREE, cv=3)), _BOTH),
    Clean("calibrated-linear", _scaled("breast_cancer", _held("calibration.CalibratedClassifierCV", _LR, cv=3)), _BOTH),
    Clean("pca", _scaled_twice("breast_cancer", _sk("decomposition.PCA", n_components=8)), _BOTH),
    Clean("power", _behind("breast_cancer", _sk("preprocessing.PowerTransformer")), _BOTH),
    Clean("quantile", _behind("breast_cancer", _sk("preprocessing.QuantileTransformer", n_quantiles=50)), (ONNX,)),
    Clean("bins", _behind("wine", _sk("preprocessing.KBinsDiscretizer", n_bins=5, encode="onehot-dense")), _BOTH),
    Clean("polynomial", _scaled_twice("iris", _sk("preprocessing.PolynomialFeatures", degree=3)), _BOTH),
    Clean("text-bayes", _text("CountVectorizer", _sk("naive_bayes.MultinomialNB")), _BOTH),
    Clean("text-logistic", _text("TfidfVectorizer", _LR), _BOTH),
    Clean("columns", _columns, _BOTH),
    Clean("isolation-forest", _fitted("wine", _sk("ensemble.IsolationForest", n_estimators=30, random_state=0)), _BOTH),
    Clean("gaussian-process", _scaled("diabetes", _sk("gaussian_process.GaussianProcessRegressor", alpha=1.0)), (ONNX,)),
    Clean("pls", _fitted("diabetes", _sk("cross_decomposition.PLSRegression", n_components=3)), _BOTH),
    Clean("poisson", _scaled("diabetes", _sk("linear_model.PoissonRegressor", alpha=0.1)), _BOTH),
    Clean("tweedie", _scaled("diabetes", _sk("linear_model.TweedieRegressor", power=1.5, alpha=0.1)), _BOTH),
    Clean("xgboost-regressor", _xgb("diabetes", "XGBRegressor"), _ALL),
    Clean("xgboost-binary", _xgb("breast_cancer", "XGBClassifier"), _ALL),
    Clean("xgboost-multi", _xgb("wine", "XGBClassifier"), _ALL),
    Clean("xgboost-poisson", _xgb("diabetes", "XGBRegressor", objective="count:poisson"), _ALL),
    Clean("lightgbm-regressor", _lgb("diabetes", "LGBMRegressor"), _ALL),
    Clean("lightgbm-binary", _lgb("breast_cancer", "LGBMClassifier"), _ALL),
    Clean("catboost-binary", _cat("breast_cancer", "CatBoostClassifier"), (NATIVE,)),
    Clean("catboost-regressor", _cat("diabetes", "CatBoostRegressor"), (NATIVE,)),
)

DECLARED: dict[tuple[str, str], dict[str, Any]] = {
    ("knn-classifier", PMML): {"ignore_outputs": tuple(f"neighbor({k})" for k in range(1, 6))},
    ("knn-regressor", PMML): {"ignore_outputs": tuple(f"neighbor({k})" for k in range(1, 6))},
    ("isolation-forest", PMML): {
        "outputs": {"margin": "decisionFunction", "label": "predict(outlier)"},
        "ignore_outputs": ("prediction", "outlier"),
    },
}
"""What a user has to declare where an artifact gives more than the model's methods do."""

_MARGIN = "SVMClassifier of two classes gives (m, -m): the column of the second class has the sign of the first."
_EDGES = "Thresholds in doubles become float32, and so do the inputs: rows between the two take the other branch."
_AVERAGE = (
    "JPMML answers 0 for both classes of sklearn2pmml's calibrated classifiers; PMML4S scores the linear ones as the model does."
)

FINDINGS: dict[tuple[str, str], str] = {
    **{(name, ONNX): _MARGIN for name in ("svc-rbf", "svc-poly", "svc-linear")},
    **{(name, ONNX): _EDGES for name in ("histogram", "histogram-regressor", "lightgbm-binary", "lightgbm-regressor")},
    **{(name, PMML): _AVERAGE for name in ("calibrated", "calibrated-linear")},
    ("svc-rbf-multi", PMML): "One vote for each of three classes: scikit-learn takes the first class, JPMML another.",
    ("bins", ONNX): "Bin edges in doubles become float32, and so do the inputs: rows between the two fall into the other bin.",
    (
        "bins",
        PMML,
    ): "sklearn2pmml adds 1e-8 + 1e-5 |x| to x, as scikit-learn did until 1.2: rows that far below an edge go up a bin.",
}
"""(model, format) to what is wrong, in words. It counts only where `clean_proofs` confirms the alarms of the run."""
